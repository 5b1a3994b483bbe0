# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 7. Deep, bidirectional, recursive
#
# > *He said, Teddy bears are on sale!*
# >
# > *He said, Teddy Roosevelt was an American president.*
#
# Is "Teddy" part of a person's name? When you had read as far as that word, you could not know. The next word told
# you, and you went back in your mind and put it right. No cell of Units 2 to 6 can do that, whatever its gates: they
# read from left to right, and never turn round.
#
# This unit has no new cell. It takes the cells that you have and arranges them in three new ways: two chains that
# read in **both directions**, chains **on top of** chains, and a chain that is no chain but a **tree**.
#
# **At the end of this unit you can**
#
# - run any cell in both directions over sequences of different lengths, and say what each half of its state has
#   heard;
# - stack layers of any kind, and say what depth costs;
# - drop units between layers so that the mean stays, and put a price on large weights;
# - run a cell along a tree instead of a row;
# - say from your own measurements which of the three helped, which did not, and where each cannot be used at all.
#
# **You need** Unit 2 (the recurrent cell, `unroll`), padding (Unit 1), gradients and their check (Unit 3). LSTMs
# (Unit 5) come in as an argument of functions only.
#
# **Time** two to three hours. **Points** {{ points }}:
#
# {{ exercises }}
#
# **How to work** As in Unit 2: write the function, run the check; if it ends with `All good`, go on. A check stops
# with `NotImplementedError` if an exercise that it calls is open; grading takes right versions of the earlier ones.
# You could begin with exercise {{ number l1-l2-penalty }} or {{ number tree-rnn }} as well.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made; where they go wrong, a
# *Correction* tries it out.
#
# **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers in an input, $H$ units,
# and new here $L$ layers. Rows are sequences: $x W_x$.

# %% given="deep-setup"
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from array_api_compat import device

from rnncore.functional.base import Array, Float
from rnncore.functional.base import array_namespace, concat, leaves, map_tree, require_shape
from rnncore.functional.base import softmax, stack, zeros_like
from rnncore.functional.cells import RNNParams, RNNState, StackedParams
from rnncore.functional.cells import init_lstm_params, init_lstm_state, init_rnn_params
from rnncore.functional.cells import init_rnn_state
from rnncore.functional.cells import lstm_step, rnn_step, rnn_step_stacked
from rnncore.functional.sequence import Layer, Lengths, Step, Tree, TreeParams
from rnncore.functional.sequence import compose, length_mask, unroll, unroll_padded
from rnncore.lab.checks import expect_close, expect_gradients, expect_shape, expect_unchanged
from rnncore.lab.checks import on_torch
from rnncore.lab.live import live
from rnncore.lab.plots import plot_bars, plot_curves
from rnncore.lab.plots.style import COLOURS, SIGNED, new_figure
from rnncore.lab.plots.trees import draw_tree, nodes
from rnncore.tasks.teddy import VOCABULARY

# %% [markdown]
# Of these your code needs some of the following. They work on NumPy arrays and on torch tensors alike, and the
# experiments train what you wrote with torch; so use them rather than functions of `np`.
#
# | tool | does |
# |---|---|
# | `unroll_padded(step, xs, state, params, lengths)` | `unroll` for rows of different lengths: hidden states (0 in the padding), the state after the last step *of each sequence*, caches |
# | `concat([a, b], axis=2)` | join arrays along an axis they have; `stack` makes a new axis |
# | `a[b, [2, 1, 0, 3]]` | row `b`, its steps in this order |
# | `leaves(params)` | all arrays in a tuple, NamedTuple, list or dictionary of arrays, one after the other |
# | `map_tree(f, params)` | the same tuples and lists, with `f(array)` for each array |
# | `array_namespace(a)` | the library of `a`, say `xp`; then `xp.abs(a)`, `xp.sum(a)`, `xp.sign(a)` |
# | `compose(left, right, params)` | one node of a tree (section 6) |
#
# ## 1. What the next word says
#
# Lecture notes N3 name it among the limits of recurrent networks: they keep to a "strict temporal order", so that the
# "current input has context of previous inputs but not the future". **Would better gates help?** We let an LSTM with
# fresh weights read two sentences that differ in one word, and see how far apart its states are at each word.

# %%
text = "he said Teddy {} can be seen in the market"
sentences = [text.format(word).split() for word in ("bears", "Roosevelt")]
one_hot = np.eye(len(VOCABULARY))[[[VOCABULARY.index(word) for word in s] for s in sentences]]
words = [w if w == v else f"{w}, or\n{v}" for w, v in zip(*sentences, strict=True)]
rng = np.random.default_rng(0)
reader = init_lstm_params(len(VOCABULARY), 16, rng)


def apart(hs):
    """How far apart the states of the two sentences are at each word."""
    return np.linalg.norm(hs[0] - hs[1], axis=-1)


hs, _, _ = unroll(lstm_step, one_hot, init_lstm_state(2, 16), reader)
axes = {"xlabel": "what is read, word by word", "ylabel": "distance of the states"}
plot_bars(apart(hs)[None], labels=words, title="Forwards: Teddy is Teddy", **axes)

# %% [markdown]
# **What to see.** Up to "Teddy" the distance is zero; not small, zero. Both sentences are the same so far, so a cell
# that has read so far is in the same state, and whatever is read off that state is the same answer. No gate, no
# training and no number of units can change that. The state at "bears" differs, but the tag of "Teddy" is due one
# word earlier.
#
# The way out is old (Schuster and Paliwal 1997): let a second cell read the sentence from its end. When it comes to
# "Teddy", it has just read "bears".
#
# ## 2. Turn round
#
# To read from the end, reverse the sequence and read it forwards. There is one trap. Sentences in a batch have
# different lengths, and stand in one array with **padding** after the shorter ones. Reverse the whole array, and
# this happens:
#
# ```text
#   a   b   c  PAD PAD       whole row turned:    PAD PAD  c   b   a       wrong
#                            sequence turned:      c   b   a  PAD PAD      right
# ```
#
# In the upper version the backward cell starts with padding, and by the time it meets the sentence its state is no
# longer the one that it was given: how long the *other* sentences of the batch are would change what this one means.
# With $n$ the length of a sequence,
#
# $$x'_t = x_{n + 1 - t} \;\text{ for } t \le n, \qquad x'_t = x_t \;\text{ for } t > n \tag{7.1}$$
#
# ### {{ exercise reverse-padded }}
#
# Write (7.1). Python counts steps from 0, so of a sequence of $n$ steps the last has the number $n - 1$. A list of
# numbers in brackets picks steps in that order, `xs[b, [2, 1, 0, 3, 4]]`; with one such list for each row, and
# `stack`, you are nearly there. `lengths` is a list or an array of $B$ whole numbers. (`a[::-1]` works in NumPy, but torch has no such thing.)

# %% exercise="reverse-padded"
from rnncore.functional.sequence import reverse_padded  # exercise
#: For each row: in which order do its T steps come out?

# %% check="reverse-padded"
three = np.arange(1.0, 16.0).reshape(3, 5, 1)  # 1 ... 5, 6 ... 10, 11 ... 15
with expect_unchanged("reverse_padded", xs=three):
    turned = reverse_padded(three, [5, 0, 3])
expect_shape("reverse_padded", turned, (3, 5, 1))
expect_close("no padding", turned[0, :, 0], [5, 4, 3, 2, 1], "All five steps change places.")
expect_close("padding only", turned[1, :, 0], [6, 7, 8, 9, 10], "No step to turn.")
hint = "13 was the last step of the sequence; 14 and 15 are padding."
expect_close("three steps and padding", turned[2, :, 0], [13, 12, 11, 14, 15], hint)

