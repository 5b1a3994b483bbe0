# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 13. Ancestors and heirs
#
# > *RNNs are largely being replaced by transformer-based artificial intelligence (AI) and large language models (LLM),
# > which are much more efficient in sequential data processing.*
#
# So say the notes behind this course, and you have spent twelve units on RNNs. Was it worth it? In this last unit you
# find out for yourself. You first visit two ancestors: a memory of 1982 that is a landscape, and a network of 1992 that
# reads only what surprises it. Then come the heirs: recurrences that are computed at all steps *at once*, and a single
# minus sign that decides what they can learn. And at the end you ask the question that the field is asking now, with
# your own functions, in two minutes on a laptop: **what can recurrence do that attention cannot, and the other way
# round?**
#
# **At the end of this unit you can**
#
# - store patterns in a Hopfield network, let it recall them, say why it always comes to rest, and when it is full;
# - compress a sequence to its surprises, and say why that bridges a thousand steps;
# - compute a linear recurrence by a parallel scan, and build minGRU with it;
# - say which recurrences can count beyond what they have seen, and why attention cannot, and which of them can look
#   things up, and why a state of fixed size cannot;
# - plan an experiment so that it can prove you wrong: claim, band and stopping rule first.
#
# **You need** the gates of Units 5 and 6 (`gru_step`), self attention (Unit 10, `self_attention`), a network that
# predicts the next token (Unit 9), and training as in Units 11 and 12.
#
# **Time** two and a half to three hours. **Points** {{ points }}:
#
# {{ exercises }}
#
# **How to work** As before: write the function, run the check; if it ends with `All good`, go on. A check stops with
# `NotImplementedError` if an exercise that it calls is open; grading takes right versions of the earlier ones.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made. The sentence above is
# from N0; a *Correction* tries it out.
#
# **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers in an input, $H$ units.
# A row is one sequence, so $x W_x$. In section 1 a Hopfield network has $N$ units and stores $P$ patterns.

# %% given="heirs-setup"
from typing import Any

import numpy as np
import torch
from array_api_compat import device
from jaxtyping import Bool, Int

from rnncore.functional.base import Array, Float
from rnncore.functional.base import array_namespace, concat, require_shape, sigmoid, stack
from rnncore.functional.cells import MinGRUParams, RNNState
from rnncore.functional.cells import init_min_gru_params, min_gru_step
from rnncore.functional.decoding import Decoder, next_log_probs
from rnncore.functional.memory import Surprises, expand
from rnncore.functional.sequence import length_mask, unroll
from rnncore.lab.checks import expect_close, expect_equal, expect_shape, expect_unchanged, on_torch
from rnncore.lab.live import live
from rnncore.lab.plots import plot_curves
from rnncore.lab.plots.style import COLOURS, SIGNED, new_figure

# %% [markdown]
# Section 1 needs NumPy only. From section 2 on your functions meet torch's tensors as well, and from section 3 on torch
# trains what you write; so there use these rather than functions of `np`:
#
# | tool | does |
# |---|---|
# | `sigmoid(a)` | squashes each number of an array to between 0 and 1 |
# | `stack([a, b], axis=2)`, `concat([a, b], axis=1)` | join along a new axis, or along one that they have |
# | `array_namespace(a)` | the library of `a`, say `xp`; then `xp.reshape`, `xp.argmax`, `xp.ones_like` |
# | `next_log_probs(decoder, tokens, state)` | what a network expects after reading tokens $(B,)$: log-probabilities $(B, V)$, and the state after it (Unit 9) |
# | `length_mask(lengths, like)` | true at the first `lengths[b]` places of row $b$ (Unit 10) |
#
# ## 1. A memory that is a landscape
#
# You hear three notes, and the whole song is there. A computer's memory wants an address; yours wants a *piece of the
# content*. In 1982 the physicist John Hopfield described a network that does the same. (N4 names it, and rightly says
# that W. Little had much of it in 1974. In 2024 it brought Hopfield half of a Nobel prize.)
#
# It is a recurrent network without input and without time steps in your sense. $N$ units are each 1 or -1. Every unit
# is connected with every other, and the weights are not trained by gradients; they are *written*, by a rule of Donald
# Hebb's (1949): units that agree in a pattern shall support each other. For $P$ patterns $x_1 \dots x_P$ of $N$ signs:
#
# $$
# w_{ij} = \frac1N \sum_{p=1}^{P} x_{pi}\, x_{pj} \quad (i \ne j), \qquad w_{ii} = 0
# \tag{13.1}
# $$
#
# **By hand.** One pattern of three units, $(1, -1, 1)$. What are the nine weights?
#
# <details><summary>Answer</summary>
# Units 1 and 3 agree: 1/3. Unit 2 differs from both: -1/3. On the diagonal zeros.
# </details>
#
# ### {{ exercise hopfield-train }}
#
# Write (13.1). There is a product of two matrices in it.

# %% exercise="hopfield-train"
from rnncore.functional.memory import hopfield_train  # exercise
#: patterns is (P, N) and the weights are (N, N): which of the two factors is transposed?

# %% check="hopfield-train"
three = np.array([[1.0, -1.0, 1.0]])
W = hopfield_train(three)
expect_shape("weights", W, (3, 3))
by_hand = np.array([[0, -1, 1], [-1, 0, -1], [1, -1, 0]]) / 3
expect_close("by hand", W, by_hand, "Agree: 1/3; differ: -1/3; with itself: 0.")

rng = np.random.default_rng(0)
patterns = np.where(rng.random((4, 6)) < 0.5, 1.0, -1.0)
with expect_unchanged("hopfield_train", patterns=patterns):
    W = hopfield_train(patterns)
alone = sum(hopfield_train(pattern[None]) for pattern in patterns)
expect_close("four patterns are four added up", W, alone, "Divided by N, not by P.")
expect_close("symmetric", W, W.T)
expect_close("no unit supports itself", np.diag(W), np.zeros(6))
agree = sum(p[0] * p[1] for p in patterns) / 6
expect_close(
    "units 0 and 1", W[0, 1], agree, "How often do they agree, less how often they differ?"
)
print("All good")

