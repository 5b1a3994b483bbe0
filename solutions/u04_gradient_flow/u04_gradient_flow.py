# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 4. Gradient flow: vanishing, exploding, clipping
#
# Fold a sheet of paper in half, and again, forty-two times: it would reach from here to the moon. Nobody believes it,
# because nobody has a feeling for what happens when the *same factor* is multiplied again and again. A recurrent
# network does nothing else. On the way back through time a gradient meets the same weights at every step, and after
# fifty steps it has usually gone to nothing, or is larger than any number that you would want to add to a weight. In
# this unit you measure that, say why it must be so, and try the three things that people do about it: start well, cut
# what is too long (*clip* it), or build another cell.
#
# **At the end you can**
#
# - measure how strongly the last state of any cell depends on each state before it;
# - predict from the weights whether a gradient fades or grows, and how fast;
# - say what a vanishing gradient hinders, and what it does *not* hinder;
# - make first weights that keep lengths, and know how long tanh lets them;
# - clip a gradient in two ways, and say which of the two diseases that cures;
# - set two classical tests of memory, and beat one of them with weights set by hand.
#
# **You need** Unit 2 (`rnn_step`, `unroll`), Unit 3 (`rnn_step_backward`, and that gradients of several steps add up),
# matrices and their products. What you need to know of eigenvalues is said again.
#
# **Time** two and a half hours. **Points** {{ points }}:
#
# {{ exercises }}
#
# **How to work** As in Unit 2: write the function, run the check; if it ends with `All good`, go on. No exercise of
# this unit calls another. **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers
# in an input, $H$ units. A row is one sequence, so $x$ is $(B, D)$ and multiplies weights from the left: $x W_x$.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made; where they go wrong, a
# *Correction* tries it out.

# %% given="flow-setup"
from typing import Any

import numpy as np
import torch

from rnncore.functional.base import Array, Float
from rnncore.functional.base import array_namespace, leaves, map_tree, require_shape, stack
from rnncore.functional.base import zeros_like
from rnncore.functional.cells import RNNCache, RNNParams, RNNState
from rnncore.functional.cells import init_rnn_params, init_rnn_state
from rnncore.functional.cells import rnn_step, rnn_step_backward
from rnncore.functional.learning import StepBackward, spectral_norm
from rnncore.functional.sequence import unroll
from rnncore.lab.checks import expect_close, expect_kind, expect_shape, expect_unchanged, on_torch
from rnncore.lab.live import live
from rnncore.lab.plots import plot_curves
from rnncore.lab.plots.style import COLOURS, new_figure
from rnncore.tasks.copy_memory import BLANK, GO, N_SYMBOLS, Copies

# %% [markdown]
# Of these, your code needs six, and in Exercises {{ number orthogonal-init }} and {{ number copy-memory }} what their text names. The first five work on NumPy arrays and
# on torch tensors alike.
#
# | tool | does |
# |---|---|
# | `zeros_like(a)` | zeros of the shape of `a` |
# | `stack([a, b, ...], axis=1)` | put arrays beside each other along a *new* axis |
# | `spectral_norm(J)` | how much each of $B$ matrices can lengthen a vector at most: $(B, H, H) \to (B,)$ |
# | `map_tree(function, tree)` | apply a function to every array of a tuple, list or dictionary; the result has the same structure |
# | `leaves(tree)` | all arrays of such a *tree*, one after the other |
# | `require_shape("x", x, ("B", "D"))` | raise what a docstring promises under *Raises*; no points for it |
#
# ## 1. The same factor, again and again
#
# Take the smallest network there is: one unit, no input, no tanh. Its state is multiplied by the weight $w$ at each
# step, $h_t = w\, h_{t-1}$, so after $k$ steps it is $h_T = w^k h_{T-k}$, and
#
# $$\frac{\partial h_T}{\partial h_{T-k}} = w^k. \tag{4.1}$$
#
# If you nudge the state of $k$ steps ago by a little, the last state moves $w^k$ times as much. And a gradient that
# arrives at the last state is multiplied by $w^k$ on its way back.
#
# **With a pocket calculator:** what is $w^{50}$ for $w = 0.9$, for $1$ and for $1.1$? Guess before you type.
#
# <details><summary>Answer</summary>
# 0.0052, 1 and 117. At 0.8 it is 0.000014, at 1.2 it is 9,100. Between "gone" and "exploded" lies a ridge one number
# wide.
# </details>
#
# With $H$ units the weight is a matrix. The simplest matrix that does to $H$ units what $w$ does to one is $w$ times
# the identity: every unit is passed on to itself, and to no other.
#
# ### {{ exercise identity-init }}
#
# Write `identity_init`. Le, Jaitly and Hinton (2015) start recurrent networks of rectified units with it, and you will
# use it so in section 4.

# %% exercise="identity-init"
from rnncore.functional.weights import identity_init  # exercise

# %% check="identity-init"
state = np.array([[1.0, -2.0, 5.0]])
expect_shape("identity_init(3)", identity_init(3), (3, 3))
expect_close("a state, passed on", state @ identity_init(3), state, "Row i has a 1 in column i.")
halved = state @ identity_init(3, 0.5)
expect_close("at a scale of 0.5", halved, [[0.5, -1.0, 2.5]], "The scale multiplies the 1s.")
print("All good")

# %% [markdown]
# **What do fifty such steps do to a state?** Here are three scales that you could hardly tell apart after one step.

# %%
steps = np.arange(51)
lengths = {}
for scale in (0.9, 1.0, 1.1):
    state, W_h = np.ones((1, 4)) / 2.0, identity_init(4, scale)  # a state of length 1
    path = [state]
    for _ in steps[1:]:
        path.append(path[-1] @ W_h)
    lengths[f"scale {scale:g}"] = [np.linalg.norm(h) for h in path]
plot_curves(
    steps,
    lengths,
    xlabel="steps k",
    ylabel="length of the state",
    title="A factor a little off 1 does not stay a little off",
    logarithmic=True,
)

