"""Runs a submission behind walls and reaches the verdicts outside them."""

import ast
import builtins
import hashlib
import json
import math
import re
import socket
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.checking.exercise import SEED, message_for_student
from autograder.checking.student_function import RemoteFunction
from autograder.checking.verdict import CheckResult, Verdict
from autograder.grading.cells import is_experiment, is_grade, is_solution
from autograder.grading.job import Graded, Job, code_version
from autograder.grading.safe_html import TooMuchHtml, clean_html
from autograder.grading.versions import is_ours
from autograder.limited import Allowance, LimitExceeded
from autograder.sandbox.pool import SandboxPool
from autograder.sandbox.session import CallResult, Ended, Session, StudentError

# Used on cells of the assignment alone: on text made for it, it takes the square of the length.
HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?^[ \t]*### END HIDDEN TESTS[^\n]*\n?", re.M | re.S)
MISSING = re.compile(r"NameError: (?:name ')?(\w+)'? is not defined")
SHOWN = ("text/plain", "text/html", "image/png", "image/jpeg")
MOST_OUTPUTS = 5_000
"""How many outputs of one notebook are kept, each of which takes a kilobyte of memory, however short."""
SANDBOXES = SandboxPool()


class OtherCode(Exception):
    """This machine would reach other verdicts than the one that sent the job; the message says what to do."""


class UnusableChecks(Exception):
    """Hidden tests that cannot judge anybody; the message says what to do."""


class Notebook:
    """A student's notebook in a session. A cell that kills the process does not affect the next one."""

    def __init__(self, session: Session):
        self._session = session
        self._ran: list[str] = []
        self._alive = True
        self._broken: list[tuple[str, str]] = []
        self._room = session.limits.output
        self._outputs = 0
        self._allowance = Allowance()

    def run(self, source: str, test: bool = False, figures: bool = True) -> list[NotebookNode]:
        """Run a cell and return its outputs. A cell that kills the process is not run again.

        Args:
            source: the cell's code.
            test: whether it is a test cell, whose failure does not explain a missing name.
            figures: whether to draw its figures.
        """
        self.revive()
        try:
            outputs = self._session.run(source, figures).outputs
        except Ended as error:
            self._alive = False
            self._broken += [] if test else [(source, str(error))]
            return [new_output("stream", name="stderr", text=f"This cell did not run to its end: {error}.\n")]
        self._ran.append(source)
        self._room -= len(repr(outputs))
        self._outputs += len(outputs)
        if self._room < 0 or self._outputs > MOST_OUTPUTS:
            outputs = [new_output("stream", text="[the submission has printed too much; this is not shown]\n")]
        if not test:
            errors = [output for output in outputs if output["output_type"] == "error"]
            self._broken += [(source, f"{error['ename']}: {error['evalue']}") for error in errors[-1:]]
        return [self._clean(output) for output in outputs]

    def revive(self) -> None:
        """If the process has ended, start another and run the earlier cells in it."""
        while not self._alive and self._session.seconds_left > 0:
            self._session.restart()
            self._alive = True
            for number, source in enumerate(self._ran):
                try:
                    self._session.run(source, figures=False)
                except Ended as error:
                    self._alive = False
                    self._broken.append((source, str(error)))
                    del self._ran[number]
                    break

    def why_missing(self, name: str) -> str:
        """Why a cell that should have made a name did not run to its end; empty if there is none."""
        return next((why for source, why in reversed(self._broken) if re.search(rf"\b{name}\b", source)), "")

    def function(self, name: str) -> RemoteFunction:
        """A proxy for a function of the notebook."""
        reason: list[str] = []

        def call(
            name: str,
            args: tuple[Any, ...],
            kwargs: dict[str, Any],
            substitutes: Mapping[str, Callable[..., Any]],
            torch: str,
        ) -> CallResult:
            if reason:
                raise Ended(f"not tried, since {reason[0]}")
            try:
                return self._session.call(name, args, kwargs, substitutes, torch)
            except Ended as error:
                self._alive = False
                reason.append(str(error))
                raise
            except StudentError as error:
                missing = MISSING.match(str(error))
                if missing and (why := self.why_missing(missing[1])):
                    raise StudentError(f"{missing[1]} is missing, since the notebook stopped at it: {why}") from error
                raise

        return RemoteFunction(name, call)

    def _clean(self, output: dict[str, Any]) -> NotebookNode:
        """The parts of an output that are safe to show to others."""
        if "data" in output:
            data = {mime: text for mime, text in output["data"].items() if mime in SHOWN}
            if "text/html" in data:
                try:
                    data["text/html"] = self._allowance.call(clean_html, data["text/html"])
                except (LimitExceeded, TooMuchHtml) as error:
                    del data["text/html"]
                    data.setdefault("text/plain", f"[HTML that is not shown: {error}]")
            output = {**output, "data": data}
        return NotebookNode(output)