# %% [markdown]
# What would such a network like to be? Multiply each weight by the two units that it connects. If a positive weight
# connects units that agree, or a negative one units that differ, all is well; each breach costs. The sum is the
# **energy** of a state $s$:
#
# $$E(s) = -\frac12 \sum_{i,j} w_{ij}\, s_i s_j \tag{13.2}$$
#
# ### {{ exercise energy }}
#
# Write (13.2) for $B$ states at once.

# %% exercise="energy"
from rnncore.functional.memory import energy  # exercise

# %% check="energy"
W = hopfield_train(three)
states = np.array([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, 1.0, 1.0]])
with expect_unchanged("energy", states=states, W=W):
    E = energy(states, W)
expect_shape("one number for each state", E, (3,))
expect_close(
    "the pattern, its opposite, and another", E, [-1.0, -1.0, 1 / 3], "Three pairs of units."
)

rng = np.random.default_rng(1)
states = np.where(rng.random((5, 6)) < 0.5, 1.0, -1.0)
W = hopfield_train(patterns)
pairs = [(i, j) for i in range(6) for j in range(i)]
one_by_one = [-sum(W[i, j] * s[i] * s[j] for i, j in pairs) for s in states]
expect_close(
    "pair by pair", energy(states, W), one_by_one, "Each pair counts once: that is the half."
)
print("All good")

# %% [markdown]
# The opposite of a pattern has the same energy as the pattern: a photograph and its negative are equally good.
#
# Now let a state roll downhill. One unit after another looks at the others and joins the majority, weighted:
#
# $$s_i \leftarrow \operatorname{sign}\Big(\sum_j w_{ij} s_j\Big), \qquad \text{unchanged where the sum is 0} \tag{13.3}$$
#
# If a unit flips, $E$ changes by $-2 \,|\sum_j w_{ij} s_j|$: it falls, always. There are finitely many states, so the
# network must come to rest. Two things are needed for that: symmetric weights, and units that move *one at a time*.
#
# ### {{ exercise recall }}
#
# Write (13.3). The units come in the order that is handed in; each sees what those before it have become. All rows are
# states of their own, and follow the same order.
#
# *If you are stuck:* the inputs of unit $i$ in all rows are `states @ W[:, i]`, and one loop over `order` is enough.

# %% exercise="recall"
from rnncore.functional.memory import recall  # exercise
#: Work on a copy: states that are handed in stay as they are.

# %% check="recall"
swap = np.array([[0.0, 1.0], [1.0, 0.0]])
two = np.array([[1.0, -1.0]])
expect_close("unit 0 first", recall(two, swap, np.array([0, 1])), [[-1.0, -1.0]], "One at a time.")
expect_close("unit 1 first", recall(two, swap, np.array([1, 0])), [[1.0, 1.0]], "In this order.")
expect_close("unit 1 alone", recall(two, swap, np.array([1])), [[1.0, 1.0]])
expect_close("no input, no change", recall(two, 0 * swap, np.array([0, 1])), two, "A sum of 0?")
chain, hint = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 0.0]]), "Once through `order`."
expect_close("not at rest yet", recall(three, chain, np.array([0, 1])), [[-1.0, 1.0, 1.0]], hint)
expect_close("unit 0 again", recall(three, chain, np.array([0, 1, 0])), [[1.0, 1.0, 1.0]], hint)
little = recall(two, 0.01 * swap, np.array([0]))
expect_close("a small input", little, [[-1.0, -1.0]], "Its sign counts, not its size.")

rng = np.random.default_rng(2)
stored = np.where(rng.random((4, 60)) < 0.5, 1.0, -1.0)
W = hopfield_train(stored)
damaged = np.where(rng.random(stored.shape) < 0.15, -stored, stored)
order = np.concatenate([rng.permutation(60) for _ in range(5)])
with expect_unchanged("recall", states=damaged, W=W, order=order):
    found = recall(damaged, W, order)
expect_close("four damaged patterns are mended", found, stored, "Join the majority: which sign?")
state, energies = damaged, [energy(damaged, W)]
for i in order[:60]:
    state = recall(state, W, np.array([i]))
    energies.append(energy(state, W))
assert np.diff(energies, axis=0).max() < 1e-12, "the energy rose; is one unit updated at a time?"
print("The energy never rises")
print("All good")

# %% [markdown]
# **What does remembering look like?** Three letters of 10 by 10 units are stored. Then each is damaged in three units of
# ten, and you watch it settle.

# %%
LETTERS = """
#######... ##......## ..######..
########.. ###.....## .########.
##....##.. ####....## ##......##
##....##.. ##.##...## ##......##
#######... ##..##..## ##......##
######.... ##..##..## ##......##
##.###.... ##...##.## ##......##
##..###... ##....#### ##......##
##...###.. ##.....### .########.
##....###. ##......## ..######..
"""
rows = [line.split() for line in LETTERS.split("\n") if line]
letters = np.array([[c == "#" for row in rows for c in row[k]] for k in range(3)]) * 2.0 - 1.0


def show(panels, states, W):
    for panel, state in zip(panels, states, strict=True):
        panel.imshow(state.reshape(10, 10), cmap=SIGNED, vmin=-2, vmax=2)
        panel.set(xticks=[], yticks=[], title=f"E = {energy(state[None], W)[0]:.1f}")


rng = np.random.default_rng(5)
W = hopfield_train(letters)
now = np.where(rng.random(letters.shape) < 0.3, -letters, letters)
visits = np.split(np.concatenate([rng.permutation(100) for _ in range(3)]), [0, 40, 80])[1:]
titles = ("damaged", "after 40 visits", "after 80", "after 300")
with new_figure(4, 3, size=(5.0, 7.0)) as (figure, panels):
    for line, title, order in zip(panels, titles, ([], *visits), strict=True):
        now = recall(now, W, np.array(order, dtype=int))
        show(line, now, W)
        line[0].set_ylabel(title)
figure

# %% [markdown]
# **What to see.** The energy falls from row to row, and the letters come back, though nobody told the network which
# letter was meant. The stored patterns lie at the bottom of valleys, and the damaged ones somewhere on the slopes.
#
# **How many valleys fit?** Here are 100 units with random patterns, each of which is damaged and recalled. Move
# the number of patterns, and the damage.


