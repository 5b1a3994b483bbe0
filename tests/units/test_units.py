"""What holds for every unit. Oracles: the reference and the mutants themselves, and the numbers that the course fixes:
20 points and 5 to 8 exercises a unit, five mutants an exercise."""

import inspect
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import numpy as np
import pytest
from jupytext.config import load_jupytext_config
from nbgrader import utils

from autograder import PROJECT
from autograder.authoring.exercises import EXERCISE, function_source, inline_exercises
from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import Unit, all_units
from autograder.checking.checks import CheckSet, RemoteFunction
from autograder.grading.trusted import HIDDEN
from autograder.sandbox.session import Session
from autograder.sandbox.walls import Limits
from rnncore.functional.cells import LSTMParams, LSTMState
from tests.units.exercises import check_sets, mutant_as_an_answer

SEEDS = range(3)


CHECK_SETS = [check_set for unit in all_units() for check_set in check_sets(unit)]
MUTANTS = [(check_set, mutant) for check_set in CHECK_SETS for mutant in check_set.mutants]

each_set = pytest.mark.parametrize("check_set", CHECK_SETS, ids=lambda check_set: check_set.exercise)
each_mutant = pytest.mark.parametrize(
    ("check_set", "mutant"), MUTANTS, ids=[f"{check_set.exercise}: {mutant.name}" for check_set, mutant in MUTANTS]
)


# References and mutants


@each_set
@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_gets_every_point(check_set, seed):
    verdict = check_set(check_set.reference, seed)
    assert verdict.score == verdict.max_score == check_set.points, verdict.to_text()
    assert verdict.misconception is None
    assert verdict.reason == ""


@each_mutant
def test_a_mutant_loses_points_and_is_told_its_own_misconception(check_set, mutant):
    for seed in SEEDS:
        verdict = check_set(mutant.function, seed)
        assert verdict.score < verdict.max_score
        assert verdict.misconception == mutant.misconception, verdict.to_text()


@each_set
def test_an_exercise_has_five_mutants_each_with_something_of_its_own_to_say(check_set):
    assert len(check_set.mutants) >= 5
    said = [mutant.misconception for mutant in check_set.mutants]
    assert len(set(said)) == len(said)
    assert all(len(text) > 20 and text[-1] in ".?" for text in said), said


@each_set
def test_points_are_positive_and_checks_have_names_of_their_own(check_set):
    names = [check.name for check in check_set.checks]
    assert len(set(names)) == len(names) >= 2
    assert all(check.points > 0 for check in check_set.checks)
    assert all(check.after in names[:n] for n, check in enumerate(check_set.checks) if check.after)


# Functions that do nothing


def shaped_like(value: Any, fill: Callable[[np.ndarray], np.ndarray]) -> Any:
    """A value of the same form, its arrays filled anew; its numbers, findings and texts are what one entry becomes."""
    if isinstance(value, np.ndarray):
        return fill(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(shaped_like(part, fill) for part in value))
    if isinstance(value, list | tuple):
        return type(value)(shaped_like(part, fill) for part in value)
    if isinstance(value, dict):
        return {key: shaped_like(part, fill) for key, part in value.items()}
    if isinstance(value, bool | int):
        return type(value)(np.nan_to_num(fill(np.ones(1))[0]))
    if isinstance(value, str):
        return f"{fill(np.ones(1))[0]:g}"
    return fill(np.ones(1))[0] if isinstance(value, float) else value


def idle(check_set: CheckSet) -> dict[str, Callable[..., Any]]:
    reference = check_set.reference
    return {
        "None": lambda *args: None,
        "nothing to take apart": lambda *args: (),
        "its first argument": lambda *args: args[0],
        "its arguments": lambda *args: args,
        "its last argument": lambda *args: args[-1],
        "zeros of the right shape": lambda *args: shaped_like(reference(*args), np.zeros_like),
        "ones of the right shape": lambda *args: shaped_like(reference(*args), np.ones_like),
        "nothing finite": lambda *args: shaped_like(reference(*args), lambda a: np.full(a.shape, np.nan)),
        "a text": lambda *args: "x" * 1000,
        "a huge number": lambda *args: (10**400,) * 3,
        "a dictionary": lambda *args: {None: 1, True: 2},
    }


