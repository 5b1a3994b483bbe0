# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 3. Losses, and the way back through time
#
# In Unit 2 you built a recurrent network, and torch trained it. *How* torch knew in which direction to change each of
# your weights was left in the dark. In this unit you switch on the light: you measure how wrong the network is, carry
# the blame back through the whole chain of states, and end by training Elman's network with gradients that are all
# your own. No torch, no magic, and a test that finds every mistake you make on the way.
#
# **At the end you can**
#
# - say how wrong a sequence of predictions is, with sequences of several lengths in one batch;
# - check any gradient in the world without deriving anything;
# - derive the backward step of a cell, and write it from the cache that the forward step left;
# - send gradients back through time, and say where two of them meet and what is summed;
# - cut that way short on purpose, and know what the cut costs.
#
# **You need** Unit 2 (`rnn_step`, `unroll`, `readout`), the chain rule, and NumPy's `@`, slices and broadcasting.
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
# **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers in an input, $H$ units,
# $K$ classes. A row is one sequence, so $x$ is $(B, D)$ and multiplies weights from the left: $x W_x$. The sign $\odot$
# multiplies entry by entry, which in NumPy is `*`. And one new convention: $dz$ is short for $\partial L / \partial z$,
# the gradient of the loss with respect to $z$. It has the shape of $z$, always.

# %% given="bptt-setup"
from operator import add
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int

from rnncore.experiments.truncation import draw_triangles, gradient_triangle, run_with_radius
from rnncore.functional.base import Array, Float
from rnncore.functional.base import array_namespace, concat, log_softmax, map_tree, one_hot
from rnncore.functional.base import require_shape, sigmoid, softmax, stack, zeros_like
from rnncore.functional.cells import RNNCache, RNNParams, RNNState
from rnncore.functional.cells import init_rnn_params, init_rnn_state
from rnncore.functional.cells import rnn_step
from rnncore.functional.learning import Loss, StepBackward, relative_error, require_targets
from rnncore.functional.sequence import ReadoutParams, init_readout_params, readout, unroll
from rnncore.lab.checks import expect_close, expect_kind, expect_shape, expect_unchanged, on_torch
from rnncore.lab.live import live
from rnncore.lab.plots import plot_curves
from rnncore.lab.plots.style import UNSIGNED, new_figure
from rnncore.tasks.temporal_xor import temporal_xor

# %% [markdown]
# Of these your code needs nine:
#
# | tool | does |
# |---|---|
# | `softmax(a)`, `log_softmax(a)` | probabilities of the scores along the last axis, and their logarithms |
# | `one_hot(ids, K)` | each whole number as a row of K numbers (Unit 1); a row of zeros for a number that is no class |
# | `relative_error(a, b)` | the greatest difference of two arrays, relative to their greatest entry |
# | `stack([a, b, ...], axis=1)` | T arrays $(B, D)$ become $(B, T, D)$, along a *new* axis |
# | `concat([a, b], axis=1)` | join arrays along an axis they *have* |
# | `zeros_like(a)` | zeros of the shape of `a` |
# | `map_tree(f, a)`, `map_tree(f, a, b)` | apply `f` to each array of a NamedTuple, or to those of two, pair by pair |
# | `add(a, b)` | `a + b`, as a function: so `map_tree(add, a, b)` adds two `RNNParams` array by array (`+` joins tuples end to end) |
#
# Some checks try your function on torch tensors too, as in Unit 2: write `a.sum(axis=0)` rather than `np.sum(a, axis=0)`.
# The errors under *Raises* in a docstring carry no points; `require_shape` and `require_targets` raise them.
#
# ## 1. How wrong is a sequence?
#
# A tagger reads words and says of each whether it is a name, a place, or neither. Its readout gives three scores
# $y_t$ at every step, and softmax makes them probabilities $p_t$. The right class is known. What should a mistake cost?
#
# The usual answer is: *as much as the network is surprised*. If it gave the right class the probability $p$, the cost
# is $-\log p$, the **cross entropy**:
#
# $$L_t = -\log p_t[\text{target}_t], \qquad p_t = \text{softmax}(y_t) \tag{3.1}$$
#
# The unit is the *nat* (with the logarithm to base 2 it would be the bit). **Why the logarithm?** Would it not do to
# charge what is missing to certainty, $1 - p$?

# %%
p = np.linspace(0.005, 1, 200)
plot_curves(
    p,
    {"surprise, -log p": -np.log(p), "what is missing, 1 - p": 1 - p},
    xlabel="probability that the network gave to the right class",
    ylabel="cost (surprise in nats)",
    title="To be sure and wrong is expensive",
    lines={"a guess among three, log 3": np.log(3)},
)

# %% [markdown]
# **What to see.** Both cost nothing when the network is sure and right. But towards the left the surprise grows without
# end: whoever bets everything on the wrong class pays dearly, and, what matters more here, the *slope* is steep there,
# so there is much to learn. With $1 - p$ the worst mistake costs 1, at the same slope as any other. A network that has
# no idea pays $\log K$. Keep this number in mind: a loss above it is worse than guessing.
#
# **By hand, before you write code.** The scores are $(\log 2, 0, 0)$. What are the probabilities? What does the step
# cost if the first class is right, and what if the second is?
#
# <details><summary>Answer</summary>
# exp of the scores is (2, 1, 1), so the probabilities are (1/2, 1/4, 1/4). The costs are log 2 = 0.693 and
# log 4 = 1.386.
# </details>
#
# ### A batch of sequences
#
# Sequences have different lengths; in a batch the short ones are filled up with padding (Unit 1), and a **mask** $m$ says
# which steps count. The loss is the mean over these, over all sequences together:
#
# $$L = \frac{1}{n} \sum_{b=1}^{B} \sum_{t=1}^{T} m_{bt} L_{bt}, \qquad n = \sum_{b,t} m_{bt} \tag{3.2}$$
#
# A mean, so that a larger batch does not count for more. Over *steps*, so that each step weighs the same, whichever
# sequence it stands in.
#
# ### {{ exercise sequence-cross-entropy }}
#
# Write (3.1) and (3.2). Use `log_softmax` rather than the logarithm of `softmax`: with large scores a probability
# may be rounded to 0, whose logarithm is no number.
#
# *If you are stuck:* multiplied by its one-hot row, a row of log-probabilities keeps one entry, the one that you want.
# Padding may hold any target, even one that is no class, such as -100.

# %% exercise="sequence-cross-entropy"
from rnncore.functional.learning import sequence_cross_entropy  # exercise
#: First what each step costs, (B, T). Then the mask. Then one number.

# %% [markdown]
# The check begins with the step that you computed by hand. Then it asks a witness who did not see your code: torch's
# loss and, for later, torch's gradient of it. (torch marks padding by the target -100.)


# %% given="bptt-loss-oracle"
def torch_loss(scores, targets, mask):
    """The loss and the gradient of the scores, as torch computes them."""
    leaf = torch.tensor(scores, requires_grad=True)
    labels = torch.tensor(np.where(mask, targets, -100))
    loss = torch.nn.functional.cross_entropy(leaf.flatten(0, 1), labels.flatten())
    return loss.item(), torch.autograd.grad(loss, leaf)[0].numpy()


