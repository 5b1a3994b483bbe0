"""Putting a submission back into shape. Oracle: the source, cell by cell."""

import random

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.rebuild import grade_id, rebuild


def entry(name, **kwargs):
    plain = {"grade": False, "solution": False, "locked": True, "schema_version": 3, "task": False}
    return {"nbgrader": plain | {"grade_id": name} | kwargs}


def source():
    cells = [
        new_markdown_cell("# Unit"),
        new_code_cell("import numpy", metadata=entry("setup")),
        new_code_cell("stub", metadata=entry("a", solution=True, locked=False)),
        new_code_cell("test a", metadata=entry("a-check", grade=True, points=2)),
        new_code_cell("stub", metadata=entry("b", solution=True, locked=False) | {"tags": ["experiment"]}),
        new_code_cell("test b", metadata=entry("b-check", grade=True, points=3)),
        new_markdown_cell("answer", metadata=entry("q", grade=True, solution=True, locked=False, points=1)),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


def submitted():
    nb = source()
    for cell in nb.cells:
        if grade_id(cell) in ("a", "b", "q"):
            cell.source = f"answer {grade_id(cell)}"
    return nb


def trusted_part(nb):
    return [(grade_id(c), c.cell_type, c.source, dict(c.metadata)) for c in nb.cells if grade_id(c)]


def expected():
    return trusted_part(submitted())


def test_an_untouched_submission_stays_as_it_is():
    assert trusted_part(rebuild(submitted(), source())) == expected()


@given(st.randoms(use_true_random=False), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_order_duplicates_and_metadata_do_not_matter(rng: random.Random, copies):
    nb = submitted()
    for _ in range(copies):
        cell = nbformat.from_dict(rng.choice(nb.cells))
        nb.cells.append(cell)
    rng.shuffle(nb.cells)
    for cell in nb.cells:
        cell.metadata["tags"] = ["skip-execution"]
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] |= {"points": rng.choice([100, -1, "x", None]), "grade": rng.random() < 0.5}
            cell.metadata["nbgrader"]["solution"] = rng.random() < 0.5
        if not str(grade_id(cell)).isalpha() or grade_id(cell) == "setup":
            cell.source = "pasted over" if cell.cell_type == "code" else cell.source
    assert trusted_part(rebuild(nb, source())) == expected()


@pytest.mark.parametrize("lost", ["setup", "a", "a-check", "b", "b-check", "q"])
def test_what_was_deleted_comes_back(lost):
    nb = submitted()
    nb.cells = [cell for cell in nb.cells if grade_id(cell) != lost]
    want = [
        cell if cell[0] != lost else original for cell, original in zip(expected(), trusted_part(source()), strict=True)
    ]
    assert trusted_part(rebuild(nb, source())) == want


def test_added_cells_stay_behind_the_cell_they_followed_without_their_metadata():
    nb = submitted()
    bonus = new_code_cell("extra", metadata=entry("bonus", grade=True, points=100) | {"tags": ["x"]})
    nb.cells.insert(3, bonus)
    cells = rebuild(nb, source()).cells
    at = next(n for n, cell in enumerate(cells) if cell.source == "extra")
    assert grade_id(cells[at - 1]) == "a"
    assert cells[at].metadata == {}


def test_an_answer_of_another_kind_of_cell_is_still_the_answer():
    nb = submitted()
    nb.cells = [new_markdown_cell(c.source, metadata=c.metadata) for c in nb.cells]
    assert trusted_part(rebuild(nb, source())) == expected()


def test_ids_are_unique_and_stable():
    nb = submitted()
    nb.cells += [new_code_cell("x", id="same"), new_code_cell("y", id="same")]
    ids = [cell.id for cell in rebuild(nb, source()).cells]
    assert len(set(ids)) == len(ids)
    assert ids == [cell.id for cell in rebuild(nb, source()).cells]
    nbformat.validate(rebuild(nb, source()))


def test_of_the_notebooks_metadata_only_why_it_was_refused_is_kept():
    nb = source()
    nb.metadata = {"kernelspec": {"name": "bash"}, "rnncourse": {"refused": "cut off", "score": 5}, "x": 1}
    want = {"kernelspec": source().metadata.kernelspec, "rnncourse": {"refused": "cut off"}}
    assert rebuild(nb, source()).metadata == want


def test_what_was_repaired_is_kept():
    nb = submitted()
    nb.metadata = {"rnncourse": {"repairs": ["Two cells were joined.", "One was lost."], "score": 5}}
    assert rebuild(nb, source()).metadata["rnncourse"] == {"repairs": ["Two cells were joined.", "One was lost."]}


@pytest.mark.parametrize(
    "note",
    [
        [],
        "refused",
        {"refused": []},
        {"refused": {"a": 1}},
        {},
        None,
        5,
        {"repairs": "x"},
        {"repairs": [1]},
        {"repairs": []},
    ],
)
def test_a_note_of_another_kind_is_dropped(note):
    nb = submitted()
    nb.metadata["rnncourse"] = note
    assert "rnncourse" not in rebuild(nb, source()).metadata


@pytest.mark.parametrize("entry", [None, [], "x", 5, {"grade_id": 5}, {"grade_id": ["a"]}, {}])
def test_broken_metadata_makes_an_added_cell(entry):
    nb = submitted()
    nb.cells[2].metadata["nbgrader"] = entry
    result = rebuild(nb, source())
    assert [name for name, *_ in trusted_part(result)] == [name for name, *_ in expected()]
    assert any(cell.source == "answer a" and not grade_id(cell) for cell in result.cells)


def test_a_refusal_is_believed_of_a_blank_notebook_alone():
    blank, answered, added = source(), submitted(), source()
    added.cells.append(new_code_cell("def a(): ..."))
    for nb in (blank, answered, added):
        nb.metadata["rnncourse"] = {"refused": "cut off", "repairs": ["One."]}
    assert rebuild(blank, source()).metadata.rnncourse == {"refused": "cut off", "repairs": ["One."]}
    for nb in (answered, added):
        assert rebuild(nb, source()).metadata.rnncourse == {"repairs": ["One."]}
