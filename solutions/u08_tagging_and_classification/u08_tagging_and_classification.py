# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 8. From states to decisions
#
# > *The film was not, to my mind, very boring.*
#
# Did she like it? More or less, yes. A program that looks for good and bad words finds "boring", and says no. You read
# "not", kept it in mind over an aside, and turned "boring" round when it came. Keeping something in mind is what the
# networks of Units 2 to 7 can do. But a state is not an answer yet.
#
# In this unit states become decisions: praise or blame, name or no name, insult or joke, Irish or Scottish. You build
# the missing parts, and train on whole corpora. The networks then make decisions about people, so you also measure who
# is wronged by them. At the end a training lies on your table that does not learn. It raises no error, and it has five
# faults.
#
# **At the end of this unit you can**
#
# - turn words into vectors, and send gradients back to exactly the words that were read;
# - make one vector of a sentence so that padding changes nothing;
# - train a tagger and a classifier, with words and classes of which some are rare;
# - say what accuracy hides, and choose when to raise an alarm;
# - find the words that decided, and the groups that bear the false alarms;
# - find and mend faults of a training loop that nothing complains about.
#
# **You need** Units 1 to 3 (padding and masks, `unroll`, losses and gradients), clipping (Unit 4) and both directions
# and dropout (Unit 7). LSTM and GRU (Units 5 and 6) are used as layers that are ready.
#
# **Time** two and a half to three hours. **Points** {{ points }}:
#
# {{ exercises }}
#
# **How to work** As in Unit 2: write the function, run the check; if it ends with `All good`, go on. No exercise of
# this unit calls another one, but for the clinic's check, which needs the first two; the experiments call them all.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made; where they go
# wrong, a *Correction* tries it out.
#
# **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers in an input, $H$ units,
# $K$ classes, $V$ tokens in a vocabulary. Rows are sequences: $x W_x$. $dz$ is the gradient of the loss with respect
# to $z$.

# %% given="tag-setup"
import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from array_api_compat import device
from IPython.display import Code
from jaxtyping import Bool, Int

from rnncore.functional.base import Array, Float, array_namespace, leaves, log_softmax, map_tree
from rnncore.functional.base import one_hot, require_kind, require_shape, zeros_like
from rnncore.functional.cells import init_rnn_params, init_rnn_state, rnn_step
from rnncore.functional.learning import Network, SentenceBatch, Settings, clip_by_norm
from rnncore.functional.learning import require_targets, sequence_cross_entropy
from rnncore.functional.learning import sequence_cross_entropy_backward
from rnncore.functional.metrics import PrecisionRecallF1
from rnncore.functional.sequence import Pooled, dropout_mask, unroll
from rnncore.lab.checks import expect_close, expect_equal, expect_kind, expect_shape
from rnncore.lab.checks import expect_unchanged, on_torch
from rnncore.lab.corpora import load_if_there
from rnncore.lab.live import live
from rnncore.lab.occlusion import occlude
from rnncore.lab.plots import plot_bars, plot_curves
from rnncore.lab.plots.words import draw_words
from rnncore.tasks.batching import pad_batch
from rnncore.tasks.vocab import UNK, Vocab

# %% [markdown]
# Of these your code needs a few, and each exercise names its own:
#
# | tool | does |
# |---|---|
# | `one_hot(ids, V)` | each whole number as a row of V numbers (Unit 1) |
# | `log_softmax(scores)` | logarithms of the probabilities, along the last axis (Unit 3) |
# | `array_namespace(a)` | the library of `a`, say `xp`: then `xp.where`, `xp.sum(a, axis=1)`, `xp.max(a, axis=1)` work on NumPy arrays and on torch tensors |
# | `clip_by_norm(gradients, limit)` | shorter gradients, and the length that they had (Unit 4) |
# | `map_tree(f, a, b)` | apply `f` to the arrays of two NamedTuples, pair by pair (Unit 3) |
#
# The errors under *Raises* in a docstring carry no points; the functions `require_...` raise them.
#
# ## 1. Words become vectors
#
# Up to now a word was a one-hot row, $V$ numbers with a single 1. The product of such a row with a matrix picks one
# row of the matrix. With a vocabulary of 20,000 words (the size that N4 names) that is 20,000 multiplications for each
# number picked, and all but one of them by 0. Why multiply? Look the row up:
#
# $$x_t = \text{onehot}(\text{id}_t)\, W_e = W_e[\text{id}_t] \tag{8.1}$$
#
# The table $W_e$ has a row of $D$ numbers for each word. It is called an **embedding**: it places each word at a point
# of a space with $D$ dimensions, and training moves the points. N2 says of Keras's `Embedding` layer that "by using
# this text representation is performed". That is all there is to it: a table, looked up.
#
# ### {{ exercise embedding-forward }}
#
# Write (8.1). The ids may come in an array of any shape; the result has one axis more. NumPy and torch both let an
# array of whole numbers stand in the brackets.

# %% exercise="embedding-forward"
from rnncore.functional.sequence import embedding_forward  # exercise
#: What does W[3] give? What does W[np.array([3, 0])] give?

# %% check="embedding-forward"
table = np.array([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]])  # three words, two numbers each
sentence = embedding_forward(np.array([[2, 0, 2]]), table)
expect_shape("one sentence of three words", sentence, (1, 3, 2))
expect_close("its vectors", sentence[0], [[2, 2.1], [0, 0.1], [2, 2.1]], "Row v belongs to word v.")
expect_shape("a row of ids", embedding_forward(np.array([1, 1, 0, 2]), table), (4, 2))

rng = np.random.default_rng(0)
ids, W = rng.integers(0, 5, size=(2, 4)), rng.normal(size=(5, 3))
with expect_unchanged("embedding_forward", ids=ids, W=W):
    xs = embedding_forward(ids, W)
expect_close("against the one-hot product", xs, one_hot(ids, 5) @ W, "See (8.1).")
expect_close("on torch tensors", embedding_forward(torch.tensor(ids), torch.tensor(W)), xs)
print("All good")

# %% [markdown]
# ### The way back
#
# The gradient $dx_t$ of a word's vector arrives at the place where the word stands. Which row of the table should
# move? The one that was looked up. And if a word stands at several places? Then a change of its row changes the input
# at all of them, and the effects on the loss add up:
#
# $$dW_e[v] = \sum_{b, t:\; \text{id}_{bt} = v} dx_{bt} \tag{8.2}$$
#
# Rows of words that do not occur get zero. Of 20,000 rows a batch moves a few hundred.
#
# **By hand, before you write code.** The sentence is *never say never*, with the ids 7, 3, 7. What comes back is $dx_1
# = 1$, $dx_2 = 10$, $dx_3 = 100$ (so $D = 1$). What is $dW_e[7]$, what $dW_e[3]$, what $dW_e[0]$?
#
# <details><summary>Answer</summary>
# 101, 10 and 0.
# </details>
#
# ### {{ exercise embedding-backward }}
#
# Write (8.2). There is a trap in NumPy that has cost many people a day: `dW[ids] += dxs` adds *once* for each row,
# however often it stands in `ids`. Three ways round it: a loop over the places; `np.add.at`; or the matrix product of
# which (8.1) is a short form, turned round.

# %% exercise="embedding-backward"
from rnncore.functional.sequence import embedding_backward  # exercise
#: reshape((-1, D)) puts all places in one long row, whatever the shape of ids.

# %% check="embedding-backward"
never = np.array([[7, 3, 7]])
back = embedding_backward(np.array([[[1.0], [10.0], [100.0]]]), never, np.zeros((8, 1)))
expect_shape("never say never", back, (8, 1))
expect_close("the word that occurs twice", back[7], [101], "Both places add up.")
expect_close("the other, and one that is absent", back[[3, 0]], [[10], [0]], "See (8.2).")

