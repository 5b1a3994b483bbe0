"""Exercise `attend`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.attention.scores import attend

exercise = Exercise("attend", "Attention with a mask", attend)

_PARTS = "the contexts", "the weights"
_ROUGH = 1e-6  # as close as the visible check looks; the checks of masks look closer


def _right(scores: np.ndarray, values: np.ndarray, mask: np.ndarray):
    """The oracle: torch's softmax, row by row over the places that may be seen."""
    B, T, S = scores.shape
    weights = np.zeros((B, T, S))
    seen = np.broadcast_to(mask, (B, T, S))
    for b, t in np.ndindex(B, T):
        if seen[b, t].any():
            weights[b, t, seen[b, t]] = torch.softmax(torch.tensor(scores[b, t, seen[b, t]]), dim=0).numpy()
    return np.einsum("bts,bse->bte", weights, values), weights


def _draw(rng: np.random.Generator, B: int, T: int, S: int, E: int):
    return rng.normal(size=(B, T, S)), rng.normal(size=(B, S, E)), np.ones((B, 1, S), dtype=bool)


def _run_attend(student: StudentFunction, given):
    return expect_parts(student(*given), *_PARTS), _right(*given)


@exercise.check("the weights, without padding", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((3, 2, 37, 4), (2, 3, 4, 2)):
        (_, weights), (_, want) = _run_attend(student, _draw(rng, *sizes))
        hint = "Softmax along the source steps: each query's weights add up to 1."
        expect_same(weights, want, _PARTS[1], hint, tolerance=_ROUGH)


@exercise.check("the contexts, without padding", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in ((2, 3, 4, 5), (1, 1, 2, 1)):
        (contexts, _), (want, _) = _run_attend(student, _draw(rng, *sizes))
        hint = "A weighted sum of the values, one for each query."
        expect_same(contexts, want, _PARTS[0], hint, tolerance=_ROUGH)


@exercise.check("padding gets no weight", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, values, _ = _draw(rng, 3, 2, 5, 3)
    scores[:, 0, 0] = 0.0
    mask = np.arange(5) < np.array([2, 5, 3])[:, None]
    padded = ~mask[:, None, :]
    for each in (scores, np.where(padded, 1000.0, scores), np.where(padded, 0.0, scores - 1000.0)):
        got, want = _run_attend(student, (each, values, ~padded))
        expect_same(got, want, "the result", "Each query's weights over the places that it may see add up to 1.")


@exercise.check("a mask of its own for each query, and a query that may look nowhere", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, values, _ = _draw(rng, 2, 4, 5, 3)
    mask = rng.random(size=scores.shape) < 0.5
    mask[..., 2] = True
    mask[1, 0] = False
    got, want = _run_attend(student, (scores, values, mask))
    hint = "The mask may be (B, 1, S) or (B, T, S). Where a query may look nowhere, weights and context are 0."
    expect_same(got, want, "the result", hint)


@exercise.check("large scores", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    scores, values, mask = _draw(rng, 2, 2, 5, 3)
    scores += np.array([[[800.0], [-800.0]]])
    got, want = _run_attend(student, (scores, values, mask))
    expect_same(got, want, "the result", "exp(800) is infinite. Softmax stays the same if all scores shrink alike.")


exercise.leaves_inputs(0.25)


def _softmax(scores, axis: int | tuple[int, ...] = -1):
    e = np.exp(scores - np.max(scores, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def _below_the_top(scores, top, little=0.0):
    e = np.exp(scores - np.where(np.isfinite(top), top, 0.0))
    total = np.sum(e, axis=-1, keepdims=True) + little
    return e / np.where(total == 0.0, 1.0, total)


def _attend(
    scores, values, mask, weigh=None, blind=lambda weights, blind: np.where(blind, 0.0, weights), mix=np.matmul
):
    """Attention with its parts laid open."""
    mask = np.broadcast_to(mask, scores.shape)
    with np.errstate(all="ignore"):
        weights = _softmax(np.where(mask, scores, -1e300)) if weigh is None else weigh(scores, mask)
    weights = blind(weights, ~mask.any(axis=-1, keepdims=True))
    return weights @ values, weights


exercise.knob(
    _attend,
    "mask_ignored",
    "Your weights are a softmax over all places, the padding too. What may not be seen must not get a share.",
    weigh=lambda scores, mask: _softmax(scores),
)

exercise.knob(
    _attend,
    "masked_after_softmax",
    "You take the softmax over all places and cut out the padding afterwards. What the padding had is then missing: "
    "the weights of a query no longer add up to 1.",
    weigh=lambda scores, mask: _softmax(scores) * mask,
)

exercise.knob(
    _attend,
    "masked_scores_are_zero",
    "Places that may not be seen get the score 0 from you. But exp(0) is 1, a good score among others; which score has "
    "the weight 0?",
    weigh=lambda scores, mask: _softmax(scores * mask),
)

exercise.knob(
    _attend,
    "mask_upside_down",
    "Your weights are where the mask is false. It is true where a query may look.",
    weigh=lambda scores, mask: _softmax(np.where(mask, -1e300, scores)),
)

exercise.knob(
    _attend,
    "softmax_over_the_queries",
    "Your softmax runs over the queries: for each source step the queries share 1 among them. Each query has 1 to "
    "share among the source steps.",
    weigh=lambda scores, mask: _softmax(np.where(mask, scores, -1e300), axis=1),
)

exercise.knob(
    _attend,
    "equal_weights",
    "All places that may be seen have the same weight. The scores say how much of each is wanted.",
    weigh=lambda scores, mask: mask / np.maximum(mask.sum(axis=-1, keepdims=True), 1),
)

exercise.knob(
    _attend,
    "scores_without_exp",
    "You divide the scores by their sum. Scores may be negative; softmax makes each positive first.",
    weigh=lambda scores, mask: scores * mask / np.sum(scores * mask, axis=-1, keepdims=True),
)

exercise.knob(
    _attend,
    "sigmoid_for_softmax",
    "Each of your weights is made from its own score alone, by a sigmoid. With softmax the places compete for one "
    "whole.",
    weigh=lambda scores, mask: mask / (1.0 + np.exp(-scores)),
)

exercise.knob(
    _attend,
    "blind_query_sees_all",
    "A query that may look nowhere looks everywhere alike in your version. If all scores are the same very small "
    "number, softmax makes them equal, not 0.",
    blind=lambda weights, blind: weights,
)


@exercise.mistake("You return the weights first. The contexts come first, then the weights.")
def weights_first(scores, values, mask):
    return _attend(scores, values, mask)[::-1]


exercise.knob(
    _attend,
    "exp_overflows",
    "Your softmax takes exp of the scores as they are, and exp(800) is infinite. Large scores end in infinity over "
    "infinity.",
    weigh=lambda scores, mask: (
        np.exp(scores) * mask / np.maximum((np.exp(scores) * mask).sum(2, keepdims=True), 1e-300)
    ),
)

exercise.knob(
    _attend,
    "zero_over_zero",
    "A query that may look nowhere ends in 0 / 0 in your version. It should have weights and a context of 0.",
    weigh=lambda scores, mask: _softmax(np.where(mask, scores, -np.inf)),
    blind=lambda weights, blind: weights,
)

exercise.knob(
    _attend,
    "padding_has_a_low_score",
    "Your padding has a low score, -10 or so, and still some weight. A score that is low enough has exactly none.",
    weigh=lambda scores, mask: _softmax(np.where(mask, scores, -10.0)),
)

exercise.knob(
    _attend,
    "one_mask_for_all",
    "Your sentences all have the mask of the first. Each has its own.",
    weigh=lambda scores, mask: _softmax(np.where(mask[:1], scores, -1e300)),
)

exercise.knob(
    _attend,
    "softmax_over_everything",
    "All queries of all sentences share one softmax in your version. Each query has 1 to share among the source steps.",
    weigh=lambda scores, mask: _softmax(np.where(mask, scores, -1e300), axis=(0, 1, 2)),
)

exercise.knob(
    _attend,
    "nothing_where_the_mask_is_true",
    "Your weights are 0 where the mask is true. There a query may look.",
    weigh=lambda scores, mask: _softmax(np.where(mask, -1e300, scores)) * ~mask,
)


@exercise.mistake(
    "You divide the scores by the root of the width. Whoever makes scores may scale them; here they are taken as they "
    "come."
)
def scores_scaled_again(scores, values, mask):
    return _attend(scores / values.shape[2] ** 0.5, values, mask)


exercise.knob(
    _attend,
    "a_little_added_below",
    "You add a small number to the sum below, so the weights of a query do not quite add up to 1. Where all may be 0, "
    "put a 1 in its place, and leave the others alone.",
    weigh=lambda scores, mask: _below_the_top(
        np.where(mask, scores, -np.inf), np.max(np.where(mask, scores, -np.inf), axis=2, keepdims=True), little=1e-6
    ),
)

exercise.knob(
    _attend,
    "largest_of_all_queries",
    "You take the largest of all scores off everywhere. A query whose scores are far below it is then left with zeros: "
    "each takes off its own largest.",
    weigh=lambda scores, mask: _below_the_top(np.where(mask, scores, -np.inf), np.max(np.where(mask, scores, -np.inf))),
)


exercise.knob(
    _attend,
    "largest_of_the_padding_too",
    "The largest score that you take off may stand in the padding. If it is far above the others, a query is left with "
    "zeros: only places that may be seen compete.",
    weigh=lambda scores, mask: _below_the_top(np.where(mask, scores, -np.inf), np.max(scores, axis=2, keepdims=True)),
)

exercise.knob(
    _attend,
    "largest_with_zeros_for_the_padding",
    "Where you look for the largest score the padding counts as 0. If all others are far below 0, a query is left with "
    "zeros: only places that may be seen compete.",
    weigh=lambda scores, mask: _below_the_top(
        np.where(mask, scores, -np.inf), np.max(np.where(mask, scores, 0.0), axis=2, keepdims=True)
    ),
)


@exercise.mistake(
    "Your weights add up to 1 along the queries. Each query has 1 to share among the places: the last axis."
)
def divided_by_the_sum_over_the_queries(scores, values, mask):
    def weigh(scores, mask):
        low = np.where(mask, scores, -np.inf)
        top = np.max(low, axis=2, keepdims=True)
        e = np.exp(low - np.where(np.isfinite(top), top, 0.0))
        total = e.sum(axis=1, keepdims=True)
        return e / np.where(total == 0.0, 1.0, total)

    return _attend(scores, values, mask, weigh=weigh)


@exercise.mistake("Your contexts are divided once more by how many places are seen. Weights add up to 1 already.")
def contexts_divided_again(scores, values, mask):
    contexts, weights = _attend(scores, values, mask)
    return contexts / np.maximum(mask.sum(axis=2, keepdims=True), 1), weights


@exercise.mistake("Your contexts are means over the places that are seen, whatever the weights. Weigh the values.")
def plain_means_for_contexts(scores, values, mask):
    _, weights = _attend(scores, values, mask)
    seen = np.broadcast_to(mask, scores.shape)
    return seen @ values / np.maximum(seen.sum(axis=2, keepdims=True), 1), weights


exercise.knob(
    _attend,
    "scores_turned",
    "The places with the lowest scores get most from you. A high score is a good match.",
    weigh=lambda scores, mask: _softmax(np.where(mask, -scores, -1e300)),
)

exercise.knob(
    _attend,
    "best_place_alone",
    "Your query takes the best place alone. Softmax gives every place its share.",
    weigh=lambda scores, mask: np.where(mask, scores, -1e300) == np.where(mask, scores, -1e300).max(2, keepdims=True),
)

exercise.knob(
    _attend,
    "power_of_two",
    "Your softmax is made with another base than e. exp is meant.",
    weigh=lambda scores, mask: _softmax(np.where(mask, scores * np.log(2.0), -1e300)),
)


@exercise.mistake("Your contexts are made before the weights are divided by their sum. Weights first, then contexts.")
def contexts_of_undivided_weights(scores, values, mask):
    _, weights = _attend(scores, values, mask)
    seen = np.broadcast_to(mask, scores.shape)
    top = np.max(np.where(seen, scores, -np.inf), axis=2, keepdims=True)
    return np.where(seen, np.exp(scores - np.where(np.isfinite(top), top, 0.0)), 0.0) @ values, weights


@exercise.mistake("You return the logarithms of the weights. Wanted are the weights themselves.")
def logarithms_of_weights(scores, values, mask):
    contexts, weights = _attend(scores, values, mask)
    return contexts, np.log(weights + 1e-9)


@exercise.mistake("A score of exactly 0 counts as padding for you. Only the mask says what may be seen; 0 is a score.")
def zero_scores_are_padding(scores, values, mask):
    return _attend(scores, values, mask & (scores != 0.0))


@exercise.mistake("Your contexts are those of the first query alone. Each query has its own: (B, T, E).")
def context_of_the_first_query(scores, values, mask):
    contexts, weights = _attend(scores, values, mask)
    return contexts[:, 0], weights


exercise.knob(
    _attend,
    "zero_scores_in_a_plain_softmax",
    "Places that may not be seen get the score 0 from you, and with it a share: exp(0) is 1. Which score has no share?",
    weigh=lambda scores, mask: _softmax(np.where(mask, scores, 0.0)),
    blind=lambda weights, blind: weights,
)


def _shared_by_a_sentence(scores):
    top = np.max(scores, axis=2, keepdims=True)
    e = np.exp(scores - np.where(np.isfinite(top), top, 0.0))
    return e / np.sum(e, axis=(1, 2), keepdims=True)


exercise.knob(
    _attend,
    "one_whole_for_a_sentence",
    "All queries of a sentence share one whole in your version. Each query has 1 to share among the source steps.",
    weigh=lambda scores, mask: _shared_by_a_sentence(np.where(mask, scores, -np.inf)),
)