# A law: twice is not at all.
xs = np.random.default_rng(1).normal(size=(4, 6, 3))
lengths = [6, 1, 4, 2]
once = reverse_padded(xs, lengths)
again = reverse_padded(once, lengths)
expect_close("turned twice", again, xs, "Twice must give back what went in.")
expect_close("on torch tensors", on_torch(partial(reverse_padded, lengths=lengths), xs), once)
print("All good")

# %% [markdown]
# ## 3. Two chains
#
# Two cells of the same kind, each with weights and a first state of its own. One reads forwards, the other backwards,
# and at each step we put what they show side by side:
#
# $$
# \overrightarrow h_t = \text{step}(x_t, \overrightarrow h_{t-1}), \qquad
# \overleftarrow h_t = \text{step}(x_t, \overleftarrow h_{t+1}), \qquad
# h_t = [\overrightarrow h_t, \overleftarrow h_t]
# \tag{7.2}
# $$
#
# ```text
#   backward       ←h₁ ◀────── ←h₂ ◀────── ←h₃ ◀────── ←h₄ ◀── starts at the end of each sequence
#   forward    ──▶ →h₁ ──────▶ →h₂ ──────▶ →h₃ ──────▶ →h₄
#
#   reads           he         said        Teddy       bears
#   shows       [→h₁ ←h₁]   [→h₂ ←h₂]   [→h₃ ←h₃]   [→h₄ ←h₄]      (B, T, 2H)
# ```
#
# The arrow over the letter says which way the cell goes: $\overrightarrow h_t$ has read steps $1 \dots t$,
# $\overleftarrow h_t$ has read $T \dots t$. Together they have read everything, and both have read $x_t$.
#
# ### {{ exercise bidirectional }}
#
# Write (7.2). Reverse, read, and reverse what the backward cell has shown, so that its state at step $t$ stands at
# place $t$ again. `unroll_padded` stops at the end of each sequence. `states` and `params` are pairs: the forward
# cell's, then the backward cell's; last states and caches go out as pairs too, just as `unroll_padded` gave them.

# %% exercise="bidirectional"
from rnncore.functional.sequence import bidirectional  # exercise
#: Three things: read forwards; turn round and read; join the two, both in the order of the sequence.

# %% [markdown]
# The check begins with a cell that adds up what it reads, so that you can do the sums in your head. Then it asks
# torch, which has bidirectional networks of its own; sequences of different lengths it wants *packed*. Last a law: a
# reversed sequence read by swapped cells gives the same states, reversed and with swapped halves.


# %% given="deep-oracles"
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnncore.functional.cells import rnn_to_torch
from rnncore.functional.weights import layers_to_torch


def torch_rnn(xs, layers, lengths):
    """The top hidden states as torch computes them, from empty states.

    `layers` holds for each layer the weights of its cells: `(forward,)` or `(forward, backward)`.
    """
    D, H = layers[0][0].W_x.shape
    both = len(layers[0]) == 2
    network = torch.nn.RNN(D, H, len(layers), batch_first=True, bidirectional=both).double()
    weights = layers_to_torch(layers, rnn_to_torch)
    network.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    packed = pack_padded_sequence(torch.tensor(xs), lengths, True, enforce_sorted=False)
    with torch.no_grad():
        out, _ = network(packed)
    return pad_packed_sequence(out, batch_first=True, total_length=xs.shape[1])[0].numpy()


def add_up(x: Array, state: RNNState, params: Any) -> tuple[RNNState, str]:
    """A cell that needs no weights: its state is the sum of all that it has read."""
    return RNNState(state.h + x), "a cache"


# %% check="bidirectional"
numbers, starts = np.array([[[1.0], [2.0], [3.0]]]), (RNNState([[10.0]]), RNNState([[20.0]]))
hs, last, caches = bidirectional(add_up, numbers, starts, (None, None), [3])
expect_shape("bidirectional: hidden states", hs, (1, 3, 2))
hint = "This half is plain reading: 10 + 1, 10 + 1 + 2, 10 + 1 + 2 + 3."
expect_close("1, 2, 3 added to 10, forwards", hs[0, :, 0], [11, 13, 16], hint)
hint = "From the end: 20 + 3, 20 + 3 + 2, 20 + 3 + 2 + 1. At step 1 it has read all three."
expect_close("1, 2, 3 added to 20, backwards", hs[0, :, 1], [26, 25, 23], hint)
assert [type(state) for state in last] == [RNNState] * 2, "return the last states of both cells"
hint = "Each cell's own, the forward cell's first."
expect_close("both last states", np.ravel([s.h for s in last]), [16, 26], hint)
assert [len(half) for half in caches] == [3, 3], "return the caches of both cells, two lists"

rng = np.random.default_rng(2)
xs, lengths = rng.normal(size=(3, 5, 2)), [5, 2, 4]
pair, empty = (
    (init_rnn_params(2, 4, rng), init_rnn_params(2, 4, rng)),
    (init_rnn_state(3, 4), init_rnn_state(3, 4)),
)
with expect_unchanged("bidirectional", xs=xs, states=empty, params=pair):
    hs, last, _ = bidirectional(rnn_step, xs, empty, pair, lengths)
hint = "If only the short rows differ, look at the padding; if the right half, at its order."
expect_close("hidden states, against torch", hs, torch_rnn(xs, [pair], lengths), hint)
expect_close("the last state, backwards", last[1].h, hs[:, 0, 4:], "It ends at the first step.")

swapped, _, _ = bidirectional(rnn_step, reverse_padded(xs, lengths), empty, pair[::-1], lengths)
other = reverse_padded(concat([swapped[:, :, 4:], swapped[:, :, :4]], axis=2), lengths)
expect_close("reversed and swapped", other, hs, "Is it symmetric? Which weights has which cell?")


def bidirectional_hs(xs, one, two, start):
    return bidirectional(rnn_step, xs, (start, start), (one, two), lengths)[0]


expect_close("on torch tensors", on_torch(bidirectional_hs, xs, *pair, empty[0]), hs)
print("All good")

# %% [markdown]
# **Does the state at "Teddy" now know what follows?** The same picture as in section 1, for the two halves of your
# bidirectional LSTM.

# %%
both = init_lstm_params(len(VOCABULARY), 16, np.random.default_rng(1))
start = (init_lstm_state(2, 16), init_lstm_state(2, 16))
T = len(words)
hs, _, _ = bidirectional(lstm_step, one_hot, start, (reader, both), [T, T])
halves = {"forward half": apart(hs[..., :16]), "backward half": apart(hs[..., 16:])}
figure = plot_curves(
    range(1, T + 1), halves, title="Both directions: every word has heard it", **axes
)
figure.axes[0].set_xticks(range(1, T + 1), words)
figure

# %% [markdown]
# **What to see.** The forward half is as before: zero up to "Teddy", different from then on. The backward half is its
# mirror image: zero after the word that differs, and different at it and *before* it. At "Teddy" the two sentences
# have different states at last. (These are untrained weights. That the difference is there does not mean that it is
# used; that takes training.)
#
# **Who hears whom?** Change one input at a time, and note which states move. The next cell only measures and draws.

