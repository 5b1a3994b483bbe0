"""Wrong ways to read backwards, to stack, to drop, to penalise and to climb trees, and what leads to them."""

import numpy as np

from autograder.checking.mutants import Mutants
from rnncore.functional.base.activations import tanh
from rnncore.functional.base.pytree import leaves, map_tree
from rnncore.functional.sequence.padding import reverse_padded as right_reverse
from rnncore.functional.sequence.padding import unroll_padded
from rnncore.functional.sequence.tree_rnn import TreeParams, compose
from rnncore.functional.sequence.unroll import unroll

reverse_padded = Mutants()


def _steps(xs, lengths, order):
    """For each row, the steps that `order(n, T)` names."""
    return np.stack([row[order(int(n), xs.shape[1])] for row, n in zip(xs, lengths, strict=True)])


@reverse_padded.add(
    "You turn whole rows around, so a short sequence now begins with its padding. Each row has a length of its own, "
    "and only so many of its steps change places."
)
def whole_rows(xs, lengths):
    return xs[:, ::-1].copy()


@reverse_padded.add(
    "Your sequences are turned around, but their padding is lost: it became zero. What stands there is not yours to "
    "change."
)
def padding_becomes_zero(xs, lengths):
    there = np.arange(xs.shape[1]) < np.array([int(n) for n in lengths])[:, None]
    return np.where(there[:, :, None], right_reverse(xs, lengths), 0.0)


@reverse_padded.add(
    "You turn the batch around instead of the steps: sequences stand in each other's places. Time is the second axis."
)
def batch_turned(xs, lengths):
    return xs[::-1].copy()


@reverse_padded.add(
    "You turn the numbers of each step around instead of the steps. Time is the second axis, not the last."
)
def features_turned(xs, lengths):
    return xs[:, :, ::-1].copy()


@reverse_padded.add(
    "Your sequences begin one step too late, in the padding. With n steps counted from 0, the last one is number n - 1."
)
def one_step_too_late(xs, lengths):
    return _steps(xs, lengths, lambda n, T: [*(min(n - t, T - 1) for t in range(n)), *range(n, T)])


@reverse_padded.add("You use one length for all rows, that of the first. Each row has a length of its own.")
def one_length_for_all(xs, lengths):
    return right_reverse(xs, [lengths[0]] * len(xs))


@reverse_padded.add("Your sequences come back as they went in. The last step of each should now be its first.")
def nothing_turned(xs, lengths):
    return xs.copy()


@reverse_padded.add(
    "You move the padding of each row to its front. The padding stays at the end; the sequence alone is turned."
)
def padding_to_the_front(xs, lengths):
    return _steps(xs, lengths, lambda n, T: [*range(n, T), *range(n)])


bidirectional = Mutants()


def _both(
    step,
    xs,
    states,
    params,
    lengths,
    turn=right_reverse,
    back=right_reverse,
    join=None,
    read=unroll_padded,
    second=None,
):
    """Both directions with their parts laid open."""
    ahead, last, caches = read(step, xs, states[0], params[0], lengths)
    first = states[1] if second is None else second(last)
    behind, last_back, caches_back = read(step, turn(xs, lengths), first, params[1], lengths)
    join = (lambda a, b: np.concatenate([a, b], axis=2)) if join is None else join
    return join(ahead, back(behind, lengths)), (last, last_back), (caches, caches_back)


def _as_it_is(xs, lengths):
    return xs


def _whole_rows(xs, lengths):
    return xs[:, ::-1]


@bidirectional.add(
    "Your backward half stands in the order in which its cell read: at step 1 it shows the state after the last step. "
    "Turn its hidden states around before you put them beside the others."
)
def not_turned_back(step, xs, states, params, lengths):
    return _both(step, xs, states, params, lengths, back=_as_it_is)


@bidirectional.add(
    "Both halves of your states read forwards, as in N4's formula. One of the two cells has to start at the end."
)
def two_forward_cells(step, xs, states, params, lengths):
    return _both(step, xs, states, params, lengths, turn=_as_it_is, back=_as_it_is)


