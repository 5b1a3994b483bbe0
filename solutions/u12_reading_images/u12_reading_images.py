# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 12. Reading images: from pixels to text
#
# > *Wheer dose one lettr end adn teh nxet beign?*
#
# You read that, and at no point did you cut it into letters. Somebody's handwriting you read in the same way, and you
# understand speech though there are no gaps between its words. Whoever trains a network on such data has a problem: the
# sound is there, and what was said is there, but nobody has noted *when* each letter was said. For a long time people
# sat down and marked it by hand, millisecond by millisecond.
#
# In 2006 Alex Graves and others found a loss that needs no marks: *connectionist temporal classification*, CTC. It
# tries all possible ways to lay the letters over the steps, and there are millions of ways, and takes no longer than
# one walk along the sequence. In this lab you build it. Then a network reads strips of real handwritten digits that you
# give it as pixels, and writes down telephone numbers from their sound. At the end the way is turned round: a network
# sees one picture and writes a sentence.
#
# **At the end of this unit you can**
#
# - make a sequence of an image or a film, so that a recurrent network can read it;
# - write CTC by hand: what a path means, the lattice, the loss, and the search for the likeliest labels, each checked
#   against all paths one by one;
# - say what a network does before it learns to read (it says nothing at all) and why its answers are spikes;
# - let a network describe a picture, and show that it looks;
# - say which questions about a film a single picture cannot answer.
#
# **You need** Unit 7 (bidirectional networks), embeddings (Unit 8), decoders and beam search (Units 9 and 10), and the
# LSTM and GRU as layers. From Unit 11 you know a network that answers with numbers; here it answers with text again.
#
# **Time** two and a half to three hours. **Points** {{ points }}:
#
# {{ exercises }}
#
# **How to work** As before: write the function, run the check; if it ends with `All good`, go on. A check stops with
# `NotImplementedError` if an exercise that it calls is open; grading takes right versions of the earlier ones.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made; where they go wrong,
# a *Correction* tries it out.
#
# **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers in an input, $H$ units,
# $K$ classes. New is that a picture has a height and a width; we call them $H'$ and $W'$, and $C$ its channels (one for
# grey, three for colour) or *maps*. $L$ is the number of labels in a row.

# %% given="images-setup"
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import numpy as np
import torch
from array_api_compat import device
from jaxtyping import Int

from rnncore.functional.base import Array, Float, array_namespace, concat, log_softmax
from rnncore.functional.base import log_sum_exp, require_kind, require_shape, stack
from rnncore.functional.cells import RNNState, gru_step, init_gru_params, init_lstm_params
from rnncore.functional.cells import LSTMState, lstm_step
from rnncore.functional.decoding import BLANK, CaptionParams, CTCLattice, caption_start
from rnncore.functional.decoding import ctc_places, greedy_decode
from rnncore.functional.sequence import Lengths, ReadoutParams, Step, embedding_forward
from rnncore.functional.sequence import length_mask, readout
from rnncore.lab.checks import expect_close, expect_equal, expect_shape, expect_unchanged
from rnncore.lab.checks import on_torch
from rnncore.lab.live import live
from rnncore.lab.plots import plot_curves
from rnncore.lab.plots.ctc_lattice import plot_ctc_lattice, plot_ctc_walks
from rnncore.lab.plots.style import new_figure
from rnncore.tasks.digit_strips import digit_strips
from rnncore.tasks.handwritten_digits import handwritten_digits

# %% [markdown]
# Of these your code needs a few:
#
# | tool | does | exercise |
# |---|---|---|
# | `array_namespace(a)` | the library of `a`, NumPy or torch, say `xp`; then `xp.permute_dims(a, axes)`, `xp.reshape(a, shape)` | {{ number conv-to-sequence }}, {{ number ctc-forward }}, {{ number video-features }} |
# | `ctc_places(targets, target_lengths, K)` | the labels with blanks between them (section 4), $(B, 2L + 1)$ | {{ number ctc-forward }} |
# | `log_sum_exp(a)` | from logarithms to the logarithm of their sum, along the last axis | {{ number ctc-forward }} |
# | `length_mask(lengths, like)` | $(B, T)$, true at the steps that count | {{ number ctc-forward }} |
# | `np.logaddexp(a, b)` | $\log(e^a + e^b)$ of two numbers; either may be $-\infty$ | {{ number ctc-beam }} |
# | `embedding_forward(ids, W_e)`, `readout(h, params)` | word vectors (Unit 8), scores (Unit 2) | {{ number caption-step }} |
#
# ## 1. A picture is a sequence of columns
#
# The pictures of this lab are made of the 1,797 handwritten digits that come with scikit-learn: 13 people wrote them on
# a form, and a scan was shrunk to 8 pixels by 8. We set three to six of them side by side, some a pixel higher, some
# touching each other. The answer that goes with a strip is a text and nothing more.

# %%
known, unseen = handwritten_digits(np.random.default_rng(0))
strips = digit_strips(4, known, np.random.default_rng(2))
with new_figure(2, 2, size=(7.0, 2.0)) as (figure, panels):
    for k, axes in enumerate(panels.flat):
        axes.imshow(strips.images[k, 0, :, : strips.widths[k]], cmap="gray_r")
        text = "".join(str(n - 1) for n in strips.labels[k, : strips.label_lengths[k]])
        axes.set_title(f"{strips.widths[k]} columns, answer {text}", fontsize=9)
        axes.axis("off")
figure

# %% [markdown]
# A network for pictures looks through a small window, its **filter** or *kernel*, at every place in turn. With a filter
# $k_c$ of 3 by 3 weights, the **convolution** of a picture $x$ is
#
# $$m_c(i, j) = \max\Big(0,\; b_c + \sum_{u=-1}^{1} \sum_{v=-1}^{1} k_c(u, v)\, x(i + u, j + v)\Big) \tag{12.1}$$
#
# The same weights are used everywhere, as in a recurrent network the same weights are used at every step. What comes
# out is a picture again, a **feature map**, bright where the window saw what its filter looks for. Then *pooling* keeps
# the greatest of every 2 by 2 numbers, so that the map gets smaller and cares less where exactly something was.
#
# **What does a filter see?** Here are two that were set by hand; a network learns its own.

