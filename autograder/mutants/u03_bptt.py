"""Wrong losses and wrong ways back through time, and what leads to them."""

import numpy as np

from autograder.checking.mutants import Mutants
from rnncore.functional.base.activations import softmax
from rnncore.functional.base.classes import one_hot
from rnncore.functional.base.log_space import log_softmax
from rnncore.functional.cells import RNNParams, RNNState
from rnncore.functional.learning.gradient_check import central_difference as right_difference
from rnncore.functional.learning.gradient_check import relative_error
from rnncore.functional.sequence.layouts import ReadoutParams

sequence_cross_entropy = Mutants()


def _cost(scores, targets, mask, of=None):
    """What each step costs, (B, T); zero where the mask is false."""
    scores, targets = np.where(mask[:, :, None], scores, 0.0), np.where(mask, targets, 0)
    each = -log_softmax(scores) if of is None else of(scores)
    return mask * np.take_along_axis(each, targets[:, :, None], axis=2)[:, :, 0]


@sequence_cross_entropy.add(
    "Your loss counts the padding too. Where the mask is false, no step was asked for, and none may cost anything."
)
def mask_ignored(scores, targets, mask):
    targets = np.clip(targets, 0, scores.shape[2] - 1)
    return np.mean(_cost(scores, targets, np.ones_like(mask)))


@sequence_cross_entropy.add(
    "You divide by B times T, as if all sequences were equally long. Divide by the number of steps that count."
)
def divided_by_all_steps(scores, targets, mask):
    return np.mean(_cost(scores, targets, mask))


@sequence_cross_entropy.add(
    "You take the mean of each sequence, and then the mean of those, so a step of a short sequence weighs more. Every "
    "step that counts weighs the same."
)
def mean_of_means(scores, targets, mask):
    return np.mean(_cost(scores, targets, mask).sum(axis=1) / np.maximum(mask.sum(axis=1), 1))


@sequence_cross_entropy.add("Your loss is the sum over the steps that count. It should be their mean.")
def summed(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask))


@sequence_cross_entropy.add(
    "Your loss is negative. The logarithm of a probability is at most 0; the surprise is minus that."
)
def without_minus(scores, targets, mask):
    return -np.sum(_cost(scores, targets, mask)) / np.sum(mask)


@sequence_cross_entropy.add("Your loss is in bits: you took the logarithm to base 2. Nats are asked for.")
def in_bits(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask)) / np.sum(mask) / np.log(2.0)


@sequence_cross_entropy.add(
    "Your loss is what is missing to a probability of 1, and takes no logarithm. To be sure and wrong costs no more "
    "than 1 then."
)
def missing_probability(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask, of=lambda y: 1.0 - softmax(y))) / np.sum(mask)


@sequence_cross_entropy.add(
    "You take the score of the right class itself. Softmax makes probabilities of scores, and then comes the logarithm."
)
def bare_scores(scores, targets, mask):
    return np.sum(_cost(scores, targets, mask, of=np.negative)) / np.sum(mask)


sequence_cross_entropy_backward = Mutants()


def _dscores(scores, targets, mask, of=None, divide_by=None):
    """The gradient of the scores with its parts laid open."""
    scores = np.where(mask[:, :, None], scores, 0.0)
    p, right = softmax(scores), one_hot(np.where(mask, targets, 0), scores.shape[2])
    each = p - right if of is None else of(p, right, scores)
    return mask[:, :, None] * each / (np.sum(mask) if divide_by is None else divide_by)


@sequence_cross_entropy_backward.add(
    "Your gradient is not divided by the number of steps that count. The loss is a mean, and so is its gradient."
)
def not_divided(scores, targets, mask):
    return _dscores(scores, targets, mask, divide_by=1.0)


@sequence_cross_entropy_backward.add(
    "You divide by B times T. The loss is divided by the number of steps that count, and so is its gradient."
)
def gradient_divided_by_all_steps(scores, targets, mask):
    return _dscores(scores, targets, mask, divide_by=mask.size)


@sequence_cross_entropy_backward.add("Your gradient is not zero in the padding. What costs nothing has no gradient.")
def padding_has_a_gradient(scores, targets, mask):
    p, right = softmax(scores), one_hot(targets, scores.shape[2])
    return (p - right) / np.sum(mask)


@sequence_cross_entropy_backward.add(
    "Your gradient has the wrong sign. A higher score of the right class makes the loss smaller, so its gradient is "
    "negative."
)
def turned_round(scores, targets, mask):
    return -_dscores(scores, targets, mask)


