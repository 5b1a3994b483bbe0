# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 2. The recurrent cell and its five layouts
#
# A network of fixed size reads a sequence of any length. It does so with one small cell that is used again and again,
# and that hands itself a note from one use to the next. In this unit you write that cell, run it along sequences,
# arrange it in five ways, and train it on the task with which Jeffrey Elman made it known in 1990.
#
# **At the end you can**
#
# - write one step of a recurrent network, and say what each term is for;
# - run any cell along a sequence, and draw what happened inside from your own run;
# - build the five layouts, from one input and many outputs to many inputs and one output;
# - count what such a network has to learn, and say why the length of the sequence does not come into it;
# - tell, by running it, whether a claim about a network is true.
#
# **You need** Unit 1 (sequences as arrays), NumPy (`@`, slicing, broadcasting), and no calculus: gradients come in Unit 3.
#
# **Time** two to three hours. **Points** {{ points }}:
#
# {{ exercises }}

# %% [markdown]
# ## How to work with this notebook
#
# Go from top to bottom, and run each cell with Shift-Enter.
#
# - **Exercise.** A cell with a function whose docstring says what goes in and what comes out. Replace the line
#   `raise NotImplementedError()` by your code. Few exercises need more than five lines. In a signature,
#   `Float[Array, "B D"]` tells the reader a shape; Python does not check it. The errors under *Raises* never carry
#   points in this unit, but each will one day save you an hour.
# - **Check.** The cell below an exercise tries your function. It prints a line for each thing that is right. Where
#   something is off it stops with a message that says what, and where to look. *If it ends with* `All good`*, go on.*
#   Grading uses further checks with other sizes and numbers, so write for any size. A mistake in one exercise does
#   not cost you points in a later one. Below an exercise that is still open it stops with a bare
#   `NotImplementedError`.
# - **Demonstration.** Cells that draw or print something from the functions you wrote. There is nothing to change, but
#   changing things is welcome.
# - **Experiment.** Cells that train a network, which takes some seconds, or have a slider. They are not run for grading.
#
# Before you hand in, choose *Kernel, Restart Kernel and Run All Cells*: what works then, works. (It goes on past exercises that are open or wrong: look at the last line of each check.)
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made. Much in them is good.
# Where they go wrong, a *Correction* tries it out; you do not need to have read them.
#
# The letters of sizes are the same in equations and in code, and nearly all of them in the whole course:
#
# | letter | means | | array | shape | holds |
# |---|---|---|---|---|---|
# | $B$ | sequences in a batch | | `xs` | $(B, T, D)$ | inputs of all steps |
# | $T$ | steps of a sequence | | `x` | $(B, D)$ | inputs of one step |
# | $D$ | numbers in an input | | `hs` | $(B, T, H)$ | hidden states of all steps |
# | $H$ | hidden units | | `state.h` | $(B, H)$ | the hidden state of one step |
# | $K$ | numbers in an output | | `ys` | $(B, T, K)$ | outputs of all steps |

# %% given="rnn-setup"
from typing import Any

import numpy as np
import torch

from rnncore.experiments.temporal_xor import measure_temporal_xor
from rnncore.functional.base import Array, Float
from rnncore.functional.base import concat, require_shape, sigmoid, softmax, stack, tanh
from rnncore.functional.cells import RNNCache, RNNParams, RNNState, StackedParams
from rnncore.functional.cells import init_rnn_params, init_rnn_state
from rnncore.functional.cells import rnn_to_torch, stack_params
from rnncore.functional.sequence import ReadoutParams, Step, init_readout_params
from rnncore.lab.checks import expect_close, expect_kind, expect_shape, expect_unchanged, on_torch
from rnncore.lab.live import live
from rnncore.lab.plots import draw_layouts, draw_unrolled, plot_curves
from rnncore.lab.plots.style import COLOURS, new_figure
from rnncore.tasks.temporal_xor import temporal_xor

# %% [markdown]
# Of these, your code needs four. They work on NumPy arrays and on torch tensors alike, so what you write and check with
# NumPy is trained with torch in section 6. Use them rather than `np.tanh` or `np.stack`.
#
# | tool | does |
# |---|---|
# | `tanh(a)` | squash each number of an array |
# | `stack([a, b, ...], axis=1)` | put arrays beside each other along a *new* axis: T arrays $(B, H)$ become $(B, T, H)$ |
# | `concat([a, b], axis=1)` | join arrays along an axis they *have*: $(B, H)$ and $(B, D)$ become $(B, H + D)$ |
# | `require_shape("x", x, ("B", D))` | raise a clear error unless `x` is $(B, D)$; a name in quotes stands for any size |

# %% [markdown]
# ## 1. A cell that hands itself a note
#
# The models of Unit 1 had no memory: they saw a window of fixed size, and whatever lay outside had never been. Suppose
# instead that a network reads one input at a time, and keeps a few numbers, its **state** $h$, from one input to the
# next. Each new state is made from the new input and from the old state,
#
# $$h_t = f(h_{t-1}, x_t), \tag{2.1}$$
#
# with the same $f$ every time. What was read long ago can still matter, if it has left a trace in the state.
#
# **What does such a network look like, and where does the loop go when time is drawn from left to right?**

# %%
draw_layouts({"rolled up": ("y", "@", "x"), "unrolled over four steps": ("yyyy", "hhhh", "xxxx")})

# %% [markdown]
# **What to see.** On the left the network as it is built: one cell (orange) with an arrow back to itself. On the right
# the same network as it is run: the loop has become a chain, and each arrow of the chain goes one step forward in time.
# There is still only one cell. The four orange boxes are four uses of it, at four moments.
#
# ### Once by hand
#
# Take the smallest cell, with one input and one unit: multiply the input by 1, the old state by 0.5, add, and squash
# the sum with tanh. Start from $h_0 = 0$ and let it read 1, 0, 0:
#
# | step $t$ | input $x_t$ | old state $h_{t-1}$ | sum | new state $h_t = \tanh(\text{sum})$ |
# |---|---|---|---|---|
# | 1 | 1 | 0 | $1 \cdot 1 + 0.5 \cdot 0 = 1$ | 0.762 |
# | 2 | 0 | 0.762 | $1 \cdot 0 + 0.5 \cdot 0.762 = 0.381$ | 0.363 |
# | 3 | 0 | 0.363 | $1 \cdot 0 + 0.5 \cdot 0.363 = 0.182$ | 0.180 |
#
# The 1 was read once, at the first step. At the third the state still tells of it, in a fainter voice. That echo is
# all the memory there is.
#
# **Your turn, with a pocket calculator:** what is $h_2$ if the second input is 1 instead of 0?
#
# <details><summary>Answer</summary>
# The sum is 1 + 0.381 = 1.381, so the new state is 0.881: a second 1 adds to the echo of the first.
# </details>