# %% [markdown]
# **What to see.** The vertical axis is logarithmic, so a constant factor a step is a straight line, and its slope is
# the logarithm of the factor. Nothing bends: there is no moment at which things "start to go wrong". A tenth less than
# 1 loses all but a two-hundredth in fifty steps, a tenth more makes it a hundredfold. The gradient goes the same way
# back.
#
# ## 2. The way back through a real cell
#
# Now the cell of Unit 2, with tanh and a full matrix. In Unit 3 you took one step back: of a gradient $dh_t$ (a row)
# with respect to the state after the step, what reaches the state before it is
#
# $$dh_{t-1} = \big(dh_t \odot (1 - h_t^2)\big)\, W_h^\top = dh_t\, J_t, \qquad J_t = \operatorname{diag}(1 - h_t^2)\, W_h^\top. \tag{4.2}$$
#
# $J_t = \partial h_t / \partial h_{t-1}$ is the **Jacobian** of the step: row $j$ holds how unit $j$ of $h_t$ depends
# on each unit of $h_{t-1}$. By the chain rule, $k$ steps are a product of $k$ Jacobians:
#
# $$\frac{\partial h_T}{\partial h_{T-k}} = J_T\, J_{T-1} \cdots J_{T-k+1}. \tag{4.3}$$
#
# This is $w^k$ grown up. Its size we measure by the **spectral norm** $\lVert \cdot \rVert_2$, the factor by which it
# can lengthen a gradient at most: if it is $10^{-6}$, then *no* gradient arrives with more than a millionth of its
# length.
#
# ### {{ exercise jacobian-norms }}
#
# Write `jacobian_norms`, for any cell. You need not know what is inside the cell: its backward step takes a gradient
# one step back, for a whole batch. So send $H$ gradients back together, the first with a 1 on unit 0 and zeros
# elsewhere, the second with a 1 on unit 1, and so on. Before the first step these $H$ rows are the identity; after $k$
# steps they are the rows of (4.3). Take the norm at each lag $k = 0, 1, \dots, T$.
#
# `step_backward(dstate, cache)` is `rnn_step_backward`, or that of another cell. The caches lie in the order of time;
# you walk from the last to the first. You need only the state's part of what it returns.

# %% exercise="jacobian-norms"
from rnncore.functional.learning import jacobian_norms  # exercise
#: map_tree(zeros_like, last) is a state of zeros, and its ._replace(h=...) is one with another h.
#: One gradient for each unit: zeros (B, H), but for a column of ones.
#: stack([row.h for row in rows], axis=1) puts the rows of the Jacobians together, (B, H, H).


# %% [markdown]
# **Run both of the next two cells**: the first holds what the check compares with. The check has two witnesses. In a network without squashing, (4.3) is a power of the matrix, which NumPy can take. For
# tanh we ask torch's automatic derivatives, which know nothing of your caches.


# %% given="flow-oracles"
def linear_step(x, state, params):
    """The cell without tanh. Its cache says h = 0, where the slope of tanh, 1 - h², is 1."""
    h = x @ params.W_x + state.h @ params.W_h + params.b
    return RNNState(h), RNNCache(x, state.h, 0.0 * h, params)


def torch_jacobian(xs, lag, params):
    """∂h_T / ∂h_{T-lag} of one sequence from an empty memory, (H, H), as torch finds it."""
    xs, W_x, W_h, b = (torch.tensor(array) for array in (xs, *params))

    def read(h, inputs):
        for x in inputs:
            h = torch.tanh(x @ W_x + h @ W_h + b)
        return h

    split = len(xs) - lag
    before = read(torch.zeros(len(b), dtype=b.dtype), xs[:split])
    return torch.func.jacrev(lambda h: read(h, xs[split:]))(before).numpy()


# %% check="jacobian-norms"
# One unit of weight 0.5 and no squashing: 1, 0.5, 0.25, 0.125.
half = RNNParams(np.zeros((1, 1)), np.array([[0.5]]), np.zeros(1))
_, last, caches = unroll(linear_step, np.zeros((1, 3, 1)), init_rnn_state(1, 1), half)
norms = jacobian_norms(rnn_step_backward, last, caches)
expect_shape("jacobian_norms, three steps", norms, (1, 4))
expect_close("one unit", norms, [[1, 0.5, 0.25, 0.125]], "By lag: what is far back comes last.")

# Four units, two sequences, six steps: powers of W_h, and torch.
rng = np.random.default_rng(4)
xs, params = rng.normal(size=(2, 6, 3)), init_rnn_params(3, 4, rng)
_, last, caches = unroll(linear_step, xs, init_rnn_state(2, 4), params)
norms = jacobian_norms(rnn_step_backward, last, caches)
powers = [np.linalg.norm(np.linalg.matrix_power(params.W_h, k), 2) for k in range(7)]
expect_close(
    "without tanh: powers of W_h",
    norms,
    [powers, powers],
    "At lag 0 the rows are the identity, and its spectral norm is 1. Then see (4.3).",
)

_, last, caches = unroll(rnn_step, xs, init_rnn_state(2, 4), params)
with expect_unchanged("jacobian_norms", last=last):
    norms = jacobian_norms(rnn_step_backward, last, caches)
theirs = [[np.linalg.norm(torch_jacobian(x, k, params), 2) for k in range(7)] for x in xs]
hint = "Do you walk from the last cache to the first? Each sequence has norms of its own."
expect_close("with tanh, against torch", norms, theirs, hint)

_, last, caches = unroll(rnn_step, *map_tree(torch.tensor, (xs, init_rnn_state(2, 4), params)))
expect_close("on torch", on_torch(jacobian_norms, rnn_step_backward, last, caches), norms)
print("All good")

# %% [markdown]
# ### How fast? A rule, and experiment 1
#
# The factors in (4.2) give a bound. tanh has slope at most 1, so $\lVert J_t \rVert \le \lVert W_h \rVert$, and
#
# $$\left\lVert \frac{\partial h_T}{\partial h_{T-k}} \right\rVert \le \prod_{i=0}^{k-1} \lVert J_{T-i} \rVert \le \lVert W_h \rVert^k. \tag{4.4}$$
#
# If $\lVert W_h \rVert < 1$, gradients *must* vanish: this is enough, and no input can change it. For a product of many
# *equal* matrices, as in the network without tanh, there is a sharper rule. What counts in the end is the **spectral
# radius** $\rho$, the largest absolute value of an eigenvalue (a vector that the matrix only stretches is stretched by
# its eigenvalue, at every step):
#
# $$\lVert W_h^k \rVert^{1/k} \to \rho(W_h) \quad \text{for } k \to \infty. \tag{4.5}$$
#
# **Does the logarithm of the norm fall along a line of slope $\log \rho$, and what does tanh change?** The theory is
# that of Bengio, Simard and Frasconi (1994) and of Pascanu, Mikolov and Bengio (2013); the next cell tries it with your
# `jacobian_norms` on fresh networks of 32 units: $W_h$ scaled to four radii, 100 steps back, three seeds.