# %%
rng, T = np.random.default_rng(4), 12
xs, cells = rng.normal(size=(1, T, 3)), (init_rnn_params(3, 16, rng), init_rnn_params(3, 16, rng))
nudged = np.repeat(xs, T, axis=0)
nudged[range(T), range(T)] += 1.0  # sequence s has step s changed
rest = init_rnn_state(T, 16), init_rnn_state(T, 16)
before = bidirectional(rnn_step, np.repeat(xs, T, axis=0), rest, cells, [T] * T)[0]
moved = np.abs(bidirectional(rnn_step, nudged, rest, cells, [T] * T)[0] - before)
parts = {"forward half": moved[..., :16], "backward half": moved[..., 16:], "both": moved}
with new_figure(1, 3, size=(9.5, 3.3), sharey=True) as (figure, panels):
    for panel, (name, change) in zip(panels, parts.items(), strict=True):
        heard = np.log10(np.maximum(change.max(axis=2), 1e-6)).T  # (state, input)
        heard[change.max(axis=2).T == 0] = np.nan
        image = panel.imshow(heard, vmin=-4, vmax=0, extent=(0.5, T + 0.5, T + 0.5, 0.5))
        panel.set(title=name, xlabel="input that is changed", facecolor="#dddddd")
    panels[0].set_ylabel("state that is looked at")
    figure.colorbar(image, ax=panels, label="$\\log_{10}$ of the change", shrink=0.8)
figure

# %% [markdown]
# **What to see.** Grey is "no change at all". In the forward half a state hears the inputs up to its own: the
# triangle below the diagonal. In the backward half it is the other triangle. Side by side they cover the square: each
# state has heard every input, the near ones best. The fading is still there; two directions do not cure what Unit 4
# is about.
#
# Read the third panel once more, along the row of state 5. It has heard input 6. So a bidirectional network can
# **never be asked to predict the next input**: it has been told. And state 1 is not ready before the *last* input has
# come. Whoever needs an answer while the sentence is still being spoken cannot use it.
#
# ### Correction 1: two arrows, one direction
#
# Lecture notes N4 give the output of a bidirectional network as
#
# $$\hat y^{\langle t \rangle} = g(W_y [\overrightarrow a^{\langle 1 \rangle}, \overrightarrow a^{\langle 2 \rangle}], b_y)$$
#
# with $a$ for our $h$. Three things are off: both arrows point forwards; the states are those of steps 1 and 2,
# whatever $t$ is; and $b_y$ is handed to $g$ as a second argument. Meant is
#
# $$\hat y_t = g([\overrightarrow h_t, \overleftarrow h_t]\, W_y + b_y) \tag{7.3}$$
#
# **What would the literal form do with Teddy?** We read it in three ways, from word for word to nearly right, with
# the same weights each time, and ask how much the output at "Teddy" differs between the two sentences.

# %%
rng = np.random.default_rng(5)
W_y, b_y = 10 * rng.normal(size=(32, 2)), rng.normal(size=2)  # large, to see small differences
second = unroll(lstm_step, one_hot, init_lstm_state(2, 16), both)[0]  # another cell, forwards too
ahead = hs[..., :16]
readings = {
    "steps 1 and 2, both forwards (N4)": [ahead[:, [0] * len(words)], ahead[:, [1] * len(words)]],
    "step t, both forwards": [ahead, second],
    "step t, forwards and backwards": [ahead, hs[..., 16:]],
}
for name, (left, right) in readings.items():
    y = softmax(concat([left, right], axis=2) @ W_y + b_y)
    changes = np.ptp(y[0, :, 0])
    print(f"{name:<34} between the sentences {abs(y[0, 2] - y[1, 2]).max():.3f},", end=" ")
    print(f"between the words of one {changes:.3f}")
plain, _, _ = unroll(lstm_step, one_hot, init_lstm_state(2, 16), reader)
print("forward half, with and without a backward cell:", np.abs(plain - ahead).max(), "apart")

# %% [markdown]
# **What to see.** Word for word the formula gives every word of the sentence the same tag. With step $t$ put in, two
# forward arrows still give "Teddy" the same tag in both sentences: two cells that both have not read the next word
# know no more than one. Only the third line can tell.
#
# N4 introduces the idea with "Some RNN send back the processed variables to improve the output". Nothing is sent
# back: the last line shows that the forward half does not notice whether there is a backward cell. The two chains
# meet in the readout, and only there. That is also why N3's "duplicates the RNN processing chain" is half right: the
# chain is there twice, but with different weights.

# %% [markdown]
# ### Experiment 1: bears and Roosevelt
#
# **How much is the second direction worth, once it is trained?** N4 tells the example and does not measure it. We do:
# 150 training steps on sentences such as
#
# > he said **Teddy** Roosevelt came up again today
# >
# > we heard on the radio that **Ginger** biscuits made the front page
#
# with eight words that may begin a name or a thing on sale, equally often. Your `bidirectional` runs twice 16 units of
# `rnn_step`; the forward tagger gets 32, so that it is not short of units. Counted are the ambiguous words of 2,000 new
# sentences. Each of the two cells takes about a quarter of a minute.

# %% experiment="deep-experiment-teddy"
from rnncore.experiments.teddy import measure_teddy

teddy = measure_teddy(bidirectional)
print(teddy)
teddy.figure()


# %% experiment="deep-experiment-two-forwards"
def two_forwards(step, xs, states, params, lengths):
    """N4's two arrows: two cells with weights of their own, both reading forwards."""
    halves = [unroll_padded(step, xs, *own, lengths)[0] for own in zip(states, params, strict=True)]
    return concat(halves, axis=2), None, None


control = measure_teddy(two_forwards)
print(f"{control.models[1]}, as N4 has it: {control.scores[:, 1].round(3)}, holds: {control.holds}")

# %% [markdown]
# **What to see.** Forwards the tagger flips a coin, on every seed; in both directions it makes no mistake. And the
# control, two cells that both read forwards, is at the coin again. The claim holds, and it could hardly fail: section
# 1 showed that the forward tagger *cannot* know. `python -m rnncore.experiments teddy` gives the same numbers.
#
# ## 4. Layers on layers
#
# A cell turns a sequence into a sequence of states. So another cell can read those, with weights of its own, and a
# third the states of the second. Let $h^0_t = x_t$; then for the layers $l = 1 \dots L$
#
# $$h^l_t = \text{cell}^l(m^l \odot h^{l-1}_t,\; h^l_{t-1}), \qquad m^1 = 1 \tag{7.4}$$
#
# where the masks $m^l$ are for section 5; leave them away and nothing is multiplied. Steps share weights, layers do
# not.
#
# ### {{ exercise stack-layers }}
#
# Write (7.4). What a *layer* is comes in as an argument: a function that takes whole sequences, a state and weights,
# and returns the hidden states of all steps, the last state and the caches. `partial(unroll, rnn_step)` is such a
# function: `unroll` with its first argument filled in. So is `partial(bidirectional, rnn_step, lengths=lengths)`, and
# with that your two exercises make a deep bidirectional network, without a line that says so.

# %% exercise="stack-layers"
from rnncore.functional.sequence import stack_layers  # exercise
#: What a layer shows is what the next one reads. masks[0] stands between the first and the second.