@bidirectional.add(
    "Your backward cell begins in the padding. In a batch of different lengths the end of a row is not the end of its "
    "sequence: `reverse_padded` knows the difference."
)
def backwards_through_padding(step, xs, states, params, lengths):
    there = (np.arange(xs.shape[1]) < np.array(lengths)[:, None])[:, :, None]

    def read(step, xs, state, params, lengths):
        hs, last, caches = unroll(step, xs, state, params)
        return hs, last, caches

    hs, last, caches = _both(step, xs, states, params, lengths, turn=_whole_rows, back=_whole_rows, read=read)
    return np.where(there, hs, 0.0), last, caches


@bidirectional.add(
    "Both of your cells use the weights of the forward one. They are two cells, and `params` holds the weights of both."
)
def one_cell_twice(step, xs, states, params, lengths):
    return _both(step, xs, states, (params[0], params[0]), lengths)


@bidirectional.add("Your halves have changed places. The forward half comes first, then the backward half.")
def backward_half_first(step, xs, states, params, lengths):
    return _both(step, xs, states, params, lengths, join=lambda a, b: np.concatenate([b, a], axis=2))


@bidirectional.add(
    "You add the two hidden states. They stand beside each other, (B, T, 2H), so that a readout can weigh each on its "
    "own."
)
def added(step, xs, states, params, lengths):
    return _both(step, xs, states, params, lengths, join=np.add)


@bidirectional.add(
    "You put the backward states after the forward ones in time. They belong beside each other at every step: look at "
    "the axis of concat."
)
def joined_in_time(step, xs, states, params, lengths):
    return _both(step, xs, states, params, lengths, join=lambda a, b: np.concatenate([a, b], axis=1))


@bidirectional.add(
    "Your backward cell starts from the last state of the forward one. The two know nothing of each other: each has a "
    "first state of its own."
)
def backward_continues_forward(step, xs, states, params, lengths):
    return _both(step, xs, states, params, lengths, second=lambda last: last)


@bidirectional.add("Both of your cells start from the forward one's first state. `states` holds one for each.")
def one_first_state_for_both(step, xs, states, params, lengths):
    return _both(step, xs, (states[0], states[0]), params, lengths)


@bidirectional.add(
    "Your cells start from each other's first state. `states` holds the forward cell's, then the backward's."
)
def states_swapped(step, xs, states, params, lengths):
    return _both(step, xs, states[::-1], params, lengths)


@bidirectional.add(
    "Your forward half reads the turned sequence and your backward half the plain one, so the two directions have "
    "changed weights. The first of `params` belongs to the cell that reads forwards."
)
def directions_swapped(step, xs, states, params, lengths):
    turned = right_reverse(xs, lengths)
    first, last_first, caches_first = unroll_padded(step, turned, states[0], params[0], lengths)
    second, last_second, caches_second = unroll_padded(step, xs, states[1], params[1], lengths)
    hs = np.concatenate([right_reverse(first, lengths), second], axis=2)
    return hs, (last_first, last_second), (caches_first, caches_second)


@bidirectional.add(
    "Your hidden states are right, but the last states are not: you return the backward cell's before the forward "
    "cell's."
)
def last_states_swapped(step, xs, states, params, lengths):
    hs, (ahead, back), caches = _both(step, xs, states, params, lengths)
    return hs, (back, ahead), caches


stack_layers = Mutants()


def _stack(layer, xs, states, params, masks=(), reads=None, starts=None, dressed=None):
    """Layers on layers with their parts laid open; `dressed` gives what a layer reads its mask."""
    shown, last, caches = xs, [], []
    for l in range(len(params)):
        below = (xs if l == 0 else shown) if reads is None else reads(l, xs, shown)
        below = below * masks[l - 1] if dressed is None and l and masks else below
        shown, end, of_layer = layer(below, states[l] if starts is None else starts(l, last), params[l])
        last.append(end)
        caches.append(of_layer)
    return shown, last, caches


@stack_layers.add("You run the bottom layer only. What it shows is what the next layer reads, and so on to the top.")
def bottom_layer_only(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states[:1], params[:1])


@stack_layers.add(
    "All of your layers read the input. From the second on, a layer reads the hidden states that the one below shows."
)
def all_read_the_input(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, masks, reads=lambda l, xs, shown: xs)


