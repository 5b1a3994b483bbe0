"""Exercise `sample`."""

import math

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u09_language_models.shared import Decoder, draw_begin, draw_decoder, step_of
from rnncore.functional.decoding import sample

exercise = Exercise("sample", "Write", sample)

_HINT = "Each token is drawn given those before it, with the column of noise of its own step."


def _written(decoder: Decoder, state: np.ndarray, start: np.ndarray, noise: np.ndarray, reshape=None) -> np.ndarray:
    """Row by row and token by token: how far along the line does the dart land?"""
    rows = []
    for b in range(len(start)):
        token, memory, row = int(start[b]), state[b : b + 1], []
        for u in noise[b]:
            scores, memory = decoder(np.array([token]), memory)
            scores = np.asarray(scores) - math.log(np.exp(scores).sum())
            scores = scores if reshape is None else reshape(scores)
            weights = [math.exp(score) for score in scores[0]]
            left, token = u * sum(weights), 0
            while left >= weights[token]:
                left, token = left - weights[token], token + 1
            row.append(token)
        rows.append(row)
    return np.array(rows)


def _write(student: StudentFunction, rng: np.random.Generator, B: int, T: int, scale: float = 1.0) -> None:
    given = draw_decoder(rng, scale), *draw_begin(rng, B), rng.random((B, T))
    expect_same(student(*given), _written(*given), "the tokens", _HINT)


