# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 5. Long short-term memory, gate by gate
#
# > *I grew up in Punjab. My uncle sold green tea, in winter the days are short, later we moved, and now I teach.
# > I speak fluent ...*
#
# You know how this sentence ends. The words just before the gap tell you that a language comes; only one word, far
# back, tells you which. With this example the notes behind this course ask for a memory that reaches far. In this unit you build
# one, train it on such sentences, and look inside while it reads.
#
# **At the end of this unit you can**
#
# - say what each of the three gates of an LSTM does, and set them by hand so that the cell solves a task;
# - write the LSTM as one step, run it over sequences, and load torch's weights into it;
# - find the faults in a wrong set of LSTM equations from what the cell does;
# - derive its gradients, check them, and explain why they survive where those of a vanilla RNN vanish;
# - choose the forget bias, and know from your own measurement what it is worth.
#
# **You need** Unit 2 (the recurrent cell, `unroll`), the chain rule, and NumPy's `@`, slices and broadcasting. Units 3
# and 4 help in sections 7 and 8; what is needed of them is said again.
#
# **Time** two and a half to three hours. **Points** {{ points }}:
#
# {{ exercises }}
#
# **How to work** As in Unit 2: write the function, run the check; if it ends with `All good`, go on. A check stops with
# `NotImplementedError` if an exercise that it calls is open; grading takes right versions of the earlier ones.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made; where they go wrong, a
# *Correction* tries it out.
#
# **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers in an input, $H$ units.
# A row is one sequence, so $x$ is $(B, D)$ and multiplies weights from the left: $x W_x$. The sign $\odot$ multiplies
# entry by entry, which in NumPy is `*`.

# %% given="lstm-setup"
from collections.abc import Mapping

import numpy as np
import torch

from rnncore.functional.base import Array, Float
from rnncore.functional.base import array_namespace, concat, require_shape, sigmoid, stack, tanh
from rnncore.functional.base import zeros_like
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState
from rnncore.functional.cells import init_lstm_params, init_lstm_state, init_rnn_params
from rnncore.functional.cells import init_rnn_state
from rnncore.functional.cells import rnn_step, rnn_step_backward, to_torch
from rnncore.functional.sequence import LSTMTrace, trace, unroll
from rnncore.lab.checks import expect_close, expect_gradients, expect_shape, expect_unchanged
from rnncore.lab.checks import on_torch
from rnncore.lab.live import live
from rnncore.lab.plots import plot_curves, plot_gates
from rnncore.tasks.adding_problem import adding_problem

# %% [markdown]
# Of these your code needs five. They work on torch tensors too, and in section 8 torch trains what you wrote; so use
# them rather than `np.tanh` or `np.stack`.
#
# | tool | does |
# |---|---|
# | `sigmoid(a)`, `tanh(a)` | squash each number of an array |
# | `stack([a, b, ...], axis=1)` | T arrays $(B, H)$ become $(B, T, H)$, along a *new* axis |
# | `concat([a, b], axis=1)` | join arrays along an axis they *have* |
# | `zeros_like(a)` | zeros of the shape of `a` |
#
# With `require_shape("x", x, ("B", D))` you raise what a docstring promises under *Raises*; no points for it.
#
# ## 1. A memory that fades
#
# The cell of Unit 2 writes its whole memory anew at every step: $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$. What was
# read at the first step must pass through $W_h$ and tanh again and again, mixed with everything that came after.
#
# **How much of the first word is left after forty more?** We run a fresh RNN twice, over two sequences that differ in
# nothing but their first input, and see how far apart the two hidden states are.


# %%
def trace_of_first_input(seed):
    rng = np.random.default_rng(seed)
    xs = rng.normal(size=(1, 41, 4))
    other = xs.copy()
    other[:, 0] = rng.normal(size=(1, 4))
    params = init_rnn_params(4, 32, rng)
    one, _, _ = unroll(rnn_step, xs, init_rnn_state(1, 32), params)
    two, _, _ = unroll(rnn_step, other, init_rnn_state(1, 32), params)
    return np.linalg.norm(one - two, axis=-1)[0]


plot_curves(
    range(41),
    {"vanilla RNN": [trace_of_first_input(seed) for seed in range(3)]},
    xlabel="steps after the first input",
    ylabel="distance of the hidden states",
    title="A fresh RNN forgets its first input by a constant factor a step",
    logarithmic=True,
)

# %% [markdown]
# **What to see.** The vertical axis is logarithmic, and the line (three networks; the band holds them all) is nearly
# straight: each step multiplies the difference by about the same factor below one. Ten words later a hundredth or less
# is left, forty words later less than a billionth. What leaves no trace in the state leaves none in the gradient.
#
# Sepp Hochreiter worked this out in his diploma thesis of 1991. The way out that he and Jürgen Schmidhuber published
# in 1997 is almost cheeky in its simplicity: *do not rewrite the memory. Add to it.*
#
# ## 2. A cell with gates
#
# An LSTM has two kinds of memory. The **cell state** $c$ is what it keeps; the **hidden state** $h$ is what it shows
# to the rest of the network, and to itself one step later. Between them stand **gates**: numbers between 0 (shut) and
# 1 (open), one for each unit, that multiply what wants to pass. They are made by the sigmoid,
# $\sigma(a) = 1 / (1 + e^{-a})$.
#
# ```text
#                f                i ⊙ g
#                │                  │
#   c_prev ─────(×)────────────────(+)────────┬───────▶ c      what it keeps
#                                             │
#                                           tanh
#                                             │
#                                       o ───(×)──────▶ h      what it shows
# ```
#
# | | name | asks | made with |
# |---|---|---|---|
# | $i$ | input gate | how much of the new shall be written? | σ |
# | $f$ | forget gate | how much of the old shall be kept? | σ |
# | $g$ | candidate | what would be written? It may be negative; it is no gate. | tanh |
# | $o$ | output gate | how much shall be shown? | σ |
#
# All four look at the input and at what was shown last, each with weights of its own. We keep these weights side by
# side, in torch's order i, f, g, o, so that one product feeds them all:
#
# $$
# \begin{aligned}
# {[a_i, a_f, a_g, a_o]} &= x_t W_x + h_{t-1} W_h + b \\
# i_t = \sigma(a_i) \qquad f_t &= \sigma(a_f) \qquad g_t = \tanh(a_g) \qquad o_t = \sigma(a_o)
# \end{aligned}
# \tag{5.1}
# $$
#
# $$c_t = f_t \odot c_{t-1} + i_t \odot g_t \tag{5.2}$$
#
# $$h_t = o_t \odot \tanh(c_t) \tag{5.3}$$
#
# Equation (5.2) is the whole idea. With $f = 1$ and $i = 0$ the cell keeps its content exactly, for as long as it
# likes; no matrix and no tanh comes in between. The tanh in (5.3) is for those who read: $c$ may grow with every
# addition, but what is shown stays between $-1$ and $1$.
#
# **By hand, before you write code.** One unit holds $c_{t-1} = 2$. Its gates are $i = 0.75$, $f = 0.25$, $o = 0.8$,
# and the candidate is $g = 0.5$. What are $c_t$ and $h_t$? Write the two numbers down.
#
# <details><summary>Answer</summary>
# c = 0.25 · 2 + 0.75 · 0.5 = 0.875, and h = 0.8 · tanh(0.875) = 0.563.
# </details>
#
# ### {{ exercise lstm-step }}
#
# Write equations (5.1) to (5.3) as `lstm_step`. It takes a state and returns a new one; it changes nothing in place.
# The `cache` hands everything that the backward step (section 7) will need to it, in the order of the docstring.
#
# *If you are stuck:* compute the sum of (5.1) first; it is one array of shape $(B, 4H)$. Where $H$ is, the shape of
# `params.W_h` tells you.