# %% [markdown]
# ### The equation
#
# With $D$ inputs and $H$ units the three numbers become two matrices and a vector. The cell of this unit is
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b) \tag{2.2}$$
#
# | term | shape | what it does |
# |---|---|---|
# | $x_t W_x$ | $(B, D)(D, H) \to (B, H)$ | brings the new input in |
# | $h_{t-1} W_h$ | $(B, H)(H, H) \to (B, H)$ | brings the old state in: every unit can reach every unit |
# | $b$ | $(H,)$ | says where a unit rests when nothing comes in |
# | tanh | each number on its own | keeps the state between $-1$ and $1$, however long the sequence |
#
# Each row of $x_t$ and $h_t$ belongs to one of $B$ sequences, which are read side by side and know nothing of each
# other. That is why data stand on the left of the matrices.
#
# Elman (1990) described it in pictures rather than in a formula: after each step the hidden units are copied to *context
# units*, and at the next step the network reads the context as if it were a second input. That copy is the
# arrow from $h_{t-1}$ to $h_t$.
#
# ### Correction 1: no bias, and the matrix on the left
#
# The lecture notes N1 write this cell without a bias, and $w_{hh} h_{t-1}$, with the matrix first. That is the convention
# for *columns*; for rows the matrices are the transposes of those. Once you have written your cell, you will see what
# becomes of both.
#
# <details><summary>If you read N1: its two alphabets</summary>
#
# | | N1 in words | N1 in equations | here |
# |---|---|---|---|
# | state | $s_t$ | $h_t$ | $h_t$ |
# | input to state | $U$ | $w_{xh}$ | $W_x$ |
# | state to state | $W$ | $w_{hh}$ | $W_h$ |
# | state to output | $V$ | $w_{hy}$ | $W_y$ |
# | biases | none | none | $b$ and $b_y$ |
#
# </details>

# %% [markdown]
# ### {{ exercise rnn-step }}
#
# Write equation (2.2). The function takes one step for $B$ sequences at once and returns two things:
#
# - the **new state**, an `RNNState`. This is a tuple with a named part: make one with `RNNState(h)`, read it with
#   `state.h`. (Why a tuple for one array? The LSTM of Unit 5 has a state of two, and all that you write in this unit
#   will run it unchanged.)
# - a **cache**, `RNNCache(x, h_prev, h, params)`: what went into the step and what came out. Nothing in this unit reads
#   it. In Unit 3 you will go back through the step to find how each weight should change, and these four are what the
#   backward step will need.
#
# The weights are `params.W_x`, `params.W_h` and `params.b`. Each error under *Raises* is one line with `require_shape`.
#
# *If NumPy says* `matmul: Input operand 1 has a mismatch`*, print the shapes on both sides of the* `@`*: data stand on the
# left, weights on the right. If Python says* `cannot unpack`*, a* `return` *is missing or gives one thing instead of two.*

# %% exercise="rnn-step"
from rnncore.functional.cells import rnn_step  # exercise
#: First the new hidden state h, as in equation (2.2); then return the new state and the cache.

# %% [markdown]
# *How can you tell that a function is right?* By asking somebody who did not see your code. The first two functions
# below make torch's own recurrent network and readout from your weights; the checks hold your numbers against theirs.
# (The field calls such a witness an *oracle*.) The third is a cell so simple that its results can be had in the head.
# The arrays below them are what the checks try your functions on.


# %% given="rnn-oracles"
def torch_rnn(xs: np.ndarray, state: RNNState, params: RNNParams) -> np.ndarray:
    """The hidden states of all steps, (B, T, H), as torch computes them."""
    oracle = torch.nn.RNN(*params.W_x.shape, batch_first=True).double()
    oracle.load_state_dict({k: torch.tensor(v) for k, v in rnn_to_torch(params).items()})
    with torch.no_grad():
        return oracle(torch.tensor(xs), torch.tensor(state.h)[None])[0].numpy()


def torch_readout(h: np.ndarray, params: ReadoutParams) -> np.ndarray:
    """The outputs that torch reads off hidden states."""
    W, b = torch.tensor(params.W_y.T), torch.tensor(params.b_y)
    return torch.nn.functional.linear(torch.tensor(h), W, b).numpy()


def add_up(x: Array, state: RNNState, params: Any) -> tuple[RNNState, str]:
    """A cell that needs no weights: its state is the sum of all it has read."""
    assert isinstance(state, RNNState), f"a step needs the whole state; got {type(state).__name__}"
    return RNNState(state.h + x), "a cache"


rng = np.random.default_rng(2)
xs = rng.normal(size=(3, 6, 2))  # B = 3 sequences, T = 6 steps, D = 2 numbers each
empty = init_rnn_state(3, 4)  # zeros, (B, H)
params = init_rnn_params(2, 4, rng)  # W_x (2, 4), W_h (4, 4), b (4,)
before = RNNState(rng.uniform(-1, 1, size=(3, 4)))  # a state that remembers something
nothing = RNNState(np.zeros((1, 1)))  # an empty state of one sequence and one unit

# %% check="rnn-step"
# The hand calculation: weights 1 and 0.5, no bias; read 1, then 0.
tiny = RNNParams(np.array([[1.0]]), np.array([[0.5]]), np.array([0.0]))
first, _ = rnn_step(np.array([[1.0]]), nothing, tiny)
expect_kind("the first thing returned", first, RNNState)
hint = "tanh(1) is meant. Did you write state for state.h?"
expect_close("after reading 1", first.h, [[0.761594]], hint, tolerance=1e-5)
second, _ = rnn_step(np.array([[0.0]]), first, tiny)
expect_close("after reading 0", second.h, [[0.363400]], "Where is h_prev?", tolerance=1e-5)
resting, _ = rnn_step(np.array([[1.0]]), first, RNNParams(*np.zeros((2, 1, 1)), np.array([0.5])))
expect_close("weights 0, bias 0.5", resting.h, [[0.462117]], "Where is b?", tolerance=1e-5)

# Three sequences at once, held against torch.
with expect_unchanged("rnn_step", x=xs, state=before, params=params):
    after, cache = rnn_step(xs[:, 0], before, params)
expect_shape("rnn_step: h", after.h, (3, 4))
heard = torch_rnn(xs[:, :1], before, params)[:, 0]
expect_close("h, against torch", after.h, heard, "See (2.2): one tanh, no transposes.")
expect_kind("the second thing returned", cache, RNNCache)
expect_close("cache.x", cache.x, xs[:, 0], "The cache is RNNCache(x, h_prev, h, params).")
expect_close("cache.h_prev", cache.h_prev, before.h, "h_prev is the state before the step.")
expect_close("cache.h", cache.h, after.h, "h is the state after the step.")
expect_kind("cache.params", cache.params, RNNParams)

# On torch tensors, as section 6 needs it.
expect_close("h, on torch", on_torch(rnn_step, xs[:, 0], before, params)[0].h, after.h)
print("All good")

# %% [markdown]
# **What becomes of N1's forms?** First, the cell without bias, fed with nothing. Second, the matrix on the left,
# `W_h @ h`, for three sequences, and for four.