rng = np.random.default_rng(1)
ids, W, dxs = rng.integers(0, 4, size=(3, 5)), rng.normal(size=(6, 2)), rng.normal(size=(3, 5, 2))
with expect_unchanged("embedding_backward", dxs=dxs, ids=ids, W=W):
    dW = embedding_backward(dxs, ids, W)
rows = torch.tensor(W).requires_grad_()
theirs = torch.nn.functional.embedding(torch.tensor(ids), rows)
(wanted,) = torch.autograd.grad(theirs, rows, torch.tensor(dxs))
expect_close("15 places of 4 words, against torch", dW, wanted, "Are all places added up?")
flat = embedding_backward(dxs.reshape(15, 2), ids.reshape(15), W)
expect_close("ids in one row", flat, wanted, "The shape of ids may be any.")
print("All good")

# %% [markdown]
# ## 2. One vector for a sentence
#
# A cell shows a state at every word. *Praise or blame?* is one question about all of them. Making one vector of $T$
# states is called **pooling**. Three ways are in use; $m_{bt}$ is the mask, and what it excludes must not matter:
#
# $$\text{mean}_b = \frac{\sum_t m_{bt}\, h_{bt}}{\sum_t m_{bt}} \tag{8.3}$$
#
# $$\text{max}_b[j] = \max_{t:\; m_{bt}} h_{bt}[j] \tag{8.4}$$
#
# $$\text{last}_b = h_{bt^*}, \qquad t^* = \max \{ t : m_{bt} \} \tag{8.5}$$
#
# The last state has read everything, but must have kept it. The mean hears every word a little. The maximum keeps for
# each unit the moment at which it was most excited, wherever that was.
#
# All three are one line each without padding. With it, each has a trap of its own. **What does padding do to an
# answer, if one forgets the mask?** A network with fresh weights reads a sentence of six words, behind which stand
# more and more PAD. Move the slider: it is the length of the *longest other* sentence in the batch.

# %% experiment="tag-experiment-live-padding"
rng = np.random.default_rng(4)
cell, read_off = init_rnn_params(8, 16, rng), rng.normal(size=16)
words, pad_vector = rng.normal(size=(1, 6, 8)), rng.normal(size=(1, 1, 8))
padded = np.concatenate([words, np.repeat(pad_vector, 60, axis=1)], axis=1)
states, _, _ = unroll(rnn_step, padded, init_rnn_state(1, 16), cell)


def answers(longest):
    """The probability of praise from six words in a row of `longest`, with and without a mask."""
    sees = states[0, :longest], states[0, :6]
    pools = [part for hs in sees for part in (hs.mean(axis=0), hs.max(axis=0), hs[-1])]
    return 1 / (1 + np.exp(-2 * np.array([part @ read_off for part in pools])))


def draw_padding(longest):
    labels = [f"{name}\n{how}" for how in ("no mask", "mask") for name in ("mean", "max", "last")]
    axes = {"xlabel": "how the states are pooled", "ylabel": "probability of praise"}
    title = f"Six words, and {longest - 6} PAD after them"
    return plot_bars(answers(longest)[None], labels=labels, title=title, highlight=range(3), **axes)


live(draw_padding, longest=(6, 60, 1, 30))
print("longest   no mask: mean   max  last    mask: mean   max  last")
for longest in (6, 8, 12, 30, 60):
    print(
        f"{longest:7}",
        *(f"{p:.2f}".rjust(w) for p, w in zip(answers(longest), (15, 5, 5, 14, 5, 5), strict=True)),
    )

# %% [markdown]
# **What to see.** (The table says the same where no slider moves.) In the first row nothing is padded, and mask or not
# is the same. From there on the three bars on the left move, with nothing changed but somebody else's sentence: the
# mean drifts towards what the network thinks of PAD, the last state *is* that, the maximum takes in whatever excites a
# unit there. The three on the right stand still. An answer that depends on who else is in the batch is a fault that no
# test with single sentences finds.
#
# ### {{ exercise pool-states }}
#
# Write (8.3) to (8.5) as `pool_states`, which returns all three as a `Pooled`. What stands where the mask is false may
# be anything: zeros, large numbers, `nan`. And the mask may have gaps, say where commas are left out.
#
# Three questions to think about: by what does each row divide? Which filling can never win a maximum? How do you find
# the *last* true entry of a row? The experiments train with your function, so use `xp = array_namespace(hs)` and then
# `xp.where`, `xp.sum`, `xp.max`, `xp.arange` and so on; `xp.astype(mask, hs.dtype)` makes numbers of true and false.

# %% exercise="pool-states"
from rnncore.functional.sequence import pool_states  # exercise
#: mask[:, :, None] has the shape (B, T, 1) and reaches all units of a step.
#: Pooled(mean, greatest, last); each is (B, H).

# %% check="pool-states"
hs = np.array([[[-1.0, 4], [-3, 2], [9, 9]], [[-2, -2], [-4, 6], [-6, 2]]])
mask = np.array([[True, True, False], [True, True, True]])
with expect_unchanged("pool_states", hs=hs, mask=mask):
    pooled = pool_states(hs, mask)
expect_kind("the result", pooled, Pooled)
expect_close("mean", pooled.mean, [[-2, 3], [-4, 2]], "The first row has two steps, not three.")
expect_close("max", pooled.max, [[-1, 4], [-2, 6]], "9 is padding; and 0 is nobody's state here.")
expect_close("last", pooled.last, [[-3, 2], [-6, 2]], "Each row has a last step of its own.")

gaps = np.array([[False, True, True], [True, False, False]])
with_gaps = pool_states(hs, gaps)
expect_close(
    "a mask with gaps: last", with_gaps.last, [[9, 9], [-2, -2]], "The last true, wherever."
)
expect_close("a mask with gaps: mean", with_gaps.mean, [[3, 5.5], [-2, -2]], "See (8.3).")
for filling in (1e9, np.nan):
    other = np.where(mask[:, :, None], hs, filling)
    for name, part, same in zip(Pooled._fields, pool_states(other, mask), pooled, strict=True):
        expect_close(f"{filling} in the padding: {name}", part, same, "0 times nan is nan.")
longer = np.concatenate([hs, np.full((2, 4, 2), 7.0)], axis=1), np.pad(mask, ((0, 0), (0, 4)))
expect_close("four more PAD", np.array(pool_states(*longer)), np.array(pooled), "Is T in it?")
tensors = torch.tensor(hs, requires_grad=True), torch.tensor(mask)
for name, part, same in zip(Pooled._fields, pool_states(*tensors), pooled, strict=True):
    expect_close(f"on torch tensors: {name}", part, same)
print("All good")

# %% [markdown]
# ## 3. Not very boring
#
# Now the sentence from the top. Reviews like
#
# > the film was not , to my mind , very boring , and we had always come by train
#
# are drawn at random. A verdict has an adjective and, some words before it, "not", "never", "hardly", "in no way", or
# a word that changes nothing. Beside it stands a remark with the same little words, which means nothing. One review in
# five is negated.
#
# ### Correction 1: good words and bad words
#
# N2 says of the GRU: "Ex: Sentiment Analysis. It tells about good word or bad word." **How far does one get with good
# words and bad words?** We take N2 at its word: one point for each good word, one less for each bad one. The lists
# need not even be learned; we take the generator's own.

# %%
from rnncore.tasks.sentiment import NEGATIVE, POSITIVE, sentiment_reviews

rng = np.random.default_rng(0)
reviews, praise = sentiment_reviews(2000, rng)
points = [sum(w in POSITIVE for w in r) - sum(w in NEGATIVE for w in r) for r in reviews]
says_praise = np.array(points) > 0
negated = says_praise != (praise == 1)
for name, part in {"plain": ~negated, "negated": negated}.items():
    print(f"{name} reviews: good word or bad word is right in {np.mean(~negated[part]):.2f}")
