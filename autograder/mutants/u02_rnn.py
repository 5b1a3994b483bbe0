"""Wrong vanilla RNNs, unrollings and layouts, and what leads to them."""

import numpy as np

from autograder.checking.mutants import Mutants
from rnncore.functional.base.activations import sigmoid, softmax, tanh
from rnncore.functional.cells import RNNCache, RNNState
from rnncore.functional.cells import rnn_step as right_step
from rnncore.functional.sequence.layouts import one_to_many as right_one_to_many
from rnncore.functional.sequence.layouts import readout as right_readout
from rnncore.functional.sequence.unroll import unroll as right_unroll

rnn_step = Mutants()


def _rnn(x, state, params, squash=tanh, W_h=None, b=None):
    """An RNN step with its parts laid open, for mutants to get wrong."""
    W_h = params.W_h if W_h is None else W_h
    h = squash(x @ params.W_x + state.h @ W_h + (params.b if b is None else b))
    return RNNState(h), RNNCache(x, state.h, h, params)


@rnn_step.add("Your new state is what a cell without its bias gives. Look for b in the sum that is squashed.")
def no_bias(x, state, params):
    return _rnn(x, state, params, b=0.0)


@rnn_step.add(
    "Your new state is what a cell without memory gives: it depends on the input alone. Look for the product that "
    "brings the old state in."
)
def no_memory(x, state, params):
    return _rnn(x, state, params, W_h=np.zeros_like(params.W_h))


@rnn_step.add("Your new state is the sum before it is squashed. Which function keeps a state between -1 and 1?")
def no_squashing(x, state, params):
    return _rnn(x, state, params, squash=lambda a: a)


@rnn_step.add(
    "Your new state is what a sigmoid gives, all of it above zero. The squashing function of this cell is centred on "
    "zero: see equation (2.2)."
)
def sigmoid_for_tanh(x, state, params):
    return _rnn(x, state, params, squash=sigmoid)


@rnn_step.add(
    "Your new state is what a transposed W_h gives. Rows are sequences here, so a state stands on the left of its "
    "matrix, and the matrix is used as it comes."
)
def transposed_W_h(x, state, params):
    return _rnn(x, state, params, W_h=params.W_h.T)


@rnn_step.add(
    "Your new state has the bias added after squashing, so it can leave the range from -1 to 1. Look at what stands "
    "inside the brackets of tanh."
)
def bias_after_squashing(x, state, params):
    h = tanh(x @ params.W_x + state.h @ params.W_h) + params.b
    return RNNState(h), RNNCache(x, state.h, h, params)


@rnn_step.add(
    "Your new state is the sum of two squashed terms. There is one tanh in equation (2.2), and all three terms are "
    "inside it."
)
def squashed_apart(x, state, params):
    h = tanh(x @ params.W_x + params.b) + tanh(state.h @ params.W_h)
    return RNNState(h), RNNCache(x, state.h, h, params)


@rnn_step.add(
    "Your new state is the old one with something added. In this cell the new state replaces the old one; that part "
    "of the old one which lives on has gone through W_h."
)
def added_to_old_state(x, state, params):
    h = state.h + _rnn(x, state, params)[0].h
    return RNNState(h), RNNCache(x, state.h, h, params)


@rnn_step.add(
    "Your new state is right, but the cache holds the new and the old state in each other's place. The fields of "
    "RNNCache have an order: see the docstring."
)
def cache_with_states_swapped(x, state, params):
    new, _ = _rnn(x, state, params)
    return new, RNNCache(x, new.h, state.h, params)


@rnn_step.add(
    "Your new state is right, but the cache holds the sum before squashing where the new state belongs. Unit 3 gets "
    "the slope of tanh from its output."
)
def cache_with_sum(x, state, params):
    new, _ = _rnn(x, state, params)
    return new, RNNCache(x, state.h, _rnn(x, state, params, squash=lambda a: a)[0].h, params)


rnn_step_stacked = Mutants()


def _stacked(x, state, params, parts=None, squash=tanh, b=None):
    parts = [state.h, x] if parts is None else parts
    h = squash(np.concatenate(parts, axis=1) @ params.W_a + (params.b if b is None else b))
    return RNNState(h), RNNCache(x, state.h, h, params)


