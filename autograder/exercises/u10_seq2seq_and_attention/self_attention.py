"""Exercise `self-attention`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.attention.scores import attend
from rnncore.functional.attention.scores import attend as right_attend
from rnncore.functional.attention.self_attention import SelfAttentionParams, self_attention

exercise = Exercise("self-attention", "A sentence looks at itself", self_attention, uses=[attend])

_PARTS = "the outputs", "the weights"


def _right(xs, params, mask, causal):
    """The oracle: torch's scaled dot-product attention; with an identity for values it shows the weights."""
    T = xs.shape[1]
    q, k, v = (torch.tensor(xs @ W) for W in params)
    seen = np.broadcast_to(mask[:, None, :] & (np.tri(T, dtype=bool) if causal else True), (len(xs), T, T))
    places = torch.eye(T, dtype=torch.float64).expand(len(xs), T, T)
    attention = torch.nn.functional.scaled_dot_product_attention
    return tuple(attention(q, k, each, attn_mask=torch.tensor(seen)).numpy() for each in (v, places))


def _draw(rng: np.random.Generator, lengths: list[int], T: int, D: int, A: int, E: int):
    W_q, W_k, W_v = (rng.normal(size=(D, n)) for n in (A, A, E))
    params = SelfAttentionParams(W_q, W_k, W_v)
    return rng.normal(size=(len(lengths), T, D)), params, np.arange(T) < np.array(lengths)[:, None]


def _run_self(student: StudentFunction, given, causal: bool):
    xs, params, mask = given
    return expect_parts(student(*given, causal), *_PARTS), _right(xs, params, mask, causal)


