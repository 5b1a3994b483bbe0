"""Makes the course from its sources: student notebooks, and executed reference solutions."""

import functools
import multiprocessing
import re
import resource
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment, GenerateSolution
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log, setenv
from traitlets.config import Config

from autograder import PROJECT
from autograder.authoring.converters import cause, configure_authoring
from autograder.authoring.derive import KERNELSPEC, BuildError
from autograder.authoring.inline import inline_exercises, without_marks
from autograder.authoring.leaks import find_leaks
from autograder.authoring.pages import PAGES, page_notebook
from autograder.authoring.student_edition import write_student_edition
from autograder.authoring.units import Unit, all_units, find_unit
from autograder.checking.verdict import CheckResult, Verdict
from autograder.whole_files import made_whole

COURSE = PROJECT / "course"
HTML = PROJECT / "build" / "solutions"
TEMPLATES = Path(__file__).parent / "templates"
MAX_SOLUTION = 2**20
_MEASURED = re.compile(r"\b[\d.,]+ (s|ms|MiB)\b")
"""What is another in each run."""


def select(names: Iterable[str]) -> list[Unit]:
    """The units of these names, or all.

    Raises:
        UnknownUnit: if there is no unit of one of them.
    """
    return [find_unit(name) for name in names] or all_units()


def build_unit(unit: Unit, execute: bool = True) -> Iterator[str]:
    """Build one unit, and say what was made.

    Raises:
        BuildError: if a cell fails or a secret would leak; then the files in course/ are as they were.
    """
    student = student_notebook(unit)
    solution = None
    if execute:
        # In a process of its own, where no earlier unit has left its greatest memory behind.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            solution, seconds, memory = pool.submit(_measured_solution, unit).result()
        yield f"{unit.name}: reference solution ran in {seconds:.0f} s, at most {memory:.0f} MiB"
    _write(COURSE / unit.name / f"{unit.name}.ipynb", student)
    yield f"{unit.name}: course/{unit.name}/{unit.name}.ipynb"
    if solution is not None:
        if others := other_results(_executed(unit), solution):
            yield f"{unit.name}: read again what the text says of {', '.join(others)}, which show other results now"
        _write(unit.source.with_suffix(".ipynb"), nbformat.writes(solution) + "\n")
        _write(HTML / f"{unit.name}.html", solution_page(solution))
        yield f"{unit.name}: solutions/{unit.name}/{unit.name}.ipynb, build/solutions/{unit.name}.html"


def solution_page(solution: NotebookNode) -> str:
    """An executed solution as a web page."""
    exporter = HTMLExporter(template_name="solution", extra_template_basedirs=[str(TEMPLATES)])
    return exporter.from_notebook_node(solution)[0]


def _measured_solution(unit: Unit) -> tuple[NotebookNode, float, float]:
    """The executed solution, how long it took in seconds, and the greatest memory of its kernel in MiB."""
    start = time.monotonic()
    solution = executed_solution(unit)
    seconds = time.monotonic() - start
    return solution, seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def outdated(unit: Unit) -> Iterator[str]:
    """What of a unit's generated files does not agree with its source."""
    path = COURSE / unit.name / f"{unit.name}.ipynb"
    if not path.exists() or path.read_text() != student_notebook(unit):
        yield f"course/{unit.name}/{unit.name}.ipynb is not current; run `rnncourse build {unit.name}`"
    solution = _executed(unit)
    if solution is None or _code(solution) != _code(_solution(unit)) or not _full_marks(unit) <= _tables(solution):
        yield f"solutions/{unit.name}/{unit.name}.ipynb is not current; run `rnncourse build {unit.name}`"


def build_pages() -> Iterator[str]:
    """Write the pages beside the units, which say what is in them, and say what was made.

    Raises:
        BuildError: if a unit does not say what they need.
    """
    for name in PAGES:
        _write(COURSE / f"{name}.ipynb", page_notebook(name))
        yield f"course/{name}.ipynb"


def outdated_pages() -> Iterator[str]:
    """Which pages do not agree with their source and with the units."""
    for name in PAGES:
        path = COURSE / f"{name}.ipynb"
        if not path.exists() or path.read_text(encoding="utf-8") != page_notebook(name):
            yield f"course/{name}.ipynb is not current; run `rnncourse build --notebooks-only`"


def student_notebook(unit: Unit) -> str:
    """The text of the student notebook, the same at every build.

    Raises:
        BuildError: if it, or the student edition of rnncore, would leak what students must not see.
    """
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        made = _convert(GenerateAssignment, unit, root)
        text = nbformat.writes(_tidy(made)) + "\n"
        release = root / "release"
        shutil.rmtree(release)
        _write(release / f"{unit.name}.ipynb", text)
        write_student_edition(unit, release)
        leaks = find_leaks(unit, release)
    if leaks:
        raise BuildError(f"{unit.name} would leak: " + "; ".join(map(str, leaks[:5])))
    return text