# %%
filters = torch.tensor(
    [[[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]], [[-1, -1, -1], [0, 0, 0], [1.0, 1, 1]]]
)[:, None]
picture = torch.tensor(strips.images[:1, :, :, : strips.widths[0]], dtype=torch.float32)
maps = torch.relu(torch.nn.functional.conv2d(picture, filters, padding=1))
shown = {"the strip": picture[0, 0], "darker to the right": maps[0, 0], "darker below": maps[0, 1]}
with new_figure(3, 1, size=(6.0, 3.4)) as (figure, panels):
    for axes, (name, image) in zip(panels, shown.items(), strict=True):
        axes.imshow(image, cmap="gray_r", aspect="auto")
        axes.axvspan(9.5, 10.5, color="#d55e00", alpha=0.4)
        axes.set(ylabel="row", title=name)
    panels[-1].set_xlabel("column")
figure

# %% [markdown]
# **What to see.** The first filter answers to left edges of strokes, the second to upper edges. And look at the
# coloured line: a column cuts through the strip and through both maps. What stands on this line in all maps is what the
# convolutions know about this place, and they have looked a little to the left and right as well. Text runs from left
# to right, so these columns, one after the other, are a sequence.
#
# N0 set convolutional and recurrent networks against each other: one for "spatial data", one for what is
# "interdependent in a sequential pattern". A line of writing is both. Convolutions see the stroke, whatever its place;
# the recurrent layer reads the strokes in their order. Shi, Bai and Yao (2015) called the two together a **CRNN**.
#
# $$x_t = \big(m_1(1, t), \dots, m_1(H', t),\; m_2(1, t), \dots, m_2(H', t),\; \dots,\; m_C(H', t)\big), \qquad t = 1 \dots W' \tag{12.2}$$
#
# ### {{ exercise conv-to-sequence }}
#
# Write (12.2) for a batch. It is a matter of axes. `reshape` alone gives an array of the right shape and the wrong
# contents: it never moves a number.

# %% exercise="conv-to-sequence"
from rnncore.functional.sequence import conv_to_sequence  # exercise
#: The axes are (images, maps, rows, columns). The columns are to be the steps: which order is that?

# %% check="conv-to-sequence"
small = np.arange(12).reshape(1, 2, 2, 3)  # map 1 is 0 1 2 / 3 4 5, map 2 is 6 7 8 / 9 10 11
with expect_unchanged("conv_to_sequence", maps=small):
    columns = conv_to_sequence(small)
expect_shape("three columns of two maps with two rows", columns, (1, 3, 4))
expect_equal("step 1", columns[0, 0].tolist(), [0, 3, 6, 9], "Column 1 of map 1, then of map 2.")
expect_equal("step 3", columns[0, 2].tolist(), [2, 5, 8, 11], "The last column.")
several = np.random.default_rng(0).normal(size=(3, 2, 4, 5))
columns = conv_to_sequence(several)
expect_close("image 2, step 4, map 2", columns[1, 3, 4:], several[1, 1, :, 3])
expect_shape("one column", conv_to_sequence(several[..., :1]), (3, 1, 8))
expect_shape("torch", conv_to_sequence(torch.tensor(several)), (3, 5, 8))
print("All good")

# %% [markdown]
# ## 2. More steps than letters
#
# A strip with six digits is some 55 pixels wide, and pooling leaves half as many columns. The network gives an answer
# in each of them (synchronous many-to-many, Unit 2), but what *is* the right answer of column 17? Perhaps it lies in
# the middle of a 3, perhaps between two digits. Graves and others add one class, the **blank**, which means "nothing
# new here". We write it `-`; it is class 0. A sequence of classes, one for each step, is a **path**. What it says is
# found in two moves:
#
# ```text
#   path                 -  2  2  -  2  7  7  7  -
#   merge what repeats   -  2     -  2  7        -
#   drop the blanks         2        2  7              says 227
# ```
#
# The order matters. Merged first, a blank can keep two equal digits apart. Were the blanks dropped first, no path could
# ever say 22, or *hello*.
#
# ### {{ exercise ctc-collapse }}
#
# Write `ctc_collapse`. A path may come as a list or as a row of an array; give back a list of whole numbers.

# %% exercise="ctc-collapse"
from rnncore.functional.decoding import ctc_collapse  # exercise
#: A step writes a label if it is no blank, and not what the step before it was.

# %% check="ctc-collapse"
says = ctc_collapse([0, 2, 2, 0, 2, 7, 7, 7, 0])
expect_equal("the path above", says, [2, 2, 7], "Merge first, then drop.")
dtype = np.asarray(says).dtype
assert dtype.kind in "iu", f"labels should be integers; got {dtype}"
expect_equal("no blank, no repeat", ctc_collapse([3, 1, 2]), [3, 1, 2])
expect_equal("two different labels need no blank", ctc_collapse([1, 1, 2, 2]), [1, 2])
expect_equal("nothing is said", ctc_collapse([0, 0, 0]), [])
path = [5, 0, 5, 5]
with expect_unchanged("ctc_collapse", path=path):
    twice = ctc_collapse(path)
expect_equal("a blank keeps equal labels apart", twice, [5, 5])
expect_equal("a row of an array", ctc_collapse(np.array([0, 4, 4])), [4], "A list is wanted.")
print("All good")

# %% [markdown]
# ## 3. All paths at once
#
# The network gives probabilities $p_t(k)$ to the $K$ classes at each step. A path's probability is their product, and
# labels are said by *every* path that collapses to them:
#
# $$P(\text{labels}) = \sum_{\text{paths that say them}} \;\prod_{t=1}^{T} p_t(\text{path}_t) \tag{12.3}$$
#
# Nobody has to say which path is the right one. All are, and the loss will be $-\log P$.
#
# **By hand.** There are two steps and the classes `-` and `a`, with $p_1 = (0.4, 0.6)$ and $p_2 = (0.5, 0.5)$. What is
# $P(\text{a})$? And with $p_1 = p_2 = (0.6, 0.4)$: which path is the likeliest, and which labels?
#
# <details><summary>Answer</summary>
# Three of the four paths say a: aa 0.3, a- 0.3, -a 0.2, together 0.8. In the second case the likeliest path is --, with
# 0.36, which says nothing. But aa 0.16, a- 0.24 and -a 0.24 make 0.64 for a: the likeliest labels are not what the
# likeliest path says. Section 6 comes back to this.
# </details>
#
# On such a small scale all paths can be tried. This is our witness for the rest of the unit, with your `ctc_collapse`:


# %% given="images-all-paths"
def all_paths(log_probs, collapse):
    """The probability of everything that can be said, path by path."""
    says = defaultdict(float)
    for path in product(range(log_probs.shape[1]), repeat=len(log_probs)):
        p = math.exp(sum(log_probs[t, k] for t, k in enumerate(path)))
        says[tuple(collapse(path))] += p
    return says


# %%
tiny = log_softmax(np.random.default_rng(4).normal(size=(4, 3)))
says = all_paths(tiny, ctc_collapse)
print(f"{3**4} paths over 4 steps and 3 classes say {len(says)} different things:")
for labels, p in sorted(says.items(), key=lambda item: -item[1])[:5]:
    print(f"  {''.join('-ab'[k] for k in labels) or '(nothing)':<10} {p:.3f}")
print(f"together {sum(says.values()):.3f}")

# %% [markdown]
# For a strip of 27 steps and 11 classes there are $11^{27}$ paths, a number of 29 digits. So it has to be done better.
#
# ## 4. The lattice
#
# Lay out what a path that says `ab` may pass, with a place for the blank before, between and after the labels. For $L$
# labels there are $2L + 1$ **places**, and a path is a walk from the top left to the bottom right. From one step to the
# next it stays where it is, goes on by one place, or by two, from a label to a *different* label.

# %%
plot_ctc_walks("ab", T=5)

# %% [markdown]
# **What to see.** Each walk along the lines from the left to the right is a path of five classes that says `ab`, such as
# `-aabb` or `ab---`. The small dots lie on none. (Draw `aa`: which lines go, and why?)
#
# Walks that meet at the same place at the same step have the same future. So there is no need to tell them apart: it is
# enough to know the sum of their probabilities, $\alpha_t(s)$, and to carry it on from step to step. It begins with
#
# $$\alpha_1(s) = p_1(\text{place } s) \;\text{ for the first two places}, \qquad \alpha_1(s) = 0 \;\text{ for all others} \tag{12.4}$$
#
# and goes on with the three ways to come to a place,
#
# $$\alpha_t(s) = p_t(\text{place } s)\, \big[\alpha_{t-1}(s) + \alpha_{t-1}(s - 1) + \text{jump}(s)\, \alpha_{t-1}(s - 2)\big] \tag{12.5}$$
#
# where $\text{jump}(s)$ is 1 if place $s$ is a label and another one than that of place $s - 2$; else 0. Between equal
# labels the blank may not be skipped: it is all that keeps them apart. At the end all labels have to be written, so a
# walk ends at the last label or at the last blank:
#
# $$P(\text{labels}) = \alpha_T(2L) + \alpha_T(2L + 1) \tag{12.6}$$
#
# If the strip says six digits, $11^{27}$ paths have become $27 \times 13$ sums of at most three numbers. It is called
# the **forward algorithm**. As in Unit 9, products of many probabilities are rounded to 0, so everything is done with
# logarithms: a product is a sum, a sum is `log_sum_exp`, and 0 is $-\infty$.
#
# **By hand.** Label `a`, $p_1 = (0.4, 0.6)$, $p_2 = (0.5, 0.5)$ as above. Fill in the six alphas.
#
# <details><summary>Answer</summary>
# Step 1: 0.4, 0.6, 0. Step 2: 0.5 · 0.4 = 0.2; 0.5 · (0.6 + 0.4) = 0.5; 0.5 · 0.6 = 0.3 (a blank cannot be jumped to).
# P = 0.5 + 0.3 = 0.8, as all paths together gave.
# </details>
#
# ### {{ exercise ctc-forward }}
#
# Write `ctc_forward` for a batch of padded rows. `ctc_places` gives you the class of each place. Rows end at different
# steps, and have different numbers of labels: $\alpha$ stays as it is after a row's last step, and (12.6) looks at the
# row's own last two places.
#
# *If you are stuck:* write it for one row with two loops, over steps and over places, and loop over the batch. Work
# with lists of arrays that `stack` joins at the end, so that it runs on torch tensors too: your function will train a
# network.

# %% exercise="ctc-forward"
from rnncore.functional.decoding import ctc_forward  # exercise
#: places (B, 2L+1); emitted[b, t, s]: log p of place s at step t; which places may be jumped to?
#: At each step three shifted copies of the last alphas, with -inf where there is no way; log_sum_exp.
#: Last: in row b the places 2 * target_lengths[b] and the one before it, counted from 0.

# %% check="ctc-forward"
two_steps = np.log([[[0.4, 0.6], [0.5, 0.5]]])
lattice = ctc_forward(two_steps, np.array([[1]]), [2], [1])
by_hand = [[[0.4, 0.6, 0.0], [0.2, 0.5, 0.3]]]
expect_close("by hand: the alphas", np.exp(lattice.log_alphas), by_hand, "See (12.4), (12.5).")
expect_close("by hand: P", np.exp(lattice.log_likelihood), [0.8], "See (12.6).")

rng = np.random.default_rng(0)
log_probs = log_softmax(rng.normal(size=(3, 5, 3)))
targets, counts = np.array([[1, 2], [2, 2], [1, 99]]), [2, 2, 1]  # padded with anything
with expect_unchanged("ctc_forward", log_probs=log_probs, targets=targets):
    lattice = ctc_forward(log_probs, targets, [5, 5, 3], counts)
expect_shape("the alphas", lattice.log_alphas, (3, 5, 5))
rows = (log_probs[0], (1, 2)), (log_probs[1], (2, 2)), (log_probs[2, :3], (1,))
P = [all_paths(row, ctc_collapse)[labels] for row, labels in rows]
names = "12, all paths", "22: a blank between equal labels", "a row of 3 steps and 1 label"
for got, name, want in zip(np.exp(lattice.log_likelihood), names, P, strict=True):
    expect_close(name, float(got), want, "Which walks are missing, or too many?")
never = ctc_forward(log_probs[:1, :2], np.array([[1, 1]]), [2], [2]).log_likelihood
expect_equal("11 in two steps cannot be", float(never[0]), -math.inf)
long = np.full((1, 900, 2), math.log(0.25))
expect_close(
    "900 steps: no underflow", ctc_forward(long, np.zeros((1, 0), int), [900], [0]).log_likelihood,
    [900 * math.log(0.25)], "Stay in the logarithms.",
)  # fmt: skip
tensors = on_torch(ctc_forward, log_probs, targets, [5, 5, 3], counts)
expect_close("torch", tensors.log_likelihood, lattice.log_likelihood)
print("All good")