# %% experiment="heirs-experiment-live-recall"
def overlap_after(patterns, damaged):
    rng = np.random.default_rng(6)
    stored = np.where(rng.random((patterns, 100)) < 0.5, 1.0, -1.0)
    W, start = hopfield_train(stored), stored.copy()
    for row in start:
        row[rng.choice(100, size=damaged, replace=False)] *= -1
    now, right = start, [np.mean(start == stored, axis=1)]
    for _ in range(6):
        now = recall(now, W, rng.permutation(100))
        right.append(np.mean(now == stored, axis=1))
    return plot_curves(
        range(7),
        {f"{patterns} patterns, {damaged} of 100 units damaged": np.transpose(right)},
        xlabel="times that each unit was updated",
        ylabel="share of right units",
        title="Line: the mean of the patterns; shade: the lowest to the highest",
        lines={"chance": 0.5},
    )


live(overlap_after, patterns=(1, 40, 1, 8), damaged=(0, 50, 5, 20))

# %% [markdown]
# **What to see.** With 8 patterns and a fifth of the units damaged, all come back whole. With 12 half of them do. With 25
# none does, and even if nothing is damaged, 23 of the 25 run away from where they were stored: the valleys have flowed
# into each other.
#
# ### Experiment 1: the cliff
#
# Amit, Gutfreund and Sompolinsky (1985) computed where that happens, for very large $N$: at $P = 0.138\, N$. Below it,
# recall has a few wrong units; above it, *everything* is lost at once. **How sharp is the cliff with 100, 300 and 1,000
# units?** Your functions store random patterns and start recall from the pattern itself.

# %% experiment="heirs-experiment-capacity"
from rnncore.experiments.hopfield_capacity import measure_hopfield_capacity

capacity = measure_hopfield_capacity(
    hopfield_train, recall, sizes=(100, 300, 1000), loads=(0.06, 0.12, 0.15, 0.18, 0.24)
)
print(capacity)
capacity.figure()

# %% [markdown]
# **What to see.** The larger the network, the steeper the cliff, and it stands where theory has it. A memory that fails
# by forgetting its oldest entry can be lived with. This one, overfilled, loses all. (A remedy, and an heir: Ramsauer
# and others, 2020, put an exponential where (13.2) has a square. The capacity becomes exponential, and one step of
# recall becomes... the attention of Unit 10. The ancestor and the rival are cousins.)
#
# ## 2. Read only what surprises you
#
# N4 has the other ancestor in one sentence: "In 1993, a neural history compressor system solved a 'Very Deep Learning'
# task that required more than 1000 subsequent layers in an RNN unfolded in time." How, if gradients vanish after twenty
# (Unit 4)?
#
# Schmidhuber's idea is how you read a novel. What you could have told beforehand leaves no trace; what surprises you,
# you tell a friend. Two networks: the lower one, the **automatiser**, learns to predict the next token. The upper one,
# the **chunker**, reads *only the tokens that the lower one got wrong*. For it the sequence is short.
#
# $$
# \text{surprise}_1 = \text{true}, \qquad
# \text{surprise}_t = \big(\arg\max_v P(v \mid y_1 \dots y_{t-1}) \ne y_t\big), \quad t \ge 2
# \tag{13.4}
# $$
#
# ### {{ exercise surprises }}
#
# Write (13.4) for any network that predicts, a `decoder` as in Unit 9. It reads the tokens as they came, surprising or
# not; what it expects after token $t - 1$ is held against token $t$.

# %% exercise="surprises"
from rnncore.functional.memory import surprises  # exercise
#: With xp for array_namespace(ids), the first column is xp.ones_like(ids[:, 0], dtype=xp.bool).
#: next_log_probs hands back the state after the token: it goes into the next call.

# %% [markdown]
# The check uses a network that counts: after 3 it expects 4. Its state adds up how many tokens it has read, and from
# the third on it expects one more still; so it shows whether you hand the state on.


# %% check="surprises"
def counts_on(tokens, state):
    """Expects the token after the one read; from its third call on the one after that."""
    further = tokens + 1 + (state >= 2)
    xp = array_namespace(tokens)
    away = xp.arange(10)[None, :] - further[:, None]
    return 1.0 * (away == 0) + 0.5 * (away == 1), state + 1


ids, first = np.array([[3, 4, 5, 7, 9], [0, 1, 3, 4, 6]]), np.array([0, 0])
with expect_unchanged("surprises", ids=ids, state=first):
    mask = surprises(counts_on, first, ids)
right = [[True, False, False, False, False], [True, False, True, True, False]]
hint = "The first always; else what was expected after the token before, with the state handed on."
expect_equal("five tokens, two sequences", np.asarray(mask).tolist(), right, hint)
expect_equal("true and false", np.asarray(mask).dtype, np.dtype(bool))
assert hasattr(mask, "shape"), f"return an array; got {type(mask).__name__}"
expect_equal(
    "one token", np.asarray(surprises(counts_on, first, ids[:, :1])).tolist(), [[True]] * 2
)
alone = np.asarray(surprises(counts_on, first[:1], ids[1:])).tolist()
expect_equal("the second sequence alone", alone, right[1:], "Each row for itself.")
tensors = surprises(counts_on, torch.tensor(first), torch.tensor(ids))
expect_equal("on torch tensors", tensors.tolist(), right)
print("All good")

# %% [markdown]
# What is handed up are the surprising tokens, moved together, with the times at which they stood: the $k$-th surprise
# of a row, at the time $\tau_k$, is its $k$-th token now.
#
# $$
# \tau_1 < \tau_2 < \dots \text{ all } t \text{ with } \text{surprise}_t, \qquad \text{token}_k = y_{\tau_k}
# \tag{13.5}
# $$
#
# ### {{ exercise chunk }}
#
# Write (13.5) for a batch. Rows have different numbers of surprises, so the result is padded with zeros behind, and
# goes out with its lengths, as Unit 7 takes them. Times count from 0.

# %% exercise="chunk"
from rnncore.functional.memory import chunk  # exercise
#: A loop over rows will do: xp.arange(T)[mask[b]] has the times of row b; in torch, too.
#: Or sort each row so that surprises come first: xp.argsort(..., axis=1, stable=True).

# %% check="chunk"
ids = np.array([[7, 8, 9, 5, 6], [4, 3, 2, 1, 9]])
mask = np.array([[True, False, False, True, False], [True, True, False, False, True]])
with expect_unchanged("chunk", ids=ids, surprised=mask):
    short = chunk(ids, mask)