# %% experiment="flow-experiment-lag"
from rnncore.experiments.gradient_lag import measure_gradient_lag

gradient_lag = measure_gradient_lag(jacobian_norms, rnn_step_backward)
print(gradient_lag)
gradient_lag.figure()

# %% [markdown]
# **What to see.** *On the left*, without tanh, the lines run along the dashed prediction, and the measured slopes agree
# with $\log \rho$ to the second decimal. They run a little above it: in the first few steps, before the largest
# eigenvalue wins, a matrix may stretch some vectors more than in the long run. *On the right*, the same weights and
# inputs with tanh: every line has a lower slope. Each step has a second factor, $1 - h^2$, which is below 1 wherever a
# unit is not at rest. Even at a radius of 1.2 the gradient does not explode here: it grows a few-fold in the first
# steps, and then stays or slowly fades. By (4.4) a gradient can explode only where $\lVert W_h \rVert$ is above 1; but
# as you see it need not, even where the radius is.
#
# ### Correction 1: it is not the gradient that gets too small
#
# Lecture notes N2 say: "Vanishing Gradient: When the gradient becomes too small, the network may become unable to
# learn", and again that it "occurs when the gradients in the network become too small to make sufficient changes to the
# weights". **Is the gradient of the weights too small?** It is a sum over all steps, one share for each lag:
#
# $$dW_h = \sum_{k=0}^{T-1} dW_h^{(k)}, \qquad dW_h^{(k)} = h_{T-k-1}^\top\, da_{T-k}. \tag{4.6}$$
#
# Here $da_t = dh_t \odot (1 - h_t^2)$, as in Unit 3. Take a fresh network, a loss at the last of 60 steps, and look at
# the sum and at its shares.

# %%
rng = np.random.default_rng(3)
params, xs = init_rnn_params(4, 32, rng), rng.normal(size=(8, 60, 4))
_, last, caches = unroll(rnn_step, xs, init_rnn_state(8, 32), params)
dstate, shares = RNNState(rng.normal(size=(8, 32))), []
for cache in caches[::-1]:
    _, dstate, dparams = rnn_step_backward(dstate, cache)
    shares.append(dparams.W_h)
print(f"length of the whole gradient of W_h: {np.linalg.norm(sum(shares)):8.1f}")
for k in (0, 1, 5, 10, 20, 40, 50):
    print(f"length of the share of lag {k:2d}:          {np.linalg.norm(shares[k]):8.1e}")
print(f"the gradient without all lags from 20 on differs by {np.linalg.norm(sum(shares[20:])):.0e}")

# %% [markdown]
# **What to see.** The whole gradient is as large as one could wish, and this network will learn, eagerly. But the
# shares of the last few steps *are* the gradient. What was read 40 steps ago has a share less than a billionth as
# large, so it has no say. A vanishing gradient does not stop a network from learning. It makes it learn what is near,
# and ignore what is far; the loss goes down, and nobody is warned. You also see why a larger step size is no cure: it
# enlarges all shares alike.
#
# ### Correction 2: cannot remember, or cannot learn to?
#
# N2: "RNN can't remember longer context." N3: "RNNs are not able to keep track of long-term dependencies." **Can they
# not?** Here is a tanh network of *one* unit with $w = 2$. It is told $+2$ or $-2$ at the first step. Then it reads 999
# steps of noise.

# %%
latch = RNNParams(np.array([[1.0]]), np.array([[2.0]]), np.zeros(1))
xs = 0.3 * np.random.default_rng(1).normal(size=(2, 1000, 1))
xs[:, 0, 0] = 2.0, -2.0
hs, last, caches = unroll(rnn_step, xs, init_rnn_state(2, 1), latch)
for told, states in zip((2, -2), hs[:, :, 0], strict=True):
    held = np.all(told * states > 0)
    print(f"told {told:+d}: sign held for 1,000 steps: {held}, last state {states[-1]:+.2f}")
norms = jacobian_norms(rnn_step_backward, last, caches)
print("norm of the gradient at lag 1, 10, 100:", *(f"{norms[0, k]:.0e}" for k in (1, 10, 100)))

# %% [markdown]
# **What to see.** It remembers one bit for a thousand steps under noise, perfectly. The state sits near $+0.96$ or
# $-0.96$, the two values that $\tanh(2h)$ maps to themselves, and noise of this size cannot push it across. So an RNN
# *can* remember. But look at the last line: exactly *because* the state is held, a nudge to it dies out at once
# ($2 \cdot (1 - 0.96^2) = 0.16$ a step), and with it the gradient. A unit so near the end of tanh's range, where its
# slope is small, is called **saturated**. That is the heart of Bengio, Simard and Frasconi
# (1994): a tanh network that stores something safely has gradients that vanish. It can hold what was far back, and it
# cannot *learn* from it. The notes should say: "plain RNNs are hard to train on long-term dependencies".

# %% [markdown]
# ## 3. First remedy: start on the ridge
#
# A matrix stretches a vector by at most its largest singular value, the spectral norm, and by at least its smallest.
# Why not begin with a $W_h$ whose singular values are all 1? Such a matrix turns and mirrors, and changes no length:
#
# $$Q^\top Q = 1 \quad \Longrightarrow \quad \lVert v\, Q \rVert = \lVert v \rVert \text{ for every } v. \tag{4.7}$$
#
# It is called **orthogonal**. The identity is one, and so is a rotation. To draw one at random, take a matrix of random
# numbers and straighten its columns one by one: make the first of length 1; take from the second what points along the
# first, and make the rest of length 1; take from the third what points along the first two ... This is the Gram-Schmidt
# process, and its result is the $Q$ of the **QR decomposition**, numbers $= QR$. Here $R$ is the upper triangle that
# says what was taken and by what lengths were divided; so its diagonal is positive.
#
# ### {{ exercise orthogonal-init }}
#
# Write `orthogonal_init`. `array_namespace(numbers).linalg.qr` (or `np.linalg.qr`) does the work, with a snag. Its
# algorithm is not Gram-Schmidt, and gives some columns of $Q$ *with the opposite sign*, and the same row of $R$ too, so
# that the product is right again. Where the diagonal of $R$ is negative, turn the column of $Q$ round. (Without this,
# the matrices are orthogonal, but not all equally likely.) A matrix with more columns than rows is made by way of its
# transpose.

