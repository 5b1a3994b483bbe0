"""Exercise `teacher-forced-loss`."""

import math

import numpy as np
import torch

from autograder.checking import CheckFailed, Exercise, StudentFunction, expect_same
from rnncore.functional.base import log_softmax
from rnncore.functional.decoding.seq2seq import teacher_forced_loss

exercise = Exercise("teacher-forced-loss", "The loss of a decoder that is told the truth", teacher_forced_loss)

_NAME = "the loss"


class _Decoder:
    """A small network of its own, which notes what it is given to read."""

    def __init__(self, rng: np.random.Generator, V: int = 6, H: int = 4):
        self.W_e, self.W_h, self.W_y = rng.normal(size=(V, H)), rng.normal(size=(H, H)), rng.normal(size=(H, V))
        self.read: list[np.ndarray] = []

    def __call__(self, tokens, h):
        self.read.append(np.array(tokens))
        h = np.tanh(self.W_e[np.array(tokens)] + h @ self.W_h)
        return h @ self.W_y, h


def _draw(rng: np.random.Generator, lengths: list[int]):
    T = max(lengths)
    mask = np.arange(T) < np.array(lengths)[:, None]
    targets = np.where(mask, rng.integers(4, 6, size=mask.shape), 0)
    targets[:, 0] = 2
    targets[np.arange(len(lengths)), np.array(lengths) - 1] = 3
    return _Decoder(rng), rng.normal(size=(len(lengths), 4)), targets, mask


def _right(decoder: _Decoder, h: np.ndarray, targets: np.ndarray, mask: np.ndarray) -> float:
    """The oracle: each sentence alone, without padding, and torch's cross entropy."""
    nats, count = 0.0, 0
    for b, row in enumerate(targets):
        words, state, scores = row[mask[b]], h[b : b + 1], []
        for word in words[:-1]:
            ys, state = decoder(np.array([word]), state)
            scores.append(ys[0])
        loss = torch.nn.functional.cross_entropy
        nats += loss(torch.tensor(np.array(scores)), torch.tensor(words[1:]), reduction="sum").item()
        count += len(words) - 1
    return nats / count


def _expect_loss(student: StudentFunction, given, hint: str) -> None:
    expect_same(student(*given), np.array(_right(*given)), _NAME, hint)