# %% exercise="lstm-step"
from rnncore.functional.cells import lstm_step  # exercise
#: The sum that feeds the gates has four blocks of H columns, in the order i, f, g, o.
#: sigmoid and tanh are imported; both work on whole arrays.

# %% [markdown]
# The check begins with weights that are all zero: $c$ must halve. Then comes the unit that you computed by hand; its
# gates are made by the bias, such as $\sigma(\ln 3) = 3/4$. Last it asks a witness, torch's LSTM with the same weights:


# %% given="lstm-oracle"
def torch_lstm(xs, state, params):
    """The hidden states of all steps and the last state, as torch computes them."""
    oracle = torch.nn.LSTM(len(params.W_x), len(params.W_h), batch_first=True).double()
    oracle.load_state_dict({k: torch.tensor(v) for k, v in to_torch(params).items()})
    with torch.no_grad():
        hs, last = oracle(torch.tensor(xs), tuple(torch.tensor(part)[None] for part in state))
    return hs.numpy(), LSTMState(*(part[0].numpy() for part in last))


# %% check="lstm-step"
zero = LSTMParams(np.zeros((3, 8)), np.zeros((2, 8)), np.zeros(8))
state, _ = lstm_step(np.ones((1, 3)), LSTMState(np.zeros((1, 2)), np.ones((1, 2))), zero)
expect_close("zero weights: c", state.c, [[0.5, 0.5]], "Gates of 1/2, candidate 0: c halves.")

b = np.array([np.log(3), -np.log(3), np.arctanh(0.5), np.log(4)])  # of i, f, g, o
by_hand, one = LSTMParams(np.zeros((1, 4)), np.zeros((1, 4)), b), np.ones((1, 1))
state, cache = lstm_step(0 * one, LSTMState(0 * one, 2 * one), by_hand)
gates = np.ravel([cache.i, cache.f, cache.g, cache.o])
expect_close("by hand: i, f, g, o", gates, [0.75, 0.25, 0.5, 0.8], "The order is i, f, g, o.")
expect_close("by hand: c", state.c, 0.875 * one, "See (5.2).")
expect_close("by hand: h", state.h, 0.5631 * one, "See (5.3).", tolerance=1e-4)

# Two sequences, four units and a memory that is not empty, held against torch.
rng = np.random.default_rng(0)
x, before = rng.normal(size=(2, 3)), LSTMState(*rng.normal(size=(2, 2, 4)))
params = init_lstm_params(3, 4, rng)
with expect_unchanged("lstm_step", x=x, state=before, params=params):
    state, cache = lstm_step(x, before, params)
_, theirs = torch_lstm(x[:, None], before, params)
expect_close("c, against torch", state.c, theirs.c, "Do the gates see x, h_prev and b?")
expect_close("h, against torch", state.h, theirs.h, "See (5.3).")
for name, kept in {"x": x, "h_prev": before.h, "c_prev": before.c, "c": state.c}.items():
    expect_close(f"cache.{name}", getattr(cache, name), kept, "The docstring has the order.")
assert isinstance(cache.params, LSTMParams), "the last part of the cache is params"

# On torch tensors, as section 8 needs it; np.tanh would stop here.
as_tensors, _ = on_torch(lstm_step, x, before, params)
expect_close("h, on torch tensors", as_tensors.h, state.h)
print("All good")

# %% [markdown]
# ## 3. A whole sequence
#
# The same step, with the same weights, at every $t$: the loop of Unit 2. What is carried is now a pair.
#
# ### {{ exercise lstm-forward }}
#
# Write `lstm_forward` with your `lstm_step`. It returns the hidden states of all steps, with time on the second axis
# $(B, T, H)$, the state after the last step, and the list of all caches. Unit 2 promised that `unroll` would run this
# cell unchanged, so one line is enough; or write the loop once more.

# %% exercise="lstm-forward"
from rnncore.functional.sequence import lstm_forward  # exercise
#: Either call unroll, or collect what each step shows and stack it.

# %% [markdown]
# How can you check a recurrent layer without a witness? With a *law*. To read five steps at once must give the same as
# to read two, put the book away with the state as a bookmark, and read the other three.

# %% check="lstm-forward"
rng = np.random.default_rng(1)
xs, first = rng.normal(size=(2, 5, 3)), LSTMState(*rng.normal(size=(2, 2, 4)))
params = init_lstm_params(3, 4, rng)
hs, last, caches = lstm_forward(xs, first, params)
expect_shape("lstm_forward: hidden states", hs, (2, 5, 4))
expect_close("the last hidden state", hs[:, -1], last.h, "It is also the last of hs.")
assert len(caches) == 5, f"there must be one cache for each of the 5 steps; got {len(caches)}"