# %% check="stack-layers"
# Layers that add up: 1, 1, 1, 1, then its sums, then the sums of those. You know this triangle.
ones, sums, zero = np.ones((1, 4, 1)), partial(unroll, add_up), init_rnn_state(1, 1)
hs, last, caches = stack_layers(sums, ones, (zero,) * 3, (None,) * 3)
hint = "Each layer reads what the one below shows, and starts from its own place in `states`."
expect_close("sums of sums of sums of 1, 1, 1, 1", hs[0, :, 0], [1, 4, 10, 20], hint)
assert len(last) == len(caches) == 3, "return the last states and the caches of all three layers"
hint = "One last state for each layer, lowest first."
expect_close("the last states", np.ravel([s.h for s in last]), [4, 10, 20], hint)
assert [len(of_layer) for of_layer in caches] == [4] * 3, "a layer's caches are those of 4 steps"
apart = [RNNState(np.array([[start]])) for start in (0.0, 10.0, 100.0)]
hs, _, _ = stack_layers(sums, ones, apart, (None,) * 3)
hint = "Each layer starts from its own place in `states`."
expect_close("layers that start from 0, 10, 100", hs[0, :, 0], [111, 124, 140, 160], hint)
# The second layer adds up 1·1, 2·2, 3·3, 4·4; the third ten times that, but for the last step.
masks = [np.array([[[m] for m in row]]) for row in ([1.0, 2.0, 3.0, 4.0], [10.0, 10.0, 10.0, 0.0])]
masked, _, _ = stack_layers(sums, ones, (zero,) * 3, (None,) * 3, masks)
hint = "Between the layers: neither the input nor the result is multiplied."
expect_close("two masks between three layers", masked[0, :, 0], [10, 60, 200, 200], hint)

rng = np.random.default_rng(6)
xs, lengths = rng.normal(size=(3, 5, 2)), [5, 2, 4]
tower = [init_rnn_params(D, 4, rng) for D in (2, 4, 4)]
hs, _, _ = stack_layers(partial(unroll, rnn_step), xs, [init_rnn_state(3, 4)] * 3, tower)
heard = torch_rnn(xs, [(weights,) for weights in tower], [5] * 3)
expect_close("three layers, against torch", hs, heard, "Which layer reads what?")

pairs = [(init_rnn_params(D, 4, rng), init_rnn_params(D, 4, rng)) for D in (2, 8)]
layer = partial(bidirectional, rnn_step, lengths=lengths)
hs, _, _ = stack_layers(layer, xs, [(init_rnn_state(3, 4),) * 2] * 2, pairs)
hint = "Call the function that was handed in, `layer`, with three arguments."
expect_close("deep and in both directions", hs, torch_rnn(xs, pairs, lengths), hint)
print("All good")

# %% [markdown]
# Two layers in both directions are more than twice one. The first layer's backward half hands the future to the
# second layer's *forward* half: from the second floor on, both halves have heard everything.
#
# **And the way back?** Nothing new is needed. The gradient of a bidirectional layer's output is cut into its two halves.
# Each goes back through its own chain (Unit 3), the backward cell's turned round first, and the two gradients of $x_t$
# add up. In a stack, the gradient of a layer's inputs is the gradient of the states of the layer below. Very deep stacks
# add a short cut: a layer's output is $h^l_t + h^{l-1}_t$, a **residual connection**, past which a gradient comes down
# undiminished.
#
# **What does a layer add, before anything is trained?** Let a single 1 come in at step 1 and silence after it. Each
# layer has $W_h = 0.8\, Q$ with $Q$ orthogonal: left alone, a state shrinks by a fifth at each step (Unit 4). Each curve
# is divided by its own largest value, so compare shapes, not heights.

# %%
rng, H, T = np.random.default_rng(7), 16, 40


def turning(scale):
    return scale * np.linalg.qr(rng.normal(size=(H, H)))[0]


inlet = RNNParams(0.5 * rng.normal(size=(1, H)) / np.sqrt(H), turning(0.8), np.zeros(H))
floors = [inlet, *(RNNParams(turning(0.3), turning(0.8), np.zeros(H)) for _ in range(3))]
pulse = np.eye(T)[:1, :, None]  # one sequence: 1, 0, 0, 0 ...
felt = {}
for L in range(1, 5):
    hs, _, _ = stack_layers(
        partial(unroll, rnn_step), pulse, [init_rnn_state(1, H)] * L, floors[:L]
    )
    size = np.linalg.norm(hs[0], axis=1)
    felt[f"layer {L}"] = size / size.max()
labels = {"xlabel": "step t", "ylabel": "size of the state, largest = 1"}
plot_curves(range(1, T + 1), felt, title="The higher the layer, the longer the echo", **labels)

# %% [markdown]
# **What to see.** The first layer jumps and fades. The second hears not the pulse but its echo, and echoes that; so
# its state still rises when no input comes any more, and fades later. Further up the peaks hardly move, but the tails grow longer still. Every layer has the same factor of 0.8; layers
# make slow memories out of quick ones. Hermans and Schrauwen (2013) found the same in *trained* deep networks of
# characters: the upper layers hold on for longer.
#
# ### Correction 2: deep is not long
#
# N1 says "One popular variant of deep RNNs is the Long Short-Term Memory (LSTM) network". Depth is the number of
# layers; LSTM is a kind of cell. **Can one be had without the other?**

# %%
xs = np.random.default_rng(8).normal(size=(2, 5, 3))
print("cell       layers   result     numbers to learn")
kinds = [
    (rnn_step, init_rnn_params, init_rnn_state),
    (lstm_step, init_lstm_params, init_lstm_state),
]
for step, fresh, empty in kinds:
    for L in (1, 3):
        weights = [fresh(3 if l == 0 else 8, 8, rng) for l in range(L)]
        hs, _, _ = stack_layers(partial(unroll, step), xs, [empty(2, 8)] * L, weights)
        count = sum(array.size for array in leaves(weights))
        print(f"{step.__name__:10} {L}        {hs.shape}  {count}")

# %% [markdown]
# **What to see.** All four combinations run, by the same `stack_layers`. A shallow LSTM is not deep, and a deep RNN
# is no LSTM. (N2 is right that layers cost; N1's "higher layers can learn higher-level abstractions" is a hope that
# one has to measure.)
#
# ### Experiment 2: is depth worth it?
#
# N2: "Deep RNNs can capture more complex relationships in the data and improve performance", and "Deeper networks may
# require more computational resources, making them more difficult to train". Graves, Mohamed and Hinton (2013) have
# figures: on speech, with 3.8 million weights each, one bidirectional layer of 622 units got 23.0 % of the phonemes
# wrong, three layers of 250 got 18.6 %. That is 0.8 times the errors.
#
# **Does it hold here, at equal numbers of weights?** LSTMs of one, two and three layers, about 11,500 weights each,
# read handwritten digits of 8 by 8 pixels row by row, with three seeds each. It takes about half a minute.

# %% experiment="deep-experiment-depth"
from rnncore.experiments.depth import measure_depth

depth = measure_depth()
print(depth)
depth.figure()

# %% [markdown]
# **What to see.** Each dot is one seed, and the seeds differ by more than the layers do: of 360 digits, a percent is three
# or four. So look at the means, and do not trust them to the last digit; on another processor they come out a little
# differently.
#
# **The claim does not hold here.** When this was written three layers made 1.2 times the errors of one, not 0.8 times, for
# 1.5 to 1.8 times the processor time. Nor do the three seeds show that depth *hurts*: they overlap. What do we learn? That
# with eight steps and 11,500 weights we saw nothing that a second layer does better than a wider first layer. Graves
# had 3.8 million weights and hundreds of steps. A published gain is a gain *there*.
#
# ## 5. Keeping large networks in check
#
# More weights can learn more, also what is not so: the noise in the training data. Two brakes are common, and both
# are easily put in the wrong place.
#
# ### Dropout
#
# In training, set each unit to zero with probability $p$ (the **rate**), anew in every training step. No unit can
# rely on another one being there. To make up for what is missing, what is kept is made larger:
#
# $$m = 0 \;\text{ with probability } p, \qquad m = \frac{1}{1 - p} \;\text{ otherwise} \tag{7.5}$$
#
# so that the mean of $m \odot h$ is $h$. This form is called **inverted dropout**. After training (at *test time*, or
# *inference*) nothing is dropped, and nothing else needs to be done.
#
# **Where?** Between layers, not along time (Zaremba and others 2014). A state that must pass 20 steps, with a rate of
# 0.2 at each, is whole at the end with probability $0.8^{20} = 0.01$. On its way *up* it passes each mask once. That
# is what the masks of (7.4) are for: there is none on the input, none on the output, and none between steps.
#
# ### {{ exercise dropout-mask }}
#
# Write (7.5) as a function that can be checked: the dice are thrown outside. You get the **noise**, numbers drawn
# uniformly from 0 up to 1. A number below $p$ comes with probability $p$; there the mask is 0.

