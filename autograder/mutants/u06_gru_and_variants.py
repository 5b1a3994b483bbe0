"""Wrong GRUs, wrong variants of the LSTM, wrong clocks, and what leads to them."""

import numpy as np

from autograder.checking.mutants import Mutants
from rnncore.functional.base.activations import sigmoid, tanh
from rnncore.functional.cells.clockwork import ClockworkCache, ClockworkState
from rnncore.functional.cells.coupled_lstm import CoupledLSTMCache
from rnncore.functional.cells.depth_gated import DepthGatedCache
from rnncore.functional.cells.gru import GRUCache
from rnncore.functional.cells.gru_reset_before import GRUResetBeforeCache
from rnncore.functional.cells.lstm import LSTMState
from rnncore.functional.cells.mut1 import MUT1Cache
from rnncore.functional.cells.rnn import RNNState

coupled_lstm_step = Mutants()


def _coupled(x, state, params, order="fgo", candidate=tanh, update=None, output=None):
    """The coupled LSTM with its parts laid open, for mutants to get wrong."""
    blocks = np.split(x @ params.W_x + state.h @ params.W_h + params.b, 3, axis=1)
    a = dict(zip(order, blocks, strict=True))
    f, g, o = sigmoid(a["f"]), candidate(a["g"]), sigmoid(a["o"])
    c = f * state.c + (1 - f) * g if update is None else update(f, g, state.c)
    h = o * tanh(c) if output is None else output(o, c, state.c)
    return LSTMState(h, c), CoupledLSTMCache(f, g, o)


@coupled_lstm_step.add(
    "Your cell writes what it should keep and keeps what it should write. f is a forget gate: at 1 the old stays."
)
def keeps_what_it_should_write(x, state, params):
    return _coupled(x, state, params, update=lambda f, g, c: (1 - f) * c + f * g)


@coupled_lstm_step.add(
    "Your cell writes the whole candidate, however much it keeps. The gates are coupled: only as much is written as "
    "was forgotten."
)
def writes_everything(x, state, params):
    return _coupled(x, state, params, update=lambda f, g, c: f * c + g)


@coupled_lstm_step.add(
    "Your cell writes as much as it keeps: f stands before both parts. What makes room is what is forgotten."
)
def writes_as_much_as_it_keeps(x, state, params):
    return _coupled(x, state, params, update=lambda f, g, c: f * c + f * g)


@coupled_lstm_step.add(
    "Your output is what the block order f, o, g gives. Here the candidate g comes second and the output gate o last."
)
def candidate_last(x, state, params):
    return _coupled(x, state, params, order="fog")


@coupled_lstm_step.add(
    "Your output is what a sigmoid on the candidate gives. The candidate g is no gate: it may be negative."
)
def sigmoid_candidate(x, state, params):
    return _coupled(x, state, params, candidate=sigmoid)


@coupled_lstm_step.add("Your output is what h = o c gives. The cell state is squashed before it is shown.")
def output_without_tanh(x, state, params):
    return _coupled(x, state, params, output=lambda o, c, old: o * c)


@coupled_lstm_step.add("Your hidden state is made from the old cell state. It shows the cell after the update.")
def output_from_old_cell(x, state, params):
    return _coupled(x, state, params, output=lambda o, c, old: o * tanh(old))


@coupled_lstm_step.add("Your gates lack their bias. Look for b in the sum that feeds them.")
def no_bias(x, state, params):
    return _coupled(x, state, params._replace(b=0 * params.b))


gru_step = Mutants()


def _gru(x, state, params, order="rzn", candidate=tanh, inner=None, blend=None):
    """The GRU in torch's form with its parts laid open."""
    x_parts = dict(zip(order, np.split(x @ params.W_x + params.b, 3, axis=1), strict=True))
    h_parts = dict(zip(order, np.split(state.h @ params.W_h, 3, axis=1), strict=True))
    r, z = (sigmoid(x_parts[gate] + h_parts[gate]) for gate in "rz")
    m = h_parts["n"] + params.b_n
    n = candidate(x_parts["n"] + (r * m if inner is None else inner(r, h_parts["n"], m)))
    h = (1 - z) * n + z * state.h if blend is None else blend(z, n, r, state.h)
    return RNNState(h), GRUCache(x, state.h, r, z, n, m, params)