start, bookmark, _ = lstm_forward(xs[:, :2], first, params)
rest, end, _ = lstm_forward(xs[:, 2:], bookmark, params)
both = np.concatenate([start, rest], axis=1)
expect_close("read in two parts: h", both, hs, "Is the state carried on?")
expect_close("read in two parts: c", end.c, last.c, "Both halves of the state are carried on.")
expect_close("hs, against torch", hs, torch_lstm(xs, first, params)[0], "Does `lstm_step` pass?")

expect_close("hs, on torch tensors", on_torch(lstm_forward, xs, first, params)[0], hs)
print("All good")

# %% [markdown]
# ### A cell that you can read
#
# Weights are usually learned, and then nobody knows what they mean. Let us set them by hand instead. The task is the
# **adding problem** (Hochreiter and Schmidhuber 1997): at each step the network reads a number and a mark, 0 or 1; at
# the end it must know the sum of the two marked numbers. Three units, three characters:
#
# - **unit 0** writes when it sees a mark and never forgets;
# - **unit 1** writes when it sees a mark, and at the same moment forgets what it had;
# - **unit 2** always writes and keeps half: a fading memory, much like the RNN's.
#
# A bias of ±10 holds a gate open or shut; a weight of 20 from the mark flips it. Every unit has $g = \tanh(x / 2)$.

# %%
H = 3
i, f, g, o = (slice(k * H, (k + 1) * H) for k in range(4))
W_x, W_h, b = np.zeros((2, 4 * H)), np.zeros((H, 4 * H)), np.zeros(4 * H)
W_x[0, g] = 0.5
b[i], W_x[1, i] = [-10, -10, 10], [20, 20, 0]
b[f], W_x[1, f] = [10, 10, 0], [0, -20, 0]
b[o] = 10
readable = LSTMParams(W_x, W_h, b)

xs, sums = adding_problem(500, 24, np.random.default_rng(7))
hs, last, caches = lstm_forward(xs, init_lstm_state(500, H), readable)
print(f"marks at steps {np.flatnonzero(xs[0, :, 1]) + 1}, sum of the marked numbers {sums[0]:.2f}")
print(f"twice the cell state of unit 0 at the end: {2 * last.c[0, 0]:.2f}")
print(f"mean squared error over 500 sequences: {np.mean((2 * last.c[:, 0] - sums) ** 2):.4f}")
print(f"the same for the guess 1, the best without memory: {np.mean((1 - sums) ** 2):.4f}")

# %% [markdown]
# **Which gate moves when, and what does that do to the cell?** Here is one of the sequences, step by step. The words
# below the picture are the inputs; an asterisk is a mark.

# %%
labels = [f"{number:.2f}{'*' if mark else ''}" for number, mark in xs[0]]
plot_gates(trace(hs, caches), labels, title="Three units, set by hand, read numbers and marks (*)")

# %% [markdown]
# **What to see.** *Input gate*: units 0 and 1 are shut but for the two marks; unit 2 is open all the time. *Forget
# gate*: unit 0 is open throughout, unit 1 shuts exactly at the marks, unit 2 stands at one half. *Cell state*: unit 0
# climbs in two steps, and each step stays. Unit 1 has only the last marked number. Unit 2 follows the input and
# remembers nothing for long. Twice unit 0 is very nearly the sum: one unit solves the adding problem, and you know why.
#
# **Try** (nothing is graded here): what happens to unit 0 with a forget bias of 3 instead of 10? With an input bias of
# -3? Make the sequences 200 steps long. Which of the two slips hurts more? And why *twice* the cell state, and why
# does it say 1.32 for 1.37?
#
# <details><summary>What comes out</summary>
# The mean squared error at 24 and at 200 steps: as set 0.0025 and 0.0028; forget bias 3, 0.21 and 1.03; input bias -3,
# 0.22 and 19.8; the guess 1, 0.17 and 0.17. A forget gate that lets out a twentieth a step loses everything in the end,
# but no more than that. An input gate that lets in a twentieth fills the cell without end. And tanh(x / 2) is a little
# less than x / 2: twice is nearly right, and always short.
# </details>
#
# ## 4. The forget bias
#
# Nobody sets the gates of a real network; they begin with small random weights, near $\sigma(0) = \frac{1}{2}$. What
# was in the cell before the first step is worth, $t$ steps later,
#
# $$c_t = (f_t \odot f_{t-1} \odot \dots \odot f_1) \odot c_0 + \dots \tag{5.4}$$
#
# and with every $f$ at one half, ten steps leave one part in a thousand. The cure costs one line: let the forget gates
# *start* open, by giving their bias a positive value. Training may move it later.
#
# ### {{ exercise set-forget-bias }}
#
# Write `set_forget_bias`. It returns new parameters in which the bias of all forget gates has the given value; all other
# numbers stay, and the parameters that were handed in stay too.

# %% exercise="set-forget-bias"
from rnncore.functional.weights import set_forget_bias  # exercise
#: params._replace(b=...) makes new LSTMParams with another b.

# %% check="set-forget-bias"
params = LSTMParams(np.ones((3, 8)), np.ones((2, 8)), np.arange(8.0))
with expect_unchanged("set_forget_bias", params=params):
    opened = set_forget_bias(params, 10.0)
wanted = np.array([0, 1, 10, 10, 4, 5, 6, 7.0])
expect_close("the bias of two units", opened.b, wanted, "The blocks of b: i i f f g g o o.")
expect_close("the weights of the input", opened.W_x, params.W_x, "They stay as they are.")
print("All good")

# %% [markdown]
# **How long does a fresh cell remember, for each forget bias?** We run a fresh LSTM over noise and multiply up its
# forget gates, as in (5.4): that is the part of the first content which is still there. Move the slider, and find the
# bias at which half is left after 50 steps. Can you say it beforehand? (A gate of $\sigma(b)$ leaves $\sigma(b)^t$.)

# %% experiment="lstm-experiment-live-bias"
rng = np.random.default_rng(0)
noise, fresh = rng.normal(size=(1, 80, 8)), init_lstm_params(8, 64, rng)