# %%
silence = np.zeros((1, 2)), init_rnn_state(1, 4)
without_bias = params._replace(b=np.zeros(4))
print("no bias, nothing read:", rnn_step(*silence, without_bias)[0].h.round(3))
print("bias, nothing read:   ", rnn_step(*silence, params)[0].h.round(3))

try:
    params.W_h @ before.h
except ValueError as error:
    print("\nW_h @ h for B = 3, H = 4:", str(error).split(":")[0], "fails on the shapes")

four = rng.uniform(-1, 1, size=(4, 4))
changed = four.copy()
changed[0] += 1.0  # another first sequence; the other three are as before
literal = np.abs(params.W_h @ changed - params.W_h @ four).max(axis=1)
ours = np.abs(changed @ params.W_h - four @ params.W_h).max(axis=1)
print("\nB = 4, H = 4: how much each sequence changes when only the first does")
print("W_h @ h:", literal.round(2), "\nh @ W_h:", ours.round(2))

# %% [markdown]
# **What to see.** Without bias, zeros in give zeros out *whatever the weights are*: such a cell cannot be taught where
# to rest. The matrix on the left fails for three sequences, which is lucky. With four sequences and four units it
# **runs**, and a change in the first sequence appears in all of them: the batch has been mixed up, and nobody is told.
# Shapes that happen to agree hide mistakes. When you try a function of your own, try it with sizes that differ.

# %% [markdown]
# ## 2. Why squash, and why with tanh?
#
# The state goes through the same function at every step, so a small difference between two functions becomes a large one
# in the long run. The lecture notes N3 send three numbers, 5, 0.1 and $-0.5$, through tanh and through the sigmoid
# $\sigma$, once. **What does each do to them once, and what is left after ten times?**
#
# Your cell can do the experiment: with $W_x = 0$, $b = 0$ and the identity for $W_h$, equation (2.2) is
# $h_t = \tanh(h_{t-1})$.

# %%
values = np.array([[5.0, 0.1, -0.5]])
hold = RNNParams(np.zeros((1, 3)), np.eye(3), np.zeros(3))
by_tanh, by_sigmoid = [values], [values]
for _ in range(10):
    by_tanh.append(rnn_step(np.zeros((1, 1)), RNNState(by_tanh[-1]), hold)[0].h)
    by_sigmoid.append(sigmoid(by_sigmoid[-1]))

# %% [markdown]
# The next cell only draws; you need not read it.

# %%
with new_figure(1, 2, size=(9.0, 3.2)) as (figure, (left, right)):
    a = np.linspace(-6, 6, 200)
    kinds = [("tanh", tanh, by_tanh, "-"), ("sigmoid", sigmoid, by_sigmoid, "--")]
    for name, squash, runs, style in kinds:
        left.plot(a, squash(a), style, color="#444444", label=name)
        for k, value in enumerate(values[0]):
            left.plot(value, squash(value), "os^"[k], color=COLOURS[k])
            path = [run[0, k] for run in runs]
            right.plot(path, style + "os^"[k], ms=4, color=COLOURS[k], label=f"{value:g}, {name}")
    left.set(xlabel="before", ylabel="after", title="squashed once")
    right.set(xlabel="times squashed", ylabel="value", title="again and again", ylim=(-0.6, 1.1))
    left.legend()
    right.legend(ncols=2, fontsize=8)
figure

# %%
print("squashed        5     0.1    -0.5")
for times in (1, 2, 10):
    for name, runs in [("tanh", by_tanh), ("sigmoid", by_sigmoid)]:
        print(f"{times:2d} x {name:8}", *(f"{value:7.4f}" for value in runs[times][0]))
tripled = values
for _ in range(10):
    tripled = rnn_step(np.zeros((1, 1)), RNNState(tripled), hold._replace(W_h=3 * hold.W_h))[0].h
print("\ntripled ten times:             ", 3**10 * values[0])
print("tripled and squashed ten times:", tripled[0].round(3))

# %% [markdown]
# **What to see.** (The curves of 5 start above the edge of the right panel.)
#
# - **Both keep numbers in bounds.** Tripled ten times, a 5 becomes 295,245; squashed after each tripling, 0.995. Long sequences
#   need a lid. (But the 0.1 ends at 0.995 too. Section 4 comes back to that.)
# - **tanh is centred on zero.** It leaves 0.1 almost as it is, and $-0.5$ negative. The sigmoid lifts everything: 0.1
#   becomes 0.525. An empty memory, 0, stays empty under tanh; under the sigmoid it fills up by itself.
# - **tanh remembers, the sigmoid forgets.** After ten rounds of tanh the three values are still three, in their order
#   and with their signs. After ten rounds of sigmoid all have become 0.659, the number that $\sigma$ maps to itself. Which of
#   them it was, nobody can say.
#
# The reason is the slope. At zero, tanh has slope 1: small differences come through whole. The sigmoid's slope is nowhere
# above $1/4$: each step divides differences by four or more. (With this $W_h$. A $W_h$ of 4 would make up for the slope,
# but not for the centre; with a bias of $-2$ besides, the sigmoid is tanh in disguise.) What slopes do to learning is the
# subject of Unit 4. The sigmoid will be back in Unit 5 in a place that suits it: as a *gate*, where a number between 0 (shut) and 1
# (open) is just what is wanted.

# %% [markdown]
# ## 3. The same step with one product
#
# Papers and libraries often write the two products of (2.2) as one. Put old state and input side by side, and the two
# matrices one above the other:
#
# $$x_t W_x + h_{t-1} W_h = [h_{t-1}, x_t]\, W_a, \qquad W_a = \begin{bmatrix} W_h \\ W_x \end{bmatrix} \tag{2.3}$$
#
# $[h_{t-1}, x_t]$ is $(B, H + D)$ and $W_a$ is $(H + D, H)$. Multiplying out row by column, the first $H$ rows of $W_a$
# meet the state and the last $D$ rows meet the input: nothing else happens than before. It is the same cell, stored in
# another way, and one large product is often faster than two small ones. `stack_params` makes a
# `StackedParams(W_a, b)` from an `RNNParams`.

# %% [markdown]
# ### {{ exercise rnn-step-stacked }}
#
# Write equation (2.2) with (2.3) in it. The weights are `params.W_a`, $(H + D, H)$, and `params.b`. State and cache are
# the same as in exercise {{ number rnn-step }}. There are $H$ columns in $W_a$, so $D$ is the number of its rows less $H$.

# %% exercise="rnn-step-stacked"
from rnncore.functional.cells import rnn_step_stacked  # exercise
#: The state stands on the left of the input, as W_h stands above W_x.

# %% check="rnn-step-stacked"
# One unit and one input: the upper row of W_a is for the state, the lower for the input.
tiny_stacked = StackedParams(np.array([[0.5], [1.0]]), np.array([0.0]))
one, _ = rnn_step_stacked(np.array([[1.0]]), nothing, tiny_stacked)
expect_kind("the first thing returned", one, RNNState)
expect_close("after reading 1", one.h, [[0.761594]], "Which part is on the left?", tolerance=1e-5)

