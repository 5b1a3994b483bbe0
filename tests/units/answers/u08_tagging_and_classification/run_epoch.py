"""Answers to `run_epoch`."""

import numpy as np

from rnncore.functional.base import leaves, log_softmax, map_tree, one_hot, zeros_like
from rnncore.functional.learning import clip_by_norm, sequence_cross_entropy, sequence_cross_entropy_backward
from rnncore.functional.sequence import dropout_mask
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def by_hand(network, batches, weights, state, settings, training):
    losses = []
    for words, tags, mask, noise in batches:
        keep = np.ones_like(noise)
        if training and settings.dropout > 0:
            keep = np.where(noise < settings.dropout, 0.0, 1 / (1 - settings.dropout))
        scores, _, cache = network.forward(np.swapaxes(words, 0, 1), state, weights, keep)
        right = one_hot(tags.T * mask.T, scores.shape[-1]) * mask.T[..., None]
        losses.append(-np.sum(right * log_softmax(scores)) / mask.sum())
        if not training:
            continue
        p = np.exp(log_softmax(scores))
        gradients = network.backward((p - right) * mask.T[..., None] / mask.sum(), cache)
        norm = np.sqrt(sum(np.sum(part**2) for part in leaves(gradients)))
        step = settings.learning_rate * min(1.0, settings.max_norm / norm)
        weights = map_tree(lambda w, g, step=step: w - step * g, weights, gradients)
    return losses, weights


@answers.is_right
def one_after_the_other(network, batches, weights, state, settings, training):
    def one(batch, weights):
        ids, tags, mask = (np.einsum("tb->bt", part).copy() for part in batch[:3])
        rate = settings.dropout * bool(training)
        scores, _, cache = network.forward(ids, state, weights, dropout_mask(batch.noise, rate))
        loss = sequence_cross_entropy(scores, tags, mask)
        if training:
            dscores = sequence_cross_entropy_backward(scores, tags, mask)
            clipped, _ = clip_by_norm(network.backward(dscores, cache), settings.max_norm)
            steps = map_tree(lambda g: -settings.learning_rate * g, clipped)
            weights = map_tree(np.add, weights, steps)
        return loss, weights

    losses = []
    for batch in batches:
        loss, weights = one(batch, weights)
        losses.append(loss)
    return losses, weights


def _epoch(
    network,
    batches,
    weights,
    state,
    settings,
    training,
    turn=np.transpose,
    masked=True,
    leak=False,
    clip=clip_by_norm,
    rate=lambda settings, training: settings.dropout if training else 0.0,
    keep=dropout_mask,
    loss=sequence_cross_entropy,
    step=lambda w, g, rate: w - rate * g,
):
    losses = []
    for batch in batches:
        ids, tags, mask = map(turn, batch[:3])
        if not masked:
            mask = np.ones_like(mask)
        scores, last, cache = network.forward(ids, state, weights, keep(batch.noise, rate(settings, training)))
        if leak:
            state = last
        losses.append(loss(scores, tags, mask))
        if training:
            dscores = sequence_cross_entropy_backward(scores, tags, mask)
            gradients, _ = clip(network.backward(dscores, cache), settings.max_norm)
            weights = map_tree(lambda w, g: step(w, g, settings.learning_rate), weights, gradients)
    return losses, weights


def _rows_cut_anew(part):
    return part.reshape(part.shape[::-1])


@answers.is_wrong("padding_costs")
def padding_costs(*args):
    return _epoch(*args, masked=False)


@answers.is_wrong("state_leaks")
def remembers(*args):
    return _epoch(*args, leak=True)


@answers.is_wrong("reshaped")
def reshaped(*args):
    return _epoch(*args, turn=_rows_cut_anew)


@answers.is_wrong("not_clipped")
def no_limit(*args):
    return _epoch(*args, clip=lambda gradients, limit: (gradients, 0.0))


@answers.is_wrong("drops_in_evaluation")
def drops_always(*args):
    return _epoch(*args, rate=lambda settings, training: settings.dropout)


@answers.is_wrong("never_drops")
def drops_never(*args):
    return _epoch(*args, rate=lambda settings, training: 0.0)


@answers.is_wrong("drops_the_wrong_way_round")
def drops_in_evaluation_only(*args):
    return _epoch(*args, rate=lambda settings, training: 0.0 if training else settings.dropout)


@answers.is_wrong()
def learns_in_evaluation(network, batches, weights, state, settings, training):
    losses, _ = _epoch(network, batches, weights, state, settings, training)
    _, weights = _epoch(network, batches, weights, state, settings, True)
    return losses, weights


@answers.is_wrong("old_weights")
def never_learns(network, batches, weights, state, settings, training):
    losses, _ = _epoch(network, batches, weights, state, settings, training)
    return losses, weights


