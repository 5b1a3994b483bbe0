# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 10. Sequence to sequence, and attention
#
# > *Heute hat der alte Lehrer zum ersten Mal seit vielen Jahren wieder einen kleinen Hund ...*
#
# Today the old teacher has, for the first time in many years, a small dog ... bought? found? painted? forgotten? The
# German speaker knows, and you have to wait: the verb comes last. An English sentence wants it third. So a translator
# cannot go word by word. Interpreters hold their breath, read ahead, and keep the whole sentence in mind.
#
# How much fits into one mind? In this unit you build a network that reads a sentence into one vector and writes another
# sentence out of it. You measure how long a sentence may get before the vector is full. Then you allow the network to
# do what you would do: **look back** at the page. That is attention, and it has changed the field more than any other
# idea in this course. At the end your network translates a sentence of yours, and you can watch where it looked.
#
# **At the end of this unit you can**
#
# - write an encoder, a decoder and the attention between them, so that padding changes nothing;
# - train them on the right words (*teacher forcing*), let them write on their own (*inference*), and say what goes
#   wrong between the two (*exposure bias*);
# - say from your own measurements how much fits through one vector, and what looking back costs;
# - tell global, local and self attention apart, and mend the lecture notes' definition of the last;
# - search for a good sentence, score it with BLEU, and say when not to believe the score.
#
# **You need** words as vectors and losses of a language model (Units 8 and 9), `bidirectional` (Unit 7) and
# `gru_step` (Unit 6), padding (Unit 1), and softmax.
#
# **Time** three hours. **Points** {{ points }}:
#
# {{ exercises }}
#
# **How to work** As before: write the function, run the check; if it ends with `All good`, go on. A check stops with
# `NotImplementedError` if an exercise that it calls is open; grading takes right versions of the earlier ones.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made. N2 has half a page on
# this unit's subject; where it goes wrong, a *Correction* tries it out.
#
# **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers in an input, $H$ units,
# $V$ words in a vocabulary, $S$ steps of a source, which the encoder reads. The decoder has $Q$ units, and what it looks
# at is $E$ numbers wide. Rows are sequences: $x W_x$.

# %% given="s2s-setup"
import math
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch
from array_api_compat import device
from jaxtyping import Bool, Int

from rnncore.functional.attention import SelfAttentionParams, general_scores
from rnncore.functional.attention import additive_scores, dot_scores
from rnncore.functional.base import Array, Float
from rnncore.functional.base import array_namespace, concat, require_kind, require_shape
from rnncore.functional.base import log_softmax, map_tree, stack, tanh, zeros
from rnncore.functional.cells import GRUParams, RNNState, gru_step
from rnncore.functional.cells import init_gru_params
from rnncore.functional.decoding import Decoder, DecoderParams, DecoderState, EncoderParams
from rnncore.functional.decoding import beam_search, init_seq2seq_params, next_log_probs
from rnncore.functional.learning import sequence_cross_entropy
from rnncore.functional.sequence import Lengths, bidirectional, embedding_forward, length_mask
from rnncore.functional.sequence import readout, unroll
from rnncore.lab.checks import expect_close, expect_equal, expect_shape, expect_unchanged, on_torch
from rnncore.lab.corpora import load_if_there
from rnncore.lab.live import live
from rnncore.lab.plots import plot_alignment, plot_curves
from rnncore.lab.plots.style import UNSIGNED, new_figure
from rnncore.tasks.batching import pad_batch
from rnncore.tasks.vocab import BOS, EOS, PAD, tokenize

# %% [markdown]
# Your code needs some of these. They work on NumPy arrays and on torch tensors; in section 9 torch trains what you
# wrote, so use them rather than functions of `np`.
#
# | tool | does |
# |---|---|
# | `embedding_forward(ids, W_e)` | the vectors of words, one more axis (Unit 8) |
# | `bidirectional(step, xs, states, params, lengths)` | reads in both directions (Unit 7): states $(B, S, 2H)$, zero in the padding; the *last state of each cell*; caches |
# | `gru_step(x, state, params)` | one step (Unit 6); its state is `RNNState(h)` |
# | `length_mask(lengths, like)` | true at the words of each row, $(B, S)$; `like` is any array that begins $(B, S)$ |
# | `zeros(shape, like)` | zeros of the kind of `like` |
# | `concat([a, b], axis=1)`, `stack([...], axis=1)` | join along an axis they have, or along a new one |
# | `array_namespace(a)` | the library of `a`, say `xp`; then `xp.where`, `xp.exp`, `xp.sum`, `xp.max`, `xp.argmax`, `xp.all` |
# | `readout(h, params)` | $h W_y + b_y$ (Unit 2) |
# | `sequence_cross_entropy(scores, targets, mask)` | the mean surprise in nats (Unit 3) |
#
# ## 1. Read to the end
#
# A **seq2seq** network (sequence to sequence) is two recurrent networks. The **encoder** reads the source and hands
# over its last state; the **decoder** starts from there and writes the target, word by word. The two sentences may have
# different lengths. You have seen this layout in Unit 2; what was missing there was words, training, and padding.
#
# Take padding first, since everything depends on it. Sentences stand in one array, the short ones filled up with PAD.
# **Does a sentence mean the same in long company as alone?** We read five words with a fresh GRU, `unroll` style, and
# then PAD after PAD, and see how far the state has moved from where the sentence ended.


# %%
def moved_by_padding(seed):
    rng = np.random.default_rng(seed)
    vectors, cell = rng.normal(size=(20, 8)), init_gru_params(8, 16, rng)
    sentence = np.concatenate([rng.integers(4, 20, size=5), np.full(12, PAD)])
    hs, _, _ = unroll(gru_step, vectors[sentence][None], RNNState(np.zeros((1, 16))), cell)
    end = hs[0, 4]
    return np.linalg.norm(hs[0, 4:] - end, axis=1) / np.linalg.norm(end)


plot_curves(
    range(13),
    {"fresh GRU": [moved_by_padding(seed) for seed in range(5)]},
    xlabel="PADs read after the sentence",
    ylabel="distance moved / length of the state",
    title="Who reads padding forgets the sentence",
)

# %% [markdown]
# **What to see.** After three PADs the state has moved further than it is long, in the mean of five networks; in the
# one that minds them least, by half its length. (The band reaches from the lowest to the highest.) How many PADs there
# are depends on the *longest* sentence of the batch, so the same sentence would be translated differently in different
# company. A trained network learns to live with it, more or less, which is why the mistake survives: three tutorials
# that thousands have learned from have it. The seq2seq chapter of *Dive into Deep Learning* hands the lengths to its
# encoder, which ignores them; of *pytorch-seq2seq*, notebooks 1 to 3 read padding, and the fourth puts it right;
# PyTorch's own tutorial, in its classic form, spreads the softmax of its attention over empty places. Yours will not.
#
# The encoder reads in both directions, since what comes later often says what a word meant (Teddy, Unit 7). With $n$
# the length of a sentence and $W_e$ the table of word vectors:
#
# $$
# x_s = W_e[\text{id}_s], \qquad k_s = [\overrightarrow h_s, \overleftarrow h_s], \qquad
# h_0 = \tanh([\overrightarrow h_n, \overleftarrow h_1] W_s + b_s)
# \tag{10.1}
# $$
#
# The $k_s$ are called **keys**; they wait for section 2. $h_0$ is the one vector from which the decoder starts.
#
# ### {{ exercise encode-source }}
#
# Write (10.1) with the parts that you have built: word vectors, `gru_step`, `bidirectional`. Both cells start from
# zeros. Mind what stands in brackets in $h_0$: each cell's state after it has read *everything*, and for the backward
# cell that is at the first word. All that the decoder will need goes out in one `DecoderState`.
#
# *If you are stuck:* `bidirectional` returns three things, and you need two of them.

# %% exercise="encode-source"
from rnncore.functional.decoding import encode_source  # exercise
#: The rows of params.forward.W_h tell H. RNNState(zeros(...)) is an empty state.
#: Which result of bidirectional is the state of each cell after its last word?