after, cache = rnn_step_stacked(xs[:, 0], before, stack_params(params))
expect_shape("rnn_step_stacked: h", after.h, (3, 4))
expect_close("h, against torch", after.h, torch_rnn(xs[:, :1], before, params)[:, 0], "See (2.3).")
expect_kind("the second thing returned", cache, RNNCache)
expect_close("cache.h_prev", cache.h_prev, before.h, "The cache is as in `rnn_step`.")
expect_close("cache.h", cache.h, after.h, "The cache is as in `rnn_step`.")
expect_kind("cache.params", cache.params, StackedParams)
tensor_state, _ = on_torch(rnn_step_stacked, xs[:, 0], before, stack_params(params))
expect_close("h, on torch", tensor_state.h, after.h)
print("All good")

# %% [markdown]
# <details><summary>Correction 2, if you read N4: its W_a and W_ay. (Otherwise go on with section 4.)</summary>
#
# N4 writes $W_a = [W_{aa} : W_{ax}]$, the matrices *beside* each other. For columns, which N4 uses, that is right; for
# rows it must be turned. N4 names a matrix by where it leads, then where it comes from: $W_{ax}$ leads *to* $a$ (its word
# for the state) *from* $x$. But the output's matrix it calls $W_{ay}$, the wrong way round, and then the shapes do not
# fit, as the next cell shows. N1 reads its letters from where to where ($w_{xh}$ leads from $x$ to $h$). Either rule is
# fine; mixing them is not. Here a matrix has one letter: $W_x$ and $W_h$ for what they multiply, $W_y$ for what it makes.
#
# </details>

# %%
# Correction 2. W_ab leads to a from b, by columns: as many rows as a has numbers, columns as b.
a, W_ay, W_ya = np.ones(4), np.ones((4, 3)), np.ones((3, 4))  # 4 states, 3 outputs
try:
    W_ay @ a
except ValueError:
    print("W_ay a: fails,", W_ay.shape, "times", a.shape)
print("W_ya a: shape", (W_ya @ a).shape, "an output")
try:
    np.hstack([params.W_h, params.W_x])
except ValueError:
    print("[W_h : W_x], with rows:", params.W_h.shape, "beside", params.W_x.shape, "does not fit")

# %% [markdown]
# ## 4. One step after another
#
# Reading a sequence is nothing but a loop:
#
# $$\text{state}_t = \text{step}(x_t, \text{state}_{t-1}, \text{params}), \qquad t = 1 \dots T \tag{2.4}$$
#
# The state changes at every step; the weights do not. This is called **unrolling**, and the function that does it need not
# know which cell it unrolls. So the cell is an argument: a function like any other value, which you call as
# `step(...)`. In a signature, `Step` means any such function, `state, cache = step(x, state, params)`. The same `unroll`
# will run your LSTM in Unit 5.
#
# ### {{ exercise unroll }}
#
# Write the loop of (2.4). Return three things:
#
# - the hidden states of all steps, $(B, T, H)$: collect each new `state.h` in a list and `stack` it along axis 1;
# - the state after the last step, *as the step returned it* (the whole state, not only its `h`);
# - the list of the $T$ caches, first step first.
#
# The inputs of step $t$ are `xs[:, t]`, with $t$ counted from 0 as always in Python. Call `step`, not `rnn_step`.

# %% exercise="unroll"
from rnncore.functional.sequence import unroll  # exercise
#: What a step returns as its state is what the next step starts from.

# %% check="unroll"
# The cell that adds up all it reads.
counted, total, caches = unroll(add_up, np.ones((1, 4, 1)), nothing, tiny)
expect_shape("unroll: hs", counted, (1, 4, 1))
hint = "What does a step start from? Is it `step` that you call, or rnn_step?"
expect_close("sums of 1, 1, 1, 1", counted[0, :, 0], [1, 2, 3, 4], hint)
expect_kind("the last state (whole, as the step returned it)", total, RNNState)
expect_close("the last state", total.h, [[4.0]], "The last state is what the last step returned.")
assert list(caches) == ["a cache"] * 4, "return the caches of all four steps, in a list"

hs, last, caches = unroll(rnn_step, xs, empty, params)
expect_close("hs, against torch", hs, torch_rnn(xs, empty, params), "All steps share params.")

# A law: reading half, and then the rest from where the first half ended, is reading the whole.
first_half, halfway, _ = unroll(rnn_step, xs[:, :2], empty, params)
second_half, _, _ = unroll(rnn_step, xs[:, 2:], halfway, params)
expect_close("in two halves", np.concatenate([first_half, second_half], axis=1), hs, "Use `state`.")
sums, _, _ = on_torch(unroll, add_up, xs, RNNState(np.zeros((3, 2))), tiny)
expect_close("running sums, on torch", sums, np.cumsum(xs, axis=1))
print("All good")

# %% [markdown]
# **What happened inside?** Here is the chain of states of one of your runs, each number a coloured cell. The sequence is
# short and mostly silent: the first of its two inputs is 1 at step 1, the second at step 4, and all else is zero.

# %%
pulses = np.zeros((1, 7, 2))
pulses[0, 0, 0] = pulses[0, 3, 1] = 1.0
cell = init_rnn_params(2, 4, np.random.default_rng(7))
cell = cell._replace(W_x=3.0 * cell.W_x, W_h=1.6 * cell.W_h, b=np.zeros(4))
hs, _, _ = unroll(rnn_step, pulses, init_rnn_state(1, 4), cell)
draw_unrolled(pulses[0], hs[0], title="One cell, seven moments")

# %% [markdown]
# **What to see.** Time runs to the right. Below, the two inputs; above them the four units. Before anything is read, $h_0$ is
# white: zero. The first pulse colours the state, and the colours go on changing while the inputs are silent: that is $W_h$ at
# work. The second pulse arrives in a state that still holds the first, so what it leaves behind depends on both. Every
# arrow marked $W_h$ carries the same sixteen numbers.
#
# ### Correction 3: who shares the weights?
#
# N0 says: "Each layer in an RNN shares the same weight." What is shared is the weights of each *step*. The columns of the figure
# above do look like layers when one turns one's head, and N1 speaks of a "4 layered neural network" for a sentence of four
# words. But layers proper are cells on top of cells (Unit 7): the second reads the states of the first.
# **What if two layers did share their weights?**

# %%
print("layer 1 reads", xs.shape, "and gives", unroll(rnn_step, xs, empty, params)[0].shape)
try:
    unroll(rnn_step, unroll(rnn_step, xs, empty, params)[0], empty, params)
except ValueError as error:
    print("layer 2 with the same weights:", error)
own = init_rnn_params(4, 4, rng)
deep, _, _ = unroll(rnn_step, unroll(rnn_step, xs, empty, params)[0], empty, own)
print("layer 2 with its own weights gives", deep.shape)