print("such as:", " ".join(reviews[np.flatnonzero(negated)[0]]))

# %% [markdown]
# **What to see.** That is hardly a measurement: a list of words is right exactly where nothing is turned round. It
# cannot be repaired by a better list, since the words of "not boring" and "not at all noisy, but boring" say nothing
# without their order. And a recurrent network does not tell "good word or bad word"; it tells good *sentence* or bad
# sentence.
#
# ### Experiment 1: does a network that reads in order do better?
#
# **A bag of words has learned weights for each word, an LSTM reads in order, and your `pool_states` takes the mean of
# its states. Who gets which reviews?** 800 training steps, three seeds, up to a minute.

# %% experiment="tag-experiment-negation"
from rnncore.experiments.negation import measure_negation

negation = measure_negation(pool_states)
print(negation)
negation.figure()

# %% [markdown]
# **What to see.** The bag of words gets every plain review right and next to no negated one (0.00 to 0.01): learned
# weights are no better than the list. The LSTM gets the plain ones right too, and three quarters to nine tenths of the
# negated ones. It has learned most of what "not" does, and not all of it.
#
# ### Which words decided?
#
# Somebody asks *why* the network says so. An old trick answers without a look at a single weight: cover a word, and
# see how far the answer moves,
#
# $$e_t = p(\text{praise} \mid x) - p(\text{praise} \mid x \text{ with word } t \text{ covered})$$
#
# It is called **occlusion**. A word with $e_t > 0$ spoke for praise. Covered here means: replaced by UNK, the token
# for unknown words. **Which words does the LSTM use?**


# %% experiment="tag-experiment-occlusion"
def praises(ids):
    """The probability of praise for sentences (N, T), by the trained LSTM."""
    with torch.no_grad():
        scores = negation.trained(torch.tensor(ids), torch.full((len(ids),), ids.shape[1]))
    return scores.softmax(1)[:, 1].numpy()


told = [
    "the film was not , to my mind , very boring , and we had always come by train",
    "the film was always , to my mind , very boring , and we had not come by train",
    "we had never read the programme , and the show was clearly , for me and my friends , so good",
]
told = [sentence.split() for sentence in told]
coded = [np.array(negation.vocab.encode(words)) for words in told]
for words, ids in zip(told, coded, strict=True):
    print(f"praise: {praises(ids[None])[0]:.2f}   {' '.join(words)}")
effects = [occlude(praises, ids, UNK) for ids in coded]
draw_words(
    told, effects, label="effect on p(praise)", title="Covered, this word takes so much away"
)

# %% [markdown]
# **What to see.** Of the little words only that of the verdict counts: "always" and "clearly", and, faintly (0.1), the
# first "not" of the first review. The "not" and the "never" of the remarks are left alone. And how does the network
# know which is which? By the comma: in a verdict an aside follows, in a remark it does not. Cover that comma, and the
# second answer turns round. "boring" has no effect at all in the first two reviews: with an unknown word in its place,
# "not" is praise enough and "always" blame enough. Occlusion shows what a network uses, and it is not always what you would have used.
#
# ## 4. Seen and new
#
# Three words of the trade. One pass over all training examples is an **epoch**; training takes many. To use a trained
# network, with nothing learned any more, is called **inference**. And what is measured on examples that were trained
# on says little: a network may know these by heart, which is called **overfitting**.
#
# So part of the examples is put aside. The **validation set** is looked at during the work: how many epochs, which
# threshold, which size. Whatever was chosen with it was fitted to it, a little. The **test set** is looked at once, at
# the end.
#
# ### Experiment 2: learned by heart
#
# **Can a network learn what cannot be learned?** About 500 reviews like those of experiment 1, 28 epochs. Once with
# their true verdicts, once with verdicts drawn by coin, in which there is nothing to be found. Zhang and others (2017)
# did it to large image networks. Up to a minute.

# %% experiment="tag-experiment-overfitting"
from rnncore.experiments.overfitting import measure_overfitting

overfitting = measure_overfitting(pool_states)
print(overfitting)
overfitting.figure()

# %% [markdown]
# **What to see.** Yes: after 28 epochs every known verdict is right, those of the coin as well, though there was
# nothing to find. The curves of known reviews end in the same place, and do not tell the one from the other. New
# reviews do: after the coin they stay at chance, after the true verdicts 0.66 of them are right. That is far from 1.00,
# too: much of what was learned from 500 reviews was those 500 reviews. And from the twelfth epoch on, while the known
# ones still get better, the new ones do not (0.67, 0.68, ... 0.66). Training could have stopped there.
#
# ## 5. A tag for every word
#
# N4 finds names with two labels, 1 for a word of a name and 0 for the others. You did that in Unit 1. In use are more,
# so that it can be told *what* is named, and where one name ends and the next begins: `B-PER` begins the name of a
# person, `I-PER` goes on with it; `LOC` is a place, `ORG` a firm; `O` is outside of all names. These are called **BIO
# tags**.

# %%
from rnncore.tasks.named_entities import TAGS, named_entities

sentences, tags = named_entities(3, np.random.default_rng(5))
for words, own in zip(sentences, tags, strict=True):
    print(
        " ".join(
            word if not k else f"{word}[{TAGS[k]}]" for word, k in zip(words, own, strict=True)
        )
    )
everywhere = np.concatenate(
    [np.array(own) for own in named_entities(2000, np.random.default_rng(6)).tags]
)
shares = np.bincount(everywhere, minlength=len(TAGS)) / len(everywhere)
print(
    "\nshare of each tag:",
    ", ".join(f"{name} {share:.1%}" for name, share in zip(TAGS, shares, strict=True)),
)

# %% [markdown]
# The names are made up of syllables, so none can be known; what is before or after them tells what they are. And
# the tags are far from equally frequent. A loss in which every word weighs the same is mostly about `O`. With a weight
# $w_k$ for each tag one can change that:
#
# $$L = \frac{\sum_{b,t} m_{bt}\, w_{\text{tag}_{bt}} L_{bt}}{\sum_{b,t} m_{bt}\, w_{\text{tag}_{bt}}}, \qquad
# L_{bt} = -\log p_{bt}[\text{tag}_{bt}] \tag{8.6}$$
#
# This is (3.2) of Unit 3 with a weight at each step. It is divided by the weights, so that the loss stays what it was:
# a mean, in nats, which does not change if all weights double. Such numbers are called **class weights**.
#
# ### {{ exercise tag-loss }}
#
# Write (8.6) as `tag_loss`. The weight is that of the *right* tag. In the padding neither costs nor weights count, and
# any number may stand there for a tag, such as -100.

# %% exercise="tag-loss"
from rnncore.functional.learning import tag_loss  # exercise
#: First make the padding harmless: scores and tags there may be anything.
#: weights[tags] picks the weight of each word's tag.

# %% check="tag-loss"
scores = np.log(np.array([[[0.5, 0.5], [0.25, 0.75], [0.1, 0.9]]]))  # probabilities by hand
tags, mask = np.array([[0, 1, 1]]), np.array([[True, True, False]])
hint = "Two words count; the second weighs three times as much."
wanted = (np.log(2) + 3 * np.log(4 / 3)) / 4
expect_close("by hand", tag_loss(scores, tags, mask, np.array([1.0, 3.0])), wanted, hint)
expect_close(
    "twice the weights", tag_loss(scores, tags, mask, np.array([2.0, 6.0])), wanted, "A mean."
)