@exercise.check("a sentence of one word", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_self(student, _draw(rng, [1, 1], 1, 3, 2, 4), causal=False)
    expect_same(got, want, "the result", "There is one place to look at; what it hands over is its value.")


@exercise.check("queries of one number", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    got, want = _run_self(student, _draw(rng, [4, 4], 4, 3, 1, 2), causal=False)
    expect_same(
        got, want, "the result", "Three roles, three matrices; row t of the weights holds what step t looks at."
    )


@exercise.check("queries of several numbers", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for sizes in (([5, 5], 5, 3, 2, 4), ([3], 3, 2, 6, 5)):
        got, want = _run_self(student, _draw(rng, *sizes), causal=False)
        expect_same(got, want, "the result", "The scores are divided by the root of A.")


@exercise.check("padding is not looked at", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    xs, params, mask = _draw(rng, [2, 5, 3], 5, 3, 1, 4)
    for seen in (mask, mask[:, ::-1] | (np.arange(5) == 1)):
        got, want = _run_self(student, (xs, params, seen), causal=False)
        expect_same(got, want, "the result", "The mask says which steps may be looked *at*.")


@exercise.check("causal: nobody sees what comes later", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for lengths in ([4, 4], [4, 2]):
        got, want = _run_self(student, _draw(rng, lengths, 4, 3, 1, 2), causal=True)
        expect_same(got, want, "the result", "A step sees itself and the steps before it, and still no padding.")


exercise.leaves_inputs(0.25)


def _self(
    xs,
    params,
    mask,
    causal,
    scale=lambda A, D: A**-0.5,
    roles=lambda xs, params: (xs @ params.W_q, xs @ params.W_k, xs @ params.W_v),
    order=lambda steps: steps[None, :] <= steps[:, None],
    seen=lambda mask: mask[:, None, :],
    both=True,
):
    """Self attention with its parts laid open."""
    T = xs.shape[1]
    q, k, v = roles(xs, params)
    scores = q @ k.transpose(0, 2, 1) * scale(params.W_q.shape[1], xs.shape[2])
    allowed = np.broadcast_to(seen(mask), (len(xs), T, T))
    if causal:
        before = np.broadcast_to(order(np.arange(T)), (len(xs), T, T))
        allowed = allowed & before if both else before
    return right_attend(scores, v, allowed)


exercise.knob(
    _self,
    "not_scaled",
    "Your scores are not scaled. Inner products of A numbers grow like the root of A, and softmax with them becomes a "
    "choice of one.",
    scale=lambda A, D: 1.0,
)

exercise.knob(
    _self,
    "divided_by_A",
    "You divide the scores by A. The root of it is meant.",
    scale=lambda A, D: 1.0 / A,
)

exercise.knob(
    _self,
    "scaled_by_the_inputs",
    "You divide the scores by the root of D, the size of an input. What is compared are queries and keys, A numbers "
    "each.",
    scale=lambda A, D: D**-0.5,
)

exercise.knob(
    _self,
    "queries_and_keys_swapped",
    "Your queries and keys have changed roles: row t should hold the scores of the *query* of step t with all keys.",
    roles=lambda xs, params: (xs @ params.W_k, xs @ params.W_q, xs @ params.W_v),
)

exercise.knob(
    _self,
    "keys_are_queries",
    "You compare queries with queries. What a step asks for and what it has to offer are two different things.",
    roles=lambda xs, params: (xs @ params.W_q, xs @ params.W_q, xs @ params.W_v),
)

exercise.knob(
    _self,
    "queries_are_keys",
    "You compare keys with keys. What a step asks for and what it has to offer are two different things.",
    roles=lambda xs, params: (xs @ params.W_k, xs @ params.W_k, xs @ params.W_v),
)


@exercise.mistake(
    "Your input is compared with itself, as N2 says it, without the three matrices. The scores are then symmetric, and "
    "every step looks above all at itself."
)
def compared_with_itself(xs, params, mask, causal):
    return _self(xs, params, mask, causal, roles=lambda xs, params: (xs, xs, xs @ params.W_v))


exercise.knob(
    _self,
    "causal_ignored",
    "Your steps see what comes later although `causal` is true. A network that writes must not see the word that it is "
    "to write.",
    order=lambda steps: np.ones((len(steps), len(steps)), dtype=bool),
)

exercise.knob(
    _self,
    "sees_only_what_comes_later",
    "Your causal mask is upside down: a step sees itself and what comes *after* it.",
    order=lambda steps: steps[None, :] >= steps[:, None],
)

exercise.knob(
    _self,
    "does_not_see_itself",
    "With `causal` your steps do not see themselves. The first step would see nothing at all.",
    order=lambda steps: steps[None, :] < steps[:, None],
)

exercise.knob(
    _self,
    "padding_seen",
    "Your steps look at padding. The mask is there to prevent that.",
    seen=lambda mask: np.ones_like(mask)[:, None, :],
)

exercise.knob(
    _self,
    "padding_does_not_look",
    "Your mask keeps padding from looking. It should keep it from being looked *at*: the mask belongs to the keys, the "
    "last axis.",
    seen=lambda mask: mask[:, :, None],
)

exercise.knob(
    _self,
    "causal_forgets_the_padding",
    "With `causal` your steps look at padding. Both conditions must hold.",
    both=False,
)

exercise.knob(
    _self,
    "padding_neither_looks_nor_is_seen",
    "Padding is not looked at in your version, as it should be; but it does not look either, and its rows are blank. "
    "The mask says only what may be looked *at*.",
    seen=lambda mask: mask[:, :, None] & mask[:, None, :],
)


@exercise.mistake("Your steps never see what comes later, not even if `causal` is false. Whole sentences may be read.")
def always_causal(xs, params, mask, causal):
    return _self(xs, params, mask, True)


@exercise.mistake("Your outputs are means of the inputs themselves. What a step hands over is its value, x W_v.")
def inputs_for_values(xs, params, mask, causal):
    return _self(xs, params, mask, causal, roles=lambda xs, params: (xs @ params.W_q, xs @ params.W_k, xs))


@exercise.mistake("Your weights are right, but you wipe the outputs of the padding. The mask says what is looked *at*.")
def outputs_of_padding_wiped(xs, params, mask, causal):
    ys, weights = _self(xs, params, mask, causal)
    return ys * mask[:, :, None], weights


@exercise.mistake(
    "With `causal` you set the scores of later steps to 0. But exp(0) is 1, a good score among others; which score has "
    "the weight 0?"
)
def later_scores_are_zero(xs, params, mask, causal):
    scores = xs @ params.W_q @ (xs @ params.W_k).transpose(0, 2, 1) * params.W_q.shape[1] ** -0.5
    return right_attend(np.tril(scores) if causal else scores, xs @ params.W_v, mask[:, None, :])


@exercise.mistake(
    "You divide the scores by the root of E, the size of a value. What is compared are queries and keys, A numbers "
    "each."
)
def scaled_by_the_values(xs, params, mask, causal):
    return _self(xs, params, mask, causal, scale=lambda A, D: params.W_v.shape[1] ** -0.5)


@exercise.mistake("Your outputs are means of the keys. What a step hands over is its value, x W_v.")
def keys_for_values(xs, params, mask, causal=False):
    return _self(xs, params, mask, causal, roles=lambda xs, params: (xs @ params.W_q, *[xs @ params.W_k] * 2))


@exercise.mistake("You add each step's own value to its output. That is a residual path; (10.8) has none.")
def own_value_added(xs, params, mask, causal=False):
    ys, weights = _self(xs, params, mask, causal)
    return ys + xs @ params.W_v, weights


exercise.knob(
    _self,
    "multiplied_by_the_root",
    "You multiply the scores by the root of A. They are divided by it.",
    scale=lambda A, D: A**0.5,
)


@exercise.mistake("You divide the scores by the root of the number of steps. What counts is A, the size of a query.")
def scaled_by_the_steps(xs, params, mask, causal=False):
    return _self(xs, params, mask, causal, scale=lambda A, D: xs.shape[1] ** -0.5)


@exercise.mistake("Your weights are the scores. They go through a softmax first: attend does that.")
def scores_for_weights(xs, params, mask, causal=False):
    scores = (xs @ params.W_q) @ (xs @ params.W_k).transpose(0, 2, 1) / params.W_q.shape[1] ** 0.5
    may = np.broadcast_to(mask[:, None], scores.shape)
    weights = np.where(may & np.tri(xs.shape[1], dtype=bool) if causal else may, scores, 0.0)
    return weights @ (xs @ params.W_v), weights


@exercise.mistake("Your `causal` is turned round: with it steps see all, without it they see no later ones.")
def causal_turned_round(xs, params, mask, causal=False):
    return _self(xs, params, mask, not causal)