# %% [markdown]
# **What to see.** The second layer reads $H = 4$ numbers a step, and the weights of the first are made for $D = 2$. Layers have
# weights of their own. Steps share.

# %% [markdown]
# ### How long does the cell remember?
#
# The echo in the hand calculation was halved, more or less, at every step, because the old state was multiplied by 0.5. With many
# units, the size of $W_h$ plays that part. Take a matrix that turns a state without making it longer or shorter (an
# *orthogonal* matrix), and multiply it by a number, the **scale**. Let the cell read a single pulse and then silence.
# **How does the scale of $W_h$ decide how long the pulse is remembered?** Guess first: what will you see at 0.5, at 0.9, at
# 1.0, at 1.5? Then move the slider.

# %% experiment="rnn-experiment-memory"
H, steps = 16, 40
turn = np.linalg.qr(np.random.default_rng(0).normal(size=(H, H)))[0]
W_x = np.random.default_rng(1).normal(size=(1, H)) / np.sqrt(H)
pulse = np.zeros((2, steps, 1))
pulse[:, 0, 0] = 1.0, 0.25  # two sequences: a strong pulse and a weak one


def lengths(scale):
    """How long the state vector is at each step, for both pulses, (2, steps)."""
    weights = RNNParams(W_x, scale * turn, np.zeros(H))
    return np.linalg.norm(unroll(rnn_step, pulse, init_rnn_state(2, H), weights)[0], axis=2)


def memory(scale):
    strong, weak = lengths(scale)
    figure = plot_curves(
        np.arange(1, steps + 1),
        {"after a pulse of 1": strong, "after a pulse of 1/4": weak},
        xlabel="step t",
        ylabel="length of the state",
        logarithmic=True,
        title=f"$W_h$ of scale {scale:.2f}",
    )
    figure.axes[0].set_ylim(1e-3, 5)
    return figure


live(memory, scale=(0.1, 2.0, 0.05, 0.9))

# %% experiment="rnn-experiment-memory-table"
print("scale   half gone after        strong / weak after 40 steps")
for scale in (0.5, 0.8, 0.9, 1.0, 1.1, 1.5):
    strong, weak = lengths(scale)
    gone = np.flatnonzero(strong < strong[0] / 2)
    half = f"{gone[0]} step(s)" if len(gone) else "not in 40 steps"
    print(f" {scale:.1f}    {half:15}        {strong[-1]:8.1e} / {weak[-1]:.1e}")

# %% [markdown]
# **What to see.** (The table says the same as the slider, for those who read this where no slider moves.)
#
# - **Below 1 the memory fades** along a straight line on this logarithmic scale: each step takes the same share away.
#   From 0.5 to 0.9 the time until half of it is gone grows from one step to several.
# - **At 1 it fades slowly**, and only because tanh takes a little off each time.
# - **Above 1 it never fades, but it blurs.** Both pulses, the strong and the weak, end at nearly the same length: the
#   state is pushed against the lid of tanh until it no longer tells how large the pulse was.
#
# So a cell of this kind remembers best in a narrow place, near 1. To learn from long sequences is hard for the same reason;
# that story is Unit 4, and the LSTM of Unit 5 is an answer to it.

# %% [markdown]
# ## 5. Five layouts
#
# Where do inputs come in, and where do outputs go out? The chain of states leaves that open. **Which arrangements are
# there?**

# %%
draw_layouts(
    {
        "one-to-one": ("y", "h", "x"),
        "one-to-many": ("yyy", "hhh", "x<<"),
        "many-to-one": ("  y", "hhh", "xxx"),
        "many-to-many,\nsynchronous": ("yyy", "hhh", "xxx"),
        "many-to-many,\nencoder-decoder": ("   yy", "eeedd", "xxxs<"),
    }
)

# %% [markdown]
# **What to see.** Inputs are blue, states orange (a decoder's pink), outputs green. A dashed arrow takes an output back as the
# next input. N4 writes $T_x$ and $T_y$ for the two lengths:
#
# | layout | inputs $T_x$ | outputs $T_y$ | for example |
# |---|---|---|---|
# | one-to-one | 1 | 1 | the class of a picture: no sequence, no recurrence |
# | one-to-many | 1 | any | a caption for a picture; a melody from its first note |
# | many-to-one | any | 1 | is this review positive? |
# | many-to-many, synchronous | any | as many as inputs | which words of a sentence are names? |
# | many-to-many, encoder-decoder | any | any other | translation: "Today it is raining." has 5 tokens, its Hindi version 6 |
#
# ### {{ exercise readout }}
#
# All five read outputs off states in the same way:
#
# $$y = h W_y + b_y \tag{2.5}$$
#
# Outputs that are meant for classes are called scores, or *logits*. Write (2.5) so that it takes the state of one step,
# $(B, H)$, as well as the states of all steps, $(B, T, H)$. (Before you write two cases: what does `@` do with an array
# of three axes?)

# %% exercise="readout"
from rnncore.functional.sequence import readout  # exercise

# %% check="readout"
# Two units, one output: twice the first unit, minus three times the second, plus 10.
reading = ReadoutParams(np.array([[2.0], [-3.0]]), np.array([10.0]))
expect_close("readout of (1, 3)", readout(np.array([[1.0, 3.0]]), reading), [[3.0]], "See (2.5).")
many = readout(np.array([[[1.0, 3.0], [0.0, 0.0], [5.0, 0.0]]]), reading)
expect_shape("readout of three steps", many, (1, 3, 1))
expect_close("readout of three steps", many[0, :, 0], [3.0, 10.0, 20.0], "Each step is read alone.")
one_step = on_torch(readout, np.array([[1.0, 3.0]]), reading)
expect_close("readout of (1, 3), on torch", one_step, [[3.0]])
print("All good")

# %% [markdown]
# N1's output is $O_t = w_{hy} h_t$, without bias and without softmax. One of its examples is to choose among positive, negative
# and neutral. **Is such an output a probability, and what can it say of a state that is zero?**

# %%
W_y = rng.normal(size=(4, 3))
literal, full = ReadoutParams(W_y, np.zeros(3)), ReadoutParams(W_y, np.array([2.0, 0.0, -1.0]))
scores = readout(before.h[:1], full)
print("scores       ", scores[0].round(2), " sum", scores.sum().round(2))
print("with softmax ", softmax(scores)[0].round(2), " sum", softmax(scores).sum().round(2))
print("h = 0, N1    ", softmax(readout(np.zeros((1, 4)), literal))[0].round(2))
print("h = 0, (2.5) ", softmax(readout(np.zeros((1, 4)), full))[0].round(2))

# %% [markdown]
# **What to see.** Scores may be negative and need not add up to 1; softmax turns them into probabilities without changing
# their order. And without $b_y$ an empty state can only answer "all classes alike", even where one of them is much the most
# common. Softmax is no part of `readout`, because not every output is a class: a forecast is a plain number.