@gru_step.add(
    "Your update gate takes the new state where it should keep the old. In torch's form z near 1 keeps: the other "
    "meaning is that of Chung (2014) and of lecture notes N1."
)
def update_gate_takes_the_new(x, state, params):
    return _gru(x, state, params, blend=lambda z, n, r, h: z * n + (1 - z) * h)


@gru_step.add(
    "Your reset gate is applied to the state before the product. That is the form of Cho (2014); in torch's form it "
    "multiplies the product, with its bias."
)
def reset_before_the_product(x, state, params):
    H = state.h.shape[1]

    def inner(r, product, m):
        return (r * state.h) @ params.W_h[:, 2 * H :] + params.b_n

    return _gru(x, state, params, inner=inner)


@gru_step.add("Your reset gate leaves b_n out. In torch's form it multiplies the product together with its bias b_n.")
def bias_outside_the_reset(x, state, params):
    return _gru(x, state, params, inner=lambda r, product, m: r * product + (m - product))


@gru_step.add("Your candidate lacks b_n, the bias inside the product with r.")
def without_the_inner_bias(x, state, params):
    return _gru(x, state, params, inner=lambda r, product, m: r * product)


@gru_step.add(
    "The product with the old state enters your candidate twice: times r, and once more without. Keep the parts from x "
    "and from h apart in the third block."
)
def product_beside_the_reset(x, state, params):
    return _gru(x, state, params, inner=lambda r, product, m: product + r * m)


@gru_step.add("Your candidate does without the reset gate. r decides how much of the old state it may see.")
def without_reset(x, state, params):
    return _gru(x, state, params, inner=lambda r, product, m: m)


@gru_step.add(
    "Your output is what swapped reset and update gates give. The blocks of columns come in the order r, z, n."
)
def swapped_gates(x, state, params):
    return _gru(x, state, params, order="zrn")


@gru_step.add("Your output is what a sigmoid on the candidate gives. n is no gate: it may be negative.")
def sigmoid_candidate_of_gru(x, state, params):
    return _gru(x, state, params, candidate=sigmoid)


@gru_step.add(
    "Your reset gate also acts on the state that is kept. It only decides what the candidate sees; what is kept is "
    "z h_prev."
)
def keeps_the_reset_state(x, state, params):
    return _gru(x, state, params, blend=lambda z, n, r, h: (1 - z) * n + z * (r * h))


@gru_step.add("Your step lacks the bias b of the three blocks; b_n alone is not enough.")
def without_bias(x, state, params):
    return _gru(x, state, params._replace(b=0 * params.b))


gru_step_reset_before = Mutants()


def _cho(x, state, params, order="rzn", candidate=tanh, gated=None, inner=None, blend=None):
    """The GRU of Cho with its parts laid open."""
    x_parts = dict(zip(order, np.split(x @ params.W_x + params.b, 3, axis=1), strict=True))
    U = dict(zip(order, np.split(params.W_h, 3, axis=1), strict=True))
    h = state.h
    r = sigmoid(x_parts["r"] + h @ U["r"])
    z = sigmoid(x_parts["z"] + (h if gated is None else gated(r, h)) @ U["z"])
    n = candidate(x_parts["n"] + ((r * h) @ U["n"] if inner is None else inner(r, h, U["n"])))
    new = (1 - z) * n + z * h if blend is None else blend(z, n, r, h)
    return RNNState(new), GRUResetBeforeCache(x, h, r, z, n, params)


@gru_step_reset_before.add(
    "Your reset gate multiplies the product, as in torch's form. Here it is applied to the state, and the product "
    "comes after."
)
def reset_after_the_product(x, state, params):
    return _cho(x, state, params, inner=lambda r, h, W: r * (h @ W))