# %% exercise="orthogonal-init"
from rnncore.functional.weights import orthogonal_init  # exercise
#: Q * signs multiplies column n of Q by signs[n].
#: Do not use np.sign: it is 0 where the diagonal is 0.

# %% check="orthogonal-init"
# By hand: (3, 4) has length 5. What is left of (5, 0) across it is (3.2, -2.4), of length 4.
by_hand = orthogonal_init(np.array([[3.0, 5.0], [4.0, 0.0]]))
hint = "Return Q, with a column turned round where the diagonal of R is negative."
expect_close("two columns", by_hand, [[0.6, 0.8], [0.8, -0.6]], hint)

numbers = np.random.default_rng(5).normal(size=(6, 6))
with expect_unchanged("orthogonal_init", numbers=numbers):
    Q = orthogonal_init(numbers)
expect_shape("orthogonal_init, 6 by 6", Q, (6, 6))
expect_close("QᵀQ", Q.T @ Q, np.eye(6), "Columns of length 1, across each other.")
R = Q.T @ numbers
hint = "Is it Q that you return? A sign turns a whole column of it, not a row."
expect_close("R below its diagonal", np.tril(R, -1), np.zeros((6, 6)), hint)
assert np.all(np.diag(R) > 0), "column n of Q must point the way of what it was made from"

tall, wide = orthogonal_init(numbers[:, :2]), orthogonal_init(numbers[:2])
expect_shape("6 by 2", tall, (6, 2))
expect_close("6 by 2: QᵀQ", tall.T @ tall, np.eye(2))
expect_shape("2 by 6", wide, (2, 6))
expect_close("2 by 6: QQᵀ", wide @ wide.T, np.eye(2), "What does the docstring say of columns?")
print("All good")

# %% [markdown]
# ### Correction 3: "either explodes or vanishes"
#
# N3: "One main limitation of RNN is that the gradient either explodes or vanishes." **Must it?** Take your matrix, no
# tanh, and go back 1,000 steps.

# %%
H = 16
Q = orthogonal_init(np.random.default_rng(0).normal(size=(H, H)))
noise = np.random.default_rng(1).normal(size=(1, 1000, 4))
fresh = init_rnn_params(4, H, np.random.default_rng(2))._replace(b=np.zeros(H))
for name, step in {"no tanh": linear_step, "tanh": rnn_step}.items():
    _, last, caches = unroll(step, noise, init_rnn_state(1, H), fresh._replace(W_h=Q))
    norms = jacobian_norms(rnn_step_backward, last, caches)[0]
    print(f"{name:8} norm at lag 10, 100, 1000:", *(f"{norms[k]:.3g}" for k in (10, 100, 1000)))

# %% [markdown]
# **What to see.** Without tanh: 1, 1, 1. There *is* a third case. It is a ridge, and a matrix must stand exactly on it;
# but it exists, and Section 6 puts it to use. With tanh the same matrix loses its gradient, since the units that the
# noise drives away from zero take their slopes with them. N3's sentence is right for most matrices, and wrong as a law.
#
# **How long does a good start last, and what shortens it?** The slider *scale* multiplies the orthogonal matrix,
# *inputs* says how large the inputs are. Before you move them: which of the two can make the gradient of the tanh
# network *grow*?

# %% experiment="flow-experiment-live"
lags = np.arange(61)


def ways_back(scale, inputs):
    """Norms by lag for an orthogonal matrix times the scale: with tanh, and torch's first weights."""
    starts = {"orthogonal": scale * Q, "uniform in ±1/√H (torch)": scale * fresh.W_h}
    curves = {}
    for name, W_h in starts.items():
        params = fresh._replace(W_h=W_h)
        _, last, caches = unroll(rnn_step, inputs * noise[:, :60], init_rnn_state(1, H), params)
        norms = jacobian_norms(rnn_step_backward, last, caches)[0]
        curves[f"{name}, tanh"] = np.maximum(norms, 1e-16)
    return {**curves, "orthogonal, no tanh": scale**lags}


def draw(scale, inputs):
    axes = {"xlabel": "lag k / steps back", "ylabel": r"norm of $\partial h_T / \partial h_{T-k}$"}
    title = f"First weights times {scale:.2f}, inputs of size {inputs:.2f}"
    figure = plot_curves(lags, ways_back(scale, inputs), title=title, logarithmic=True, **axes)
    figure.axes[0].set_ylim(1e-12, 1e6)
    return figure


live(draw, scale=(0.5, 1.5, 0.05, 1.0), inputs=(0.0, 2.0, 0.1, 0.2))

# %% experiment="flow-experiment-live-table"
print("norm at lag 60             orthogonal, tanh   torch's start, tanh")
for scale, inputs in ((1.0, 0.0), (1.0, 0.2), (1.0, 1.0), (1.2, 0.0), (1.2, 0.2), (1.2, 1.0)):
    first, second, _ = ways_back(scale, inputs).values()
    print(f"scale {scale:.1f}, inputs {inputs:.1f}    {first[-1]:12.0e} {second[-1]:18.0e}")

# %% [markdown]
# **What to see.** (The table says the same as the sliders, for those who read this where no slider moves.) With silent
# inputs the state stays at zero, tanh has slope 1, and its line is that of the network without tanh: flat at 1, and
# *growing* at a scale of 1.2. Inputs can only take away from that, by (4.4): the larger they are, the further the units
# leave zero, and the faster the gradient fades. torch's start, uniform between $\pm 1/\sqrt H$, has a spectral radius
# of about 0.6 and is hopeless at any setting near 1. So an orthogonal start buys time. It does not buy for ever, and
# nothing keeps the matrix orthogonal once training moves it.
#
# ## 4. Second remedy: cut what is too long
#
# A gradient that vanishes is quiet. One that explodes is an accident: a single step of training, taken along a gradient
# of length a million, throws the weights somewhere from which they do not come back. **What does a loss look like in
# which that can happen?** One weight is enough. Let $h_{50} = w^{50}$, as in (4.1), and let the target be 0.5.

# %%
w = np.linspace(0.7, 1.12, 400)
plot_curves(
    w,
    {"$(w^{50} - 0.5)^2$": (w**50 - 0.5) ** 2},
    xlabel="weight w",
    ylabel="loss",
    title="A plain, a narrow valley, and a wall",
    logarithmic=True,
)