assert isinstance(short, Surprises), f"return Surprises(...); got {type(short).__name__}"
expect_equal("tokens", np.asarray(short.tokens).tolist(), [[7, 5, 0], [4, 3, 9]], "Zeros behind.")
expect_equal("times", np.asarray(short.times).tolist(), [[0, 3, 0], [0, 1, 4]], "From 0.")
expect_equal("lengths", [int(n) for n in short.lengths], [2, 3], "A list: how many in each row?")
for name, part in short._asdict().items():
    dtype = np.asarray(part).dtype
    assert dtype.kind in "iu", f"{name} should be integers; got {dtype}"

rng = np.random.default_rng(3)
ids = rng.integers(0, 5, size=(4, 12))
zero = np.zeros(4, dtype=int)
short = chunk(ids, surprises(counts_on, zero, ids))
whole = expand(counts_on, zero, short, 12)
expect_equal("nothing is lost", np.asarray(whole).tolist(), ids.tolist(), "See `expand`.")
tensors = chunk(torch.tensor(ids), surprises(counts_on, torch.tensor(zero), torch.tensor(ids)))
expect_equal("on torch tensors", tensors.tokens.tolist(), np.asarray(short.tokens).tolist())
print("All good")

# %% [markdown]
# The last law is the point: from the surprises and the lower network, `expand` restores *everything*. Whatever the lower
# network can predict carries no news.
#
# ### Experiment 2: over 1,000 steps
#
# The task is Schmidhuber's: `a b1 b2 ... b1200 a` or `x b1 b2 ... b1200 x`. The first sign, 1,200 steps back, says what
# the last one is; all in between is always the same. A plain RNN reads all of it and is trained by backpropagation
# through 1,200 steps. The chunker's upper network reads what your two functions leave. **What will be left of 1,201
# signs, once the lower network has learned its lesson?** One seed runs here, for the sake of your time.

# %% experiment="heirs-experiment-chunker"
from rnncore.experiments.chunker import measure_chunker

chunker = measure_chunker(surprises, chunk, seeds=(0,))
print(chunker)
chunker.figure()

# %% [markdown]
# **What to see.** (Over three seeds, with `python -m rnncore.experiments chunker`: chunker 1.000 in each, plain RNN 0.440,
# 0.590 and 0.410.) The plain network guesses: at a lag of 1,200 nothing of the first sign arrives, in the state or in the
# gradient. For the chunker one sign is left, the first, and to remember one sign over zero steps is no task. So the
# thousand layers were not overcome; they were *predicted away*. That is also the limit: if the sequence between the
# signs were noise, every token would be a surprise, and nothing would be gained.
#
# ## 3. All steps at once
#
# N2 and N3 complain that training RNNs is "time-consuming", and they are right: $h_t$ cannot be computed before
# $h_{t-1}$, so a GPU with ten thousand hands waits for one. Attention computes all steps at once, and this, more than
# anything that it can do better, is why it took over.
#
# Is waiting necessary? Suppose there is no tanh around the recurrence, and no matrix in it:
#
# $$h_t = a_t \odot h_{t-1} + b_t, \qquad t = 1 \dots T \tag{13.6}$$
#
# with factors $a_t$ and terms $b_t$ that do not depend on $h$. Then two steps are *one step of the same form*:
#
# $$h_t = a_t (a_{t-1} h_{t-2} + b_{t-1}) + b_t = (a_t a_{t-1})\, h_{t-2} + (a_t b_{t-1} + b_t) \tag{13.7}$$
#
# So fold steps 1 and 2 into one, 3 and 4 into one, and so on: all pairs at once. That leaves a recurrence of $T/2$ steps,
# which gives $h_2, h_4, h_6 \dots$ Solve it in the same way! The steps that were skipped, $h_1, h_3, h_5 \dots$,
# then follow from their neighbours by (13.6), again all at once.
#
# ```text
#   1   2   3   4   5   6   7   8       8 steps
#    ╲ ╱     ╲ ╱     ╲ ╱     ╲ ╱        fold pairs
#     2       4       6       8         4 steps
#      ╲_____╱         ╲_____╱
#         4               8             2 steps
#          ╲_____________╱
#                 8                     1 step; then back down, filling in the gaps
# ```
#
# A thousand steps take ten rounds down and ten back, each of a few products of whole arrays. This is a **parallel
# scan** (Blelloch 1990).
#
# **By hand.** $a = (2, 3)$, $b = (1, 1)$, $h_0 = 1$. Fold the two steps into one by (13.7), and check against the loop.
#
# <details><summary>Answer</summary>
# The folded step has factor 6 and term 3 · 1 + 1 = 4, so h₂ = 10. The loop: h₁ = 3, h₂ = 10.
# </details>
#
# ### {{ exercise linear-recurrence }}
#
# Write `linear_recurrence` with (13.7): fold, solve half as many steps in the same way (a function inside yours that calls
# itself will do), fill in the gaps. An odd last step has no partner. The check sees numbers only, and a loop gives the
# same numbers; the experiment after it sees the difference.
#
# *If you are stuck:* `a[:, 0::2]` has steps 1, 3, 5 ..., `a[:, 1::2]` steps 2, 4, 6 ... With $T = 1$ there is
# nothing to fold.

# %% exercise="linear-recurrence"
from rnncore.functional.base import linear_recurrence  # exercise
#: One step is (13.6) itself. Else fold, solve what is left in the same way, and fill in the gaps.
#: To weave h_even and h_odd: stack along a new axis 2, then reshape to (B, 2 * half, H).

