"""Exercise `run-epoch`."""

from functools import partial
from typing import Any

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from rnncore.functional.base import map_tree
from rnncore.functional.cells import RNNParams, RNNState
from rnncore.functional.learning import (
    Network,
    SentenceBatch,
    Settings,
    clip_by_norm,
    clip_by_value,
    run_epoch,
    sequence_cross_entropy,
    sequence_cross_entropy_backward,
)
from rnncore.functional.sequence import dropout_mask

exercise = Exercise("run-epoch", "A training that does not learn", run_epoch)

_PARTS = "the losses", "the weights"
_V, _H = 5, 3
_PLAIN = Settings(learning_rate=0.5, max_norm=1e6, dropout=0.0)


# A network of one layer whose hidden states are the scores. Values and gradients are torch's.


def _states(ids, h, weights, keep):
    """The scores of all steps and the last state."""
    shown = []
    for t in range(ids.shape[1]):
        h = torch.tanh(weights[0][ids[:, t]] + h @ weights[1] + weights[2])
        shown.append(h)
    return keep * torch.stack(shown, 1), h


def _forward(ids, state, weights, keep):
    tensors = [torch.as_tensor(array) for array in (*weights, *state, ids, keep)]
    scores, last = _states(tensors[4], tensors[3], tensors[:3], tensors[5])
    return scores.numpy(), RNNState(last.numpy()), (ids, state, weights, keep)


def _backward(dscores, cache):
    ids, state, weights, keep = cache
    leaves = [torch.tensor(array, requires_grad=True) for array in weights]
    scores, _ = _states(torch.as_tensor(ids), torch.as_tensor(state[0]), leaves, torch.as_tensor(keep))
    gradients = torch.autograd.grad(scores, leaves, torch.as_tensor(dscores))
    return RNNParams(*(gradient.numpy() for gradient in gradients))


_NETWORK = Network(_forward, _backward)


def _expected(batches, weights, state, settings, training):
    """The oracle: sentence by sentence, word by word, with torch's gradients and its clipping."""
    leaves, losses = [torch.tensor(array, requires_grad=True) for array in weights], []
    for batch in batches:
        costs = []
        for b in range(batch.ids.shape[1]):
            n = int(batch.mask[:, b].sum())
            noise = torch.tensor(batch.noise[b : b + 1, :n])
            dropout = settings.dropout if training else 0.0
            keep = (noise >= dropout).to(noise.dtype) / (1 - dropout)
            ids = torch.tensor(batch.ids[None, :n, b])
            scores, _ = _states(ids, torch.tensor(state.h[b : b + 1]), leaves, keep)
            right = torch.tensor(batch.tags[:n, b])
            costs.append(torch.nn.functional.cross_entropy(scores[0], right, reduction="none"))
        loss = torch.cat(costs).mean()
        losses.append(loss.item())
        if training:
            gradients = torch.autograd.grad(loss, leaves)
            norm = torch.cat([g.flatten() for g in gradients]).norm()
            factor = settings.learning_rate * min(1.0, settings.max_norm / norm.item())
            moved = [leaf.detach() - factor * g for leaf, g in zip(leaves, gradients, strict=True)]
            leaves = [leaf.requires_grad_() for leaf in moved]
    return losses, RNNParams(*(leaf.detach().numpy() for leaf in leaves))


def _draw(rng: np.random.Generator, batches: list[list[int]], T: int) -> tuple[Any, ...]:
    """Batches of sentences of these lengths, padded to T steps; weights; the empty state."""
    drawn = []
    for lengths in batches:
        shape = (T, len(lengths))
        mask = np.arange(T)[:, None] < np.array(lengths)
        tags, noise = rng.integers(0, _H, size=shape), rng.random((len(lengths), T, _H))
        drawn.append(SentenceBatch(np.where(mask, rng.integers(1, _V, size=shape), 0), tags, mask, noise))
    weights = RNNParams(rng.normal(size=(_V, _H)), rng.normal(size=(_H, _H)), rng.normal(size=_H))
    return drawn, weights, RNNState(np.zeros((len(batches[0]), _H)))


def _run(student: StudentFunction, drawn: tuple[Any, ...], settings: Settings, training: bool, hint: str) -> None:
    batches, weights, state = drawn
    losses, moved = expect_parts(student(_NETWORK, batches, weights, state, settings, training), *_PARTS)
    want_losses, want_weights = _expected(batches, weights, state, settings, training)
    expect_same(losses, want_losses, _PARTS[0], hint)
    expect_same(moved, want_weights, _PARTS[1], hint)


@exercise.check("padding costs nothing", points=0.65)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    drawn = _draw(rng, [[3]], 6)
    _run(student, drawn, _PLAIN, True, "One sentence of three words in a row of six: which steps are asked for?")


@exercise.check("every batch begins with the empty state", points=0.65)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    drawn = _draw(rng, [[4], [4], [4]], 4)
    _run(student, drawn, _PLAIN, False, "Three batches that know nothing of each other.")


@exercise.check("sentences stay together", points=0.65)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    drawn = _draw(rng, [[4, 4, 4]], 4)
    _run(student, drawn, _PLAIN, True, "Three sentences of four words, time first; the network wants (B, T).")


