"""The step of nbgrader's autograding that takes the place of `Execute`: verdicts from outside the student's process."""

import hashlib
import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Dict, Float, Integer, Unicode

from autograder import PROJECT
from autograder.grading.trusted import Graded, Job, code_version, execute
from autograder.sandbox.walls import Limits

_MIB = 2**20


@dataclass(frozen=True)
class Delivery:
    """What another process found for a job."""

    job: Job
    graded: Graded


DELIVERED: ContextVar[Delivery | None] = ContextVar("DELIVERED", default=None)
"""Set while nbgrader writes down what another process has found."""


class TrustedExecute(NbGraderPreprocessor):
    """Takes the place of nbgrader's `Execute`. The score of a test cell comes from the trusted verdict alone."""

    sandbox = Bool(True, help="Whether to run submissions behind walls.").tag(config=True)
    seed = Unicode("", help="The class's secret, from which the inputs of hidden checks are drawn.").tag(config=True)
    cell_seconds = Float(Limits.cell_seconds, help="How long one cell may take.").tag(config=True)
    call_seconds = Float(Limits.call_seconds, help="How long one call of a hidden check may take.").tag(config=True)
    submission_seconds = Float(Limits.submission_seconds, help="How long one submission may take.").tag(config=True)
    memory_mib = Integer(Limits.memory // _MIB, help="How much memory a submission may use.").tag(config=True)
    file_mib = Integer(Limits.file_size // _MIB, help="How large one of its files may be.").tag(config=True)
    disk_mib = Integer(Limits.disk // _MIB, help="How large its files may be in one place.").tag(config=True)
    output_mib = Integer(Limits.output // _MIB, help="How much output is kept.").tag(config=True)
    processes = Integer(Limits.processes, help="How many processes it may be.").tag(config=True)
    threads = Integer(Limits.threads, help="How many threads they may have.").tag(config=True)
    units = Dict(help='Other limits for some units: {"u05_lstm": {"cell_seconds": 20}}.').tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        unit, student = str(resources["nbgrader"]["assignment"]), str(resources["nbgrader"]["student"])
        job = self.job(nb, unit, student)
        delivery = DELIVERED.get()
        graded = delivery.graded if delivery is not None and delivery.job == job else execute(job)
        for cell, outputs, verdict in zip(nb.cells, graded.outputs, graded.verdicts, strict=True):
            if cell.cell_type == "code":
                cell.outputs = outputs
            if verdict is not None:
                cell.metadata["rnncourse"] = verdict
        note = nb.metadata.setdefault("rnncourse", {})
        note["seconds"] = round(graded.seconds, 2)
        note["fingerprint"] = self.fingerprints(unit)(student)
        return nb, resources

    def job(self, nb: NotebookNode, unit: str, student: str) -> Job:
        """What has to be known to grade a submission.

        Args:
            nb: the submission in the shape of the assignment, with the hidden tests.
            unit: the unit.
            student: whose it is.

        Raises:
            FileNotFoundError: if the unit has not been released.
            ValueError: if the configuration names a limit that there is none of.
        """
        demonstrations = frozenset(
            cell.source
            for cell in nbformat.read(self._path("source", unit), as_version=4).cells
            if cell.cell_type == "code" and "nbgrader" not in cell.metadata
        )
        limits = self._limits(unit)
        package = self._package(unit).read_bytes()
        return Job(student, _essence(nb), package, self.seed, demonstrations, limits, code_version(), self.sandbox)

    def fingerprints(self, unit: str) -> Callable[[str], str]:
        """A function from a student to what changes when the submission does, or anything else its grade depends on."""
        course = CourseDirectory(parent=self)
        checks = (PROJECT / "autograder" / kind / f"{unit}.py" for kind in ("hidden", "mutants"))
        files = [self._path("source", unit), self._path("release", unit), self._package(unit), *checks]
        with Gradebook(course.db_url, course.course_id) as gradebook:
            due = {assignment.name: assignment.duedate for assignment in gradebook.assignments}.get(unit)
        common = [self.seed, self._limits(unit), due, *map(_digest, files)]

        def of(student: str) -> str:
            folder = Path(course.format_path(course.submitted_directory, student, unit))
            own = [student, _digest(folder / "timestamp.txt"), _answers(folder / f"{unit}.ipynb")]
            return hashlib.sha256(repr((common, own)).encode()).hexdigest()

        return of

    def _limits(self, unit: str) -> Limits:
        limits = Limits(
            cell_seconds=self.cell_seconds,
            call_seconds=self.call_seconds,
            submission_seconds=self.submission_seconds,
            memory=self.memory_mib * _MIB,
            file_size=self.file_mib * _MIB,
            disk=self.disk_mib * _MIB,
            output=self.output_mib * _MIB,
            processes=self.processes,
            threads=self.threads,
        )
        names = {"memory_mib": "memory", "file_mib": "file_size", "disk_mib": "disk", "output_mib": "output"}
        names |= {name: name for name in ("cell_seconds", "call_seconds", "submission_seconds", "processes", "threads")}
        changes = {}
        for name, value in self.units.get(unit, {}).items():
            if name not in names:
                raise ValueError(f"expected limits among {', '.join(sorted(names))}; got {name!r} for {unit}")
            changes[names[name]] = value * _MIB if name.endswith("_mib") else value
        return replace(limits, **changes)

    def _path(self, step: str, unit: str) -> Path:
        course = CourseDirectory(parent=self)
        folder = getattr(course, f"{step}_directory")
        return Path(course.format_path(folder, ".", unit)) / f"{unit}.ipynb"

    def _package(self, unit: str) -> Path:
        folder = self._path("source", unit).parent
        packages = sorted(folder.glob("rnncore*.whl"))
        if not packages:
            raise FileNotFoundError(
                f"expected the student edition of rnncore (rnncore*.whl) in {folder}; found none. "
                f"Run `rnncourse release {unit}`"
            )
        return packages[-1]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes() if path.exists() else b"").hexdigest()


def _answers(path: Path) -> str:
    """What a student handed in, without the ids of cells and the outputs, which change when it is collected again."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return str(error)
    try:
        nb = json.loads(text)
        cells = [[cell["cell_type"], cell["source"], cell["metadata"]] for cell in nb["cells"]]
        return json.dumps([cells, nb["metadata"]])
    except (ValueError, KeyError, TypeError, RecursionError):
        return text


def _essence(nb: NotebookNode) -> str:
    """The cells of a notebook as text, with what of them matters to grading."""
    cells = []
    for cell in nb.cells:
        kept: dict[str, Any] = {key: cell.metadata[key] for key in ("nbgrader", "tags") if key in cell.metadata}
        kind = "code" if cell.cell_type == "code" else "markdown"
        cells.append({"cell_type": kind, "source": cell.source, "metadata": kept})
    return json.dumps(cells)
