"""Exercise `surprises`."""

import numpy as np

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from rnncore.functional.memory.history_compression import surprises

exercise = Exercise("surprises", "What was not predicted", surprises)

_NAME = "the mask"
_V = 5


class _Network:
    """A next-token predictor with a memory: its state is all that it has read, folded into a few numbers."""

    def __init__(self, rng: np.random.Generator):
        self.W_e, self.W_y = rng.normal(size=(_V, 6)), 1.2 * rng.normal(size=(6, _V))
        self.W_h = rng.normal(size=(6, 6))

    def __call__(self, tokens, state):
        h = np.tanh(self.W_e[np.asarray(tokens)] + np.asarray(state) @ self.W_h)
        return h @ self.W_y, h


def _draw(rng: np.random.Generator, B: int, T: int):
    """Sequences that the network itself goes on with at about half of their steps."""
    network, first = _Network(rng), rng.normal(size=(B, 6))
    ids, state = [rng.integers(0, _V, size=B)], first
    for _ in range(T - 1):
        scores, state = network(ids[-1], state)
        ids.append(np.where(rng.random(B) < 0.5, scores.argmax(axis=1), rng.integers(0, _V, size=B)))
    return network, first, np.stack(ids, axis=1)


def _right(network, state, ids: np.ndarray) -> np.ndarray:
    """The oracle: sequence by sequence, each read alone."""
    mask = np.ones(ids.shape, dtype=bool)
    for b, row in enumerate(ids):
        memory = state[b : b + 1]
        for t in range(len(row) - 1):
            scores, memory = network(row[t : t + 1], memory)
            mask[b, t + 1] = int(np.argmax(scores[0])) != row[t + 1]
    return mask


