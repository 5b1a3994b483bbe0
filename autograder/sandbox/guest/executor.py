"""Runs a student's cells in IPython and calls the student's functions, as told over a socket."""

import contextlib
import functools
import io
import json
import os
import socket
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import torch
import wire
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from refusal import Refusal
from traitlets import Type
from traitlets.config import Config

MAX_OUTPUT = 2 * 2**20
MAX_OUTPUTS = 1_000
_named_tuple = functools.cache(namedtuple)


class _Outputs:
    """The outputs of the running cell, in the notebook format, up to a size."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.items: list[dict[str, Any]] = []
        self._left = MAX_OUTPUT

    def add(self, output: dict[str, Any]) -> None:
        size = _size(output)
        if size <= self._left and len(self.items) < MAX_OUTPUTS:
            self._left -= size
            self.items.append(output)
        elif self._left >= 0:
            self._left = -1
            self.items.append(_stream("stdout", "\n[more output is not shown]\n"))

    def write(self, name: str, text: str) -> None:
        if not text or self._left < 0:
            return
        last = self.items[-1] if self.items else {}
        size = _size(text)
        if last.get("name") == name and size <= self._left:
            self._left -= size
            last["text"] += text
        else:
            self.add(_stream(name, text))


def _size(value: Any) -> int:
    """What it takes on the wire, where a letter beyond ASCII takes up to twelve bytes."""
    return len(json.dumps(value))


def _stream(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


OUTPUTS = _Outputs()


class _Stream(io.TextIOBase):
    def __init__(self, name: str):
        self._name = name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        OUTPUTS.write(self._name, str(text))
        return len(text)


class _Publisher(DisplayPublisher):
    def publish(self, data: Any, *args: Any, **kwargs: Any) -> None:
        _add_display("display_data", data)


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        _add_display("execute_result", format_dict)


def _add_display(output_type: str, data: dict[str, Any]) -> None:
    data = {mime: value for mime, value in data.items() if isinstance(value, str)}
    output: dict[str, Any] = {"output_type": output_type, "data": data, "metadata": {}}
    if output_type == "execute_result":
        output["execution_count"] = None
    OUTPUTS.add(output)


class _Shell(InteractiveShell):
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window to draw in; `%matplotlib inline` asks all the same."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        OUTPUTS.add(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": str(evalue)[:2000],
                "traceback": [str(line)[:20_000] for line in stb[-20:]],
            }
        )


def make_shell() -> InteractiveShell:
    """An IPython that keeps no history, publishes to `OUTPUTS`, and shows figures inline."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = _Shell.instance(config=config)
    shell.enable_matplotlib("inline")
    return shell


class Executor:
    """Answers requests until the connection closes."""

    def __init__(self, sock: socket.socket, shell: InteractiveShell, refusal: Refusal):
        self._sock = sock
        self._shell = shell
        self._refusal = refusal

    def serve(self) -> None:
        while True:
            form, buffers = wire.receive(self._sock)
            request = self._decoder(buffers).decode(form)
            if request["op"] == "run":
                self._run(request["source"], request["figures"])
            else:
                self._call(request)

    def _run(self, source: str, figures: bool) -> None:
        OUTPUTS.clear()
        self._refusal.allow("all")
        select_figure_formats(self._shell, {"png"} if figures else set())
        sys.stdout, sys.stderr = _Stream("stdout"), _Stream("stderr")
        result = self._shell.run_cell(source, store_history=True)
        self._reply({"outputs": OUTPUTS.items, "ok": bool(result.success)})

    def _call(self, request: dict[str, Any]) -> None:
        OUTPUTS.clear()
        self._refusal.allow(request["torch"])
        name, args, kwargs = request["name"], request["args"], request["kwargs"]
        namespace = self._shell.user_ns
        if name not in namespace:
            self._reply({"error": "NameError", "message": f"{name} is not defined"})
            return
        try:
            with _substituted(namespace, request["substitutes"]):
                result = namespace[name](*args, **kwargs)
        except BaseException as error:
            self._reply({"error": type(error).__name__, "message": str(error)[:500]})
            return
        # Whether an argument was changed in place is judged outside.
        self._reply({"result": result, "given": (args, kwargs)})

    def _reply(self, value: Any) -> None:
        encoder = wire.Encoder(tensors=torch.Tensor)
        form = encoder.encode(value)
        try:
            wire.send(self._sock, form, encoder.buffers)
        except wire.TooLarge as error:
            self._reply({"error": "ValueError", "message": f"the result is too large: {error}"})

    def _decoder(self, buffers: list[bytes]) -> wire.Decoder:
        return wire.Decoder(buffers, self._remote, torch.from_numpy, _named_tuple)

    def _remote(self, number: int) -> Callable[..., Any]:
        return _Remote(number, self._ask)

    def _ask(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        encoder = wire.Encoder(_number, torch.Tensor)
        form = encoder.encode({"callback": number, "args": args, "kwargs": kwargs})
        wire.send(self._sock, form, encoder.buffers)
        answer, buffers = wire.receive(self._sock)
        reply = self._decoder(buffers).decode(answer)
        if "error" in reply:
            raise ValueError(reply["error"])
        for place, now in reply.get("changed", {}).items():  # what the function has written into its arguments
            args[place][...] = now
        return reply["result"]


class _Remote:
    """A function that lives on the trusted side, such as the reference of an earlier exercise.

    It cannot call back into this process. Where it is handed a function of the student's own, the student's version of
    the earlier exercise answers, `instead`.
    """

    def __init__(self, number: int, ask: Callable[[int, tuple[Any, ...], dict[str, Any]], Any]):
        self.number = number
        self.instead: Callable[..., Any] | None = None
        self._ask = ask

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.instead is not None and any(map(_is_students_own, (*args, *kwargs.values()))):
            return self.instead(*args, **kwargs)
        return self._ask(self.number, args, kwargs)


def _is_students_own(value: Any) -> bool:
    return callable(value) and not isinstance(value, _Remote)


def _number(function: Callable[..., Any]) -> int | None:
    """The number of a function of the trusted side, by which it can be handed to another one there."""
    return function.number if isinstance(function, _Remote) else None


@contextlib.contextmanager
def _substituted(namespace: dict[str, Any], others: dict[str, Any]) -> Iterator[None]:
    kept = {name: namespace[name] for name in others if name in namespace}
    for name, own in kept.items():
        others[name].instead = own
    namespace.update(others)
    try:
        yield
    finally:
        for name in others:
            namespace.pop(name, None)
        namespace.update(kept)


def main(sock: socket.socket, shell: InteractiveShell, refusal: Refusal) -> None:
    """Serve one student's notebook; returns when the connection closes."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    with contextlib.suppress(wire.Closed):
        Executor(sock, shell, refusal).serve()