# %% check="linear-recurrence"
a, b = np.array([[[2.0], [3.0]]]), np.ones((1, 2, 1))
expect_close("by hand", linear_recurrence(a, b, np.ones((1, 1))), [[[3.0], [10.0]]], "See (13.7).")
ones = np.ones((1, 7, 1))
counted = linear_recurrence(ones, ones, np.zeros((1, 1)))
expect_close("ones are counted", counted[0, :, 0], np.arange(1, 8), "An odd step at the end?")
for T in (1, 2, 8, 13, 600):
    rng = np.random.default_rng(T)
    a, b, h = (
        rng.uniform(-1, 1, size=(2, T, 3)),
        rng.normal(size=(2, T, 3)),
        rng.normal(size=(2, 3)),
    )
    a[:, T // 2] = 0.0  # a factor of zero forgets everything
    with expect_unchanged("linear_recurrence", a=a, b=b, h_0=h):
        hs = linear_recurrence(a, b, h)
    state, one_by_one = h, []
    for t in range(T):
        state = a[:, t] * state + b[:, t]
        one_by_one.append(state)
    expect_shape(f"{T} steps", hs, (2, T, 3))
    expect_close(f"{T} steps: as the loop", hs, np.stack(one_by_one, axis=1), "See (13.7).")
expect_close("on torch tensors", on_torch(linear_recurrence, a, b, h), hs)
print("All good")

# %% [markdown]
# ### Experiment 3: what is it worth?
#
# **From which length on is the scan faster than the loop?** It does about three times as many products. Forwards and
# backwards, on one core of a processor, with states of 16, 256 and 4,096 numbers:

# %% experiment="heirs-experiment-scan"
from rnncore.experiments.scan_speed import measure_scan_speed

speed = measure_scan_speed(linear_recurrence, repeats=3)
print(speed)
speed.figure()

# %% [markdown]
# **What to see.** With 16 numbers in a state, a step of the loop is mostly overhead, and the scan wins by more and more;
# with 256 it stays at about twice as fast. With 4,096 numbers one processor core is busy in either case, and the extra
# products cost more than the calls save. On a GPU these products are spread over thousands of cores: there the
# published gains are, up to 175 times at $T = 512$.
#
# ## 4. A GRU in parallel
#
# What must be given up for that? Take the GRU of Unit 6, and cut every wire from $h_{t-1}$ to the gate and the
# candidate. There is no reset gate then, and no tanh. This is **minGRU** (Feng and others 2024: *Were RNNs all we
# needed?*):
#
# $$
# z_t = \sigma(x_t W_{xz} + b_z), \qquad n_t = x_t W_{xn} + b_n, \qquad
# h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t
# \tag{13.8}
# $$
#
# Here $z$ takes the *new*. It is (13.6) with $a = 1 - z$ and $b = z \odot n$. The weights stand side by side, $z$ and
# then $n$.
#
# ### {{ exercise min-gru-scan }}
#
# Write (13.8) for whole sequences, with your `linear_recurrence`.

# %% exercise="min-gru-scan"
from rnncore.functional.cells import min_gru_scan  # exercise
#: xs @ params.W_x works on (B, T, D) as it is, and gives (B, T, 2H).

# %% check="min-gru-scan"
rng = np.random.default_rng(7)
xs, state = rng.normal(size=(2, 6, 3)), RNNState(rng.normal(size=(2, 4)))
params = init_min_gru_params(3, 4, rng)
with expect_unchanged("min_gru_scan", xs=xs, state=state, params=params):
    hs, last = min_gru_scan(xs, state, params)
expect_shape("states", hs, (2, 6, 4))
one_by_one, end, _ = unroll(min_gru_step, xs, state, params)
expect_close("as the loop of Unit 2", hs, one_by_one, "Which part of (13.8) is a, which is b?")
assert isinstance(last, RNNState), f"the last state is an RNNState; got {type(last).__name__}"
expect_close("the last state", last.h, end.h, "After the last step.")
shut = params._replace(W_x=0 * params.W_x, b=np.repeat([-50.0, 1.0], 4))
expect_close("a shut gate keeps", min_gru_scan(xs, state, shut)[1].h, state.h, "z takes the new.")
expect_close("on torch tensors", on_torch(min_gru_scan, xs, state, params)[0], hs)
print("All good")

# %% [markdown]
# ## 5. One minus sign
#
# Here is a task that a child can do on its fingers, with one finger. Read zeros and ones, and say whether the number
# of ones so far is odd: **parity**. A light switch does it: a one flips it, a zero leaves it.
#
# Can minGRU be a light switch? At a zero it must keep its state, $z = 0$: fine. At a one it must turn *on* to *off* and
# *off* to *on*. But $1 - z$ lies between 0 and 1. Whatever $n$ is, both states move *towards* $n$, and the one that was
# higher stays higher. To change places they would have to meet, and then the difference is gone for good.
#
# A factor below zero lets them change places. Widen the range from $(0, 1)$ to $(-1, 1)$, and leave all else:
#
# $$h_t = (1 - 2 z_t) \odot h_{t-1} + z_t \odot n_t \tag{13.9}$$
#
# **By hand.** Let $z = 1$ and $n = 1$ whenever a one is read, and $z = 0$ at a zero. Start from $h_0 = 0$ and read
# 1, 0, 1, 1. What is $h$ after each step?
#
# <details><summary>Answer</summary>
# At a one h becomes 1 - h, at a zero it stays: 1, 1, 0, 1. The state is the parity.
# </details>
#
# ### {{ exercise signed-recurrence }}
#
# Write (13.9). It has the weights of minGRU, and nearly its code.

# %% exercise="signed-recurrence"
from rnncore.functional.cells import signed_recurrence  # exercise

# %% check="signed-recurrence"
rng = np.random.default_rng(8)
xs, state = rng.normal(size=(2, 6, 3)), RNNState(rng.normal(size=(2, 4)))
params = init_min_gru_params(3, 4, rng)
with expect_unchanged("signed_recurrence", xs=xs, state=state, params=params):
    hs, last = signed_recurrence(xs, state, params)
h = state.h
for t in range(6):
    a_z, n = np.split(xs[:, t] @ params.W_x + params.b, 2, axis=1)
    z = 1 / (1 + np.exp(-a_z))
    h = (1 - 2 * z) * h + z * n
    expect_close(
        f"step {t + 1}", hs[:, t], h, "Only the factor of the old state differs from minGRU."
    )
expect_close("the last state", last.h, h)

bits = rng.integers(0, 2, size=(3, 200))
switch = MinGRUParams(np.array([[80.0, 0.0]]), np.array([-40.0, 1.0]))  # z is the bit, n is 1
empty = RNNState(np.zeros((3, 1)))
hs, _ = signed_recurrence(bits[:, :, None].astype(float), empty, switch)
hint = "At a one, h becomes 1 - h; at a zero it stays."
expect_close("a light switch, 200 steps", hs[:, :, 0], np.cumsum(bits, axis=1) % 2, hint)
right = signed_recurrence(xs, state, params)[0]
expect_close("on torch tensors", on_torch(signed_recurrence, xs, state, params)[0], right)
print("All good")

# %% [markdown]
# **What does the gate do to a state in each of the two?** Fourteen bits; at a one the gate opens to $z$, at a zero it
# is shut, and $n$ is 1.

# %% experiment="heirs-experiment-live-switch"
bits = np.array([0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1])


def draw_switch(z):
    gate = np.log(max(z, 1e-9) / max(1 - z, 1e-9))
    weights = MinGRUParams(np.array([[gate + 40.0, 0.0]]), np.array([-40.0, 1.0]))
    given = bits[None, :, None].astype(float), RNNState(np.zeros((1, 1))), weights
    states = {
        "parity": np.cumsum(bits) % 2,
        "minGRU": min_gru_scan(*given)[0][0, :, 0],
        "signed recurrence": signed_recurrence(*given)[0][0, :, 0],
    }
    title = f"z = {z:g}: factor {1 - z:.2f} in minGRU, {1 - 2 * z:.2f} in the signed one"
    labels = {"xlabel": "step", "ylabel": "state h", "title": title}
    return plot_curves(range(1, 15), states, **labels)


live(draw_switch, z=(0.0, 1.0, 0.05, 0.95))

# %% [markdown]
# **What to see.** minGRU goes to 1 with the first one, and stays. The signed recurrence goes up and down with parity,
# and slowly loses height, since its factor is -0.9 and not -1; at $z = 1$ it would go on forever. Below $z = 0.5$ its
# factor is positive, and it is a minGRU.
#
# ## 6. Two axes
#
# Now the question of this unit. Five models, all 32 numbers wide, each with one layer: your minGRU and your signed
# recurrence, a tanh RNN, an LSTM, and the self attention of Unit 10 (causal; it knows the place of each step). Each is
# trained on three tasks, for 600 steps:
#
# - **parity**: bits, up to step 20 in training; asked for at steps 21 to 100;
# - **counting modulo 3**: the same with three answers;
# - **recall**: up to 32 pairs of a key (of 64) and a value (of 16), then questions: *what was the value of this key?*
#
# Before you run it, **write down a guess**: which of the five will count beyond step 20? Which will recall 32 pairs? For
# parity you have just seen the reason for two of them. What does a weighted *mean* over all bits say about their parity?

# %% experiment="heirs-experiment-two-axes"
from rnncore.experiments.two_axes import measure_two_axes, score_model

axes = measure_two_axes(min_gru_scan, signed_recurrence)
print(axes)
axes.counting_figure("parity")

# %% [markdown]
# **What to see.** The dotted line marks step 20, up to which all were trained. minGRU is right about a handful of bits and
# at chance by the tenth; attention loses the thread after three or four. The signed recurrence and the LSTM go on beyond
# step 20 as if nothing had happened; they learned the rule. The tanh RNN does so in two seeds of three. In the third (the
# lower edge of its shade) it learned something that is right on the first ten bits and wears out after them; of seeds 3 to
# 9 none did that. We had claimed every seed, and were wrong: the band above asks for the mean of the seeds since then.
#
# Why not attention? It sees a weighted *mean* of what it has read. With $T$ bits one of them moves that mean by about
# $1 / T$, and parity must turn on each single bit; Hahn (2020) made a proof of it. **And counting modulo 3?**

# %% tags=["experiment"]
axes.counting_figure("count mod 3")

# %% [markdown]
# **What to see.** Now the signed recurrence fails as well. A real factor can keep a number or turn its sign, and doing
# this twice leads back to where you were: two states. For a cycle of three one must turn by a *third* of a circle, which
# takes two numbers that mix, a matrix, or complex factors (Grazzi and others 2024). Tanh RNN and LSTM have a matrix.
#
# **Now recall. How many pairs are too many for a state of 32 numbers?**

# %% tags=["experiment"]
axes.recall_figure()

# %% [markdown]
# **What to see.** Attention is right every time, with two pairs as with 32: each pair stays where it is, and a question
# is a query that matches one key. It pays for that with memory, as you will compute below. All recurrences fall, from
# about half with two pairs to about twice chance, 1 in 16, with 32, in the same curve; and the tanh RNN, which must
# push every pair through its matrix and its tanh again at each step, does not get off the ground.
#
# In fairness: they were trained for 600 steps, on up to 32 pairs. Five times as many help (two seeds each): an LSTM
# then recalls 2 pairs in .59 to .78 of the cases and 32 in .14 to .15, a signed recurrence .94 to .97 and .19. The curve
# moves up, and falls all the same.
#
# Both in one picture. To the right: counting. Upwards: recall. (A shape is a seed; some lie inside each other.) **Is there a model in the upper right corner?**

# %% tags=["experiment"]
axes.figure()

# %% [markdown]
# **What to see.** The lower right can count and cannot look things up; the upper left looks up and cannot count. minGRU, in
# the lower left, paid for its speed and got nothing on these two axes. The signed recurrence stands on the right in the
# left panel and on the left in the right one: one minus sign took it half of the way. **The upper
# right corner is empty.** That is what the field works on: layers of both kinds in one network, linear recurrences with
# matrices for factors, states that grow slowly.
#
# How far does this go? One layer, 32 numbers, 600 steps. More layers of attention count further, though a network of
# fixed size has an end; wider states hold more pairs, in proportion to their size (Arora; Jelassi and others 2024 prove it for copying).
# The corners are real, the distances are those of a small experiment.
#
# ### Correction: more efficient?
#
# N0 says that transformers "are much more efficient in sequential data processing". More efficient *at what*? Training:
# yes, all steps at once; but so is your minGRU. Now let them write, one token after the other, as a chatbot does. To
# write token $t$, attention compares it with all tokens before it, and must have kept their keys and values; a
# recurrence needs its last state, and nothing else. **How many multiplications does one more token cost, and how many
# numbers are kept?** One layer of width 512 each:

# %%
H, lengths = 512, 2 ** np.arange(6, 21, 2)
products = {
    "self attention": 3 * H * H + 2 * lengths * H,  # query, key, value; scores and weighted mean
    "LSTM": np.full(len(lengths), 8 * H * H),
    "minGRU": np.full(len(lengths), 2 * H * H),
}
kept = {"self attention": 2 * lengths * H, "LSTM": 2 * H + 0 * lengths, "minGRU": H + 0 * lengths}
labels = {"xlabel": "tokens so far (log2)", "logarithmic": True}
plot_curves(np.log2(lengths), products, ylabel="multiplications for the next token", **labels)

# %%
for name, numbers in kept.items():
    print(
        f"{name:15s} keeps {numbers[0]:>12,} numbers after 64 tokens, {numbers[-1]:>13,} after a million"
    )

# %% [markdown]
# **What to see.** Up to about a thousand tokens attention costs less than an LSTM. After a million it keeps a thousand
# million numbers in *one* layer, and each further token costs as many multiplications; the recurrences pay what they
# always paid. "Much more efficient" is true of training, and of short texts. For reading on and on it is the other way
# round, and this is why recurrence came back: Mamba, RWKV, Griffin, DeltaNet and one half of xLSTM are linear
# recurrences with larger states, and many new models mix a few layers of attention with many of recurrence: each where
# it is strong.
#
# ## 7. An experiment of your own
#
# Four times in this unit somebody made a claim, and a *band* said beforehand which numbers would refute it. Now it is
# your turn. An **ablation** changes one thing and holds all else. It is easy to fool oneself with one: run five
# variants, keep the seed that looks best, explain afterwards why it had to be so. The remedy is to write down *before
# running* what you claim, which numbers would prove you wrong, and when you stop. This is called **pre-registration**;
# before a drug is tried on people, many countries demand it by law.
#
# Below is the form. Choose a question that interests you, for instance
#
# - does a state of 64 numbers recall 16 pairs better than one of 16 (`H`)? By how much?
# - does an LSTM learn recall of few pairs if it may train for longer (`steps`)?
# - do three times as many training steps bring the signed recurrence to counting modulo 3?
# - does minGRU learn parity with more units?
#
# `score_model` trains one model on one task and gives the share of right answers. Its options: `model` ("tanh RNN",
# "LSTM", "minGRU", "signed recurrence", "self-attention"), `task` ("parity", "count mod 3", "recall"), `pairs`, `steps`,
# `H`, `B`, `learning_rate`. A run takes one to ten seconds.
#
# **Fill in the form, and register it.** A registered plan cannot be changed: the next cell runs this plan and no other.
# If you want to try something out first, do it with seeds below 100; the plan's seeds begin at 100. For another
# question, register another plan in another file, and say in your report that there were two.

# %% experiment="heirs-experiment-plan"
from rnncore.experiments.preregistered import Plan, carry_out, register

plan = Plan(
    claim="A state of 128 numbers recalls more of 8 pairs than one of 16.",
    baseline={"model": "LSTM", "task": "recall", "pairs": 8, "H": 16},
    changed={"model": "LSTM", "task": "recall", "pairs": 8, "H": 128},
    at_least=0.1,
    seeds=3,
    minutes=2.0,
)
print(plan)
register(plan, "plan.json")

# %% experiment="heirs-experiment-report"
report = carry_out(plan, "plan.json", score_model)
print(report)
report.figure()

# %% [markdown]
# **What to see.** The form, the numbers of every seed, and a verdict that the form had fixed. A claim that fails is as good
# a report as one that holds: you know something that you did not know before. If the verdict is *undecided*, time was
# up, and the honest report says so.
#
# ## {{ exercise heirs-question }}
#
# Write the report of your ablation, half a page: (a) the claim, and why it might be true *and* why it might be false;
# (b) the band and the stopping rule as you registered them, and why you chose these numbers; (c) what came out, all
# seeds, and the verdict as it was registered, whether you like it or not; (d) what your experiment does *not* show, and
# in which corner of the picture of section 6 your finding belongs. If you registered more than one plan, say so.

# %% [markdown] question="heirs-question" heading="A pre-registered ablation" points=4
# ### BEGIN SOLUTION
# **A good answer.** (a) I claimed that an LSTM with a state of 128 numbers recalls more of 8 pairs than one of 16. It
# might be true because pairs must be kept in the state, and a larger one has more room; it might be false because 600
# steps may not suffice to learn to *use* the room, as the curves of section 6 suggest, where even two pairs were not
# learned. (b) Registered: changed minus baseline at least 0.1 in each of three seeds, 100 to 102; no further seed after
# two minutes. 0.1 because chance is 1/16 and seeds in section 6 differ by a few hundredths, so that 0.1 is
# neither luck nor a trifle. (c) In seeds 100 and 101 the larger state gained 0.195 and 0.201, in seed 102 only 0.044. So
# by the band that I registered the claim does not hold, although the mean gain is 0.147; I ran this plan and no other.
# (d) It is one task, one number of pairs, one length of training and two sizes: it says nothing of how recall grows in
# between, and the claim may hold after longer training. The finding belongs to the axis of recall, in the lower half; on
# the axis of counting nothing was measured.
#
# **Rubric.** One point each: (1) a claim that can fail, with a reason for either outcome; (2) band and stopping rule
# stated as registered *before* the run (the printed plan and the report agree), with a reason for the size of the band;
# (3) all seeds reported, and the verdict that the registered band gives, also if it is not the hoped-for one (no point
# is lost for a claim that fails; half a point is if seeds or plans are left out); (4) at least one limit of the
# experiment (one size, one task, training that was short, few seeds) and its place among the two axes: counting needs a
# state that can change its sign or rotate, recall needs room that grows.
# ### END SOLUTION

# %% [markdown]
# ## 8. Thirteen units
#
# This is what you have built, by hand, from the first token to here.
#
# **Where does each unit stand?**

# %%
MAP = {
    "what goes in": ["1 tokens, windows", "8 embeddings", "12 images, sound"],
    "the cell": ["2 RNN", "5 LSTM", "6 GRU, variants", "13 linear recurrences"],
    "how it learns": ["3 BPTT", "4 gradients, clipping", "9 truncated, state carried"],
    "arranged": ["7 deep, both ways, trees", "10 encoder, attention", "12 CTC"],
    "what it does": ["8 tags", "9 writes", "10 translates", "11 forecasts", "12 reads"],
    "what it cannot": [
        "4 long lags (RNN)",
        "10 one vector",
        "11 random walks",
        "13 the empty corner",
    ],
}
with new_figure(size=(9.0, 5.2)) as (figure, panel):
    for y, (row, boxes) in enumerate(MAP.items()):
        panel.text(-0.02, -y, row, ha="right", va="center", weight="bold")
        for k, words in enumerate(boxes):
            colour = COLOURS[y % len(COLOURS)]
            style = {"boxstyle": "round,pad=0.5", "facecolor": colour, "alpha": 0.25}
            place = (k + 0.5) / len(boxes)
            panel.text(place, -y, words, ha="center", va="center", fontsize=9, bbox=style)
        if y:
            panel.annotate("", (0.5, -y + 0.32), (0.5, -y + 0.68), arrowprops={"arrowstyle": "->"})
    panel.set(xlim=(-0.16, 1.05), ylim=(-5.5, 0.5), title="Thirteen units; the number is the unit")
    panel.axis("off")
figure

# %% [markdown]
# **What to see.** From top to bottom it is the way of a sequence through a network; from left to right it is the order in
# which you met the parts. The last row is the one that a textbook leaves out, and perhaps the one to remember: of each
# model you know a task at which it fails, because you have seen it fail.
#
# ## Look back
#
# - A **Hopfield network** stores patterns in valleys of an energy, and recalls by rolling downhill. It holds about
#   $0.138\, N$ random patterns, and beyond that none.
# - The **history compressor** hands up what was not predicted. What can be predicted need not be remembered.
# - A **linear recurrence** needs no waiting: two steps are one step of the same form, and a scan solves all of them in
#   $2 \log_2 T$ rounds. minGRU is one; what it gives up is a gate that sees the state.
# - **Counting** needs a state that can change places with itself: a factor below zero for parity, a rotation for three.
#   **Recall** needs room that grows with what is to be recalled. Nothing here does both.
# - Write the claim, the band and the end of the experiment down before you begin. It costs a minute, and it is the
#   difference between finding out and being right.
#
# You began with tokens and a model without memory; in Units 1 to 12 you built cells, their gradients, layers, taggers,
# writers, translators, forecasters and readers, each checked by a hand computation, a law, another implementation or a
# finite difference. These four ways to know that you are right will serve you whatever model comes next.
#
# **Where to go next**
#
# - *Build the rival.* Your `self_attention`, several heads, a feed-forward part, a residual path: A. Karpathy's *nanoGPT*
#   is about 300 lines, and you know nearly all of them.
# - *Build the heirs.* Read Mamba and xLSTM, with your `linear_recurrence` at hand: which are its $a$ and $b$? Replace the
#   factor by a small matrix, and try for the upper right corner.
# - *Go to real data.* Your CTC on real speech, your translator with subword tokens, your forecaster on a series that
#   matters to somebody. Split in time, keep a naive baseline, count the seeds.
# - *Read a paper as you would grade it.* What is the claim, where is the band, who chose the seeds? And can you rebuild
#   it in an afternoon? More often than you think, you can.
#
# ## References
#
# - J. J. Hopfield, *Neural networks and physical systems with emergent collective computational abilities*, PNAS 79
#   (1982), [doi:10.1073/pnas.79.8.2554](https://doi.org/10.1073/pnas.79.8.2554); W. A. Little, *The existence of
#   persistent states in the brain*, Mathematical Biosciences 19 (1974),
#   [doi:10.1016/0025-5564(74)90031-5](https://doi.org/10.1016/0025-5564(74)90031-5).
# - D. J. Amit, H. Gutfreund and H. Sompolinsky, *Storing infinite numbers of patterns in a spin-glass model of neural
#   networks*, Physical Review Letters 55 (1985),
#   [doi:10.1103/PhysRevLett.55.1530](https://doi.org/10.1103/PhysRevLett.55.1530).
# - H. Ramsauer and others, *Hopfield Networks is All You Need* (2020),
#   [arXiv:2008.02217](https://arxiv.org/abs/2008.02217).
# - J. Schmidhuber, *Learning complex, extended sequences using the principle of history compression*, Neural Computation
#   4 (1992), [doi:10.1162/neco.1992.4.2.234](https://doi.org/10.1162/neco.1992.4.2.234).
# - G. E. Blelloch, *Prefix Sums and Their Applications*, Carnegie Mellon University, CMU-CS-90-190 (1990); E. Martin
#   and C. Cundy, *Parallelizing Linear Recurrent Neural Nets Over Sequence Length* (2018),
#   [arXiv:1709.04057](https://arxiv.org/abs/1709.04057).
# - L. Feng and others, *Were RNNs All We Needed?* (2024), [arXiv:2410.01201](https://arxiv.org/abs/2410.01201).
# - M. Hahn, *Theoretical Limitations of Self-Attention in Neural Sequence Models*, TACL 8 (2020),
#   [arXiv:1906.06755](https://arxiv.org/abs/1906.06755).
# - Y. Sarrof, Y. Veitsman and M. Hahn, *The Expressive Capacity of State Space Models: A Formal Language Perspective*
#   (2024), [arXiv:2405.17394](https://arxiv.org/abs/2405.17394); R. Grazzi and others, *Unlocking State-Tracking in
#   Linear RNNs Through Negative Eigenvalues* (2024), [arXiv:2411.12537](https://arxiv.org/abs/2411.12537).
# - S. Arora and others, *Zoology: Measuring and Improving Recall in Efficient Language Models* (2023),
#   [arXiv:2312.04927](https://arxiv.org/abs/2312.04927); S. Jelassi and others, *Repeat After Me: Transformers are
#   Better than State Space Models at Copying* (2024), [arXiv:2402.01032](https://arxiv.org/abs/2402.01032).
# - A. Gu and T. Dao, *Mamba: Linear-Time Sequence Modeling with Selective State Spaces* (2023),
#   [arXiv:2312.00752](https://arxiv.org/abs/2312.00752); M. Beck and others, *xLSTM: Extended Long Short-Term Memory*
#   (2024), [arXiv:2405.04517](https://arxiv.org/abs/2405.04517); S. De and others, *Griffin* (2024),
#   [arXiv:2402.19427](https://arxiv.org/abs/2402.19427).
# - Lecture notes N4 (Hopfield, history compressor), N0 (transformers), N2 and N3 (training takes long).