# %% [markdown]
# The check asks torch, which reads each sentence *alone*, so that there is no padding at all. Then a law: a sentence
# alone, in company, and with rubbish in its padding must give the same.


# %% given="s2s-oracle"
from rnncore.functional.cells import gru_to_torch


def torch_encoder(ids, lengths, params):
    """Keys and last states of both cells, as torch computes them, sentence by sentence."""
    D, H = params.forward.W_x.shape[0], params.forward.W_h.shape[0]
    layer = torch.nn.GRU(D, H, batch_first=True, bidirectional=True).double()
    for end, cell in (("", params.forward), ("_reverse", params.backward)):
        weights = {name + end: torch.tensor(w) for name, w in gru_to_torch(cell).items()}
        layer.load_state_dict(weights, strict=False)
    keys, ends = np.zeros((*ids.shape, 2 * H)), np.zeros((len(ids), 2 * H))
    for b, n in enumerate(lengths):
        with torch.no_grad():
            out, last = layer(torch.tensor(params.W_e[ids[b : b + 1, :n]]))
        keys[b, :n], ends[b] = out[0], last.flatten()
    return keys, ends


# %% check="encode-source"
rng = np.random.default_rng(0)
weights = init_seq2seq_params(12, 11, D=3, H=4, Q=5, rng=rng)
ids, lengths = np.array([[5, 8, 6, 3, 0], [9, 3, 0, 0, 0], [4, 7, 7, 5, 3]]), [4, 2, 5]
with expect_unchanged("encode_source", ids=ids, params=weights.encoder):
    state = encode_source(ids, lengths, weights.encoder)
assert isinstance(state, DecoderState), f"return a DecoderState; got {type(state).__name__}"
for name, array, shape in zip(state._fields, state, [(3, 5), (3, 5, 8), (3, 5)], strict=True):
    expect_shape(f"encode_source: {name}", array, shape)
keys, both = torch_encoder(ids, lengths, weights.encoder)
expect_close("keys, against torch", state.keys, keys, "If only short rows differ: the padding.")
first = np.tanh(both @ weights.encoder.W_s + weights.encoder.b_s)
expect_close("h, against torch", state.h, first, "Each cell's state after its last word.")
expect_equal("mask", np.asarray(state.mask).tolist(), (ids != PAD).tolist(), "True at the words.")
dtype = np.asarray(state.mask).dtype
assert dtype.kind == "b", f"the mask should hold true and false; got {dtype}"

alone = encode_source(ids[1:2, :2], [2], weights.encoder)
rubbish = encode_source(np.where(ids == PAD, 6, ids), np.array(lengths), weights.encoder)
expect_close("alone and in company: h", alone.h, state.h[1:2], "The second cell begins in padding?")
expect_close(
    "rubbish in the padding: h", rubbish.h, state.h, "Only the lengths may say what counts."
)
expect_close("rubbish in the padding: keys", rubbish.keys, state.keys, "As above.")
expect_equal("rubbish in the padding: mask", np.asarray(rubbish.mask).tolist(), state.mask.tolist())

as_tensors = on_torch(encode_source, ids, lengths, weights.encoder)
expect_close("keys, on torch tensors", as_tensors.keys, keys)
print("All good")

# %% [markdown]
# ## 2. Looking back
#
# N2 says of the encoder that "the input sequence is encoded into a fixed-length representation", has a heading "Problem
# with encoder & Decoder", and ends there. The problem is in the word *fixed*: ten words or fifty, $h_0$ has $Q$
# numbers. Section 5 plots it.
#
# The remedy of Bahdanau, Cho and Bengio (2015) is to let the decoder see all the keys, and choose. At each step its
# state is a **query**. It is compared with each key, which gives a **score**; softmax turns the scores into
# **weights**; and the weighted mean of the values (here the keys themselves) is the **context**, the part of the
# source that is wanted now. There is one more condition. Padding has keys too, and must get nothing. With the mask
# $m_{ts}$, 1 where query $t$ may look and 0 elsewhere:
#
# $$
# a_{ts} = \frac{m_{ts} \exp(\text{score}_{ts})}{\sum_j m_{tj} \exp(\text{score}_{tj})}, \qquad
# \text{context}_t = \sum_{s=1}^{S} a_{ts}\, \text{value}_s
# \tag{10.2}
# $$
#
# N2 calls this *global attention*: "the decoder attends the entire input sequence". The entire sentence, yes; the
# entire array, no.
#
# **By hand.** Three scores, $\ln 3$, $0$ and $5$, of which the third belongs to padding. What are the three weights?
# The values are 8, 4 and 100. What is the context?
#
# <details><summary>Answer</summary>
# The weights are 3/4, 1/4 and 0, since exp(ln 3) = 3 and exp(0) = 1. The context is 6 + 1 = 7.
# </details>
#
# ### {{ exercise attend }}
#
# Write (10.2). Two traps: $\exp(800)$ overflows, so take each query's largest score off first (it cancels in the
# fraction); and a query with no place to look at must not end in $0 / 0$. The mask is $(B, 1, S)$, one for all queries
# of a sentence, or $(B, T, S)$.

# %% exercise="attend"
from rnncore.functional.attention import attend  # exercise
#: xp.where(mask, a, b) takes a where the mask is true and b elsewhere; shapes may broadcast.
#: The weights are (B, T, S) and the values (B, S, E): which product gives (B, T, E)?

# %% check="attend"
scores = np.array([[[np.log(3), 0.0, 5.0]]])
values, mask = np.array([[[8.0], [4.0], [100.0]]]), np.array([[[True, True, False]]])
with expect_unchanged("attend", scores=scores, values=values, mask=mask):
    contexts, weights_ = attend(scores, values, mask)
expect_close("by hand: the weights", weights_[0, 0], [0.75, 0.25, 0], "Padding: exactly 0.")
expect_close("by hand: the context", contexts[0, 0], [7.0], "0.75 · 8 + 0.25 · 4.")

rng = np.random.default_rng(1)
q, k, v = rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 6))
mask = length_mask([3, 5], k)[:, None, :]
contexts, weights_ = attend(q @ k.transpose(0, 2, 1), v, mask)
witness = torch.nn.functional.scaled_dot_product_attention
theirs = witness(*map(torch.tensor, (q, k, v)), attn_mask=torch.tensor(mask), scale=1.0)
expect_close("contexts, against torch", contexts, theirs, "Which axis does the softmax run along?")
expect_close("each query has 1 to share", weights_.sum(axis=2), np.ones((2, 4)))

each = rng.random(size=(2, 4, 5)) < 0.7
each[0, 1] = False  # this query may look nowhere
contexts, weights_ = attend(q @ k.transpose(0, 2, 1), v, each)
expect_close("a mask for each query", weights_.sum(axis=2), each.any(axis=2), "0 / 0?")
expect_close("nowhere to look: the context", contexts[0, 1], np.zeros(6))
contexts, _ = attend(500.0 * scores, values, mask[:1, :, :3])
expect_close("large scores", contexts[0, 0], [100.0], "Take the largest score off before exp.")

as_tensors, _ = on_torch(attend, q @ k.transpose(0, 2, 1), v, mask)
expect_close("on torch tensors", as_tensors, theirs.numpy())
print("All good")

# %% [markdown]
# ### How well does a query fit a key?
#
# Three answers are in use. You need not write them; each is one line:
#
# $$
# \text{score}_{ts} = q_t \cdot k_s, \qquad
# \text{score}_{ts} = q_t W_a \cdot k_s, \qquad
# \text{score}_{ts} = v \cdot \tanh(q_t W_q + k_s W_k)
# \tag{10.3}
# $$
#
# **Dot** has nothing to learn, and wants queries and keys of one width. **General** (Luong and others 2015) has a
# matrix in between, so that a query can ask for something that does not look like itself. **Additive** (Bahdanau) is a
# small network of its own. **What can one do that another cannot?** Sixteen words, each a one-hot key. Query $t$ should
# find word $17 - t$, the sentence backwards; but what it *is* is a one-hot $t$.