# %% [markdown]
# Your lattice can count, too. If every class at every step "has the probability 1", (12.3) is the number of paths.

# %%
strip_steps, labels = 27, np.array([[2, 6, 9, 1, 7, 3]])
paths = ctc_forward(np.zeros((1, strip_steps, 11)), labels, [strip_steps], [6]).log_likelihood
print(f"{math.exp(float(paths[0])):,.0f} paths over 27 steps say 269173's six digits")
for width in (6, 7, 10):
    ways = ctc_forward(np.zeros((1, width, 11)), labels, [width], [6]).log_likelihood
    print(f"  over {width} steps: {math.exp(float(ways[0])):,.0f}")

# %% [markdown]
# ### {{ exercise ctc-loss }}
#
# The loss of a row is its surprise,
#
# $$\text{loss} = -\log P(\text{labels}) \tag{12.7}$$
#
# Write it with your `ctc_forward`. Each row keeps its own loss; where the labels do not fit into the steps it is
# $\infty$, and that is a fault in the data (pictures that are too narrow) which you want to notice.

# %% exercise="ctc-loss"
from rnncore.functional.decoding import ctc_loss  # exercise
#: One line.

# %% [markdown]
# Here the witness is torch, which has this loss as `torch.nn.functional.ctc_loss`, with time on the first axis.

# %% check="ctc-loss"
rng = np.random.default_rng(1)
log_probs = log_softmax(rng.normal(size=(3, 9, 4)))
targets, lengths, counts = rng.integers(1, 4, size=(3, 3)), [9, 7, 2], [3, 2, 1]
with expect_unchanged("ctc_loss", log_probs=log_probs, targets=targets):
    losses = ctc_loss(log_probs, targets, lengths, counts)
theirs = torch.nn.functional.ctc_loss(
    torch.tensor(log_probs).transpose(0, 1), torch.tensor(targets), torch.tensor(lengths),
    torch.tensor(counts), reduction="none",
)  # fmt: skip
expect_shape("a loss for each row", losses, (3,))
expect_close("against torch", losses, theirs, "-log P, in nats.")
short = ctc_loss(log_probs[:1, :2], np.array([[1, 1]]), [2], [2])
expect_equal("labels that do not fit", float(short[0]), math.inf, "What cannot be costs ∞.")
print("All good")

# %% [markdown]
# ### What does it ask of the network?
#
# Let $\gamma_t(s)$ be the share of $P$ that passes place $s$ at step $t$. The gradient with respect to the scores
# before the softmax is what the network says, minus what the paths that are right say on average:
#
# $$\frac{\partial\, \text{loss}}{\partial\, \text{score}_t(k)} = p_t(k) - \sum_{s:\ \text{place } s \text{ is } k} \gamma_t(s) \tag{12.8}$$
#
# So the target of each step is made by the network itself. **What does a network that knows nothing ask of itself?** We
# take a strip of 27 steps, all 11 classes equally likely, and draw $\gamma$: how likely it is that a path which says
# 269173 is at this place at this step.

# %%
knows_nothing = np.log(np.full((27, 11), 1 / 11))
names = {k: str(k - 1) for k in range(1, 11)}
figure = plot_ctc_lattice(ctc_forward, knows_nothing, [3, 7, 10, 2, 8, 4], names)
figure.suptitle("A network that knows nothing: where might each digit be?")
figure

# %%
scores = torch.zeros((1, 27, 11), dtype=torch.float64, requires_grad=True)
loss = ctc_loss(log_softmax(scores), torch.tensor([[3, 7, 10, 2, 8, 4]]), [27], [6])[0]
loss.backward()
wanted = 1 / 11 - scores.grad[0].numpy()  # (12.8): what the paths that are right say
print(f"its loss is {loss.item():.1f} nats; at step 14, by (12.8), it should say")
print("  blank", f"{wanted[13, 0]:.2f},", *(f"{k - 1}: {wanted[13, k]:.2f}" for k in range(1, 11)))

# %% [markdown]
# **What to see.** The digits lie in a broad diagonal band: the first is more likely early, the last late, and no step
# is sure of anything. Of all classes the blank is asked for most, in step 14 by 0.39, since every second place is one.
# And it is asked for in *every* strip and at every step, while the 1 and the 9, by 0.24 each, are asked for here because
# this strip says 269173; another strip asks for others. A network that does not look at the strip yet can learn one
# thing from all of this. Which?
#
# ## 5. Experiment 1: a network learns to read
#
# Two convolutions (32 and 64 maps), a bidirectional LSTM of 64 units for each direction, a readout to 11 classes, and
# CTC. It is trained for 1,000 steps on 16 new strips each, made of 1,437 digits, and reads 300 strips made of 360
# digits that it has never seen. A strip counts if all its digits are right. Your `conv_to_sequence` stands between
# convolutions and LSTM, your `ctc_collapse` reads off its answers; about 20 seconds. (The loss is torch's, which is
# yours in a compiled form.) Three seeds were recorded, by `python -m rnncore.experiments digit_strips`.

# %% experiment="images-experiment-strips"
from rnncore.experiments.digit_strips import measure_digit_strips
from rnncore.experiments.recorded import DIGIT_STRIPS

looks_at = (0, 50, 100, 125, 150, 175, 200, 250, 300, 400, 600, 999)
reading = measure_digit_strips(conv_to_sequence, ctc_collapse, seeds=(0,), looks_at=looks_at)
print(f"here: {reading.scores[0, 0]:.3f} of the strips without a mistake\n\nas recorded:")
print(DIGIT_STRIPS)
reading.examples()

# %% [markdown]
# **What to see.** More than nine strips in ten are read without a single mistake, though nobody ever told the network
# where a digit stands, how wide it is, or how many there are. The wrong ones, at the bottom, you might have got wrong
# yourself: 8 pixels by 8 are few.
#
# **How did it come to that?** The loss of each training step:

# %% experiment="images-experiment-plateau"
smooth = reading.losses.reshape(len(reading.losses), -1, 10).mean(axis=2)
figure = plot_curves(
    range(5, 1000, 10),
    {"digits": smooth},
    xlabel="training step",
    ylabel="loss / nats for a strip",
    title="First nothing, then everything",
)
blank_only = [f"{int(step)}: “{one.read}”" for step, one in reading.looks]
print(f"a strip that says {reading.looks[0][1].truth}, read before training step ...")
print("   ".join(blank_only))
figure