def part_left(bias):
    hs, _, caches = lstm_forward(noise, init_lstm_state(1, 64), set_forget_bias(fresh, bias))
    kept = np.cumprod(trace(hs, caches).f[0], axis=0)
    return np.concatenate([[1.0], kept.mean(axis=1)])


def draw(forget_bias):
    left = {f"forget bias {bias:g}": part_left(bias) for bias in (0.0, forget_bias)}
    gone = np.flatnonzero(left[f"forget bias {forget_bias:g}"] < 0.5)
    when = f"Half is gone after {gone[0]} steps" if len(gone) else "Half outlasts 80 steps"
    axes = {"xlabel": "steps read", "ylabel": "part of the first content left"}
    return plot_curves(range(81), left, title=when, lines={"one half": 0.5}, **axes)


live(draw, forget_bias=(-2.0, 6.0, 0.1, 1.0))

# %% [markdown]
# **What to see.** At a bias of 0 half is gone after the first step, at 1 after 3, at 2 after 6, at 3 after 15, at 4
# after 38. Each unit of bias makes the memory up to $e$ times as long.
#
# <details><summary>The bias that leaves half after 50 steps</summary>
# σ(b)⁵⁰ = 1/2 means σ(b) = p with p = 2^(-1/50), so b = ln(p / (1 - p)) = 4.27. And the factor e: in the logarithm a
# step takes off -ln σ(b) = ln(1 + e^(-b)), which for large b is nearly e^(-b).
# </details>
#
# *A little history.* The LSTM of 1997 had no forget gate: its $f$ was 1, for ever. On streams without an end the cell
# filled up and never emptied. Gers, Schmidhuber and Cummins added the gate in 2000, and already started it open. Many
# left the trick out later, until Jozefowicz and others (2015), after a search through more than ten thousand
# architectures, found that a forget bias of 1 closed the gap to the GRU of Unit 6. Keras sets it to 1; torch leaves it
# near 0. Section 8 shows what that costs.
#
# ## 5. What the lecture notes say
#
# Lecture notes N2 give the LSTM in five lines, and call $C_t$ the "memory channel" and $O_t$ the "output":
#
# $$
# \begin{aligned}
# f_t &= \sigma(w_f[x_t, h_{t-1}] + b_f) \\
# i_t &= \sigma(w_t[h_{t-1}, x_t] + b_t) \\
# z_t &= \tanh(w_t[h_{t-1}, x_t] + b_t) \\
# o_t &= \sigma(w_t[h_{t-1}, x_t] + b_t) \\
# o_i &= o_t \times \tanh(c_t) \;\rightarrow\; \text{final output}
# \end{aligned}
# \tag{5.5}
# $$
#
# Compare with (5.1) to (5.3) before you read on. What is not right?
#
# 1. **One $w_t$ and one $b_t$ for three things.** Then $i_t = o_t$, always: the cell can write only while it shows, and
#    keep quiet only while it writes nothing. The candidate comes from the same sum too.
# 2. **$c_t$ is never computed.** The line that makes an LSTM an LSTM, (5.2), is missing. Read as it stands, the memory
#    channel keeps the value that it began with.
# 3. **The names.** The output is $O_t$ in the list and $o_i$ in the equation, $h_{t-1}$ is called the "previous
#    output", and $o_t$ is also the output gate. Whoever follows the letters takes the gate for the output, with
#    $h_t = o_t$. The candidate is called $z_t$, which in the same notes is a gate of the GRU; we call it $g_t$, as torch
#    does.
# 4. A small one: $[x_t, h_{t-1}]$ in the first line, $[h_{t-1}, x_t]$ in the others. The rows of the weights must follow.
#
# **Does it matter?** Let us take the notes at their word and run the cell. `notes_cell` leaves open what the notes leave
# open: whether to supply the missing update, and whether the "output" is $o_i$ or the gate.


# %%
def notes_cell(xs, params, update=False, output_is_gate=False):
    """The LSTM of lecture notes N2. The blocks f and g of the weights serve as w_f and w_t."""
    H = params.W_h.shape[0]
    h, c = np.zeros((len(xs), H)), np.zeros((len(xs), H))
    steps, c_0 = [], c
    for t in range(xs.shape[1]):
        a = xs[:, t] @ params.W_x + h @ params.W_h + params.b
        f_t, a_t = sigmoid(a[:, H : 2 * H]), a[:, 2 * H : 3 * H]
        i_t, z_t, o_t = sigmoid(a_t), tanh(a_t), sigmoid(a_t)
        if update:
            c = c * f_t + z_t * i_t
        h = o_t if output_is_gate else tanh(c) * o_t
        steps.append((i_t, f_t, z_t, o_t, c, h))
    return LSTMTrace(*(stack(part, axis=1) for part in zip(*steps, strict=True)), c_0)


rng = np.random.default_rng(2)
signals, untrained = rng.normal(size=(8, 200, 3)), init_lstm_params(3, 16, rng)
at_its_word = notes_cell(signals, untrained)
print(f"largest |h| over 200 steps of 8 sequences: {np.abs(at_its_word.h).max()}")

# %% [markdown]
# At its word, the cell of the notes is silent: $c$ stays zero, and $o \tanh(0) = 0$ whatever is read. So the update
# must be supplied. **Is the cell sound then, in spite of $i = o$?** Look at what it can write. With one sum $a$ for
# gate and candidate, a step adds $i \odot z = \sigma(a) \tanh(a)$ to the cell, and that product has a floor:
#
# $$\min_a \; \sigma(a) \tanh(a) = \frac{1 - \sqrt 2}{2} \approx -0.207 \tag{5.6}$$
#
# (With $t = e^a$ the product is $t (t - 1) / (t^2 + 1)$, smallest at $t = \sqrt 2 - 1$; or read it off the picture.)

# %%
a = np.linspace(-6, 6, 241)
plot_curves(
    a,
    {
        "notes: gate and candidate from one sum": sigmoid(a) * np.tanh(a),
        "LSTM: input gate open": np.tanh(a),
        "LSTM: input gate shut": 0 * a,
    },
    xlabel="a, the sum that feeds the candidate",
    ylabel="what is written into the cell",
    title="One sum for gate and candidate cannot write a strong minus",
)

