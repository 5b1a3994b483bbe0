"""Damaged notebooks put right. Oracle: the same notebook undamaged, after rebuilding both from the release."""

import random
import time

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring.build import COURSE
from autograder.demo import UNIT, reference_answers
from autograder.grading.rebuild import grade_id, rebuild
from autograder.intake.repair import NotThisUnit, repair

RELEASE = nbformat.read(COURSE / UNIT / f"{UNIT}.ipynb", as_version=4)
ANSWERS = reference_answers() | {"lstm-question": "My own words, over\n\ntwo paragraphs."}
STEP, FORWARD = ANSWERS["lstm-step"], ANSWERS["lstm-forward"]
DOCSTRING_END = max(n for n, line in enumerate(STEP.splitlines(), 1) if line.strip() == '"""')


def solved() -> NotebookNode:
    nb = nbformat.from_dict(RELEASE)
    for cell in nb.cells:
        if grade_id(cell) in ANSWERS:
            cell.source = ANSWERS[grade_id(cell)]
    return nb


def at(nb: NotebookNode, name: str) -> int:
    return next(n for n, cell in enumerate(nb.cells) if grade_id(cell) == name)


def strip(nb: NotebookNode, *names: str, ids: bool = True) -> NotebookNode:
    """Take the marks off these cells, or off all, as other editors do."""
    for cell in nb.cells:
        if not names or grade_id(cell) in names:
            cell.metadata = NotebookNode(id="aBcDeF", outputId="x")
            if ids:
                cell.pop("id", None)
    return nb


def repaired(nb: NotebookNode) -> tuple[dict[str, str], list[str]]:
    """The answers that would be graded, and the notes."""
    cells, notes = repair(nb.cells, RELEASE)
    built = rebuild(new_notebook(cells=cells), RELEASE)
    nbformat.validate(built)
    return {str(grade_id(c)): c.source for c in built.cells if grade_id(c) in ANSWERS}, notes


def unclear(nb: NotebookNode) -> list[str]:
    """The answers that the instructor has to look for."""
    built = rebuild(new_notebook(cells=repair(nb.cells, RELEASE)[0]), RELEASE)
    return built.metadata.get("rnncourse", {}).get("unclear", [])


def test_a_sound_notebook_is_left_alone():
    for nb in (solved(), nbformat.from_dict(RELEASE)):
        answers, notes = repaired(nb)
        assert answers == {str(grade_id(c)): c.source for c in nb.cells if grade_id(c) in ANSWERS}
        assert notes == []


def test_answers_are_found_without_any_mark():
    answers, notes = repaired(strip(solved()))
    assert answers == ANSWERS
    assert any("by its function" in note and "lstm-step, lstm-forward" in note for note in notes)
    assert any("by its place" in note and "lstm-question" in note for note in notes)


def test_where_the_cells_kept_their_ids_these_are_their_marks():
    assert repaired(strip(solved(), ids=False)) == (ANSWERS, [])


def test_a_blank_notebook_without_marks_is_a_blank_notebook():
    answers, notes = repaired(strip(nbformat.from_dict(RELEASE)))
    assert answers == {str(grade_id(c)): c.source for c in RELEASE.cells if grade_id(c) in ANSWERS}
    assert notes == []


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "lstm-question"])
def test_one_answer_that_lost_its_mark_is_found(name):
    answers, notes = repaired(strip(solved(), name))
    assert answers == ANSWERS
    assert len(notes) == 1
    assert name in notes[0]