rng = np.random.default_rng(3)
lengths = np.array([5, 2, 3])
scores, targets = 2 * rng.normal(size=(3, 5, 4)), rng.integers(0, 4, size=(3, 5))
mask = np.arange(5) < lengths[:, None]
other, labels = scores.copy(), targets.copy()
other[~mask], labels[~mask] = 77.0, -100
print(mask.astype(int))

# %% check="sequence-cross-entropy"
# By hand: scores (log 2, 0, 0) at two steps; the right classes are the first and the second.
half = np.array([[[np.log(2), 0, 0], [np.log(2), 0, 0]]])
both = sequence_cross_entropy(half, np.array([[0, 1]]), np.array([[True, True]]))
expect_close("by hand, two steps", both, (np.log(2) + np.log(4)) / 2, "A mean of -log p.")
first = sequence_cross_entropy(half, np.array([[0, 1]]), np.array([[True, False]]))
expect_close("by hand, the second is padding", first, np.log(2), "Divide by what counts.")
large = sequence_cross_entropy(2000 * half, np.array([[0, 1]]), np.array([[True, True]]))
expect_close("very large scores", large, 1000 * np.log(2), "Use log_softmax.")

with expect_unchanged("sequence_cross_entropy", scores=scores, targets=targets, mask=mask):
    loss = sequence_cross_entropy(scores, targets, mask)
hint = "All 10 steps that count weigh the same: sum, then divide once."
expect_close("three lengths, against torch", loss, torch_loss(scores, targets, mask)[0], hint)

hint = "What stands in the padding must not matter."
expect_close("other padding", sequence_cross_entropy(other, labels, mask), loss, hint)
print("All good")

# %% [markdown]
# ### Correction 1: a total that carries a t
#
# Lecture notes N4 give the loss of a sequence as
#
# $$\mathcal{L}^t(\hat y^t, y^t) = \sum_{t=1}^{T_y} L^t(\hat y^t, y^t)$$
#
# The sum runs over all $t$, so what comes out belongs to the sequence and to no step. The $t$ on the left is a stray.
# Does a letter matter? Some slides later N4 writes $\mathcal{L} = \sum_t \mathcal{L}^{<t>}$, where the same letter with the same $t$
# now means the loss of one step. **What comes out if somebody takes both at their word?**


# %%
def step_loss(t):
    """The loss of one step of the first sequence."""
    return float(sequence_cross_entropy(scores[:1, [t]], targets[:1, [t]], mask[:1, [t]]))


for T in (2, 5):
    each = [step_loss(t) for t in range(T)]
    carried = [sum(each) for t in range(T)]  # N4's total, one for each t that it carries
    print(f"T = {T}: losses of the steps", *(f"{cost:.2f}" for cost in each))
    print("       N4's total at each t", *(f"{cost:.2f}" for cost in carried))
    factor = sum(carried) / sum(each)
    print(f"       added up over t: {sum(carried):.2f}, {factor:.0f} times the sum")

# %% [markdown]
# **What to see.** Taken at its word, $\mathcal{L}^t$ is the same number at every $t$: a "loss of step 1" that waits for
# step 5. Added up once more, the total is too large by the factor $T$, and so are all gradients. Nothing fails: the
# network learns as if its learning rate were $T$ times larger, and a long sentence counts $T$ times as much as it should.
# Write the total without $t$: $\mathcal{L} = \sum_t L_t$, as N4 itself does in the end; or its mean, (3.2).
#
# <details><summary>If you read N4: its two formulas for one step</summary>
#
# N4 has $-y \log \hat y - (1 - y) \log (1 - \hat y)$ for a label that is 0 or 1, and $-\sum_i y_i \log \hat y_i$ for words.
# They are one loss. The second, with a one-hot $y$, is (3.1). The first is (3.1) for $K = 2$ classes with the scores
# $(0, s)$, since the softmax of these is $(1 - \sigma(s), \sigma(s))$. The next cell tries it.
#
# </details>

# %%
s, label = np.array(0.7), 1
two = sequence_cross_entropy(np.array([[[0, s]]]), np.array([[label]]), np.array([[True]]))
binary = -label * np.log(sigmoid(s)) - (1 - label) * np.log(1 - sigmoid(s))
print(f"two classes, (3.1): {two:.6f}   N4's formula for a label of 0 or 1: {binary:.6f}")

# %% [markdown]
# ## 2. The first gradient
#
# The way back begins at the loss. Which way should the scores of one step have gone? Write (3.1) with the softmax
# multiplied out,
#
# $$L_t = -y_t[\text{target}] + \log \sum_j e^{y_t[j]}$$
#
# and take the derivative with respect to score $k$. The second term gives $e^{y[k]} / \sum_j e^{y[j]}$, which is $p[k]$;
# the first gives $-1$ where $k$ is the target. The mask and the $1/n$ of (3.2) stay in front:
#
# $$dy_{bt} = \frac{m_{bt}}{n} \left( p_{bt} - \text{onehot}(\text{target}_{bt}) \right) \tag{3.3}$$
#
# What the network said, less what it should have said: no gradient in this course is simpler. In the example
# above, $p = (\frac12, \frac14, \frac14)$ and the first class is right, so $dy = (-\frac12, \frac14, \frac14)$: the right
# score should rise, the others should fall, and in sum nothing changes.
#
# ### {{ exercise sequence-cross-entropy-backward }}
#
# Write (3.3). The result has the shape of the scores, and is zero in the padding.

# %% exercise="sequence-cross-entropy-backward"
from rnncore.functional.learning import sequence_cross_entropy_backward  # exercise
#: mask[:, :, None] has the shape (B, T, 1), and so multiplies all K numbers of a step.

# %% check="sequence-cross-entropy-backward"
by_hand = sequence_cross_entropy_backward(half, np.array([[0, 1]]), np.array([[True, False]]))
expect_shape("by hand", by_hand, (1, 2, 3))
expect_close("by hand, the step that counts", by_hand[0, 0], [-0.5, 0.25, 0.25], "See (3.3).")
expect_close("by hand, the padding", by_hand[0, 1], [0, 0, 0], "No cost, no gradient.")

with expect_unchanged("the gradient", scores=scores, targets=targets, mask=mask):
    dscores = sequence_cross_entropy_backward(scores, targets, mask)
expect_close("each step's sum", dscores.sum(axis=2), np.zeros((3, 5)), "Is it p less one-hot?")
hint = "Divide by the number of steps that count."
expect_close("three lengths, against torch", dscores, torch_loss(scores, targets, mask)[1], hint)
hint = "What stands in the padding must not matter."
padded = sequence_cross_entropy_backward(other, labels, mask)
expect_close("other padding", padded, dscores, hint)
print("All good")