@rnn_step_stacked.add(
    "Your new state is what [x, h_prev] gives. The upper rows of W_a belong to the state, so it has to be on the left."
)
def input_first(x, state, params):
    return _stacked(x, state, params, [x, state.h])


@rnn_step_stacked.add("Your new state is what a cell without its bias gives. Look for b in the sum that is squashed.")
def stacked_without_bias(x, state, params):
    return _stacked(x, state, params, b=0.0)


@rnn_step_stacked.add("Your new state is the sum before it is squashed. Look at the outermost function.")
def stacked_without_squashing(x, state, params):
    return _stacked(x, state, params, squash=lambda a: a)


@rnn_step_stacked.add("Your new state is what a sigmoid gives, all of it above zero. Stacking changes no function.")
def stacked_with_sigmoid(x, state, params):
    return _stacked(x, state, params, squash=sigmoid)


@rnn_step_stacked.add(
    "Your new state does not depend on the input. Both parts have to stand side by side before the product."
)
def stacked_without_input(x, state, params):
    return _stacked(x, state, params, [state.h, np.zeros_like(x)])


@rnn_step_stacked.add(
    "Your new state does not depend on the old one. Both parts have to stand side by side before the product."
)
def stacked_without_state(x, state, params):
    return _stacked(x, state, params, [np.zeros_like(state.h), x])


@rnn_step_stacked.add(
    "Your new state is right, but the cache holds the new and the old state in each other's place. The fields of "
    "RNNCache have an order: see the docstring."
)
def stacked_cache_with_states_swapped(x, state, params):
    new, _ = _stacked(x, state, params)
    return new, RNNCache(x, new.h, state.h, params)


unroll = Mutants()


@unroll.add(
    "Each of your steps starts from the first state, so nothing is remembered. What a step returns has to reach the "
    "next step."
)
def state_not_carried(step, xs, state, params):
    runs = [step(xs[:, t], state, params) for t in range(xs.shape[1])]
    return np.stack([new.h for new, _ in runs], axis=1), runs[-1][0], [cache for _, cache in runs]


@unroll.add("Your states come from reading the sequence backwards. Time runs from the first column to the last.")
def read_backwards(step, xs, state, params):
    return right_unroll(step, xs[:, ::-1], state, params)