@exercise.check("what one sequence and several write", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T in ((1, 8), (3, 7)):
        _write(student, rng, B, T)
    _write(student, rng, B=1, T=60, scale=0.3)


@exercise.check("a single token", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _write(student, rng, B=40, T=1, scale=0.5)


@exercise.check("the distribution is reshaped before a token is drawn", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for reshape in (_warmer, _without_the_first, _mixed):
        given = draw_decoder(rng, 1.0), *draw_begin(rng, 16), rng.random((16, 9))
        given[3][::2, ::4] = 0.0
        expect_same(student(*given, reshape), _written(*given, reshape), "the tokens", "Draw from reshape(log_probs).")


exercise.leaves_inputs(0.25)


def _warmer(scores):
    return 0.4 * np.asarray(scores)


def _without_the_first(scores):
    return np.where(np.arange(np.shape(scores)[1]) == 0, -np.inf, np.asarray(scores))


def _mixed(scores):
    """Two thirds of the distribution, and a third to all tokens alike."""
    return np.log(2 * np.exp(np.asarray(scores)) / 3 + 1 / (3 * np.shape(scores)[1]))


def _sampled(decoder, state, start, noise, reshape=lambda scores: scores, read=None, carried=True, u=None, pick=None):
    """The loop with its parts laid open: what is read, which noise draws, and how."""
    noise = np.asarray(noise)
    tokens, memory, ys = np.asarray(start), state, []
    for t in range(noise.shape[1]):
        read_now = tokens if read is None else read(np.asarray(start), tokens, t)
        log_p, new = step_of(decoder, read_now, memory)
        memory = new if carried else state
        dart = noise[:, t] if u is None else u(noise, t)
        tokens = _hit(np.asarray(reshape(log_p)), dart) if pick is None else pick(log_p, reshape, dart)
        ys.append(tokens)
    return np.stack(ys, axis=1)


def _hit(scores, dart):
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    ends = np.cumsum(weights, axis=1)
    return np.minimum((ends <= dart[:, None] * ends[:, -1:]).sum(axis=1), scores.shape[1] - 1)


exercise.knob(
    _sampled,
    "always_the_likeliest",
    "You take the likeliest token at every step, so that the noise does not matter and the same is written each time. "
    "Draw it.",
    pick=lambda log_p, reshape, dart: np.asarray(reshape(log_p)).argmax(axis=1),
)

exercise.knob(
    _sampled,
    "one_dart_for_all_steps",
    "You draw every step with the first column of noise. Each step has a column of its own.",
    u=lambda noise, t: noise[:, 0],
)

exercise.knob(
    _sampled,
    "one_dart_for_all_rows",
    "You draw all sequences with the noise of the first. Each row has noise of its own.",
    u=lambda noise, t: np.full(len(noise), noise[0, t]),
)

exercise.knob(
    _sampled,
    "reads_start_at_every_step",
    "Your decoder reads the first token at every step. From the second step on it reads what it wrote last.",
    read=lambda start, tokens, t: start,
)

exercise.knob(
    _sampled,
    "state_not_carried",
    "Each of your steps starts from the first state: only the last token is remembered. Hand on the state.",
    carried=False,
)

exercise.knob(
    _sampled,
    "reshape_ignored",
    "You do not reshape the distribution: temperature and nucleus have no effect. Draw from reshape(log_probs).",
    pick=lambda log_p, reshape, dart: _hit(log_p, dart),
)

exercise.knob(
    _sampled,
    "reshape_of_probabilities",
    "You reshape probabilities. What `reshape` takes and gives are logarithms of them.",
    pick=lambda log_p, reshape, dart: _hit(np.asarray(reshape(np.exp(log_p))), dart),
)

exercise.knob(
    _sampled,
    "reshaped_twice",
    "You reshape the distribution twice. A temperature of 0.5 then works like one of 0.25.",
    pick=lambda log_p, reshape, dart: _hit(np.asarray(reshape(reshape(log_p))), dart),
)


@exercise.mistake("Your text begins with `start`. That is what was read first; only what was drawn is written.")
def start_included(decoder, state, start, noise, reshape=lambda scores: scores):
    ids = _sampled(decoder, state, start, noise, reshape)
    return np.concatenate([np.asarray(start)[:, None], ids[:, :-1]], axis=1)


@exercise.mistake("Your text has `start` before it, one token too many. Only what was drawn is written.")
def start_before_it(decoder, state, start, noise, reshape=lambda scores: scores):
    return np.concatenate([np.asarray(start)[:, None], _sampled(decoder, state, start, noise, reshape)], axis=1)


@exercise.mistake("Your tokens have time on the first axis. The result is (B, T): look at the axis of stack.")
def time_first(decoder, state, start, noise, reshape=lambda scores: scores):
    return _sampled(decoder, state, start, noise, reshape).T


@exercise.mistake("You return the last tokens alone. All T of them are the text.")
def last_tokens_alone(decoder, state, start, noise, reshape=lambda scores: scores):
    return _sampled(decoder, state, start, noise, reshape)[:, -1]


@exercise.mistake("You write one token too few. Each column of noise draws one.")
def one_token_too_few(decoder, state, start, noise, reshape=lambda scores: scores):
    return _sampled(decoder, state, start, noise, reshape)[:, :-1]


exercise.knob(
    _sampled,
    "from_the_other_end",
    "You throw the darts from the other end of the line, 1 - u. Token 0 lies at 0: use the noise as it is.",
    u=lambda noise, t: 1.0 - noise[:, t],
)

exercise.knob(
    _sampled,
    "last_noise_first",
    "You use the columns of noise from the last to the first. Column t draws the tokens of step t.",
    u=lambda noise, t: noise[:, -1 - t],
)


@exercise.mistake(
    "Your decoder reads the likeliest token, not the one that was drawn. It has to know what was written."
)
def reads_the_likeliest(decoder, state, start, noise, reshape=lambda scores: scores):
    noise, tokens, ys = np.asarray(noise), np.asarray(start), []
    for t in range(noise.shape[1]):
        log_p, state = step_of(decoder, tokens, state)
        ys.append(_hit(np.asarray(reshape(log_p)), noise[:, t]))
        tokens = log_p.argmax(axis=1)
    return np.stack(ys, axis=1)


@exercise.mistake(
    "You hand the decoder's scores to reshape as they are. It wants log-probabilities: `next_log_probs` makes them."
)
def scores_reshaped(decoder, state, start, noise, reshape=lambda scores: scores):
    tokens, ys = np.asarray(start), []
    for dart in np.asarray(noise).T:
        scores, state = decoder(tokens, state)
        tokens = _hit(np.asarray(reshape(np.asarray(scores))), dart)
        ys.append(tokens)
    return np.stack(ys, axis=1)