# %% exercise="dropout-mask"
from rnncore.functional.sequence import dropout_mask  # exercise
#: noise >= rate is an array of true and false, which NumPy and torch count as 1 and 0.

# %% check="dropout-mask"
noise = np.array([[0.05, 0.19, 0.20, 0.70, 0.99]])
with expect_unchanged("dropout_mask", noise=noise):
    mask = dropout_mask(noise, 0.2)
expect_shape("dropout_mask", mask, (1, 5))
hint = "0 where the noise is below the rate; what else, so that the mean stays 1?"
expect_close("a rate of 0.2", mask, [[0, 0, 1.25, 1.25, 1.25]], hint)
expect_close("a rate of 0", dropout_mask(noise, 0.0), np.ones((1, 5)), "Nothing is dropped.")

# 20,000 draws at a rate of 0.3: the mean of the mask is 1, give or take what chance allows.
many = dropout_mask(np.random.default_rng(9).random((4, 50, 100)), 0.3)
print(f"mean of 20,000 entries {many.mean():.3f}, share that is dropped {np.mean(many == 0):.3f}")
assert abs(many.mean() - 1.0) < 0.02, "the mean of a mask should be close to 1: what is kept grows"

# Between two layers of your tower, as section 4 left the place for it.
deep = partial(
    stack_layers, partial(unroll, add_up), np.ones((1, 3, 2)), [init_rnn_state(1, 2)] * 2
)
hs, _, _ = deep([None] * 2, [dropout_mask(np.array([[[0.1, 0.9]]]), 0.5)])
expect_close("a unit dropped at all steps", hs[0], [[0, 2], [0, 6], [0, 12]], "The mask is [0, 2].")
for kind in (np.float32, np.float64):
    got = dropout_mask(noise.astype(kind), 0.2).dtype
    assert got == kind, f"the mask has the dtype of the noise, {kind.__name__} here; got {got}"
expect_close("on torch tensors", on_torch(dropout_mask, noise, 0.2), mask)
print("All good")

# %% [markdown]
# **Which units are silent, and when?** The shape of the noise decides. Noise $(B, T, H)$ throws the dice for every
# step; noise $(B, 1, H)$ throws once for a sequence, and the mask is spread over its steps by broadcasting (Gal and
# Ghahramani 2016).

# %%
rng = np.random.default_rng(10)
hs, _, _ = unroll(
    rnn_step, rng.normal(size=(1, 30, 3)), init_rnn_state(1, 12), init_rnn_params(3, 12, rng)
)
masks = {"fresh at every step, (B, T, H)": (1, 30, 12), "the same all along, (B, 1, H)": (1, 1, 12)}
box = (0.5, 30.5, 12.5, 0.5)  # steps and units are counted from 1
with new_figure(2, 1, size=(7.5, 4.4), sharex=True) as (figure, panels):
    for panel, (name, shape) in zip(panels, masks.items(), strict=True):
        mask = dropout_mask(rng.random(shape), 0.4)
        shown = np.where(mask == 0, np.nan, hs * mask)
        image = panel.imshow(
            shown[0].T, cmap=SIGNED, vmin=-1.6, vmax=1.6, aspect="auto", extent=box
        )
        panel.set(title=name, ylabel="unit", facecolor="#bbbbbb")
    panels[1].set_xlabel("step t")
    figure.colorbar(image, ax=panels, label="what the next layer reads")
figure

# %% [markdown]
# **What to see.** Grey is dropped. Above, each unit flickers: over a few steps every unit is heard, so a layer on top
# that averages over time hardly misses anything. Below, a unit is away for the whole sequence, and the others must do
# without it. The mask above is what `torch.nn.LSTM(dropout=...)` does.

# %% [markdown]
# ### A price on weights
#
# The other brake puts a price on large weights. It is a part of the **loss** $J$ that is made small:
#
# $$J = L + \Omega, \qquad \Omega = \lambda_1 \sum_w |w| + \lambda_2 \sum_w w^2 \tag{7.6}$$
#
# The first part is called **L1 regularisation** (with it alone, the *lasso*), the second **L2 regularisation** (*ridge*).
# The sums run over the entries of all weight matrices. Biases go free: they make no function steep, they only shift
# it. Descent needs the slope of $\Omega$, weight by weight:
#
# $$\frac{\partial \Omega}{\partial w} = \lambda_1 \operatorname{sign}(w) + 2 \lambda_2 w \tag{7.7}$$
#
# Look at the two terms. The pull of $\lambda_2$ is in proportion to the weight: large ones are pulled hard, small
# ones hardly. The pull of $\lambda_1$ is the same for all, so it draws small weights all the way to zero. (At
# $w = 0$, the corner of $|w|$, we take the slope 0.)
#
# ### {{ exercise l1-l2-penalty }}
#
# Write $\Omega$ of (7.6). `params` may be any tree of arrays; `leaves` walks through it. A matrix is an array with
# two axes or more (`w.ndim > 1`), everything else is a bias.

# %% exercise="l1-l2-penalty"
from rnncore.functional.learning import l1_l2_penalty  # exercise

# %% check="l1-l2-penalty"
# Two matrices with the entries 1, -2 and 3, and a bias of 100.
few = RNNParams(np.array([[1.0, -2.0]]), np.array([[3.0]]), np.array([100.0]))
expect_close("|w| at a price of 10", l1_l2_penalty(few, 10.0, 0.0), 60, "10 times 1 + 2 + 3.")
expect_close("w² at a price of 2", l1_l2_penalty(few, 0.0, 2.0), 28, "2 times 1 + 4 + 9.")
both_prices = l1_l2_penalty([few, {"a second one": few}], 10.0, 2.0)
expect_close("twice the same, both prices", both_prices, 176, "All matrices of the tree pay.")
expect_close("on torch tensors", on_torch(l1_l2_penalty, few, 10.0, 2.0), 88)
print("All good")

# %% [markdown]
# ### {{ exercise l1-l2-gradient }}
#
# Write (7.7) for a whole tree: `map_tree` applies a function to every array; the result has the same structure.
# A bias has the gradient 0, and its place is not left empty.

# %% exercise="l1-l2-gradient"
from rnncore.functional.learning import l1_l2_gradient  # exercise
#: Write a function of one array w first; what does it give for a matrix, what for a bias?

# %% check="l1-l2-gradient"
slope = l1_l2_gradient(few, 10.0, 2.0)
assert isinstance(slope, RNNParams), "the gradient of RNNParams is RNNParams: use map_tree"
hint = "10 sign(w) + 2 · 2 w, for w = 1 and w = -2."
expect_close("by hand: W_x", slope.W_x, [[14.0, -18.0]], hint)
expect_close("by hand: b", slope.b, [0.0], "Biases go free; a zero stands in their place.")
at_zero = l1_l2_gradient([np.zeros((1, 2))], 10.0, 2.0)
expect_close("w = 0", at_zero[0], [[0.0, 0.0]], "sign(0) is 0.")