def judge(hidden: str, notebook: Notebook, name: str, points: float) -> Verdict:
    """Run the hidden part of a test cell in this process, where the student's functions are proxies.

    Names that the code neither defines nor imports are functions of the student's notebook. Besides an `Exercise`,
    whose verdict is the value of the last line, an instructor may write tests as nbgrader knows them: they give all
    points unless they raise, or as many points as their last line says.

    Args:
        hidden: the code between nbgrader's marks for hidden tests.
        notebook: the student's notebook.
        name: the exercise.
        points: what the cell is worth.

    Returns:
        The verdict, whose points add up to those of the cell: where an instructor changed these, the checks keep their
        shares.

    Raises:
        UnusableChecks: if the tests import a module that this version of the package does not have, or have no checks.
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
    except Exception as error:
        if missing := missing_module(error):
            raise UnusableChecks(
                f"the hidden tests of {name} need {missing}, which this version of the package does not have: the unit "
                "was released with another version. Nobody's grade was changed. Run `rnncourse release UNIT` again"
            ) from error
        # The message of a test that was not written to be read might tell the answer.
        return Verdict(name, (CheckResult("hidden tests", points, False, "a hidden test failed"),))
    if isinstance(value, Verdict):
        return scaled(value, points)
    score = points
    if isinstance(value, int | float) and not isinstance(value, bool):
        score = min(max(float(value), 0.0), points)
    lost = CheckResult("more hidden tests", points - score, False, "not all hidden tests passed")
    return Verdict(name, (CheckResult("hidden tests", score, True), *([lost] if score < points else [])))


def scaled(verdict: Verdict, points: float) -> Verdict:
    """A verdict whose checks share a cell's points in the proportions of their own.

    Raises:
        UnusableChecks: if the checks have no points to share by.
    """
    if math.isclose(verdict.max_score, points):
        return verdict
    if not verdict.max_score:
        raise UnusableChecks(f"the hidden tests of {verdict.exercise} have no checks with points, and cannot be scored")
    factor = points / verdict.max_score
    results = tuple(replace(result, points=factor * result.points) for result in verdict.results)
    return replace(verdict, results=results, scaled_from=verdict.max_score)


def missing_module(error: Exception) -> str:
    """The module of the grader that hidden tests import and this version does not have; empty if that is not it."""
    name = (error.name or "") if isinstance(error, ImportError) else ""
    return name if is_ours(name) else ""


def execute(job: Job, keep_warm: bool = True) -> Graded:
    """Run a submission and reach the verdicts on it.

    The inputs of the checks depend on the submission: the same one always gets the same inputs, a changed one gets
    others, so that inputs that a submission prints do not help the next one.

    Args:
        job: the submission.
        keep_warm: whether more submissions are coming, so that a sandbox is started for the next one.

    Raises:
        SandboxError: if no sandbox can be started.
        OtherCode: if the job was made by another version of this package.
        UnusableChecks: if the hidden tests cannot judge anybody.
    """
    if job.code_version != code_version():
        raise OtherCode(
            f"expected version {job.code_version} of this package, as the class has; {socket.gethostname()} has "
            f"{code_version()}. Install the same there, and start its worker again"
        )
    import torch  # not with the others: it takes seconds, and of the grader's processes only workers need it

    torch.set_num_threads(1)  # on networks as small as those of checks, two take five times as long
    start = time.perf_counter()
    cells: Any = nbformat.from_dict(json.loads(job.notebook))
    seed_material = [job.seed, job.student, *(cell.source for cell in cells)]
    outputs: list[list[NotebookNode]] = []
    verdicts: list[dict[str, Any] | None] = []
    points_lost = False
    with SANDBOXES.lend(job.student_wheel, job.imports, job.limits, job.sandbox, keep_warm) as session:
        notebook = Notebook(session)
        for cell in cells:
            verdict = None
            shown: list[NotebookNode] = []
            if cell.cell_type == "code" and not is_experiment(cell) and cell.source not in job.experiments:
                if is_grade(cell) and not is_solution(cell):
                    shown = notebook.run(HIDDEN.sub("", cell.source), test=True)
                    verdict = _verdict(cell, notebook, seed_material)
                    points_lost = points_lost or verdict.score < verdict.max_score
                    # nbgrader takes the first result of a cell for its score, and refuses more than its points.
                    points = float(cell.metadata.nbgrader["points"])
                    earned = points if math.isclose(verdict.score, points) else min(round(verdict.score, 6), points)
                    score = {"text/plain": f"{earned!r}", "text/html": verdict.to_html()}
                    shown.insert(0, new_output("execute_result", data=score, execution_count=None))
                else:
                    figures = points_lost or cell.source not in job.demonstrations
                    shown = notebook.run(cell.source, figures=figures)
            outputs.append(shown)
            verdicts.append(verdict and verdict.to_dict())
        disturbed = session.starved, session.orphaned
    return Graded(tuple(outputs), tuple(verdicts), time.perf_counter() - start, *disturbed)


def _verdict(cell: NotebookNode, notebook: Notebook, seed_material: list[str]) -> Verdict:
    notebook.revive()
    name = str(cell.metadata.nbgrader["grade_id"])
    token = SEED.set(int.from_bytes(hashlib.sha256(json.dumps([name, *seed_material]).encode()).digest()[:8]))
    try:
        hidden = "".join(HIDDEN.findall(cell.source))
        with warnings.catch_warnings(action="ignore"):  # they would print lines of the checks
            return judge(hidden, notebook, name.removesuffix("-check"), float(cell.metadata.nbgrader["points"]))
    finally:
        SEED.reset(token)