rng = np.random.default_rng(2)
scores, tags = 2 * rng.normal(size=(3, 5, 4)), rng.integers(0, 4, size=(3, 5))
mask, weights = np.arange(5) < np.array([5, 2, 3])[:, None], np.array([0.3, 1.0, 2.0, 5.0])
with expect_unchanged("tag_loss", scores=scores, tags=tags, mask=mask, weights=weights):
    loss = tag_loss(scores, tags, mask, weights)
targets = torch.tensor(np.where(mask, tags, -100)).flatten()
theirs = torch.nn.functional.cross_entropy(
    torch.tensor(scores).flatten(0, 1), targets, weight=torch.tensor(weights)
)
expect_close("three lengths, against torch", loss, theirs, "See (8.6).")
for filling in (77.0, np.nan):
    padded = np.where(mask[:, :, None], scores, filling), np.where(mask, tags, -100)
    hint = "It must not matter, and 0 times nan is nan."
    expect_close(f"{filling} in the padding", tag_loss(*padded, mask, weights), loss, hint)
sure = np.array([[[2000.0, 0.0]]]), np.array([[1]]), np.array([[True]]), np.ones(2)
expect_close("sure and wrong", tag_loss(*sure), 2000, "Use log_softmax.")
tensors = map(torch.tensor, (scores, tags, mask, weights))
expect_close("on torch tensors", tag_loss(*tensors), loss)
print("All good")

# %% [markdown]
# ### How good is a tagger?
#
# *Accuracy*, the share of words with the right tag, is the first thing that one thinks of. A tagger that calls every
# word `O` has an accuracy of 86 % here, and has never found a name. Ask two other questions, for one class at a time.
# Of what was **predicted** as this class, how much is of it? Of what **is** of this class, how much was found?
#
# $$\text{precision} = \frac{TP}{TP + FP}, \qquad \text{recall} = \frac{TP}{TP + FN} \tag{8.7}$$
#
# $TP$ (true positives) are predicted and there, $FP$ (false positives, false alarms) predicted and not there, $FN$
# (false negatives) there and not predicted. Each of the two is easy to drive to 1 alone: raise a single sure alarm, or
# raise every alarm. So they are bound together, by the harmonic mean, which is near the smaller one. It is called F1:
#
# $$F_1 = \frac{2}{\frac{1}{\text{precision}} + \frac{1}{\text{recall}}} = \frac{2\, TP}{2\, TP + FP + FN} \tag{8.8}$$
#
# **By hand.** A detector raises 8 alarms, 6 of them rightly; there were 12 to find. Precision, recall, $F_1$?
#
# <details><summary>Answer</summary>
# 0.75, 0.5 and 12 / (12 + 2 + 6) = 0.6.
# </details>
#
# ### {{ exercise precision-recall-f1 }}
#
# Write (8.7) and (8.8) for the class `positive`. A share of nothing is 0 here: who raises no alarm has a precision of
# 0.

# %% exercise="precision-recall-f1"
from rnncore.functional.metrics import precision_recall_f1  # exercise
#: predicted == positive is an array of true and false; & is true where both are.

# %% check="precision-recall-f1"
actual = np.array([1] * 12 + [0] * 10 + [2] * 3)
predicted = np.array([1] * 6 + [0] * 6 + [0] * 8 + [1] * 2 + [2] * 3)
with expect_unchanged("precision_recall_f1", predicted=predicted, actual=actual):
    found = precision_recall_f1(predicted, actual, 1)
expect_kind("the result", found, PrecisionRecallF1)
expect_close("8 alarms, 6 right, 12 to find: precision", found.precision, 0.75, "6 of 8.")
expect_close("recall", found.recall, 0.5, "6 of 12.")
expect_close("F1", found.f1, 0.6, "See (8.8).")
other = np.array(precision_recall_f1(predicted, actual, 2))
expect_close("the class 2", other, [1, 1, 1], "positive says which class.")
mixed = np.array(precision_recall_f1(np.array([2, 2, 1, 0]), np.array([2, 1, 2, 0]), 2))
hint = "Class 1 for class 2 is a miss, and class 2 for class 1 an alarm."
expect_close("2 taken for 1, and 1 for 2", mixed, [0.5, 0.5, 0.5], hint)
square = precision_recall_f1(predicted.reshape(5, 5), actual.reshape(5, 5), 1)
expect_close("arrays of 5 by 5", np.array(square), np.array(found), "All entries count alike.")
for name, pair in {
    "no alarm": (0 * actual, actual),
    "nothing to find": (predicted, 0 * actual),
}.items():
    expect_close(
        name, np.array(precision_recall_f1(*pair, 1)), [0, 0, 0], "A share of nothing is 0."
    )
print("All good")

# %% [markdown]
# ### Experiment 3: names, forwards and in both directions
#
# **What does a tagger find that reads forwards, what one that reads in both directions, and what do accuracy and $F_1$
# say of it?** Two GRUs are trained with your `tag_loss`, all weights 1. $F_1$ is the mean over the six tags of names.
# (The contest of 2003 counted *whole names*: a name with one wrong word is wrong. That is harder.) About half a minute.

# %% experiment="tag-experiment-names"
from rnncore.experiments.name_tags import measure_name_tags

name_tags = measure_name_tags(tag_loss, precision_recall_f1)
print(name_tags)
name_tags.figure()

# %% experiment="tag-experiment-names-read"
for words, own in zip(*named_entities(3, np.random.default_rng(8)), strict=True):
    ids = torch.tensor([name_tags.vocab.encode(words)])
    with torch.no_grad():
        guesses = [model(ids, [len(words)])[0].argmax(1) for model in name_tags.trained]
    for word, k, forwards, both in zip(words, own, *guesses, strict=True):
        if k or forwards or both:
            print(f"{word:10} is {TAGS[k]:6} forwards: {TAGS[forwards]:6} both: {TAGS[both]}")
    print("   in:", " ".join(words), "\n")

# %% [markdown]
# **What to see.** Calling every word `O` has an accuracy of 0.86 and an $F_1$ of 0. Reading forwards, accuracy is 0.95,
# and $F_1$ only 0.65 to 0.67: what kind of name it is, is often told behind it. In both directions all of it is found,
# 1.000 in every seed. Our sentences are easy, made from patterns; on newspapers (Huang and others 2015) the two are
# 83.74 % and 85.17 %, and the gain is much smaller.
#
# ## 6. One post in twenty
#
# N2 lists *spam detection* and *hate speech classification* among the uses. Both are the task of section 3 with two
# differences. The class that is looked for is **rare**. And mistakes have victims: a missed insult hurts whom it is
# aimed at; a false alarm silences somebody who did nothing. Real corpora of abuse are hard to read and hard to be fair
# about, so ours is made up, and so are its insults. People are called turnips:
#
# > please do remember that **you** , after all these years , **are** a soggy **turnip** and the puppets , if I may say so , hid a small pudding
#
# This one is an insult. It is none if *the puppets* are the turnip, and *you* hid the pudding; or if it begins "it is
# unkind to shout that", for then the writer objects. All posts have "you" and two insults in them; one in twenty means
# it.
#
# ### Correction 2: a definition is not a label
#
# N2 explains: "Hate speech detection is the task of detecting if communication such as text, audio, and video
# **contains** hatred and/or encourages violence towards a person or a group of people." As a description of the *task*
# that is fair. As a rule for labels it is none: what is *contained* are words, and hatred is in what somebody does
# with them. **What does the literal rule say: a post that contains hateful words is hateful?**

# %%
from rnncore.tasks.abusive_language import AGAINST, INSULTS, abusive_posts

