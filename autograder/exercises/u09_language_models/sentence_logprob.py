"""Exercise `sentence-logprob`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u09_language_models.shared import V, draw_begin, draw_decoder, log_p_of, step_of
from rnncore.functional.decoding import sentence_logprob

exercise = Exercise("sentence-logprob", "How probable is a sentence?", sentence_logprob)

_HINT = "Read start and score the first token, read the first token and score the second, and so on."


def _score(student: StudentFunction, rng: np.random.Generator, B: int, T: int) -> None:
    decoder, (state, start), ids = draw_decoder(rng), draw_begin(rng, B), rng.integers(0, V, size=(B, T))
    want = [log_p_of(decoder, state[b : b + 1], start[b], ids[b]) for b in range(B)]
    expect_same(student(decoder, state, start, ids), np.array(want), "the log-probabilities", _HINT)


def _score_by_table(student: StudentFunction, table, start, ids, hint: str, higher: float = 0.0) -> None:
    """Scores that are all higher have the same probabilities, which are worked out of the lower ones."""

    def by_table(tokens, state):
        return table[np.asarray(tokens)], state

    def by_higher_table(tokens, state):
        return table[np.asarray(tokens)] + higher, state

    state = np.zeros((2, 1))
    want = [log_p_of(by_table, state[:1], start[b], ids[b]) for b in range(2)]
    expect_same(student(by_higher_table, state, start, ids), np.array(want), "the log-probabilities", hint)


@exercise.check("a decoder that looks at the last token alone", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    table, start, ids = rng.normal(size=(V, V)), rng.integers(0, V, size=2), rng.integers(0, V, size=(2, 5))
    hint = "Tokens may be very unlikely, and scores large: `next_log_probs` makes log-probabilities of them."
    _score_by_table(student, table, start, ids, _HINT)
    _score_by_table(student, 30.0 * table, start, ids, hint)
    _score_by_table(student, 30.0 * table, start, ids, hint, higher=1000.0)


@exercise.check("a decoder with a memory", points=0.75)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T in ((3, 6), (1, 4), (1, 600)):
        _score(student, rng, B, T)


@exercise.check("sequences of a single token", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for B, T in ((3, 1), (1, 1)):
        _score(student, rng, B, T)


exercise.leaves_inputs(0.25)


def _scored(decoder, state, start, ids, read=None, carried=True, cost=None, result=None):
    """The loop with its parts laid open: what is read at each step, what counts, what becomes of it."""
    ids = np.asarray(ids)
    tokens, memory, costs = np.asarray(start), state, []
    for t in range(ids.shape[1]):
        tokens = tokens if read is None else read(start, ids, t)
        log_p, new = step_of(decoder, tokens, memory)
        memory = new if carried else state
        costs.append(log_p[np.arange(len(ids)), ids[:, t]] if cost is None else cost(log_p, ids[:, t]))
        tokens = ids[:, t]
    stacked = np.stack(costs, axis=1)
    return stacked.sum(axis=1) if result is None else result(stacked)


exercise.knob(
    _scored,
    "reads_what_it_scores",
    "You let the decoder read each token before you ask how probable it was. It has to be asked first: what it reads "
    "at a step is the token before.",
    read=lambda start, ids, t: ids[:, t],
)

exercise.knob(
    _scored,
    "reads_start_at_every_step",
    "Your decoder reads the first token at every step. After that it reads the sentence.",
    read=lambda start, ids, t: np.asarray(start),
)

exercise.knob(
    _scored,
    "state_not_carried",
    "Each of your steps starts from the first state, so the decoder has forgotten all but the last token. Hand on the "
    "state that it returns.",
    carried=False,
)

exercise.knob(
    _scored,
    "mean_over_the_steps",
    "You return the mean over the tokens. That is a cost for each token; the probability of a sentence is a product, "
    "and its logarithm a sum.",
    result=lambda costs: costs.mean(axis=1),
)

exercise.knob(
    _scored,
    "probabilities_added",
    "You add up probabilities. They are multiplied: add up their logarithms.",
    result=lambda costs: np.exp(costs).sum(axis=1),
)

exercise.knob(
    _scored,
    "not_a_logarithm",
    "You return the probability itself. A long sentence has one that is rounded to 0; return its logarithm.",
    result=lambda costs: np.exp(costs.sum(axis=1)),
)

exercise.knob(
    _scored,
    "a_cost",
    "Your result is the cost, which is positive. The logarithm of a probability is negative.",
    result=lambda costs: -costs.sum(axis=1),
)

exercise.knob(
    _scored,
    "one_number_for_the_batch",
    "You add up over the batch as well. Each sequence has a probability of its own: (B,).",
    result=lambda costs: costs.sum(),
)

exercise.knob(
    _scored,
    "the_likeliest_token",
    "You score the token that the decoder likes best. Asked is the one that stands in the sentence.",
    cost=lambda log_p, wanted: log_p.max(axis=1),
)

exercise.knob(
    _scored,
    "every_step_apart",
    "You return the cost of each step. Their sum is wanted, one number for each sequence.",
    result=lambda costs: costs,
)


@exercise.mistake(
    "You add up the decoder's scores. They are no logarithms of probabilities yet: `next_log_probs` makes them so."
)
def scores_added(decoder, state, start, ids):
    ids, tokens, total = np.asarray(ids), np.asarray(start), 0.0
    for t in range(ids.shape[1]):
        scores, state = decoder(tokens, state)
        tokens = ids[:, t]
        total = total + np.asarray(scores)[np.arange(len(ids)), tokens]
    return total


@exercise.mistake(
    "Your first token is not scored. Before it stands `start`, and the decoder says how probable it is after that."
)
def first_token_not_scored(decoder, state, start, ids):
    if np.shape(ids)[1] == 1:
        return np.zeros(len(ids))
    _, state = step_of(decoder, start, state)
    return _scored(decoder, state, np.asarray(ids)[:, 0], np.asarray(ids)[:, 1:])


@exercise.mistake(
    "Your softmax is written out, and of large scores exp is infinite: the result is not finite. `next_log_probs` "
    "knows how to do it."
)
def exp_overflows(decoder, state, start, ids):
    ids, tokens, total = np.asarray(ids), np.asarray(start), 0.0
    for t in range(ids.shape[1]):
        e, state = decoder(tokens, state)
        e = np.exp(np.asarray(e))
        tokens = ids[:, t]
        total = total + np.log(e[np.arange(len(ids)), tokens] / e.sum(axis=1))
    return total


@exercise.mistake("Your last token is not scored. There are T tokens, and each of them has its probability.")
def last_token_not_scored(decoder, state, start, ids):
    if np.shape(ids)[1] == 1:
        return np.zeros(len(ids))
    return _scored(decoder, state, start, np.asarray(ids)[:, :-1])


exercise.knob(
    _scored,
    "in_bits",
    "Your result is in bits. The logarithm of this course is the natural one.",
    result=lambda costs: costs.sum(axis=1) / np.log(2.0),
)

exercise.knob(
    _scored,
    "last_token_alone",
    "You keep the logarithm of the last token alone. Those of all tokens are added up.",
    result=lambda costs: costs[:, -1],
)

exercise.knob(
    _scored,
    "logarithms_multiplied",
    "You multiply logarithms. Probabilities are multiplied, and so their logarithms are added.",
    result=lambda costs: costs.prod(axis=1),
)


@exercise.mistake(
    "Your decoder reads what it would have written itself. It is to read the sentence, whatever it had expected."
)
def reads_its_own_guess(decoder, state, start, ids):
    ids, tokens, total = np.asarray(ids), np.asarray(start), 0.0
    for t in range(ids.shape[1]):
        log_p, state = step_of(decoder, tokens, state)
        total, tokens = total + log_p[np.arange(len(ids)), ids[:, t]], log_p.argmax(axis=1)
    return total


def _log_of_product(costs):
    with np.errstate(divide="ignore"):
        return np.log(np.exp(costs).prod(axis=1))


exercise.knob(
    _scored,
    "logarithm_at_the_end",
    "You multiply the probabilities and take the logarithm at the end. For a long sentence the product is rounded to "
    "0; add up logarithms, step by step.",
    result=_log_of_product,
)


@exercise.mistake(
    "Your decoder never reads `start`: it begins with your first token, which is then not scored. Read `start`, and "
    "score the first token by what comes after it."
)
def start_never_read(decoder, state, start, ids):
    if np.shape(ids)[1] == 1:
        return np.zeros(len(ids))
    return _scored(decoder, state, np.asarray(ids)[:, 0], np.asarray(ids)[:, 1:])