# %% [markdown]
# ## 3. A witness for every gradient
#
# torch knew the right answer this time. Most days there is no such witness, and a wrong gradient is the worst kind of
# mistake: nothing stops, the network even learns a little, and nobody knows why it does not learn more. But there is a
# test that needs no derivation at all. A derivative says how fast $L$ changes when $w$ does. So change $w$, and look:
#
# $$\frac{dL}{dw} \approx \frac{L(w + \varepsilon) - L(w - \varepsilon)}{2 \varepsilon} \tag{3.4}$$
#
# This is the **central difference**. It costs two runs of the whole network for one single weight, which is why nobody
# trains with it. For a check on a small network it is perfect.
#
# ### {{ exercise central-difference }}
#
# Write (3.4) for one entry of one array. What the loss depends on stands in a dictionary, `arrays`; the loss is a function
# of it, `loss(arrays)`. So that the other entries stay what they are, either copy the array and make a new dictionary,
# `arrays | {name: moved}`, or move the entry in place and put its old value back. (Keep that value: `+ eps`, `- 2 * eps` and
# `+ eps` again end a rounding away from it.)

# %% exercise="central-difference"
from rnncore.functional.learning import central_difference  # exercise
#: array[index] is the entry w, also for an index with two numbers, such as (0, 2).

# %% check="central-difference"
# w³ has the slope 27 at 3. With an eps as large as 0.5, (3.4) says (3.5³ - 2.5³) / 1 = 27.25.
cube = {"w": np.array([3.0])}
slope = central_difference(lambda arrays: arrays["w"][0] ** 3, cube, "w", (0,), 0.5)
hint = "From w itself by eps up and by eps down; that is (2 * eps) apart."
expect_close("w³ at 3, eps = 0.5", slope, 27.25, hint)


def product(arrays):
    """Any entry of W matters as much as its partner in V says."""
    return float(np.sum(arrays["W"] * arrays["V"]))


pair = {"W": rng.normal(size=(2, 3)), "V": np.arange(6.0).reshape(2, 3)}
with expect_unchanged("central_difference", **pair):
    slope = central_difference(product, pair, "W", (1, 2))
expect_close("entry (1, 2) of W", slope, 5.0, "Only the entry at the index is moved.")
expect_close("entry (0, 1) of W", central_difference(product, pair, "W", (0, 1)), 1.0)
expect_close("entry (0, 0) of V", central_difference(product, pair, "V", (0, 0)), pair["W"][0, 0])
print("All good")

# %% [markdown]
# **How small should $\varepsilon$ be, and why both sides?** Here is one entry of your gradient (3.3). Its slope is taken
# with your `central_difference`, and from one side only, $(L(w + \varepsilon) - L(w)) / \varepsilon$.


# %%
def loss_of_scores(arrays):
    return float(sequence_cross_entropy(arrays["scores"], targets, mask))


place, right = (0, 1, int(targets[0, 1])), dscores[0, 1, targets[0, 1]]
steps = 10.0 ** np.arange(-1, -12, -1)
one_side, central = [], []
for eps in steps:
    raised = scores.copy()
    raised[place] += eps
    slope = (loss_of_scores({"scores": raised}) - loss_of_scores({"scores": scores})) / eps
    one_side.append(abs(slope - right))
    slope = central_difference(loss_of_scores, {"scores": scores}, "scores", place, eps)
    central.append(abs(slope - right))
figure = plot_curves(
    steps,
    {"from one side": one_side, "central": np.maximum(central, 1e-15)},
    xlabel="eps",
    ylabel="error of the slope",
    title="Too large is inexact, too small drowns in rounding",
    logarithmic=True,
)
figure.axes[0].set_xscale("log")
figure

# %% [markdown]
# **What to see.** Read from right to left. At first both errors fall: from one side by a factor of 10 for each power of
# ten (the error is proportional to $\varepsilon$), the central one by 100 ($\varepsilon^2$). Then both turn and *rise*.
# The two losses agree in more and more digits, a computer keeps sixteen, and what is left of the difference is
# rounding. The best $\varepsilon$ for the central difference is $10^{-4}$ or $10^{-5}$, where it is good to about ten
# digits. From one side one seldom gets beyond about eight. (The dip at $10^{-6}$ is luck: two errors that nearly
# cancel.)
#
# ### Gradients against differences
#
# How alike must two arrays be? A difference of 0.001 is nothing between gradients of 100, and everything between
# gradients of 0.01. So compare relative to their size, with the worst entry in charge:
#
# $$\text{error} = \frac{\max |a - b|}{\max(|a|, |b|)} \tag{3.5}$$
#
# That is `relative_error`. A factor of two gives 0.5, a wrong sign gives 2, one in sixteen digits $10^{-16}$. In float64,
# right gradients stay below $10^{-6}$, mostly below $10^{-8}$. With a wrong gradient you will hardly ever see less than
# $10^{-3}$, so there is no doubt which is which.
#
# ### {{ exercise gradient-check }}
#
# Write `gradient_check`: for each array, take the central difference at *every* entry, and compare with the gradient
# that is claimed. Return the error of each array under its name.

# %% exercise="gradient-check"
from rnncore.functional.learning import gradient_check  # exercise
#: np.ndindex(*array.shape) runs through all indices of an array, whatever its number of axes.
#: central_difference gives one entry; collect them in an array of zeros like the array itself.


# %% check="gradient-check"
def bowl(arrays):
    return float(np.sum(arrays["W"] ** 2) + 3 * np.sum(arrays["b"]))


given = {"W": rng.normal(size=(2, 3)), "b": rng.normal(size=3)}
slopes = {"W": 2 * given["W"], "b": np.full(3, 3.0)}
with expect_unchanged("gradient_check", **given, **{f"d{k}": v for k, v in slopes.items()}):
    errors = gradient_check(bowl, given, slopes)
expect_kind("the errors", errors, dict)
assert set(errors) == {"W", "b"}, f"return one error for each array, by name; got {errors}"
assert max(errors.values()) < 1e-8, f"these gradients are right; your check says {errors}"

errors = gradient_check(bowl, given, {"b": 2 * slopes["b"], "W": slopes["W"]})
hint = "Use relative_error; the names say which belong together, not their order."
expect_close("b's gradient twice too large: its error", errors["b"], 0.5, hint)
assert errors["W"] < 1e-8, "an error in b's gradient is none of W's"
errors = gradient_check(bowl, given, slopes | {"W": -slopes["W"]})
expect_close("W's gradient of the wrong sign", errors["W"], 2.0, "Signs count.")
spoilt = slopes["W"] + np.array([[0, 0, 0], [0, 0, 0.1]])
errors = gradient_check(bowl, given, slopes | {"W": spoilt})
assert errors["W"] > 1e-3, "one wrong entry, the last one, has slipped through: visit them all"
print("All good")

# %% [markdown]
# From here on the witness is yours. Its first case is the gradient of exercise {{ number sequence-cross-entropy-backward }}; and so that you see what a conviction
# looks like, the same gradient with a typical slip, the mask forgotten. The function of the next cell prints the errors
# and stops at those above a limit; the checks use it with your `gradient_check` for the rest of the unit.


# %% given="bptt-expect-agreement"
def expect_agreement(name, errors, limit):
    """Print the relative error of each gradient, and stop if one is above the limit."""
    print(f"{name}: relative errors, at most {limit:.0e} allowed")
    for key, error in errors.items():
        print(f"  {key:<8} {error:.1e}  {'agrees' if error <= limit else 'off'}")
    wrong = [key for key, error in errors.items() if not error <= limit]
    assert not wrong, f"{name}: wrong gradient for {', '.join(wrong)}"