@given(st.sets(st.sampled_from(sorted(ANSWERS)), min_size=1), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_any_of_the_answers_may_lose_their_marks_among_cells_of_the_students_own(names, rng: random.Random):
    nb = strip(solved(), *names)
    for _ in range(5):
        nb.cells.insert(rng.randrange(len(nb.cells)), new_code_cell(f"print({rng.random()})"))
    answers, _ = repaired(nb)
    assert answers == ANSWERS


@pytest.mark.parametrize("marked", ["both", "first", "second", "none"])
@pytest.mark.parametrize("line", [1, 4, DOCSTRING_END, DOCSTRING_END + 4, len(STEP.splitlines()) - 1])
def test_an_answer_that_was_split_is_joined(marked, line):
    """At each line, also where the docstring ends and the first half would run alone."""
    nb = solved()
    lines = STEP.splitlines()
    n = at(nb, "lstm-step")
    first, second = nb.cells[n], nbformat.from_dict(nb.cells[n])
    first.source, second.source = "\n".join(lines[:line]), "\n".join(lines[line:])
    second.id = "other"
    for cell, kept in ((first, ("both", "first")), (second, ("both", "second"))):
        if marked not in kept:
            cell.metadata = NotebookNode()
            cell.id = "other2"
    nb.cells.insert(n + 1, second)
    answers, notes = repaired(nb)
    assert answers == ANSWERS
    assert any("split over 2 cells" in note for note in notes)


def test_three_parts_are_joined_too():
    nb = strip(solved())
    n = next(n for n, cell in enumerate(nb.cells) if cell.source == STEP)
    lines = STEP.splitlines()
    nb.cells[n : n + 1] = [new_code_cell("\n".join(part)) for part in (lines[:4], lines[4:-2], lines[-2:])]
    assert repaired(nb)[0] == ANSWERS


def test_of_copies_the_last_that_defines_the_function_counts():
    nb = solved()
    n = at(nb, "lstm-step")
    old, note = nbformat.from_dict(nb.cells[n]), nbformat.from_dict(nb.cells[n])
    old.source, old.id = STEP.replace("sigmoid", "tanh"), "old"
    note.source, note.id = "print('done')", "note"
    nb.cells[n:n] = [old]
    nb.cells.insert(n + 2, note)
    answers, notes = repaired(nb)
    assert answers == ANSWERS
    assert any("lstm-step is there 2 times" in note for note in notes)


def test_a_later_experiment_does_not_replace_a_marked_answer():
    nb = solved()
    nb.cells.append(new_code_cell(STEP.replace("sigmoid", "tanh")))
    assert repaired(nb) == (ANSWERS, [])


def test_an_answer_written_elsewhere_replaces_the_untouched_stub():
    nb = solved()
    n = at(nb, "lstm-step")
    nb.cells[n].source = RELEASE.cells[at(RELEASE, "lstm-step")].source
    nb.cells.append(new_code_cell(STEP))
    answers, notes = repaired(nb)
    assert answers == ANSWERS
    assert any("lstm-step" in note for note in notes)


def test_of_two_answers_elsewhere_none_is_guessed():
    nb = solved()
    nb.cells[at(nb, "lstm-step")].source = RELEASE.cells[at(RELEASE, "lstm-step")].source
    nb.cells += [new_code_cell(STEP), new_code_cell(STEP.replace("sigmoid", "tanh"))]
    answers, notes = repaired(nb)
    assert "NotImplementedError" in answers["lstm-step"]
    assert any(note.startswith("lstm-step was not taken: 2 cells") for note in notes)


def test_two_answers_in_one_cell_are_both_found():
    for names in ((), ("lstm-step",)):
        nb = solved()
        nb.cells[at(nb, "lstm-step")].source = f"{STEP}\n\n\n{FORWARD}"
        del nb.cells[at(nb, "lstm-forward")]
        answers, notes = repaired(strip(nb, *names) if names else nb)
        assert answers["lstm-forward"].strip() == FORWARD.strip()
        assert answers["lstm-step"].startswith(STEP)
        assert any("lstm-forward stands in the cell of lstm-step" in note for note in notes)


def test_answers_in_each_others_cells_are_put_right():
    nb = solved()
    nb.cells[at(nb, "lstm-step")].source, nb.cells[at(nb, "lstm-forward")].source = FORWARD, STEP
    answers, _ = repaired(nb)
    assert answers == ANSWERS


def test_a_mark_that_was_renamed_does_not_matter():
    nb = solved()
    n = at(nb, "from-torch")
    nb.cells[n].metadata.nbgrader.grade_id = "from-torch-copy"
    nb.cells[n].id = "x"
    assert repaired(nb)[0] == ANSWERS


def test_what_defines_nothing_stays_for_the_student_to_see():
    nb = solved()
    nb.cells[at(nb, "lstm-step")].source = "def something_else(): pass"
    answers, notes = repaired(nb)
    assert answers["lstm-step"] == "def something_else(): pass"
    assert notes == []


def test_what_is_missing_is_said():
    nb = solved()
    del nb.cells[at(nb, "lstm-forward")]
    answers, notes = repaired(nb)
    assert "NotImplementedError" in answers["lstm-forward"]
    assert notes == ["The notebook has no answer lstm-forward."]


def test_a_written_answer_in_several_cells_is_not_guessed():
    nb = strip(solved())
    n = next(n for n, cell in enumerate(nb.cells) if cell.source == ANSWERS["lstm-question"])
    nb.cells.insert(n, new_markdown_cell("My notes."))
    answers, notes = repaired(nb)
    assert answers["lstm-question"] == "YOUR ANSWER HERE"
    assert any("lstm-question was not taken: 2 cells" in note for note in notes)
    assert unclear(nb) == ["lstm-question"]


def test_a_written_answer_whose_cell_was_copied_is_kept_whole():
    nb = solved()
    n = at(nb, "lstm-question")
    other = nbformat.from_dict(nb.cells[n])
    other.source, other.id = "And more.", "other"
    nb.cells.insert(n + 1, other)
    answers, _ = repaired(nb)
    assert answers["lstm-question"] == f"{ANSWERS['lstm-question']}\n\nAnd more."


def test_lines_for_the_shell_and_broken_code_are_no_trouble():
    nb = strip(solved())
    n = next(n for n, cell in enumerate(nb.cells) if cell.source == STEP)
    nb.cells[n].source = f"!pip list\n%matplotlib inline\n{STEP}\nthis is ( no code"
    nb.cells.insert(n, new_code_cell("print('\\d'"))
    answers, _ = repaired(nb)
    assert answers["lstm-step"].startswith("!pip list")


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [new_markdown_cell("# Something else"), new_code_cell("def f(): pass")],
        [new_code_cell("def unroll(xs): pass")],
    ],
)
def test_a_notebook_of_something_else_is_refused(cells):
    with pytest.raises(NotThisUnit):
        repair(cells, RELEASE)