# %% [markdown]
# **What to see.** On the left a *plain* (loss 0.25): here $w^{50}$ is practically 0, and the slope with it. Gradients
# vanish. On the right a *wall*: from 1.0 to 1.1 the loss rises from 0.25 to more than ten thousand. Gradients explode.
# Between the two a valley, at $0.5^{1/50} = 0.986$. A ball that rolls into the valley from the plain is fine; one that
# stands on the wall is shot across the plain at the first step. Pascanu, Mikolov and Bengio (2013) found walls like
# this one in the loss of real networks, and had a simple thought: *use the direction of the gradient, but do not
# believe its length*.
#
# Two ways to cut are in use. Mikolov (2012) cut **every entry** by itself:
#
# $$g \leftarrow \min(\max(g, -\text{limit}), \text{limit}) \quad \text{entry by entry.} \tag{4.8}$$
#
# Pascanu and others shorten **the whole gradient**, all arrays together, where it is longer than the limit:
#
# $$g \leftarrow g \cdot \min\!\left(1, \frac{\text{limit}}{\lVert g \rVert}\right), \qquad \lVert g \rVert^2 = \sum_{\text{arrays}}\, \sum_{\text{entries}} g^2. \tag{4.9}$$
#
# ### {{ exercise clip-by-value }}
#
# Write `clip_by_value`. Gradients come as a *tree*: an `RNNParams`, an `LSTMParams`, a dictionary, a list of such. You
# need not ask which. `map_tree(function, gradients)` calls your function on every array and gives back a tree of the
# same structure. Arrays of NumPy and of torch both have a method `.clip(low, high)`, which makes a new array. (For small
# functions without a name, Python has `lambda g: ...`.)

# %% exercise="clip-by-value"
from rnncore.functional.learning import clip_by_value  # exercise

# %% check="clip-by-value"
steep = RNNParams(
    np.array([[3.0, -0.2]]), np.array([[-7.0, 0.5], [1.0, 2.0]]), np.array([0.0, -9.0])
)
with expect_unchanged("clip_by_value", gradients=steep):
    clipped = clip_by_value(steep, 1.0)
expect_kind("what comes back", clipped, RNNParams)
expect_close("W_x", clipped.W_x, [[1.0, -0.2]], "What is small stays as it is.")
expect_close("W_h", clipped.W_h, [[-1.0, 0.5], [1.0, 1.0]], "A large minus becomes -limit.")
expect_close("b", clipped.b, [0.0, -1.0], "Every array of the tree is clipped.")

nested = {"cell": steep, "readout": [np.array([5.0])]}
expect_close("a list in a dictionary", clip_by_value(nested, 2.0)["readout"][0], [2.0])
on_tensors = on_torch(clip_by_value, steep, 1.0)
expect_close("W_h, on torch", on_tensors.W_h, clipped.W_h)
print("All good")

# %% [markdown]
# ### {{ exercise clip-by-norm }}
#
# Write `clip_by_norm`, equation (4.9). It returns two things: the shortened tree, and the length *before*, which people
# like to plot while they train. There is *one* length for all arrays together, and one factor. A gradient that is short
# enough must come back as it was; take care that one of length 0 does too.
#
# `leaves(gradients)` goes through the arrays. `(g * g).sum()` works on NumPy arrays and on torch tensors, and so does
# `** 0.5`.

# %% exercise="clip-by-norm"
from rnncore.functional.learning import clip_by_norm  # exercise
#: First the length of all arrays together; then one factor; then map_tree.

# %% check="clip-by-norm"
# 3, 4 and 12 make a length of 13, because 9 + 16 + 144 = 169.
long = {"a": np.array([3.0, 4.0]), "b": np.array([[12.0]])}
with expect_unchanged("clip_by_norm", a=long["a"], b=long["b"]):
    both = clip_by_norm(long, 6.5)
expect_kind("the shortened tree and the length before", both, tuple)
shorter, length = both
expect_close("the length before", length, 13.0, "The root of the sum over all arrays, see (4.9).")
hint = "One factor for all arrays."
expect_close("a, at half the length", shorter["a"], [1.5, 2.0], hint, tolerance=1e-6)
expect_close("b, at half the length", shorter["b"], [[6.0]], hint, tolerance=1e-6)
same, length = clip_by_norm(long, 20.0)
expect_close("short enough: a", same["a"], long["a"], "A short gradient is not made longer.")
nothing, length = clip_by_norm({"a": np.zeros(2)}, 1.0)
expect_close("a gradient of zeros", nothing["a"], np.zeros(2), "Do you divide by its length?")

# Against torch, which does it in place, and divides by the length plus 1e-6.
weights = [torch.nn.Parameter(torch.zeros(part.shape, dtype=torch.float64)) for part in params]
for weight, gradient in zip(weights, params, strict=True):
    weight.grad = torch.tensor(gradient)
expected = torch.nn.utils.clip_grad_norm_(weights, 0.1)
shorter, length = on_torch(clip_by_norm, params, 0.1)
expect_close("the length, against torch", length, expected)
expect_close("W_h, against torch", shorter.W_h, weights[1].grad, tolerance=1e-5)
print("All good")

# %% [markdown]
# **What does each do to the direction?** Six gradients of two entries, and what the two ways make of them at a limit of
# 1:

# %%
arrows = [
    np.array(g)
    for g in ([3.0, 0.6], [2.0, 2.2], [-0.5, 2.6], [-2.8, 1.0], [-0.4, -0.5], [1.2, -2.4])
]
ways = {"by value": lambda g: clip_by_value(g, 1.0), "by norm": lambda g: clip_by_norm(g, 1.0)[0]}
with new_figure(1, 2, size=(7.0, 3.6), sharey=True) as (figure, panels):
    for axes, (name, clip) in zip(panels, ways.items(), strict=True):
        for k, g in enumerate(arrows):
            axes.plot([0, g[0]], [0, g[1]], "--", color=COLOURS[k], lw=1.0)
            style = {"color": COLOURS[k], "width": 0.03, "length_includes_head": True}
            axes.arrow(0, 0, *clip(g), head_width=0.16, **style)
            axes.annotate(str(k + 1), 1.1 * g, ha="center", va="center")
        around = [
            clip(np.array([np.cos(a), np.sin(a)]) * 9) for a in np.linspace(0, 2 * np.pi, 361)
        ]
        axes.plot(*np.transpose(around), color="#999999", lw=0.8)
        axes.set(xlabel="first entry", title=f"clipped {name}", aspect="equal")
        axes.set(xlim=(-3.5, 3.5), ylim=(-3.1, 3.1))
    panels[0].set_ylabel("second entry")