# %%
claim = {"scores": sequence_cross_entropy_backward(scores, targets, mask)}
errors = gradient_check(loss_of_scores, {"scores": scores}, claim)
expect_agreement("your gradient of the scores", errors, 1e-8)

slip = {"scores": (softmax(scores) - one_hot(targets, 4)) / mask.sum()}
error = gradient_check(loss_of_scores, {"scores": scores}, slip)["scores"]
print(f"the same without the mask: {error:.1e}")

# %% [markdown]
# ## 4. One link of the chain
#
# A network is a chain of functions, and the way back visits each link once. At every link the question is the same:
# *I know how the loss depends on what came out. How does it depend on what went in?* Two kinds of links make up the
# whole RNN: products with weights, and the tanh.
#
# ### Products
#
# The readout is $y = h W_y + b_y$ (2.5). Suppose that $dy$ is known. Unit $i$ reaches output $k$ by the weight
# $W_y[i, k]$, so it gets back a share of $dy[k]$ by the same weight; all outputs together, $dh[i] = \sum_k dy[k] W_y[i, k]$.
# That is a product with the transpose. The weight itself multiplied $h[i]$, so its gradient is $h[i] \, dy[k]$, summed
# over everything that used the weight: all sequences, and all steps.
#
# $$dh = dy\, W_y^\top, \qquad dW_y = \sum_{b,t} h_{bt}^\top\, dy_{bt}, \qquad db_y = \sum_{b,t} dy_{bt} \tag{3.6}$$
#
# You need not remember where the transposes go: the shapes leave no choice. $dW_y$ must be $(H, K)$, and from $h$ $(B, H)$
# and $dy$ $(B, K)$ only $h^\top dy$ makes that. The product also does the sum over $b$.
#
# **By hand:** two units $h = (1, 3)$, one output, $W_y = (2, -1)^\top$, and $dy = 2$. What are $dh$, $dW_y$ and $db_y$?
#
# <details><summary>Answer</summary>
# dh = 2 · (2, -1) = (4, -2). dW_y = (1, 3)ᵀ · 2 = (2, 6)ᵀ. db_y = 2.
# </details>
#
# ### {{ exercise readout-backward }}
#
# Write (3.6). As `readout` does, it takes one step, $(B, H)$, or all, $(B, T, H)$. For the sums it is easiest to lay all
# steps of all sequences under each other first: `h.reshape(-1, H)` has a row for each. A gradient has the type of what it
# is a gradient of, so those of the weights come as `ReadoutParams`.

# %% exercise="readout-backward"
from rnncore.functional.learning import readout_backward  # exercise

# %% check="readout-backward"
plain = ReadoutParams(np.array([[2.0], [-1.0]]), np.array([10.0]))
dh, dplain = readout_backward(np.array([[2.0]]), np.array([[1.0, 3.0]]), plain)
expect_kind("the gradients of the weights", dplain, ReadoutParams)
expect_close("by hand: dh", dh, [[4.0, -2.0]], "See (3.6).")
expect_close("by hand: dW_y", dplain.W_y, [[2.0], [6.0]], "The shape of W_y.")
expect_close("by hand: db_y", dplain.b_y, [2.0])

h, dys, params = (
    rng.normal(size=(3, 5, 4)),
    rng.normal(size=(3, 5, 2)),
    init_readout_params(4, 2, rng),
)
with expect_unchanged("readout_backward", dys=dys, h=h, params=params):
    dh, dparams = readout_backward(dys, h, params)
errors = gradient_check(
    lambda a: float(np.sum(dys * readout(a["h"], ReadoutParams(a["W_y"], a["b_y"])))),
    {"h": h, **params._asdict()},
    {"h": dh, **dparams._asdict()},
)
expect_agreement("readout_backward, all steps", errors, 1e-8)
expect_close("one step of it", readout_backward(dys[:, 0], h[:, 0], params)[0], dh[:, 0])
expect_close("on torch tensors", on_torch(readout_backward, dys, h, params)[0], dh)
print("All good")

# %% [markdown]
# *What does the loss in such a check mean?* A loss is one number, but $y$ has many. So the check takes the weighted sum
# $\sum dy \odot y$: its gradient with respect to $y$ is just $dy$, any $dy$ one likes. The trick comes back in all checks.
#
# ### The tanh
#
# The cell is $h = \tanh(a)$ with $a = x W_x + h_{\text{prev}} W_h + b$ (2.2). The tanh works on each number alone, so
# the gradient is multiplied by its slope, number by number. And the slope can be told from what came out,
# $\tanh' = 1 - \tanh^2$:
#
# $$da = dh \odot (1 - h \odot h) \tag{3.7}$$
#
# That is why `rnn_step` put $h$ into the cache, and not $a$. Inside the tanh there are two products and a bias, and you
# know the rule for them:
#
# $$
# dx = da\, W_x^\top, \quad dh_{\text{prev}} = da\, W_h^\top, \quad dW_x = x^\top da, \quad
# dW_h = h_{\text{prev}}^\top da, \quad db = \sum_B da \tag{3.8}
# $$
#
# **By hand:** the smallest cell of Unit 2, with weights 1 and 0.5, reads $x = 1$ in the state 0. Its new state is
# $h = 0.762$. Let $dh = 1$. What are the five gradients?
#
# <details><summary>Answer</summary>
# da = 1 - 0.7616² = 0.420. So dx = 0.420, dh_prev = 0.210, dW_x = 0.420, dW_h = 0 (the old state was 0) and
# db = 0.420.
# </details>
#
# ### {{ exercise rnn-step-backward }}
#
# Write (3.7) and (3.8). All you need was left in the cache by the forward step: `x, h_prev, h, params = cache`.

# %% exercise="rnn-step-backward"
from rnncore.functional.cells import rnn_step_backward  # exercise
#: First da, the gradient inside the tanh, (B, H). Everything else is made of it.

# %% [markdown]
# If some gradients are off in the check, the pattern says where to look:
#
# | off | look at |
# |---|---|
# | all | (3.7) |
# | only `b` | the sum over the batch |
# | only one of `x`, `h_prev`, `W_x`, `W_h` | its own product in (3.8) |

# %% check="rnn-step-backward"
# By hand: the smallest cell, which has read a 1.
one, small = np.ones((1, 1)), RNNParams(np.array([[1.0]]), np.array([[0.5]]), np.array([0.0]))
dx, before, dsmall = rnn_step_backward(RNNState(one), rnn_step(one, RNNState(0 * one), small)[1])
expect_kind("the gradient of the state before", before, RNNState)
expect_kind("the gradients of the weights", dsmall, RNNParams)
for name, got, wanted in (
    ("dx", dx, [[0.420]]),
    ("dh_prev", before.h, [[0.210]]),
    ("dW_x", dsmall.W_x, [[0.420]]),
    ("dW_h", dsmall.W_h, [[0]]),
    ("db", dsmall.b, [0.420]),
):
    expect_close(f"by hand: {name}", got, wanted, "First da, (3.7); then (3.8).", tolerance=1e-3)