# %% [markdown]
# **What to see.** Within the first steps the loss falls from 36 (the curve shows means of ten steps) to about 12 nats,
# and there it stays, for more than a hundred steps. This is the **plateau**: the network says nothing at all, for every
# strip. It has learned the one thing that the picture of section 4 asks for in every step: more blanks. Then, within
# some fifty steps, it learns to read. Everybody who trains with CTC for the first time stops at the plateau and looks
# for the fault. Wait, before you do; and if you want to know early whether anything will come of it, train on short
# strips first.
#
# **What happens at its end?** Move the slider: the probabilities of the classes along one strip of the test, and the
# lattice below, before the training steps 0, 50, 100, 125 ... 999.

# %% experiment="images-experiment-live-lattice"


def draw_look(look):
    """The network's answers to one strip, before one of its training steps."""
    step, one = reading.looks[look]
    figure = plot_ctc_lattice(ctc_forward, one.log_probs, [int(d) + 1 for d in one.truth], names)
    figure.suptitle(f"Before training step {step} it reads “{one.read}”, true is {one.truth}")
    return figure


live(draw_look, look=(0, len(reading.looks) - 1, 1, len(reading.looks) - 1))

# %% [markdown]
# **What to see.** In the picture that stands here without a kernel the network is trained: blank nearly everywhere, and
# for each digit one short **spike**, one or two steps wide, in which it says the digit with a probability near 1. The
# path in the lattice is a staircase. Go back: at looks 1 and 2 the blank lies above everything, and the lattice is the
# broad band of section 4. Between 3 and 6 the spikes rise, first those that are easy to tell. It is a feedback: where a
# digit is a little likelier, more of $\gamma$ passes, so (12.8) asks for more of it there, and for less elsewhere. So
# CTC decides for *one* step, and the blank takes the rest. Where in the digit the spike stands means little; these
# networks are good at *what* and not at *when*.
#
# ## 6. The likeliest labels
#
# So far we took the likeliest class at each step: the **best path**. By hand you saw that it need not say the likeliest
# labels, whose probability is a sum over paths. To find these, search as in Unit 9, but over what is *said*: keep
# `width` beginnings of labels (*prefixes*), and for each of them not one probability but two,
#
# $$
# \begin{aligned}
# P_b(y) &= \text{probability of the paths so far that say } y \text{ and end in a blank} \\
# P_l(y) &= \text{probability of those that say } y \text{ and end in its last label}
# \end{aligned}
# \tag{12.9}
# $$
#
# Why two? Because the same class means two things. After `..a` another `a` says nothing new; after `..a-` it says a
# second `a`. With both at hand, each step sends what a prefix $y$ has to the prefixes of the next step:
#
# | the step says | and $y$ | goes to | from |
# |---|---|---|---|
# | blank | any | $P_b(y)$ | $P_b(y) + P_l(y)$ |
# | label $k$ | does not end in $k$ | $P_l(y\,k)$ | $P_b(y) + P_l(y)$ |
# | label $k$ | ends in $k$ | $P_l(y)$ | $P_l(y)$ |
# | label $k$ | ends in $k$ | $P_l(y\,k)$ | $P_b(y)$ |
#
# each times the probability of the class at this step. What comes to a prefix by several ways is added up. Then the
# `width` prefixes with the greatest $P_b + P_l$ go on.
#
# **By hand.** $p_1 = p_2 = (0.6, 0.4)$ again. What are $P_b$ and $P_l$ of the prefixes after each step?
#
# <details><summary>Answer</summary>
# Step 1: nothing 0.6 and 0; a 0 and 0.4. Step 2: nothing 0.36 and 0; a has the blank after a, 0.4 · 0.6 = 0.24, and, in
# its label, a after nothing, 0.6 · 0.4 = 0.24, and a going on, 0.4 · 0.4 = 0.16: together 0.64. And aa? It would need
# P_b(a) of step 1, which is 0.
# </details>
#
# ### {{ exercise ctc-beam }}
#
# Write `ctc_beam` for one sequence. A dictionary from prefixes (tuples) to pairs of logarithms does it; probability 0
# is `-math.inf`, and `np.logaddexp` adds. Unlike the beam search of Unit 9, different beginnings can meet again here:
# that is why `grown` of the scaffold adds up. Labels whose probability is 0 in the end are no result: leave them out.

# %% exercise="ctc-beam"
from rnncore.functional.decoding import ctc_beam  # exercise
#: At first one prefix, (), with P_b = 1 and P_l = 0. For each step a new dictionary:
#: grown = defaultdict(lambda: [-math.inf, -math.inf]), filled row by row of the table.

# %% check="ctc-beam"
unsure = np.log([[0.6, 0.4], [0.6, 0.4]])
found = ctc_beam(unsure, 10)
expect_equal("by hand: what can be said", [y for y, _ in found], [[1], []], "Most likely first.")
expect_close("by hand: P", np.exp([p for _, p in found]), [0.64, 0.36], "P_b and P_l together.")

rng = np.random.default_rng(3)
log_probs = log_softmax(1.5 * rng.normal(size=(5, 3)))
with expect_unchanged("ctc_beam", log_probs=log_probs):
    found = ctc_beam(log_probs, 1000)
every = sorted(all_paths(log_probs, ctc_collapse).items(), key=lambda item: -item[1])
expect_equal("all paths: the labels", [y for y, _ in found], [list(y) for y, _ in every])
P = np.array([p for _, p in every])
expect_close("all paths: P", np.exp([p for _, p in found]), P, "Which way is missing?")
# Two are kept: after step 1 nothing 0.5 and a 0.3, so all that would go on from b 0.2 is lost.
narrow = ctc_beam(np.log([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]]), 2)
expect_equal("a beam of 2", [y for y, _ in narrow], [[2], [1]], "Drop the rest after every step.")
expect_close("a beam of 2: P", np.exp([p for _, p in narrow]), [0.5 * 0.6, 0.06 + 0.06 + 0.1])
doubled = ctc_beam(np.log([[0.05, 0.95], [0.9, 0.1], [0.05, 0.95]]), 3)
expect_equal("a, blank, a", doubled[0][0], [1, 1], "After a blank the same label is a new one.")
dtype = np.asarray(doubled[0][0]).dtype
assert dtype.kind in "iu", f"labels should be integers; got {dtype}"
print("All good")