figure

# %% [markdown]
# **What to see.** Dashed lines are the gradients, arrows what is left of them; the grey line is how far anything can
# reach. By value it is a square, and a gradient with two large entries is pressed into a *corner*, whichever way it
# pointed: see 2, 4 and 6. Arrows 1 and 3 are turned too, since only one of their entries was cut. By norm
# it is a circle, and every arrow lies on its dashed line. The short one, 5, is left alone by both. (By value has one merit:
# it needs no sum over all arrays, and one mad entry does not shorten all others.)
#
# **Does it get a ball off the wall?** Gradient descent with steps of 0.001 times the gradient on the loss above, 300
# steps, from the wall ($w = 1.1$) and from the plain ($w = 0.8$), with your `clip_by_norm` at a limit of 1 and without.


# %%
def roll(w, clipped):
    with np.errstate(all="ignore"):
        for _ in range(300):
            g = {"w": np.array([2 * (w**50 - 0.5) * 50 * w**49])}
            if clipped:
                g, _ = clip_by_norm(g, 1.0)
            w = w - 0.001 * g["w"][0]
    return w


print(f"the valley is at {0.5 ** (1 / 50):.4f}")
for start in (1.1, 0.8):
    print(f"from {start}: not clipped {roll(start, False):7.4f}   clipped {roll(start, True):7.4f}")

# %% [markdown]
# **What to see.** From the wall, unclipped: `nan`, as the first step already leads to $w = -1{,}246$. Clipped, it walks
# down in steps of 0.001 and arrives. From the plain, clipped or not, it has hardly moved: the gradient is shorter than
# 0.001 there, far *below* any limit, and what is short is left as it is. Clipping cures one disease of the two.
#
# ### Correction 4, and experiment 2: what does clipping help against?
#
# N2 names "weight initialization, gradient clipping, and careful network architecture design" as solutions that "can
# mitigate these issues", the vanishing and the exploding one. **Does clipping help against both, in a network with 32
# units?** The network reads a number between 0 and 1, then 49 zeros, and is to say the number. Its units are rectified
# ($\max(a, 0)$ in place of tanh), and $W_h$ starts from your `identity_init` at a scale of 1.1 (a gradient grows
# 117-fold on the way back) or 0.8 (it shrinks to $10^{-5}$). Four ways, three seeds, plain gradient descent with your
# `clip_by_norm`; it takes about half a minute.

# %% experiment="flow-experiment-clipping"
from rnncore.experiments.clipping import measure_clipping

clipping = measure_clipping(clip_by_norm, identity_init)
print(clipping)
clipping.figure()

# %% [markdown]
# **What to see.** Where gradients explode, clipping makes the difference between a network that ends as `nan` and one
# that is right practically always. Where they vanish it makes none: both stay at the share that the best constant
# answer gets, 0.2. So of N2's three solutions, the second is for exploding gradients only. A word of caution that
# belongs to the result: this is one task, chosen so that the effect is clean, and it needed a step size that falls
# during training; with a constant one, some seeds failed even with clipping when we tried.
#
# ## 5. Two tests of memory
#
# How would you *show* that a network remembers? Two tests have become classics, because they cannot be passed by
# looking at what is near. You write both.
#
# In the **adding problem** (Hochreiter and Schmidhuber 1997) each step has a number and a mark, 0 or 1. Two steps are
# marked. At the end the network is to say
#
# $$\text{target} = \sum_{t=1}^{T} \text{number}_t \cdot \text{mark}_t, \tag{4.10}$$
#
# the sum of the two marked numbers. The best that a network without memory can do is to answer 1 always; its mean
# squared error is 1/6:
#
# | number | 0.31 | 0.84 | 0.07 | 0.55 | 0.92 | 0.40 |
# |---|---|---|---|---|---|---|
# | mark | 0 | 1 | 0 | 0 | 0 | 1 |
#
# <details><summary>What is the target here? And why 1/6?</summary>
# 0.84 + 0.40 = 1.24. A number uniform in [0, 1) has variance 1/12; two independent ones together have 1/6, around their
# mean 1.
# </details>
#
# ### {{ exercise adding-problem }}
#
# Write `adding_problem`. `rng` is a generator of random numbers or a seed for one; `np.random.default_rng(rng)` takes
# both. Draw from it and from nothing else, so that the same seed gives the same sequences. Useful: `rng.random((B, T))`
# for numbers in [0, 1), `rng.integers(low, high, size=B)` for whole numbers from `low` to *below* `high`, and
# `xs[np.arange(B), steps, 1] = 1.0`, which sets one entry in each sequence.

# %% exercise="adding-problem"
from rnncore.tasks.adding_problem import adding_problem  # exercise
#: Begin with a generator: np.random.default_rng takes a seed, or a generator, which it hands back.

# %% check="adding-problem"
xs, targets = adding_problem(2000, 7, 0)
expect_shape("adding_problem: xs", xs, (2000, 7, 2))
expect_shape("adding_problem: targets", targets, (2000,))
assert xs.dtype == targets.dtype == float, f"float64; got {xs.dtype} and {targets.dtype}"
numbers, marks = xs[:, :, 0], xs[:, :, 1]
early, late = marks[:, :3].sum(axis=1), marks[:, 3:].sum(axis=1)
assert set(np.unique(marks)) == {0.0, 1.0}, "column 1 of an input is the mark, 0 or 1"
expect_close("marks among the first three steps", early, np.ones(2000), "T // 2 steps, one mark.")
expect_close("marks among the other four", late, np.ones(2000), "One mark in the rest.")
assert np.any(marks != marks[0]), "all sequences are marked alike: draw B steps, not one"
assert np.all(marks.sum(axis=0) > 0), "some step is never marked: where does rng.integers end?"
sums = np.array([row[mark == 1].sum() for row, mark in zip(numbers, marks, strict=True)])
expect_close("targets", targets, sums, "See (4.10).")
assert 0 <= numbers.min() <= numbers.max() < 1, "the numbers lie between 0 and 1"
wrong_by = np.mean((targets - 1.0) ** 2)  # with a standard deviation of 2.6 percent
expect_close("error of always answering 1", wrong_by, 1 / 6, "Are numbers uniform?", tolerance=0.13)
again, other = adding_problem(2000, 7, 0)[0], adding_problem(2000, 7, 1)[0]
expect_close("the same seed again", again, xs, "Is all that is random drawn from rng?")
assert not np.array_equal(other, xs), "another seed must give other sequences"
print("All good")