@stack_layers.add(
    "Your layers start from the first layer's state. Each layer has a state of its own, with the same place in "
    "`states`."
)
def one_first_state(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, masks, starts=lambda l, last: states[0])


@stack_layers.add(
    "Each of your layers starts from the last state of the one below. What goes up are the hidden states of all "
    "steps; the state a layer starts from stands in `states`."
)
def starts_where_the_one_below_ended(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, masks, starts=lambda l, last: last[-1] if l else states[0])


@stack_layers.add(
    "Your states and weights are used from the top down. The first of `params` belongs to the lowest layer."
)
def states_upside_down(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, masks, starts=lambda l, last: states[len(params) - 1 - l])


@stack_layers.add(
    "Your top layer shows the sum of all layers. That is a design of its own (skip connections); here a layer shows "
    "its own hidden states."
)
def layers_added(layer, xs, states, params, masks=()):
    shown, total, last, caches = xs, 0.0, [], []
    for l in range(len(params)):
        below = shown * masks[l - 1] if l and masks else shown
        shown, end, of_layer = layer(below, states[l], params[l])
        total = total + shown
        last.append(end)
        caches.append(of_layer)
    return total, last, caches


@stack_layers.add(
    "You return the last state and the caches of the top layer alone. Whoever reads on from here, or goes back "
    "through the network, needs those of all layers."
)
def top_layer_alone(layer, xs, states, params, masks=()):
    hs, last, caches = _stack(layer, xs, states, params, masks)
    return hs, last[-1:], caches[-1:]


@stack_layers.add("Your last states come from the top down. The lowest layer's comes first, as in `states`.")
def last_states_upside_down(layer, xs, states, params, masks=()):
    hs, last, caches = _stack(layer, xs, states, params, masks)
    return hs, last[::-1], caches[::-1]


@stack_layers.add(
    "Your masks have no effect. What goes up from one layer to the next is multiplied by the mask between."
)
def masks_ignored(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params)


@stack_layers.add(
    "Your masks are one floor too high: the first acts above the second layer, and the top layer's states are masked. "
    "The first mask stands between the first and the second layer."
)
def masks_too_high(layer, xs, states, params, masks=()):
    shown, last, caches = xs, [], []
    for l in range(len(params)):
        shown, end, of_layer = layer(shown, states[l], params[l])
        shown = shown * masks[l - 1] if l and masks else shown
        last.append(end)
        caches.append(of_layer)
    return shown, last, caches


@stack_layers.add(
    "Your masks are one floor too low: the input is masked already. The first mask stands between the first and the "
    "second layer."
)
def masks_too_low(layer, xs, states, params, masks=()):
    if not masks:
        return _stack(layer, xs, states, params)
    return _stack(layer, xs * masks[0], states, params, [*masks[1:], np.ones(1)])


@stack_layers.add(
    "You use the first mask between all layers. There is one for each pair of neighbours, the lowest first."
)
def one_mask(layer, xs, states, params, masks=()):
    return _stack(layer, xs, states, params, [masks[0]] * len(masks) if masks else ())


dropout_mask = Mutants()


@dropout_mask.add(
    "Your mask drops the right entries, but keeps the others as they are, so the mean shrinks. What is kept has to "
    "make up for what is dropped."
)
def not_scaled(noise, rate):
    return (noise >= rate).astype(noise.dtype)


@dropout_mask.add(
    "Your mask keeps what should be dropped. The rate is how likely an entry is dropped, not how likely it is kept."
)
def keeps_at_the_rate(noise, rate):
    return (noise < rate) / (1.0 - rate)


@dropout_mask.add(
    "Your mask multiplies what is kept by 1 - rate, which makes the mean smaller still. Dropping takes away; what is "
    "left has to grow."
)
def scaled_down(noise, rate):
    return (noise >= rate) * (1.0 - rate)


@dropout_mask.add(
    "Your mask divides by the rate. The share of entries that are kept is 1 - rate, and that is what the mean was "
    "multiplied by."
)
def divided_by_the_rate(noise, rate):
    return (noise >= rate) / (rate or 1.0)


@dropout_mask.add(
    "Your mask holds the noise itself where an entry is kept. The noise only decides; a mask has two values."
)
def noise_kept(noise, rate):
    return np.where(noise >= rate, noise, 0.0) / (1.0 - rate)