# %% [markdown]
# **Does it pay?** For the strips hardly: where all classes are near 0 or 1, there is one path and no sum. We ask again
# in section 7, where a network has to guess.
#
# ## 7. Experiment 2: telephone numbers by ear
#
# CTC was made for speech. Speech in good quality is large, so here speaks a telephone: each key sounds two tones at
# once, one for its row and one for its column. The keys are held for 75 to 225 milliseconds, louder or softer, with
# pauses of any length between, and over all lies noise. **Listen:** which number is it?

# %% experiment="images-experiment-listen"
from IPython.display import Audio, display

from rnncore.lab.sound import wave_file
from rnncore.tasks.tones import spectrum, tone_sound

number = "40715"
sounds = {noise: tone_sound(list(number), np.random.default_rng(8), noise) for noise in (0.1, 0.5)}
for noise, sound in sounds.items():
    print(f"noise {noise}")
    display(Audio(wave_file(sound / np.abs(sound).max())))

# %% [markdown]
# What the network hears is a **spectrum**: every 25 milliseconds, how much energy there is in each of 24 bands of
# pitch. That is a picture again, of a sound, and its columns are the steps.

# %% experiment="images-experiment-spectrum"
with new_figure(2, 1, size=(7.0, 4.0), sharex=True) as (figure, panels):
    for axes, (noise, sound) in zip(panels, sounds.items(), strict=True):
        frames = spectrum(sound)
        box = (0, 0.025 * len(frames), 0.62, 1.58)
        axes.imshow(frames.T, origin="lower", aspect="auto", extent=box, cmap="viridis")
        axes.set(ylabel="pitch / kHz", title=f"the number {number}, noise {noise}")
    panels[-1].set_xlabel("time / s")
figure

# %% [markdown]
# **What to see.** Five pairs of bars, one bar of each pair below 1 kHz and one above. In the lower picture everything
# else is brighter, and they still stand out.
#
# A bidirectional LSTM learns from 4,800 such strings of two to five digits, with noises up to 0.5. This time the loss
# is yours, step by step along your lattice. **How much noise does it stand?** Three seeds, up to a minute.

# %% experiment="images-experiment-tones"
from rnncore.experiments.tones import measure_tones, scaled

hearing = measure_tones(ctc_loss, ctc_collapse)
print(hearing)
hearing.figure()

# %% [markdown]
# **What to see.** Up to a noise of 0.3 practically every string is written down without a mistake, and at 0.5, where
# the tones are not louder than the noise, still 19 in 20. (Graves and others report phonemes of real speech: another
# task, and other numbers.) Your loss has trained this network, and torch's autograd found the gradient through all your
# sums.
#
# **Does the beam pay when the network is unsure?** 200 new strings at noises beyond those of the training, read along
# the best path and by your beam of 8.

# %% experiment="images-experiment-beam"
from rnncore.tasks.tones import tone_strings

listener = hearing.trained[0].cpu()
for noise in (0.5, 0.7, 0.9):
    heard, steps, said, counts = tone_strings(200, np.random.default_rng(5), noise=noise)
    with torch.no_grad():
        log_probs, _ = listener(torch.tensor(scaled(heard), dtype=torch.float32), steps)
    right, likelier = np.zeros(2, int), 0
    for row, T, y, n in zip(log_probs.double().numpy(), steps, said, counts, strict=True):
        best_path = ctc_collapse(row[:T].argmax(axis=1))
        searched, log_p = ctc_beam(row[:T], 8)[0]
        of_path = ctc_loss(row[None, :T], np.array([best_path], int), [T], [len(best_path)])
        likelier += log_p > -float(of_path[0]) + 1e-6
        right += np.array([best_path == y[:n].tolist(), searched == y[:n].tolist()])
    print(f"noise {noise}: of 200 right {right[0]} by the best path, {right[1]} by the beam;")
    print(f"  in {likelier} of them the beam's labels are likelier")

# %% [markdown]
# **What to see.** At a noise that it knows, the two always agree: spikes again. Beyond it the beam often finds likelier
# labels, as it should, and they are *not* more often right; at 0.9 less often. As in Unit 9, the fault is not in the
# search. In noise that it has never met the network's probabilities are wrong, and to maximise wrong probabilities
# helps nobody. Where a beam does pay is where something else has a say: one multiplies each prefix by what a language
# model (Unit 9) thinks of it, and the search hears what the ear could not. That is how CTC systems for speech are
# decoded.
#
# ## 8. One picture, many words
#
# Now the other way round. In Unit 2 one-to-many was a layout; here it gets to work. A picture goes through convolutions
# into *one* vector, its **code**. The decoder reads this code first, as if it were a word, and then writes, reading
# back each word that it has written (Vinyals and others 2015, *Show and Tell*):
#
# $$
# \begin{aligned}
# h_0 &= \text{step}(\text{code},\; 0) \\
# h_t &= \text{step}(W_e[w_t],\; h_{t-1}) \\
# y_t &= h_t W_y + b_y
# \end{aligned}
# \tag{12.10}
# $$
#
# $w_1$ is BOS, $y_t$ are the scores of the next word. There is no CTC here: sentence and picture do not run side by
# side, so there is nothing to align.
#
# ### {{ exercise caption-step }}
#
# Write the last two lines of (12.10), for any cell. Like the decoders of Unit 9 it takes the last words and a state,
# and gives scores and the new state, so that greedy decoding and beam search can call it.

# %% exercise="caption-step"
from rnncore.functional.decoding import caption_step  # exercise
#: step(x, state, params.cell) returns a state and a cache. What a cell shows is state.h.

# %% check="caption-step"
rng = np.random.default_rng(6)
W_e, output = rng.normal(size=(7, 3)), ReadoutParams(rng.normal(size=(4, 7)), rng.normal(size=7))
speaker = CaptionParams(W_e, init_gru_params(3, 4, rng), output)
before, tokens = RNNState(rng.uniform(-1, 1, size=(2, 4))), np.array([5, 2])
with expect_unchanged("caption_step", tokens=tokens, state=before, params=speaker):
    scores, after = caption_step(gru_step, tokens, before, speaker)
