"""Runs a submission behind walls and reaches the verdicts outside of them."""

import ast
import atexit
import builtins
import contextlib
import functools
import hashlib
import json
import re
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import nh3
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils

from autograder import PROJECT
from autograder.checking.exercise import SEED, message_for_student
from autograder.checking.student_function import RemoteFunction
from autograder.checking.verdict import CheckResult, Verdict
from autograder.sandbox.session import CallResult, Ended, Session, StudentError
from autograder.sandbox.walls import Limits, SandboxError

HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?^[ \t]*### END HIDDEN TESTS[^\n]*\n?", re.M | re.S)
SHOWN = ("text/plain", "text/html", "image/png", "image/jpeg")


class Notebook:
    """A student's notebook in a session: what kills the process in one cell is not felt in the next."""

    def __init__(self, session: Session):
        self._session = session
        self._ran: list[str] = []
        self._alive = True
        self._trouble = ""
        self._room = session.limits.output

    def run(self, source: str, test: bool = False, figures: bool = True) -> list[NotebookNode]:
        """Run a cell and return its outputs. A cell that does not survive is left out from then on.

        Args:
            source: the cell's code.
            test: whether it is a test cell, whose failure says nothing of why a function is missing.
            figures: whether the figures that it makes are drawn.
        """
        self.revive()
        try:
            outputs = self._session.run(source, figures).outputs
        except Ended as error:
            self._alive = False
            self._trouble = self._trouble if test else str(error)
            return [new_output("stream", name="stderr", text=f"This cell did not run to its end: {error}.\n")]
        self._ran.append(source)
        self._room -= len(repr(outputs))
        if self._room < 0:
            outputs = [new_output("stream", text="[the submission has printed too much; this is not shown]\n")]
        if not test:
            errors = [output for output in outputs if output["output_type"] == "error"]
            self._trouble = f"{errors[-1]['ename']}: {errors[-1]['evalue']}" if errors else ""
        return [_clean(output) for output in outputs]

    def revive(self) -> None:
        """After the process has ended, start another and bring it to where the last one was."""
        while not self._alive and self._session.seconds_left > 0:
            self._session.restart()
            self._alive = True
            for number, source in enumerate(self._ran):
                try:
                    self._session.run(source, figures=False)
                except Ended:
                    self._alive = False
                    del self._ran[number]
                    break

    def function(self, name: str) -> RemoteFunction:
        """A function of the notebook, to be called from outside."""
        reason: list[str] = []
        trouble = self._trouble

        def call(
            name: str,
            args: tuple[Any, ...],
            kwargs: dict[str, Any],
            substitutes: Mapping[str, Callable[..., Any]],
        ) -> CallResult:
            if reason:
                raise Ended(f"not tried, since {reason[0]}")
            try:
                return self._session.call(name, args, kwargs, substitutes)
            except Ended as error:
                self._alive = False
                reason.append(str(error))
                raise
            except StudentError as error:
                if trouble and str(error).startswith("NameError"):
                    raise StudentError(f"the notebook stopped before this exercise: {trouble}") from error
                raise

        return RemoteFunction(name, call, self._ran)


def _clean(output: dict[str, Any]) -> NotebookNode:
    """Keep of an output what is safe to show to others."""
    if "data" in output:
        data = {mime: text for mime, text in output["data"].items() if mime in SHOWN}
        if "text/html" in data:
            data["text/html"] = nh3.clean(data["text/html"])
        output = {**output, "data": data}
    return NotebookNode(output)


def judge(hidden: str, notebook: Notebook, name: str, points: float) -> Verdict:
    """Run the hidden part of a test cell here, where the student's functions are proxies.

    Names that the code neither defines nor imports are functions of the student's notebook. Besides an `Exercise`,
    whose verdict is the value of the last line, an instructor may write tests as nbgrader knows them: they give all
    points unless they raise, or the points that their last line says.

    Args:
        hidden: the code between nbgrader's marks for hidden tests.
        notebook: the student's notebook.
        name: what the exercise is called.
        points: what the cell is worth.
    """
    tree = ast.parse(hidden)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not hasattr(builtins, node.id)}
    namespace: dict[str, Any] = {other: notebook.function(other) for other in sorted(names)}
    value = None
    try:
        if tree.body and isinstance(last := tree.body[-1], ast.Expr):
            exec(compile(ast.Module(tree.body[:-1], []), "<hidden tests>", "exec"), namespace)
            value = eval(compile(ast.Expression(last.value), "<hidden tests>", "eval"), namespace)
        else:
            exec(compile(tree, "<hidden tests>", "exec"), namespace)
    except (Ended, StudentError, NotImplementedError) as error:
        return Verdict(name, (CheckResult("hidden tests", points, False, message_for_student(error)),))
    except Exception:
        # The message of a test that was not written to be read might tell the answer.
        return Verdict(name, (CheckResult("hidden tests", points, False, "a hidden test failed"),))
    if isinstance(value, Verdict):
        return value
    score = points
    if isinstance(value, int | float) and not isinstance(value, bool):
        score = min(max(float(value), 0.0), points)
    lost = CheckResult("more hidden tests", points - score, False, "not all hidden tests passed")
    return Verdict(name, (CheckResult("hidden tests", score, True), *([lost] if score < points else [])))