@gru_step_reset_before.add(
    "Your update gate takes the new state where it should keep the old. Only the place of the reset differs from "
    "exercise 2."
)
def update_gate_takes_the_new_here(x, state, params):
    return _cho(x, state, params, blend=lambda z, n, r, h: z * n + (1 - z) * h)


@gru_step_reset_before.add(
    "Your update gate sees the reset state. The gates see all of h_prev, only the candidate does not."
)
def update_gate_sees_the_reset_state(x, state, params):
    return _cho(x, state, params, gated=lambda r, h: r * h)


@gru_step_reset_before.add("Your candidate sees all of the old state. Where is the reset gate?")
def candidate_without_reset(x, state, params):
    return _cho(x, state, params, inner=lambda r, h, W: h @ W)


@gru_step_reset_before.add(
    "Your reset gate also acts on the state that is kept. What is kept is z h_prev, whatever r is."
)
def keeps_the_reset_state_here(x, state, params):
    return _cho(x, state, params, blend=lambda z, n, r, h: (1 - z) * n + z * (r * h))


@gru_step_reset_before.add("Your output is what swapped gates give. The blocks of columns come in the order r, z, n.")
def swapped_gates_here(x, state, params):
    return _cho(x, state, params, order="zrn")


@gru_step_reset_before.add("Your step lacks its bias b, as the equations of lecture notes N1 do.")
def without_bias_as_in_n1(x, state, params):
    return _cho(x, state, params._replace(b=0 * params.b))


flip_update_gate = Mutants()


def _flipped(params, block=1, arrays=("W_x", "W_h", "b"), turn=lambda part: -part):
    """Weights with one block of columns turned in some of the arrays."""
    H = params.W_h.shape[0]

    def flip(w):
        w = w.copy()
        w[..., block * H : (block + 1) * H] = turn(w[..., block * H : (block + 1) * H])
        return w

    return params._replace(**{name: flip(getattr(params, name)) for name in arrays})


@flip_update_gate.add("You turn the bias of z and not its matrices. All that feeds z has to change its sign.")
def bias_only(params):
    return _flipped(params, arrays=("b",))


@flip_update_gate.add("You turn the matrices of z and not its bias. The bias feeds z as well.")
def matrices_only(params):
    return _flipped(params, arrays=("W_x", "W_h"))


@flip_update_gate.add("You leave W_h as it is. z is fed by the input, by the state and by the bias.")
def without_recurrent_weights(params):
    return _flipped(params, arrays=("W_x", "b"))


@flip_update_gate.add("You turn the first block, which feeds r. The order of the blocks is r, z, n.")
def reset_gate_instead(params):
    return _flipped(params, block=0)


@flip_update_gate.add("You turn the last block, which feeds the candidate n. The order of the blocks is r, z, n.")
def candidate_instead(params):
    return _flipped(params, block=2)


@flip_update_gate.add(
    "You take the weights from 1. It is the gate that becomes 1 - z, not what feeds it: look at (6.2) for what its "
    "weights become."
)
def one_minus_the_weights(params):
    return _flipped(params, turn=lambda part: 1 - part)


@flip_update_gate.add("You turn the signs of all blocks. Only z changes its meaning; r and n stay as they are.")
def every_block(params):
    return params._replace(W_x=-params.W_x, W_h=-params.W_h, b=-params.b)