# %% [markdown]
# **What to see.** An LSTM can write anything between $-1$ and $1$, and for every candidate it can also decide not to
# (all heights between the two other curves). The notes' cell has one height for each $a$: it writes +1 with ease, but
# never less than $-0.207$, and it can never hold back a strong plus. Nor can it write without showing.
#
# ### {{ exercise diagnose-notes-cell }}
#
# Somebody hands you the trace of a cell: all gates, cell states and hidden states over a batch of sequences, but not
# the code. Write `diagnose_notes_cell`, which looks for faults 1 and 2, and for what the reading $h_t = o_t$ of fault 3
# leads to: an $h$ that is not (5.3). Test what *should* hold, entry by entry: two gates are one only if they agree
# everywhere; an update is wrong if it is wrong anywhere.
#
# *A trap to think about:* a cell whose state never changes is not necessarily at fault. Which gates would make it so?

# %% exercise="diagnose-notes-cell"
from rnncore.functional.sequence import diagnose_notes_cell  # exercise
#: run.c holds c at steps 1 ... T; the step before step 1 is run.c_0, of shape (B, H).

# %% [markdown]
# The check makes one unit over two steps by hand: $c_0 = 0$, $i = f = 0.5$, $g = 1$, $o = 0.8$, so $c$ goes 0, 0.5,
# 0.75. Then it changes one thing at a time; not every change is a fault.

# %% check="diagnose-notes-cell"
half, c = np.full((1, 2, 1), 0.5), np.array([[[0.5], [0.75]]])
sound = LSTMTrace(half, half, 2 * half, 0.8 + 0 * c, c, 0.8 * np.tanh(c), np.zeros((1, 1)))
jump, once = np.array([[[0.5], [0.85]]]), np.array([[[0.5], [0.8]]])
kept = sound._replace(i=0 * half, f=2 * half, c=half, c_0=half[:, 0], h=0.8 * np.tanh(half))
one, c_is, h_is = "input_gate_is_output_gate", "cell_state_not_updated", "output_ignores_cell"
cases = {
    "a sound cell": (sound, None),
    "i = o at step 1 only": (sound._replace(o=once, h=once * np.tanh(c)), None),
    "f = 1 and i = 0": (kept, None),
    "i = o at both steps": (sound._replace(o=half, h=half * np.tanh(c)), one),
    "c jumps at step 2": (sound._replace(c=jump, h=0.8 * np.tanh(jump)), c_is),
    "c_0 does not lead to c_1": (sound._replace(c_0=half[:, 0]), c_is),
    "h is the gate": (sound._replace(h=sound.o), h_is),
    "h is a tenth too small": (sound._replace(h=0.9 * sound.h), h_is),
}
second = zip(sound, cases["h is the gate"][0], strict=True)
cases["h is the gate in the second sequence"] = LSTMTrace(*map(np.concatenate, second)), h_is
for name, (run, fault) in cases.items():
    found = diagnose_notes_cell(run)
    assert isinstance(found, dict), f"return a dictionary; got {found}"
    assert set(found) == {one, c_is, h_is}, f"the docstring has the three keys; got {list(found)}"
    wrong = [key for key, verdict in found.items() if verdict != (key == fault)]
    assert not wrong, f"{name}: look again at {', '.join(wrong)}"
    kinds = {np.asarray(verdict).dtype.name for verdict in found.values()}
    assert kinds == {"bool"}, f"findings should be True or False; got {', '.join(kinds)}"
    print(f"{name}: as it should be")
print("All good")

# %% [markdown]
# Now let your detective loose on the notes, and on your own LSTM.

# %%
hs, _, caches = lstm_forward(signals[:, :50], init_lstm_state(8, 16), untrained)
suspects = {
    "notes, at their word": at_its_word,
    "notes, output read as O_t": notes_cell(signals, untrained, output_is_gate=True),
    "notes, update supplied": notes_cell(signals, untrained, update=True),
    "your own LSTM": trace(hs, caches),
}
for name, run in suspects.items():
    faults = [fault.replace("_", " ") for fault, found in diagnose_notes_cell(run).items() if found]
    print(f"{name:<26} {', '.join(faults) or 'no fault found'}")

# %% [markdown]
# **What to see.** Each reading of the notes has a fault; supplying the update still leaves two gates that are one. Only
# separate weights for each gate, as in (5.1), make the last line.
#
# ## 6. Other people's weights
#
# Your LSTM and torch's compute the same, so weights can travel. torch's conventions differ from ours in two ways: it
# keeps the *transposes* of our matrices (it computes $x W^\top$), and it has *two* biases, one for the input and one for
# the hidden state, which it adds. The gates have our order i, f, g, o.
#
# Why two biases? They do no more than one would; the GPU library underneath has two.
#
# ### {{ exercise from-torch }}
#
# Write `from_torch`. It takes the four arrays of a `state_dict` by their names and returns our `LSTMParams`.

# %% exercise="from-torch"
from rnncore.functional.cells import from_torch  # exercise
#: weights["weight_ih_l0"] is (4H, D): ih is from input to hidden, hh from hidden to hidden.

# %% [markdown]
# The check is also one more exam for exercises {{ number lstm-step }} and {{ number lstm-forward }}: with torch's weights, your LSTM must give torch's numbers.

# %% check="from-torch"
layer = torch.nn.LSTM(5, 4, batch_first=True, dtype=torch.float64)
weights = {name: weight.numpy() for name, weight in reversed(layer.state_dict().items())}
params = from_torch(weights)
expect_shape("from_torch: W_x", params.W_x, (5, 16))
expect_shape("from_torch: W_h", params.W_h, (4, 16))
expect_shape("from_torch: b", params.b, (16,))

xs = np.random.default_rng(3).normal(size=(2, 7, 5))
with torch.no_grad():
    theirs, (h, c) = layer(torch.tensor(xs))
ours, last, _ = lstm_forward(xs, init_lstm_state(2, 4), params)
hint = "Both biases in, nothing reshaped? Or is h missing in (5.1)?"
expect_close("hidden states, yours and torch's", ours, theirs, hint)
expect_close("last cell state, yours and torch's", last.c, c[0], hint)
print("All good")