@dataclass(frozen=True)
class Job:
    """Everything that the verdicts on one submission depend on, as plain values, so that any machine can reach them."""

    student: str
    notebook: str
    """The cells of the submission in the shape of the assignment, with the hidden tests, as JSON."""
    package: bytes
    """The wheel of the student edition of rnncore."""
    seed: str
    """The class's secret, from which the inputs of hidden checks are drawn."""
    shown: frozenset[str]
    """Code cells of the assignment that are demonstrations. Their figures are drawn only once a check has failed, when
    the feedback shows them beside those of the reference."""
    limits: Limits
    code: str
    """The version of the code that is to reach the verdicts; a machine that has another refuses."""
    sandbox: bool = True


class OtherCode(Exception):
    """This machine would reach other verdicts than the one that sent the job; the message says what to do."""


@functools.cache
def code_version() -> str:
    """Changes with anything of the code that this process reaches verdicts with."""
    digest = hashlib.sha256()
    for path in sorted(path for name in ("autograder", "rnncore") for path in (PROJECT / name).rglob("*.py")):
        digest.update(repr((path.relative_to(PROJECT).as_posix(), path.read_bytes())).encode())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Graded:
    """What grading found, for each cell of the notebook in order."""

    outputs: tuple[list[NotebookNode], ...]
    verdicts: tuple[dict[str, Any] | None, ...]
    seconds: float


def execute(job: Job, more: bool = True) -> Graded:
    """Run a submission, and reach the verdicts on it.

    The same submission is always asked the same, a changed one something else: what a submission learns of its inputs
    and shows in its outputs is worth nothing to the next.

    Args:
        job: the submission.
        more: whether another will follow, for which a sandbox is started meanwhile.

    Raises:
        SandboxError: if there is no sandbox to be had.
        OtherCode: if the job was made by another version of this package.
    """
    if job.code != code_version():
        raise OtherCode(
            f"expected version {job.code} of this package, as the class has; {socket.gethostname()} has "
            f"{code_version()}. Install the same there, and start its worker again"
        )
    start = time.perf_counter()
    cells: Any = nbformat.from_dict(json.loads(job.notebook))
    draw = [job.seed, job.student, *(cell.source for cell in cells)]
    outputs: list[list[NotebookNode]] = []
    verdicts: list[dict[str, Any] | None] = []
    lost = False
    with SPARES.take(job, more) as session:
        notebook = Notebook(session)
        for cell in cells:
            verdict = None
            shown: list[NotebookNode] = []
            if cell.cell_type == "code" and "experiment" not in cell.metadata.get("tags", []):
                if utils.is_grade(cell) and not utils.is_solution(cell):
                    shown = notebook.run(HIDDEN.sub("", cell.source), test=True)
                    verdict = _verdict(cell, notebook, draw)
                    lost = lost or verdict.score < verdict.max_score
                    # nbgrader takes the first result of a cell for its score.
                    score = {"text/plain": repr(verdict), "text/html": verdict.to_html()}
                    shown.insert(0, new_output("execute_result", data=score, execution_count=None))
                else:
                    shown = notebook.run(cell.source, figures=lost or cell.source not in job.shown)
            outputs.append(shown)
            verdicts.append(verdict and verdict.to_dict())
    return Graded(tuple(outputs), tuple(verdicts), time.perf_counter() - start)


def _verdict(cell: NotebookNode, notebook: Notebook, draw: list[str]) -> Verdict:
    notebook.revive()
    name = str(cell.metadata.nbgrader["grade_id"])
    token = SEED.set(int.from_bytes(hashlib.sha256(json.dumps([name, *draw]).encode()).digest()[:8]))
    try:
        hidden = "".join(HIDDEN.findall(cell.source))
        return judge(hidden, notebook, name.removesuffix("-check"), float(cell.metadata.nbgrader["points"]))
    finally:
        SEED.reset(token)


class _Spares:
    """A sandbox for the next submission, started while this one is graded: a start takes longer than most grading.

    A sandbox serves one submission and no other, so that nothing of a student's can wait in it for the next.
    """

    def __init__(self) -> None:
        self._ready: dict[Any, Future[Session]] = {}
        self._lock = threading.Lock()
        self._packages = tempfile.TemporaryDirectory(prefix="rnncourse-wheels-")
        # A sandbox ends with the thread that started it, so this thread lives as long as the process.
        self._starter = ThreadPoolExecutor(1)
        atexit.register(self.close)

    def take(self, job: Job, more: bool) -> Session:
        """A session whose time begins now; if `more`, the next of the same kind is being started.

        Raises:
            SandboxError: if it does not start.
        """
        kind = (hashlib.sha256(job.package).hexdigest(), job.limits, job.sandbox)
        with self._lock:
            spare = self._ready.pop(kind, None) or self._starter.submit(self._start, *kind, job.package)
            others, self._ready = self._ready, {}
            if more:
                self._ready[kind] = self._starter.submit(self._start, *kind, job.package)
        _close(others)
        session = spare.result()
        if not session.alive:
            session.close()
            session = self._starter.submit(self._start, *kind, job.package).result()
        session.begin()
        return session

    def close(self) -> None:
        """End those that nobody took."""
        with self._lock:
            spares, self._ready = self._ready, {}
        _close(spares)
        self._packages.cleanup()

    def _start(self, digest: str, limits: Limits, sandbox: bool, package: bytes) -> Session:
        path = Path(self._packages.name) / f"{digest}.whl"
        if not path.exists():  # others are reading it; this thread alone writes
            path.write_bytes(package)
        return Session(path, limits, sandbox)


def _close(spares: Mapping[Any, Future[Session]]) -> None:
    for spare in spares.values():
        with contextlib.suppress(SandboxError):
            spare.result().close()


SPARES = _Spares()