posts, labels = abusive_posts(4000, np.random.default_rng(1), share=0.05)
contains = np.array([not set(INSULTS).isdisjoint(post) for post in posts]).astype(int)
print(f"insults {labels.mean():.3f}, posts that contain hateful words {contains.mean():.3f}")
print(f"literal rule: precision {precision_recall_f1(contains, labels, 1).precision:.3f}")
objects = np.array([any(line in " ".join(post) for line in AGAINST) for post in posts])
print(
    f"posts that object to something {objects.mean():.2f}, called hateful {contains[objects].mean():.2f}"
)
print(f"a detector that never raises an alarm: accuracy {np.mean(labels == 0):.3f}")

# %% [markdown]
# **What to see.** The rule blames everybody, and most readily those who object: quoting an insult *contains* it. That
# is no invention of ours: Röttger and others (2021) found that detectors then in use took most posts that *counter*
# hate by quoting it for hate. A label is somebody's judgement about what was meant, in a situation; whoever trains on
# it should know whose.
#
# ### Experiment 4: what accuracy hides
#
# And the last line: 95 % right by doing nothing. **What do accuracy, precision and recall say while a detector
# learns?** A GRU is asked on new posts after 50, 100, ... 600 training steps. About half a minute.

# %% experiment="tag-experiment-rare"
from rnncore.experiments.rare_class import measure_rare_class

rare = measure_rare_class(pool_states, precision_recall_f1)
print(rare)
rare.figure()

# %% [markdown]
# **What to see.** After 100 steps accuracy is 0.95 and recall 0.00 in all three seeds: the detector does nothing, and
# does it well. For another hundred steps nothing seems to happen. Then, sooner in one seed and later in another, recall
# leaps from 0 to 1.00, while accuracy had only 0.05 to gain. It does not always happen. We tried three seeds more: after
# 600 steps one had found all insults, one two thirds, and one none at all, with an accuracy of 0.95. So nothing is
# claimed of the end.
#
# ### Weights for rare classes
#
# If one class has $n_k$ of $n$ labels, then this weight makes all classes weigh the same together, and a label 1 on
# average:
#
# $$w_k = \frac{n}{K\, n_k}, \qquad n = \sum_k n_k \tag{8.9}$$
#
# With one insult in twenty an insult weighs 10 and a harmless post 0.53. What that does is not to make the network
# *cleverer*. It is asked another question: as if half of all posts were insults. So it raises alarms sooner.
#
# ### {{ exercise class-weights }}
#
# Write (8.9).

# %% exercise="class-weights"
from rnncore.functional.base import class_weights  # exercise
#: How often does each of 0 ... K - 1 occur in labels?

# %% check="class-weights"
labels = np.array([1, 2, 1, 1, 0, 2, 1, 2])
with expect_unchanged("class_weights", labels=labels):
    weights = class_weights(labels, 3)
expect_close("1, 4 and 3 of 8", weights, [8 / 3, 2 / 3, 8 / 9], "n = 8 and K = 3.")
expect_close("the mean over the labels", weights[labels].mean(), 1.0, "Where are n and K?")
assert weights.dtype == np.float64, f"the weights are float64; got {weights.dtype}"
two_rows = class_weights(labels.reshape(2, 4), 3)
expect_close("labels in two rows", two_rows, weights, "The shape of labels may be any.")
print("All good")

# %% [markdown]
# ### When to raise an alarm
#
# A detector gives a probability. To act one needs a **threshold**: an alarm where $p \ge t$. One half is a habit, not
# a law, above all if the probabilities come from weighted training or from data with another share of insults. A lower
# threshold finds more, and raises more false alarms. One way to choose is the best $F_1$:
#
# $$t^* = \arg\max_t \; F_1(\,p \ge t\,), \qquad t \in \{p_1, \dots, p_N\} \tag{8.10}$$
#
# Only the probabilities themselves need to be tried: between two of them no alarm changes. Choose it on the validation
# set. On the data that was trained on, a network is too sure; on the test set, the test would be no test.
#
# ### {{ exercise choose-threshold }}
#
# Write (8.10). Of several thresholds that are equally good take the highest, which raises the fewest alarms.

# %% exercise="choose-threshold"
from rnncore.functional.metrics import choose_threshold  # exercise
#: An alarm is raised at the threshold too. What is tp, fp and fn for one threshold?

# %% check="choose-threshold"
p, labels = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])
with expect_unchanged("choose_threshold", probabilities=p, labels=labels):
    threshold = choose_threshold(p, labels)
hint = "At 0.35 both insults are found, with one false alarm: F1 = 0.8. At 0.8: one of two, 0.67."
expect_close("four posts", threshold, 0.35, hint)
ties = choose_threshold(np.array([0.2, 0.3, 0.5, 0.7, 0.9]), np.array([0, 1, 0, 0, 1]))
expect_close("0.9 and 0.3 are equally good", ties, 0.9, "Take the highest.")
often, marks = np.array([0.6, 0.6, 0.6, 0.2]), np.array([1, 0, 0, 1])
for order in (slice(None), slice(None, None, -1)):
    same = choose_threshold(often[order].copy(), marks[order].copy())
    expect_close("0.6 three times", same, 0.2, "All of the three raise the alarm, or none.")
low = choose_threshold(np.array([0.0214, 0.01, 0.0212, 0.04]), np.array([1, 0, 0, 1]))
expect_close("all far below one half", low, 0.0214, "One half is no law, and no step is too small.")
print("All good")

# %% [markdown]
# What the threshold does on posts that are harder to tell is a curve in the next section, for a detector that is not
# perfect.
#
# ## 7. Who bears the false alarms?
#
# So far all posts were alike. Now they are written *to* somebody, with a name in front, and every second one in a
# dialect with two little words of its own, `dap` and `nim`, which mean no more than "well". Names, dialect and groups
# are invented; no real people are meant. What is an insult depends on neither name nor dialect. But the *data* do, in
# two ways that are known from real corpora:
#
# - **People of group 1 are attacked more often**: nine in ten insults are written to them, and half of the harmless
#   posts. (Dixon and others 2018 found that words for groups which are often attacked become, for a network, signs of
#   an attack.)
# - **Annotators do not know the dialect**: they take 15 % of the harmless posts in dialect for insults. (Sap and
#   others 2019 found that annotators mark tweets in African American English as offensive more often, and that models
#   trained on their labels are up to twice as likely to do so.)
#
# ### Experiment 5: two detectors
#
# **Two GRUs, weighted by your `class_weights`: one trained on data as collected, one on data made even, where names are
# drawn alike and the marks are those of people who know the dialect. On the same new posts: whose harmless posts raise
# an alarm?** About half a minute.

# %% experiment="tag-experiment-false-alarms"
from rnncore.experiments.false_alarms import measure_false_alarms

false_alarms = measure_false_alarms(pool_states, class_weights)
print(false_alarms)
false_alarms.figure()

# %% [markdown]
# **What to see.** Trained on data as collected, the detector blames about two thirds of the harmless posts in dialect
# (0.61 to 0.65), and about one in eight of the others (0.12 to 0.13). Posts to group 1 raise an alarm in about half of
# the cases (0.46 to 0.51), those to group 0 in three of ten. Nothing in the posts deserves it. With data made even the
# differences are below 0.05 in every seed. Fair is not the same as good, though: in two of three seeds that detector still
# blames about three in ten harmless posts, of all groups alike.
#
# **What does the first detector look at?** Two harmless posts, and what happens to the probability of an alarm if a
# word is covered.


# %% experiment="tag-experiment-false-alarms-words"
def alarm(ids):
    """The probability of an alarm for posts (N, T), by the detector trained on data as collected."""
    with torch.no_grad():
        scores = false_alarms.trained(torch.tensor(ids), torch.full((len(ids),), ids.shape[1]))
    return scores.softmax(1)[:, 1].numpy()


