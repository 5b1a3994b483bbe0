"""How a unit's notebook behaves: open exercises are named, and Validate trains nothing."""

import ast
import contextlib
import os
import re
import sys
import traceback
from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Any

_CALLS = re.compile(r"(?<!def )\b(measure_\w+)\(")
_NOT_RUN = 'print("An experiment, which Validate does not run: it is not graded.")\n'


def prepare_notebook() -> None:
    """Prepare the running IPython, if there is one.

    A cell that calls an unwritten exercise says which one it waits for, in place of a traceback; so
    does a cell that needs what such a cell makes. While nbgrader validates a notebook, cells that
    train networks are passed over and say so.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return
    waiting = _Waiting()
    shell.events.register("pre_run_cell", waiting.begin)
    shell.set_custom_exc((NotImplementedError, NameError), waiting.explain)
    if os.environ.get("NBGRADER_EXECUTION") == "validate":
        shell.input_transformers_cleanup.append(partial(_pass_over_experiments, shell.user_ns))


class _Waiting:
    """Which cells wait for exercises that are not written yet, and what these cells would make."""

    def __init__(self) -> None:
        self._cell = ""
        self._needs: dict[str, str] = {}
        """For each name that such a cell would make, the exercise that it waits for."""

    def begin(self, info: Any) -> None:
        self._cell = info.raw_cell

    def explain(
        self,
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        place = traceback.extract_tb(trace)[-1].name
        missing = error.name if isinstance(error, NameError) and place == "<module>" else None
        if isinstance(error, NotImplementedError):
            exercise, said = place, str(error) or "it is not written yet"
            message = f"This cell waits for `{exercise}`: {said}."
        elif missing in self._needs:
            exercise = self._needs[missing]
            message = f"This cell needs `{missing}` of a cell above, which waits for `{exercise}`."
        else:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
            return
        self._needs.update(dict.fromkeys(_made_by(self._cell), exercise))
        line = f"NotImplementedError: {message}"
        shell._showtraceback(NotImplementedError, NotImplementedError(message), [line])


def _made_by(cell: str) -> set[str]:
    """The names that a cell assigns."""
    with contextlib.suppress(SyntaxError):  # of a magic
        names = [node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Name)]
        return {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return set()


def _pass_over_experiments(namespace: Mapping[str, Any], lines: list[str]) -> list[str]:
    cell = "".join(lines)
    own = {name for name, value in namespace.items() if _is_written_here(value)}
    own.update(re.findall(r"\bdef (measure_\w+)\(", cell))
    return lines if own.issuperset(_CALLS.findall(cell)) else [_NOT_RUN]


def _is_written_here(value: Any) -> bool:
    return getattr(value, "__module__", None) == "__main__"
