"""Starts the sandbox of the next submission while the current one is graded."""

import atexit
import contextlib
import hashlib
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from autograder.sandbox.session import Session
from autograder.sandbox.walls import Limits, SandboxError


class SandboxPool:
    """One started sandbox in reserve, since to start one may take longer than most grading.

    A sandbox serves one submission and no other, so that nothing of one student's can wait in it for the next.
    """

    def __init__(self) -> None:
        self._ready: dict[Any, Future[Session]] = {}
        self.processors: Collection[int] = ()
        """Those that submissions of this process may use; empty for all. Others may be graded beside them."""
        self._lock = threading.Lock()
        self._wheels: tempfile.TemporaryDirectory[str] | None = None  # a process that is forked makes its own
        self._starter = ThreadPoolExecutor(1)
        atexit.register(self.close)

    @contextlib.contextmanager
    def lend(self, *what: Any) -> Iterator[Session]:
        """As `take`, and end the session at the end of the block."""
        session = self.take(*what)
        try:
            yield session
        finally:
            self.end(session)

    def take(self, wheel: bytes, imports: tuple[str, ...], limits: Limits, walls: bool, keep_warm: bool) -> Session:
        """Return a session whose time begins now.

        Args:
            wheel: the student edition of rnncore.
            imports: modules that are imported before there is anything of the submission.
            limits: the limits of the submission.
            walls: False runs without a sandbox.
            keep_warm: whether to start the next session of the same kind.

        Raises:
            SandboxError: if it does not start.
        """
        kind = (wheel, imports, limits, walls)
        with self._lock:
            reserve = self._ready.pop(kind, None) or self._starter.submit(self._start, *kind)
            others, self._ready = self._ready, {}
            if keep_warm:
                self._ready[kind] = self._starter.submit(self._start, *kind)
        _close(others)
        session = reserve.result()
        if not session.alive:
            session.close()
            session = self._starter.submit(self._start, *kind).result()
        session.begin(self.processors)
        return session

    def end(self, session: Session) -> None:
        """End a session without waiting for it, since the kernel takes a while to take its walls down."""
        self._starter.submit(session.close)

    def close(self) -> None:
        """End the sandboxes that nobody took."""
        with self._lock:
            reserve, self._ready = self._ready, {}
        _close(reserve)
        if self._wheels is not None:
            self._wheels.cleanup()
            self._wheels = None

    def _start(self, wheel: bytes, imports: tuple[str, ...], limits: Limits, walls: bool) -> Session:
        self._wheels = self._wheels or tempfile.TemporaryDirectory(prefix="rnncourse-wheels-")
        path = Path(self._wheels.name) / wheel_name(wheel)
        if not path.exists():  # others are reading it; this thread alone writes
            path.write_bytes(wheel)
        return Session(path, limits, walls, imports)


def wheel_name(wheel: bytes) -> str:
    """What the file of a wheel is called, wherever it lies."""
    return f"{hashlib.sha256(wheel).hexdigest()}.whl"


def _close(reserve: Mapping[Any, Future[Session]]) -> None:
    for session in reserve.values():
        with contextlib.suppress(SandboxError):
            session.result().close()