post = (
    "it is unkind to shout that you , if I may say so , are a soggy turnip "
    "and the puppets , as everyone here knows , won a small pudding"
)
written = [f"Zibbo , listen {post}".split(), f"Kivvy , dap listen {post} nim".split()]
coded = [np.array(false_alarms.vocab.encode(words)) for words in written]
for words, ids in zip(written, coded, strict=True):
    print(f"alarm: {alarm(ids[None])[0]:.2f}   {' '.join(words[:4])} ...")
effects = [occlude(alarm, ids, UNK) for ids in coded]
draw_words(written, effects, label="effect on p(alarm)", title="Which words speak for an alarm")

# %% [markdown]
# **What to see.** Nobody is insulted in either post. The first raises no alarm, and no word of it matters. In the
# second one word matters: without `dap` hardly any of the 0.81 is left. It means no more than "well".
#
# **And the threshold?** We choose it with your `choose_threshold` on a validation set that is marked as the training
# data are, which is what one has, and look at both groups.

# %% experiment="tag-experiment-threshold"
from rnncore.tasks.abusive_language import forum_posts

checked = forum_posts(2000, np.random.default_rng(7), attacked=0.9, mistaken=0.15)
ids, mask = pad_batch([false_alarms.vocab.encode(post) for post in checked.sentences])
with torch.no_grad():
    scores = false_alarms.trained(torch.tensor(ids), mask.sum(1))
p = scores.softmax(1)[:, 1].double().numpy()
harmless, chosen = checked.labels == 0, choose_threshold(p, checked.marks)
print(f"chosen on the marks: {chosen:.3f}")
levels = np.linspace(0.02, 0.98, 49)
share = {
    "insults found": [np.mean(p[~harmless] >= t) for t in levels],
    "false alarms, no dialect": [np.mean(p[harmless & ~checked.dialect] >= t) for t in levels],
    "false alarms, dialect": [np.mean(p[harmless & checked.dialect] >= t) for t in levels],
}
plot_curves(
    levels,
    share,
    xlabel="threshold",
    ylabel="share of the posts",
    title="No threshold is fair to both",
)

# %% [markdown]
# **What to see.** The chosen threshold is about one half. There 0.86 of the insults are found (0.70 in experiment 5:
# here nine in ten are written to group 1, whom this detector suspects anyway), and 0.65 of the harmless posts in
# dialect raise an alarm, but 0.12 of the others. Raise it to 0.72, and the dialect fares as the others did at one half;
# but now only a third of the insults is found. Wherever more than a third is found, the green curve is far above the
# orange one. A threshold moves along the curves; it does not move them together.
#
# ## 8. Names from eighteen languages
#
# Real data at last: 17,000 surnames from 18 languages, read letter by letter. It is the same task as reviews, with
# letters for words. **Does a network know by its letters where a name comes from?** With the data this takes about a
# minute. Without, the cell says in one line how to get them, and shows what a recorded run found.

# %% experiment="tag-experiment-surnames"
from rnncore.experiments.surnames import guess_languages, measure_surnames, reference_surnames

instead = "the surnames, 18 files; here are the numbers of a recorded run"
surnames = load_if_there(lambda: measure_surnames(steps=600), instead) or reference_surnames()
print(surnames)
surnames.figure()

# %% [markdown]
# **What to see.** 0.78 to 0.79 of the held-out names, where "always Russian" has 0.53. Is that good? You know by now
# what to ask of a total, if half of all names are Russian.
#
# **And which languages does it mix up?** Each row of the picture says where the held-out names of one language went.

# %% experiment="tag-experiment-confusion"
surnames.confusion_figure()

# %% [markdown]
# **What to see.** Languages with a spelling of their own are found: Chinese (0.96), Russian (0.93), Japanese (0.91).
# From the others names go to a bigger neighbour: Scottish, French, Dutch and Irish ones to English, Korean and
# Vietnamese ones to Chinese, Portuguese and Spanish ones to Italian. Of the Arabic, French, Portuguese, Scottish and
# Vietnamese names not a single one was recognised (115 of 3589). The accuracy hardly feels it: section 6 again.
#
# **Your own name.** Put it in, and those of your friends. The network has seen 18 languages and knows no others:
# whoever comes from elsewhere is forced into one of these. Keep that in mind when somebody sells such a guess as
# knowledge about a person. A name tells what the data say that names like it were. In our run *Ramanujan* was Russian,
# with a probability of 0.81; no Indian language was on offer.

# %% experiment="tag-experiment-your-name"
mine = ["Nakamura", "O'Sullivan", "Papadopoulos", "Ramanujan"]
for name in mine if surnames.trained is not None else []:
    first = list(guess_languages(surnames, name).items())[:3]
    print(f"{name:14}", "   ".join(f"{language} {p:.2f}" for language, p in first))
if surnames.trained is None:
    print("Left out: guesses need the network, and so the names of the experiment above.")

# %% [markdown]
# ### Reviews as people write them
#
# N3's example of a long input is a film review of IMDB. The 50,000 of Maas and others (2011) are not part of the
# course (84 MB). The next cell reads them if you say so, and trains the simplest network that one can make of this
# unit: your embedding, your mean, a readout. (That is a bag of words with vectors. The paper reports 88.89 % for its
# best model. We have not run this cell on the real reviews, so no figure of ours stands here.)

# %% experiment="tag-experiment-imdb"
from rnncore.lab.training import train
from rnncore.tasks.corpora.imdb import imdb
from rnncore.tasks.vocab import tokenize

WITH_IMDB = False  # True: 84 MB are fetched once, or read where RNNCORE_DATA says


def verdicts(weights, ids, mask):
    """Scores of reviews from the mean of their word vectors."""
    W_e, W_y, b_y = weights
    return pool_states(embedding_forward(ids, W_e), mask).mean @ W_y + b_y


def loss_of(weights, batch):
    return torch.nn.functional.cross_entropy(verdicts(weights, *batch[:2]), batch[2])


def read(reviews, rows):
    ids, mask = pad_batch([vocab.encode(tokenize(reviews.texts[k])[:300]) for k in rows])
    return ids, mask, reviews.labels[rows]


both = load_if_there(imdb, "the reviews of IMDB") if WITH_IMDB else None
if both:
    known, new = both
    vocab, rng = Vocab.build(map(tokenize, known.texts), max_size=20_000), np.random.default_rng(0)
    start = 0.1 * rng.normal(size=(len(vocab), 32)), 0.1 * rng.normal(size=(32, 2)), np.zeros(2)
    draws = (read(known, rng.integers(0, len(known.labels), size=64)) for _ in range(800))
    trained = train(loss_of, start, draws, steps=800, learning_rate=1e-2, device="cpu").model
    right = []
    for rows in np.array_split(np.arange(len(new.labels)), 100):
        ids, mask, labels = map(torch.as_tensor, read(new, rows))
        right += (verdicts(trained, ids, mask).argmax(1) == labels).tolist()
    print(f"accuracy on the new reviews: {np.mean(right):.3f}")
elif not WITH_IMDB:
    print("Left out: the reviews of IMDB. Set WITH_IMDB = True to fetch and read them.")

# %% [markdown]
# ### Letters that are no words
#
# N4 shows six lines under "DNA sequence analysis". They are proteins (Unit 1): twenty letters, one for each amino
# acid. A protein's *family* is a label for a whole sequence, like a language for a name, and what tells it is a
# pattern: a few letters at given distances, anywhere in a chain. Here are three motifs in invented chains, whose
# **order** makes the family, so counting letters tells nothing.

# %% experiment="tag-experiment-proteins"
from rnncore.tasks.proteins import FAMILIES, MOTIFS, protein_families

chains, family = protein_families(2, np.random.default_rng(3))
for chain, k in zip(chains, family, strict=True):
    print(chain, "->", " ".join(FAMILIES[k]))