@sequence_cross_entropy_backward.add(
    "Only the right class has a gradient. The scores of all classes are in the sum that softmax divides by."
)
def right_class_only(scores, targets, mask):
    return _dscores(scores, targets, mask, of=lambda p, right, y: right * (p - 1.0))


@sequence_cross_entropy_backward.add(
    "Your gradient has the scores where the probabilities belong. Apply softmax first."
)
def scores_for_probabilities(scores, targets, mask):
    return _dscores(scores, targets, mask, of=lambda p, right, y: y - right)


@sequence_cross_entropy_backward.add(
    "You stopped at the gradient with respect to the probability. The scores lie one function further back, behind "
    "the softmax."
)
def gradient_of_the_probability(scores, targets, mask):
    return _dscores(scores, targets, mask, of=lambda p, right, y: -right / p)


@sequence_cross_entropy_backward.add(
    "You multiply by the derivative p (1 - p) once more. It is already in p less the one-hot target, which is the "
    "gradient with respect to the scores."
)
def softmax_twice(scores, targets, mask):
    return _dscores(scores, targets, mask, of=lambda p, right, y: (p - right) * p * (1.0 - p))


central_difference = Mutants()


def _moved(arrays, name, index, step):
    array = arrays[name].copy()
    array[index] += step
    return arrays | {name: array}


@central_difference.add(
    "You compare with the loss at w itself: a forward difference. Its error falls with eps, that of the central one "
    "with the square of eps."
)
def forward_difference(loss, arrays, name, index, eps=1e-5):
    return (loss(_moved(arrays, name, index, eps)) - loss(arrays)) / eps


@central_difference.add("You divide by eps. From w - eps to w + eps it is twice as far.")
def divided_by_eps(loss, arrays, name, index, eps=1e-5):
    return 2.0 * right_difference(loss, arrays, name, index, eps)


@central_difference.add("You do not divide by the distance. A slope is a change of the loss for each unit of w.")
def not_a_slope(loss, arrays, name, index, eps=1e-5):
    return 2.0 * eps * right_difference(loss, arrays, name, index, eps)


@central_difference.add("Your slope has the wrong sign: the loss above comes first, the loss below is taken off.")
def below_less_above(loss, arrays, name, index, eps=1e-5):
    return -right_difference(loss, arrays, name, index, eps)


@central_difference.add("You move all entries of the array at once. Only the entry at the index is asked for.")
def whole_array(loss, arrays, name, index, eps=1e-5):
    return forward_and_back(loss, arrays, name, ..., eps)


def forward_and_back(loss, arrays, name, index, eps):
    return (loss(_moved(arrays, name, index, eps)) - loss(_moved(arrays, name, index, -eps))) / (2.0 * eps)


@central_difference.add("You move the first entry of the array, whichever is asked for. The index says which.")
def first_entry(loss, arrays, name, index, eps=1e-5):
    return forward_and_back(loss, arrays, name, (0,) * len(index), eps)


@central_difference.add("You move the entry by 1e-5, whatever eps is. How far it is moved is an argument.")
def eps_ignored(loss, arrays, name, index, eps=1e-5):
    return right_difference(loss, arrays, name, index)


@central_difference.add("You move the entry by eps times itself. It is moved by eps, whatever its size.")
def moved_in_proportion(loss, arrays, name, index, eps=1e-5):
    step = eps * arrays[name][index]
    return (loss(_moved(arrays, name, index, step)) - loss(_moved(arrays, name, index, -step))) / (2.0 * eps)


gradient_check = Mutants()


def _differences(loss, arrays, name, eps):
    array = arrays[name]
    entries = [right_difference(loss, arrays, name, index, eps) for index in np.ndindex(*array.shape)]
    return np.reshape(entries, array.shape)


def _compared(loss, arrays, gradients, eps, compare):
    return {name: compare(gradients[name], _differences(loss, arrays, name, eps)) for name in arrays}


@gradient_check.add(
    "Your error is a plain difference. An error of 0.001 is much for a gradient of 0.01 and nothing for one of 100: "
    "use relative_error."
)
def absolute_error(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: float(np.max(np.abs(a - b))))


@gradient_check.add("You compare the first entry of each array alone. Any entry may be wrong.")
def first_entry_only(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: relative_error(a.flat[0], b.flat[0]))


@gradient_check.add("You compare sizes without signs. A gradient of the wrong sign leads uphill.")
def signs_ignored(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: relative_error(np.abs(a), np.abs(b)))