# %% [markdown]
# ### A worked example: synchronous many-to-many
#
# With `unroll` and `readout` a layout is two lines. This one gives an output at every step:


# %%
def many_to_many(step, xs, state, params, readout_params):
    """One output for each input: ys (B, T, K)."""
    hs, _, _ = unroll(step, xs, state, params)
    return readout(hs, readout_params)


output = init_readout_params(4, 2, np.random.default_rng(3))
hs, _, _ = unroll(rnn_step, pulses, init_rnn_state(1, 4), cell)
ys = many_to_many(rnn_step, pulses, init_rnn_state(1, 4), cell, output)
draw_unrolled(pulses[0], hs[0], ys[0], title="Many-to-many: an output at every step")

# %% [markdown]
# **What to see.** The chain of states is the one you know. On top of each state stands its output, read with the same $W_y$
# every time. The output at step 2 sees what was read at steps 1 and 2; it cannot see step 4, which has not happened yet.
#
# ### {{ exercise many-to-one }}
#
# Read the whole sequence, then give one output, from the state *after the last step*:
#
# $$y = \text{readout}(h_T) \tag{2.6}$$
#
# Compose it of `unroll` and `readout`, as in the worked example.

# %% exercise="many-to-one"
from rnncore.functional.sequence import many_to_one  # exercise

# %% check="many-to-one"
# The cell that adds up, from 10 on, and a readout that doubles: 2 x (10 + 1 + 2 + 3).
double = ReadoutParams(np.array([[2.0]]), np.array([0.0]))
numbers = np.array([[[1.0], [2.0], [3.0]]])
answer = many_to_one(add_up, numbers, RNNState(np.array([[10.0]])), tiny, double)
expect_shape("many_to_one", answer, (1, 1))
hint = "One output, after the last step; the first starts from `state`."
expect_close("twice the sum of 10, 1, 2, 3", answer, [[32.0]], hint)

three = init_readout_params(4, 3, rng)
y = many_to_one(rnn_step, xs, before, params, three)
heard = torch_readout(torch_rnn(xs, before, params)[:, -1], three)
expect_close("many_to_one, against torch", y, heard, "Read the state of the last step.")
print("All good")

# %% [markdown]
# **Where does the one output hang?**

# %%
y = many_to_one(rnn_step, pulses, init_rnn_state(1, 4), cell, output)
draw_unrolled(pulses[0], hs[0], y[0], title="Many-to-one: an output at the end")

# %% [markdown]
# **What to see.** The same chain, but one output, on the last state. Whatever it says about step 1 has come through all the
# steps between. The output equals that of the last step in the figure before: it is the same number, read at the same place.
#
# ### Correction 4: what is one-to-one?
#
# N0 says that recurrent networks "are often characterized by one-to-one architecture: one input sequence is associated with
# one output". A sequence with one output is many-to-one, and you have just built it. N2 says "Simple RNN is one to one". But
# "one" counts steps: one-to-one is a single input and a single output, each of fixed size, and then nothing recurs. N1 has that
# right, but adds that such a network "only provides linear predictions". **Three statements to try:**

# %%
other = params._replace(W_h=rng.normal(size=(4, 4)))  # another W_h, all else equal
for T in (6, 1):
    difference = many_to_one(rnn_step, xs[:, :T], empty, params, output) - many_to_one(
        rnn_step, xs[:, :T], empty, other, output
    )
    print(f"T = {T}: another W_h changes the output by up to {np.abs(difference).max():.3f}")

flat = ReadoutParams(output.W_y, np.zeros(2))
unbiased = params._replace(b=np.zeros(4))
once, twice = (many_to_one(rnn_step, k * xs[:, :1], empty, unbiased, flat) for k in (1, 2))
print(
    f"T = 1: twice the input gives {(twice / once).min():.2f} to {(twice / once).max():.2f} "
    "times the output; a linear network would give 2"
)

# %% [markdown]
# **What to see.** Over six steps $W_h$ matters. Over a single step from $h_0 = 0$ it is multiplied by zero: any other $W_h$
# gives the same output, so what is left is an ordinary network with one hidden layer. A recurrent network is *never*
# one-to-one in any interesting sense. And that ordinary network is not linear: its hidden layer has a tanh.

# %% [markdown]
# ### {{ exercise one-to-many }}
#
# Now the network writes. The first step reads the input; from then on each step reads what the one before it wrote:
#
# $$y_t = \text{readout}(h_t), \qquad x_1 = x, \qquad x_{t+1} = y_t \tag{2.7}$$
#
# Outputs become inputs, so they must have the same size: $K = D$. You cannot use `unroll` here, because the inputs are not
# known beforehand; write the loop with `step` and `readout`. Return all $T$ outputs, $(B, T, K)$. The state goes from step to
# step as in exercise {{ number unroll }}, and the caches are not needed. (A $T$ below 1 is refused with `if` and `raise`, without
# `require_shape`.)

# %% exercise="one-to-many"
from rnncore.functional.sequence import one_to_many  # exercise
#: In each of T rounds: one step, one output, and the output is what the next round reads.


# %% check="one-to-many"
# A cell that forgets everything but its input, and a readout that adds 1: it counts.
def copy_input(x, state, params):
    return RNNState(x), None


add_one = ReadoutParams(np.array([[1.0]]), np.array([1.0]))
counted = one_to_many(copy_input, np.array([[5.0]]), nothing, tiny, add_one, 4)
expect_shape("one_to_many", counted, (1, 4, 1))
expect_close("counting from 5", counted[0, :, 0], [6, 7, 8, 9], "What does the second step read?")

# A cell that adds up, and a plain readout: it doubles, because what it writes comes back to it.
plain = ReadoutParams(np.array([[1.0]]), np.array([0.0]))
doubled = one_to_many(add_up, np.array([[1.0]]), nothing, tiny, plain, 5)
expect_close("doubling", doubled[0, :, 0], [1, 2, 4, 8, 16], "Is the state handed on?")

back = init_readout_params(4, 2, rng)
tune = one_to_many(rnn_step, xs[:, 0], empty, params, back, 5)
fed = np.concatenate([xs[:, :1], tune[:, :-1]], axis=1)  # what it must have read
heard = torch_readout(torch_rnn(fed, empty, params), back)
expect_close("outputs, against torch", tune, heard, "Output t is input t + 1.")
again = on_torch(one_to_many, add_up, np.array([[1.0]]), nothing, tiny, plain, 5)
expect_close("doubling, on torch", again[0, :, 0], [1, 2, 4, 8, 16])
print("All good")

# %% [markdown]
# **What can a network write that has read only one number?** Here is a cell of two units whose $W_h$ turns the state
# by 30 degrees and stretches it by 1.2. Two sequences start, one from a loud note (1) and one from a soft one (0.05).