def executed_solution(unit: Unit) -> NotebookNode:
    """The reference solution, run in a real kernel.

    Raises:
        BuildError: if a cell fails, warns, or does not give the reference all its points; or if it is too large.
    """
    with tempfile.TemporaryDirectory() as temporary:
        nb = _tidy(_convert(GenerateSolution, unit, Path(temporary)))
    for cell in nb.cells:
        _require_clean(unit, cell)
        cell.source = without_marks(cell.source)
    if len(nbformat.writes(nb)) > MAX_SOLUTION:
        raise BuildError(f"the executed {unit.name} is over {MAX_SOLUTION >> 10} KiB; draw smaller figures")
    return nb


def other_results(before: NotebookNode | None, now: NotebookNode) -> list[str]:
    """The ids of cells that print or draw something else than they did, but for seconds and memory."""
    known = {cell.id: _shown(cell) for cell in before.cells} if before else {}
    return [cell.id for cell in now.cells if _shown(cell) != known.get(cell.id, _shown(cell))]


def _shown(cell: NotebookNode) -> tuple[list[str], list[str]]:
    """The words and the pictures of a cell's outputs, into however many parts the kernel has cut them."""
    bundles = [output.get("data", {"text/plain": output.get("text", "")}) for output in cell.get("outputs", [])]
    text = "".join(str(data.get("text/plain", "")) for data in bundles)
    return _MEASURED.sub("", text).split(), [data["image/png"] for data in bundles if "image/png" in data]


def _executed(unit: Unit) -> NotebookNode | None:
    path = unit.source.with_suffix(".ipynb")
    return nbformat.read(path, as_version=4) if path.exists() else None


def _solution(unit: Unit) -> NotebookNode:
    nb = unit.notebook()
    for cell in nb.cells:
        cell.source = without_marks(inline_exercises(cell.source))
    return nb


def _code(nb: NotebookNode) -> list[str]:
    return [cell.source for cell in nb.cells]


def _full_marks(unit: Unit) -> set[str]:
    """What an executed solution shows of each exercise's checks, as they are now."""
    exercises = [task.exercise for task in unit.tasks() if task.exercise]
    return {Verdict(e.id, tuple(CheckResult(c.name, c.points, True) for c in e.checks)).to_html() for e in exercises}


def _tables(nb: NotebookNode) -> set[str]:
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    return {output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})}


def _convert(converter: type, unit: Unit, root: Path) -> NotebookNode:
    """Run one of nbgrader's converters on a unit, in a course of its own."""
    source = root / "source" / unit.name / f"{unit.name}.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(unit.notebook(), source)
    config = Config()
    configure_authoring(config)
    config.CourseDirectory.root = str(root)
    config.Execute.kernel_name = KERNELSPEC["name"]
    course = CourseDirectory(config=config)
    course.assignment_id = unit.name
    (root / "gradebook.db").write_bytes(_empty_gradebook())
    with Gradebook(course.db_url, course.course_id) as gradebook:
        gradebook.update_or_create_assignment(unit.name)
    with setenv(TQDM_DISABLE="1", RNNCORE_KERNELS="rule"):
        result = capture_log(converter(coursedir=course, config=config))
    if not result["success"]:
        raise BuildError(f"{unit.name}: {cause(result)}")
    folder = "release" if converter is GenerateAssignment else "solution"
    return nbformat.read(root / folder / unit.name / f"{unit.name}.ipynb", as_version=4)


@functools.cache
def _empty_gradebook() -> bytes:
    """A gradebook of nbgrader's that holds nothing. It starts a program to make one, so one serves all builds."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "gradebook.db"
        Gradebook(f"sqlite:///{path}").close()
        return path.read_bytes()


def _tidy(nb: NotebookNode) -> NotebookNode:
    """Take out what differs from run to run and from machine to machine."""
    nb.metadata = NotebookNode(kernelspec=KERNELSPEC)
    nb.nbformat, nb.nbformat_minor = 4, 5
    for cell in nb.cells:
        cell.metadata.pop("execution", None)
    return nb


def _require_clean(unit: Unit, cell: NotebookNode) -> None:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            raise BuildError(f"{unit.name}, cell {cell.id}: {output.ename}: {output.evalue}")
        if output.output_type == "stream" and output.name == "stderr":
            raise BuildError(f"{unit.name}, cell {cell.id} wrote to stderr: {output.text[:500]}")
    entry = cell.metadata.get("nbgrader", {})
    if entry.get("grade") and cell.cell_type == "code":
        results = [output for output in cell.outputs if output.output_type == "execute_result"]
        score = float(results[-1].data["text/plain"]) if results else None
        if score != entry["points"]:
            raise BuildError(
                f"{unit.name}, cell {cell.id}: the reference gets {score} of {entry['points']} points; "
                f"pytest tests/units -k {cell.id.removesuffix('-check')} says which check fails, and why"
            )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with made_whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