@gradient_check.add(
    "You compare the gradients' directions alone, each divided by its length. One that is twice too large is wrong."
)
def directions_only(loss, arrays, gradients, eps=1e-5):
    return _compared(
        loss, arrays, gradients, eps, lambda a, b: relative_error(a / np.linalg.norm(a), b / np.linalg.norm(b))
    )


@gradient_check.add("Your error is a mean over the entries. One wrong entry among a thousand right ones hides in it.")
def mean_error(loss, arrays, gradients, eps=1e-5):
    def compare(a, b):
        return float(np.mean(np.abs(a - b)) / max(np.max(np.abs(a)), np.max(np.abs(b))))

    return _compared(loss, arrays, gradients, eps, compare)


@gradient_check.add("All arrays have the same error, the greatest of all. Each has its own, which tells where to look.")
def one_error_for_all(loss, arrays, gradients, eps=1e-5):
    errors = _compared(loss, arrays, gradients, eps, relative_error)
    return dict.fromkeys(errors, max(errors.values()))


@gradient_check.add("You say whether a gradient is right, as 0 or 1. Return its error; whoever asks sets the limit.")
def verdict_for_error(loss, arrays, gradients, eps=1e-5):
    return _compared(loss, arrays, gradients, eps, lambda a, b: float(relative_error(a, b) < 1e-6))


readout_backward = Mutants()


def _read_back(dys, h, params, gather=np.sum, weigh=None):
    """The gradients through a readout with their parts laid open."""
    rows, drows = h.reshape(-1, h.shape[-1]), dys.reshape(-1, dys.shape[-1])
    dW = rows.T @ drows if weigh is None else weigh(rows, drows)
    return dys @ params.W_y.T, ReadoutParams(dW, gather(drows, axis=0))


@readout_backward.add(
    "Your gradients of the weights are means over the steps. Every step uses the weights, and the effects add up."
)
def averaged_over_steps(dys, h, params):
    return _read_back(dys, h, params, gather=np.mean, weigh=lambda rows, drows: rows.T @ drows / len(rows))


@readout_backward.add(
    "Your gradients of the weights are those of the last row alone. Every step of every sequence has a part."
)
def last_row_only(dys, h, params):
    return _read_back(
        dys, h, params, gather=lambda drows, axis: drows[-1], weigh=lambda rows, drows: rows[-1:].T @ drows[-1:]
    )


@readout_backward.add("Your gradient of W_y is transposed. It has the shape of W_y, (H, K).")
def transposed(dys, h, params):
    return _read_back(dys, h, params, weigh=lambda rows, drows: drows.T @ rows)


@readout_backward.add(
    "Your gradient of the bias is the mean over the rows. The bias acts on each of them, and the effects add up."
)
def mean_for_bias(dys, h, params):
    return _read_back(dys, h, params, gather=np.mean)


@readout_backward.add(
    "Your gradient of the bias still has an axis for sequences or steps. There is one bias for all of them: sum."
)
def bias_not_summed(dys, h, params):
    return _read_back(dys, h, params)[0], ReadoutParams(_read_back(dys, h, params)[1].W_y, dys)


@readout_backward.add(
    "Your gradient of W_y sums the states and the gradients apart, and then multiplies. Each state belongs to the "
    "gradient of its own step: multiply first, then sum."
)
def summed_apart(dys, h, params):
    return _read_back(dys, h, params, weigh=lambda rows, drows: np.outer(rows.sum(axis=0), drows.sum(axis=0)))


@readout_backward.add("Your gradient of h is without the weights. Each output reached h through W_y.")
def weights_left_out(dys, h, params):
    total = np.sum(dys, axis=-1, keepdims=True)
    return total + 0.0 * h, _read_back(dys, h, params)[1]


rnn_step_backward = Mutants()


def _back(dstate, cache, da=None, gather=np.sum, **changed):
    """The backward step with its parts laid open."""
    x, h_prev, h, params = cache
    da = dstate.h * (1.0 - h * h) if da is None else da
    weights = RNNParams(x.T @ da, h_prev.T @ da, gather(da, axis=0))._replace(**changed)
    return da @ params.W_x.T, RNNState(da @ params.W_h.T), weights


@rnn_step_backward.add(
    "Your gradients are without the derivative of tanh. The weights act on what goes into the tanh, not on what comes "
    "out."
)
def no_tanh_derivative(dstate, cache):
    return _back(dstate, cache, da=dstate.h)


@rnn_step_backward.add(
    "You take the tanh a second time: h is already a tanh. Its derivative is told from h itself, by 1 - h²."
)
def tanh_twice(dstate, cache):
    return _back(dstate, cache, da=dstate.h * (1.0 - np.tanh(cache.h) ** 2))