# Against finite differences of your penalty.
rng = np.random.default_rng(11)
params = init_lstm_params(2, 3, rng)
with expect_unchanged("l1_l2_gradient", params=params):
    dparams = l1_l2_gradient(params, 0.3, 0.7)


def price():
    return float(l1_l2_penalty(params, 0.3, 0.7))


expect_gradients("l1_l2_gradient", price, params._asdict(), dparams._asdict())
print("All good")

# %% [markdown]
# ### Correction 3: a penalty on what?
#
# N2 says that L1 and L2 regularisation work "by adding a penalty to the weight update equations". Equation (7.6) adds
# it to the loss. **Is that the same?** Read kindly, N2 means by "penalty" the *slope* of the penalty, as in (7.7). Then the
# question is whether the pull goes into the gradient, or into the update. We try both on a small problem where we know
# the truth: 20 inputs, of which three matter, and 30 noisy examples. Torch does the training, with the gradient of your
# exercise.

# %%
rng = np.random.default_rng(12)
truth = np.zeros((20, 1))
truth[[2, 7, 13], 0] = [2.0, -1.5, 1.0]
X, X_new = rng.normal(size=(30, 20)), rng.normal(size=(1000, 20))
y = X @ truth + rng.normal(size=(30, 1))


def descend(pull, steps=1000, rate=0.03):
    """Least squares by gradient descent; pull(params) is added to the gradient of the loss."""
    params = {"W": np.zeros((20, 1)), "b": np.zeros(1)}
    for _ in range(steps):
        wrong = X @ params["W"] + params["b"] - y
        slopes = {"W": 2 * X.T @ wrong / len(X), "b": 2 * wrong.mean(axis=0)}
        params = map_tree(lambda w, g, p: w - rate * (g + p), params, slopes, pull(params))
    return params


# %%
def fitted(make, in_the_loss, l2=0.05):
    """100 steps on the same data, the pull of the penalty in the gradient or in the update."""
    w = torch.zeros(20, 1, dtype=torch.float64, requires_grad=True)
    optimiser = make([w], lr=0.03)
    for _ in range(100):
        optimiser.zero_grad()
        torch.mean((torch.tensor(X) @ w - torch.tensor(y)) ** 2).backward()
        (pull,) = l1_l2_gradient((w.detach(),), 0.0, l2)
        if in_the_loss:
            w.grad += pull
        optimiser.step()
        if not in_the_loss:
            w.data -= 0.03 * pull
    return w.detach().numpy()


for make in (torch.optim.SGD, torch.optim.Adam):
    gap = np.abs(fitted(make, True) - fitted(make, False)).max()
    print(f"{make.__name__:4}: the weights differ by up to {gap:.3f}")

# %% [markdown]
# **What to see.** For plain descent it is the same: slopes add up, wherever they are added. For Adam it is not. Adam
# divides each gradient by its usual size, and a pull that is inside the gradient is divided along with it, so that
# weights with large gradients are hardly pulled. Loshchilov and Hutter (2017) noticed, and took the pull out of the
# gradient: AdamW. So the kind reading of N2 has a name, *weight decay*; with today's optimisers it is another method
# than a penalty.
#
# Now take N2 at its word: add $\Omega$ itself, one number, to what is taken off each weight,
# $w \leftarrow w - \eta\, (\partial L / \partial w + \Omega)$. **What becomes of the weights?** Beside it stand the same
# descent without a penalty, and with each of the two prices in the loss.


# %%
def number_everywhere(params):
    return map_tree(lambda w: l1_l2_penalty(params, 0.3, 0.0), params)


ways = {
    "no penalty": descend(lambda params: map_tree(np.zeros_like, params)),
    "L1 in the loss": descend(lambda params: l1_l2_gradient(params, 0.3, 0.0)),
    "L2 in the loss": descend(lambda params: l1_l2_gradient(params, 0.0, 0.1)),
    "N2 after 20 steps": descend(number_everywhere, steps=20),
}
for steps in (10, 20, 50, 100):
    W = descend(number_everywhere, steps)["W"]
    print(f"N2's form after {steps:3d} steps: weights from {W.min():.3g} to {W.max():.3g}")

# %% [markdown]
# In N2's form the weights grow without bound. **Which inputs get a weight?** The other three, and N2's after 20 steps:

# %%
with new_figure(2, 2, size=(9.0, 4.6), sharex=True, sharey=True) as (figure, panels):
    for panel, (name, params) in zip(panels.flat, ways.items(), strict=True):
        error = np.mean((X_new @ (params["W"] - truth) + params["b"]) ** 2)
        panel.bar(range(1, 21), params["W"][:, 0], color=COLOURS[0], label="learned")
        panel.plot(range(1, 21), truth, "_", color=COLOURS[1], ms=9, mew=2, label="truth")
        small = np.sum(np.abs(params["W"]) < 0.02)
        panel.set_title(f"{name}: error {error:.2f}, {small} weights at zero", loc="left")
        panel.set_xticks([1, 5, 10, 15, 20])
    panels[0, 0].legend()
    figure.supxlabel("input", fontsize=10)
    figure.supylabel("weight", fontsize=10)
figure

# %% [markdown]
# **What to see.** (The error is that on 1,000 new examples without noise; "at zero" means below 0.02.) Without a
# penalty nearly every input gets a weight: the noise has been learned. L1 sets most of the useless ones to zero; L2
# takes from the large ones and sets hardly any to zero (some small ones even grow, in place of those that shrink).
# Both take something off the true ones too, and both are better than nothing.
# N2's form, at the price of the L1 panel, runs away: $\Omega$ is a *single number above zero*, so it pushes *all*
# weights down alike, negative ones further from zero; then $\Omega$ is larger, and pushes harder. That is no price on
# size. It even pushes the bias.
#
# **How do the two prices act together?** Move the sliders, and find prices at which the three true weights stand
# alone. What does that cost them?


# %% experiment="deep-experiment-live-price"
def priced(l1, l2):
    params = descend(lambda params: l1_l2_gradient(params, l1, l2), steps=400)
    error = np.mean((X_new @ (params["W"] - truth) + params["b"]) ** 2)
    with new_figure(size=(7.5, 3.2)) as (figure, axes):
        axes.bar(range(1, 21), params["W"][:, 0], color=COLOURS[0], label="learned")
        axes.plot(range(1, 21), truth, "_", color=COLOURS[1], ms=12, mew=2, label="truth")
        axes.set(xlabel="input", ylabel="weight", ylim=(-2.2, 2.5), xticks=range(1, 21))
        axes.set_title(f"price of |w| {l1:g}, of w² {l2:g}: error {error:.2f}")
        axes.legend(loc="upper right")
    return figure


live(priced, l1=(0.0, 2.0, 0.1, 0.0), l2=(0.0, 1.0, 0.05, 0.0))

# %% experiment="deep-experiment-price-table"
print("error on new examples    l1 = " + "".join(f"{l1:8.1f}" for l1 in (0.0, 0.2, 0.4, 0.8, 1.6)))
for l2 in (0.0, 0.1, 0.4):
    row = []
    for l1 in (0.0, 0.2, 0.4, 0.8, 1.6):
        params = descend(lambda params, l1=l1, l2=l2: l1_l2_gradient(params, l1, l2), steps=400)
        row.append(np.mean((X_new @ (params["W"] - truth) + params["b"]) ** 2))
    print(f"               l2 = {l2:3.1f}       " + "".join(f"{error:8.2f}" for error in row))