# %%
eye, backwards = np.eye(16)[None], 6.0 * np.eye(16)[::-1]
found = {"dot": dot_scores(6.0 * eye, eye), "general": general_scores(eye, eye, backwards)}
everywhere = np.ones((1, 1, 16), dtype=bool)
with new_figure(1, 2, size=(7.0, 3.4), sharey=True) as (figure, panels):
    for panel, (name, score) in zip(panels, found.items(), strict=True):
        image = panel.imshow(attend(score, eye, everywhere)[1][0], cmap=UNSIGNED, vmin=0, vmax=1)
        panel.set(title=f"{name} scores", xlabel="key: word of the source")
    panels[0].set_ylabel("query: step of the decoder")
    figure.colorbar(image, ax=panels, label="weight")
figure

# %% [markdown]
# **What to see.** With dot scores a query finds what it resembles: itself. One matrix turns the sentence round. (Dot
# scores can do it too if the cell that makes the queries learns to make them look like the keys; then the cell carries
# what the matrix would.) Your decoder uses the general form.
#
# ## 3. A decoder that looks back
#
# One step: read the word written last; look back; mix what you see with what you know; score all words of the
# vocabulary.
#
# $$
# \begin{aligned}
# h_t &= \text{GRU}(W_e[y_{t-1}],\; h_{t-1}) \\
# \text{context}_t &= \textstyle\sum_s a_{ts} k_s, \qquad a_{ts} = \text{softmax}(h_t W_a \cdot k_s)_s \\
# \text{scores}_t &= \tanh([\text{context}_t, h_t] W_c)\, W_y + b_y
# \end{aligned}
# \tag{10.4}
# $$
#
# ```text
#   keys   k₁   k₂   k₃   k₄        the source, read once
#           ╲    │    │   ╱
#            weights a_t  ◀──────────── query
#                 │                       │
#              context_t ──▶ [W_c] ◀──── h_t ◀── GRU ◀── h_(t-1)
#                              │                  ▲
#                           scores_t           y_(t-1), the word written last
# ```
#
# ### {{ exercise decode-step }}
#
# Write (10.4) with your `attend`. It expects an axis of queries, and one step has one query: `h[:, None, :]` makes
# $(B, 1, Q)$. Return scores, not probabilities; the loss and the search take the softmax themselves.

# %% exercise="decode-step"
from rnncore.functional.decoding import decode_step  # exercise
#: general_scores(queries, keys, W_a) gives (B, T, S); here T is 1.
#: The new state is the old one with another h: state._replace(h=...).

# %% [markdown]
# In the first check all weights but a few are zero, and you can follow the numbers. Then torch, on three padded
# sentences.


# %% given="s2s-decoder-oracle"
def torch_decoder(tokens, state, params):
    """Scores, h and weights of one step, as torch computes them."""
    D, Q = params.cell.W_x.shape[0], params.cell.W_h.shape[0]
    cell = torch.nn.GRUCell(D, Q).double()
    named = {k.removesuffix("_l0"): torch.tensor(w) for k, w in gru_to_torch(params.cell).items()}
    cell.load_state_dict(named)
    with torch.no_grad():
        h = cell(torch.tensor(params.W_e[tokens]), torch.tensor(state.h)).numpy()
    fit = np.einsum("bq,qe,bse->bs", h, params.W_a, state.keys)
    looked = torch.softmax(torch.tensor(np.where(state.mask, fit, -np.inf)), dim=1).numpy()
    seen = np.einsum("bs,bse->be", looked, state.keys)
    return readout(np.tanh(np.hstack([seen, h]) @ params.W_c), params.readout), h, looked


# %% check="decode-step"
zero = map_tree(np.zeros_like, init_seq2seq_params(4, 4, D=2, H=1, Q=2, rng=rng).decoder)
keys = np.array([[[1.0, 0.0], [3.0, 2.0], [50.0, 50.0]]])
state = DecoderState(np.array([[0.8, -0.6]]), keys, np.array([[True, True, False]]))
plain = zero._replace(W_c=np.eye(4)[:, :2], readout=zero.readout._replace(W_y=np.eye(2, 4)))
with expect_unchanged("decode_step", state=state, params=plain):
    scores, new, looked = decode_step(np.array([2]), state, plain)
expect_close("by hand: h halves", new.h, [[0.4, -0.3]], "Gates of one half and a candidate of 0.")
expect_close("by hand: the weights", looked, [[0.5, 0.5, 0.0]], "Equal scores, and no padding.")
right = [[np.tanh(2), np.tanh(1), 0, 0]]
expect_close("by hand: the scores", scores, right, "Context first, then h.")

rng = np.random.default_rng(2)
weights = init_seq2seq_params(12, 11, D=3, H=4, Q=5, rng=rng)
state = encode_source(ids, lengths, weights.encoder)
tokens = np.array([2, 7, 4])
scores, new, looked = decode_step(tokens, state, weights.decoder)
expect_shape("scores", scores, (3, 11))
expect_shape("weights", looked, (3, 5))
right, h, theirs = torch_decoder(tokens, state, weights.decoder)
expect_close("h, against torch", new.h, h, "The cell reads the vector of the word written last.")
expect_close("weights, against torch", looked, theirs, "The query is the new h.")
expect_close("scores, against torch", scores, right, "Mix, squash, read off; no softmax.")
expect_close("keys go on as they are", new.keys, state.keys)
dtype = np.asarray(new.mask).dtype
assert dtype.kind == "b", f"the mask should go on as it is, true and false; got {dtype}"

as_tensors, _, _ = on_torch(decode_step, tokens, state, weights.decoder)
expect_close("on torch tensors", as_tensors, scores)
print("All good")

# %% [markdown]
# ## 4. Told the truth, and left alone
#
# **Training.** The decoder should find each right word likely, after the right words before it. It is *told* these,
# even where it would have written something else: **teacher forcing** (Williams and Zipser 1989). With $m$ the mask of
# the target and $n$ the number of words that are predicted:
#
# $$
# L = -\frac1n \sum_{b,\, t \ge 2} m_{bt} \log P(y_{bt} \mid y_{b1} \dots y_{b,t-1},\ \text{source}_b), \qquad
# n = \sum_{b,\, t \ge 2} m_{bt}
# \tag{10.5}
# $$
#
# ```text
#   the decoder reads    BOS   ein   Hund  schläft   .
#   and is asked for     ein   Hund  schläft   .    EOS
# ```
#
# It is the shift of Unit 9. BOS is read and never asked for; EOS is asked for and never read. If EOS did not count, the
# network would never learn to stop.
#
# ### {{ exercise teacher-forced-loss }}
#
# Write (10.5) for *any* decoder: a function `scores, state = decoder(tokens, state)`, as in Unit 9. Step through the
# target, collect the scores, and leave the rest to `sequence_cross_entropy`. Which words count is what the mask says
# about the words that are *predicted*.

# %% exercise="teacher-forced-loss"
from rnncore.functional.decoding import teacher_forced_loss  # exercise
#: Of T words T - 1 are read, one step each; the scores of all steps are (B, T - 1, V).

# %% [markdown]
# The first check uses a decoder that always finds all of its 8 words alike: whatever it is told, its surprise is
# $\ln 8$. The second knows which word comes after which; it must be surprised by nothing. Then torch, and padding.


# %% check="teacher-forced-loss"
def knows_nothing(tokens, state):
    return np.zeros((len(tokens), 8)), state


def counts_up(tokens, state):
    """Expects each word to be one more than the last. Its state counts the steps."""
    return 50.0 * np.eye(8)[(tokens + 1) % 8], state + 1


targets = np.array([[2, 3, 4, 5, 6], [5, 6, 7, 0, 0]])
mask = np.array([[True] * 5, [True, True, True, False, False]])
with expect_unchanged("teacher_forced_loss", targets=targets, mask=mask):
    loss = teacher_forced_loss(knows_nothing, 0, targets, mask)