@rnn_step_backward.add("Your derivative of tanh is 1 - h. The square is missing.")
def square_missing(dstate, cache):
    return _back(dstate, cache, da=dstate.h * (1.0 - cache.h))


@rnn_step_backward.add("Your derivative is that of the sigmoid, h (1 - h). The cell squashes with tanh.")
def sigmoid_derivative(dstate, cache):
    return _back(dstate, cache, da=dstate.h * cache.h * (1.0 - cache.h))


@rnn_step_backward.add(
    "Your derivative of tanh is taken at the state before the step. The tanh of this step made h, not h_prev."
)
def derivative_at_old_state(dstate, cache):
    return _back(dstate, cache, da=dstate.h * (1.0 - cache.h_prev**2))


@rnn_step_backward.add(
    "Your gradient of the state before is this step's da itself. On the way forward h_prev went through W_h."
)
def weights_not_passed(dstate, cache):
    dx, _, dparams = _back(dstate, cache)
    return dx, RNNState(dstate.h * (1.0 - cache.h**2)), dparams


@rnn_step_backward.add("You multiply by W_h as on the way forward. On the way back it is the transpose.")
def not_transposed(dstate, cache):
    dx, _, dparams = _back(dstate, cache)
    return dx, RNNState(dstate.h * (1.0 - cache.h**2) @ cache.params.W_h), dparams


@rnn_step_backward.add(
    "Your gradient of W_h is made with the new state. What W_h multiplied in this step was the state before."
)
def new_state_for_old(dstate, cache):
    da = dstate.h * (1.0 - cache.h**2)
    return _back(dstate, cache, W_h=cache.h.T @ da)


@rnn_step_backward.add(
    "Your gradient of the bias is the mean over the batch. The bias acts on every sequence, and the effects add up."
)
def mean_over_batch(dstate, cache):
    return _back(dstate, cache, gather=np.mean)


@rnn_step_backward.add(
    "Your gradient of the bias still has an axis for the sequences. There is one bias for all of them: sum."
)
def batch_not_summed(dstate, cache):
    return _back(dstate, cache, gather=lambda da, axis: da)


backpropagate = Mutants()


def _through_time(step_backward, dhs, dstate, caches, meet=None, order=None, gather=sum):
    """Backpropagation through time with its parts laid open."""
    meet = meet or (lambda back, dh: back._replace(h=back.h + dh))
    dxs, all_dparams = {}, []
    for t in order or range(len(caches) - 1, -1, -1):
        dxs[t], dstate, dparams = step_backward(meet(dstate, dhs[:, t]), caches[t])
        all_dparams.append(dparams)
    weights = type(all_dparams[0])(*(gather(parts) for parts in zip(*all_dparams, strict=True)))
    return np.stack([dxs[t] for t in range(len(caches))], axis=1), dstate, weights


@backpropagate.add(
    "At each step you take what the loss says of it, and drop what comes back from later steps. The two meet in h."
)
def later_steps_dropped(step_backward, dhs, dstate, caches):
    return _through_time(step_backward, dhs, dstate, caches, meet=lambda back, dh: back._replace(h=dh))


@backpropagate.add(
    "You use what comes back from later steps, and drop what the loss says of each step itself: dhs does not come in."
)
def loss_of_each_step_dropped(step_backward, dhs, dstate, caches):
    return _through_time(step_backward, dhs, dstate, caches, meet=lambda back, dh: back)


@backpropagate.add("You start from nothing after the last step. What arrives there is an argument, dstate.")
def last_state_dropped(step_backward, dhs, dstate, caches):
    return _through_time(step_backward, dhs, dstate._replace(h=np.zeros_like(dstate.h)), caches)


@backpropagate.add(
    "You add dstate at every step. It arrives once, after the last step; further back, what the step after sent takes "
    "its place."
)
def last_state_at_every_step(step_backward, dhs, dstate, caches):
    arrives = dstate.h

    def meet(back, dh):
        return back._replace(h=back.h + dh + (0.0 if back.h is arrives else arrives))

    return _through_time(step_backward, dhs, dstate, caches, meet=meet)


@backpropagate.add("You go through time from the first step to the last. Gradients travel the other way.")
def forward_in_time(step_backward, dhs, dstate, caches):
    return _through_time(step_backward, dhs, dstate, caches, order=range(len(caches)))


@backpropagate.add(
    "Your gradients of the inputs come out with the last step first. You gathered them on the way back in time."
)
def inputs_reversed(step_backward, dhs, dstate, caches):
    dxs, first, weights = _through_time(step_backward, dhs, dstate, caches)
    return dxs[:, ::-1], first, weights