# %% [markdown]
# **What to see.** From a price of |w| of about 0.6 on the three stand practically alone. By then they are 1.25, -0.88
# and 0.51 instead of 2, -1.5 and 1: each has lost 0.5 to 0.75. The table: a little of either price helps, too much of either hurts, and the best price is in the middle: you have
# to look for it, on data that were not trained on. Here few inputs matter, which is what L1 bets on; where all matter
# a little, L2 is the better bet.
#
# ## 6. Along a tree
#
# A sentence is more than a row of words. In "old men and women", who is old? It depends on what belongs together:
# (old men) and women, or old (men and women). The row is the same. Brackets show it, and so does a **tree**:
#
# ```text
#       3 + (2 * 4)              (3 + 2) * 4
#
#            +                        *
#           ╱ ╲                      ╱ ╲
#          3   *                    +   4
#             ╱ ╲                  ╱ ╲
#            2   4                3   2
# ```
#
# A **recursive** network (N1's description is right, but it shortens the name to RNN as well, so beware) uses one
# cell at every node. It makes the vector of a phrase from the vectors of its two parts:
#
# $$h_{(left,\, right)} = \tanh([h_{left}, h_{right}]\, W + b), \qquad h_{leaf} = \text{the vector of the leaf} \tag{7.8}$$
#
# with $W$ of shape $(2H, H)$. All vectors have the size $H$, so that what comes out can go in again: a phrase may be
# a part of a longer phrase. A tree is written as pairs in pairs, with whole numbers as leaves: `(0, 1)` is two
# leaves, `((0, 1), 2)` a pair and a leaf. Every node has two children, so an operator becomes a leaf too: $3 + 2$ is
# `((3, PLUS), 2)`, and the right one of the trees above is drawn from here on as
#
# ```text
#   ((((3, PLUS), 2), TIMES), 4)           •
#                                         ╱ ╲
#                                        •   4
#                                       ╱ ╲
#                                      •   *
#                                     ╱ ╲
#                                    •   2
#                                   ╱ ╲
#                                  3   +
# ```
#
# ### {{ exercise tree-rnn }}
#
# Write (7.8). `compose(left, right, params)` is the cell. It takes rows of a batch, $(B, H)$; you have one vector,
# $(H,)$, so make it a batch of one with `vector[None, :]`, and take row 0 of what comes out. A tree that is no tuple
# is a leaf.
#
# *How does a function climb a tree of unknown shape?* It calls itself for the two parts, and trusts the result. If
# that is new to you, first write down what the function gives for a leaf, then for a pair of two leaves.

# %% exercise="tree-rnn"
from rnncore.functional.sequence import tree_rnn  # exercise
#: Two cases: isinstance(tree, tuple) or not. In the first, both parts are trees again.

# %% [markdown]
# The check has two witnesses. One is a sum done by hand, with vectors of one number. The other is Unit 2: a tree that
# leans to the left, `(((h_0, x_1), x_2), x_3)`, *is* a vanilla RNN. Its left part is the state, its right part the
# input, and (7.8) is `rnn_step_stacked`.

# %% check="tree-rnn"
half, minus = np.array([[0.5], [0.0]]), TreeParams(np.array([[1.0], [-1.0]]), np.zeros(1))
expect_close("a leaf is its vector", tree_rnn(0, half, minus), [0.5], "No tanh for a leaf.")
expect_shape("the vector of a pair", tree_rnn((0, 1), half, minus), (1,))
hint = "tanh(left - right): which child meets the upper half of W?"
expect_close("tanh(0.5 - 0)", tree_rnn((0, 1), half, minus), [0.462117], hint, 1e-5)
expect_close("tanh(0 - 0.5)", tree_rnn((1, 0), half, minus), [-0.462117], hint, 1e-5)
hint = "The right part is a pair; its vector is tanh(0.5 - 0) = 0.462."
expect_close("tanh(0.5 - 0.462)", tree_rnn((0, (0, 1)), half, minus), [0.037865], hint, 1e-5)

rng = np.random.default_rng(13)
vectors, params = rng.normal(size=(5, 4)), TreeParams(rng.normal(size=(8, 4)), rng.normal(size=4))
state = RNNState(vectors[[0]])
for word in (3, 1, 4):
    state, _ = rnn_step_stacked(vectors[[word]], state, StackedParams(params.W, params.b))
root = tree_rnn((((0, 3), 1), 4), vectors, params)
expect_close("leaning left, against Unit 2", root, state.h[0], "See (7.8).")
other = tree_rnn(((0, 3), (1, 4)), vectors, params)
assert not np.allclose(root, other), "other brackets must give another vector"
one, two = (compose(vectors[[a]], vectors[[b]], params) for a, b in ((0, 3), (1, 4)))
expect_close("two pairs", other, compose(one, two, params)[0], "Both parts may be pairs.")
expect_close(
    "on torch tensors", on_torch(partial(tree_rnn, ((0, 3), (1, 4))), vectors, params), other
)
print("All good")

# %% [markdown]
# **Which nodes hear of a leaf?** We change one number in `(3 + 1) * (4 - (2 * 0))`, the 2, and see how much each
# node's vector moves.

# %%
from rnncore.tasks.arithmetic_trees import TOKENS, arithmetic_tree, tree_tokens, tree_value

plus, minus, times = (TOKENS.index(sign) for sign in "+-*")


def expression(number):
    inner = ((number, times), 0)
    return (((3, plus), 1), times), ((4, minus), inner)


rng, H = np.random.default_rng(14), 8
vectors = rng.normal(size=(len(TOKENS), H))
params = TreeParams(rng.normal(size=(2 * H, H)) / np.sqrt(2 * H), np.zeros(H))
pairs = zip(nodes(expression(2)), nodes(expression(1)), strict=True)
moved = [
    np.linalg.norm(tree_rnn(a, vectors, params) - tree_rnn(b, vectors, params)) for a, b in pairs
]
draw_tree(expression(2), TOKENS, moved, label="change of the vector", title="The 2 becomes a 1")

# %% [markdown]
# **What to see.** Only the nodes on the way from the 2 to the root change, less and less on the way up (the darker, the
# more; the scale is logarithmic); white is no change at all. The left branch does not know and need not know: what $3 + 1$ comes to does not depend on what stands
# in the other bracket. In a row, *every* state after the 2 changes, and a network must learn to keep the bracket
# before it apart.
#
# **And how long is the way to the answer?** We draw 2,000 expressions of each depth, and count. (The last column is
# for the experiment.)

# %%
rng = np.random.default_rng(15)
print("depth   signs in the row (mean)   steps from leaf to root (at most)   value is 0")
for depth in range(1, 7):
    drawn = [arithmetic_tree(depth, rng) for _ in range(2000)]
    signs = np.mean([len(tree_tokens(tree)) for tree in drawn])
    zeros = np.mean([tree_value(tree) == 0 for tree in drawn])
    print(f"{depth:3d} {signs:16.1f} {2 * depth:27d} {zeros:28.2f}")

# %% [markdown]
# **What to see.** With each level the row grows by more than the last time, to 72 signs at depth 6. The longest way
# along the tree grows by 2: one node for the operator, one for the pair.
#
# ### Experiment 3: deeper than it was taught
#
# **Does the tree help where the row fails?** Two networks learn the value of expressions like `(3 + (2 * 4))`, modulo 5
# (so that $3 + 4 = 2$). One gets the tree; a GRU gets the row of signs with its brackets. They have about 9,000 weights
# each and see the same number of expressions of depth 1, 2 and 3. Then they are asked for depth 1 to 6; the tree's
# answers are computed by your `tree_rnn`. Here is one of the seeds; it takes about half a minute.

