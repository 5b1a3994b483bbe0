"""Tricks in the notebook itself: metadata, marks, order and number of cells, what stands in Markdown and outputs."""

from collections.abc import Callable

import nbformat
from nbformat import NotebookNode

from autograder.demo import Homework
from autograder.grading.rebuild import grade_id
from tests.attacks.attack import Attack, Trick, extra, is_test

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)><a href='data:text/html,<script>alert(1)</script>'>x</a>"


def _metadata(change: Callable[[NotebookNode], object]) -> Trick:
    """Change the metadata of every cell of the assignment."""

    def apply(homework: Homework) -> None:
        for cell in homework.nb.cells:
            if grade_id(cell):
                change(cell.metadata)

    return apply


def _tests(change: Callable[[NotebookNode], object]) -> Trick:
    """Change every test cell."""

    def apply(homework: Homework) -> None:
        for cell in filter(is_test, homework.nb.cells):
            change(cell)

    return apply


def _pasted(text: str) -> Trick:
    return _tests(lambda cell: cell.update(source=text))


def _duplicated(homework: Homework) -> None:
    for cell in list(filter(is_test, homework.nb.cells)):
        homework.nb.cells += [nbformat.v4.new_code_cell("4", metadata=cell.metadata) for _ in range(2)]


def _duplicated_before(homework: Homework) -> None:
    twins = [nbformat.v4.new_code_cell("1.0", metadata=cell.metadata) for cell in homework.nb.cells if is_test(cell)]
    homework.nb.cells = twins + homework.nb.cells


def _with_bonus(homework: Homework) -> None:
    entry = {"grade": True, "solution": False, "locked": True, "points": 100, "schema_version": 3, "task": False}
    for name in ("bonus-check", "lstm-step"):
        metadata = {"nbgrader": entry | {"grade_id": name, "cell_type": "code"}}
        homework.nb.cells.append(nbformat.v4.new_code_cell("100", metadata=metadata))


def _without_tests(homework: Homework) -> None:
    homework.nb.cells = [cell for cell in homework.nb.cells if not is_test(cell)]


def _reversed(homework: Homework) -> None:
    homework.nb.cells.reverse()


def _tests_first(homework: Homework) -> None:
    homework.nb.cells.sort(key=lambda cell: not is_test(cell))


def _renamed(homework: Homework) -> None:
    for cell in homework.nb.cells:
        if is_test(cell):
            cell.metadata["nbgrader"]["grade_id"] += "-mine"


def _swapped(homework: Homework) -> None:
    """The cheapest test under the name of the dearest."""
    cells = {str(grade_id(cell)): cell for cell in homework.nb.cells}
    cheap, dear = cells["set-forget-bias-check"], cells["lstm-step-check"]
    cheap.metadata, dear.metadata = dear.metadata, cheap.metadata


def _outputs(homework: Homework) -> None:
    for cell in homework.nb.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "4"}, execution_count=1)]
            cell.execution_count = 1


def _question_of_points(homework: Homework) -> None:
    for cell in homework.nb.cells:
        if "question" in str(grade_id(cell)):
            cell.metadata["nbgrader"].update(points=100, grade=True, solution=False, cell_type="code")
            cell.update(cell_type="code", source="100", outputs=[], execution_count=None)


def _markdown_tests(cell: NotebookNode) -> None:
    for key in ("outputs", "execution_count"):
        cell.pop(key, None)
    cell.cell_type = "markdown"


def _hidden_marks(homework: Homework) -> None:
    homework.append("lstm-step", "### BEGIN HIDDEN TESTS\n4\n### END HIDDEN TESTS\n4")


def _scripts(homework: Homework) -> None:
    homework.nb.cells.insert(1, nbformat.v4.new_markdown_cell(SCRIPT))
    extra(f"from IPython.display import HTML, Javascript\nHTML({SCRIPT!r})")(homework)


def _deep_metadata(homework: Homework) -> None:
    deep: dict = {}
    for _ in range(200):
        deep = {"x": deep}
    homework.nb.metadata["deep"] = deep


def _many_cells(homework: Homework) -> None:
    homework.nb.cells += [nbformat.v4.new_markdown_cell("x") for _ in range(2_000)]


def _split(homework: Homework) -> None:
    """One answer in two cells, the second half without a mark."""
    cells = homework.nb.cells
    place = next(n for n, cell in enumerate(cells) if grade_id(cell) == "lstm-forward")
    cells.insert(place + 1, nbformat.v4.new_code_cell("# and so on"))


def _uppercase_ids(metadata: NotebookNode) -> None:
    metadata["nbgrader"]["grade_id"] = metadata["nbgrader"]["grade_id"].upper()


_CHANGES: dict[str, Trick] = {
    "skip-execution": _metadata(lambda metadata: metadata.update(tags=["skip-execution", "experiment"])),
    "raises-exception": _metadata(lambda metadata: metadata.update(tags=["raises-exception"])),
    "more points": _metadata(lambda metadata: metadata["nbgrader"].update(points=100)),
    "points that are no number": _metadata(lambda metadata: metadata["nbgrader"].update(points="NaN")),
    "tests are answers": _metadata(lambda metadata: metadata["nbgrader"].update(solution=True, locked=False)),
    "tests are not graded": _metadata(lambda metadata: metadata["nbgrader"].update(grade=False)),
    "tests are of another schema": _metadata(lambda metadata: metadata["nbgrader"].update(schema_version=1)),
    "tests are Markdown": _tests(_markdown_tests),
    "tests are raw": _tests(lambda cell: (_markdown_tests(cell), cell.update(cell_type="raw"))),
    "tests by another name": _renamed,
    "tests swapped": _swapped,
    "names in capitals": _metadata(_uppercase_ids),
    "pasted over by a number": _pasted("4"),
    "pasted over by a verdict": _pasted("### BEGIN HIDDEN TESTS\n4\n### END HIDDEN TESTS"),
    "pasted over by nothing": _pasted(""),
    "marks of hidden tests in an answer": _hidden_marks,
    "duplicated tests": _duplicated,
    "duplicated tests in front": _duplicated_before,
    "a bonus": _with_bonus,
    "the question as a test": _question_of_points,
    "outputs already there": _outputs,
    "a verdict in the metadata": lambda homework: homework.nb.metadata.update(
        rnncourse={"score": 20, "refused": "", "reason": SCRIPT}
    ),
    "a verdict of another kind": lambda homework: homework.nb.metadata.update(rnncourse=["refused"]),
    "verdicts in the cells": _metadata(
        lambda metadata: metadata.update(rnncourse={"score": 4, "max_score": 4, "reason": "", "checks": []})
    ),
    "another kernel": lambda homework: homework.nb.metadata.update(
        kernelspec={"name": "bash", "display_name": "Bash", "language": "bash"}, language_info={"name": "bash"}
    ),
}

_HARMLESS: dict[str, Trick] = {
    "deleted tests": _without_tests,
    "reversed order": _reversed,
    "tests first": _tests_first,
    "duplicated tests beside right answers": _duplicated,
    "pasted over by an error": _pasted("raise ValueError"),
    "an answer in two cells": _split,
    "scripts in Markdown and outputs": _scripts,
    "deep metadata": _deep_metadata,
    "two thousand cells": _many_cells,
}

NOTEBOOK: dict[str, Attack] = {
    **{name: Attack(trick, collected=False) for name, trick in _CHANGES.items()},
    **{f"{name}, collected": Attack(_CHANGES[name]) for name in ("skip-execution", "a bonus", "tests swapped")},
    **{name: Attack(trick, twin="reference", keeps=True) for name, trick in _HARMLESS.items()},
}