expect_close("knows nothing", loss, np.log(8), "Nats, a mean over the words that are predicted.")
hint = "Asked for the next word, it should be right; and padding is no word."
expect_close("counts up", teacher_forced_loss(counts_up, 0, targets, mask), 0.0, hint)
one_wrong = np.where(np.arange(5) == 4, 3, targets)
loss = teacher_forced_loss(counts_up, 0, one_wrong, mask)
expect_close("one of six words is a surprise", loss, 50 / 6, "How many words are predicted?", 1e-4)

written = np.array([[2, 8, 6, 9, 3], [2, 5, 3, 0, 0], [2, 4, 4, 3, 0]])
mask, decoder = written != PAD, lambda y, s: decode_step(y, s, weights.decoder)[:2]
loss = teacher_forced_loss(decoder, state, written, mask)
scores, after = [], state
for t in range(4):
    step, after, _ = decode_step(written[:, t], after, weights.decoder)
    scores.append(torch.tensor(step))
theirs = torch.nn.functional.cross_entropy(
    torch.stack(scores, 2), torch.tensor(written[:, 1:]), ignore_index=PAD
)
expect_close("your decoder, against torch", loss, theirs, "Is the state handed on?")
rubbish = teacher_forced_loss(decoder, state, np.where(mask, written, 7), mask)
expect_close("rubbish in the padding", rubbish, loss, "Only the mask says what counts.")
print("All good")

# %% [markdown]
# **Inference** is what we call it when the network is used: now there is no teacher, and what the decoder reads is what
# it has written itself. The simplest way is *greedy*: at each step the word with the highest score.
#
# $$y_t = \arg\max_v\; \text{scores}_{tv}, \qquad \text{until } y_t = \text{EOS} \tag{10.6}$$
#
# ### {{ exercise greedy-decode }}
#
# Write (10.6) for a batch. Sentences end at different steps; one that has ended is filled up with the end token while
# the others go on. Stop when all have ended, or after $T$ words.

# %% exercise="greedy-decode"
from rnncore.functional.decoding import greedy_decode  # exercise
#: Keep an array `done`, (B,), true for the rows that have ended. xp.where(done, end, best)?

# %% check="greedy-decode"
stops = np.array([3, 1, 2])  # the step at which each row ends


def script(tokens, step):
    """Row b writes 10, 11, 12 ... and ends with 3 at its own step; it looks at what it reads."""
    scores = np.zeros((len(tokens), 20))
    scores[np.arange(len(tokens)), np.where(tokens == 2, 10, tokens + 1)] = 1.0
    scores[step[:, 0] == stops[: len(tokens)], 3] = 2.0
    return scores, step + 1


start, first = np.array([2, 2, 2]), np.zeros((3, 1), dtype=int)
with expect_unchanged("greedy_decode", start=start, state=first):
    words = greedy_decode(script, first, start, 3, 10)
right = [[10, 11, 12, 3], [10, 3, 3, 3], [10, 11, 3, 3]]
expect_equal("three sentences", np.asarray(words).tolist(), right, "Ended rows go on with 3.")
assert "int" in str(getattr(words, "dtype", "none")), "return an array of integers"
words = greedy_decode(script, first, start, 3, 2)
expect_equal("two words at most", np.asarray(words).tolist(), [[10, 11], [10, 3], [10, 11]])
words = greedy_decode(script, first[:1], start[:1], 3, 10)
expect_equal("one sentence", np.asarray(words).tolist(), [[10, 11, 12, 3]])
words = greedy_decode(script, first[:2], np.array([2, 5]), 11, 3)
expect_equal("another end token", np.asarray(words).tolist(), [[10, 11, 11], [6, 3, 4]])


def write_greedily(start, state, params):
    return greedy_decode(lambda y, s: decode_step(y, s, params)[:2], state, start, EOS, 6)


words = write_greedily(start, state, weights.decoder)
as_tensors = on_torch(write_greedily, start, state, weights.decoder)
expect_equal("your decoder, on torch tensors", as_tensors.tolist(), np.asarray(words).tolist())
print("All good")

# %% [markdown]
# ## 5. Experiment 1: how much fits into one vector?
#
# Now the bottleneck of N2, plotted. The task is the smallest translation there is: write a string of letters backwards.
# There is nothing to understand, so whatever fails is memory. Two networks differ in one thing: one may look back, the
# other has $h_0$ and nothing else. Strings of 3 to 15 letters for training, new ones of fixed lengths for the test.
# (The equations are yours. So that three seeds take about a minute, they run as the torch modules of `rnncore.nn`.)
#
# **Up to which length does the network without attention get strings right? And with attention, at 20 letters, longer
# than any that it has seen?** Guess before you run.

# %% experiment="s2s-experiment-reversal"
from rnncore.experiments.reversal import measure_reversal

reversal = measure_reversal(attend, greedy_decode, H=64, steps=600, learning_rate=1e-2)
print(reversal)
reversal.figure()

# %% [markdown]
# **What to see.** Without attention four letters go through the vector in 94 of 100 strings, eight in 21, and twelve
# never: with 26 letters, twelve are 56 bits, and the 64 numbers of the state would have room for many more. But the
# cell must *learn* to pack and unpack them, and in 600 steps it does not. With attention nothing needs to be packed: 99
# of 100 strings of twelve letters are right, and 94 of fifteen.
#
# At 20 letters both fail. Attention can look everywhere, but *where* to look it has learned from strings of up to 15
# letters; the decoder's state, which must know how far it has come, has never counted so far. Looking back cures the
# bottleneck. It does not teach a network to count.
#
# **Where does the network look while it writes?** One string of twelve letters; a full stop marks its end.

# %% experiment="s2s-experiment-alignment"
reversal.alignment_figure()

# %% [markdown]
# **What to see.** An **alignment**: for each letter written, the letter that it came from. Nobody told the network that
# the last letter comes first. It was told the answers only, and the diagonal from the upper right to the lower left is
# what it made of them. Notice how crisp it is; and that writing the full stop looks at the beginning, where there is no
# letter left.
#
# ### Exposure bias
#
# In training the decoder reads right words only. At inference it reads its own, mistakes included, and after a mistake
# it is in a place where it has never been. This is **exposure bias** (Ranzato and others 2016). **How much does it
# cost?** We take the network without attention, which makes mistakes, on strings of eight letters, and look at each
# letter twice: after the *right* letters before it, and after *its own*.

# %% experiment="s2s-experiment-exposure"
reversal.exposure_figure()

# %% [markdown]
# **What to see.** The first letter is the same in both: nothing was written yet. From there on the curves part. A
# network that is told the truth at each step is right more often than one that must live with what it wrote, and the
# gap opens towards the end of the string, where more has gone wrong before. (Both rise at the last place: that letter
# is the first of the source, which the backward cell has only just read.) So the training loss, which is always
# computed with the teacher at hand, is better news than what you will see in use. How large the gap is depends on the
# task: here, after a wrong letter, the network no longer knows where in the string it is, while in a sentence a synonym
# does little harm. He and others (2019)
# measured language models, and found that they recover from their own mistakes better than had been feared.
#
# ## 6. Two more kinds of attention
#
# N2 lists three: global, which you have; local; self.
#
# ### Local
#
# To look at all $S$ places at each of $T$ steps costs $S \cdot T$ scores. Luong and others (2015) look at a window of
# $D$ places to each side of a position $p_t$, which the decoder predicts (here: given), and prefer its middle. In this
# section $D$ is half the width of the window, as in the paper:
#
# $$
# a_{ts} = \text{softmax}(\text{score}_t)_s \; \exp\!\left(-\frac{(s - p_t)^2}{2 \sigma^2}\right), \quad
# |s - p_t| \le D, \quad \sigma = \frac D2
# \tag{10.7}
# $$
#
# The softmax runs over the window. Steps are counted from 0. The weights are *not* scaled to 1 again: how much is left
# of them says how well the window lies, and that is what gradients move $p_t$ by.
#
# ### {{ exercise local-attention }}
#
# Write (10.7). The first half is your `attend` with another mask: in the sentence *and* in the window. Then multiply,
# and make the contexts with the new weights.