# %% [markdown]
# In **copy memory** the network reads a string, waits, and on a sign writes the string down. For the string 3 1 4 and a
# silence of $T = 5$ steps:
#
# ```text
#   step      1  2  3   4  5  6  7  8   9 10 11
#   reads     3  1  4   .  .  .  . go   .  .  .
#   writes    .  .  .   .  .  .  .  .   3  1  4
# ```
#
# The sign, `GO`, is the last step of the silence; all other silent steps are `BLANK`. Without memory the best a network
# can do is to write blanks and then guess.
#
# ### {{ exercise copy-memory }}
#
# Write `copy_memory`. The strings are given, $(B, n)$; you lay out what is read and what is to be written, both
# $(B, T + 2n)$, and return `Copies(inputs, targets)`. `np.full(shape, BLANK)` is a good start.

# %% exercise="copy-memory"
from rnncore.tasks.copy_memory import copy_memory  # exercise
#: Count from 0: the string is read at steps 0 ... n - 1, and then come T steps of silence.

# %% check="copy-memory"
strings = np.array([[3, 1, 4]])
with expect_unchanged("copy_memory", strings=strings):
    inputs, targets = copy_memory(strings, 5)
reads = [3, 1, 4, *4 * [BLANK], GO, *3 * [BLANK]]
writes = [*8 * [BLANK], 3, 1, 4]
expect_close("inputs", inputs, [reads], "The string, T - 1 times BLANK, GO, n times BLANK.")
expect_close("targets", targets, [writes], "The answer begins at the step after GO.")
assert inputs.dtype.kind == targets.dtype.kind == "i", "symbols are whole numbers, int64"

reads, writes = copy_memory(np.array([[0, 7], [5, 2]]), 1)  # the only silent step is GO
expect_shape("two strings, T = 1: inputs", reads, (2, 5))
expect_close("two strings, T = 1: inputs", reads[:, :3], [[0, 7, GO], [5, 2, GO]])
expect_close("two strings, T = 1: targets", writes[:, 3:], [[0, 7], [5, 2]])
print("All good")

# %% [markdown]
# ## 6. Who passes?
#
# ### A memory that needs no gates
#
# Copy memory looks hard for a network that has no gates, and not even a tanh. **Can an orthogonal matrix do it alone?**
# Build a *ring of slots*. What is read goes into slot 0; at each step everything moves on by one slot, and the last
# moves into the first. Moving on is a permutation, so $W_h$ is orthogonal. Whoever looks at slot $n + T$ sees what was
# read $n + T$ steps ago: just what is to be written. (Recurrent networks of this kind are studied by Henaff, Szlam and
# LeCun 2016.)


# %%
def ring_answers(inputs, n, T, scale=1.0):
    """What a linear network writes whose W_h moves 8 units a slot round a ring, times the scale."""
    H = N_SYMBOLS * (n + T + 1)
    W_x = np.eye(N_SYMBOLS + 2, H) * (np.arange(N_SYMBOLS + 2) < N_SYMBOLS)[:, None]
    W_h = scale * np.roll(np.eye(H), N_SYMBOLS, axis=1)
    xs = np.eye(N_SYMBOLS + 2)[inputs]  # one-hot
    hs, _, _ = unroll(linear_step, xs, init_rnn_state(len(xs), H), RNNParams(W_x, W_h, np.zeros(H)))
    seen = hs[:, :, -N_SYMBOLS:]  # the last slot
    return np.where(seen.max(axis=2) > 0.5, seen.argmax(axis=2), BLANK)


n, T = 5, 40
inputs, targets = copy_memory(np.random.default_rng(6).integers(0, N_SYMBOLS, size=(100, n)), T)
for scale in (1.0, 0.99, 0.98):
    right = ring_answers(inputs, n, T, scale)[:, -n:] == targets[:, -n:]
    echo = scale ** (n + T)
    print(f"scale {scale:g}: {np.mean(right):.0%} of the symbols right, the echo is {echo:.2f}")
print(f"guessing: {1 / N_SYMBOLS:.1%}, a mean cross entropy of {n * np.log(8) / (T + 2 * n):.3f}")

# %% [markdown]
# **What to see.** On the ridge, perfect; a longer silence takes a longer ring, and nothing else. By (4.7) the norms of
# its Jacobians are 1 at all lags. Two parts in a hundred off the ridge, and the echo falls below the readout's
# threshold of one half: nothing is left. So the weights *exist*. But nobody trained them. What does training find?
#
# ### Experiment 3: how far does a trained network reach?
#
# Your `adding_problem` at growing length. A tanh RNN and an LSTM, the cell of the next unit, 32 units each, 1,000 steps
# of Adam with gradients clipped at 1, three seeds. The LSTM's forget gates start open (their bias is 3; you will
# set it yourself in Unit 5), and it owes much to that: on sequences of 100 steps, with a bias of 0 or 1, 64 units
# and 1,600 training steps, it had learnt nothing in any of the eight runs that we made. **At which length does each stop learning?** Up to a minute.

# %% experiment="flow-experiment-adding"
from rnncore.experiments.adding import measure_adding

lengths, errors = (10, 20, 40), {"tanh RNN": [], "LSTM": []}
for T in lengths:
    found = measure_adding(adding_problem, models=tuple(errors), T=T, H=32, steps=1000)
    for model, of_seeds in zip(found.models, found.scores.T, strict=True):
        errors[model].append(of_seeds)
        print(f"T = {T}, {model:8}:", *(f"{error:.4f}" for error in of_seeds))
plot_curves(
    lengths,
    {model: np.transpose(of_lengths) for model, of_lengths in errors.items()},
    xlabel="length of the sequences, T",
    ylabel="mean squared error",
    title="The adding problem: who still learns?",
    lines={"always answering 1": 1 / 6},
    logarithmic=True,
)