@dropout_mask.add(
    "Your mask drops where the noise is large. That would be as good a lottery, but the docstring says which end loses."
)
def drops_large_noise(noise, rate):
    return (noise < 1.0 - rate) / (1.0 - rate)


@dropout_mask.add(
    "Your mask drops exactly the rate's share of the smallest numbers. Each entry is drawn on its own, so how many "
    "are dropped varies."
)
def exact_share(noise, rate):
    order = np.argsort(np.argsort(noise, axis=None)).reshape(noise.shape)
    return (order >= rate * noise.size) / (1.0 - rate)


l1_l2_penalty = Mutants()


def _price(params, one, whole=sum, counts=lambda w: w.ndim > 1):
    return whole([one(w) for w in leaves(params) if counts(w)])


@l1_l2_penalty.add(
    "Your penalty counts the biases too. They go free: an array with a single axis is a bias, and costs nothing."
)
def biases_pay(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + l2 * (w**2).sum(), counts=lambda w: True)


@l1_l2_penalty.add(
    "In your penalty negative weights earn money: the part of l1 adds up the weights themselves. A weight costs by "
    "its size, whatever its sign."
)
def no_absolute_value(params, l1, l2):
    return _price(params, lambda w: l1 * w.sum() + l2 * (w**2).sum())


@l1_l2_penalty.add(
    "Your part of l2 takes the root of the sum of squares. The squares themselves are what costs: Σ w², without a root."
)
def root_of_squares(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + l2 * np.sqrt((w**2).sum()))


@l1_l2_penalty.add(
    "Your part of l2 is half of what is asked. Some books put a factor of 1/2 before Σ w²; here there is none."
)
def half_of_the_squares(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + 0.5 * l2 * (w**2).sum())


@l1_l2_penalty.add("Your prices have changed places: l1 is the price of |w|, l2 that of w².")
def prices_swapped(params, l1, l2):
    return _price(params, lambda w: l2 * np.abs(w).sum() + l1 * (w**2).sum())


@l1_l2_penalty.add(
    "Your penalty takes means over the entries. All entries pay, so a network with more weights pays more: it is a sum."
)
def means(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).mean() + l2 * (w**2).mean())


@l1_l2_penalty.add("Your penalty looks at one matrix only. All matrices of the tree pay: see `leaves`.")
def first_matrix_alone(params, l1, l2):
    return _price(params, lambda w: l1 * np.abs(w).sum() + l2 * (w**2).sum(), whole=lambda prices: prices[0])


l1_l2_gradient = Mutants()


def _slope(params, one, bias=lambda w: 0.0 * w):
    return map_tree(lambda w: one(w) if w.ndim > 1 else bias(w), params)


@l1_l2_gradient.add("Your gradient has biases pay too. The penalty does not contain them, so its gradient is 0 there.")
def biases_pulled(params, l1, l2):
    return map_tree(lambda w: l1 * np.sign(w) + 2 * l2 * w, params)


@l1_l2_gradient.add("Your part of l2 is half as large as it should be. What is the derivative of w²?")
def factor_two_missing(params, l1, l2):
    return _slope(params, lambda w: l1 * np.sign(w) + l2 * w)


@l1_l2_gradient.add(
    "Your part of l1 is the penalty |w|, not its slope. The slope of |w| is the same for large and small weights: "
    "only the sign matters."
)
def size_for_sign(params, l1, l2):
    return _slope(params, lambda w: l1 * np.abs(w) + 2 * l2 * w)


@l1_l2_gradient.add("Your part of l1 pulls every weight down. Below zero, |w| grows to the left, and its slope is -1.")
def one_for_sign(params, l1, l2):
    return _slope(params, lambda w: l1 * np.ones_like(w) + 2 * l2 * w)


@l1_l2_gradient.add(
    "Your gradient is the penalty itself, put in every place. That is N2's mistake: an update needs slopes, one for "
    "each weight."
)
def penalty_everywhere(params, l1, l2):
    return _slope(params, lambda w: 0.0 * w + l1 * np.abs(w).sum() + l2 * (w**2).sum())