expect_shape("scores of 7 words for 2 pictures", scores, (2, 7))
new, _ = gru_step(W_e[tokens], before, speaker.cell)
expect_close("the new state", after.h, new.h, "The cell reads the word's vector.")
hint = "Read off the new state, with the bias; no softmax."
expect_close("the scores", scores, new.h @ output.W_y + output.b_y, hint)
two_parts = LSTMState(before.h, rng.normal(size=(2, 4)))
speaker = speaker._replace(cell=init_lstm_params(3, 4, rng))
scores, after = caption_step(lstm_step, tokens, two_parts, speaker)
kept, _ = lstm_step(W_e[tokens], two_parts, speaker.cell)
expect_close("an LSTM: c goes on too", after.c, kept.c, "Return the whole state.")
expect_close("an LSTM: the scores", scores, kept.h @ output.W_y + output.b_y, "It shows h.")
print("All good")

# %% [markdown]
# ### Experiment 3: show and tell
#
# A scene has two shapes out of 16, four colours times four forms, one left of, right of, above or below the other: 960
# captions such as *a red circle left of a blue square*. A GRU of 128 units learns from scenes as they come. Beside it
# stands the same decoder **blind**: every picture has the code 0. The trained network writes with your `caption_step`;
# about a minute. Three seeds were recorded.

# %% experiment="images-experiment-captions"
from rnncore.experiments.captions import measure_captions
from rnncore.experiments.recorded import CAPTIONS

telling = measure_captions(caption_step, seeds=(0,))
print(*telling.rows(), "", "as recorded:", CAPTIONS, sep="\n")
telling.examples()

# %% [markdown]
# **What to see.** Seven to nine scenes in ten, by the seed, are described without a wrong word; the mistakes are shown
# last. How much the seeds differ is part of the finding: this training is not over after 2,000 steps. The blind one
# writes perfect English, and is right as often as by chance, which is 2 in 960. This comparison is worth having whenever a network
# describes something: a language model alone can sound as if it had looked.
#
# ### Correction: a sentence from a keyword?
#
# N0 says of one-to-many: "It enables linguistic applications like image captioning by generating a sentence from a
# single keyword." **Can a keyword do?** We give the trained decoder the word vector of the first colour in place of the
# code of the picture.

# %% experiment="images-experiment-keyword"
from rnncore.experiments.captions import VOCAB, caption_params, told_from_the_other
from rnncore.tasks.scenes import rendered_scenes
from rnncore.tasks.vocab import BOS, EOS

sees, params = telling.trained[0].cpu(), caption_params(telling.trained[0].cpu())
images, captions = rendered_scenes(200, np.random.default_rng(10))
keyword = torch.tensor([VOCAB.encode(words)[1] for words in captions])
with torch.no_grad():
    codes = {"the picture": sees.encoder(torch.tensor(images, dtype=torch.float32))}
codes["a keyword"] = params.W_e[keyword]
for given, code in codes.items():
    state = caption_start(gru_step, code, RNNState(torch.zeros(200, 128)), params)
    ids = greedy_decode(
        lambda tokens, state: caption_step(gru_step, tokens, state, params),
        state, torch.full((200,), BOS), EOS, 10,
    )  # fmt: skip
    written = [" ".join(VOCAB.decode(row)) for row in ids.tolist()]
    truths = [" ".join(words) for words in captions]
    right = [w in (t, told_from_the_other(t)) for w, t in zip(written, truths, strict=True)]
    print(
        f"{given:>12}: {len(set(written)):3d} sentences for 200 scenes, {sum(right)} of them right"
    )
    print(f"{'':>12}  such as: {written[0]}")

# %% [markdown]
# **What to see.** Four colours, four sentences: a decoder that takes the likeliest word adds nothing of its own, so
# from one keyword there is one sentence, for all the scenes with that keyword. What comes in is not a word but a vector
# which has to hold everything that the sentence will say: both shapes, both colours, and how they stand. It is the
# bottleneck of Unit 10, and Unit 10's remedy was soon used here too: *Show, Attend and Tell* (Xu and others 2015) looks
# back at places of the picture while it writes.
#
# ## 9. Films
#
# A film is a sequence of pictures, so the plan is clear: describe each picture by the same convolutions, and let a
# recurrent network read the descriptions (Donahue and others 2015).
#
# $$x_{bt} = \text{describe}(\text{picture } t \text{ of film } b) \tag{12.11}$$
#
# A convolutional network takes pictures $(N, C, H', W')$ and knows nothing of films, so the axes of films and pictures
# are joined, and parted again afterwards.
#
# ### {{ exercise video-features }}
#
# Write (12.11). Join, describe, part. Loops are right, too, and slower.

# %% exercise="video-features"
from rnncore.functional.sequence import video_features  # exercise
#: reshape joins neighbouring axes; parted in the same order, each picture is back in its film.

# %% check="video-features"


def corners(pictures):
    """The upper left and the lower right pixel of each picture: (N, C, H', W') to (N, 2)."""
    assert len(pictures.shape) == 4, f"describe takes (N, C, H', W'); got {tuple(pictures.shape)}"
    return pictures[:, 0, [0, -1], [0, -1]]


films = np.arange(2 * 3 * 6).reshape(2, 3, 1, 2, 3)
with expect_unchanged("video_features", films=films):
    features = video_features(corners, films)
expect_shape("2 films of 3 pictures", features, (2, 3, 2))
expect_equal("film 1, picture 1", features[0, 0].tolist(), [0, 5])
expect_equal("film 1, picture 2", features[0, 1].tolist(), [6, 11], "Pictures in their order.")
expect_equal("film 2, picture 3", features[1, 2].tolist(), [30, 35], "Each in its own film.")
expect_shape("a film of one picture", video_features(corners, films[:1, :1]), (1, 1, 2))
print("All good")

# %% [markdown]
# ### Experiment 4: what is happening?
#
# In our films a square or a disc moves left, right, up or down, grows, shrinks, blinks or rests. Here are two of them.
# **Can you say from a single picture what is going on?**

# %%
from rnncore.tasks.moving_shapes import ACTIVITIES, moving_shapes