def test_the_notebook_of_another_unit_is_refused():
    other = next(path for path in sorted(COURSE.glob("*/*.ipynb")) if path.stem != UNIT)
    with pytest.raises(NotThisUnit):
        repair(nbformat.read(other, as_version=4).cells, RELEASE)


@pytest.mark.parametrize(
    "source",
    [
        "def lstm_step(" * 20_000,
        "def lstm_step(x):\n" + "(" * 19_000,
        "def lstm_step(x):\n  return " + "-" * 15_000 + "1",
        "def lstm_step(x): \0",
        "def lstm_step(x):\n" + "  " * 100 + "\ud800",
        "%" * 1_000_000 + "\ndef lstm_step(x):",
    ],
    ids=["much", "brackets", "signs", "zero", "surrogate", "commands"],
)
def test_hostile_cells_take_no_time(source):
    nb = strip(solved())
    nb.cells += [new_code_cell(source) for _ in range(100)]
    start = time.process_time()
    repair(nb.cells, RELEASE)
    assert time.process_time() - start < 10


CELLS = st.lists(
    st.builds(
        lambda source, mark, code, id: NotebookNode(
            cell_type="code" if code else "markdown",
            source=source,
            id=id,
            metadata=NotebookNode(nbgrader=NotebookNode(grade_id=mark)) if mark else NotebookNode(),
        ),
        st.sampled_from(["", STEP, FORWARD, STEP[:200], STEP[200:], "def lstm_step(x):", "x = 1", *ANSWERS.values()])
        | st.text(max_size=30),
        st.none() | st.sampled_from([*ANSWERS, "lstm-step-check", "x"]),
        st.booleans(),
        st.none() | st.integers() | st.sampled_from([*ANSWERS, "y"]),
    ),
    max_size=12,
)


