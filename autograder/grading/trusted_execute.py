"""The step of nbgrader's autograding that replaces `Execute`: verdicts from outside the student's process."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Dict, Float, Integer, Unicode

from autograder import PROJECT
from autograder.grading.cells import is_experiment
from autograder.grading.damaged import read_source
from autograder.grading.job import Graded, Job, code_version, notebook_as_text
from autograder.grading.late_imports import late_imports
from autograder.grading.rebuild import MAX_SUBMISSION
from autograder.grading.trusted import execute
from autograder.limited import Allowance, LimitExceeded
from autograder.sandbox.walls import Limits

_MIB = 2**20
# Files of this size cannot cost much to read: at worst 0.1 s and 50 MB. Most submissions are smaller.
_SMALL = _MIB
# The parts of a submitted cell that a grade depends on.
_PARTS = ("cell_type", "source", "metadata", "attachments")
# Both halves and the dash are the 64 characters that gradebooks have for a fingerprint.
_HALF = 32


@dataclass(frozen=True)
class UnitInputs:
    """The part of a job that all submissions of a unit share.

    Attributes:
        unit: the unit.
        course: nbgrader's view of the class folder.
        template: a job without a submission.
        digest: what the class says of the unit, as a text: all that grades depend on besides submission and checks.
        checks: a hash of the checks and mistakes that this version of the package has for the unit.
    """

    unit: str
    course: CourseDirectory
    template: Job
    digest: str
    checks: str

    def job(self, nb: NotebookNode, student: str) -> Job:
        """Make the job of one submission.

        Args:
            nb: the submission in the shape of the assignment, with the hidden tests.
            student: whose it is.
        """
        return replace(self.template, student=student, notebook=notebook_as_text(nb))

    def fingerprint(self, student: str, submission: Path | None = None) -> str:
        """What the student's grade belongs to: a hash of submission and class, and one of the checks.

        Args:
            student: whose grade it is.
            submission: the file that they handed in; by default the one that is in place.
        """
        folder = Path(self.course.format_path(self.course.submitted_directory, student, self.unit))
        path = submission or folder.absolute() / f"{self.unit}.ipynb"
        return f"{hash_of_submission(path, self.digest, student)[:_HALF]}-{self.checks[: _HALF - 1]}"


class TrustedExecute(NbGraderPreprocessor):
    """Replaces nbgrader's `Execute`. The score of a test cell comes from the trusted verdict alone."""

    sandbox = Bool(True, help="Whether to run submissions behind walls.").tag(config=True)
    seed = Unicode("", help="The class's secret, from which the inputs of hidden checks are drawn.").tag(config=True)
    cell_seconds = Float(Limits.cell_seconds, help="How long one cell may take.").tag(config=True)
    call_seconds = Float(Limits.call_seconds, help="How long one call of a hidden check may take.").tag(config=True)
    submission_seconds = Float(Limits.submission_seconds, help="How long one submission may take.").tag(config=True)
    memory_mib = Integer(Limits.memory // _MIB, help="How much memory a submission may use.").tag(config=True)
    file_mib = Integer(Limits.file_size // _MIB, help="How large one of its files may be.").tag(config=True)
    disk_mib = Integer(Limits.disk // _MIB, help="How large its files may be in one place.").tag(config=True)
    files = Integer(Limits.files, help="How many files it may have.").tag(config=True)
    output_mib = Integer(Limits.output // _MIB, help="How much output is kept.").tag(config=True)
    processes = Integer(Limits.processes, help="How many processes it may start.").tag(config=True)
    threads = Integer(Limits.threads, help="How many threads they may have.").tag(config=True)
    units = Dict(help='Other limits for some units: {"u05_lstm": {"cell_seconds": 20}}.').tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        student = str(resources["nbgrader"]["student"])
        inputs = self.unit_inputs(str(resources["nbgrader"]["assignment"]))
        graded = execute(inputs.job(nb, student))
        graded.require_whole()
        enter_verdicts(nb, graded, inputs.fingerprint(student))
        return nb, resources

    def unit_inputs(self, unit: str) -> UnitInputs:
        """Read what all jobs of a unit share.

        Raises:
            FileNotFoundError: if the unit has not been released.
            BadInput: if the class's copy of it is damaged.
            ValueError: if the configuration sets an unknown limit.
        """
        course = CourseDirectory(parent=self)
        source, release = (
            Path(course.format_path(folder, ".", unit)) / f"{unit}.ipynb"
            for folder in (course.source_directory, course.release_directory)
        )
        limits, wheel = self._limits(unit), _wheel_to_grade(Path(course.root), source)
        cells = read_source(source).cells
        free = [cell for cell in cells if cell.cell_type == "code" and "nbgrader" not in cell.metadata]
        demonstrations = frozenset(cell.source for cell in free)
        experiments = frozenset(cell.source for cell in free if is_experiment(cell))
        modules = sorted((PROJECT / "autograder").rglob("*.py"))
        checks = [path for path in modules if unit in (path.stem, path.parent.name)]
        digest = repr([self.seed, limits, *map(_digest, (source, release, wheel))])
        of_checks = hashlib.sha256(repr([_digest(path) for path in checks]).encode()).hexdigest()
        given = wheel.read_bytes(), self.seed, demonstrations, experiments, late_imports(cells)
        template = Job("", "", *given, limits, code_version(), self.sandbox)
        return UnitInputs(unit, course, template, digest, of_checks)

    def _limits(self, unit: str) -> Limits:
        limits = Limits(
            cell_seconds=self.cell_seconds,
            call_seconds=self.call_seconds,
            submission_seconds=self.submission_seconds,
            memory=self.memory_mib * _MIB,
            file_size=self.file_mib * _MIB,
            disk=self.disk_mib * _MIB,
            files=self.files,
            output=self.output_mib * _MIB,
            processes=self.processes,
            threads=self.threads,
        )
        names = {"memory_mib": "memory", "file_mib": "file_size", "disk_mib": "disk", "output_mib": "output"}
        as_they_are = "cell_seconds", "call_seconds", "submission_seconds", "files", "processes", "threads"
        names |= {name: name for name in as_they_are}
        changes = {}
        for name, value in self.units.get(unit, {}).items():
            if name not in names:
                raise ValueError(f"expected limits among {', '.join(sorted(names))}; got {name!r} for {unit}")
            changes[names[name]] = value * _MIB if name.endswith("_mib") else value
        return replace(limits, **changes)


def hash_of_submission(path: Path, digest: str = "", student: str = "") -> str:
    """A hash of what was handed in, without cell ids and outputs, and of what else a grade depends on."""
    if not path.exists() or path.stat().st_size <= _SMALL:
        return _hash_of_file(digest, student, path)
    try:
        return Allowance().call(_hash_of_file, digest, student, path)
    except LimitExceeded:
        return _hash(digest, student, _version(path))


def enter_verdicts(nb: NotebookNode, graded: Graded, fingerprint: str) -> None:
    """Put outputs and verdicts into a notebook, where nbgrader's later steps and the feedback find them."""
    for cell, outputs, verdict in zip(nb.cells, graded.outputs, graded.verdicts, strict=True):
        if cell.cell_type == "code":
            cell.outputs = outputs
        if verdict is not None:
            cell.metadata["rnncourse"] = verdict
    note = nb.metadata.setdefault("rnncourse", {})
    note["seconds"] = round(graded.seconds, 2)
    note["fingerprint"] = fingerprint


def _wheel_to_grade(root: Path, source: Path) -> Path:
    """The rnncore without the answers to a unit; in older classes it is the wheel beside the unit's notebook."""
    unit = source.stem
    wheels = [*(root / "wheels" / unit).glob("*.whl"), *source.parent.glob(f"rnncore*+{unit[:3]}-*.whl")]
    if not wheels:
        raise FileNotFoundError(
            f"expected the rnncore to grade {unit} with in {root / 'wheels' / unit}; found none. "
            f"Run `rnncourse release {unit}`"
        )
    return wheels[0]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes() if path.exists() else b"").hexdigest()


def _hash_of_file(digest: str, student: str, path: Path) -> str:
    return _hash(digest, student, _answers(path))


def _hash(digest: str, student: str, answers: str) -> str:
    return hashlib.sha256(repr((digest, [student, answers])).encode()).hexdigest()


def _version(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} bytes, changed at {status.st_mtime_ns}"


def _answers(path: Path) -> str:
    """What a student handed in, without cell ids and outputs, which change when it is collected again."""
    try:
        if path.stat().st_size > MAX_SUBMISSION:
            return _version(path)
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return str(error)
    try:
        nb = json.loads(text)
        cells = [{part: cell[part] for part in _PARTS if part in cell} for cell in nb["cells"]]
        return json.dumps([cells, nb["metadata"]])
    except (ValueError, KeyError, TypeError, RecursionError):
        return text