# %% exercise="local-attention"
from rnncore.functional.attention import local_attention  # exercise
#: s - p_t for all pairs is (B, T, S): positions[:, :, None] and the steps 0 ... S - 1.
#: In torch too: array_namespace(scores).arange(S, dtype=scores.dtype, device=device(scores)).

# %% check="local-attention"
scores, values = np.zeros((1, 2, 6)), np.eye(6)[None]
positions, everywhere = np.array([[3.0, 0.5]]), np.ones((1, 1, 6), dtype=bool)
with expect_unchanged("local_attention", scores=scores, values=values, positions=positions):
    contexts, weights_ = local_attention(scores, values, positions, 2.0, everywhere)
bell = np.exp([-2.0, -0.5, 0.0, -0.5, -2.0])
hint = "Softmax of equal scores, 1/5; then σ = 1."
expect_close("a window of five places", weights_[0, 0, 1:], bell / 5, hint)
expect_close("outside the window", weights_[0, 0, 0], 0.0)
half = np.exp([-0.125, -0.125, -1.125, 0, 0, 0]) / 3 * [1, 1, 1, 0, 0, 0]
expect_close("a position between two places", weights_[0, 1], half, "Only 0, 1 and 2 are near.")
expect_close("contexts, which show the weights", contexts, weights_, "With the new weights.")

short = np.array([[[True, True, True, False, False, False]]])
_, weights_ = local_attention(scores, values, positions, 2.0, short)
hint = "In the window *and* in the sentence."
expect_close("padding in the window", weights_[0, 0, :3], [0.0, *bell[:2] / 2], hint)

rng = np.random.default_rng(3)
scores, values = rng.normal(size=(2, 3, 6)), rng.normal(size=(2, 6, 4))
seen = np.ones((2, 1, 6), dtype=bool)
_, wide = local_attention(scores, values, np.full((2, 3), 2.5), 1e6, seen)
expect_close("a window without end", wide, attend(scores, values, seen)[1], "Then it is global.")

given = scores, values, np.full((2, 3), 2.5), 2.0, seen
contexts, _ = local_attention(*given)
as_tensors, _ = on_torch(local_attention, *given)
expect_close("on torch tensors", as_tensors, contexts)
print("All good")

# %% [markdown]
# **What does the window do to the weights?** A source of twenty words with two good matches, at 5 and at 14. Move the
# window, and make it wider.

# %% experiment="s2s-experiment-live-window"
matches = 0.5 * np.random.default_rng(4).normal(size=(1, 1, 20))
matches[0, 0, [5, 14]] += 3.0


def draw_window(position, half_width):
    seen, places = np.ones((1, 1, 20), dtype=bool), np.eye(20)[None]
    _, everywhere_ = attend(matches, places, seen)
    _, near = local_attention(matches, places, np.array([[position]]), half_width, seen)
    return plot_curves(
        range(20),
        {"global": everywhere_[0, 0], "local": near[0, 0]},
        xlabel="place in the source",
        ylabel="weight",
        title=f"The window sums to {near.sum():.2f}",
        lines=None,
    )


live(draw_window, position=(0.0, 19.0, 0.5, 8.0), half_width=(1.0, 20.0, 0.5, 4.0))

# %% [markdown]
# **What to see.** At 8 the window reaches from 4 to 12: the match at 5 gets most of the softmax, but the bell curve
# leaves it a third of that, since it lies far from the middle; the match at 14 does not exist. All weights together are
# 0.39. With the window on the match at 5 they are 0.83. So the sum tells how well the window lies. A very wide window is
# global attention.
#
# ### Self
#
# N2: self attention is "an attention mechanism where input is compared to itself to compute attention weights". No
# decoder, no encoder: each word of a sentence looks at the words of the same sentence, and nothing runs from left to
# right any more. Vaswani and others (2017) built a whole translator of it. They give each word *three roles*, with a
# matrix for each: what it asks for, what it has to offer, and what it hands over.
#
# $$
# q_t = x_t W_q, \qquad k_t = x_t W_k, \qquad v_t = x_t W_v, \qquad
# y_t = \sum_s \text{softmax}\!\left(\frac{q_t \cdot k_s}{\sqrt A}\right)_{\!s} v_s
# \tag{10.8}
# $$
#
# (The weights of the additive score, $v$ as well, have these names in the papers too. There they look at queries and keys
# that are ready; here they make them.) $A$ is the size of a query. Why its root? A sum of $A$ random products is about $\sqrt A$ large, and a softmax of large
# numbers is a hard choice that passes no gradient. A network that *writes* must not see what comes later: with
# **causal** attention step $t$ sees steps $1$ to $t$ only.
#
# ### {{ exercise self-attention }}
#
# Write (10.8), one head, with `attend`. The mask $(B, T)$ says which steps may be looked *at*; with `causal` both
# conditions must hold.

# %% exercise="self-attention"
from rnncore.functional.attention import self_attention  # exercise
#: The scores are (B, T, T): rows ask, columns answer. (B, T)[:, None, :] is a mask of the columns.
#: steps[None, :] <= steps[:, None] is the lower triangle.

# %% check="self-attention"
rng = np.random.default_rng(5)
xs, roles = (
    rng.normal(size=(2, 4, 3)),
    SelfAttentionParams(*(rng.normal(size=(3, n)) for n in (5, 5, 2))),
)
mask = length_mask([4, 2], xs)
with expect_unchanged("self_attention", xs=xs, params=roles, mask=mask):
    ys, looked = self_attention(xs, roles, mask)
expect_shape("outputs", ys, (2, 4, 2))
expect_shape("weights", looked, (2, 4, 4))
witness = torch.nn.functional.scaled_dot_product_attention
q, k, v = (torch.tensor(xs @ W) for W in roles)
theirs = witness(q, k, v, attn_mask=torch.tensor(mask)[:, None, :])
expect_close("outputs, against torch", ys, theirs, "Scaled by the root of A? Three matrices?")
expect_close(
    "padding is not looked at", looked[1, :, 2:], np.zeros((4, 2)), "The columns of the padding."
)

ys, looked = self_attention(xs, roles, mask, causal=True)
expect_close(
    "causal: no look ahead", np.triu(looked[0], 1), np.zeros((4, 4)), "Above the diagonal: nothing."
)
expect_close("causal: step 1 sees itself", looked[:, 0, 0], [1.0, 1.0])
expect_close("causal and padding", looked[1, :, 2:], np.zeros((4, 2)), "Both conditions must hold.")
later = xs.copy()
later[:, 2:] += 1.0
expect_close("a change later on", self_attention(later, roles, mask, True)[0][:, :2], ys[:, :2])

as_tensors, _ = on_torch(self_attention, xs, roles, mask, True)
expect_close("on torch tensors", as_tensors, ys)
print("All good")

# %% [markdown]
# ### Correction 1: compared with itself?
#
# Take N2 at its word: compare the input with itself, $\text{score}_{ts} = x_t \cdot x_s$, and take the mean of the
# input with these weights. No matrices. **What can such a word look at?** Two things follow at once. The scores are
# symmetric: if *dog* matters to *barked*, then *barked* matters just as much to *dog*. And for vectors of one length
# nothing matches $x_t$ better than $x_t$: each word looks mostly at itself. We try it on random sentences of 20 random
# vectors, and then on one real sentence, beside three roles that were set by hand: nouns offer themselves; all other
# words ask for nouns; nouns ask for verbs.

# %%
xs = np.random.default_rng(6).normal(size=(200, 20, 64))
xs = 8.0 * xs / np.linalg.norm(xs, axis=2, keepdims=True)
seen = np.ones((200, 1, 20), dtype=bool)
_, literal = attend(xs @ xs.transpose(0, 2, 1) / 8.0, xs, seen)
at_itself = np.mean(literal.argmax(axis=2) == np.arange(20))
print(
    f"as N2 says it: {at_itself:.0%} of the words look most at themselves; weight {literal[0, 0, 0]:.2f}"
)
roles = SelfAttentionParams(*np.random.default_rng(7).normal(size=(3, 64, 64)) / 8.0)
_, looked = self_attention(xs, roles, seen[:, 0])
print(f"three roles at random: {np.mean(looked.argmax(axis=2) == np.arange(20)):.0%}")