x, h_prev, dh = (rng.normal(size=(3, size)) for size in (2, 4, 4))
params = init_rnn_params(2, 4, rng)
_, cache = rnn_step(x, RNNState(h_prev), params)
with expect_unchanged("rnn_step_backward", dstate=RNNState(dh), cache=cache):
    dx, before, dparams = rnn_step_backward(RNNState(dh), cache)


def weighted_state(a):
    state, _ = rnn_step(a["x"], RNNState(a["h_prev"]), RNNParams(a["W_x"], a["W_h"], a["b"]))
    return float(np.sum(dh * state.h))


given = {"x": x, "h_prev": h_prev, **params._asdict()}
claimed = {"x": dx, "h_prev": before.h, **dparams._asdict()}
expect_agreement("one step back", gradient_check(weighted_state, given, claimed), 1e-8)
expect_close("on torch tensors", on_torch(rnn_step_backward, RNNState(dh), cache)[0], dx)
print("All good")

# %% [markdown]
# ## 5. Back through time
#
# Now the whole chain. Forward, each state went two ways: to its own output, and into the next step. Backward, two
# gradients come to meet in it:
#
# ```text
#                 dhs[:, 0]         dhs[:, 1]         dhs[:, 2]      what the loss of each step says
#                     │                 │                 │
#   dh_0 ◀──[step 1]─(+)◀─────[step 2]─(+)◀─────[step 3]─(+)◀──── dstate
#               │                 │                 │
#             dx_1              dx_2              dx_3
# ```
#
# $$dh_t = \underbrace{\frac{\partial L_t}{\partial h_t}}_{\texttt{dhs[:, t]}} + dh_{t \leftarrow t+1} \tag{3.9}$$
#
# Each step back takes this sum and gives $dx_t$, the part that goes on to step $t - 1$, and what this step has to say
# about the weights. There is one set of weights for all steps, so all of them are heard:
#
# $$dW = \sum_{t=1}^{T} dW^{(t)} \tag{3.10}$$
#
# This is **backpropagation through time** (Werbos 1990; the idea is in Rumelhart, Hinton and Williams 1986). The name
# sounds like more than it is: unroll the network, and go back through it as through any other.
#
# **Once by hand.** The smallest cell again reads 1, then 0; the states are 0.762 and 0.363. The loss is $h_2$ itself, so
# $dh_2 = 1$ and step 1 has no loss of its own.
#
# | step | $h_{t-1}$ | $h_t$ | $dh_t$ | $da_t = dh_t (1 - h_t^2)$ | to step $t-1$: $0.5\, da_t$ | $dW_x$: $x_t\, da_t$ | $dW_h$: $h_{t-1}\, da_t$ |
# |---|---|---|---|---|---|---|---|
# | 2 | 0.762 | 0.363 | 1 | 0.868 | 0.434 | 0 | 0.661 |
# | 1 | 0 | 0.762 | 0.434 | 0.182 | 0.091 | 0.182 | 0 |
# | sum | | | | | | **0.182** | **0.661** |
#
# To raise $h_2$, turn up $W_x$ a little (it matters at step 1, where there was an input) or $W_h$ (it matters at step 2,
# where there was a state to pass on).
#
# ### {{ exercise backpropagate }}
#
# Write `backpropagate`. It is the mirror of `unroll`: it does not know which cell it goes back through, the backward step
# is an argument, and it will serve the LSTM of Unit 5 unchanged. `dstate` is what arrives after the last step, and the state
# of any cell has a part `h`: `dstate._replace(h=...)` makes the same state with another `h`. Since the first step back
# brings the first gradients of the weights, you can begin the sum there.
#
# If only `xs` is off, look at the order of the $dx$; if only weights, at their sum over the steps; if nearly everything,
# at how the two gradients of $h$ meet in (3.9).

# %% exercise="backpropagate"
from rnncore.functional.learning import backpropagate  # exercise
#: From the last step to the first. What step_backward says of the state before is the next dstate.
#: You collect the gradients of the inputs from the last step to the first: mind the order.

# %% [markdown]
# The check begins with the cell of Unit 2 that adds up what it reads, $h_t = h_{t-1} + x_t$. Its backward step passes every
# gradient on as it is. So if each of four steps has the gradient 1, the first input must get 4: it has a part in all four.


# %% given="bptt-pass-on"
def pass_on(dstate, cache):
    """The backward step of a cell that adds up. In place of dW_x it notes its visits, in dW_h their number.

    The cache of step t is a row with a 1 at place t, so the sum of the notes says which steps got how much.
    """
    h = dstate.h
    return h, RNNState(h), RNNParams(cache * h[0], np.ones((1, 1)), h[0])


def weighted_states(a):
    """The weighted sum of all states that an RNN runs through, and of the last once more."""
    weights = RNNParams(a["W_x"], a["W_h"], a["b"])
    hs, last, _ = unroll(rnn_step, a["xs"], RNNState(a["h_0"]), weights)
    return float(np.sum(dhs * hs) + np.sum(arriving.h * last.h))


xs, dhs = rng.normal(size=(3, 6, 2)), rng.normal(size=(3, 6, 4))
first, arriving = RNNState(rng.normal(size=(3, 4))), RNNState(rng.normal(size=(3, 4)))
_, _, caches = unroll(rnn_step, xs, first, params)

# %% check="backpropagate"
ones, none, five = np.ones((1, 4, 1)), RNNState(np.zeros((1, 1))), RNNState(np.full((1, 1), 5.0))
steps = list(np.eye(4))
with expect_unchanged("backpropagate", dhs=ones, dstate=none, caches=steps):
    dxs, dfirst, dnotes = backpropagate(pass_on, ones, none, steps)
expect_kind("the gradients of the weights", dnotes, RNNParams)
expect_shape("adding up: dxs", dxs, (1, 4, 1))
expect_close("adding up: dh_0", dfirst.h, [[4.0]], "All four ones add up here: see (3.9).")
hint = "Which step's dx stands first? And dhs[:, t] comes in before the step back."
expect_close("adding up: dxs", dxs[0, :, 0], [4, 3, 2, 1], hint)
expect_close("adding up: all four steps heard", dnotes.W_h, [[4.0]], "See (3.10).")
dxs, _, _ = backpropagate(pass_on, 0 * ones, five, steps)
expect_close("a gradient of 5 after the end", dxs[0, :, 0], [5, 5, 5, 5], "dstate arrives once.")

_, _, short = unroll(rnn_step, np.array([[[1.0], [0.0]]]), none, small)
_, _, dsmall = backpropagate(rnn_step_backward, np.array([[[0.0], [1.0]]]), none, short)
by_hand = np.array([dsmall.W_x[0, 0], dsmall.W_h[0, 0]])
expect_close("by hand", by_hand, [0.182, 0.661], "Compare with the table.", tolerance=1e-3)

dxs, dfirst, dparams = backpropagate(rnn_step_backward, dhs, arriving, caches)
given = {"xs": xs, "h_0": first.h, **params._asdict()}
claimed = {"xs": dxs, "h_0": dfirst.h, **dparams._asdict()}
expect_agreement("six steps back", gradient_check(weighted_states, given, claimed), 1e-6)
print("All good")