@l1_l2_gradient.add("Your prices have changed places: l1 belongs to the sign, l2 to the weight.")
def slopes_swapped(params, l1, l2):
    return _slope(params, lambda w: l2 * np.sign(w) + 2 * l1 * w)


@l1_l2_gradient.add(
    "Your gradient points downhill. A gradient says where the penalty grows; it is the update that goes the other way."
)
def downhill(params, l1, l2):
    return _slope(params, lambda w: -l1 * np.sign(w) - 2 * l2 * w)


@l1_l2_gradient.add(
    "Your gradient is off where a weight is exactly zero. At the corner of |w| we take the slope 0, between -1 and 1."
)
def corner_pulled(params, l1, l2):
    return _slope(params, lambda w: l1 * np.where(w >= 0, 1.0, -1.0) + 2 * l2 * w)


@l1_l2_gradient.add(
    "Where a bias belongs your tree has nothing. A gradient has the build of the parameters: zeros for a bias."
)
def no_place_for_biases(params, l1, l2):
    return _slope(params, lambda w: l1 * np.sign(w) + 2 * l2 * w, bias=lambda w: None)


tree_rnn = Mutants()


def _node(left, right, params):
    return compose(left[None], right[None], params)[0]


def _row(tree):
    return [tree] if isinstance(tree, int) else [leaf for child in tree for leaf in _row(child)]


def _climb(tree, vectors, params, node=_node, leaf=lambda vector: vector):
    if isinstance(tree, int):
        return leaf(vectors[tree])
    left, right = (_climb(child, vectors, params, node, leaf) for child in tree)
    return node(left, right, params)


@tree_rnn.add(
    "Your children have changed places. The upper half of W is for the left part, so that 3 - 2 is not 2 - 3."
)
def children_swapped(tree, vectors, params):
    return _climb(tree, vectors, params, node=lambda left, right, params: _node(right, left, params))


@tree_rnn.add(
    "You read the leaves in a row from left to right and ignore the brackets. What belongs together is composed first."
)
def brackets_ignored(tree, vectors, params):
    first, *rest = (vectors[leaf] for leaf in _row(tree))
    for vector in rest:
        first = _node(first, vector, params)
    return first


@tree_rnn.add(
    "You read the leaves in a row from right to left and ignore the brackets. What belongs together is composed first."
)
def brackets_ignored_from_the_right(tree, vectors, params):
    *rest, last = (vectors[leaf] for leaf in _row(tree))
    for vector in reversed(rest):
        last = _node(vector, last, params)
    return last


@tree_rnn.add(
    "Your leaves go through tanh. A leaf is its vector as it stands; only pairs are composed, and the cell does the "
    "squashing."
)
def leaves_squashed(tree, vectors, params):
    return _climb(tree, vectors, params, leaf=tanh)


@tree_rnn.add("Your nodes leave out tanh, which is part of the cell. `compose` does one node whole.")
def nodes_not_squashed(tree, vectors, params):
    def node(left, right, params):
        return np.concatenate([left, right]) @ params.W + params.b

    return _climb(tree, vectors, params, node)


@tree_rnn.add("Your nodes leave out the bias, which is part of the cell. `compose` does one node whole.")
def nodes_without_bias(tree, vectors, params):
    return _climb(tree, vectors, TreeParams(params.W, 0.0 * params.b))


@tree_rnn.add(
    "Below the root you take one leaf for a whole branch. A part that is a pair itself has to be climbed in the same "
    "way: let the function call itself."
)
def one_leaf_for_a_branch(tree, vectors, params):
    if isinstance(tree, int):
        return vectors[tree]
    left, right = (vectors[_row(child)[0]] for child in tree)
    return _node(left, right, params)


@tree_rnn.add(
    "Your result has an axis too many: (1, H) instead of (H,). `compose` takes and gives rows of a batch of one."
)
def batch_of_one(tree, vectors, params):
    return _climb(tree, vectors, params)[None]


@tree_rnn.add(
    "Your vector of a pair is the mean of its parts. The weights W and b make the vector of a pair; see (7.8)."
)
def mean_of_the_parts(tree, vectors, params):
    return _climb(tree, vectors, params, node=lambda left, right, params: (left + right) / 2)