words = ["the", "dog", "bit", "the", "man", "because", "he", "barked"]
noun, verb = [w in ("dog", "man") for w in words], [w in ("bit", "barked") for w in words]
one_hot = 4.0 * np.eye(len(words))[None]
asks = np.stack([~np.array(noun), np.array(noun)], axis=1)  # for a noun, for a verb
W_q, W_k = 2.0 * asks, np.stack([noun, verb], axis=1)
by_hand = SelfAttentionParams(W_q, 1.0 * W_k, np.eye(len(words)))
sees_all = np.ones((1, 8), dtype=bool)
_, with_roles = self_attention(one_hot, by_hand, sees_all)
_, without = attend(one_hot @ one_hot.transpose(0, 2, 1) / 8**0.5, one_hot, sees_all[:, None])
with new_figure(1, 2, size=(8.6, 3.9), sharey=True) as (figure, panels):
    titles = ("N2: compared with itself", "three roles, set by hand")
    for panel, title, map_ in zip(panels, titles, (without[0], with_roles[0]), strict=True):
        image = panel.imshow(map_, cmap=UNSIGNED, vmin=0, vmax=1)
        panel.set_xticks(range(8), words, rotation=50, ha="right")
        panel.set(title=title, xlabel="word that is looked at")
    panels[0].set_yticks(range(8), words)
    panels[0].set_ylabel("word that looks")
    figure.colorbar(image, ax=panels, label="weight", shrink=0.8)
figure

# %% [markdown]
# **What to see.** On the left a diagonal: each word finds itself, and learns nothing. On the right *bit*, *barked* and
# *he* look at *dog* and *man*, and these look at the verbs; the picture is not symmetric (*the* looks at *dog*, and no
# noun looks at *the*). It takes three matrices to say that asking, offering and handing over are different things. The
# input is not compared with itself; two *readings* of it are compared, and a third is passed on.
#
# What self attention lacks is order: shuffle the words, and each finds the same as before. Transformers add the place
# of a word to its vector. The recurrent nets of this course need no such thing, since they go from left to right. Unit
# 13 comes back to what each can do that the other cannot.
#
# ## 7. Search
#
# Greedy decoding takes the best word of each step. The best *sentence* may begin with a second-best word. In Unit 9 you
# wrote `beam_search`, which keeps the `width` best beginnings. **How wide must the beam be?** For a tiny decoder we can
# know: 4 tokens and at most 5 steps make a few hundred sentences, so we score them all, and see how often a beam finds
# the likeliest.


# %%
def tiny_decoder(rng, V=4, H=6):
    W_e, W_h, W_y = (
        scale * rng.normal(size=n) for scale, n in ((2, (V, H)), (1, (H, H)), (1.5, (H, V)))
    )

    def decoder(tokens, h):
        h = np.tanh(W_e[tokens] + h @ W_h)
        return h @ W_y, h

    return decoder, np.zeros((1, H)), np.array([1])


def all_sentences(decoder, h, start, end=0, T=5):
    """The log-probability of every sentence: up to T tokens, over at the first `end`."""
    found, open_ = {}, {(): (0.0, start, h)}
    for t in range(T):
        longer = {}
        for ids, (total, token, h) in open_.items():
            log_probs, after = next_log_probs(decoder, token, h)
            for v, log_p in enumerate(log_probs[0]):
                longer[(*ids, v)] = (total + log_p, np.array([v]), after)
        over = {ids for ids in longer if ids[-1] == end or t == T - 1}
        found |= {ids: longer[ids][0] for ids in over}
        open_ = {ids: longer[ids] for ids in longer if ids not in over}
    return found


# %%
widths, decoders = (1, 2, 3, 4, 6, 8), [tiny_decoder(np.random.default_rng(n)) for n in range(150)]
likeliest = [max(all_sentences(*d).values()) for d in decoders]
found = [[beam_search(*d, 0, 5, width)[0].log_prob for d in decoders] for width in widths]
hits = np.mean(np.array(found) > np.array(likeliest) - 1e-9, axis=1)
print(f"{len(all_sentences(*decoders[0]))} sentences each")
plot_curves(
    widths,
    {"150 decoders": hits},
    xlabel="width of the beam",
    ylabel="share whose likeliest sentence is found",
    title="Decoders of 4 tokens and at most 5 steps",
)

# %% [markdown]
# **What to see.** Greedy decoding (width 1) misses the likeliest sentence of 15 decoders in 100, a width of two that of
# 5, and from four on none of the 150 is missed. With 10,000 words and 20 steps nobody can try all, and widths of 4 to
# 10 are usual.
#
# But is the likeliest sentence a good one? You have seen in Unit 9 that it is too short: each further word multiplies by
# a probability below 1. For translators it is the same, and the better you search, the more it hurts (Koehn and Knowles
# 2017). The remedy of Wu and others (2016) was (9.13): compare $\log P / n^\alpha$, where $n$ counts the words, EOS
# included. **At which $\alpha$ does the ranking change hands?** Take a sentence of 4 words, $\log P = -4.4$, and one of
# 9 words, $\log P = -6.3$.

# %%
alphas = np.linspace(0, 1, 101)
plot_curves(
    alphas,
    {"4 words, log P = -4.4": -4.4 / 4**alphas, "9 words, log P = -6.3": -6.3 / 9**alphas},
    xlabel="α",
    ylabel="log P / n^α",
    title="Which of the two is the better sentence?",
)

# %% [markdown]
# **What to see.** Without normalisation the short one wins by nearly two nats. From $\alpha \approx 0.44$ on, the long
# one does: per word it is the better sentence, -0.7 against -1.1. Section 9 tries it on real sentences.
#
# ## 8. How good is it?
#
# There are many good translations of a sentence, and one reference. **BLEU** (Papineni and others 2002) counts how many
# words, pairs, triples and fours of the translation (*n-grams*) also occur in the reference:
#
# $$
# p_n = \frac{\text{matching } n\text{-grams}}{n\text{-grams of the translations}}, \qquad
# \text{BLEU} = 100 \cdot \text{BP} \cdot \exp\!\left(\frac1N \sum_{n=1}^{N} \log p_n\right), \quad N = 4
# \tag{10.9}
# $$
#
# Three details make the score. A match counts at most as often as the reference has it (**clipped**), lest "the the the
# the" be perfect. Precision can be had cheaply by saying little, so short translations pay: with $c$ the length of all
# translations and $r$ that of all references,
#
# $$\text{BP} = \min(1,\ e^{1 - r/c}) \tag{10.10}$$
#
# And it is a score of a **corpus**: matches and lengths are added up over all sentences first, and divided once.
#
# **By hand.** Translation *the the the the the the the*, reference *the cat is on the mat*. What is $p_1$, clipped?
#
# <details><summary>Answer</summary>
# The reference has "the" twice, so 2 of 7. Unclipped it would be 7 of 7. (The example is Papineni's.)
# </details>
#
# ### {{ exercise bleu }}
#
# Write (10.9) and (10.10) for lists of tokens. With several references for a sentence, an n-gram may match as often as
# the one reference that has it most often, and the length is that of the reference closest in length.
#
# *If you are stuck:* a `Counter` of n-grams; `a & b` of two Counters takes the smaller count of each, `a | b` the
# larger.

# %% exercise="bleu"
from rnncore.functional.metrics import bleu  # exercise
#: Add up matches[n], totals[n], c and r over all sentences, and only then divide.
#: tuple(tokens[i : i + n]) is an n-gram, and may be a key.

# %% [markdown]
# The check begins with the two sentences above. The number for two sentences is that of `sacrebleu` 2, the reference
# implementation, for the same tokens.