@backpropagate.add(
    "Your gradients of the weights are those of the first step alone. Every step uses the weights, and each has a part."
)
def weights_of_one_step(step_backward, dhs, dstate, caches):
    return _through_time(step_backward, dhs, dstate, caches, gather=lambda parts: parts[-1])


@backpropagate.add(
    "Your gradients of the weights are a mean over the steps. The steps share the weights, so their parts add up."
)
def weights_averaged(step_backward, dhs, dstate, caches):
    return _through_time(step_backward, dhs, dstate, caches, gather=lambda parts: sum(parts) / len(parts))


truncated_bptt = Mutants()


def _passes(step_backward, dhs, dstate, caches, windows, gather=sum, last=None):
    """A backward pass for each (start, begin, end): the gradients of begin ... end, sent back to start."""
    T, every = len(caches), []
    for start, begin, end in windows:
        shown = np.array(dhs)
        shown[:, :begin] = 0.0
        arrives = dstate if (end == T if last is None else last) else dstate._replace(h=np.zeros_like(dstate.h))
        every.append(_through_time(step_backward, shown[:, start:end], arrives, caches[start:end])[2])
    return type(every[0])(*(gather(parts) for parts in zip(*every, strict=True)))


def _windows(T, k1, k2):
    ends = [min(begin + k1, T) for begin in range(0, T, k1)]
    return [(max(0, end - k2), begin, end) for begin, end in zip(range(0, T, k1), ends, strict=True)]


@truncated_bptt.add(
    "Where passes overlap, you bring the gradients of the same steps in again. A pass visits the last k2 steps, but "
    "only the last k1 bring a gradient of their own."
)
def counted_again(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(start, start, end) for start, _, end in _windows(len(caches), k1, k2)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@truncated_bptt.add(
    "Your passes stay within their own k1 steps. They should go back k2 steps, into those of the passes before."
)
def chunks_only(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(begin, begin, end) for _, begin, end in _windows(len(caches), k1, k2)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@truncated_bptt.add(
    "Your passes go back k2 steps beyond the k1 that bring gradients. The k2 steps are counted from the last one."
)
def too_far_back(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(max(0, begin - k2), begin, end) for _, begin, end in _windows(len(caches), k1, k2)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@truncated_bptt.add("Your passes go back one step too far. The step at which a pass begins is the first of its k2.")
def one_step_too_far(step_backward, dhs, dstate, caches, k1, k2):
    windows = [(max(0, end - k2 - 1), begin, end) for _, begin, end in _windows(len(caches), k1, k2)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@truncated_bptt.add("Nothing is cut off: every pass goes back to the first step.")
def nothing_cut(step_backward, dhs, dstate, caches, k1, k2):
    return _passes(step_backward, dhs, dstate, caches, [(0, 0, len(caches))])


@truncated_bptt.add(
    "You make one pass, over the last k2 steps. Those of the steps before them are lost: a pass starts every k1."
)
def last_pass_only(step_backward, dhs, dstate, caches, k1, k2):
    return _passes(step_backward, dhs, dstate, caches, [(max(0, len(caches) - k2), 0, len(caches))])


@truncated_bptt.add(
    "The steps that are left over at the end get no pass. If T is no multiple of k1, the last window is shorter."
)
def rest_dropped(step_backward, dhs, dstate, caches, k1, k2):
    T = len(caches)
    windows = [window for window in _windows(T, k1, k2) if window[2] - window[1] == min(k1, T)]
    return _passes(step_backward, dhs, dstate, caches, windows)


@truncated_bptt.add("dstate does not come in. It arrives after the last step, so it belongs to the last pass.")
def end_forgotten(step_backward, dhs, dstate, caches, k1, k2):
    return _passes(step_backward, dhs, dstate, caches, _windows(len(caches), k1, k2), last=False)


@truncated_bptt.add("dstate comes in at every pass. It arrives after the last step, so it belongs to the last pass.")
def end_at_every_pass(step_backward, dhs, dstate, caches, k1, k2):
    return _passes(step_backward, dhs, dstate, caches, _windows(len(caches), k1, k2), last=True)


@truncated_bptt.add("You return the mean over the passes. The gradients of the weights add up.")
def passes_averaged(step_backward, dhs, dstate, caches, k1, k2):
    windows = _windows(len(caches), k1, k2)
    return _passes(step_backward, dhs, dstate, caches, windows, gather=lambda parts: sum(parts) / len(parts))