@exercise.check("the loss of one sentence", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    for length in (5, 2):
        hint = "Each word but the first is predicted, EOS too; the words before it are read."
        _expect_loss(student, _draw(rng, [length]), hint)


@exercise.check("the loss of padded sentences", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    _expect_loss(student, _draw(rng, [3, 6, 2, 6]), "The mean over all words that are predicted; padding is no word.")


@exercise.check("what stands in the padding has no effect", points=0.25, after="the loss of padded sentences")
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    decoder, h, targets, mask = _draw(rng, [5, 2, 3])
    targets = np.where(mask, targets, rng.integers(1, 6, size=targets.shape))
    targets[0, 2] = 3
    _expect_loss(student, (decoder, h, targets, mask), "The mask says what is padding, not the id.")


@exercise.check("the decoder reads the right words", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    losses = []
    for _ in range(2):
        decoder, h, targets, mask = _draw(rng, [5, 5])
        losses.append(np.asarray(student(decoder, h, targets, mask), dtype=float).item())
        _expect_reading(decoder.read, targets)
    if not np.all(np.isfinite(losses)) or losses[0] == losses[1]:
        raise CheckFailed("the loss should be a number that depends on what the decoder says")


def _expect_reading(read: list[np.ndarray], targets: np.ndarray) -> None:
    if not read:
        raise CheckFailed("the decoder was never called")
    if read[0].shape != (2,):
        raise CheckFailed(f"the decoder reads the tokens of one step at a time, (B,); it was given {read[0].shape}")
    if len(read) not in (4, 5):
        raise CheckFailed(f"of 5 tokens the last need not be read; the decoder was called {len(read)} times")
    if not np.array_equal(np.array(read[:4]).T, targets[:, :4]):
        raise CheckFailed("the decoder should read the right words, one after the other, from BOS on")


exercise.leaves_inputs(0.25)


def _loss(
    decoder,
    state,
    targets,
    mask,
    own_words=False,
    predicted=lambda targets: targets[:, 1:],
    counts=lambda mask: mask[:, 1:],
    mean=lambda costs, counts: (costs * counts).sum() / counts.sum(),
    carry=lambda old, new: new,
    base=1.0,
):
    """The loss with its parts laid open."""
    costs, first, tokens = [], state, targets[:, 0]
    for t in range(targets.shape[1] - 1):
        scores, state = decoder(tokens, carry(first, state))
        right = predicted(targets)[:, t]
        costs.append(-np.take_along_axis(log_softmax(scores), right[:, None], axis=1)[:, 0])
        tokens = np.argmax(scores, axis=1) if own_words else targets[:, t + 1]
    return np.array(mean(np.stack(costs, axis=1), counts(mask)) / base)


exercise.knob(
    _loss,
    "reads_its_own_words",
    "Your decoder reads the words that it has just found likeliest. That is how it writes later on. In training it is "
    "told the right word, whatever it thought.",
    own_words=True,
)

exercise.knob(
    _loss,
    "predicts_what_it_reads",
    "Your decoder is asked for the word that it has just read, which is no art. After reading word t it should be "
    "asked for word t + 1.",
    predicted=lambda targets: targets[:, :-1],
)

exercise.knob(
    _loss,
    "padding_counts",
    "Padding counts in your loss. Then the network is praised for predicting PAD after PAD, and the longest sentence "
    "of the batch changes the loss of all others.",
    counts=lambda mask: np.ones_like(mask[:, 1:]),
)

exercise.knob(
    _loss,
    "mask_not_shifted",
    "Your mask belongs to the words that are read, not to those that are predicted: in each short sentence one step "
    "too many counts.",
    counts=lambda mask: mask[:, :-1],
)

exercise.knob(
    _loss,
    "end_does_not_count",
    "The last word of each sentence, EOS, does not count in your loss. A network that is never asked for it never "
    "learns to stop.",
    counts=lambda mask: mask[:, 1:] & np.concatenate([mask[:, 2:], np.zeros_like(mask[:, :1])], axis=1),
)

exercise.knob(
    _loss,
    "mean_of_means",
    "You take the mean of each sentence, and then of the sentences. Here every word has the same weight, in short "
    "sentences and in long ones.",
    mean=lambda costs, counts: ((costs * counts).sum(axis=1) / counts.sum(axis=1)).mean(),
)

exercise.knob(
    _loss,
    "sum_for_mean",
    "You return the sum. Divide by the number of words that are predicted, or a larger batch is a larger loss.",
    mean=lambda costs, counts: (costs * counts).sum(),
)

exercise.knob(
    _loss,
    "divided_by_all_places",
    "Padding costs nothing in your sum, but it is counted when you divide.",
    mean=lambda costs, counts: (costs * counts).mean(),
)

exercise.knob(
    _loss,
    "state_not_carried",
    "Each of your steps begins from the first state, so the decoder knows one word of what was written. What a step "
    "returns is where the next begins.",
    carry=lambda first, state: first,
)

exercise.knob(
    _loss,
    "in_bits",
    "Your loss is in bits. It is wanted in nats, with the natural logarithm.",
    base=math.log(2.0),
)

exercise.knob(
    _loss, "other_sign", "Your loss has the other sign: it should fall when the right words get likelier.", base=-1.0
)


@exercise.mistake(
    "At each step your decoder reads a word and is asked for that word, the last one included. What it is asked for is "
    "the word that comes next, so that of T words T - 1 are read."
)
def targets_not_shifted(decoder, state, targets, mask):
    costs = []
    for tokens in targets.T:
        scores, state = decoder(tokens, state)
        costs.append(-np.take_along_axis(log_softmax(scores), tokens[:, None], axis=1)[:, 0])
    return np.array((np.stack(costs, axis=1) * mask).sum() / mask.sum())


exercise.knob(
    _loss,
    "sum_for_each_sentence",
    "You add up the words of each sentence and divide by the number of sentences. Divide by the number of words that "
    "are predicted.",
    mean=lambda costs, counts: (costs * counts).sum() / len(counts),
)


@exercise.mistake("You divide by all words, BOS included. BOS is never predicted, so it does not count.")
def divided_by_all_words(decoder, state, targets, mask):
    return _loss(decoder, state, targets, mask) * mask[:, 1:].sum() / mask.sum()


@exercise.mistake("You ask the ids what is padding. Only the mask says it: what stands behind a sentence is anything.")
def padding_from_the_ids(decoder, state, targets, mask):
    return _loss(decoder, state, targets, targets != 0)


@exercise.mistake("You return a perplexity. The loss is the mean surprise itself, without exp.")
def perplexity_for_loss(decoder, state, targets, mask):
    return np.exp(_loss(decoder, state, targets, mask))


exercise.knob(
    _loss,
    "mean_of_steps",
    "You take the mean of each step, and then of the steps. Late steps have few words, so these count for more than "
    "the others. Here every word has the same weight.",
    mean=lambda costs, counts: ((costs * counts).sum(axis=0) / counts.sum(axis=0)).mean(),
)

exercise.knob(
    _loss,
    "first_word_not_asked_for",
    "Your decoder is never asked for the first word after BOS. It has to begin a sentence, too.",
    counts=lambda mask: mask[:, 1:] & (np.arange(mask.shape[1] - 1) > 0),
)


@exercise.mistake(
    "You take a softmax before the cross entropy, which takes one itself. Hand it the scores as the decoder gives them."
)
def softmax_twice(decoder, state, targets, mask):
    def normalised(tokens, state):
        scores, state = decoder(tokens, state)
        return np.exp(log_softmax(scores)), state

    return _loss(normalised, state, targets, mask)


@exercise.mistake(
    "Your decoder reads the very word that it is asked for. It reads the words before it, from BOS on, and no more."
)
def reads_the_answer(decoder, state, targets, mask):
    early = np.concatenate([targets[:, 1:], targets[:, -1:]], axis=1)
    return _loss(decoder, state, early, mask, predicted=lambda _: targets[:, 1:])


@exercise.mistake("You score BOS as well, after reading it. It is read and never asked for: T - 1 words are predicted.")
def start_asked_for(decoder, state, targets, mask):
    first, _ = decoder(targets[:, 0], state)
    all_scores = [first]
    for t in range(targets.shape[1] - 1):
        scores, state = decoder(targets[:, t], state)
        all_scores.append(scores)
    costs = -np.take_along_axis(log_softmax(np.stack(all_scores, axis=1)), targets[:, :, None], axis=2)[:, :, 0]
    return np.array((costs * mask).sum() / mask.sum())


@exercise.mistake("Only the last step counts in your loss. All predicted words do.")
def last_step_alone(decoder, state, targets, mask):
    for t in range(targets.shape[1] - 2):
        _, state = decoder(targets[:, t], state)
    scores, _ = decoder(targets[:, -2], state)
    costs = -np.take_along_axis(log_softmax(scores), targets[:, -1:], axis=1)
    return np.array(costs.mean())


@exercise.mistake("Your decoder reads BOS at every step. At each it reads the right word before the one it predicts.")
def start_read_at_every_step(decoder, state, targets, mask):
    def always(tokens, now):
        return decoder(targets[:, 0], now)

    return _loss(always, state, targets, mask)


exercise.knob(
    _loss,
    "reads_what_it_is_asked_for",
    "Your decoder is asked for the word that it has just read, under the mask of that word. After reading word t it "
    "should be asked for word t + 1.",
    predicted=lambda targets: targets[:, :-1],
    counts=lambda mask: mask[:, :-1],
)
