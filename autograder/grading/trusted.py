"""Runs a submission behind walls and reaches the verdicts outside of them, as a step of nbgrader's autograding."""

import ast
import builtins
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nh3
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer, Unicode

from autograder.checking.checks import SEED, CheckResult, RemoteFunction, Verdict, say
from autograder.sandbox.session import CallResult, Ended, Session, StudentError
from autograder.sandbox.walls import Limits

HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?^[ \t]*### END HIDDEN TESTS[^\n]*\n?", re.M | re.S)
SHOWN = ("text/plain", "text/html", "image/png", "image/jpeg")


class Notebook:
    """A student's notebook in a session: what kills the process in one cell is not felt in the next."""

    def __init__(self, session: Session):
        self._session = session
        self._ran: list[str] = []
        self._alive = True
        self._trouble = ""

    def run(self, source: str, test: bool = False) -> list[NotebookNode]:
        """Run a cell and return its outputs. A cell that does not survive is left out from then on.

        Args:
            source: the cell's code.
            test: whether it is a test cell, whose failure says nothing of why a function is missing.
        """
        self.revive()
        try:
            outputs = self._session.run(source).outputs
        except Ended as error:
            self._alive = False
            self._trouble = self._trouble if test else str(error)
            return [new_output("stream", name="stderr", text=f"This cell did not run to its end: {error}.\n")]
        self._ran.append(source)
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
                    self._session.run(source)
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

        return RemoteFunction(name, call)


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

    Names that the code neither defines nor imports are functions of the student's notebook. Besides a `CheckSet`,
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
        return Verdict(name, (CheckResult("hidden tests", points, False, say(error)),))
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


class TrustedExecute(NbGraderPreprocessor):
    """Takes the place of nbgrader's `Execute`. The score of a test cell comes from `judge` alone."""

    sandbox = Bool(True, help="Whether to run submissions behind walls.").tag(config=True)
    seed = Unicode("", help="The class's secret, from which the inputs of hidden checks are drawn.").tag(config=True)
    cell_seconds = Float(Limits.cell_seconds, help="How long one cell may take.").tag(config=True)
    call_seconds = Float(Limits.call_seconds, help="How long one call of a hidden check may take.").tag(config=True)
    submission_seconds = Float(Limits.submission_seconds, help="How long one submission may take.").tag(config=True)
    memory_mib = Integer(Limits.memory >> 20, help="How much memory a submission may use.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        limits = Limits(
            cell_seconds=self.cell_seconds,
            call_seconds=self.call_seconds,
            submission_seconds=self.submission_seconds,
            memory=self.memory_mib << 20,
        )
        entry = resources["nbgrader"]
        package = self._student_package(entry["assignment"])
        # The same submission is always asked the same, a changed one something else: what a submission learns of its
        # inputs and shows in its outputs is worth nothing to the next.
        draw = [self.seed, str(entry["student"]), *(cell.source for cell in nb.cells)]
        with Session(package, limits, self.sandbox) as session:
            notebook = Notebook(session)
            for cell in nb.cells:
                if cell.cell_type == "code":
                    self._process(cell, notebook, draw)
        return nb, resources

    def _student_package(self, assignment: str) -> Path:
        course = CourseDirectory(parent=self)
        folder = Path(course.format_path(course.source_directory, ".", assignment))
        packages = sorted(folder.glob("rnncore*.whl"))
        if not packages:
            raise FileNotFoundError(
                f"expected the student edition of rnncore (rnncore*.whl) in {folder}; found none. "
                f"Run `rnncourse release {assignment}`"
            )
        return packages[-1]

    def _process(self, cell: NotebookNode, notebook: Notebook, draw: list[str]) -> None:
        cell.outputs = []
        if "experiment" in cell.metadata.get("tags", []):
            return
        if not utils.is_grade(cell) or utils.is_solution(cell):
            cell.outputs = notebook.run(cell.source)
            return
        hidden = "".join(HIDDEN.findall(cell.source))
        shown = notebook.run(HIDDEN.sub("", cell.source), test=True)
        notebook.revive()
        name = str(cell.metadata.nbgrader["grade_id"])
        token = SEED.set(int.from_bytes(hashlib.sha256(json.dumps([name, *draw]).encode()).digest()[:8]))
        try:
            verdict = judge(hidden, notebook, name.removesuffix("-check"), float(cell.metadata.nbgrader["points"]))
        finally:
            SEED.reset(token)
        # nbgrader takes the first result of a cell for its score.
        score = {"text/plain": repr(verdict), "text/html": verdict.to_html()}
        cell.outputs = [new_output("execute_result", data=score, execution_count=None), *shown]
        cell.metadata["rnncourse"] = verdict.to_dict()