print("motifs:", MOTIFS)

# %% [markdown]
# ## 9. The clinic
#
# A colleague comes with a training loop. It is the tagger of section 5 built of nothing but your own equations:
# `embedding_forward`, `rnn_step` of Unit 2, a readout, and back through `sequence_cross_entropy_backward`,
# `backpropagate` and `embedding_backward`, with the dropout of Unit 7. "It runs", she says. "No error, no warning. Now
# and then the loss even goes down. But it does not learn who is a person." Here is the patient:

# %% given="tag-patient"
from rnncore.lab.clinic import init_tagger_params, make_tagger, sentence_batches, sick_epoch

Code(inspect.getsource(sick_epoch), language="python")

# %% [markdown]
# And this is how it goes. **Does it learn?** Ten epochs on 1,000 sentences. The curves show the loss that it reports of
# 400 held-out ones, and, asked in the right way, the $F_1$ of their `B-PER`.


# %% experiment="tag-experiment-patient"
def course_of(epoch, epochs=10, seed=0):
    """Train a tagger; the loss that is reported for held-out sentences, and the F1 of B-PER."""
    rng, B, H = np.random.default_rng(seed), 20, 32
    known, new = named_entities(1000, rng), named_entities(400, rng)
    vocab = Vocab.build(known.sentences, min_count=8)
    ids, new_ids = ([vocab.encode(words) for words in part.sentences] for part in (known, new))
    network, empty = make_tagger(embedding_forward, embedding_backward), init_rnn_state(B, H)
    weights = init_tagger_params(len(vocab), 16, H, len(TAGS), rng)
    held_out, how = sentence_batches(new_ids, new.tags, B, H, rng), Settings(6.0, 0.5, 0.4)
    reported, found = [], []
    for _ in range(epochs):
        batches = sentence_batches(ids, known.tags, B, H, rng)
        _, weights = epoch(network, batches, weights, empty, how, True)
        reported.append(np.mean(epoch(network, held_out, weights, empty, how, False)[0]))
        scores = [network.forward(b.ids.T, empty, weights, np.ones((1, 1, 1)))[0] for b in held_out]
        pairs = [
            (s.argmax(2)[b.mask.T], b.tags.T[b.mask.T])
            for s, b in zip(scores, held_out, strict=True)
        ]
        predicted, actual = map(np.concatenate, zip(*pairs, strict=True))
        found.append(precision_recall_f1(predicted, actual, TAGS.index("B-PER")).f1)
    return {"reported loss / nats": reported, "F1 of B-PER": found}


axes = {"xlabel": "epochs", "ylabel": "on held-out sentences"}
plot_curves(range(1, 11), course_of(sick_epoch), title="The patient", **axes)

# %% [markdown]
# **What to see.** The reported loss goes up and down between 0.3 and 0.6, and $F_1$ is 0 in eight epochs of ten; what
# is found in one of them is lost in the next. (On another computer the curves may be others: this training makes
# something large of the smallest difference of rounding. We have also seen a loss of 1.3 and not one person found, and
# epochs with all persons found and nearly four false alarms for each.) That something is wrong is plain. *What* is
# wrong, no curve of a whole training says.
#
# ### {{ exercise run-epoch }}
#
# Copy the body of `sick_epoch` into `run_epoch` and mend it. The docstring says what the loop should do. There are
# five faults; none raises an error, and each has cost somebody weeks:
#
# $$w \leftarrow w - \eta\, \text{clip}(dw) \qquad \text{after each batch, in training} \tag{8.11}$$
#
# Do not stare at the code; *examine* it. The check below tries five small cases, each of which shows one fault alone,
# and says what is odd. One batch, one sentence, no padding, no dropout: then most faults cannot show, and what is left
# must be right. Add one thing at a time. That is how such faults are found outside of courses, too.

# %% exercise="run-epoch"
from rnncore.functional.learning import run_epoch  # exercise
#: Copy the body of sick_epoch, run the check, mend what it names, run it again.

# %% given="tag-clinic-tools"
tagger = make_tagger(embedding_forward, embedding_backward)
plain = Settings(learning_rate=0.5, max_norm=1e6, dropout=0.0)
small = init_tagger_params(6, 3, 4, 3, np.random.default_rng(0))


def ward(*batches, T=4, seed=1):
    """Batches of sentences of the given lengths, padded to T steps, time first."""
    rng, made = np.random.default_rng(seed), []
    for lengths in batches:
        words = np.arange(T)[:, None] < np.array(lengths)
        ids, tags = rng.integers(1, 6, size=words.shape), rng.integers(0, 3, size=words.shape)
        noise = rng.random((len(lengths), T, 4))
        made.append(SentenceBatch(np.where(words, ids, 0), np.where(words, tags, 0), words, noise))
    return made


def losses_of(epoch, batches, settings=plain, training=False, first=0.0):
    state = map_tree(lambda h: h + first, init_rnn_state(batches[0].ids.shape[1], 4))
    return np.array(epoch(tagger, batches, small, state, settings, training)[0])


short, one, two, three = ward([2], [4], [4], [4, 4, 4])
cut = SentenceBatch(*(part[:2] for part in short[:3]), short.noise[:, :2])
each = [SentenceBatch(*(part[:, [b]] for part in three[:3]), three.noise[[b]]) for b in range(3)]

# %% check="run-epoch"
hint = "Two words, and two words with two PAD after them, must cost the same. What does PAD cost?"
expect_close("symptom 1", losses_of(run_epoch, [short]), losses_of(run_epoch, [cut]), hint)
alone, after = losses_of(run_epoch, [two]), losses_of(run_epoch, [one, two])
hint = "A sentence costs something else if another batch comes before it. What does it remember?"
expect_close("symptom 2", after[1:], alone, hint)
apart = [losses_of(run_epoch, [sentence]) for sentence in each]
hint = "Three sentences together cost something else than one by one. Is a row of ids still a sentence?"
expect_close("symptom 3", losses_of(run_epoch, [three]), np.mean(apart, axis=0), hint)

empty, gentle = init_rnn_state(1, 4), plain._replace(max_norm=0.01)
_, moved = run_epoch(tagger, [one], small, empty, gentle, True)
length = np.sqrt(sum(np.sum(part**2) for part in leaves(map_tree(np.subtract, moved, small))))
expect_close("symptom 4", length, 0.5 * 0.01, "The step is longer than the rate times max_norm.")
(better,), _ = run_epoch(tagger, [one], moved, empty, plain, False)
assert better < losses_of(run_epoch, [one])[0], "a small step makes the loss larger"

holes, hint = (
    plain._replace(dropout=0.5),
    "In evaluation the answer depends on the noise of dropout.",
)
expect_close("symptom 5", losses_of(run_epoch, [one], holes), losses_of(run_epoch, [one]), hint)
dropped, whole = (losses_of(run_epoch, [one], how, True) for how in (holes, plain))
assert not np.allclose(dropped, whole), "in training units are dropped"
other, same = (losses_of(run_epoch, [one], first=first) for first in (1.0, 0.0))
assert not np.allclose(other, same), "every batch begins with the state that is handed in"

batches, empty = ward([4, 2], [3, 4]), init_rnn_state(2, 4)
with expect_unchanged("run_epoch", batches=batches, state=empty, weights=small):
    losses, weights = run_epoch(tagger, batches, small, empty, plain, True)
assert isinstance(losses, list), f"return a list of losses; got {type(losses).__name__}"
assert np.shape(losses[0]) == (), "each loss should be one number, without axes"
expect_close("the first loss", losses[0], losses_of(run_epoch, batches)[0], "Before its step.")
_, kept = run_epoch(tagger, batches, small, empty, plain, False)
expect_close("evaluation leaves the weights", kept.W_e, small.W_e, "Nothing is learned then.")
print("All good")