@unroll.add(
    "Your hidden states stand one step too late: the state before each step instead of the state after it. Look at "
    "the order of calling the step and noting its result."
)
def states_before_the_steps(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return np.concatenate([state.h[:, None], hs[:, :-1]], axis=1), last, caches


@unroll.add("Your hidden states begin with the state from before the first step. Only what a step returned counts.")
def first_state_included(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return np.concatenate([state.h[:, None], hs], axis=1), last, caches


@unroll.add("Your hidden states have time as their first axis. The result is (B, T, H): look at the axis of stack.")
def time_first(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return np.swapaxes(hs, 0, 1), last, caches


@unroll.add("Your loop leaves out the last step. Compare the number of your hidden states with T.")
def last_step_missing(step, xs, state, params):
    hs, _, caches = right_unroll(step, xs, state, params)
    return hs[:, :-1], RNNState(hs[:, -2] if hs.shape[1] > 1 else state.h), caches[:-1]


@unroll.add(
    "You return the last hidden state as a bare array. The next run needs the whole state, as the step returned it: an "
    "LSTM's has a second part."
)
def bare_last_state(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return hs, last.h, caches


@unroll.add("You return the state from before the first step as the last one. Which state does the loop end with?")
def first_state_returned(step, xs, state, params):
    hs, _, caches = right_unroll(step, xs, state, params)
    return hs, state, caches


@unroll.add("You return the cache of the last step alone. Going back through time needs those of all steps, in a list.")
def last_cache_alone(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return hs, last, caches[-1]


@unroll.add("Your caches are in reverse order. They are listed as they were made, from the first step to the last.")
def caches_reversed(step, xs, state, params):
    hs, last, caches = right_unroll(step, xs, state, params)
    return hs, last, caches[::-1]


@unroll.add(
    "Your loop runs rnn_step whichever step it is given. The argument `step` is the cell; any cell must be able to "
    "take its place."
)
def step_ignored(step, xs, state, params):
    return right_unroll(right_step, xs, state, params)


readout = Mutants()


@readout.add("Your outputs lack the bias: with a hidden state of zeros they are all zero. Look for b_y.")
def readout_without_bias(h, params):
    return h @ params.W_y


@readout.add("Your outputs are probabilities. The readout gives scores; softmax comes later, and only for classes.")
def readout_with_softmax(h, params):
    return softmax(right_readout(h, params))


@readout.add("Your outputs are squashed by tanh. A readout is linear: its outputs may be of any size.")
def readout_with_tanh(h, params):
    return tanh(right_readout(h, params))


@readout.add("Your outputs are squashed by a sigmoid. A readout is linear: its outputs may be of any size and sign.")
def readout_with_sigmoid(h, params):
    return sigmoid(right_readout(h, params))


@readout.add("You read only the last step. Given the states of all steps, this function gives an output for each.")
def readout_of_last_step(h, params):
    return right_readout(h[:, -1] if h.ndim == 3 else h, params)


@readout.add("You average over the steps before reading. Each step has an output of its own.")
def readout_of_mean(h, params):
    return right_readout(h.mean(axis=1) if h.ndim == 3 else h, params)


many_to_one = Mutants()


@many_to_one.add("Your output is read off the first step, when most of the sequence is still to come.")
def reads_first_step(step, xs, state, params, readout_params):
    hs, _, _ = right_unroll(step, xs, state, params)
    return right_readout(hs[:, 0], readout_params)


@many_to_one.add(
    "Your output is read off the mean of all hidden states. That is a good idea too (Unit 8 uses it), but here the "
    "output comes from the last state."
)
def reads_mean(step, xs, state, params, readout_params):
    hs, _, _ = right_unroll(step, xs, state, params)
    return right_readout(hs.mean(axis=1), readout_params)


@many_to_one.add("You give an output for each step. That is many-to-many; here one output for each sequence is asked.")
def reads_every_step(step, xs, state, params, readout_params):
    hs, _, _ = right_unroll(step, xs, state, params)
    return right_readout(hs, readout_params)


@many_to_one.add(
    "You read the last sequence of the batch, not the last step of each sequence. The first axis is the batch, the "
    "second is time."
)
def reads_last_sequence(step, xs, state, params, readout_params):
    hs, _, _ = right_unroll(step, xs, state, params)
    return right_readout(hs[-1], readout_params)


@many_to_one.add("You return the last hidden state itself. It is still to be read out.")
def returns_hidden_state(step, xs, state, params, readout_params):
    return right_unroll(step, xs, state, params)[1].h


@many_to_one.add("Your output depends on the last input alone. What has been read before must reach the last step.")
def sees_last_input_alone(step, xs, state, params, readout_params):
    return right_readout(step(xs[:, -1], state, params)[0].h, readout_params)


@many_to_one.add("Your output is a probability. The readout gives scores, and nothing is done to them here.")
def many_to_one_with_softmax(step, xs, state, params, readout_params):
    return softmax(right_readout(right_unroll(step, xs, state, params)[1].h, readout_params))


one_to_many = Mutants()


def _write(step, x, state, params, readout_params, T, feed=lambda x, y, h: y, carry=True):
    """A one-to-many network with its feedback laid open: `feed` makes the next input."""
    first, ys, new = x, [], state
    for _ in range(T):
        new, _ = step(x, new if carry else state, params)
        ys.append(right_readout(new.h, readout_params))
        x = feed(first, ys[-1], new.h)
    return np.stack(ys, axis=1)


@one_to_many.add(
    "Every one of your steps reads the first input again. After the first step, what was written last is what is read "
    "next."
)
def first_input_at_every_step(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T, lambda x, y, h: x)


@one_to_many.add(
    "After the first step your network reads zeros. Some papers do that, but then a step cannot know what was written "
    "before it; here the last output is the next input."
)
def zeros_after_first_step(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T, lambda x, y, h: np.zeros_like(x))


@one_to_many.add(
    "You feed the hidden state back as an input. It reaches the next step anyway, through W_h; what comes back as an "
    "input is the output."
)
def hidden_state_fed_back(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T, lambda x, y, h: h)


@one_to_many.add("Each of your steps starts from the first state. The state that a step returns belongs to the next.")
def writing_without_memory(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T, carry=False)


@one_to_many.add("You feed back a squashed output. The next input is the output as it was read.")
def squashed_output_fed_back(step, x, state, params, readout_params, T):
    return _write(step, x, state, params, readout_params, T, lambda x, y, h: tanh(y))


@one_to_many.add("Your outputs begin with the input. Only what was read off a state is an output.")
def input_among_outputs(step, x, state, params, readout_params, T):
    ys = right_one_to_many(step, x, state, params, readout_params, T)
    return np.concatenate([x[:, None], ys[:, :-1]], axis=1)


@one_to_many.add("You return the last output alone. All T of them are asked for.")
def last_output_alone(step, x, state, params, readout_params, T):
    return right_one_to_many(step, x, state, params, readout_params, T)[:, -1]


@one_to_many.add("Your outputs have time as their first axis. The result is (B, T, K): look at the axis of stack.")
def outputs_time_first(step, x, state, params, readout_params, T):
    return np.swapaxes(right_one_to_many(step, x, state, params, readout_params, T), 0, 1)


@one_to_many.add("You give one output too many. Count the rounds of your loop, and what each adds.")
def one_output_too_many(step, x, state, params, readout_params, T):
    return right_one_to_many(step, x, state, params, readout_params, T + 1)


encoder_decoder = Mutants()


@encoder_decoder.add(
    "Your decoder starts from the state that the encoder started from, so it knows nothing of the source. What the "
    "encoder has read must be handed over."
)
def summary_ignored(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    return right_one_to_many(step, start, state, decoder_params, readout_params, T)


@encoder_decoder.add(
    "Your decoder uses the encoder's weights. They have the same cell, but each learns its own weights."
)
def encoder_weights_twice(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, encoder_params)[1]
    return right_one_to_many(step, start, summary, encoder_params, readout_params, T)


@encoder_decoder.add("Encoder and decoder use each other's weights. Compare the names of the arguments.")
def weights_swapped(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, decoder_params)[1]
    return right_one_to_many(step, start, summary, encoder_params, readout_params, T)


@encoder_decoder.add(
    "Your decoder begins with the last word of the source. Its first input is `start`, which only says: begin to write."
)
def last_source_as_start(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, encoder_params)[1]
    return right_one_to_many(step, xs[:, -1], summary, decoder_params, readout_params, T)


@encoder_decoder.add("Your decoder begins with zeros. Its first input is an argument.")
def zeros_as_start(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, encoder_params)[1]
    return right_one_to_many(step, np.zeros_like(start), summary, decoder_params, readout_params, T)


@encoder_decoder.add(
    "You write as many outputs as there are inputs. The two lengths have nothing to do with each other."
)
def as_long_as_source(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs, state, encoder_params)[1]
    return right_one_to_many(step, start, summary, decoder_params, readout_params, xs.shape[1])


@encoder_decoder.add(
    "Your encoder reads the source backwards. Sutskever (2014) found that this helps, but here it is read as it comes."
)
def source_backwards(step, xs, start, state, encoder_params, decoder_params, readout_params, T):
    summary = right_unroll(step, xs[:, ::-1], state, encoder_params)[1]
    return right_one_to_many(step, start, summary, decoder_params, readout_params, T)


count_params = Mutants()


@count_params.add("Your count is that of the matrices alone. The biases are learned too.")
def without_biases(D, H, K):
    return (D + H + K) * H


@count_params.add("Your count is that of the cell alone. The readout has weights as well.")
def without_readout(D, H, K):
    return (D + H + 1) * H


@count_params.add("Your count lacks the readout's bias.")
def without_readout_bias(D, H, K):
    return (D + H + K + 1) * H


@count_params.add("Your count lacks the cell's bias.")
def without_cell_bias(D, H, K):
    return (D + H + K) * H + K


@count_params.add(
    "Your count has two biases in the cell, as torch.nn.RNN has. They are only ever added to each other, so one is "
    "enough; ours has one."
)
def two_biases(D, H, K):
    return (D + H + K + 2) * H + K


@count_params.add(
    "Your count gives W_h one number a unit. Each unit of the old state reaches each unit of the new one: what shape "
    "does that take?"
)
def diagonal_recurrence(D, H, K):
    return (D + K + 2) * H + K


@count_params.add("Your count leaves out W_h, as in a network without memory.")
def without_recurrence(D, H, K):
    return (D + K + 1) * H + K