@exercise.check("long gradients are shortened", points=0.65)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    drawn = _draw(rng, [[4], [4]], 4)
    settings = _PLAIN._replace(max_norm=0.05)
    _run(student, drawn, settings, True, "No step may be longer than the learning rate times the greatest norm.")


@exercise.check("nothing is dropped in evaluation", points=0.65)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    drawn = _draw(rng, [[5]], 5)
    _run(student, drawn, _PLAIN._replace(dropout=0.5), False, "Dropout is for training.")


@exercise.check("all of it at once", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    batches, weights, empty = _draw(rng, [[2, 5, 4]], 5)
    batches += _draw(rng, [[4, 1, 3]], 4)[0]
    batches = [batch._replace(ids=rng.integers(_V, size=batch.ids.shape)) for batch in batches]
    drawn = batches, weights, RNNState(empty.h + 0.5 * rng.normal(size=empty.h.shape))
    settings = Settings(learning_rate=0.5, max_norm=0.1, dropout=0.4)
    for training in (True, False):
        hint = "Everything together: padding, three sentences, dropout, clipping, and a first state that is given."
        _run(student, drawn, settings, training, hint)


exercise.leaves_inputs(0.25)


def _transposed(array):
    return array.T


def _reshaped(array):
    return array.reshape(array.T.shape)


def _clipped(gradients, max_norm):
    return clip_by_norm(gradients, max_norm)[0]


def _epoch(
    network,
    batches,
    weights,
    state,
    settings,
    training,
    turn=_transposed,
    turn_tags=None,
    turn_mask=None,
    counts=None,
    counts_back=None,
    keep_state=False,
    shorten=_clipped,
    drops=lambda training: training,
    holes=dropout_mask,
    learns=lambda training: training,
    cost=sequence_cross_entropy,
    rate=lambda settings: settings.learning_rate,
):
    """The pass with its parts laid open."""
    losses = []
    for batch in batches:
        ids, tags, mask = turn(batch.ids), (turn_tags or turn)(batch.tags), (turn_mask or turn)(batch.mask)
        mask = mask if counts is None else counts(mask)
        keep = holes(batch.noise, settings.dropout if drops(training) else 0.0)
        scores, last, cache = network.forward(ids, state, weights, keep)
        state = last if keep_state else state
        losses.append(cost(scores, tags, mask))
        if learns(training):
            mask = mask if counts_back is None else counts_back(mask)
            gradients = network.backward(sequence_cross_entropy_backward(scores, tags, mask), cache)
            step = partial(_step, rate=rate(settings))
            weights = map_tree(step, weights, shorten(gradients, settings.max_norm))
    return losses, weights


def _step(w, g, rate):
    return w - rate * g


exercise.knob(
    _epoch,
    "padding_costs",
    "Your loss counts the padding. The network is paid for tagging nothing, and the loss looks better than it is.",
    counts=np.ones_like,
)
exercise.knob(
    _epoch,
    "padding_teaches",
    "Your loss leaves the padding out, but its gradient does not: the network is still trained on PAD. The mask "
    "belongs in both.",
    counts_back=np.ones_like,
)
exercise.knob(
    _epoch,
    "state_leaks",
    "A batch begins where the one before stopped: its sentences start with a memory of strangers. Who overwrites the "
    "empty state?",
    keep_state=True,
)
exercise.knob(
    _epoch,
    "reshaped",
    "You change (T, B) to (B, T) by cutting the numbers anew, so a row holds words of many sentences. Two axes are to "
    "change places.",
    turn=_reshaped,
)
exercise.knob(
    _epoch,
    "not_clipped",
    "Your gradients go into the step as long as they are. One steep place, and the weights are far away.",
    shorten=lambda gradients, max_norm: gradients,
)
exercise.knob(
    _epoch,
    "drops_in_evaluation",
    "You drop units in evaluation too, so you judge a network with holes in it, and get another answer each time.",
    drops=lambda training: True,
)


@exercise.mistake("This is the patient as it came in. Take one symptom of the check after the other.")
def the_patient(network, batches, weights, state, settings, training):
    return _epoch(
        network,
        batches,
        weights,
        state,
        settings,
        training,
        turn=_reshaped,
        counts=np.ones_like,
        keep_state=True,
        shorten=lambda gradients, max_norm: gradients,
        drops=lambda training: True,
    )


exercise.knob(
    _epoch,
    "clipped_by_value",
    "You cut the entries of the gradient, one by one. That turns its direction; `max_norm` is the length of all of it.",
    shorten=clip_by_value,
)
exercise.knob(
    _epoch,
    "each_array_clipped",
    "You shorten each array of the gradient by itself. The length is that of all arrays together.",
    shorten=lambda gradients, max_norm: map_tree(lambda g: _clipped(g, max_norm), gradients),
)
exercise.knob(
    _epoch,
    "always_shortened",
    "You bring every gradient to the greatest length, short ones too. Only what is longer is shortened.",
    shorten=lambda gradients, max_norm: map_tree(
        lambda g: g * max_norm / np.sqrt(sum(np.sum(part * part) for part in gradients)), gradients
    ),
)
exercise.knob(
    _epoch,
    "never_drops",
    "You never drop units. In evaluation that is right; in training the rate of the settings counts.",
    drops=lambda training: False,
)
exercise.knob(
    _epoch,
    "drops_the_wrong_way_round",
    "You drop units in evaluation and none in training. It is the other way round.",
    drops=lambda training: not training,
)
exercise.knob(
    _epoch,
    "learns_in_evaluation",
    "You change the weights in evaluation too. What was trained on is no test any more.",
    learns=lambda training: True,
)
exercise.knob(
    _epoch,
    "climbs",
    "Your step goes uphill: the loss grows. Against the gradient it falls.",
    rate=lambda settings: -settings.learning_rate,
)
exercise.knob(
    _epoch,
    "no_learning_rate",
    "Your step is the gradient as it is. How large a step is, says the learning rate of the settings.",
    rate=lambda settings: 1.0,
)
exercise.knob(
    _epoch,
    "tags_reshaped",
    "Your words are turned round rightly, but your tags are cut anew, so a word meets another word's tag.",
    turn_tags=_reshaped,
)
exercise.knob(
    _epoch,
    "summed_loss",
    "Your losses are sums over the words. `sequence_cross_entropy` gives the mean already.",
    cost=lambda scores, tags, mask: mask.sum() * sequence_cross_entropy(scores, tags, mask),
)
exercise.knob(
    _epoch,
    "not_scaled",
    "You drop units, but do not scale up those that stay, so in evaluation every sum is larger than in training. "
    "`dropout_mask` of Unit 7 does both.",
    holes=lambda noise, dropout: (noise >= dropout).astype(noise.dtype),
)


@exercise.mistake("You begin with zeros of your own. The state that each batch begins with is handed in.")
def state_of_its_own(network, batches, weights, state, settings, training):
    return _epoch(network, batches, weights, map_tree(np.zeros_like, state), settings, training)


@exercise.mistake(
    "You ask for a batch's loss after its step. The loss before it is asked for: what the network knew then."
)
def loss_after_the_step(network, batches, weights, state, settings, training):
    losses = []
    for batch in batches:
        _, weights = run_epoch(network, [batch], weights, state, settings, training)
        losses += run_epoch(network, [batch], weights, state, settings, False)[0]
    return losses, weights


@exercise.mistake("You leave out the last batch.")
def last_batch_left_out(network, batches, weights, state, settings, training):
    return run_epoch(network, batches[:-1], weights, state, settings, training)


@exercise.mistake(
    "You collect the gradients and take one step at the end of the epoch. A step is taken after each batch, and the "
    "next batch meets the new weights."
)
def one_step_an_epoch(network, batches, weights, state, settings, training):
    losses, total = [], map_tree(np.zeros_like, weights)
    for batch in batches:
        loss, moved = run_epoch(network, [batch], weights, state, settings, training)
        total = map_tree(lambda sum_, new, old: sum_ + new - old, total, moved, weights)
        losses += loss
    return losses, map_tree(np.add, weights, total)


@exercise.mistake("You return one number for all losses. A list is asked for, with one for each batch.")
def mean_loss(network, batches, weights, state, settings, training):
    losses, weights = run_epoch(network, batches, weights, state, settings, training)
    return float(np.mean(losses)), weights


@exercise.mistake("You return the weights that you were given. The trained ones are asked for.")
def old_weights(network, batches, weights, state, settings, training):
    return run_epoch(network, batches, weights, state, settings, training)[0], weights


exercise.knob(
    _epoch,
    "mask_reshaped",
    "Your words are turned round rightly, but your mask is cut anew, so it leaves out words and lets padding in.",
    turn_mask=_reshaped,
)


@exercise.mistake(
    "In evaluation you scale what the network says down by 1 - dropout. Inverted dropout has scaled it up in training: "
    "in evaluation nothing is left to do."
)
def scaled_down_in_evaluation(network, batches, weights, state, settings, training):
    def forward(ids, state, weights, keep):
        return network.forward(ids, state, weights, keep if training else keep * (1.0 - settings.dropout))

    return _epoch(Network(forward, network.backward), batches, weights, state, settings, training)


@exercise.mistake(
    "Your gradients add up from batch to batch, as torch's do where nobody clears them. Each step is taken along the "
    "gradient of its own batch."
)
def gradients_never_cleared(network, batches, weights, state, settings, training):
    seen = []

    def shorten(gradients, max_norm):
        seen.append(gradients)
        return _clipped(map_tree(lambda *parts: sum(parts), *seen), max_norm)

    return _epoch(network, batches, weights, state, settings, training, shorten=shorten)


@exercise.mistake(
    "You shorten the step, learning rate and all. The gradient is shortened; then the learning rate multiplies it."
)
def step_clipped(network, batches, weights, state, settings, training):
    def shorten(gradients, max_norm):
        return _clipped(gradients, max_norm / settings.learning_rate)

    return _epoch(network, batches, weights, state, settings, training, shorten=shorten)
