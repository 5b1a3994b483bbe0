"""What is wrong loses points and is told what is wrong. Oracles: each exercise's own mistakes, and answers as students
write them with what each must be told; of visible checks the notebook's own cells."""

import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograder.checking import Exercise
from autograder.checking.slips import IN_PLACE, SLIPS
from autograder.checking.verdict import Verdict
from tests.units.exercises import SEEDS, all_answers, named, shaped_like
from tests.units.visible import refused, visible_check

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

SEED = 3
ANSWERS = all_answers()
MISTAKES = [(exercise, mistake) for exercise in ANSWERS for mistake in exercise.mistakes]


@dataclass(frozen=True)
class Tried:
    """An exercise with its verdicts on all that is known to be wrong, from one seed."""

    exercise: Exercise
    verdicts: dict[Callable[..., Any], Verdict]


@pytest.fixture(scope="module", params=ANSWERS, ids=named)
def tried(request) -> Tried:
    """Of module scope, so that what is tested of one exercise is tested together, and each verdict reached once."""
    exercise = request.param
    wrong = [mistake.function for mistake in exercise.mistakes] + [answer for answer, _ in ANSWERS[exercise].wrong]
    return Tried(exercise, {function: exercise(function, SEED) for function in wrong})


def name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", repr(function))


def test_a_mistake_loses_points_and_is_told_its_own_misconception(tried):
    for mistake in tried.exercise.mistakes:
        verdict = tried.verdicts[mistake.function]
        assert verdict.score < verdict.max_score, mistake.name
        assert verdict.misconception == mistake.misconception, (mistake.name, verdict.to_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("exercise", "mistake"), MISTAKES, ids=[named(exercise, mistake.name) for exercise, mistake in MISTAKES]
)
def test_so_it_is_from_other_seeds(exercise, mistake):
    for seed in SEEDS[1:]:
        verdict = exercise(mistake.function, seed)
        assert verdict.score < verdict.max_score
        assert verdict.misconception == mistake.misconception, verdict.to_text()


def test_a_wrong_answer_loses_points_and_is_told_the_truth(tried):
    texts = {one.name: one.misconception for one in (*SLIPS, *tried.exercise.mistakes)} | {"in_place": IN_PLACE}
    for answer, told in ANSWERS[tried.exercise].wrong:
        verdict = tried.verdicts[answer]
        assert verdict.score < verdict.max_score, name(answer)
        if told is None:
            assert verdict.misconception is None, f"{name(answer)} has a name now: write it down, if it is true"
        else:
            assert texts.get(told, told) in str(verdict.misconception), (name(answer), verdict.to_text())


@pytest.mark.slow
def test_most_wrong_answers_keep_some_points_and_are_named():
    """Figures of the whole set: one slip at the edge of a right algorithm must not cost everything."""
    verdicts = [exercise(function, SEED) for exercise, answers in ANSWERS.items() for function, _ in answers.wrong]
    assert statistics.mean(verdict.score == 0 for verdict in verdicts) < 0.2
    assert statistics.mean(verdict.misconception is not None for verdict in verdicts) > 0.85


def test_the_visible_check_refuses_what_loses_most_points(tried):
    check = visible_check(tried.exercise)
    little = [f for f, verdict in tried.verdicts.items() if verdict.score <= tried.exercise.points / 2]
    assert not [name(function) for function in little if not refused(check, function)]


def test_what_a_failed_check_says_does_not_tell_the_answer(tried):
    """No number in a message is an entry of a right result; sizes, equations and units of the course are not either."""
    wanted: set[str] = set()

    def watch(*args: Any) -> Any:
        result = tried.exercise.reference(*args)
        for array in arrays(result):
            wanted.update(f"{entry:.3g}" for entry in np.ravel(array) if abs(entry) > 1e-6 and entry != round(entry))
        return shaped_like(result, lambda a: a * 1.5 + 0.37)

    for verdict in (*(tried.exercise(f, SEED) for f in (watch, lambda *args: None)), *tried.verdicts.values()):
        said = " ".join(result.message for result in verdict.results)
        numbers = {f"{float(n):.3g}" for n in re.findall(r"-?\d+\.\d\d+(?:e[-+]?\d+)?", said)}
        assert not numbers & wanted
        assert "array(" not in said


def arrays(value: Any) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [array for part in value for array in arrays(part)] if isinstance(value, list | tuple) else []