@each_set
@pytest.mark.parametrize("kind", idle(CHECK_SETS[0]))
def test_a_function_that_does_nothing_gets_nothing(check_set, kind):
    result = idle(check_set)[kind]
    for seed in SEEDS:
        verdict = check_set(result, seed)
        assert verdict.score == 0, verdict.to_text()
        assert verdict.reason


@each_set
def test_a_function_that_changes_its_arguments_loses_the_points_for_leaving_them(check_set):
    def spoils(*args: Any) -> Any:
        result = check_set.reference(*args)
        kept = shaped_like(result, np.copy)
        for array in arrays(args):
            array += 1
        return kept

    verdict = check_set(spoils, 0)
    guards = [r for r in verdict.results if "leaves its" in r.name]
    assert all(not r.passed for r in guards)
    takes_arrays = bool(guards)
    assert verdict.score < verdict.max_score or not takes_arrays


def arrays(value: Any) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [array for part in value for array in arrays(part)] if isinstance(value, list | tuple) else []


# What a verdict says


@each_set
def test_what_a_failed_check_says_does_not_tell_the_answer(check_set):
    """No number in a message is an entry of a right result; sizes, equations and units of the course are not either."""
    wanted: set[str] = set()

    def watch(*args: Any) -> Any:
        result = check_set.reference(*args)
        for array in arrays(result):
            wanted.update(f"{entry:.3g}" for entry in np.ravel(array) if abs(entry) > 1e-6 and entry != round(entry))
        return shaped_like(result, lambda a: a * 1.5 + 0.37)

    others = [lambda *args: None, *(mutant.function for mutant in check_set.mutants)]
    for function in (watch, *others):
        verdict = check_set(function, 0)
        said = " ".join(r.message for r in verdict.results)
        numbers = {f"{float(n):.3g}" for n in re.findall(r"-?\d+\.\d\d+(?:e[-+]?\d+)?", said)}
        assert not numbers & wanted
        assert "array(" not in said


# The notebooks


def entries(unit: Unit) -> list[tuple[Any, dict[str, Any]]]:
    return [(cell, cell.metadata.nbgrader) for cell in unit.notebook().cells if "nbgrader" in cell.metadata]


def test_a_unit_is_worth_20_points_in_5_to_8_exercises_and_a_question(unit):
    graded = [(cell, entry) for cell, entry in entries(unit) if entry["grade"]]
    assert sum(entry["points"] for _, entry in graded) == 20
    assert 5 <= len(unit.exercises()) <= 8
    questions = [cell for cell, entry in graded if entry["solution"]]
    assert questions
    assert all("### BEGIN SOLUTION" in cell.source or "### BEGIN MARK SCHEME" in cell.source for cell in questions)


def test_grade_ids_are_unique_in_the_whole_course():
    ids = [entry["grade_id"] for unit in all_units() for _, entry in entries(unit)]
    assert len(set(ids)) == len(ids)


def test_the_points_of_a_test_cell_are_those_of_its_checks(unit):
    sets = {check_set.exercise: check_set for check_set in check_sets(unit)}
    tests = {entry["grade_id"]: entry for _, entry in entries(unit) if entry["grade"] and not entry["solution"]}
    assert tests.keys() == {f"{name}-check" for name in sets}
    for name, check_set in sets.items():
        assert tests[f"{name}-check"]["points"] == check_set.points


def test_an_exercise_has_one_id_a_name_and_visible_and_hidden_checks(unit):
    sets = {check_set.exercise: check_set for check_set in check_sets(unit)}
    cells = unit.notebook().cells
    found = []
    for before in cells:
        match = EXERCISE.search(before.source) if before.cell_type == "code" else None
        if match is None:
            continue
        exercise = before.metadata.nbgrader["grade_id"]
        found.append(exercise)
        assert exercise == match["name"].replace("_", "-")
        assert sets[exercise].reference.__name__ == match["name"]
        tests = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == f"{exercise}-check"]
        assert len(tests) == 1
        visible, hidden = HIDDEN.sub("", tests[0].source), "".join(HIDDEN.findall(tests[0].source))
        assert match["name"] in visible
        assert f"check_{match['name']}({match['name']})" in hidden
        assert "expect_" in visible or "assert" in visible
    assert found == [name.rsplit(".", 1)[1].replace("_", "-") for name in unit.exercises()]
    assert set(found) == set(sets)