# %%
angle = np.pi / 6
turning = 1.2 * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
singer = RNNParams(np.array([[0.1, 0.0]]), turning, np.zeros(2))
voice = ReadoutParams(np.array([[1.0], [0.0]]), np.zeros(1))
T = 60
song = one_to_many(rnn_step, np.array([[1.0], [0.05]]), init_rnn_state(2, 2), singer, voice, T)
plot_curves(
    np.arange(1, T + 1),
    {"from a loud note, 1": song[0, :, 0], "from a soft note, 0.05": song[1, :, 0]},
    xlabel="step t",
    ylabel="output $y_t$",
    title="One number in, sixty out",
)

# %% [markdown]
# **What to see.** A wave that nobody put into the *input*: after the first step the network hears only itself. The wave is in
# $W_h$. Turning by 30 degrees takes 12 steps for a round; count them from top to top (the output that is fed back makes it
# a little longer). Loud or soft, both end in the same swing, because stretching makes it grow until tanh holds it. Nothing
# was trained here; in Unit 9 a network of this layout learns what to write.

# %% [markdown]
# ### {{ exercise encoder-decoder }}
#
# In translation the outputs are neither one nor as many as the inputs. Take two networks. The **encoder** reads the
# $S$ inputs of the source and writes nothing. Its last state, the *summary*, is where the **decoder** starts, which then
# writes $T$ outputs, each of them its next input:
#
# $$h_0^{\text{dec}} = h_S^{\text{enc}}, \qquad y_1 \dots y_T = \text{one-to-many}(\text{start}, h_0^{\text{dec}}) \tag{2.8}$$
#
# `start` is the decoder's first input; it only says: begin. Encoder and decoder have the same kind of cell, each with weights of
# its own. You have all the parts: this takes two lines.

# %% exercise="encoder-decoder"
from rnncore.functional.sequence import encoder_decoder  # exercise

# %% check="encoder-decoder"
# Cells that add up. The encoder starts at 10 and reads 1, 2, 3; the decoder starts from that sum.
plain = ReadoutParams(np.array([[1.0]]), np.array([0.0]))
numbers, begin = np.array([[[1.0], [2.0], [3.0]]]), np.array([[0.0]])
ten = RNNState(np.array([[10.0]]))
told = encoder_decoder(add_up, numbers, begin, ten, tiny, tiny, plain, 4)
expect_shape("encoder_decoder", told, (1, 4, 1))
hint = "From which state does the decoder start, and with which first input?"
expect_close("from a summary of 16", told[0, :, 0], [16, 32, 64, 128], hint)

# S = 6 inputs of size 2, T = 3 outputs of size 3; the decoder has its own weights.
decoder, speak = init_rnn_params(3, 4, rng), init_readout_params(4, 3, rng)
begin = rng.normal(size=(3, 3))
said = encoder_decoder(rnn_step, xs, begin, empty, params, decoder, speak, 3)
expect_shape("encoder_decoder with your cell", said, (3, 3, 3))
summary = RNNState(torch_rnn(xs, empty, params)[:, -1])
fed = np.concatenate([begin[:, None], said[:, :-1]], axis=1)
heard = torch_readout(torch_rnn(fed, summary, decoder), speak)
expect_close("outputs, against torch", said, heard, "Which weights, and what does each half read?")
print("All good")

# %% [markdown]
# **Does every input reach the outputs?** Change one source input at a time and see how much the first output moves. The
# weights are fresh ones, not trained, and the source is 12 steps long.

# %%
source, rounds = rng.normal(size=(1, 12, 2)), np.random.default_rng(5)
encoder, decoder = init_rnn_params(2, 16, rounds), init_rnn_params(3, 16, rounds)
speak = init_readout_params(16, 3, rounds)


def first_output(xs):
    begin, blank = np.zeros((1, 3)), init_rnn_state(1, 16)
    return encoder_decoder(rnn_step, xs, begin, blank, encoder, decoder, speak, 1)


moved = []
for s in range(12):
    nudged = source.copy()
    nudged[0, s] += 1.0
    moved.append(np.abs(first_output(nudged) - first_output(source)).max())
plot_curves(
    np.arange(1, 13),
    {"moved": moved},
    xlabel="source step that was changed",
    ylabel="change of the first output",
    logarithmic=True,
    title="Who is still heard?",
)

# %% [markdown]
# **What to see.** All inputs reach the output, but the early ones as a whisper: everything has to pass through the one state
# between encoder and decoder, a *bottleneck*, and the echo of what was read first has faded most. Not evenly: it also
# depends on what the input says. Two remedies have their own units: cells that
# keep better (Unit 5), and a decoder that may look back at every state of the encoder (attention, Unit 10).

# %% [markdown]
# ### {{ exercise count-params }}
#
# A vanilla network with a readout learns five arrays: $W_x$, $W_h$ and $b$ of the cell, $W_y$ and $b_y$ of the readout. How many
# numbers is that, for inputs of size $D$, $H$ units and outputs of size $K$? Return a whole number.

# %% exercise="count-params"
from rnncore.functional.sequence import count_params  # exercise

# %% check="count-params"
# Your singer: one input, two units, one output. Count the arrays above on your fingers.
expect_close("the singer", count_params(1, 2, 1), 11, "Five arrays: which is missing?")
dtype = np.asarray(count_params(1, 2, 1)).dtype
assert dtype.kind in "iu", f"a count should be an integer; got {dtype}"

# torch counts the same, but for a second bias in its cell, which is only added to the first.
network = torch.nn.ModuleList([torch.nn.RNN(7, 5), torch.nn.Linear(5, 3)])
in_torch = sum(weights.numel() for weights in network.parameters())
expect_close("D = 7, H = 5, K = 3", count_params(7, 5, 3), in_torch - 5, "One bias a unit.")
print("All good")

# %% [markdown]
# The length $T$ is not among the arguments. **What would it cost not to share?** Compare, for $D = 50$, $H = 100$, $K = 10$: your
# network; one that has separate weights for each step; and a network without memory that reads all $T$ inputs at once.

# %%
D, H, K = 50, 100, 10
Ts = np.arange(1, 101)
shared = count_params(D, H, K)
cell_alone = count_params(D, H, 0)
at_once = [count_params(int(T) * D, H, K) - H * H for T in Ts]  # no W_h
plot_curves(
    Ts,
    {
        "one cell for all steps": np.full(len(Ts), shared),
        "weights of its own for each step": Ts * cell_alone + shared - cell_alone,
        "all inputs at once, no memory": at_once,
    },
    xlabel="length of the sequence, T",
    ylabel="numbers to learn",
    logarithmic=True,
    title=f"Sharing: {shared:,} numbers, whatever the length",
)

# %% [markdown]
# **What to see.** Sharing keeps the count level; the others grow with $T$. They have a second fault, which is worse: they are
# built for one $T$ and cannot read a sequence that is one step longer. Your `unroll` never asked how long the
# sequence would be.