# %% [markdown]
# ## 7. Backward, gate by gate
#
# To learn, we need gradients. Write $dc$ for the gradient of the loss with respect to $c_t$, and so on. Go through the
# picture of section 2 from right to left. The cell state $c_t$ has **two ways to the loss**: along the cell into step
# $t + 1$, from where $dc_{\text{next}}$ comes back, and through this step's $h_t$, from where $dh$ comes. Gradients of
# several ways add up:
#
# $$
# dc = dc_{\text{next}} + dh \odot o_t \odot (1 - \tanh^2 c_t), \qquad dc_{t-1} = dc \odot f_t \tag{5.7}
# $$
#
# The right half is what the step before receives as its $dc_{\text{next}}$. Now the gates: $o_t$ stands in (5.3), $i_t$
# in (5.2), each in a product, whose derivative with respect to one factor is the other:
#
# $$
# do = dh \odot \tanh c_t, \qquad di = dc \odot g_t \tag{5.8}
# $$
#
# Both come out of a sigmoid, whose derivative can be told from its value, $\sigma' = \sigma (1 - \sigma)$:
#
# $$
# da_o = do \odot o_t (1 - o_t), \qquad da_i = di \odot i_t (1 - i_t) \tag{5.9}
# $$
#
# **With paper and pencil:** derive $da_f$ and $da_g$ in the same way. What stands beside $f_t$ in (5.2), what beside
# $g_t$? And $\tanh' = 1 - \tanh^2$.
#
# With the four side by side again, $da = [da_i, da_f, da_g, da_o]$, the rest is that of any linear layer:
#
# $$
# dx_t = da\, W_x^\top, \quad dh_{t-1} = da\, W_h^\top, \quad dW_x = x_t^\top da, \quad dW_h = h_{t-1}^\top da, \quad
# db = \sum_B da \tag{5.10}
# $$
#
# Why $x^\top da$? The weight from input $d$ to column $k$ multiplies $x_{nd}$ of each sequence $n$, so its gradient is
# $\sum_n x_{nd}\, da_{nk}$; the product does that sum. For the bias you sum yourself.
#
# ### {{ exercise lstm-step-backward }}
#
# Write `lstm_step_backward`, the longest exercise of the unit. Unpack the cache first. The gradients of the weights come
# as `LSTMParams`, that of the state as `LSTMState`: a gradient has the type of what it is a gradient of.

# %% exercise="lstm-step-backward"
from rnncore.functional.cells import lstm_step_backward  # exercise
#: Equation (5.7): all that reaches c. Then the four gates, two of them yours. Then (5.10).
#: concat([...], axis=1) puts the four side by side.

# %% [markdown]
# Nobody has to believe a derivation. The check moves every number a little, up and down, and compares the change of a
# loss with your gradient (Unit 3); the loss is a weighted sum of the new $h$ and $c$. If some gradients are off, the
# pattern says where to look:
#
# | off | look at |
# |---|---|
# | only `c` | the right half of (5.7) |
# | only `b` | the sum over the batch |
# | only one of `x`, `h`, `W_x`, `W_h` | its own product in (5.10) |
# | all but `c` | the four $da$, and their order |
# | all | the left half of (5.7) |

# %% check="lstm-step-backward"
rng = np.random.default_rng(5)
x, h, c, dh, dc_next = (rng.normal(size=(2, size)) for size in (3, 4, 4, 4, 4))
params = init_lstm_params(3, 4, rng)


def loss():
    new, _ = lstm_step(x, LSTMState(h, c), params)
    return float(np.sum(dh * new.h) + np.sum(dc_next * new.c))


_, cache = lstm_step(x, LSTMState(h, c), params)
dstate = LSTMState(dh, dc_next)
with expect_unchanged("lstm_step_backward", dstate=dstate, cache=cache):
    dx, before, dparams = lstm_step_backward(dstate, cache)
expect_gradients(
    "lstm_step_backward",
    loss,
    {"x": x, "h": h, "c": c, **params._asdict()},
    {"x": dx, "h": before.h, "c": before.c, **dparams._asdict()},
    tolerance=1e-8,
)
print("All good")

# %% [markdown]
# Backpropagation through time is this step, from $t = T$ to $t = 1$. What the loss says of $h_t$ itself meets what
# comes back from step $t + 1$:
#
# $$
# dh_t = \frac{\partial L}{\partial h_t} + dh_{t \leftarrow t+1}, \qquad dW = \sum_{t=1}^{T} dW^{(t)} \tag{5.11}
# $$
#
# ### {{ exercise lstm-backward }}
#
# Write `lstm_backward` with your `lstm_step_backward`. In `dhs[:, t]` you find what the loss says of $h$ at that step;
# $c$ has no such direct part. The weights are the same at all steps, so what each step says about them is added up,
# array by array: `+` on two `LSTMParams` makes a longer tuple.
#
# You have written such a loop before: `backpropagate` of Unit 3, which is in `rnncore.functional.learning.bptt`. Write it once
# more with the LSTM's own names, or find out what it takes to leave the work to it; either way counts.
#
# If only `xs` is off, look at the order of the $dx$; if only weights, at their sum over the steps; if nearly everything,
# at how the two gradients of $h$ meet in (5.11).

# %% exercise="lstm-backward"
from rnncore.functional.sequence import lstm_backward  # exercise
#: zeros_like(array) is a start for a sum; caches[0].params has arrays of the right shapes.
#: You collect the gradients of the inputs from the last step to the first: mind the order.

# %% check="lstm-backward"
rng = np.random.default_rng(6)
xs, dhs = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 4))
h, c, dh, dc_next = (rng.normal(size=(2, 4)) for _ in range(4))
params = init_lstm_params(3, 4, rng)


def loss():
    hs, last, _ = lstm_forward(xs, LSTMState(h, c), params)
    return float(np.sum(dhs * hs) + np.sum(dh * last.h) + np.sum(dc_next * last.c))


_, _, caches = lstm_forward(xs, LSTMState(h, c), params)
dstate = LSTMState(dh, dc_next)
with expect_unchanged("lstm_backward", dhs=dhs, dstate=dstate, caches=caches):
    dxs, first, dparams = lstm_backward(dhs, dstate, caches)