# %% check="bleu"
the, mat = ["the"] * 7, ["the", "cat", "is", "on", "the", "mat"]
score = bleu([the], [[mat]], 1)
expect_close("clipped: p_1", score, 100 * 2 / 7, "At most as often as the reference.")
expect_close("perfect", bleu([mat], [[mat]]), 100.0)
hint = "One of 1 word matches; BP is exp(1 - 6 / 1)."
expect_close("too short", bleu([["cat"]], [[mat]], 1), 100 * np.exp(-5.0), hint)
score = bleu([[*mat, "now"]], [[mat]], 1)
expect_close("too long is not rewarded", score, 100 * 6 / 7, "BP is at most 1.")
expect_close("no fours match", bleu([mat[::-1]], [[mat]]), 0.0, "log 0: the score is 0.")
two = [["the", "cat", "the"], ["the", "old", "cat", "is", "here"]]
hint = "Of 3 and 5 words the shorter counts for 4. One reference has `the` twice, none three times."
expect_close("a tie in length", bleu([["the", "the", "the", "cat"]], [two[::-1]], 1), 75.0, hint)

hypotheses = [
    ["the", "cat", "sat", "on", "the", "mat", "near", "the", "old", "door"],
    ["it", "is", "raining", "cats", "and", "dogs", "today"],
]
references = [
    [
        ["the", "cat", "is", "on", "the", "mat", "near", "the", "door"],
        ["there", "is", "a", "cat", "on", "the", "mat", "near", "the", "old", "door"],
    ],
    [["it", "rains", "cats", "and", "dogs", "today"]],
]
before = repr((hypotheses, references))
score = bleu(hypotheses, references)
expect_equal("the lists stay as they were", repr((hypotheses, references)), before)
expect_close(
    "two sentences, against sacrebleu", score, 60.545234, "One corpus, not two scores.", 1e-4
)
score = bleu(hypotheses[1:], references[1:], 2)
expect_close(
    "pairs only", score, 100 * (5 / 7 * 3 / 6) ** 0.5, "N is the longest n-gram that counts."
)
print("All good")

# %% [markdown]
# **What does BLEU not see?** One reference, and translations that a human would rank without hesitation.

# %%
reference = ["a", "man", "is", "not", "riding", "a", "brown", "horse", "in", "the", "park", "."]
candidates = {
    "the negation lost": "a man is riding a brown horse in the park .",
    "who rides whom": "a brown horse is not riding a man in the park .",
    "right, in other words": "there is no man on the brown horse in the park .",
    "right, other words again": "nobody rides the brown horse through that park .",
    "word for word": " ".join(reference),
}
for name, candidate in candidates.items():
    print(f"{bleu([candidate.split()], [[reference]]):5.1f}  {name:<26} {candidate}")

# %% [markdown]
# **What to see.** The two that say the *opposite* and *nonsense* are the best after the reference itself. Two good
# translations come last, one of them with nothing. BLEU sees words and their neighbours, and no meaning; one little
# word weighs one twelfth. Over a large corpus such accidents average out, as long as systems of one kind are compared.
# Never judge a single sentence by it, and never compare scores of different test sets or tokenisations.
#
# ## 9. Experiment 2: from English to German
#
# Everything is built. Your encoder, your attention, your decoder, your loss, and your search now meet real sentences:
# Multi30k (Elliott and others 2016), captions of photographs in English and German. On a laptop the short ones (up to
# 12 words, 13,411 pairs, three passes, or *epochs*) take a minute or two; with a GPU the same cell takes all lengths up
# to 40 words, ten epochs and a larger network. If Multi30k is neither here nor to be had, made-up sentences take its
# place, and the cell after it has the numbers of a recorded run.

# %% experiment="s2s-experiment-translation"
from rnncore.experiments.recorded import TRANSLATION, TRANSLATOR
from rnncore.experiments.translator import LAPTOP, LARGE, decoder_of, measure_translator
from rnncore.lab.device import pick_device
from rnncore.tasks.parallel import generated_text, multi30k_text

gpu = pick_device("auto").type == "cuda"
load = partial(multi30k_text, "en", "de", longest=40 if gpu else 12, min_count=2 if gpu else 3)
left_out = "Multi30k; made-up sentences take its place, and recorded numbers stand below"
text = load_if_there(load, left_out) or generated_text(longest=10)

functions = (encode_source, decode_step, teacher_forced_loss, greedy_decode, bleu)
translator = measure_translator(*functions, text, seeds=(0,), size=LARGE if gpu else LAPTOP)
print(translator)
translator.figure()

# %% [markdown]
# **What to see.** The **perplexity** of the validation sentences, which the network has not seen, is 8.4: at each word
# it hesitates among some eight, out of the 2,659 that it knows. Hand it the source of *another* sentence, and it
# hesitates among 79: so it does read its source, and believes it. And it looks at words: the end mark, at which a lazy
# decoder might stare all the time, has a ninth of its attention. BLEU is 20. This is one seed. Over the three of the
# recorded run:

# %% experiment="s2s-experiment-three-seeds"
print(TRANSLATOR)
print()
print(TRANSLATION)

# %% [markdown]
# The second table is the other direction, German to English, with dot scores and after a single epoch (`python -m
# rnncore.experiments transla`, which stands for both names, measures both again). A decoder without any source is a language model of captions. It
# reaches a perplexity of 26 by knowing how captions go ("a man in a ..."), with a source 19; what a source is worth
# shows in the difference. Published: with two LSTMs and no attention 13.8 BLEU, with the source's vector at every step
# 20.6, with attention 28.3, German to English on all of Multi30k after ten epochs on a GPU (Trevett,
# *pytorch-seq2seq*). These three we have not measured, and ours is of short sentences, so it is no match for them.
# Bahdanau and others (2015), English to French: 17.82 without, 26.75 with attention.
#
# **What does it write? And do beams help?** Some validation sentences, and then a hundred of them with beams of several
# widths, with and without normalising by length.

# %% experiment="s2s-experiment-beams"
params = map_tree(lambda leaf: leaf.cpu(), translator.trained[0])
decoder, first = decoder_of(decode_step, params), torch.tensor([BOS])


def search(words, width=1, alpha=0.0):
    """The best translation of a list of words that the beam finds."""
    ids = text.source.encode(words, eos=True)
    with torch.no_grad():
        state = encode_source(torch.tensor([ids]), [len(ids)], params.encoder)
        best = beam_search(decoder, state, first, EOS, 2 * len(ids) + 5, width, alpha)[0]
    return text.target.decode(best.ids)


for words, right in text.valid[:5]:
    print(f"{' '.join(words)}\n    {' '.join(search(words, 4, 0.7))}\n    ({' '.join(right)})")

hundred = text.valid[:100]
length = sum(len(right) for _, right in hundred)
for width, alpha in ((1, 0.0), (4, 0.0), (16, 0.0), (4, 0.7), (16, 0.7)):
    written = [search(words, width, alpha) for words, _ in hundred]
    score = bleu(written, [[right] for _, right in hundred])
    share = sum(map(len, written)) / length
    print(f"width {width:2}, α = {alpha}: BLEU {score:4.1f}, {share:.2f} of the reference's length")

# %% [markdown]
# **What to see.** Read some pairs aloud. `<unk>` stands for words that occur too seldom to be learned. The sentences
# are German, mostly, and about the right kind of thing. In the table, look at the lengths: a wider beam without
# normalising writes *less*, 0.95, 0.88, 0.76 of what the references have, and normalising brings a part of it back. A
# hundred sentences are few, and one seed is one seed: take the lengths from this table, and not which of two BLEU
# scores is higher by a point.
#
# **Not only languages.** N1 and N2 name *summaries*. A report and its headline are source and target too. For generated
# reports of two to four sentences, of which one is news (`rnncore.tasks.headlines`), the same kind of network writes the
# headline in three words. These numbers are recorded; `python -m rnncore.experiments headlines` takes a few minutes to
# measure them again.

# %%
from rnncore.experiments.recorded import HEADLINES
from rnncore.tasks.headlines import news_reports