films, doing = moving_shapes(400, 8, np.random.default_rng(1))
edges = [films[..., [0, -1], :], films[..., [0, -1]].swapaxes(3, 4)]
inside = (np.concatenate(edges, axis=3) < 0.5).all(axis=(1, 2, 3, 4))  # nothing at the edges
chosen = [
    int(np.flatnonzero(inside & (doing == ACTIVITIES.index(what)))[0])
    for what in ("left", "shrinks")
]
with new_figure(2, 8, size=(7.0, 2.2)) as (figure, panels):
    for row, k in zip(panels, chosen, strict=True):
        for t, axes in enumerate(row):
            axes.imshow(films[k, t, 0], cmap="gray", vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[], title=f"t = {t + 1}")
        row[0].set_ylabel(ACTIVITIES[doing[k]])
figure

# %% [markdown]
# Both models see each picture through the same kind of convolutions, by your `video_features`. One has a GRU, the other
# takes the **mean** of the features over the film. Left, played backwards, is right; so whoever does not see the order
# gets at best five activities of eight. **What do they get?** Three seeds, about half a minute.

# %% experiment="images-experiment-films"
from rnncore.experiments.moving_shapes import measure_moving_shapes

watching = measure_moving_shapes(video_features)
print(watching)
watching.figure()

# %% [markdown]
# **What to see.** The GRU names all of 3,000 activities, the mean about half of them, below what is possible without
# order. The pictures are the same; what is missing is which came first. (Not every film is like that: whether somebody
# swims or plays the piano a single picture tells, and in Donahue's recordings single pictures went a long way. Before
# you train a recurrent network on films, try the mean.)
#
# N1 describes many-to-many with the words "it used mostly in video classification, where we try to classify each frame
# of the video". That is one task, and needs a label for each picture. Ours has one label for the film: many-to-one.
# Which layout fits is decided by the labels that you have, not by the kind of data. And if there are fewer labels than
# steps, in order, and nobody knows when: that is CTC, for films of sign language as for sound.
#
# ## {{ exercise images-question }}
#
# A friend trains a CRNN with CTC on photographs of house numbers. After an hour the loss stands still, and for every
# picture the network answers with the empty string. "It is broken," says your friend. "The blank is the problem; I
# shall remove that class." (a) What has the network learned so far, and why that first? Use a number or a picture from
# this unit. (b) What would become of house number 11 without the blank, and of the steps between two digits? (c) Name
# two things that your friend should check or try instead. Six to ten sentences.

# %% [markdown] question="images-question" heading="In your own words" points=3
# ### BEGIN SOLUTION
# **A good answer.** The network is on the plateau. It has learned that the blank is right most of the time: in the
# lattice of a network that knows nothing the right paths have more weight on the blank than on any digit (0.39 at step
# 14), whatever the picture shows, while any one digit is asked for in some pictures and some steps only. To say more
# blanks lowers the loss of all pictures at once, from 36 to about 12 nats in our experiment, and needs no look at the
# picture. Ours stayed there for more than a hundred steps, read nothing, and then learned to read within some fifty.
# Without a blank, what repeats is merged, so no path says 11: it would always become 1, and its loss would be infinite.
# Besides, every step would have to say some digit, also the steps between two digits and at the margins, so the network
# would have to decide where each digit ends, which was the thing that nobody had labelled. Your friend should wait
# longer (or watch whether the loss still creeps down), train on short numbers first, check that each picture has steps
# enough for its labels (at least one a digit and one more for each pair of equal neighbours; otherwise the loss is
# infinite), check that widths and label lengths are handed on rightly and that labels begin at 1, as 0 is the blank; or
# try another learning rate and see whether two pictures can be learned by heart.
#
# **Rubric.** One point each: (1) the plateau: the blank is what all pictures ask for at most steps, with a number or
# the lattice from the unit; (2) without a blank equal neighbours cannot be written, and all steps would have to say a
# digit; (3) two sensible checks (patience, shorter strips, enough steps, lengths, blank index, learning rate, learning
# a few by heart).
# ### END SOLUTION

# %% [markdown]
# ## Look back
#
# - An image is a sequence of columns, a sound one of spectra, a film one of pictures. Convolutions say what is to be
#   seen; the recurrent layer reads it in order.
# - CTC needs labels and no places. It sums over all paths that say the labels, on a lattice of $2L + 1$ places, step by
#   step; all paths, one by one, are the witness on a small scale.
# - A network trained so first learns to say nothing. Then spikes rise out of the blank.
# - The best path is not the best labels. The search over prefixes keeps two probabilities for each; what it maximises
#   has to be worth it.
# - One-to-many begins with a vector that holds everything, not with a keyword; and a blind model is the opponent that
#   any description has to beat.
#
# **Next**: Unit 13 goes back to the ancestors, a memory that needs no training by gradients at all, and forward to the
# heirs: recurrences that are computed for all steps at once, and what they can do that attention cannot.
#
# ## References
#
# - A. Graves, S. Fernández, F. Gomez and J. Schmidhuber, *Connectionist Temporal Classification: Labelling Unsegmented
#   Sequence Data with Recurrent Neural Networks*, ICML (2006),
#   [doi:10.1145/1143844.1143891](https://doi.org/10.1145/1143844.1143891).
# - B. Shi, X. Bai and C. Yao, *An End-to-End Trainable Neural Network for Image-based Sequence Recognition and Its
#   Application to Scene Text Recognition* (2015), [arXiv:1507.05717](https://arxiv.org/abs/1507.05717).
# - A. Y. Hannun, A. L. Maas, D. Jurafsky and A. Y. Ng, *First-Pass Large Vocabulary Continuous Speech Recognition using
#   Bi-Directional Recurrent DNNs* (2014), [arXiv:1408.2873](https://arxiv.org/abs/1408.2873): prefix beam search with a
#   language model.
# - O. Vinyals, A. Toshev, S. Bengio and D. Erhan, *Show and Tell: A Neural Image Caption Generator* (2015),
#   [arXiv:1411.4555](https://arxiv.org/abs/1411.4555).
# - K. Xu and others, *Show, Attend and Tell: Neural Image Caption Generation with Visual Attention* (2015),
#   [arXiv:1502.03044](https://arxiv.org/abs/1502.03044).
# - J. Donahue and others, *Long-term Recurrent Convolutional Networks for Visual Recognition and Description* (2015),
#   [arXiv:1411.4389](https://arxiv.org/abs/1411.4389).
# - E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository (1998),
#   [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49).
# - Lecture notes N0 (convolutional against recurrent networks, image captioning, video) and N1 (lab 8, describing
#   images).