expect_gradients(
    "lstm_backward, five steps",
    loss,
    {"xs": xs, "h_0": h, "c_0": c, **params._asdict()},
    {"xs": dxs, "h_0": first.h, "c_0": first.c, **dparams._asdict()},
)
print("All good")

# %% [markdown]
# ## 8. Does it keep its promise?
#
# Three experiments follow, done by your functions; none is graded. Each states the published claim, the numbers
# measured here over three seeds, and the band within which we say that the claim *holds*. The bands were
# set after runs with 16 to 26 seeds, these three among them; a result outside its band is reported as that.
#
# ### Experiment 1: the gradient along the cell
#
# Follow (5.7) back along the cell alone, $k$ times:
#
# $$
# \left. \frac{\partial c_t}{\partial c_{t-k}} \right|_{\text{cell}} = f_t \odot f_{t-1} \odot \dots \odot f_{t-k+1}
# \tag{5.12}
# $$
#
# No weight matrix, no derivative of tanh: only the forget gates, and the network decides about those. Hochreiter and
# Schmidhuber called it the *constant error carousel*; their $f$ was 1, so what went round stayed what it was.
#
# **What is left of a gradient of norm 1, $k$ steps earlier?** Your `lstm_step_backward` carries it along the cell, with
# three forget biases; `rnn_step_backward` carries it through a vanilla RNN.

# %% experiment="lstm-experiment-cell-path"
from rnncore.experiments.cell_path import measure_cell_path

cell_path = measure_cell_path(
    lstm_step, lstm_step_backward, set_forget_bias, rnn_step, rnn_step_backward
)
print(cell_path)
cell_path.figure()

# %% [markdown]
# **What to see.** All lines are straight: a constant factor a step. Along the cell the factor is $\sigma(\text{bias})$
# within 0.005, just as (5.12) says. At a bias of 3 about a tenth of the gradient arrives 50 steps earlier; in the best
# of the three RNNs, about one part in a hundred million. But look at the line for bias 0: it falls faster than the
# RNN's. The cell is not good at remembering by birth. It is good at it because one number decides, the forget gate, and
# that number can be learned or set. (The lines compare a whole with a part: in the RNN all of the gradient goes one way,
# while here what reaches $h$ is set to 0 at each step. An LSTM's full gradient has the path through $h$ as well.)
#
# ### Experiment 2: what the forget bias is worth
#
# **Does the bias before training still matter after it?** Gers and others (2000) and Jozefowicz and others (2015) say
# that it does. We train LSTMs that differ in nothing but their first forget bias, on the adding problem over 30 steps
# and on the Punjab sentences with 20 words between the place and the language. `torch.nn.LSTM` does the steps, with the
# first weights that your `set_forget_bias` gives; 30 trainings take about a minute.

# %% experiment="lstm-experiment-forget-bias"
from IPython.display import display

from rnncore.experiments.forget_bias import measure_forget_bias

forget_bias = measure_forget_bias(set_forget_bias, progress=False)
print(forget_bias)
display(forget_bias.figure(), forget_bias.adding_figure())

# %% [markdown]
# **What to see.** On the sentences the bias decides everything: within these few training steps, an LSTM whose forget
# gate starts at one half or below stays at chance, one that starts at a bias of 2 or 3 learns; at 1 it depends on the
# seed. The word to be remembered lies 20 steps back, and $\sigma(0)^{20}$ is a millionth: no gradient tells the gate to
# open. On the adding problem the effect is there but weaker: one of the two marks always lies in the second half, where
# even a short memory finds it, and can grow from there. At -1 all three learned, and at 0 one never left the level of
# guessing: the luck of three seeds, we think, and we would not bet on 2 being the best either. So a positive forget bias
# is a cheap insurance, and what it pays depends on how far the task reaches.
#
# ### Experiment 3: Punjab and Punjabi
#
# Now the question from the top of this page. **How far does the memory of the place reach?** Sentences like
#
# > I grew up in Punjab | near a wide river now I teach and I speak fluent ___
#
# are drawn at random: one of four openings, a place, small talk to fill the distance, one of three closings. There are
# eight languages with two places each, so chance is 1/8. A vanilla RNN and your LSTM (forget bias 3), both with 32
# units, are trained at each distance. Hochreiter and Schmidhuber reported in 1997 that LSTMs bridge lags of more than
# 1,000 steps; ours are shorter, so that you need not wait. This is your own `lstm_forward` under torch's automatic
# gradients, about a minute again.

# %% experiment="lstm-experiment-agreement"
from rnncore.experiments.agreement import measure_agreement

agreement = measure_agreement(rnn_step, unroll, lstm_forward, set_forget_bias, progress=False)
print(agreement)
agreement.figure()

# %% [markdown]
# **What to see.** Up to ten words both do well. With 20 it depends on the seed whether the RNN does, and from 30 on it is
# at chance, while the LSTM goes on. Where exactly the RNN gives up you see in the single numbers above; the mean hides it.
#
# **What does a trained LSTM do while it reads?** We take the LSTM that was trained at a distance of 20, hand it a new
# sentence, and draw the eight units whose cell state is largest at the end, numbered 0 to 7.

# %% experiment="lstm-experiment-inside"
from rnncore.tasks.agreement import VOCABULARY, agreement_sentences, sentence_text

ids, _ = agreement_sentences(1, 20, np.random.default_rng(12))
words = sentence_text(ids[0]).split()
trained = LSTMParams(*(weight.double().numpy() for weight in agreement.trained[2]))
hs, last, caches = lstm_forward(np.eye(len(VOCABULARY))[ids], init_lstm_state(1, 32), trained)
strongest = np.sort(np.argsort(-np.abs(last.c[0]))[:8])
inside = LSTMTrace(*(part[..., strongest] for part in trace(hs, caches)))
plot_gates(inside, words, title="A trained LSTM reads a sentence: eight of its 32 units")

# %% [markdown]
# **What to see.** Perhaps not what you expected. Up to the place name the cell is nearly empty. The name makes only a
# small mark. But the forget gates stand near 1, so the mark stays; and then, word by word, it *grows*: the candidates
# settle near $\pm 1$, each unit with a sign of its own, and the cell adds them up to the end. Unit 0 of section 3 stores
# a number once. This network has made up its mind, and says so again at every step.
#
# **Who keeps pushing?** The words after the place name carry no hint of it, so the candidates must learn it from $h$. We
# can test that: cut the weights from $h$ to the candidates in the trained network, and let it read again.