@exercise.check("the first token is always a surprise", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _draw(rng, 16, 8)
    got, want = np.asarray(student(*given)), _right(*given)
    hint = "Nothing came before the first token that could predict it."
    if got.shape != want.shape:
        expect_same(got, want, _NAME, hint)
    expect_same(got[:, :1], want[:, :1], f"{_NAME} of the first tokens", hint)
    if got.all():
        raise CheckFailed("every token is marked, also those that the network predicts")


@exercise.check("one sequence", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _draw(rng, 1, 24)
    hint = "What the network expects after reading a token is held against the token after it."
    expect_same(student(*given), _right(*given), _NAME, hint)


@exercise.check("several sequences", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for T in (12, 1):
        given = _draw(rng, 4, T)
        expect_same(student(*given), _right(*given), _NAME, "Each row has predictions of its own.")


@exercise.check("a network that remembers", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    given = _draw(rng, 3, 18)
    hint = "The state that a call returns goes into the next; what is read is the token that came, not the prediction."
    expect_same(student(*given), _right(*given), _NAME, hint)


exercise.leaves_inputs(0.25)


def _surprises(
    decoder,
    state,
    ids,
    carry=lambda new, first: new,
    expected=lambda scores: np.argmax(scores, axis=1),
    read=lambda ids, t, guess: ids[:, t],
    asked=lambda ids, t: ids[:, t + 1],
    first=True,
    turned=lambda mask: mask,
):
    """The surprises with their parts laid open."""
    start, guess = state, ids[:, 0]
    wrong = [np.full(len(ids), first)]
    for t in range(ids.shape[1] - 1):
        scores, new = decoder(read(ids, t, guess), state)
        state, guess = carry(new, start), expected(scores)
        wrong.append(guess != asked(ids, t))
    return turned(np.stack(wrong, axis=1))


exercise.knob(
    _surprises,
    "first_is_expected",
    "Your first token is never a surprise. Nobody predicted it, so nobody could restore it.",
    first=False,
)

exercise.knob(
    _surprises,
    "predictions_marked",
    "You mark what *was* predicted. The surprises are the others.",
    turned=lambda mask: ~mask,
)

exercise.knob(
    _surprises,
    "state_not_carried",
    "Each of your calls begins from the first state, so that your network remembers nothing but the last token.",
    carry=lambda new, first: first,
)

exercise.knob(
    _surprises,
    "compared_with_what_was_read",
    "You compare the prediction with the token that was just read. It was made for the one after it.",
    asked=lambda ids, t: ids[:, t],
)

exercise.knob(
    _surprises,
    "reads_its_own_predictions",
    "Your network reads its own predictions. It should read what came, surprises included.",
    read=lambda ids, t, guess: guess,
)

exercise.knob(
    _surprises,
    "least_expected",
    "You take the token with the lowest score for the prediction.",
    expected=lambda scores: np.argmin(scores, axis=1),
)

exercise.knob(
    _surprises,
    "one_prediction_for_all",
    "All your rows get one and the same prediction. Each has scores of its own.",
    expected=lambda scores: np.full(len(scores), np.argmax(scores[0])),
)

exercise.knob(
    _surprises,
    "first_left_out",
    "The first token has no entry in your mask. It is always a surprise.",
    turned=lambda mask: mask[:, 1:],
)

exercise.knob(
    _surprises,
    "one_step_early",
    "Your mask stands one step too early: the surprise belongs to the token that came, not to the one before it.",
    turned=lambda mask: np.roll(mask, -1, axis=1),
)

exercise.knob(
    _surprises,
    "always_reads_the_first",
    "Your network reads the first token at every step.",
    read=lambda ids, t, guess: ids[:, 0],
)


@exercise.mistake("Your last token is always a surprise. Only the first one has no prediction.")
def last_is_a_surprise(decoder, state, ids):
    mask = _surprises(decoder, state, ids)
    mask[:, -1] = True
    return mask


@exercise.mistake(
    "You ask whether the right token has at least half of the probability. It is predicted if no other has more."
)
def less_than_half(decoder, state, ids):
    wrong = [np.ones(len(ids), dtype=bool)]
    for t in range(ids.shape[1] - 1):
        scores, state = decoder(ids[:, t], state)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = np.take_along_axis(e, ids[:, t + 1 : t + 2], axis=1)[:, 0] / e.sum(axis=1)
        wrong.append(p < 0.5)
    return np.stack(wrong, axis=1)


@exercise.mistake(
    "Your first token is compared with a prediction from the first state, and all that follow are one step off. The "
    "first call reads the first token."
)
def last_token_read_first(decoder, state, ids):
    return _surprises(decoder, state, np.concatenate([ids[:, -1:], ids[:, :-1]], axis=1))


exercise.knob(
    _surprises,
    "reads_the_answer",
    "Your network reads a token before it is asked for it. What it expects after the token *before* is what counts.",
    read=lambda ids, t, guess: ids[:, t + 1],
)

exercise.knob(
    _surprises,
    "predicted_ones_marked",
    "You mark the tokens that were predicted. A surprise is where prediction and token differ.",
    turned=lambda mask: np.concatenate([mask[:, :1], ~mask[:, 1:]], axis=1),
)


@exercise.mistake("You ask the two likeliest tokens. A token is a surprise unless it is *the* likeliest.")
def second_guess_allowed(decoder, state, ids):
    mask = [np.ones(len(ids), dtype=bool)]
    for t in range(ids.shape[1] - 1):
        scores, state = decoder(ids[:, t], state)
        mask.append(~np.any(np.argsort(scores, axis=1)[:, -2:] == ids[:, t + 1, None], axis=1))
    return np.stack(mask, axis=1)


@exercise.mistake("You return what was predicted. Wanted is a mask: true where that is not what came.")
def predictions_for_the_mask(decoder, state, ids):
    guesses = [ids[:, 0]]
    for t in range(ids.shape[1] - 1):
        scores, state = decoder(ids[:, t], state)
        guesses.append(np.argmax(scores, axis=1))
    return np.stack(guesses, axis=1)