# %% experiment="deep-experiment-arithmetic"
from rnncore.experiments.arithmetic import measure_arithmetic

arithmetic = measure_arithmetic(tree_rnn, seeds=(0,))
print(arithmetic)
arithmetic.figure()

# %% [markdown]
# **What to see.** Up to depth 3 the tree network is as good as perfect, and one level deeper it is nearly as good; at
# twice the trained depth it is still far above the row. It has learned what $+$, $-$ and $\times$ do to vectors, and
# that holds at any node; small errors add up on long ways, which is why the curve sinks. A single seed is no evidence. All
# three, `python -m rnncore.experiments arithmetic`, take two to four minutes; the means at depths 4 and 6 were 0.96 and 0.79
# along the tree, and along the row 0.33 (on another processor 0.35) and 0.28. The band had been set after a look at these seeds, so three fresh ones
# were run (`seeds=(3, 4, 5)`): 0.93 and 0.70 against 0.32 and 0.28. The claim holds on all six.
#
# Now read the curve of the row from its left end. It fails *within* the trained depths: two thirds right at depth 2.
# And what it gets right at depth 5 or 6 is no more than always answering 0 gets (the last column of the table:
# products are often 0, so the dashed line at 1/5 flatters). Has it only not been trained enough? With four times the
# steps (`steps=6000`, several minutes; we ran seed 0) the row had 0.95 and 0.63 right at depths 2 and 3, and
# 0.34, 0.32 and 0.23 at 4, 5 and 6: better at what it was taught, and still guessing beyond. The tree had 1.00
# everywhere.
#
# One thing in this comparison is unequal, on purpose: the tree network was **given** the brackets as a structure,
# while the row network had to find out what brackets mean. Where trees come for free, as in formulas and programs,
# take them. Sentences come without, and then a parser has to be paid for, with its errors. (Veldhoen and others
# (2016) report GRUs that do learn brackets, on sums and differences without a modulus, which is another task.)
#
# ## 7. Which one?
#
# ### {{ exercise deep-question }}
#
# Three people ask you for advice:
#
# - (a) wants a keyboard that proposes the next word while somebody types;
# - (b) wants to mark the names of persons in an archive of old newspapers;
# - (c) wants to predict what a formula with its brackets comes to.
#
# Say for each which of the unit's arrangements (two directions, more layers, a tree) helps and which cannot be used,
# and why; use one measured number for (b) and one for (c). Then: somebody reads experiment 2 and concludes "depth is
# useless in recurrent networks". What does the experiment show, and what does it not? Eight to twelve sentences.

# %% [markdown] question="deep-question" heading="In your own words" points=3
# ### BEGIN SOLUTION
# **A good answer.** (a) The keyboard must not be bidirectional: in use the words to come are not there, and in
# training the backward half would be handed the very word that is to be predicted, so that it would learn to copy
# instead of to predict (each state of a bidirectional network has heard all inputs). More layers are possible, since
# they only look back; whether they help has to be measured. (b) The archive lies there whole, so both directions can
# be used, and they are needed where only what follows tells a name from a thing: on the ambiguous word the forward
# tagger was right in 0.49 of the cases, which is chance, the bidirectional one in 1.00. Waiting for the end of the
# sentence costs nothing here. (c) The brackets are a tree, and it is given; a recursive network along it had 0.79
# right at depth 6 when it was trained up to 3, a GRU along the row 0.28, which is guessing. A bidirectional network
# along the row would not remove its difficulty, which is to keep the brackets apart. On depth: experiment 2 shows
# that on 8 by 8 digits in eight steps, with about 11,500 weights and three seeds, three layers made no fewer errors
# than one (1.2 times as many, with seeds that overlap) and took longer. It does not show that this holds for larger
# networks, longer sequences or other tasks; Graves and others measured 18.6 % errors against 23.0 % on speech with
# 3.8 million weights.
#
# **Rubric.** One point each: (1) (a): not bidirectional, because the future is missing in use or would be told in
# training (one of the two is enough; naming neither gives nothing). (2) (b) two directions and (c) a tree, each with
# a reason and a number that is used rightly (half a point each). (3) Depth: what was measured is said with its limits
# (one small task, few weights, three seeds that overlap), and that a conclusion for all networks does not follow
# (half a point each).
# ### END SOLUTION

# %% [markdown]
# ## 8. Look back
#
# - **Both directions**: two cells of their own, joined in the readout. Each state has heard everything, so it can tag
#   and cannot predict. Padding must stay where it is, or other sentences change what this one means.
# - **Layers**: what one shows, the next reads. They make slow memories of quick ones. On our small task they were not
#   worth their price; elsewhere they were.
# - **Dropout** goes between layers, with a mask that keeps the mean. **A penalty** goes into the loss; the update
#   sees its slope.
# - **A tree** is a chain with another wiring. Where the structure is known it carries a rule further than a row does.
# - A *layer*, a *step*, a *cell* came in as arguments each time. That is why this unit needed no new cell, and why
#   your functions run those of Unit 6 as well.
#
# **Next**: Unit 8 puts these networks to work on real labels: names, moods of reviews, surnames, proteins, and what
# to do when one class is rare.
#
# ## References
#
# - M. Schuster and K. K. Paliwal, *Bidirectional Recurrent Neural Networks*, IEEE Transactions on Signal Processing
#   45 (1997), 2673-2681, [doi:10.1109/78.650093](https://doi.org/10.1109/78.650093).
# - A. Graves, A. Mohamed and G. Hinton, *Speech Recognition with Deep Recurrent Neural Networks* (2013),
#   [arXiv:1303.5778](https://arxiv.org/abs/1303.5778).
# - M. Hermans and B. Schrauwen, *Training and Analysing Deep Recurrent Neural Networks*, NIPS 26 (2013).
# - N. Srivastava and others, *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, Journal of Machine
#   Learning Research 15 (2014), 1929-1958.
# - W. Zaremba, I. Sutskever and O. Vinyals, *Recurrent Neural Network Regularization* (2014),
#   [arXiv:1409.2329](https://arxiv.org/abs/1409.2329).
# - Y. Gal and Z. Ghahramani, *A Theoretically Grounded Application of Dropout in Recurrent Neural Networks* (2016),
#   [arXiv:1512.05287](https://arxiv.org/abs/1512.05287).
# - I. Loshchilov and F. Hutter, *Decoupled Weight Decay Regularization* (2017),
#   [arXiv:1711.05101](https://arxiv.org/abs/1711.05101).
# - C. Goller and A. Küchler, *Learning Task-Dependent Distributed Representations by Backpropagation Through
#   Structure*, ICNN (1996), [doi:10.1109/ICNN.1996.548916](https://doi.org/10.1109/ICNN.1996.548916).
# - R. Socher, C. C. Lin, A. Y. Ng and C. D. Manning, *Parsing Natural Scenes and Natural Language with Recursive
#   Neural Networks*, ICML (2011).
# - S. Veldhoen, D. Hupkes and W. Zuidema, *Diagnostic Classifiers: Revealing how Neural Networks Process Hierarchical
#   Structure*, CEUR 1773 (2016).
# - I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning* (2016), sections 7.1, 7.12, 10.3, 10.5 and 10.6.
# - Lecture notes N1 (deep and recursive networks), N2 (layers, penalties), N3 (temporal order), N4 (Teddy).