# %% experiment="lstm-experiment-who-pushes"
ids, languages = agreement_sentences(200, 20, np.random.default_rng(13))
W_h = trained.W_h.copy()
W_h[:, 64:96] = 0  # the third block of 32 columns: from h to the candidates
W_y, b_y = (weight.double().numpy() for weight in agreement.readouts[2])
other, growth = ~np.eye(200, dtype=bool), {}
same = (languages[:, None] == languages) & other
for name, cell in {"as trained": trained, "h to g cut": trained._replace(W_h=W_h)}.items():
    _, last, caches = lstm_forward(np.eye(len(VOCABULARY))[ids], init_lstm_state(200, 32), cell)
    growth[name] = [np.abs(cache.c).mean() for cache in caches]
    right = np.mean(np.argmax(last.h @ W_y + b_y, axis=1) == languages)
    alike = np.corrcoef(last.c)
    closest = languages[np.argmax(np.where(other, alike, -1), axis=1)]
    within, between = alike[same].mean(), alike[~same & other].mean()
    print(f"{name}: accuracy {right:.2f}; the last cell states of two sentences correlate by")
    print(f"  {within:.2f} within a language and {between:.2f} between two; the most similar other")
    print(f"  one is of the same language in {np.mean(closest == languages):.1%}")

steps = range(1, ids.shape[1] + 1)
plot_curves(steps, growth, xlabel="words read", ylabel="mean size of the cell state")

# %% [markdown]
# **What to see.** With the connection cut, the cell state stays small and the network's readout is hardly better than
# chance: it was the network's own voice that pushed. The mark of the name is still in there, under the small talk: in
# seven of ten sentences the most similar other one is of the same language, where chance would give one of eight. But
# the readout learned the loud version. As trained, two sentences with the same language end in nearly the same cell
# state, and two languages have nothing in common. It is a sound way to remember for the length of a sentence. On a
# stream without an end such a cell would grow and grow, which is just what the forget gate of 2000 was made against;
# here nothing asked the gate to close.
#
# ## {{ exercise lstm-question }}
#
# Why does a gradient survive along the cell path of an LSTM where it dies along the hidden path of a vanilla RNN? Say
# what is multiplied at each step back on either path, use two numbers from experiment 1, and say what a forget gate
# near 0 does to this argument, and whether that is a fault. Six to ten sentences.

# %% [markdown] question="lstm-question" heading="In your own words" points=3
# ### BEGIN SOLUTION
# **A good answer.** Along the cell, $\partial c_t / \partial c_{t-1}$ is $f_t$, entry by entry, so a step back
# multiplies the gradient by the forget gate and by nothing else. Over $k$ steps this is a product of $k$ numbers that
# the network sets itself. In experiment 1 the factor at a forget bias of 3 was about 0.95 a step, so that roughly a
# tenth of the gradient was left after 50 steps. In the vanilla RNN every step multiplies by the transpose of $W_h$ and
# by $1 - h^2$, which is at most 1 and small for saturated units; the measured factor was between about 0.5 and 0.7, and
# nothing of use was left after 50 steps. The RNN cannot choose the factor freely, because the same $W_h$ must also
# compute. A forget gate near 0 stops the gradient as surely as any RNN does (at bias 0 the cell path was no better than
# the RNN). But then the cell has also dropped the content: what was forgotten on purpose should not get blame or
# praise for what comes after. It is a fault only if the gate is shut before training had a chance to open it, which is
# what a positive forget bias is for.
#
# **Rubric.** One point each: (1) the factor along the cell is $f_t$, against $W_h^\top$ and tanh' in the RNN;
# (2) two numbers from experiment 1, used rightly (factor a step, or what is left after $k$ steps); (3) $f$ near 0
# cuts gradient and content together, which is forgetting on purpose; harmful only if untrained.
# ### END SOLUTION

# %% [markdown]
# ## Look back
#
# - An RNN rewrites its memory at each step; an LSTM adds to it, $c_t = f_t \odot c_{t-1} + i_t \odot g_t$, and gates
#   decide what is written, kept and shown.
# - Each gate needs weights of its own. With one set for three, as in N2, writing and showing become one, and the cell
#   cannot write a strong minus.
# - On the way back along the cell only the forget gates multiply. That is why the memory can be long; whether it *is*
#   long at the start of training is up to the forget bias.
# - Four tools told you that your code is right: a case computed by hand, a law, torch, and finite differences. Keep
#   them for everything that you will build.
#
# **Next**: Unit 6 asks which of these parts are needed. It merges gates, leaves them out and lets them peep into the
# cell, and measures who notices.
#
# ## References
#
# - S. Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen*, diploma thesis, TU München (1991).
# - Y. Bengio, P. Simard and P. Frasconi, *Learning long-term dependencies with gradient descent is difficult*, IEEE
#   Transactions on Neural Networks 5 (1994), [doi:10.1109/72.279181](https://doi.org/10.1109/72.279181).
# - S. Hochreiter and J. Schmidhuber, *Long Short-Term Memory*, Neural Computation 9 (1997),
#   [doi:10.1162/neco.1997.9.8.1735](https://doi.org/10.1162/neco.1997.9.8.1735).
# - F. A. Gers, J. Schmidhuber and F. Cummins, *Learning to Forget: Continual Prediction with LSTM*, Neural Computation
#   12 (2000), [doi:10.1162/089976600300015015](https://doi.org/10.1162/089976600300015015).
# - R. Jozefowicz, W. Zaremba and I. Sutskever, *An Empirical Exploration of Recurrent Network Architectures*, ICML
#   (2015), [PMLR 37:2342-2350](https://proceedings.mlr.press/v37/jozefowicz15.html).
# - K. Greff and others, *LSTM: A Search Space Odyssey* (2015), [arXiv:1503.04069](https://arxiv.org/abs/1503.04069).
# - Lecture notes N0 (Punjab and Punjabi) and N2 (the LSTM's equations).
