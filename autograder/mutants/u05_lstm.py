"""Wrong LSTMs, and what leads to them."""

import numpy as np

from autograder.checking.mutants import Mutants
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState
from rnncore.functional.cells import lstm_step as right_step
from rnncore.functional.cells import lstm_step_backward as right_backward

lstm_step = Mutants()


def _lstm(x, state, params, order="ifgo", candidate=tanh, update=None, output=None):
    """An LSTM step with its parts laid open, for mutants to get wrong."""
    blocks = np.split(x @ params.W_x + state.h @ params.W_h + params.b, 4, axis=1)
    a = dict(zip(order, blocks, strict=True))
    i, f, o, g = sigmoid(a["i"]), sigmoid(a["f"]), sigmoid(a["o"]), candidate(a["g"])
    c = f * state.c + i * g if update is None else update(i, f, g, o, state)
    h = o * tanh(c) if output is None else output(o, c, state)
    return LSTMState(h, c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


@lstm_step.add(
    "Your output is what swapped input and forget gates give. The four blocks of columns come in the order i, f, g, o: "
    "look at which block you slice for each gate."
)
def swapped_input_and_forget_gates(x, state, params):
    return _lstm(x, state, params, order="figo")


@lstm_step.add(
    "Your output is what the gate order i, f, o, g gives. Here, as in torch, the candidate g comes third and the "
    "output gate o last."
)
def candidate_last(x, state, params):
    return _lstm(x, state, params, order="ifog")


@lstm_step.add(
    "Your output is what a sigmoid on the candidate gives. The candidate g is no gate: it proposes new content, which "
    "may be negative."
)
def sigmoid_candidate(x, state, params):
    return _lstm(x, state, params, candidate=sigmoid)


@lstm_step.add("Your output is what an LSTM without its bias gives. Look for b in the sum that feeds the gates.")
def no_bias(x, state, params):
    return _lstm(x, state, params._replace(b=np.zeros_like(params.b)))


@lstm_step.add("Your output is what h = o c gives. The cell state is squashed before the output gate lets it out.")
def output_without_tanh(x, state, params):
    return _lstm(x, state, params, output=lambda o, c, state: o * c)


@lstm_step.add(
    "Your hidden state is made from the old cell state. The output gate opens on the cell state of this step, after "
    "its update."
)
def output_from_old_cell(x, state, params):
    return _lstm(x, state, params, output=lambda o, c, state: o * tanh(state.c))


@lstm_step.add(
    "Your cell state is what a forget gate of 1 - i gives. In this LSTM the two gates are learned apart; tied ones are "
    "a variant of Unit 6."
)
def coupled_gates(x, state, params):
    return _lstm(x, state, params, update=lambda i, f, g, o, state: (1 - i) * state.c + i * g)


@lstm_step.add(
    "Your cell state is what leaving out the forget gate gives: c_prev + i g. That was the LSTM of 1997; since Gers "
    "(2000) the old content passes through f."
)
def no_forget_gate(x, state, params):
    return _lstm(x, state, params, update=lambda i, f, g, o, state: state.c + i * g)


@lstm_step.add("Your gates do not see the last hidden state. Each is fed by this step's input and by h_prev.")
def gates_without_hidden_state(x, state, params):
    return _lstm(x, state._replace(h=np.zeros_like(state.h)), LSTMParams(*params))


lstm_forward = Mutants()


def _run(xs, state, params, order=None, carry=lambda new, first: new, show=lambda state: state.h):
    """An LSTM over a sequence with its parts laid open."""
    first, hs, caches = state, [], []
    for t in range(xs.shape[1]) if order is None else order:
        state, cache = right_step(xs[:, t], carry(state, first), params)
        hs.append(show(state))
        caches.append(cache)
    return np.stack(hs, axis=1), state, caches


@lstm_forward.add(
    "Each of your steps begins from the first state, as if nothing had been read before. What one step returns is "
    "where the next begins."
)
def state_not_carried(xs, state, params):
    return _run(xs, state, params, carry=lambda new, first: first)


@lstm_forward.add(
    "Your cell state starts anew at every step; only h is carried. An LSTM's state is a pair, and c is the half with "
    "the long memory."
)
def cell_not_carried(xs, state, params):
    return _run(xs, state, params, carry=lambda new, first: LSTMState(new.h, first.c))


@lstm_forward.add(
    "You start from an empty memory. The first state is an argument: it may be the last state of another run."
)
def starts_empty(xs, state, params):
    return _run(xs, LSTMState(np.zeros_like(state.h), np.zeros_like(state.c)), params)


@lstm_forward.add("Your hidden states have time on the first axis. In this course the batch comes first: (B, T, H).")
def time_first(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return np.swapaxes(hs, 0, 1), last, caches


@lstm_forward.add(
    "You return the last hidden state alone. The layers above may want all T of them; the last one is in the state."
)
def only_the_last(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return hs[:, -1], last, caches


@lstm_forward.add("You return cell states where hidden states are wanted. What an LSTM shows is h.")
def shows_cell(xs, state, params):
    return _run(xs, state, params, show=lambda state: state.c)


@lstm_forward.add("Your LSTM reads the sequence from its end. Time runs from the first step to the last.")
def reads_backwards(xs, state, params):
    return _run(xs, state, params, order=reversed(range(xs.shape[1])))


@lstm_forward.add("The state that you return is the one that you were given. Return the state after the last step.")
def returns_first_state(xs, state, params):
    hs, _, caches = _run(xs, state, params)
    return hs, state, caches


@lstm_forward.add(
    "Your list holds the cache of the last step alone. The backward pass visits every step and needs the cache of each."
)
def last_cache_only(xs, state, params):
    hs, last, caches = _run(xs, state, params)
    return hs, last, caches[-1:]


diagnose_notes_cell = Mutants()


def _far(a, b):
    return bool(np.max(np.abs(a - b)) > 1e-6)


def _diagnosis(run, c_prev=None, far=_far, **findings):
    """The three findings with their parts laid open."""
    before = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1) if c_prev is None else c_prev
    return {
        "input_gate_is_output_gate": not far(run.i, run.o),
        "cell_state_not_updated": far(run.c, run.f * before + run.i * run.g),
        "output_ignores_cell": far(run.h, run.o * np.tanh(run.c)),
    } | findings


@diagnose_notes_cell.add(
    "Your findings are turned round: True where the cell is sound. Each name is the name of a fault."
)
def turned_round(run):
    return {fault: not found for fault, found in _diagnosis(run).items()}


@diagnose_notes_cell.add(
    "You take a cell state that stays the same for one that is not updated. A cell with an open forget gate and a shut "
    "input gate keeps its state, and is sound: test the update itself."
)
def still_is_not_updated(run):
    before = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1)
    return _diagnosis(run, cell_state_not_updated=not _far(run.c, before))


@diagnose_notes_cell.add("Your test of the update starts at the second step. The first has a step before it too: c_0.")
def first_step_skipped(run):
    update = run.f[:, 1:] * run.c[:, :-1] + run.i[:, 1:] * run.g[:, 1:]
    return _diagnosis(run, cell_state_not_updated=_far(run.c[:, 1:], update))


@diagnose_notes_cell.add(
    "Your test takes the cell to have been empty before the first step. It held c_0, which the trace has."
)
def first_cell_empty(run):
    return _diagnosis(run._replace(c_0=np.zeros_like(run.c_0)))


@diagnose_notes_cell.add(
    "Your test of the update multiplies f by the cell state of the same step. The forget gate acts on the state of one "
    "step earlier."
)
def cell_of_the_same_step(run):
    return _diagnosis(run, c_prev=run.c)


@diagnose_notes_cell.add(
    "You take the cell for ignored only where h equals the output gate. Other outputs ignore it too: test what h "
    "should be."
)
def output_is_the_gate(run):
    return _diagnosis(run, output_ignores_cell=not _far(run.h, run.o))


@diagnose_notes_cell.add("Your test of the output leaves out the output gate. The cell is shown as far as o lets it.")
def output_without_gate(run):
    return _diagnosis(run, output_ignores_cell=_far(run.h, np.tanh(run.c)))


@diagnose_notes_cell.add("Your test of the output leaves out the tanh. The cell is squashed before it is shown.")
def output_without_squashing(run):
    return _diagnosis(run, output_ignores_cell=_far(run.h, run.o * run.c))


@diagnose_notes_cell.add(
    "You take two gates for one as soon as they agree somewhere. They are one gate only if they agree in every entry."
)
def gates_agree_somewhere(run):
    return _diagnosis(run, input_gate_is_output_gate=bool(np.min(np.abs(run.i - run.o)) <= 1e-6))


@diagnose_notes_cell.add("You compare the input gate with the forget gate. The fault of the notes is that i equals o.")
def compares_forget_gate(run):
    return _diagnosis(run, input_gate_is_output_gate=not _far(run.i, run.f))


@diagnose_notes_cell.add(
    "You compare to the last digit. Computing the same thing in another order changes the last digits: leave room for "
    "rounding."
)
def exact(run):
    return _diagnosis(run, far=lambda a, b: not np.array_equal(a, b))


@diagnose_notes_cell.add("You look at the first sequence of the batch alone. A fault anywhere is a fault.")
def first_sequence_only(run):
    return _diagnosis(type(run)(*(part[:1] for part in run)))


from_torch = Mutants()


def _read(weights, W_x=np.transpose, W_h=np.transpose, b=np.add):
    return LSTMParams(
        W_x(weights["weight_ih_l0"]),
        W_h(weights["weight_hh_l0"]),
        b(weights["bias_ih_l0"], weights["bias_hh_l0"]),
    )


@from_torch.add("You hand over torch's matrices as they are. torch's are (4H, D) and (4H, H); compare with ours.")
def not_transposed(weights):
    return _read(weights, np.asarray, np.asarray)


@from_torch.add(
    "Your matrices have the right shapes with the numbers in the wrong places. Reshaping keeps the order in which the "
    "numbers lie in memory; think of what swaps rows and columns."
)
def reshaped(weights):
    return _read(weights, lambda W: W.reshape(W.shape[::-1]), lambda W: W.reshape(W.shape[::-1]))


@from_torch.add("Your bias is one of torch's two. The gates of torch's LSTM feel both.")
def input_bias_only(weights):
    return _read(weights, b=lambda ih, hh: ih)


@from_torch.add("Your bias is torch's second one alone. The gates of torch's LSTM feel both.")
def hidden_bias_only(weights):
    return _read(weights, b=lambda ih, hh: hh)


@from_torch.add("Your bias is the mean of torch's two. Look at how torch's equation for a gate uses them.")
def mean_bias(weights):
    return _read(weights, b=lambda ih, hh: (ih + hh) / 2)


@from_torch.add("Your bias is twice as long as it should be: torch's two biases end to end. b is (4H,).")
def joined_biases(weights):
    return _read(weights, b=lambda ih, hh: np.concatenate([ih, hh]))


@from_torch.add(
    "Your W_x and W_h have changed places. In torch's names, ih is from input to hidden and hh from hidden to hidden."
)
def swapped(weights):
    return LSTMParams(*(_read(weights)[k] for k in (1, 0, 2)))


@from_torch.add(
    "You moved blocks of columns, as if torch had the gates in another order than i, f, g, o. The orders are the same."
)
def reordered(weights):
    return LSTMParams(*(_permuted(part, "ifog") for part in _read(weights)))


def _permuted(part, order):
    blocks = np.split(part, 4, axis=-1)
    return np.concatenate([blocks["ifgo".index(gate)] for gate in order], axis=-1)


set_forget_bias = Mutants()


def _with_bias(params, gate, value, add=False):
    b, H = params.b.copy(), params.W_h.shape[0]
    block = slice("ifgo".index(gate) * H, "ifgo".index(gate) * H + H)
    b[block] = b[block] + value if add else value
    return params._replace(b=b)


@set_forget_bias.add("You set the bias of the input gate. The blocks come in the order i, f, g, o.")
def input_gate(params, value):
    return _with_bias(params, "i", value)


@set_forget_bias.add("You set the bias of the candidate. The blocks come in the order i, f, g, o.")
def candidate(params, value):
    return _with_bias(params, "g", value)


@set_forget_bias.add("You set the bias of the output gate. The blocks come in the order i, f, g, o.")
def output_gate(params, value):
    return _with_bias(params, "o", value)


@set_forget_bias.add("You set the bias of all gates. Only the forget gates should start open.")
def all_gates(params, value):
    return params._replace(b=np.full_like(params.b, value))


@set_forget_bias.add("You add the value to the bias that was there. The bias should have the value.")
def added(params, value):
    return _with_bias(params, "f", value, add=True)


@set_forget_bias.add("You set the forget bias and empty all the others. They should stay as they are.")
def others_emptied(params, value):
    return _with_bias(params._replace(b=np.zeros_like(params.b)), "f", value)


@set_forget_bias.add("You set how far the gate is open, not its bias: the value goes through the sigmoid only later.")
def squashed_value(params, value):
    return _with_bias(params, "f", sigmoid(np.asarray(value)))


@set_forget_bias.add("You set the bias of one forget gate. There are H of them, one for each unit.")
def one_unit(params, value):
    b, H = params.b.copy(), params.W_h.shape[0]
    b[1 if H == 1 else H] = value
    return params._replace(b=b)


lstm_step_backward = Mutants()


def _back(dstate, cache, dc=None, order="ifgo", batch=np.sum, keep=None, **changed):
    """The backward step with its parts laid open."""
    x, h_prev, c_prev, i, f, g, o, c, params = cache
    dc = dstate.c + dstate.h * o * (1 - np.tanh(c) ** 2) if dc is None else dc
    da = {
        "i": dc * g * i * (1 - i),
        "f": dc * c_prev * f * (1 - f),
        "g": dc * i * (1 - g**2),
        "o": dstate.h * np.tanh(c) * o * (1 - o),
    }
    for gate, instead in changed.items():
        da[gate] = instead(dc)
    a = np.concatenate([da[gate] for gate in order], axis=1)
    weights = LSTMParams(x.T @ a, h_prev.T @ a, batch(a, axis=0))
    return a @ params.W_x.T, LSTMState(a @ params.W_h.T, dc * (f if keep is None else keep)), weights


@lstm_step_backward.add(
    "Your gradient of c is only what arrives along the cell. The loss sees c in a second way: through this step's h."
)
def cell_path_only(dstate, cache):
    return _back(dstate, cache, dc=dstate.c)


@lstm_step_backward.add(
    "Your gradient of c is only what comes through h. What arrives along the cell, from the steps after, belongs to "
    "it too."
)
def hidden_path_only(dstate, cache):
    return _back(dstate, cache, dc=dstate.h * cache.o * (1 - np.tanh(cache.c) ** 2))


@lstm_step_backward.add(
    "On the way from h to c you passed the output gate, but not the tanh. Each function on the way leaves its "
    "derivative."
)
def tanh_of_cell_forgotten(dstate, cache):
    return _back(dstate, cache, dc=dstate.c + dstate.h * cache.o)


@lstm_step_backward.add(
    "Your gates i, f and o are without the derivative of the sigmoid. The weights act on what goes into it, not on "
    "what comes out."
)
def no_sigmoid_derivative(dstate, cache):
    tanh_c = np.tanh(cache.c)
    return _back(
        dstate,
        cache,
        i=lambda dc: dc * cache.g,
        f=lambda dc: dc * cache.c_prev,
        o=lambda dc: dstate.h * tanh_c,
    )


@lstm_step_backward.add("Your candidate has the derivative of a sigmoid. It is a tanh.")
def sigmoid_derivative_for_candidate(dstate, cache):
    return _back(dstate, cache, g=lambda dc: dc * cache.i * cache.g * (1 - cache.g))


@lstm_step_backward.add(
    "Your candidate is without the derivative of its tanh. The weights act on what goes into it, not on what comes out."
)
def no_candidate_derivative(dstate, cache):
    return _back(dstate, cache, g=lambda dc: dc * cache.i)


@lstm_step_backward.add(
    "Your forget gate is judged by the new cell state. What it let through or held back is the old one."
)
def forget_gate_by_new_cell(dstate, cache):
    return _back(dstate, cache, f=lambda dc: dc * cache.c * cache.f * (1 - cache.f))


@lstm_step_backward.add("Your output gate is judged by c as it is. What it lets out is squashed first.")
def output_gate_by_raw_cell(dstate, cache):
    return _back(dstate, cache, o=lambda dc: dstate.h * cache.c * cache.o * (1 - cache.o))


@lstm_step_backward.add(
    "Your gradients of input and forget gate have changed places. The blocks come in the order i, f, g, o."
)
def swapped_gates(dstate, cache):
    return _back(dstate, cache, order="figo")


@lstm_step_backward.add(
    "Your gradient of c_prev passes the forget gate as if it were wide open. On the way forward f scaled c_prev; on "
    "the way back it scales the gradient."
)
def forget_gate_passed_over(dstate, cache):
    return _back(dstate, cache, keep=1.0)


@lstm_step_backward.add(
    "Your gradient of the bias is the mean over the batch. The bias acts on every sequence, and the effects add up."
)
def mean_over_batch(dstate, cache):
    return _back(dstate, cache, batch=np.mean)


lstm_backward = Mutants()


def _through_time(dhs, dstate, caches, meet=None, order=None, gather=sum):
    """Backpropagation through time with its parts laid open."""
    meet = meet or (lambda back, dh: LSTMState(back.h + dh, back.c))
    dxs, all_dparams = {}, []
    for t in order or range(len(caches) - 1, -1, -1):
        dxs[t], dstate, dparams = right_backward(meet(dstate, dhs[:, t]), caches[t])
        all_dparams.append(dparams)
    weights = LSTMParams(*(gather(parts) for parts in zip(*all_dparams, strict=True)))
    return np.stack([dxs[t] for t in range(len(caches))], axis=1), dstate, weights


@lstm_backward.add(
    "At each step you take what the loss says of it, and drop what comes back from later steps. The two meet in h."
)
def later_steps_dropped(dhs, dstate, caches):
    return _through_time(dhs, dstate, caches, meet=lambda back, dh: LSTMState(dh, back.c))


@lstm_backward.add(
    "You use what comes back from later steps, and drop what the loss says of each step itself: dhs does not come in."
)
def loss_of_each_step_dropped(dhs, dstate, caches):
    return _through_time(dhs, dstate, caches, meet=lambda back, dh: back)


@lstm_backward.add(
    "Your gradient of c starts at zero in every step. It comes back from the step after, and is the path that lasts."
)
def cell_gradient_not_carried(dhs, dstate, caches):
    return _through_time(dhs, dstate, caches, meet=lambda back, dh: LSTMState(back.h + dh, np.zeros_like(dh)))


@lstm_backward.add(
    "You add dhs to the gradient of c as well. The loss reads h at each step; c it reaches through h, inside the step."
)
def loss_added_to_cell(dhs, dstate, caches):
    return _through_time(dhs, dstate, caches, meet=lambda back, dh: LSTMState(back.h + dh, back.c + dh))


@lstm_backward.add("You start from nothing after the last step. What arrives there is an argument, dstate.")
def last_state_dropped(dhs, dstate, caches):
    return _through_time(dhs, LSTMState(np.zeros_like(dstate.h), np.zeros_like(dstate.c)), caches)


@lstm_backward.add("You go through time from the first step to the last. Gradients travel the other way.")
def forward_in_time(dhs, dstate, caches):
    return _through_time(dhs, dstate, caches, order=range(len(caches)))


@lstm_backward.add(
    "Your gradients of the inputs come out with the last step first. You gathered them on the way back in time."
)
def inputs_reversed(dhs, dstate, caches):
    dxs, first, weights = _through_time(dhs, dstate, caches)
    return dxs[:, ::-1], first, weights


@lstm_backward.add(
    "Your gradients of the weights are those of the first step alone. Every step uses the weights, and each has a part."
)
def weights_of_one_step(dhs, dstate, caches):
    return _through_time(dhs, dstate, caches, gather=lambda parts: parts[-1])


@lstm_backward.add(
    "Your gradients of the weights are a mean over the steps. The steps share the weights, so their parts add up."
)
def weights_averaged(dhs, dstate, caches):
    return _through_time(dhs, dstate, caches, gather=lambda parts: sum(parts) / len(parts))