@given(CELLS)
@settings(max_examples=100, deadline=None)
def test_whatever_the_cells_are_each_answer_is_there_once_at_most(cells):
    try:
        once, _ = repair(cells, RELEASE)
    except NotThisUnit:
        return
    marks = [grade_id(cell) for cell in once if grade_id(cell) in ANSWERS]
    assert len(marks) == len(set(marks))
    assert all(set(cell.metadata) <= {"nbgrader"} for cell in once)
    nbformat.validate(rebuild(new_notebook(cells=once), RELEASE))


# A written answer beside its cell, which stays as it was handed out.

OWN_WORDS = "Along the cell the gradient is multiplied by f alone."


def beside(*cells: NotebookNode, step: int = 1) -> NotebookNode:
    nb = nbformat.from_dict(RELEASE)
    place = at(nb, "lstm-question") + step
    nb.cells[place:place] = cells
    return nb


@pytest.mark.parametrize("step", [0, 1])
def test_the_only_new_text_beside_a_blank_answer_is_the_answer(step):
    nb = beside(new_markdown_cell(OWN_WORDS), step=step)
    answers, notes = repaired(nb)
    assert answers["lstm-question"] == OWN_WORDS
    assert any("lstm-question was written into a new cell beside its own" in note for note in notes)
    assert not unclear(nb)


@pytest.mark.parametrize(
    "cells",
    [
        (new_markdown_cell(OWN_WORDS), new_markdown_cell("Or is it i?")),
        (new_code_cell(f"# {OWN_WORDS}"),),
        (new_code_cell(OWN_WORDS),),
    ],
)
def test_what_may_be_the_answer_is_left_to_the_instructor(cells):
    nb = beside(*cells)
    assert repaired(nb)[0]["lstm-question"] == "YOUR ANSWER HERE"
    assert unclear(nb) == ["lstm-question"]


@pytest.mark.parametrize("cell", [new_code_cell("print(lstm_step)"), new_markdown_cell("  "), None])
def test_what_is_no_text_is_no_answer(cell):
    nb = beside(*([cell] if cell else []))
    assert repaired(nb)[0]["lstm-question"] == "YOUR ANSWER HERE"
    assert not unclear(nb)


def test_text_elsewhere_and_text_beside_a_written_answer_are_left_alone():
    nb = beside(new_markdown_cell("P.S."))
    nb.cells[at(nb, "lstm-question")].source = OWN_WORDS
    nb.cells.insert(3, new_markdown_cell("My notes"))
    answers, notes = repaired(nb)
    assert (answers["lstm-question"], notes, unclear(nb)) == (OWN_WORDS, [], [])


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="


def test_pictures_in_answers_are_kept_and_the_others_are_named():
    nb = nbformat.from_dict(RELEASE)
    cell = nb.cells[at(nb, "lstm-question")]
    cell.source = "![a](attachment:a.png)"
    cell.attachments = {"a.png": {"image/png": PNG}, "b.svg": {"image/svg+xml": "<svg onload='x()'/>"}}
    cells, notes = repair(nb.cells, RELEASE)
    built = rebuild(new_notebook(cells=cells), RELEASE)
    nbformat.validate(built)
    assert built.cells[at(built, "lstm-question")].attachments == {"a.png": {"image/png": PNG}}
    assert notes == ["A picture of lstm-question was not kept: b.svg (only PNG, JPEG, GIF and WebP are kept)."]


def test_pictures_of_one_name_in_an_answer_that_is_put_together_are_both_kept():
    nb = nbformat.from_dict(RELEASE)
    place = at(nb, "lstm-question")
    jpeg = "/9j/2Q=="
    for number, data in enumerate(({"image/png": PNG}, {"image/jpeg": jpeg})):
        cell = nbformat.from_dict(nb.cells[place + number] if not number else nb.cells[place])
        cell.source, cell.attachments = f"{number} ![](attachment:image.png)", {"image.png": data}
        nb.cells[place + number : place + 1] = [cell]
    cells, _ = repair(nb.cells, RELEASE)
    answer = next(cell for cell in cells if grade_id(cell) == "lstm-question")
    assert answer.source == "0 ![](attachment:image.png)\n\n1 ![](attachment:1-image.png)"
    assert answer.attachments == {"image.png": {"image/png": PNG}, "1-image.png": {"image/jpeg": jpeg}}