reports = news_reports(1, np.random.default_rng(3))
print(" ".join(reports.texts[0]))
print(f"headline: {' '.join(reports.headlines[0])}\n")
print(HEADLINES)

# %% [markdown]
# **What to see.** The bottleneck again, with words: from the last state alone two of three seeds hardly ever find the
# news among the sentences, and the third does four times in five; with attention all three always do. (These are made-up reports with few words. Real
# summaries are as hard as translation, and harder to score.)
#
# ## 10. A sentence of your own
#
# Write an English sentence, such as a caption of a photograph you have in mind, in plain words. **What does your
# network make of it, and where does it look?**

# %% experiment="s2s-experiment-own-sentence"
own = (
    "a little boy is playing with a red ball ."
    if "Multi30k" in text.name
    else "the woman has often seen a red bird"
)

words = [*tokenize(own), "<eos>"]
ids = text.source.encode(words[:-1], eos=True)
unknown = [w for w, i in zip(words, ids, strict=True) if i == 1]
if unknown:
    print("words that the network has never learned:", ", ".join(unknown))
with torch.no_grad():
    state = encode_source(torch.tensor([ids]), [len(ids)], params.encoder)
    written, rows = [BOS], []
    while written[-1] != EOS and len(rows) < 25:
        scores, state, looked = decode_step(torch.tensor(written[-1:]), state, params.decoder)
        written.append(int(scores[0].argmax()))
        rows.append(looked[0].numpy())
german = [text.target.tokens[i] for i in written[1:]]
print(own, "→", " ".join(text.target.decode(written)))
plot_alignment(np.array(rows), words, german, title="Where it looked as it wrote")

# %% [markdown]
# **What to see.** Nobody told this network which word means which; it was told sentences. Yet nearly every German word
# looks at the word that it translates, and *spielt*, one word for two, at *playing*. At the end the correspondence is
# lost: the keys are states of a network that has read the whole sentence in both directions, so what stands at a place
# knows of its neighbours too. An alignment shows where the decoder looked, and not why it wrote what it wrote.
#
# Change `own` and run the cell again. Find a sentence that comes out well, and one that fails in an instructive way.
# Then send both to a friend who speaks German. (Six words, present tense, something one can take a picture of: there it
# has been.)
#
# ## {{ exercise s2s-question }}
#
# A friend wants to translate sentences of 40 words with an encoder and a decoder of 64 units each and no attention. The
# loss on the training data falls nicely. (a) What do you expect, and why? Use two numbers of experiment 1, and say what
# is fixed in the "fixed-length representation". (b) What would attention change, what would it cost, and what would it
# *not* mend? (c) The loss is computed with teacher forcing, the translations are judged by BLEU. For each of the two
# say one way in which it can look better than the translations are. Eight to twelve sentences.

# %% [markdown] question="s2s-question" heading="In your own words" points=3
# ### BEGIN SOLUTION
# **A good answer.** (a) All that the decoder learns of the source has to pass through one vector, whose size is the
# same for 4 words and for 40. In experiment 1 a network without attention got strings of 4 letters right in 94 of 100
# cases and of 12 letters in none, though it had trained on up to 15. So long sentences will come out as sentences of
# the right kind that have little to do with the source. That the loss falls says little: a decoder learns its language
# from the words before, with no source at all. (b) With attention the decoder sees a key for every word and need not
# keep them: at 12 letters 99 of 100 strings were right. It costs a score for each pair of a word written and a word
# read, 40 times 40 instead of 40. It would not mend what lies beyond training: at 20 letters both networks failed; nor
# the mistakes that the decoder makes after its own mistakes. (c) With teacher forcing each word is predicted after the
# right words; at inference the decoder reads its own, and one mistake leads to others, so that the loss is better than
# what is written (the two curves of the exposure figure part after the first letter). BLEU counts n-grams and not
# meaning: losing a "not" costs little, so a wrong translation may score high.
#
# **Rubric.** One point each: (1) the vector has the same size whatever the length, with two numbers of experiment 1
# used rightly; (2) attention: looks at all keys, costs S times T scores, and one thing that it does not mend (longer
# than trained, exposure bias, rare words) (half a point if cost or limit is missing); (3) teacher forcing against
# inference, and a blind spot of BLEU (half a point each).
# ### END SOLUTION

# %% [markdown]
# ## Look back
#
# - A sequence becomes another one by way of an **encoder** and a **decoder**. What passes between them in one vector is a
#   bottleneck, and you have plotted it.
# - **Attention** is a weighted mean whose weights are a softmax of scores. It finds a key by its content, at a cost of
#   $S \cdot T$. Local attention looks at a window; self attention lets a sentence look at itself in three roles.
# - **Padding** must not be read, looked at, predicted, or counted. Three masks, one principle, and a law that you can
#   test: alone and in company is the same.
# - **Teacher forcing** trains on the right words, **inference** reads its own; the difference is exposure bias.
# - The likeliest sentence is too short, and BLEU does not understand it. Both are of use to those who know.
#
# **Next**: Unit 11 leaves words for numbers: series in time, where the future is a forecast, and the naive forecast is
# hard to beat.
#
# ## References
#
# - I. Sutskever, O. Vinyals and Q. V. Le, *Sequence to Sequence Learning with Neural Networks* (2014),
#   [arXiv:1409.3215](https://arxiv.org/abs/1409.3215).
# - D. Bahdanau, K. Cho and Y. Bengio, *Neural Machine Translation by Jointly Learning to Align and Translate* (2015),
#   [arXiv:1409.0473](https://arxiv.org/abs/1409.0473).
# - M.-T. Luong, H. Pham and C. D. Manning, *Effective Approaches to Attention-based Neural Machine Translation* (2015),
#   [arXiv:1508.04025](https://arxiv.org/abs/1508.04025).
# - A. Vaswani and others, *Attention Is All You Need* (2017), [arXiv:1706.03762](https://arxiv.org/abs/1706.03762).
# - R. J. Williams and D. Zipser, *A Learning Algorithm for Continually Running Fully Recurrent Neural Networks*, Neural
#   Computation 1 (1989), [doi:10.1162/neco.1989.1.2.270](https://doi.org/10.1162/neco.1989.1.2.270).
# - M. Ranzato, S. Chopra, M. Auli and W. Zaremba, *Sequence Level Training with Recurrent Neural Networks* (2016),
#   [arXiv:1511.06732](https://arxiv.org/abs/1511.06732).
# - T. He, J. Zhang, Z. Zhou and J. Glass, *Exposure Bias versus Self-Recovery: Are Distortions Really Incremental for
#   Autoregressive Text Generation?* (2019), [arXiv:1905.10617](https://arxiv.org/abs/1905.10617).
# - Y. Wu and others, *Google's Neural Machine Translation System* (2016),
#   [arXiv:1609.08144](https://arxiv.org/abs/1609.08144).
# - P. Koehn and R. Knowles, *Six Challenges for Neural Machine Translation* (2017),
#   [arXiv:1706.03872](https://arxiv.org/abs/1706.03872).
# - K. Papineni, S. Roukos, T. Ward and W.-J. Zhu, *BLEU: a Method for Automatic Evaluation of Machine Translation*, ACL
#   (2002), [doi:10.3115/1073083.1073135](https://doi.org/10.3115/1073083.1073135).
# - D. Elliott, S. Frank, K. Sima'an and L. Specia, *Multi30K: Multilingual English-German Image Descriptions* (2016),
#   [arXiv:1605.00459](https://arxiv.org/abs/1605.00459).
# - A. M. Rush, S. Chopra and J. Weston, *A Neural Attention Model for Abstractive Sentence Summarization* (2015),
#   [arXiv:1509.00685](https://arxiv.org/abs/1509.00685).
# - A. Zhang and others, *Dive into Deep Learning*, chapter 10; B. Trevett, *pytorch-seq2seq*; S. Robertson, *NLP from
#   Scratch: Translation with a Sequence to Sequence Network and Attention*, the tutorials of section 1.
# - Lecture notes N2 (encoder and decoder, three attentions), N0, N1 and N3 (translation, summaries).
