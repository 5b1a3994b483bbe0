"""Exercise `ctc-forward`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u12_reading_images.shared import draw_problem, torch_ctc
from rnncore.functional.decoding import CTCLattice, ctc_forward

exercise = Exercise("ctc-forward", "The lattice", ctc_forward)

_PARTS = "log_alphas", "log_likelihood"


def _places(labels: Sequence[int]) -> list[int]:
    return [0, *(k for label in labels for k in (int(label), 0))]


def _walks(places: Sequence[int], T: int) -> Iterator[list[int]]:
    """All ways through the places in T steps, from either of the first two to anywhere."""
    if T == 1:
        yield from ([s] for s in range(min(2, len(places))))
        return
    for walk in _walks(places, T - 1):
        s = walk[-1]
        yield [*walk, s]
        if s + 1 < len(places):
            yield [*walk, s + 1]
        if s + 2 < len(places) and places[s + 2] not in (0, places[s]):
            yield [*walk, s + 2]


def _log_alphas(log_probs: np.ndarray, labels: Sequence[int]) -> np.ndarray:
    """The oracle: of one row, walk by walk."""
    places, T = _places(labels), len(log_probs)
    total = np.zeros((T, len(places)))
    for t in range(T):
        for walk in _walks(places, t + 1):
            total[t, walk[-1]] += np.exp(sum(log_probs[n, places[s]] for n, s in enumerate(walk)))
    with np.errstate(divide="ignore"):
        return np.log(total)


def _run_forward(student: StudentFunction, given: tuple[Any, ...]) -> tuple[Any, Any]:
    alphas, log_p = expect_parts(student(*given), *_PARTS)
    return alphas, log_p


def _alphas_of(student: StudentFunction, given: tuple[Any, ...], hint: str) -> None:
    alphas, _ = _run_forward(student, given)
    want = np.stack([_log_alphas(row, labels) for row, labels in zip(given[0], given[1], strict=True)])
    expect_same(alphas, want, _PARTS[0], hint)


@exercise.check("the first step", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths, counts in (([1], [1]), ([4, 4], [3, 3])):
        given = draw_problem(rng, lengths, counts)
        alphas, _ = _run_forward(student, given)
        want = np.stack([_log_alphas(row[:1], labels)[0] for row, labels in zip(given[0], given[1], strict=True)])
        shape = given[0].shape[0], given[0].shape[1], want.shape[1]
        expect_same(np.shape(alphas), shape, "the shape of log_alphas", "(B, T, 2L + 1).")
        expect_same(
            np.asarray(alphas)[:, 0], want, "log_alphas of the first step", "A path begins with two of its places."
        )


@exercise.check("the lattice of one label", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (2, 4):
        given = draw_problem(rng, [T], [1])
        _alphas_of(student, given, "Three places; a path begins at one of the first two, and stays or goes on.")


@exercise.check("the lattice of different labels", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = draw_problem(rng, [5, 5], [3, 3])
    _alphas_of(student, given, "From one label to a different one a path may skip the blank between them.")


@exercise.check("equal labels side by side", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    log_probs, targets, lengths, counts = draw_problem(rng, [5, 5], [3, 3])
    targets[0, 1], targets[1, 2] = targets[0, 0], targets[1, 1]
    _alphas_of(student, (log_probs, targets, lengths, counts), "Between equal labels there has to be a blank.")


@exercise.check("the log likelihood", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths, counts in (([6, 6], [2, 2]), ([400], [5])):
        given = draw_problem(rng, lengths, counts, scale=5.0)
        _, log_p = _run_forward(student, given)
        hint = "A path ends at the last label or at the last blank; a long one is too improbable for anything but logs."
        expect_same(log_p, -torch_ctc(*given), _PARTS[1], hint)


@exercise.check("rows of different lengths", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    log_probs, targets, lengths, counts = draw_problem(rng, [4, 7, 5], [2, 1, 3])
    for filler, wide in ((0, 3), (3, 3), (-100, 3), (99, 3), (2, 4)):  # in the last no row has as many as columns
        widened = np.concatenate([targets, targets[:, :1]], axis=1)[:, :wide]
        filled = np.where(np.arange(wide) < np.array(counts)[:, None], widened, filler)
        given = log_probs, filled, np.array(lengths), np.array(counts)
        alphas, log_p = _run_forward(student, given)
        hint = "Each row has its own last step, whose alphas stay to the end, and its own last label."
        expect_same(log_p, -torch_ctc(log_probs, targets, lengths, counts), _PARTS[1], hint)
        expect_same(np.shape(alphas), (3, 7, 2 * wide + 1), "the shape of log_alphas", "(B, T, 2L + 1).")
        for b, (T, L) in enumerate(zip(lengths, counts, strict=True)):
            want = _log_alphas(log_probs[b, :T], targets[b, :L].tolist())
            want = np.concatenate([want, np.repeat(want[-1:], len(log_probs[b]) - T, axis=0)])
            got = np.asarray(alphas)[b, :, : want.shape[1]]
            expect_same(got, want, f"{_PARTS[0]} of row {b}, up to its last place", hint)


@exercise.check("labels that do not fit, and no labels at all", points=0.25, after="the log likelihood")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    log_probs, targets, lengths, counts = draw_problem(rng, [2, 4, 7], [2, 2, 0])
    targets[0] = 1
    given = log_probs, targets, lengths, counts
    _, log_p = _run_forward(student, given)
    hint = "What cannot be has -∞; without labels all steps are blank."
    expect_same(log_p, -torch_ctc(*given), _PARTS[1], hint)
    given = draw_problem(rng, [4, 4], [0, 0])
    _, log_p = _run_forward(student, given)
    expect_same(log_p, given[0][:, :, 0].sum(axis=1), _PARTS[1], hint)


exercise.leaves_inputs(0.25)


def _jumps(places: np.ndarray) -> np.ndarray:
    before = np.concatenate([places[:2], places[:-2]])[: len(places)]
    return (places != 0) & (places != before)


def _add(*ways: np.ndarray) -> np.ndarray:
    return np.logaddexp.reduce(np.stack(ways), axis=0)


def _back(alpha: np.ndarray, n: int) -> np.ndarray:
    """What stood n places before; before the first there is nothing."""
    return np.concatenate([np.full(n, -np.inf), alpha])[: len(alpha)]


def _lattice(
    log_probs,
    targets,
    lengths,
    target_lengths,
    jumps: Callable[[np.ndarray], np.ndarray] = _jumps,
    starts=2,
    ends=lambda last, n: last[max(0, 2 * n - 1) : 2 * n + 1],
    add=_add,
    back=_back,
    stays=True,
    goes_on=True,
    emitted=lambda here, before: here,
    steps=lambda T, length: length,
    labels=lambda row, n: np.where(np.arange(len(row)) < n, row, 0),
    blank=0,
    result=lambda alphas, log_p: (alphas, log_p),
):
    """The forward algorithm, row by row, with its parts laid open."""
    all_alphas, all_log_p = [], []
    for row, target, T, n in zip(log_probs, np.asarray(targets), lengths, target_lengths, strict=True):
        places = np.full(2 * len(target) + 1, 0)
        places[1::2] = labels(target, n)
        jump = jumps(places)
        weights = row[:, np.where(places == 0, blank % row.shape[1], places)]
        never = np.full(len(places), -np.inf)
        alpha = np.where(np.arange(len(places)) < starts, weights[0], -np.inf)
        alphas = [alpha]
        for t in range(1, len(row)):
            ways = [alpha if stays else never, back(alpha, 1) if goes_on else never]
            ways.append(np.where(jump, back(alpha, 2), -np.inf))
            new = add(*ways) + emitted(weights[t], weights[t - 1])
            alpha = new if t < steps(len(row), T) else alpha
            alphas.append(alpha)
        all_alphas.append(np.stack(alphas))
        all_log_p.append(add(*ends(alpha, int(n))))
    alphas, log_p = result(np.stack(all_alphas), np.array(all_log_p))
    return CTCLattice(alphas, log_p)


exercise.knob(
    _lattice,
    "jumps_between_equal_labels",
    "Your paths skip the blank between equal labels. Then “11” and “1” would be the same path: a jump needs two "
    "different labels.",
    jumps=lambda places: (places != 0) & (np.arange(len(places)) > 1),
)

exercise.knob(
    _lattice,
    "labels_jumped_over",
    "Your paths jump from blank to blank, over a label, which is then never written. Only a blank may be skipped.",
    jumps=lambda places: np.arange(len(places)) > 1,
)

exercise.knob(
    _lattice,
    "jumps_where_equal",
    "Your paths jump between places of the same class. It is the other way round: between different labels the blank "
    "may be skipped. From blank to blank a jump would leave out a label.",
    jumps=lambda places: np.concatenate([[False] * 2, places[2:] == places[:-2]])[: len(places)],
)

exercise.knob(
    _lattice,
    "no_jumps",
    "Your paths never skip a blank. Between different labels they may, or “12” would take three steps at least.",
    jumps=lambda places: np.zeros(len(places), dtype=bool),
)

exercise.knob(
    _lattice,
    "starts_anywhere",
    "Your paths begin at any place. They begin with the first blank or the first label; else labels are left out.",
    starts=99,
)

exercise.knob(
    _lattice,
    "starts_with_blank",
    "Your paths begin with the blank only. The first step may be the first label as well.",
    starts=1,
)

exercise.knob(
    _lattice,
    "ends_at_the_last_label",
    "Your paths end at the last label only. A blank may come after it.",
    ends=lambda last, n: last[max(0, 2 * n - 1) :][:1],
)

exercise.knob(
    _lattice,
    "ends_at_the_last_blank",
    "Your paths end at the last blank only. They may end at the last label as well.",
    ends=lambda last, n: last[2 * n : 2 * n + 1],
)

exercise.knob(
    _lattice,
    "ends_anywhere",
    "Your log likelihood sums over all places of the last step. Only at the last two are all labels written.",
    ends=lambda last, n: last[: 2 * n + 1],
)

exercise.knob(
    _lattice,
    "ends_of_the_longest_row",
    "You read the log likelihood off at the last two columns of the array. A row with fewer labels ends earlier: see "
    "target_lengths.",
    ends=lambda last, n: last[-2:],
)

exercise.knob(
    _lattice,
    "all_rows_to_the_end",
    "You go on to the last step of the array in every row. What comes after a row's own length is padding.",
    steps=lambda T, length: T,
)

exercise.knob(
    _lattice,
    "likeliest_way_only",
    "You take the likeliest way into each place. That is the best path; the likelihood sums over all of them.",
    add=lambda *ways: np.max(np.stack(ways), axis=0),
)

exercise.knob(
    _lattice,
    "logarithms_added",
    "You add logarithms where probabilities are to be added: `log_sum_exp` does that without leaving the logarithms.",
    add=lambda *ways: np.sum(np.stack(ways), axis=0),
)

exercise.knob(
    _lattice,
    "never_stays",
    "Your paths cannot stay at a place. A label may fill several steps, and so may a blank.",
    stays=False,
)

exercise.knob(
    _lattice,
    "never_one_on",
    "Your paths cannot go on by one place, from a blank to a label or from a label to a blank.",
    goes_on=False,
)

exercise.knob(
    _lattice,
    "step_not_counted",
    "From the second step on your alphas lack the probability of the step itself, p_t(place s).",
    emitted=lambda here, before: np.zeros_like(here),
)

exercise.knob(
    _lattice,
    "step_before_counted",
    "You multiply by the probabilities of the step before. α_t takes those of step t.",
    emitted=lambda here, before: before,
)

exercise.knob(
    _lattice,
    "blank_at_the_end",
    "You take the last class for the blank. In this course, as in torch, the blank is class 0.",
    blank=-1,
)

exercise.knob(
    _lattice,
    "not_logarithms",
    "You return probabilities. The logarithms are wanted: of a long sequence nothing else is left.",
    result=lambda alphas, log_p: (np.exp(alphas), np.exp(log_p)),
)

exercise.knob(
    _lattice,
    "a_cost",
    "Your log likelihood is positive: that is the loss. The logarithm of a probability is negative.",
    result=lambda alphas, log_p: (alphas, -log_p),
)

exercise.knob(
    _lattice,
    "mean_of_the_batch",
    "Your log likelihood is one number for the whole batch. Each row has its own.",
    result=lambda alphas, log_p: (alphas, log_p.mean()),
)


@exercise.mistake(
    "You work with probabilities and take the logarithm at the end. For a long sequence they are rounded to 0: stay in "
    "the logarithms."
)
def underflows(log_probs, targets, lengths, target_lengths):
    alphas, log_p = _lattice(log_probs, targets, lengths, target_lengths)
    with np.errstate(divide="ignore"):
        return CTCLattice(np.log(np.exp(alphas)), np.log(np.exp(log_p)))


@exercise.mistake(
    "Your lattice has no blanks: its places are the labels alone. Between, before and after them there are places for "
    "the blank; `ctc_places` gives all of them."
)
def no_blanks(log_probs, targets, lengths, target_lengths):
    alphas, log_p = [], []
    for row, target, T, n in zip(log_probs, np.asarray(targets), lengths, target_lengths, strict=True):
        weights = row[:, target]
        alpha = np.where(np.arange(len(target)) < 1, weights[0], -np.inf)
        kept = [alpha]
        for t in range(1, len(row)):
            back = np.concatenate([[-np.inf], alpha])[: len(target)]
            alpha = np.logaddexp(alpha, back) + weights[t] if t < T else alpha
            kept.append(alpha)
        alphas.append(np.stack(kept))
        log_p.append(alpha[n - 1] if n else 0.0)
    return CTCLattice(np.stack(alphas), np.array(log_p))


@exercise.mistake("Your paths begin with the first label only. They may begin with the blank before it as well.")
def starts_with_label(log_probs, targets, lengths, target_lengths):
    label_first = np.array(log_probs)
    label_first[:, 0, 0] = -np.inf
    return _lattice(label_first, targets, lengths, target_lengths)


exercise.knob(
    _lattice,
    "ends_at_n",
    "You read the log likelihood off at the places of the numbers of labels. There is a blank before each label, so "
    "the last one stands at twice its number.",
    ends=lambda last, n: last[max(0, n - 1) : n + 1],
)

exercise.knob(
    _lattice,
    "one_step_too_few",
    "You stop one step before a row's last. All of its steps count.",
    steps=lambda T, length: length - 1,
)


exercise.knob(
    _lattice,
    "wraps_without_labels",
    "In a row without labels you add the last place of the array, which in Python has the index -1. Such a row has "
    "one place, its blank.",
    ends=lambda last, n: last[[2 * n, 2 * n - 1]],
)


@exercise.mistake(
    "Your lattice is empty after a row's last step. There its last alphas are repeated, so that every row can be read "
    "off in the last column."
)
def empty_after_the_last_step(log_probs, targets, lengths, target_lengths):
    alphas, log_p = _lattice(log_probs, targets, lengths, target_lengths)
    over = np.arange(log_probs.shape[1]) >= np.asarray(lengths)[:, None]
    return CTCLattice(np.where(over[:, :, None], -np.inf, alphas), log_p)


exercise.knob(
    _lattice,
    "comes_round_from_the_end",
    "At the first place your paths also come from the last: in Python the index -1 is the end of an array. Before the "
    "first place there is nothing.",
    back=np.roll,
)


@exercise.mistake(
    "You write each new alpha over the old one, so that the next place already builds on this step. All places "
    "build on the step before: keep its alphas until the step is done."
)
def written_over(log_probs, targets, lengths, target_lengths):
    all_alphas, all_log_p = [], []
    for row, target, T, n in zip(log_probs, np.asarray(targets), lengths, target_lengths, strict=True):
        places = np.array(_places(np.where(np.arange(len(target)) < n, target, 0).tolist()))
        alpha, jump = np.where(np.arange(len(places)) < 2, row[0, places], -np.inf), _jumps(places)
        alphas = [alpha.copy()]
        for step in row[1:T]:
            for s, k in enumerate(places):
                ways = [alpha[s], *alpha[s - 1 : s], *alpha[max(s - 2, 0) : s - 1 if jump[s] else 0]]
                alpha[s] = _add(*ways) + step[k]
            alphas.append(alpha.copy())
        all_alphas.append(np.stack(alphas + [alpha] * (len(row) - len(alphas))))
        all_log_p.append(_add(*alpha[max(0, 2 * n - 1) : 2 * n + 1]))
    return CTCLattice(np.stack(all_alphas), np.array(all_log_p))