# %% [markdown]
# ## 6. The experiment: Elman's exclusive-or in time
#
# Is any of this memory of use? Elman (1990) asked it with a stream of bits. Two bits are drawn at random, the third is their
# exclusive-or (1 if they differ, 0 if not), then two random bits again, and so on:

# %%
stream = temporal_xor(12, np.random.default_rng(3)).astype(int)
print("the stream:     ", " ".join(map(str, stream)))
print("taken in threes:", "   ".join(f"{a} xor {b} = {c}" for a, b, c in stream.reshape(-1, 3)))

# %% [markdown]
# The network reads a bit and must predict the next. Nobody tells it about threes. **Where can it succeed?** Think before you
# run the cell: a random bit cannot be predicted by anybody, and the best guess, one half, has a squared error of 0.25. Every third
# bit follows from the two before it, but only for a network that remembers *both* and knows *where in the
# stream it is*.
#
# The next cell trains your own `rnn_step`, `unroll` and `readout` with 8 hidden units, from three random starts
# (seeds), and measures the error on 500 fresh streams of 48 bits, twice as long as those in training. It takes about
# ten seconds.

# %% experiment="rnn-experiment-xor"
finding = measure_temporal_xor(rnn_step, unroll, readout)
print(finding)
finding.figure()

# %% [markdown]
# **What to see.** Bars are means over the three seeds, dots are the seeds. Bit 1 has no bar: nothing was read before it. At bits 3, 6, 9, 12 the error is gone (the bars are too
# low to be seen); at all others it stands at 0.25, which is chance. The printed *band* says what all seeds had to satisfy, and the last
# line whether they did.
#
# **Beside the published figure.** Elman's figure 3 shows the root mean squared error over twelve consecutive bits, and
# the same shape: a dip at every third. The conditions differ. He had 2 hidden units, a sigmoid, and one stream of 3,000
# bits read 600 times, 1.8 million bits in all; here it is 8 units, tanh, and 1,000 training steps of 32 streams of 24
# bits, 768,000 bits. His gradients went back a single step; ours go back through all of them, and the rule that turns
# them into changes of the weights, the *optimiser* Adam, came 24 years later. So we compare the shape of the bars, not
# their height. (Chance, 0.25 here, is its root, 0.5, in his figure.)
#
# **Is it the memory?** A result needs a control. In the next cell everything is the same except that the state is wiped
# before each step. And since Elman had two units: does it work with two, in our short training? Half a minute.


# %% experiment="rnn-experiment-controls"
def forgetful_step(x, state, params):
    return rnn_step(x, RNNState(0.0 * state.h), params)


print("THE STATE WIPED BEFORE EACH STEP")
print(measure_temporal_xor(forgetful_step, unroll, readout))
print("\nTWO HIDDEN UNITS")
print(measure_temporal_xor(rnn_step, unroll, readout, H=2))

# %% [markdown]
# **What to see.** Without the state the error is at chance everywhere, so what helped was the memory and nothing else. With two
# units the third bits are better than chance, but the band is missed, and the printed verdict says so. Patience does not mend it:
# with `steps=10_000` (a minute or two) the worst third bit of the three seeds had an error of 0.09 to 0.17 when this was written.
# So the dip is reproduced with eight units; Elman's network of two, trained in his way, we have not reproduced.

# %% [markdown]
# ## 7. Why the same function?
#
# ### {{ exercise rnn-question }}
#
# N1 asks: "Make sure that function executed at each time step is the same. Why?" and does not answer. Answer it in five to eight
# sentences. Say
#
# 1. what sharing the function does for the *length* of sequences and for the *number of weights*;
# 2. what it does for *learning*: use the experiment, in which the network was tested on streams twice as long as those
#    it was trained on;
# 3. what it *costs*: the function is the same at step 3 and at step 4, and yet the network must behave differently there.
#    How can it?

# %% [markdown] question="rnn-question" heading="In your own words" points=3
# ### BEGIN SOLUTION
# The same function can be applied as often as there are inputs, so one network reads sequences of any length, also of lengths it
# never saw; and its weights are counted once, D H + H H + H for the cell, whatever T is. What is learned from one position holds at
# all others: every step of every training stream teaches the same weights, and a rule found at bit 3 serves at bit 48, which no
# training stream reached. The cost is that the function itself cannot tell one step from another. All that distinguishes step 3 from
# step 4 is the state, so the network must keep in its few numbers both what it read and where in the triple it is; and the steps have to be
# taken one after the other.
#
# Rubric, one point each:
# - Length and number: any T, and a count of weights that does not depend on T (both for the full point).
# - Learning: what is learned at one step applies at all; the test beyond the length of training is named as evidence.
# - Cost: the difference between steps can only come from the state (or the input); the state has to hold the position too.
#   Half a point for another true cost, such as that steps cannot be taken at the same time.
# ### END SOLUTION

# %% [markdown]
# ## 8. Look back
#
# - A recurrent network is **one cell used again and again**: $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$. Steps share weights, layers
#   do not.
# - **The state is the memory.** How long it lasts depends on $W_h$: too small and it fades, too large and it is
#   flattened by tanh.
# - **A layout is a matter of wiring**: `unroll` and `readout`, composed in two lines each.
# - **The count of weights does not contain $T$.**
# - Lecture notes are to be read with a pencil: no biases (N1), a matrix named backwards (N4), layers for steps (N0),
#   one-to-one for many-to-one (N0, N2). Each could be settled by running it.
#
# You have not trained anything with your own hands yet: torch found the gradients in the experiment. **Next, in Unit 3**, you
# find them yourself, going back through the chain with the caches that your `rnn_step` has been leaving behind.
#
# ### References
#
# - J. L. Elman, *Finding Structure in Time*, Cognitive Science 14 (1990), 179-211.
#   [doi:10.1207/s15516709cog1402_1](https://doi.org/10.1207/s15516709cog1402_1). Readable, and full of ideas: read the first ten pages.
# - D. E. Rumelhart, G. E. Hinton, R. J. Williams, *Learning representations by back-propagating errors*, Nature 323 (1986), 533-536.
#   [doi:10.1038/323533a0](https://doi.org/10.1038/323533a0). Ends with recurrent networks, unrolled.
# - P. J. Werbos, *Backpropagation through time: what it does and how to do it*, Proceedings of the IEEE 78 (1990), 1550-1560.
#   [doi:10.1109/5.58337](https://doi.org/10.1109/5.58337).
# - A. Graves, *Generating Sequences With Recurrent Neural Networks* (2013).
#   [arXiv:1308.0850](https://arxiv.org/abs/1308.0850). One-to-many at work.
# - I. Sutskever, O. Vinyals, Q. V. Le, *Sequence to Sequence Learning with Neural Networks* (2014).
#   [arXiv:1409.3215](https://arxiv.org/abs/1409.3215); K. Cho et al., *Learning Phrase Representations using RNN Encoder-Decoder* (2014).
#   [arXiv:1406.1078](https://arxiv.org/abs/1406.1078). The encoder-decoder, twice in one year.
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapter 10. The textbook.