# %% [markdown]
# ### Correction 2: what is rolled back?
#
# Lecture notes N0 describe it so: "BPTT rolls back the output to the previous time step and recalculates the error rate."
# **Does it?** We count how often the forward step and the backward step are called, and ask what a recalculated error could
# tell us. The task has one output, after the last of eight steps.

# %%
counts = {"forward steps": 0, "backward steps": 0}


def counted_step(*given):
    counts["forward steps"] += 1
    return rnn_step(*given)


def counted_step_backward(*given):
    counts["backward steps"] += 1
    return rnn_step_backward(*given)


story = rng.normal(size=(1, 8, 2))
at_the_end = np.zeros((1, 8, 4))
at_the_end[0, -1] = 1.0  # the loss reads the last state, and no other
_, _, path = unroll(counted_step, story, init_rnn_state(1, 4), params)
print("after the way forward:", counts)
dxs, _, _ = backpropagate(counted_step_backward, at_the_end, init_rnn_state(1, 4), path)
print("after the way back:   ", counts)
print("gradient of each input:", np.linalg.norm(dxs[0], axis=1).round(4))

# %% [markdown]
# **What to see.** On the way back no output is rolled back and no error is calculated again: not one forward step is
# taken. The error is known once, at the end, and nothing could be recalculated at steps 1 to 7, which have no output to be
# wrong. What travels back is a *derivative*: how much the one error would change if this state had been a little different.
# That is also what makes N0's second sentence come true, that the method "can identify which hidden state in the sequence is
# causing a significant error": see the next picture.
#
# ### Who had a part in what?
#
# Your backward step can answer for every pair: how strongly does the loss of step $t$ depend on the state of step $k$? For
# each $t$ send back the gradient of that loss alone, and note its length $|dL_t / dh_k|$ at every state that it passes.
# The network is fresh, its $W_h$ scaled so that the size of its largest eigenvalue (its *spectral radius*) is 0.5, 0.9 or 1.3; it
# reads small noise. **How far back does a loss reach?**

# %%
triangles = {}
for radius in (0.5, 0.9, 1.3):
    path, losses = run_with_radius(radius, 4, 30, 4, 32, np.random.default_rng(3))
    triangles[f"spectral radius {radius}"] = gradient_triangle(rnn_step_backward, losses, path)
draw_triangles(triangles)

# %% [markdown]
# **What to see.** Each row is one loss; go left from the diagonal to go back in time. Nothing stands above the diagonal: no
# loss depends on a later state. On the left picture about a thousandth of the gradient is left after ten steps, and then it has *vanished*:
# whatever went wrong earlier, nobody will ever tell the weights. On the right the gradient *grows* on its way into the past.
# (The colours are logarithmic: each shade is a factor.) The weights decide, by being multiplied in again at every step. How to
# live with that is Unit 4. Here it has two uses: the pictures show that what is far back may be cut off at little cost on the
# left, and at great cost on the right.
#
# ### Experiment 1: is everything right, at every size?
#
# The checks tried a size or two. Now your `gradient_check` takes all your gradients through five sizes, down to one sequence
# of one step with one unit, and three seeds. Stanford's course CS231n asks its students for errors of at most $10^{-8}$ for a
# step of an RNN and $10^{-6}$ for a sequence; we fixed the same as our band. (There the error is taken entry by entry, here against
# the greatest entry of the array, (3.5).) **Do yours stay below?**

# %% experiment="bptt-experiment-gradient-errors"
from rnncore.experiments.gradient_errors import measure_gradient_errors

gradient_errors = measure_gradient_errors(rnn_step_backward, backpropagate, gradient_check)
print(gradient_errors)
gradient_errors.figure()

# %% [markdown]
# **What to see.** Every dot is one gradient at one size and seed, every row one array; the dashed line is the threshold. All
# dots lie left of it, by more than a power of ten for a step and more than three for a sequence. That they are not zero is the fault of the differences, as
# you saw in section 3, and not of your derivation.
#
# ## 6. Not all the way back
#
# A text, a melody, a year of temperatures: many sequences have no end in sight. To go back to the beginning takes the
# caches of all steps in memory and ever more time. So one goes back only so far, and hopes that what lies further back would
# not have mattered. With two numbers (Williams and Peng 1990; the names are Sutskever's):
#
# - every $k_1$ steps a backward pass begins, which brings in the gradients `dhs` of these last $k_1$ steps;
# - it goes back $k_2$ steps, and there it stops.
#
# With $k_1 = 2$, $k_2 = 3$ and six steps, counted from 1:
#
# | pass | brings in the gradients of | goes back through |
# |---|---|---|
# | 1 | 1, 2 | 2, 1 |
# | 2 | 3, 4 | 4, 3, 2 |
# | 3 | 5, 6 | 6, 5, 4 |
#
# Look at pass 2: it visits step 2, but does not bring in its gradient again; pass 1 has done that.
#
# ### {{ exercise truncated-bptt }}
#
# Write `truncated_bptt` with your `backpropagate`: each pass is one call of it, with some of the caches and some of the
# gradients, and gives gradients of the weights, which add up. The last window may be shorter than $k_1$ (its pass goes back
# $k_2$ steps all the same), and `dstate` arrives after the last step of all, so it belongs to the last pass; the others
# get zeros for each of its parts, of which Unit 5's cell has two.

# %% exercise="truncated-bptt"
from rnncore.functional.learning import truncated_bptt  # exercise
#: Let a window run from begin to end, and its pass from start to end: start is end - k2, or 0.
#: Between start and begin the pass needs gradients too: zeros, since these steps had their turn.

# %% [markdown]
# The check uses the cell that passes every gradient on and notes its visits. For each loss by itself, `reach` lists the steps at
# which it arrives: a row for each loss, a column for each step. If a case is off, look at all of it:
# `print(reach(1, 2, 4)[0])`.


# %% given="bptt-reach"
def reach(k1, k2, T):
    """Which losses arrive at which steps, (T, T), and how many backward steps it takes."""
    rows = []
    for t in range(T):
        alone = np.eye(T)[t].reshape(1, T, 1)  # a gradient of 1 at step t, none elsewhere
        notes = truncated_bptt(pass_on, alone, RNNState(np.zeros((1, 1))), list(np.eye(T)), k1, k2)
        rows.append(notes.W_x)
    return np.array(rows), int(notes.W_h[0, 0])