def test_locks_are_where_they_belong(unit):
    for cell, entry in entries(unit):
        assert entry["locked"] == (not entry["solution"])
        assert not (entry["solution"] and entry["grade"] and cell.cell_type == "code")


def test_no_cell_is_longer_than_a_screen(unit):
    """The house style's 25 lines, with room for an exercise's docstring and hidden checks."""
    code = [cell for cell in unit.notebook().cells if cell.cell_type == "code"]
    long = {cell.id: len(cell.source.splitlines()) for cell in code if len(cell.source.splitlines()) > 40}
    assert not long


def test_a_source_goes_through_jupyterlab_unchanged(unit):
    """What jupytext reads and writes back is the same text, so that an edit changes only what was edited."""
    text = unit.source.read_text()
    config = load_jupytext_config(str(unit.source))
    nb = jupytext.reads(text, fmt="py:percent", config=config)
    assert jupytext.writes(nb, fmt="py:percent", config=config) == text


def test_stubs_keep_the_docstring_and_lose_the_body(unit):
    for cell in unit.notebook().cells:
        match = EXERCISE.search(cell.source) if cell.cell_type == "code" else None
        if match:
            stub = re.sub(r"### BEGIN SOLUTION.*### END SOLUTION", "", inline_exercises(cell.source), flags=re.S)
            compile(stub + "\n    pass", cell.id, "exec")
            body = function_source(match["module"], match["name"]).rsplit('"""\n', 1)[1]
            assert all(line.strip() not in stub for line in body.splitlines() if len(line.strip()) > 12)


# The same checks, across the wall of the sandbox


@pytest.fixture(scope="module")
def walled(tmp_path_factory):
    """A sandbox with the student edition of the last unit, which has the modules of all."""
    if shutil.which("bwrap") is None:
        pytest.skip("needs bwrap (bubblewrap), which is missing")
    wheel = build_wheel(all_units()[-1], tmp_path_factory.mktemp("wheel"))
    with Session(wheel, Limits(submission_seconds=600.0)) as session:
        yield session


def across(session: Session, check_set: CheckSet, source: str) -> RemoteFunction:
    """A function of the student's process, defined by its source."""
    session.restart()
    run = session.run(source)
    assert run.ok, run.outputs
    return RemoteFunction(check_set.reference.__name__, session.call)


@each_set
def test_the_reference_gets_every_point_across_the_wall(check_set, walled):
    source = Path(inspect.getfile(check_set.reference)).read_text(encoding="utf-8")
    remote = check_set(across(walled, check_set, source), 5)
    assert remote == check_set(check_set.reference, 5)
    assert remote.score == check_set.points


@each_set
def test_a_mutant_gets_the_same_verdict_across_the_wall(check_set, walled):
    """The first and the last of each exercise's mutants."""
    for mutant in {0: check_set.mutants[0], 1: check_set.mutants[-1]}.values():
        remote = check_set(across(walled, check_set, mutant_as_an_answer(check_set, mutant, all_units()[-1])), 5)
        assert remote == check_set(mutant.function, 5)


def test_named_tuples_survive_the_wall(walled):
    walled.restart()
    walled.run("def f(state, params): return params, state")
    params = LSTMParams(np.ones((1, 4)), np.ones((1, 4)), np.ones(4))
    came = walled.call("f", (LSTMState(np.ones((1, 1)), np.zeros((1, 1))), params), {}, {}).result
    assert isinstance(came[0], LSTMParams)
    assert isinstance(came[1], LSTMState)


def test_every_solution_cell_is_graded(unit):
    cells = unit.notebook().cells
    answers = [cell for cell in cells if utils.is_solution(cell) and not utils.is_grade(cell)]
    assert len(answers) == len(unit.exercises())


def test_hidden_checks_and_mutants_are_those_of_units():
    names = {unit.name for unit in all_units()}
    for kind in ("hidden", "mutants"):
        assert {path.stem for path in (PROJECT / "autograder" / kind).glob("u*.py")} == names