@flip_update_gate.add(
    "You turn rows of W_h. Data stand on the left of the weights, so a block that feeds a gate is a block of columns."
)
def rows_of_the_recurrent_weights(params):
    H = params.W_h.shape[0]
    W_h = params.W_h.copy()
    W_h[H // 3 : 2 * H // 3] *= -1
    return _flipped(params, arrays=("W_x", "b"))._replace(W_h=W_h)


mut1_step = Mutants()


def _mut1(x, state, params, order="zrn", second="rn", gate=None, inner=None, written=tanh, blend=None):
    """MUT1 with its parts laid open. `gate` is what else feeds z, `written` squashes the input."""
    W = dict(zip(order, np.split(params.W_x, 3, axis=1), strict=True))
    b = dict(zip(order, np.split(params.b, 3), strict=True))
    U = dict(zip(second, np.split(params.W_h, 2, axis=1), strict=True))
    h = state.h
    z = sigmoid(x @ W["z"] + b["z"] + (0 if gate is None else gate(h, U)))
    r = sigmoid(x @ W["r"] + h @ U["r"] + b["r"])
    heard = (r * h) @ U["n"] if inner is None else inner(r, h, U["n"])
    n = tanh(heard + written(x @ W["n"]) + b["n"])
    new = z * n + (1 - z) * h if blend is None else blend(z, n, h)
    return RNNState(new), MUT1Cache(z, r, n)


@mut1_step.add("Your update gate keeps the old state. In this cell it takes the new: z stands before n.")
def update_gate_keeps_the_old(x, state, params):
    return _mut1(x, state, params, blend=lambda z, n, h: (1 - z) * n + z * h)


@mut1_step.add("Your input goes into the candidate without the inner tanh. It is squashed once on its own first.")
def without_the_inner_tanh(x, state, params):
    return _mut1(x, state, params, written=lambda a: a)


@mut1_step.add("Your b_n is inside the inner tanh. It is added beside it.")
def bias_inside_the_inner_tanh(x, state, params):
    b_n = np.split(params.b, 3)[2]
    return _mut1(x, state, params, written=lambda a: tanh(a + b_n) - b_n)


@mut1_step.add("Your update gate sees the hidden state. In this cell it sees the input alone.")
def update_gate_sees_the_state(x, state, params):
    return _mut1(x, state, params, gate=lambda h, U: h @ U["r"])


@mut1_step.add("Your reset gate multiplies the product. Here it is applied to the state first, as in Cho's GRU.")
def reset_after_the_product_of_mut1(x, state, params):
    return _mut1(x, state, params, inner=lambda r, h, W: r * (h @ W))


@mut1_step.add("Your candidate sees all of the old state. Where is the reset gate?")
def mut1_without_reset(x, state, params):
    return _mut1(x, state, params, inner=lambda r, h, W: h @ W)


@mut1_step.add("You read W_x and b in the GRU's order r, z, n. MUT1 has z first.")
def order_of_the_gru(x, state, params):
    return _mut1(x, state, params, order="rzn")


@mut1_step.add("You read the two blocks of W_h in the wrong order: r comes first, then n.")
def recurrent_blocks_swapped(x, state, params):
    return _mut1(x, state, params, second="nr")


depth_gated_step = Mutants()


def _depth(x, state, params, u_first=True, peep=None, update=None, sees=None, output_sees_new=True):
    """The depth-gated LSTM with its parts laid open."""
    D, H = params.W_d.shape
    u, below = (x[:, :D], x[:, D:]) if u_first else (x[:, H:], x[:, :H])
    a_i, a_f, a_g, a_o = np.split(u @ params.W_x + state.h @ params.W_h + params.b, 4, axis=1)
    p_i, p_f, p_o = np.split(params.p if peep is None else peep(params.p), 3)
    i, f, g = sigmoid(a_i + p_i * state.c), sigmoid(a_f + p_f * state.c), tanh(a_g)
    seen = params.p_d * state.c + params.l_d * below if sees is None else sees(params, state.c, below)
    d = sigmoid(u @ params.W_d + params.b_d + seen)
    c = d * below + f * state.c + i * g if update is None else update(d, below, f, state.c, i * g)
    o = sigmoid(a_o + p_o * (c if output_sees_new else state.c))
    return LSTMState(o * tanh(c), c), DepthGatedCache(i, f, g, o, d)


@depth_gated_step.add(
    "Your cell does not take in the cell below. That is the peephole LSTM: one term of (6.9) is missing."
)
def nothing_from_below(x, state, params):
    return _depth(x, state, params, update=lambda d, below, f, c, new: f * c + new)


@depth_gated_step.add("Your cell takes in all of the cell below. The depth gate d decides how much of it may pass.")
def below_without_gate(x, state, params):
    return _depth(x, state, params, update=lambda d, below, f, c, new: below + f * c + new)


@depth_gated_step.add(
    "Your gates are on the wrong roads: f is for the cell of the step before, d for the cell of the layer below."
)
def swapped_roads(x, state, params):
    return _depth(x, state, params, update=lambda d, below, f, c, new: f * below + d * c + new)


@depth_gated_step.add("Your depth gate does not see the cell below. Its weight l_d is for that.")
def blind_for_below(x, state, params):
    return _depth(x, state, params, sees=lambda params, c, below: params.p_d * c)


@depth_gated_step.add("Your depth gate does not see its own cell. Its weight p_d is for that.")
def blind_for_itself(x, state, params):
    return _depth(x, state, params, sees=lambda params, c, below: params.l_d * below)


@depth_gated_step.add("Your depth gate does not read the input. Its weights W_d are for u.")
def blind_for_the_input(x, state, params):
    return _depth(x, state, params._replace(W_d=0 * params.W_d))


@depth_gated_step.add("You swapped p_d and l_d: p_d is for the layer's own cell, l_d for the one below.")
def swapped_weights_of_the_depth_gate(x, state, params):
    return _depth(x, state, params, sees=lambda params, c, below: params.p_d * below + params.l_d * c)


@depth_gated_step.add("You take the cell below from the first columns of x. It stands in the last H columns, after u.")
def cell_below_first(x, state, params):
    return _depth(x, state, params, u_first=False)


@depth_gated_step.add("Your output gate looks at the old cell. Its peephole is on the cell after the update.")
def output_peeps_at_the_old_cell(x, state, params):
    return _depth(x, state, params, output_sees_new=False)


@depth_gated_step.add("Your gates i, f and o have no peepholes. This cell is a peephole LSTM with one gate more.")
def without_peepholes(x, state, params):
    return _depth(x, state, params, peep=lambda p: 0 * p)


param_count = Mutants()


def _counts(cell, D, H, recurrent=None, bias=1, **changed):
    """The counts with their parts laid open; `changed` puts another count in a cell's place."""
    recurrent = H * H if recurrent is None else recurrent
    block = D * H + recurrent + bias * H
    counts = {
        "rnn": block,
        "lstm": 4 * block,
        "coupled_lstm": 3 * block,
        "peephole_lstm": 4 * block + 3 * H,
        "depth_gated": 4 * block + D * H + 6 * H,
        "gru": 3 * block + H,
        "gru_reset_before": 3 * block,
        "mut1": 3 * block - recurrent,
    }
    return (counts | changed)[cell]


@param_count.add("Your counts lack the biases of the blocks. They are learned too.")
def blocks_without_bias(cell, D, H):
    return _counts(cell, D, H, bias=0)


@param_count.add("Your counts have two biases a block, as torch has. They are only ever added; ours has one.")
def two_biases_a_block(cell, D, H):
    return _counts(cell, D, H, bias=2)


@param_count.add(
    "Your blocks have one recurrent number a unit. Every unit of the old state reaches every unit: what shape is that?"
)
def diagonal_recurrence(cell, D, H):
    return _counts(cell, D, H, recurrent=H)


@param_count.add("Your peepholes are full matrices, as in lecture notes N1. A peephole is one number for each unit.")
def full_peepholes(cell, D, H):
    full = _counts("lstm", D, H) + 3 * H * H
    return _counts(cell, D, H, peephole_lstm=full, depth_gated=full + D * H + 3 * H)


@param_count.add("Your MUT1 has three whole blocks. Its update gate does not see h, so one block is smaller.")
def mut1_of_three_whole_blocks(cell, D, H):
    return _counts(cell, D, H, mut1=_counts("gru_reset_before", D, H))


@param_count.add("Your GRU lacks b_n, the second bias of its candidate, which stands in an array of its own.")
def gru_without_inner_bias(cell, D, H):
    return _counts(cell, D, H, gru=_counts("gru_reset_before", D, H))


@param_count.add("Your coupled LSTM has as many blocks as the plain one. Its input gate is 1 - f and needs no weights.")
def coupled_of_four_blocks(cell, D, H):
    return _counts(cell, D, H, coupled_lstm=_counts("lstm", D, H))


@param_count.add(
    "Your depth gate has a recurrent matrix. It looks at u and, diagonally, at two cells: W_d, b_d, p_d, l_d."
)
def depth_gate_with_recurrence(cell, D, H):
    return _counts(cell, D, H, depth_gated=_counts("depth_gated", D, H) + H * H)


@param_count.add("Your depth-gated LSTM lacks the peepholes of i, f and o. It is a peephole LSTM with a gate more.")
def depth_gated_without_peepholes(cell, D, H):
    return _counts(cell, D, H, depth_gated=_counts("depth_gated", D, H) - 3 * H)


@param_count.add("You swapped D and H. The recurrent matrix goes from H units to H units, the other from D to H.")
def sizes_swapped(cell, D, H):
    return _counts(cell, H, D)


clockwork_step = Mutants()


def _clockwork(x, state, params, periods, unit_periods=None, tick=None, hears=None, idle=None, advance=1, old=None):
    """The Clockwork RNN with its parts laid open."""
    size = params.W_h.shape[0] // len(periods)
    of_unit = np.repeat(periods, size) if unit_periods is None else unit_periods(size)
    active = state.t % of_unit == 0 if tick is None else tick(state.t, of_unit)
    heard = of_unit[:, None] >= of_unit[None, :] if hears is None else hears(of_unit)
    before = state.h if old is None else old(state.h, active)
    fresh = tanh(x @ params.W_x + before @ (heard * params.W_h) + params.b)
    h = np.where(active, fresh, state.h if idle is None else idle(state.h))
    return ClockworkState(h, state.t + advance), ClockworkCache(active.astype(float))


@clockwork_step.add("All of your modules compute at every step. A module computes only when its period divides t.")
def everybody_computes(x, state, params, periods):
    return _clockwork(x, state, params, periods, tick=lambda t, of_unit: t % of_unit >= 0)


@clockwork_step.add("Your modules all listen to each other. Slow modules must not hear fast ones.")
def everybody_hears_everybody(x, state, params, periods):
    return _clockwork(x, state, params, periods, hears=lambda of_unit: of_unit[:, None] > 0)


@clockwork_step.add(
    "Your slow modules listen to the fast ones, and not the other way round. Rows of W_h are speakers and columns are "
    "listeners, since data stand on the left."
)
def slow_hear_fast(x, state, params, periods):
    return _clockwork(x, state, params, periods, hears=lambda of_unit: of_unit[:, None] <= of_unit[None, :])


@clockwork_step.add("Your modules hear only themselves. A fast module listens to the slower ones as well.")
def modules_hear_only_themselves(x, state, params, periods):
    return _clockwork(x, state, params, periods, hears=lambda of_unit: of_unit[:, None] == of_unit[None, :])


@clockwork_step.add("Your clock counts from 1. The first step has t = 0, at which everybody computes.")
def counts_from_one(x, state, params, periods):
    return _clockwork(x, state, params, periods, tick=lambda t, of_unit: (t + 1) % of_unit == 0)


@clockwork_step.add("Your modules forget when they do not compute: their state becomes 0. They should keep it.")
def idle_modules_forget(x, state, params, periods):
    return _clockwork(x, state, params, periods, idle=lambda h: 0 * h)


@clockwork_step.add("Your modules do not hear those that are idle. An idle module keeps its state, and can be heard.")
def idle_modules_are_not_heard(x, state, params, periods):
    return _clockwork(x, state, params, periods, old=lambda h, active: h * active)


@clockwork_step.add("Your clock stands still: the new state has the t of the old one. Each step adds 1.")
def clock_stands_still(x, state, params, periods):
    return _clockwork(x, state, params, periods, advance=0)


@clockwork_step.add(
    "You deal the periods out to the units one by one, in turn. Units of a module stand side by side: with periods 1 "
    "and 2, the first half has 1."
)
def periods_in_turn(x, state, params, periods):
    return _clockwork(x, state, params, periods, unit_periods=lambda size: np.tile(periods, size))