@answers.is_wrong("each_array_clipped")
def clipped_part_by_part(*args):
    def clip(gradients, limit):
        return map_tree(lambda g: clip_by_norm(g, limit)[0], gradients), 0.0

    return _epoch(*args, clip=clip)


@answers.is_wrong("clipped_by_value")
def clipped_by_value(*args):
    return _epoch(*args, clip=lambda gs, limit: (map_tree(lambda g: np.clip(g, -limit, limit), gs), 0.0))


@answers.is_wrong("always_shortened")
def always_of_full_length(*args):
    def clip(gradients, limit):
        _, norm = clip_by_norm(gradients, limit)
        return map_tree(lambda g: g * limit / norm, gradients), norm

    return _epoch(*args, clip=clip)


@answers.is_wrong("climbs")
def uphill(*args):
    return _epoch(*args, step=lambda w, g, rate: w + rate * g)


@answers.is_wrong("no_learning_rate")
def learning_rate_forgotten(*args):
    return _epoch(*args, step=lambda w, g, rate: w - g)


@answers.is_wrong("in_place")
def in_place(*args):
    def step(w, g, rate):
        w -= rate * g
        return w

    return _epoch(*args, step=step)


@answers.is_wrong("mean_loss")
def one_loss(*args):
    losses, weights = _epoch(*args)
    return np.mean(losses), weights


@answers.is_wrong("summed_loss")
def sum_of_the_words(*args):
    return _epoch(*args, loss=lambda scores, tags, mask: sequence_cross_entropy(scores, tags, mask) * mask.sum())


@answers.is_wrong("tags_reshaped")
def only_tags_turned_wrongly(network, batches, weights, state, settings, training):
    turned = [batch._replace(tags=_rows_cut_anew(batch.tags).T) for batch in batches]
    return _epoch(network, turned, weights, state, settings, training)


@answers.is_wrong("last_batch_left_out")
def the_last_batch_forgotten(network, batches, weights, state, settings, training):
    return _epoch(network, batches[:-1], weights, state, settings, training)


@answers.is_wrong("not_scaled")
def dropped_without_scaling(*args):
    def keep(noise, rate):
        return (noise >= rate).astype(noise.dtype)

    return _epoch(*args, keep=keep)


@answers.is_wrong()
def keeps_what_it_should_drop(*args):
    return _epoch(*args, keep=lambda noise, rate: dropout_mask(1 - noise, rate))


@answers.is_wrong()
def noise_of_its_own(*args):
    return _epoch(*args, keep=lambda noise, rate: dropout_mask(np.random.default_rng(0).random(noise.shape), rate))


@answers.is_wrong("state_of_its_own")
def zero_state(network, batches, weights, state, settings, training):
    return _epoch(network, batches, weights, map_tree(zeros_like, state), settings, training)


@answers.is_wrong("loss_after_the_step")
def loss_after_the_step(network, batches, weights, state, settings, training):
    losses = []
    for batch in batches:
        before, weights = _epoch(network, [batch], weights, state, settings, training)
        after, _ = _epoch(network, [batch], weights, state, settings, False)
        losses += after if training else before
    return losses, weights


@answers.is_wrong("one_step_an_epoch")
def all_gradients_at_the_first_weights(network, batches, weights, state, settings, training):
    first, losses = weights, []
    for batch in batches:
        loss, moved = _epoch(network, [batch], first, state, settings, training)
        losses += loss
        weights = map_tree(lambda w, m, f: w + m - f, weights, moved, first)
    return losses, weights


@answers.is_wrong("padding_teaches")
def mask_in_the_loss_alone(network, batches, weights, state, settings, training):
    losses = []
    for batch in batches:
        ids, tags, mask = batch.ids.T, batch.tags.T, batch.mask.T
        keep = dropout_mask(batch.noise, settings.dropout if training else 0.0)
        scores, _, cache = network.forward(ids, state, weights, keep)
        losses.append(sequence_cross_entropy(scores, tags, mask))
        if training:
            dscores = sequence_cross_entropy_backward(scores, tags, np.ones(tags.shape, dtype=bool))
            gradients, _ = clip_by_norm(network.backward(dscores, cache), settings.max_norm)
            weights = map_tree(lambda w, g: w - settings.learning_rate * g, weights, gradients)
    return losses, weights


@answers.is_wrong("mask_reshaped")
def only_the_mask_turned_wrongly(network, batches, weights, state, settings, training):
    turned = [batch._replace(mask=_rows_cut_anew(batch.mask).T) for batch in batches]
    return _epoch(network, turned, weights, state, settings, training)


@answers.is_wrong("scaled_down_in_evaluation")
def smaller_in_evaluation(*args):
    *_, training = args
    return _epoch(*args, keep=lambda noise, p: dropout_mask(noise, p) * (1.0 if training else 1 - args[4].dropout))


@answers.is_wrong("axis")
def losses_with_an_axis(*args):
    losses, weights = by_hand(*args)
    return [np.array([loss]) for loss in losses], weights