# %% [markdown]
# **What to see.** The line is the geometric mean of the three seeds, the shade goes from the lowest to the highest. At
# 10 steps both can add. At 40 the RNN stands on the dashed line with every seed, as if it remembered nothing, while the
# LSTM goes on. Between them, at 20, the outcome of the RNN is open: when this was written one seed ended near the
# dashed line and another at an eighth of it, and on another processor, whose sums round differently, the same seed
# changed sides. So do not read a single run as a result. Clipping was on all the time, and no loss became `nan`: this
# is what vanishing looks like from outside. A network that trains, reports no error, and does not learn. (Try lengths
# of 60 and 100; an LSTM can be unlucky too.)
#
# **Beside the published result.** Hochreiter and Schmidhuber (1997) solved it at up to 1,000 steps with an LSTM, in
# another form of the task; Le, Jaitly and Hinton (2015) show learning curves for this form, from 150 steps on. Neither
# has a figure for our settings. `python -m rnncore.experiments adding` repeats it at 100 steps with 64 units, 1,600
# training steps and three seeds: the tanh RNN ends at 0.166 on average, where 1/6 is chance, the LSTM at 0.001 and the
# GRU of Unit 6 below 0.0005.
#
# ## 7. In your own words
#
# ### {{ exercise flow-question }}
#
# A friend trains a plain tanh RNN on reviews of 200 words, to say whether each is positive. First the loss became `nan`
# after 30 steps. Then your friend clipped the gradient at a norm of 1; since then training runs smoothly, but the
# network seems to judge by the last ten words alone. Explain in six to ten sentences
#
# 1. what happened in the first attempt, and why clipping cured it;
# 2. why clipping did nothing for the early words, although the gradient of the weights is not small; use (4.6) or a
#    number of this notebook;
# 3. one change that you would try next, what speaks for it and what it cannot do, and what you would *measure* to see
#    whether it helped.

# %% [markdown] question="flow-question" heading="A friend needs advice" points=3
# ### BEGIN SOLUTION
# **A good answer.** On the way back a gradient is multiplied by a Jacobian at every step. With $W_h$ large enough the
# product over many steps becomes huge, and one step of training along such a gradient throws the weights so far that
# the next loss overflows: `nan`. Clipping by norm keeps the direction and limits the length, so no step can be larger
# than the step size times 1, however steep the loss. It shortens what is too long, and leaves alone what is short. The
# gradient of the weights is a sum of one share for each lag. The shares of the last words are of ordinary size and make
# up nearly all of it: in Correction 1 the sum had a length of about 20, and the share of lag 50 one of $10^{-13}$. So
# the network learns, but from the last words; clipping, or a larger step size, multiplies all shares by the same factor
# and cannot change their proportion. I would start $W_h$ from an orthogonal matrix: without inputs the gradient then
# keeps its length. But tanh takes its part away at every step that has inputs, and training can move the matrix off. Or
# I would take an LSTM, which learned the adding problem at 40 steps where the RNN did not. To see whether it helped, I
# would plot `jacobian_norms` against the lag before and after training, and test with reviews whose decisive word comes
# early.
#
# **Rubric.** One point each: (1) product of Jacobians larger than 1, one far too long step, and clipping limits its
# length (and keeps its direction); (2) the gradient is a sum over lags whose distant shares vanish, and one factor for
# all does not change the proportion, with an equation or a number; (3) a sensible change (orthogonal or identity start,
# gated cell, shorter way back), one of its limits, and a measurement that could come out either way. Half a point each
# for half of it.
# ### END SOLUTION

# %% [markdown]
# ## Look back
#
# - A gradient that goes back $k$ steps is multiplied by $k$ Jacobians,
#   $J_t = \operatorname{diag}(1 - h_t^2)\, W_h^\top$. Equal factors make a straight line on a logarithmic scale; its
#   slope is the logarithm of the spectral radius. Wherever we measured it, tanh bent it down.
# - **Vanishing** is not a small gradient. It is a gradient in which the distant past has no share. A tanh network that
#   holds something safely has it by necessity.
# - **Exploding** is a wall in the loss. Clipping takes the direction and distrusts the length: by norm the direction
#   stays, by value it may turn.
# - Clipping cures exploding, not vanishing. An orthogonal start keeps lengths, until inputs and training spoil it.
# - The notes were right that both exist; wrong that a gradient must do one or the other, that an RNN cannot remember,
#   and about what clipping is good for. Each took a few lines to try.
#
# **Next.** The ring of slots remembered for ever, because nothing came between it and its content. Can a network
# *learn* when to leave its memory alone? **Unit 5** builds the cell that does: it has a path on which the factor of
# each step is a number between 0 and 1 of its own choice, the forget gate.
#
# ## References
#
# - S. Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen*, diploma thesis, TU München (1991). Where vanishing
#   gradients were first analysed.
# - Y. Bengio, P. Simard, P. Frasconi, *Learning long-term dependencies with gradient descent is difficult*, IEEE
#   Transactions on Neural Networks 5 (1994), 157-166, [doi:10.1109/72.279181](https://doi.org/10.1109/72.279181). The
#   latch of Correction 2, and the theorem behind it.
# - R. Pascanu, T. Mikolov, Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML (2013),
#   [arXiv:1211.5063](https://arxiv.org/abs/1211.5063). The wall, and clipping by norm. Read sections 1 to 3.
# - T. Mikolov, *Statistical Language Models Based on Neural Networks*, PhD thesis, Brno University of Technology
#   (2012). Clipping by value.
# - A. M. Saxe, J. L. McClelland, S. Ganguli, *Exact solutions to the nonlinear dynamics of learning in deep linear
#   neural networks* (2014), [arXiv:1312.6120](https://arxiv.org/abs/1312.6120). Orthogonal first weights. F. Mezzadri,
#   *How to generate random matrices from the classical compact groups* (2007),
#   [arXiv:math-ph/0609050](https://arxiv.org/abs/math-ph/0609050). The signs.
# - Q. V. Le, N. Jaitly, G. E. Hinton, *A simple way to initialize recurrent networks of rectified linear units* (2015),
#   [arXiv:1504.00941](https://arxiv.org/abs/1504.00941).
# - S. Hochreiter, J. Schmidhuber, *Long short-term memory*, Neural Computation 9 (1997), 1735-1780,
#   [doi:10.1162/neco.1997.9.8.1735](https://doi.org/10.1162/neco.1997.9.8.1735). The adding problem is experiment 4.
# - M. Arjovsky, A. Shah, Y. Bengio, *Unitary evolution recurrent neural networks* (2016),
#   [arXiv:1511.06464](https://arxiv.org/abs/1511.06464); M. Henaff, A. Szlam, Y. LeCun, *Recurrent orthogonal networks
#   and long-memory tasks* (2016), [arXiv:1602.06662](https://arxiv.org/abs/1602.06662). Copy memory, and matrices that
#   solve it.
# - Lecture notes N2 (vanishing, exploding, and their solutions) and N3 (limitations of RNNs).