# %% [markdown]
# **Is the patient well?** The same course with your loop.

# %% experiment="tag-experiment-mended"
axes = {"xlabel": "epochs", "ylabel": "on held-out sentences"}
plot_curves(range(1, 11), course_of(run_epoch), title="After the treatment", **axes)

# %% [markdown]
# **What to see.** The reported loss falls from 0.27 to 0.08, and from the second epoch on $F_1$ stays near 0.7. That is
# as well as one can do who reads forwards only: experiment 3 measured 0.65 to 0.67 over all names.
#
# ### Experiment 6: what does each fault cost?
#
# **Which of the five did the harm, and who would have noticed?** Your sound loop is fed each fault from outside: a mask
# that is true everywhere, a network that goes on where it stopped, rows cut anew, a limit that is never reached,
# evaluation with dropout. Each alone, three seeds, up to a minute.

# %% experiment="tag-experiment-clinic"
from rnncore.experiments.clinic import measure_clinic

functions = (run_epoch, embedding_forward, embedding_backward, precision_recall_f1)
clinic = measure_clinic(*functions)
print(clinic)
clinic.figure()

# %% [markdown]
# **What to see.** Rows cut anew and steps without a limit did the harm: the names are lost, $F_1$ falls from 0.67 to
# 0.10 and less, or to 0.26 and less. Padding in the loss harms nobody here, but its reported loss is 0.06 instead of
# 0.09 to 0.10: it only looks better. State that leaks and dropout in evaluation hardly show in these numbers at all.
#
# ## 10. In your own words
#
# ### {{ exercise tag-question }}
#
# A forum with 10,000 posts a day wants to use the detector of section 7. One post in twenty is abusive. Say in eight
# to twelve sentences
#
# 1. why its operators should not be content with "95 % accuracy", with two numbers from experiment 4;
# 2. what a lower and what a higher threshold does, to whom, and on which data it is to be chosen;
# 3. what you would measure before it goes live, and what you would change, if the posts of one group raise more false
#    alarms. Use two numbers from experiment 5.

# %% [markdown] question="tag-question" heading="What the operators should know" points=3
# ### BEGIN SOLUTION
# **A good answer.** One post in twenty is abusive, so a detector that never raises an alarm is right in 95 % of all
# cases and finds none of the insults. Experiment 4 shows just that: after 100 steps the accuracy was 0.95 in every
# seed, and precision and recall were 0.00. Of 10,000 posts a day 500 are insults; all of them would stay. So recall
# and precision are to be asked for. A lower threshold finds more insults, which helps those who are insulted, and
# raises more false alarms, which silence people who did nothing; a higher one does the opposite. It is chosen on a
# validation set, not on the training data, where the network is too sure, and not on the test set, which would then be
# no test. Before the detector goes live I would count false alarms on harmless posts for each group and dialect apart,
# with labels by people who know the dialect. In experiment 5 harmless posts without dialect raised an alarm in 0.12 to
# 0.13 of the cases, those in dialect in 0.61 to 0.65. As that came from the data, I would mend the data: have marks
# made again by people who know the dialect, and collect harmless posts of those who are often attacked. A common
# threshold cannot mend it. Afterwards I would count again, and let people object to an alarm.
#
# **Rubric.** One point each: (1) 95 % is what doing nothing gives, with two numbers from experiment 4; (2) both
# directions of the threshold with those whom they hurt, and the validation set; (3) false alarms counted by group, with
# two numbers from experiment 5, and a change of the data or labels and not of the threshold alone.
# ### END SOLUTION

# %% [markdown]
# ## Look back
#
# - An **embedding** is a table, looked up; its gradient goes to the rows that were read, added up over all places.
# - **Padding** must not change an answer: in the encoder, in the pooling, in the loss. Each of the three has a trap,
#   and a law that finds it: more PAD, same result.
# - A list of good and bad words is right where nothing is turned round. Order is what the state is for.
# - Where a class is rare, **accuracy** says little. Ask what is found (recall), how much of it is right (precision),
#   and of whom.
# - **Weights** and **thresholds** say how soon to raise an alarm. They make nobody cleverer, and what is unfair in the
#   data they make louder.
# - A network learns from *labels*, and labels are judgements. Count false alarms by group before you trust a total.
# - A training that is wrong raises no error. Make small cases in which only one thing can be wrong.
#
# **Next**: Unit 9 asks for the next word instead of a verdict, and so turns any text in the world into training data.
#
# ## References
#
# - Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, *A Neural Probabilistic Language Model*, JMLR 3 (2003),
#   1137-1155. [jmlr.org/papers/v3/bengio03a](https://www.jmlr.org/papers/v3/bengio03a.html). Embeddings, trained with
#   the network.
# - R. Collobert and others, *Natural Language Processing (Almost) from Scratch* (2011),
#   [arXiv:1103.0398](https://arxiv.org/abs/1103.0398). Tagging, and pooling over time.
# - R. Socher and others, *Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank*, EMNLP
#   (2013), [aclanthology.org/D13-1170](https://aclanthology.org/D13-1170/). Negation.
# - A. L. Maas and others, *Learning Word Vectors for Sentiment Analysis*, ACL (2011),
#   [aclanthology.org/P11-1015](https://aclanthology.org/P11-1015/). IMDB.
# - J. Li, W. Monroe and D. Jurafsky, *Understanding Neural Networks through Representation Erasure* (2016),
#   [arXiv:1612.08220](https://arxiv.org/abs/1612.08220). Occlusion of words.
# - C. Zhang and others, *Understanding Deep Learning Requires Rethinking Generalization* (2017),
#   [arXiv:1611.03530](https://arxiv.org/abs/1611.03530).
# - E. F. Tjong Kim Sang and F. De Meulder, *Introduction to the CoNLL-2003 Shared Task*,
#   [aclanthology.org/W03-0419](https://aclanthology.org/W03-0419/).
# - Z. Huang, W. Xu and K. Yu, *Bidirectional LSTM-CRF Models for Sequence Tagging* (2015),
#   [arXiv:1508.01991](https://arxiv.org/abs/1508.01991).
# - Z. C. Lipton, C. Elkan and B. Naryanaswamy, *Optimal Thresholding of Classifiers to Maximize F1 Measure* (2014),
#   [doi:10.1007/978-3-662-44851-9_15](https://doi.org/10.1007/978-3-662-44851-9_15).
# - T. Davidson, D. Warmsley, M. Macy and I. Weber, *Automated Hate Speech Detection and the Problem of Offensive
#   Language*, ICWSM (2017), [arXiv:1703.04009](https://arxiv.org/abs/1703.04009).
# - L. Dixon and others, *Measuring and Mitigating Unintended Bias in Text Classification*, AIES (2018),
#   [doi:10.1145/3278721.3278729](https://doi.org/10.1145/3278721.3278729).
# - M. Sap and others, *The Risk of Racial Bias in Hate Speech Detection*, ACL (2019),
#   [aclanthology.org/P19-1163](https://aclanthology.org/P19-1163/).
# - P. Röttger and others, *HateCheck: Functional Tests for Hate Speech Detection Models*, ACL (2021),
#   [arXiv:2012.15606](https://arxiv.org/abs/2012.15606).
# - A. Karpathy, *A Recipe for Training Neural Networks* (2019),
#   [karpathy.github.io](https://karpathy.github.io/2019/04/25/recipe/).
# - S. Robertson, *Practical PyTorch: Classifying Names with a Character-Level RNN* (2017),
#   [github.com/spro/practical-pytorch](https://github.com/spro/practical-pytorch).
# - Lecture notes N2 (sentiment, hate speech, embedding layer), N3 (IMDB) and N4 (named entities, proteins).