# %% check="truncated-bptt"
at_end = truncated_bptt(pass_on, np.zeros((1, 3, 1)), five, list(np.eye(3)), 1, 2)
expect_kind("the gradients", at_end, RNNParams)
chunks = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]]
expect_close("k1 = k2 = 2, four steps", reach(2, 2, 4)[0], chunks, "Which caches are visited?")
band = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
hint = "Too much: a gradient came in again. Too little: a pass ended early, or is out of place."
expect_close("k1 = 1, k2 = 2", reach(1, 2, 4)[0], band, hint)
mixed = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 1, 1, 1]]
expect_close("k1 = 2, k2 = 3", reach(2, 3, 4)[0], mixed, hint)
rest = [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
hint = "The last window has one step; its pass goes back two all the same."
expect_close("k1 = k2 = 2, three steps", reach(2, 2, 3)[0], rest, hint)

expect_close("a gradient of 5 after the end", at_end.W_x, [0, 5, 5], "It belongs to the last pass.")
with expect_unchanged("truncated_bptt", dhs=dhs, dstate=arriving, caches=caches):
    cut = truncated_bptt(rnn_step_backward, dhs, arriving, caches, 2, 6)
_, _, whole = backpropagate(rnn_step_backward, dhs, arriving, caches)
for name in ("W_x", "W_h", "b"):
    expect_close(f"nothing cut: {name}", getattr(cut, name), getattr(whole, name), "k2 = T.")
print("All good")

# %% [markdown]
# **What do $k_1$ and $k_2$ do to the triangle, and what do they cost?** The picture runs your function for 24 steps. Move the
# sliders: where are you with $k_1 = k_2$? With $k_1 = 1$? What does the cost depend on?


# %% experiment="bptt-experiment-reach"
def draw_reach(k1, k2):
    T, k2 = 24, max(k1, k2)  # k2 below k1 would lose gradients
    arrived, visits = reach(k1, k2, T)
    share = arrived.sum() / (T * (T + 1) / 2)
    shown = np.where(np.tri(T) > 0, arrived, np.nan)
    with new_figure(size=(4.6, 4.4)) as (figure, axes):
        axes.imshow(shown, cmap=UNSIGNED, vmin=-0.4, vmax=1.2, extent=(0.5, T + 0.5, T + 0.5, 0.5))
        axes.set(xlabel="weights at step k", ylabel="loss of step t")
        axes.set_title(f"$k_1$ = {k1}, $k_2$ = {k2}: {share:.0%} arrives, {visits} steps back")
    return figure


live(draw_reach, k1=(1, 24, 1, 4), k2=(1, 24, 1, 8))

# %% experiment="bptt-experiment-reach-table"
print("  k1  k2   of all pairs (loss, earlier step)   backward steps for 24 forward")
for k1, k2 in ((24, 24), (8, 8), (4, 8), (1, 8), (1, 1)):
    arrived, visits = reach(k1, k2, 24)
    print(f"  {k1:2d}  {k2:2d}   {arrived.sum() / 300:27.0%}   {visits:20d}")

# %% [markdown]
# **What to see.** (The table says the same where no slider moves.) Bright is what arrives, dark is what is cut.
#
# - $k_1 = k_2$: the sequence falls into *chunks*. Cheap, one step back for each step forward; but the first loss of a chunk
#   sees nothing of the past, while the last sees all of the chunk. This is what most libraries mean by truncated BPTT.
# - $k_1 = 1$: a *band* of even width. Every loss reaches equally far, and each costs $k_2$ steps back.
# - Between the two a staircase: every loss reaches at least $k_2 - k_1 + 1$ steps, itself included.
#
# The cost is about $T k_2 / k_1$ steps back.
#
# ### Experiment 2: what the cut costs
#
# **How wrong is a gradient that stops after $k_2$ steps?** We compare it with the whole one, for two fresh networks with
# spectral radius 0.6 and 0.9 over 60 steps, $k_1 = 1$. If gradients fade by a factor a step, what is cut off should fade by that
# factor too. Aicher, Foti and Fox (2019) prove such a bound.

# %% experiment="bptt-experiment-truncation"
from rnncore.experiments.truncation import measure_truncation

truncation = measure_truncation(rnn_step_backward, backpropagate, truncated_bptt)
print(truncation)
truncation.figure()

# %% [markdown]
# **What to see.** Straight lines on a logarithmic scale: each further step multiplies the error by about the same factor. Where
# the network forgets fast, eight steps leave an error of one per cent; where it forgets slowly, twelve still leave about a tenth,
# and the seeds differ. Mind what this does *not* say. The bound holds where gradients vanish; for a network like the one on the right
# of the triangles, nothing is promised. And a network that is trained with a short cut is never told about what lies beyond it,
# so it has no reason to change its weights in order to reach further.
#
# ## 7. Your own gradients train a network
#
# Unit 2 ended with Elman's exclusive-or in time: two random bits, then their xor, and so on; the network must predict the
# next bit, and can do so only at every third. There torch found the gradients. Now they are all yours: loss, readout, steps and
# time. What remains is the rule that turns gradients into changes. We take Adam, in NumPy (Kingma and Ba 2014): it keeps
# running means of each gradient and of its square, and moves each weight by about the same small amount, in the direction of
# the first.


# %% experiment="bptt-experiment-adam"
def xor_gradients(weights, bits, k1, k2):
    """What each weight should do: five functions of yours in a row."""
    cell, out = weights
    empty, heard = init_rnn_state(len(bits), len(cell.b)), bits[:, :-1, None]
    wanted = bits[:, 1:].astype(int)
    hs, _, caches = unroll(rnn_step, heard, empty, cell)
    all_count = np.ones_like(wanted, dtype=bool)
    dscores = sequence_cross_entropy_backward(readout(hs, out), wanted, all_count)
    dhs, dout = readout_backward(dscores, hs, out)
    return truncated_bptt(rnn_step_backward, dhs, empty, caches, k1, k2), dout


def adam(weights, gradients, means, squares, step, rate=0.01):
    """One change of the weights, and the running means."""
    means = map_tree(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
    squares = map_tree(lambda v, g: 0.999 * v + 0.001 * g * g, squares, gradients)

    def moved(w, m, v):
        return w - rate * m / (1 - 0.9**step) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)

    return map_tree(moved, weights, means, squares), means, squares


# %% [markdown]
# And a question that Unit 2 left open. Elman's own gradients went back a *single step*: the context was copied, and treated as
# an input like any other. Ours went back through all of them. **How far back must the gradient go to learn the xor?** At the moment
# when the third bit must be predicted, the network reads the second; the first is one step further back. So $k_2 = 2$ is the
# least that could tell $W_x$ and $W_h$ what to keep of it. What do you expect of $k_2 = 1$?
#
# Eight units, 32 streams of 24 bits for each of 1,000 changes, three seeds; measured on 500 fresh streams of 48 bits. About
# half a minute.


# %% experiment="bptt-experiment-xor"
def streams(n, length, rng):
    return np.array([temporal_xor(length, rng) for _ in range(n)])


def train_xor(k1, k2, seed, changes=1000):
    """The loss at each position of fresh streams, (47,), after training."""
    rng = np.random.default_rng(seed)
    weights = (init_rnn_params(1, 8, rng), init_readout_params(8, 2, rng))
    means = squares = map_tree(zeros_like, weights)
    for step in range(1, changes + 1):
        gradients = xor_gradients(weights, streams(32, 24, rng), k1, k2)
        weights, means, squares = adam(weights, gradients, means, squares, step)
    bits = streams(500, 48, rng)
    hs, _, _ = unroll(rnn_step, bits[:, :-1, None], init_rnn_state(500, 8), weights[0])
    scores, wanted = readout(hs, weights[1]), bits[:, 1:].astype(int)
    counts = np.ones((500, 1), dtype=bool)
    at = [np.s_[:, [t]] for t in range(47)]
    return np.array([sequence_cross_entropy(scores[s], wanted[s], counts) for s in at])


reaches = {"k2 = 1": (1, 1), "k2 = 2": (1, 2), "all the way": (23, 23)}
costs = {name: np.array([train_xor(*k, seed) for seed in range(3)]) for name, k in reaches.items()}
for name, cost in costs.items():
    third, others = cost[:, 1::3].mean(axis=1), np.delete(cost, np.s_[1::3], axis=1).mean(axis=1)
    print(f"{name:12} every third bit {third.round(3)}   the others {others.round(3)}")
print(f"{'':12} a guess costs log 2 = {np.log(2):.3f}")

# %% [markdown]
# **What does the loss look like along the stream?**

# %% experiment="bptt-experiment-xor-figure"
plot_curves(
    range(2, 14),
    {name: cost[:, :12] for name, cost in costs.items()},
    xlabel="bit of the stream that is predicted",
    ylabel="loss / nats",
    title="Elman's xor, trained with your own gradients",
    lines={"a guess, log 2": np.log(2)},
)

# %% [markdown]
# **What to see.** With gradients that go all the way back, the loss falls to nearly nothing at bits 3, 6, 9 and 12, and stands
# at $\log 2$ elsewhere, where nothing can be known: the comb of Unit 2, made by your functions. $k_2 = 2$ does as well or nearly
# so, although no loss of it reaches further than to the step before. $k_2 = 1$ gets only part of it, and at the random bits it pays *more* than a guess: it is
# sure of itself where it has no right to be.
#
# That $k_2 = 1$ learns anything may surprise you. Its gradient never says "keep this bit for later". But a random $W_h$ keeps some
# echo of the last bit anyway, and the readout and the last step can learn to use what happens to be there. Elman's network had
# no more than that, and 1.8 million bits. More patience did not settle it here: after `changes=10_000` the third bits of the three
# seeds cost 0.04, 0.30 and 0.35 when this was written; one network found a way, and the others got worse. What the cut takes away
# is not the memory but the *teaching* of memory.
#
# ## 8. In your own words
#
# ### {{ exercise bptt-question }}
#
# On the way back through time gradients are added in two places, and in truncated backpropagation some are left out. Say in six
# to ten sentences
#
# 1. where two gradients of the *same state* are added, and why a sum is right there;
# 2. why the gradients of the *weights* are summed over the steps, when the steps happen at different times;
# 3. what truncation with $k_1 = 1$ leaves out, when that does little harm and when it does much. Use a number from experiment 2
#    and one from the training in section 7.

# %% [markdown] question="bptt-question" heading="Adding up, and cutting off" points=3
# ### BEGIN SOLUTION
# **A good answer.** The state $h_t$ has two ways to the loss: through the output of its own step, and through the state of
# the next step, on which all later losses depend. If $h_t$ moves a little, the loss changes along both ways, and small changes
# add up; so $dh_t$ is the sum of `dhs[:, t]` and what comes back from step $t + 1$. The weights are the same numbers at every
# step. To move $W_h$ a little moves it at all steps at once, and the changes of the loss that this causes at the single steps add
# up. (One may think of $T$ copies of the weights, each with a gradient of its own, which are then tied together.) With $k_1 = 1$
# each loss stops its way back after $k_2$ steps, so whatever a step further back did to this loss is left out. That does little
# harm where gradients fade fast: in experiment 2, at a spectral radius of 0.6, eight steps left an error of about one per cent of
# the gradient; at 0.9 they left about a fifth. It does much harm where the task asks the network to keep something for longer
# than $k_2$, because nothing tells the weights to keep it: in section 7, with $k_2 = 1$ the loss at every third bit was still
# about 0.2 nats, with $k_2 = 2$ about 0.01.
#
# **Rubric.** One point each: (1) two ways from $h_t$ to the loss, changes along both add; (2) the same weights are used at every
# step, so one change acts at all of them (half a point for "because they are shared" alone); (3) what is left out is the
# influence on losses more than $k_2$ steps later; harmless where gradients vanish or the task is short, harmful where memory must be
# learned over more than $k_2$ steps; two numbers, used rightly (half a point without numbers).
# ### END SOLUTION

# %% [markdown]
# ## Look back
#
# - The loss of a sequence is **one number**, a mean over the steps that count, without a stray $t$. Its gradient at the scores is
#   what was said less what should have been said.
# - **A gradient check needs no derivation**: two runs of the network for each weight, from both sides, at
#   $\varepsilon \approx 10^{-5}$. Check everything once, on small sizes that differ.
# - **Going back, each link asks the same question.** A product passes gradients on through the transpose, the tanh through its slope,
#   $1 - h^2$; what the slope needs was left in the cache.
# - **Through time two gradients meet in each state**, and what the steps say about shared weights adds up. Nothing is rolled
#   back or calculated again.
# - **Truncation** is a bargain over memory and time, and what it costs depends on how fast gradients fade.
#
# You saw on the triangles that they may fade within ten steps, or grow without end. Why, by what factor, and what can be done
# about it is the subject of **Unit 4**. And `backpropagate` will see the LSTM of Unit 5 through without a change.
#
# ## References
#
# - D. E. Rumelhart, G. E. Hinton and R. J. Williams, *Learning representations by back-propagating errors*, Nature 323 (1986),
#   533-536. [doi:10.1038/323533a0](https://doi.org/10.1038/323533a0).
# - P. J. Werbos, *Backpropagation through time: what it does and how to do it*, Proceedings of the IEEE 78 (1990), 1550-1560.
#   [doi:10.1109/5.58337](https://doi.org/10.1109/5.58337).
# - R. J. Williams and J. Peng, *An Efficient Gradient-Based Algorithm for On-Line Training of Recurrent Network Trajectories*,
#   Neural Computation 2 (1990), 490-501. [doi:10.1162/neco.1990.2.4.490](https://doi.org/10.1162/neco.1990.2.4.490). Where
#   truncation comes from.
# - I. Sutskever, *Training Recurrent Neural Networks*, PhD thesis, University of Toronto (2013). The names $k_1$ and $k_2$.
# - C. Aicher, N. J. Foti and E. B. Fox, *Adaptively Truncating Backpropagation Through Time to Control Gradient Bias* (2019).
#   [arXiv:1905.07473](https://arxiv.org/abs/1905.07473).
# - J. L. Elman, *Finding Structure in Time*, Cognitive Science 14 (1990), 179-211.
#   [doi:10.1207/s15516709cog1402_1](https://doi.org/10.1207/s15516709cog1402_1).
# - D. P. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization* (2014).
#   [arXiv:1412.6980](https://arxiv.org/abs/1412.6980).
# - *CS231n: Convolutional Neural Networks for Visual Recognition*, Stanford, notes on
#   [gradient checks](https://cs231n.github.io/neural-networks-3/).
# - I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning* (2016), chapters 6.5 and 10.2. The textbook.
# - Lecture notes N0 (backpropagation through time) and N4 (losses).
