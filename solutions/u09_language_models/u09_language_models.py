# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 9. Language models: what comes next?
#
# > *You can read this sentence to its e*
#
# You know the next letter, and the one after it. How well do you know it? In 1951 Claude Shannon let people guess a
# text letter by letter, counted their guesses, and worked out what a letter of English is worth to somebody who has
# read the hundred before it: between 0.6 and 1.3 *bits*. A file on your disk spends 8 on it.
#
# Unit 8 made decisions about texts that were there. In this unit a network plays Shannon's game. It needs no labels, as
# every text is its own answer. And whoever can guess what comes next can go on guessing: the same network writes. At the
# end you take home what yours has written.
#
# **At the end of this unit you can**
#
# - turn any text into a task for a language model, and say in bits what the text costs it;
# - hold a network against a model that only counts, and say which of them you would trust with which text;
# - train on a text that is much longer than a gradient reaches;
# - rank sentences by their probability;
# - let a network write: with temperature, with a nucleus, or with a beam; and say why the likeliest text is dull;
# - search a trained network for a unit that does something you can name, and test whether it does.
#
# **You need** Unit 1 (tokens, ids, BOS and EOS), cross entropy and truncated backpropagation (Unit 3), and the LSTM as a
# layer that somebody else has written (Unit 5). From Unit 8 nothing is needed but its name for a row of an embedding.
#
# **Time** three hours. **Points** {{ points }}:
#
# {{ exercises }}
#
# **How to work** As in Unit 2: write the function, run the check; if it ends with `All good`, go on. A check stops
# with `NotImplementedError` if an exercise that it calls is open; grading takes right versions of the earlier ones.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made; where they go wrong,
# a *Correction* tries it out.
#
# **Letters** are those of the whole course: $B$ sequences in a batch, $T$ steps, $D$ numbers in an input, $H$ units, and
# $V$ tokens in a vocabulary. The logarithm $\log$ is the natural one.

# %% given="lm-setup"
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from array_api_compat import device
from jaxtyping import Int

from rnncore.functional.base import Array, Float, array_namespace, log_softmax, map_tree
from rnncore.functional.base import require_kind, require_shape, softmax, stack
from rnncore.functional.decoding import Decoder, Hypothesis, draw, keep_top_k, next_log_probs
from rnncore.functional.decoding import rank_tokens, rule_out, with_temperature
from rnncore.functional.metrics import perplexity
from rnncore.lab.checks import expect_close, expect_equal, expect_shape, expect_unchanged
from rnncore.lab.corpora import load_if_there
from rnncore.lab.live import live
from rnncore.lab.plots import plot_bars, plot_curves
from rnncore.tasks.batching import TextBatch
from rnncore.tasks.ngram import fit_ngram
from rnncore.tasks.python_library import python_library
from rnncore.tasks.symbol_names import symbol_names
from rnncore.tasks.vocab import BOS, EOS, UNK, Vocab

# %% [markdown]
# Of these your code needs a few, each in one exercise:
#
# | tool | does | exercise |
# |---|---|---|
# | `next_log_probs(decoder, tokens, state)` | lets a decoder read tokens $(B,)$: log-probabilities of the next ones $(B, V)$, and the new state | {{ number sentence-logprob }}, {{ number sample }}, {{ number beam-search }} |
# | `array_namespace(a)` | the library of `a`, NumPy or torch, say `xp`; then `xp.take_along_axis(a, i, axis=1)`, `xp.cumulative_sum(a, axis=1)` | {{ number sentence-logprob }}, {{ number keep-nucleus }}, {{ number beam-search }} |
# | `rank_tokens(scores)`, `rule_out(scores, where)` | sort tokens; make some impossible (section 7) | {{ number keep-nucleus }} |
# | `draw(scores, noise)`, `stack([a, b], axis=1)` | draw a token for each row (section 7); join along a new axis | {{ number sample }} |
# | `map_tree(f, state)` | apply `f` to each array of a state, whatever its form | {{ number beam-search }} |
#
# ## 1. A text is its own answer
#
# The names of symbols make a good first text: they are short, there are some 1,700 of them, and Python brings the table
# along.

# %%
names = symbol_names()
unread, read = names[::7], [name for k, name in enumerate(names) if k % 7]
vocab = Vocab.build(names)
V = len(vocab)
print(f"{len(names)} names, {V} tokens: {V - 4} characters and four special ones")
print("; ".join(names[40::190]))

# %% [markdown]
# A **language model** gives every text a probability. It does so by a rule that holds for all probabilities: a whole is
# the product of its parts, each given what came before,
#
# $$P(y_1 \dots y_T) = \prod_{t=1}^{T} P(y_t \mid y_1 \dots y_{t-1}) \tag{9.1}$$
#
# So it is enough to predict the next token, and that is a classification with $V$ classes at every step, like the tags
# of Unit 8. Nobody has to label anything:
#
# ```text
#   read      <bos>  c      r      a      b
#   answer    c      r      a      b      <eos>
# ```
#
# The answer is what is read, one step ahead:
#
# $$x_t = \text{id}_t, \qquad y_t = \text{id}_{t+1}, \qquad t = 1 \dots T - 1 \tag{9.2}$$
#
# The mark BOS gives the first letter something to come after. EOS says that a name can end here; a model that could not
# predict the end could not stop writing either. And mark what the network reads at the third step: the letter that
# really stood there, whether it had predicted it or not. This is called **teacher forcing**. It is why all steps of a
# batch can be computed side by side, and it means that the network never sees its own mistakes in training (Unit 10
# shows what that costs).
#
# ### {{ exercise shift-targets }}
#
# Write (9.2) for a batch of sequences that have their marks already.

# %% exercise="shift-targets"
from rnncore.tasks.batching import shift_targets  # exercise
#: Two slices of ids; the arrays of NumPy and the tensors of torch are cut in the same way.

# %% check="shift-targets"
crab = vocab.encode("crab", bos=True, eos=True)
ids = np.array([crab, vocab.encode("tree", bos=True, eos=True)])
with expect_unchanged("shift_targets", ids=ids):
    inputs, targets = shift_targets(ids)
expect_shape("inputs", inputs, (2, 5))
expect_shape("targets", targets, (2, 5))
dtype = np.asarray([inputs, targets]).dtype
assert dtype.kind in "iu", f"inputs and targets should be integers; got {dtype}"
expect_equal("what is read", inputs[0].tolist(), crab[:5], "All but the last token.")
expect_equal("what is answered", targets[0].tolist(), crab[1:], "All but the first token.")
expect_equal("tree: the last answer", int(targets[1, -1]), EOS)
inputs, targets = shift_targets(torch.tensor(ids))
expect_equal(
    "torch: where read and answered meet", inputs[:, 1:].tolist(), targets[:, :-1].tolist()
)
print("All good")

# %% [markdown]
# ### Correction 1: where does it start?
#
# Lecture notes N4 build their language model "with $x^{<0>} = 0$, $x^{<t>} = y^{<t-1>}$", and number the words of
# *Dogs sleep more in winter.* as $y^{<1>}$ to $y^{<5>}$, with EOS at the end. **What does the network read at step 1?**


# %%
y = dict(enumerate(["Dogs", "sleep", "more", "in", "winter", "<EOS>"], start=1))
try:
    x = {0: 0} | {t: y[t - 1] for t in y}
except KeyError as error:
    print(f"x<1> = y<0>, and there is no y<{error}>")


def pairs(some, late):
    """Each token of some names, behind the one `late` steps before it."""
    texts = [[BOS] * late + vocab.encode(name, eos=True) for name in some]
    return [pair for text in texts for pair in zip(text, text[late:], strict=False)]


def pair_cost(late):
    """Bits per character, by counting pairs in six names of seven, and tried on the seventh."""
    counts = np.full((V, V), 0.1)
    for pair in pairs(read, late):
        counts[pair] += 1
    table = counts / counts.sum(axis=1, keepdims=True)
    return np.mean([-np.log2(table[pair]) for pair in pairs(unread, late)])


for late, reading in ((1, "the letter before"), (2, "one more late"), (0, "the answer itself")):
    print(f"the network reads {reading:<18} {pair_cost(late):.2f} bits per character")

# %% [markdown]
# **What to see.** Taken at its word, the formula asks for $y^{<0>}$, which is not there. It starts one step too early:
# the zero belongs to $x^{<1>}$, and $x^{<t>} = y^{<t-1>}$ from $t = 2$ on. Two other repairs come to mind, and both
# fail without an error. Start the answers at step 0 as well, and every word is predicted from the one before the last:
# the network is one step late, for ever, and pays 0.39 bits a letter more. Or read $x^{<t>} = y^{<t>}$, and it is shown
# the answer: 0.01 bits, the best language model in the world, and of no use. Whenever a loss looks too good, look at
# the shift.
#
# A zero as the first input is fine as a vector. As an *id* it is not: 0 is a token like any other (here it is padding).
# So we take a token that means "here it begins".
#
# ## 2. What does a text cost?
#
# A model that gave the right token the probability $p$ is surprised by $-\log p$ nats (Unit 3). Over a text of $T$
# tokens,
#
# $$L = -\frac{1}{T} \sum_{t=1}^{T} \log P(y_t \mid y_1 \dots y_{t-1}) \tag{9.3}$$
#
# Two other ways to write this number are in use. The **perplexity** says among how many equally likely tokens the model
# wavers,
#
# $$\text{perplexity} = e^L \tag{9.4}$$
#
# and is usual for words. But words of which vocabulary, cut by which rule? Two models that cut a text differently cannot
# be compared by it. What they share are the characters, so we divide by those, and count in bits:
#
# $$\text{bits per character} = \frac{\sum_t -\log p_t}{\text{characters} \cdot \log 2} \tag{9.5}$$
#
# **By hand.** A model of words gives each of the two tokens of `new moon` (8 characters) the probability 1/16. A model
# of characters gives each of the 8 characters 1/2. Which is better, and what is the perplexity of each?
#
# <details><summary>Answer</summary>
# The words cost 4 bits each, together 8; the characters 1 bit each, together 8. Both give the name the probability
# 1/256, 1 bit per character: as language models they are equals. The perplexities are 16 and 2.
# </details>
#
# ### {{ exercise bits-per-character }}
#
# Write (9.5), for costs in an array of any shape.

# %% exercise="bits-per-character"
from rnncore.functional.metrics import bits_per_character  # exercise
#: What all tokens cost together, in nats; how many bits is that; how many for each character?

# %% check="bits-per-character"
words, letters = np.full(2, np.log(16)), np.full((2, 4), np.log(2))
expect_close("new moon, word by word", bits_per_character(words, 8), 1.0, "A bit is log 2 nats.")
expect_close("new moon, letter by letter", bits_per_character(letters, 8), 1.0, "Of any shape.")
uneven = np.array([0.1, 2.0, 0.9])
with expect_unchanged("bits_per_character", nats=uneven):
    bits = bits_per_character(uneven, 10)
expect_close("three words, ten letters", bits, 3 / (10 * np.log(2)), "A sum, divided once.")
expect_close("perplexity of 1/16 each", perplexity(float(np.mean(words))), 16.0)
print("All good")

# %% [markdown]
# Bits are no mere unit here. With a language model a text can be *stored* in as many bits as it costs (arithmetic coding
# does it), so a program that packs files is a language model. **How many bits per character does a good one need?** Our
# second text is one that you have on your disk: the source of Python's own library, 1.3 million characters of it to
# learn from, and modules that were kept apart for later.

# %%
import lzma

library = python_library()
known, new = library.train.encode(), library.test.encode()
together = len(lzma.compress(known + new)) - len(lzma.compress(known))
print(library.train[20_000:20_300], "...\n")
print(f"{len(known)} characters; of {len(new)} new ones each takes")
print(f"  {math.log2(len(set(library.train))):.2f} bits if all characters are equally likely")
print(f"  {8 * len(lzma.compress(new)) / len(new):.2f} bits packed by lzma alone")
print(f"  {8 * together / len(new):.2f} bits packed by lzma behind the others")

# %% [markdown]
# **What to see.** Guessing blindly takes 6.58 bits. A packing program takes 1.77 or, when it has seen the rest of the
# library, 1.45. (With another version of Python than 3.11 the text is another one, and these numbers are others.) Keep
# them in mind: a model that needs more predicts Python less well than `lzma`.
#
# ## 3. A model that counts
#
# The oldest language model looks at the last $n - 1$ tokens, the *context* $c$, and asks what came after them in the
# text that it knows. With $N(c\,w)$ for how often $w$ came after $c$,
#
# $$P(w \mid c) = \frac{N(c\,w)}{\sum_v N(c\,v)} \tag{9.6}$$
#
# This is the **n-gram**. Markov counted Pushkin's letters so in 1913. Its fault shows at once: what was never seen has
# the probability 0, and one such letter makes a whole text impossible. In new text that happens all the time.
#
# So something must be left for the unseen. *Absolute discounting* takes the same $d$ off every count, and gives what was
# taken to all tokens in the proportions $p'(w)$ of a shorter context, which has been seen more often:
#
# $$p(w) = \frac{\max(N(w) - d, 0) + d\, N_+\, p'(w)}{\sum_v N(v)} \tag{9.7}$$
#
# Here $N_+$ says how many *different* tokens were seen, as $d$ was taken off so many counts. The shorter context is made
# from a still shorter one in the same way, down to $p' = 1/V$.
#
# **By hand.** After `sm` came `i` three times and `a` once; of $V = 4$ letters, `e` and `o` never came. With $d = 1/2$
# and $p' = 1/4$ each: what is $p$?
#
# <details><summary>Answer</summary>
# Two letters gave 1/2 each, so 1 is given out, 1/4 to each letter. p(i) = (2.5 + 0.25)/4 = 0.6875,
# p(a) = (0.5 + 0.25)/4 = 0.1875, p(e) = p(o) = 0.25/4 = 0.0625. They sum to 1.
# </details>
#
# ### {{ exercise absolute-discounting }}
#
# Write (9.7) for one context. If nothing was counted at all, nothing is known but $p'$.

# %% exercise="absolute-discounting"
from rnncore.tasks.ngram import absolute_discounting  # exercise
#: First the total; if it is 0 you are done. Then what is kept, and how much is given out.

# %% check="absolute-discounting"
counts, lower = np.array([3, 1, 0, 0]), np.full(4, 0.25)
p = absolute_discounting(counts, lower, 0.5)
expect_close("by hand: i, a, e, o", p, [0.6875, 0.1875, 0.0625, 0.0625], "See (9.7).")
slanted = np.array([0.1, 0.2, 0.3, 0.4])
with expect_unchanged("absolute_discounting", counts=counts, lower=slanted):
    p = absolute_discounting(counts, slanted)
expect_close("d as it is if not given: the sum", p.sum(), 1.0, "Give out what you have taken.")
expect_close("the unseen, to each other", p[2] / p[3], 0.75, "In the proportions of lower.")
expect_close("d = 0 gives (9.6)", absolute_discounting(counts, slanted, 0.0), counts / 4)
expect_close("nothing counted", absolute_discounting(0 * counts, slanted), slanted)
print("All good")

# %% [markdown]
# With your function, `fit_ngram` makes n-grams of any order. (It counts a little more cleverly for the shorter contexts;
# that is Kneser and Ney's part. A letter such as the `q` of `square` is frequent, but only after `s`, so a new context
# should expect little of it.) **Is a longer memory always better?** Every seventh name has been kept apart:
# these are our **validation set**, on which we compare models that have not seen it.


# %%
def spelled(some):
    return [i for name in some for i in vocab.encode(name, bos=True, eos=True)]


def ngram_bits(n, text):
    nats = -fit_ngram(spelled(read), n, V, smooth=absolute_discounting).log_probs(text)
    return bits_per_character(nats[np.array(text) != BOS], int(np.sum(np.array(text) != BOS)))


orders = range(1, 9)
curves = {
    "names that it has counted": [ngram_bits(n, spelled(read)) for n in orders],
    "names that it has not": [ngram_bits(n, spelled(unread)) for n in orders],
}
plot_curves(
    orders,
    curves,
    xlabel="n / characters",
    ylabel="bits per character",
    title="A longer n-gram knows its own text, and little more of others",
)

# %% [markdown]
# **What to see.** On the names that it has counted, each letter of context pays: at $n = 8$ one costs it no more than
# half a bit. On new names the curve is flat from about $n = 6$ on, at 2.0 bits. A context of seven letters that is new tells
# nothing, and most are new. The gap between the two curves is *overfitting*, and the reason why the curve that counts
# is the one of the validation set. This is also the dilemma of all models that look at a window: the longer it is, the
# less often it has been seen before. A recurrent network need not have seen the same context. It needs a similar
# *state*.
#
# ## 4. A text that does not end
#
# The library is one text of 1.3 million characters. Nobody sends a gradient back through that; Unit 3 cut the way back
# after some steps and went on. So that a step has more to do than a single row, the text is cut into $B$ streams that
# are read side by side, and these into pieces of $T$ steps:
#
# ```text
#            piece 1        piece 2        piece 3
#   row 1    Every morning  the postman c  ame past the
#   row 2    bakery, where  he bought two  rolls, one f
#   row 3    or himself, o  ne for the do  g next door.
# ```
#
# Read a row from left to right: it *goes on* from piece to piece. So the state in which the network ended a row of piece
# 1 is the state in which it begins that row of piece 2. The state is carried, the gradient is not: the network can
# remember for longer than it can learn to. With $N' = \lfloor (N - 1) / B \rfloor$ steps in a stream,
#
# $$x^{(k)}_{bt} = \text{id}_{(b - 1) N' + (k - 1) T + t}, \qquad y^{(k)}_{bt} = \text{id}_{(b - 1) N' + (k - 1) T + t + 1} \tag{9.8}$$
#
# (all numbered from 1). It is a favourite mistake to cut the text into pieces first and to lay these into rows. Nothing
# fails; but each row then starts from the state of a place it has nothing to do with.
#
# ### {{ exercise tbptt-batches }}
#
# Write `tbptt_batches`, which gives the list of all pieces. What does not fill a last piece is left out.

# %% exercise="tbptt-batches"
from rnncore.tasks.batching import tbptt_batches  # exercise
#: In Python's numbering, stream b begins at ids[b * steps], and so do its inputs; its targets one later.

# %% check="tbptt-batches"
text = np.arange(100, 127)  # 27 ids: 2 streams of 13 steps, so 3 pieces of 4, and a step is left
with expect_unchanged("tbptt_batches", ids=text):
    pieces = tbptt_batches(text, 2, 4)
expect_equal("how many pieces", len(pieces), 3, "As many as a stream has room for.")
first, second, third = pieces
dtype = np.asarray([first.inputs, first.targets]).dtype
assert dtype.kind in "iu", f"inputs and targets should be integers; got {dtype}"
expect_equal("piece 1, read", first.inputs.tolist(), [[100, 101, 102, 103], [113, 114, 115, 116]])
expect_equal("piece 2, row 2", second.inputs[1].tolist(), [117, 118, 119, 120], "It goes on.")
expect_equal("piece 3, answers", third.targets[0].tolist(), [109, 110, 111, 112], "One ahead.")
ends, begins = first.targets[:, -1].tolist(), second.inputs[:, 0].tolist()
expect_equal("the last answer is read next", ends, begins, "Over the edge of a piece as well.")
whole = tbptt_batches(text, 2, 13)
expect_equal("room for one piece, just", len(whole), 1, "13 steps of 13.")
ends = whole[0].targets[:, -1].tolist()
expect_equal("where a stream ends", ends, [113, 126], "The text goes on after it.")
expect_equal("one stream", len(tbptt_batches(text, 1, 26)), 1, "26 inputs have a target.")
print("All good")

# %% [markdown]
# ### Experiment 1: reading a library
#
# Now an LSTM of 256 units reads the library, character by character, with your pieces of 64 steps. One run through the
# text is an **epoch**; 2,600 steps are two. Mikolov and others reported in 2010 that a recurrent network beats every
# n-gram. **Is it so for Python?** It takes about two minutes; the n-grams count with your `absolute_discounting`.

# %% experiment="lm-experiment-library"
from rnncore.experiments.library import measure_library
from rnncore.experiments.recorded import LIBRARY

functions = (tbptt_batches, absolute_discounting, bits_per_character)
found = measure_library(*functions, seeds=(0,))
print(found)
print("on the text itself, epoch by epoch:", *(f"{bits:.2f}" for bits in found.epochs[0]), "bits")
print("on new modules, three seeds as recorded:", *LIBRARY.lstm.round(2), "bits")
found.figure()

# %% [markdown]
# **What to see.** The best n-gram takes 2.12 bits for a character of a module that it has not seen; the LSTM takes
# 1.97, in every seed less than 2.0. On its own text the 8-gram is far better than the network: it knows it by heart,
# and that helps nobody. Code has much that hangs together over a distance: an indentation, a bracket, a name that comes
# again. A window of seven characters sees little of it. It looks like little, 0.15 of 2.12 bits for a character. But
# over a word of five letters and its blank it adds up to 0.9 bits, and half of the perplexity, as Mikolov and others
# report for newspapers, is one bit for each *word*. (No more than the size can be compared: this is another text, and
# its words are longer.)
#
# And `lzma`? With its 1.45 bits it beats them both! It does what neither can: it copies. A name of twenty letters that
# stood in this module before costs it a distance and a length. Our models have stopped learning when the new module
# comes, and whatever they are to remember of it has to go through seven letters, or through a state.
#
# **How far back does it look?** We cut a new module into pieces of 200 characters and let the network read each from an
# empty state. What does a character cost, when so many were read before it?

# %% experiment="lm-experiment-warm-up"
reader, code = found.trained[0].cpu(), Vocab.build([library.train])
ids = np.array(code.encode(library.valid))
rows = torch.tensor(ids[: len(ids) // 201 * 201].reshape(-1, 201))
with torch.no_grad():
    scores, _ = reader(rows[:, :-1])
nats = torch.nn.functional.cross_entropy(scores.transpose(1, 2), rows[:, 1:], reduction="none")
by_place = nats.mean(0).numpy() / math.log(2)
smooth = [by_place[k : k + 10].mean() for k in range(0, 200, 10)]
plot_curves(
    range(5, 205, 10),
    {"LSTM": smooth},
    xlabel="characters read since the state was empty",
    ylabel="bits per character",
    title="What it costs to begin with an empty state",
)

# %% [markdown]
# **What to see.** The first ten characters cost 2.9 bits each: the network cannot know yet whether it is in a comment,
# a string or a class. The next ten cost 2.0, and about there it stays. So on average the last ten or twenty characters
# are nearly all that pays; what is further back may still decide now and then, which a mean does not show (section 5
# looks for such places). And a state that is thrown away after each piece is paid for again at the start of the next:
# at pieces of 64 steps, about ten characters at one bit, a seventh of a bit for each.
#
# ### Experiment 2: Shakespeare
#
# The best-known text for such models is Karpathy's *tiny Shakespeare*, a million characters of plays. Three networks of
# 192 units read it for 2,000 steps, with three seeds. It took five minutes, so here is what was recorded. **Which cell
# predicts Shakespeare best, and does it beat counting?**

# %% experiment="lm-experiment-recorded"
from rnncore.experiments.recorded import SHAKESPEARE

print(SHAKESPEARE)
figure = SHAKESPEARE.figure()
figure.axes[0].set_title("Three cells and a 6-gram predict Shakespeare")
figure

# %% [markdown]
# **What to see.** The gated cells beat the vanilla RNN in every seed, as Karpathy, Johnson and Fei-Fei (2015) say. But
# look at the last line. A 6-gram, counted in a second, is better than the LSTM that was trained for half a minute, and
# as good as the GRU! A play is not a program: what the next letter is hangs on the last few, and a million characters
# have most short contexts in them. What a larger network that trains for longer would make of it, these runs do not say.
# (One command repeats them: `python -m rnncore.experiments shakespeare`.)
#
# If you have the text, or a network connection, an LSTM of 128 units reads it now for 1,500 steps, about half a minute;
# with a GPU it has 512 units and 6,000 steps. You will meet it again as an actor in section 10.

# %% experiment="lm-experiment-shakespeare"
from rnncore.experiments.shakespeare import measure_shakespeare
from rnncore.tasks.corpora.shakespeare import tiny_shakespeare

plays = load_if_there(tiny_shakespeare, "Shakespeare; above are the numbers of a recorded run")
if plays:
    gpu = torch.cuda.is_available()
    size = {"H": 512, "steps": 6000} if gpu else {"H": 128, "steps": 1500}
    options = {"seeds": (0,), "cells": ("LSTM",), **size}
    acted = measure_shakespeare(*functions, **options)
    print(*acted.rows(), sep="\n")

# %% [markdown]
# ## 5. What is it counting?
#
# Karpathy, Johnson and Fei-Fei (2015, [arXiv:1506.02078](https://arxiv.org/abs/1506.02078)) looked into such networks and
# found units that do something with a name: one is high inside quotes, one counts down to the end of the line, one
# knows how deep the brackets are. Nobody had told the network that there are brackets. **Has yours such a unit?**
#
# `open_brackets` says for every character of a module whether a bracket is open there. The network reads 24,000
# characters of the validation modules, and we ask all 256 units of the cell how well they go along with it. As 256
# units are many to choose from, the choice is made on the first half of the text and judged on the second; and an
# untrained network is asked as well.

# %% experiment="lm-experiment-brackets"
from rnncore.experiments.bracket_unit import cell_states, open_brackets
from rnncore.nn import LSTM
from rnncore.nn.models import LanguageModel


def goes_along(states, inside):
    """The correlation of each unit with being inside a bracket, (H,)."""
    centred, wanted = states - states.mean(axis=0), inside - inside.mean()
    return wanted @ centred / (len(wanted) * wanted.std() * (centred.std(axis=0) + 1e-9))


N, half = 24_000, 12_000
inside = open_brackets(library.valid)[:N]
print(f"in {inside.mean():.0%} of the text a bracket is open")
torch.manual_seed(0)
untrained = LanguageModel(len(code), LSTM(64, 256, batch_first=True))
for name, network in {"trained": reader, "untrained": untrained}.items():
    states = np.tanh(cell_states(network, ids[:N]).astype(float))
    parts = (states[:half], inside[:half]), (states[half:], inside[half:])
    chosen, judged = (goes_along(*part) for part in parts)
    unit = int(np.argmax(np.abs(chosen)))
    line = f"{name}: unit {unit} goes along by {chosen[unit]:+.2f}, on the second half {judged[unit]:+.2f}"
    print(line)
    if network is reader:
        bracket_unit, bracket_states = unit, states[:, unit] * np.sign(chosen[unit])

# %% [markdown]
# Numbers are one thing; let us look at it read.

# %% experiment="lm-experiment-unit-over-text"
from rnncore.lab.plots.text import plot_text

start = library.valid.index("\n", half + 1500) + 1
stretch = slice(start, start + 900)
plot_text(
    library.valid[stretch],
    bracket_states[stretch],
    label=f"tanh of the cell state of unit {bracket_unit}",
    title="One unit of 256, over code that the network has not seen",
)

# %% [markdown]
# **What to see.** On most lines the unit is high from an opening bracket to the closing one, and low elsewhere, in code
# that the network has never read. Not everywhere: in the string behind `ValueError(` it is low, though the bracket is
# open. It was chosen on the first half, where it goes along with brackets by +0.66, and on the second it still does by
# +0.60. The best of 256 units that have learned nothing has 0.14, and 0.04 on the second half: that is what choosing
# alone can do. Your unit may be another one, and a clearer or a fainter one, since nobody told the network to keep
# brackets in *one* unit.
#
# **Does the network use it?** A unit that goes along with something need not be its cause. So we hold this unit at its
# mean while the network reads, and see which characters become more expensive; then each of the other units in turn.

# %% experiment="lm-experiment-hold-unit"
from rnncore.experiments.bracket_unit import cost_of_holding

piece = ids[half : half + 3000]
rise = cost_of_holding(reader, piece)  # (units, characters), in bits
closing = np.isin([code.tokens[i] for i in piece[1:]], [")", "]", "}"])
for name, where in {"closing brackets": closing, "all other characters": ~closing}.items():
    per_unit = rise[:, where].mean(axis=1)
    place = int(np.sum(per_unit > per_unit[bracket_unit])) + 1
    print(
        f"{name}: {per_unit[bracket_unit]:+.3f} bits each without the unit, number {place} of 256;"
    )
    print(f"  the unit in the middle {np.median(per_unit):+.3f}")

# %% [markdown]
# **What to see.** Held at its mean, this one unit of 256 makes a closing bracket 2.5 bits dearer, more than any other;
# the unit in the middle makes no difference. For all other characters it is of no use, they even become a trifle
# cheaper. So the network does not merely have a unit that goes along with brackets: it uses it to predict where they
# close. That is as much as can be said. It is one unit of one network, and the others still carry part of the work.
#
# ## 6. Which sentence was it?
#
# A recogniser of speech hears two sentences that sound alike. Which was said? It asks a language model. N4 has an
# example: *I enjoyed my trip to Andhra Pradesh. I also learned to speak some sentences from Telugu language*, against
# the same with *Tamil*. Telugu is what is spoken in Andhra Pradesh, and the notes give the first sentence the
# probability $2.3 \times 10^{-12}$ and the second $8.1 \times 10^{-14}$, 28 times less.
#
# To score a sentence is (9.1) once more, in logarithms, since a product of many small numbers is rounded to 0:
#
# $$\log P(y_1 \dots y_T) = \sum_{t=1}^{T} \log P(y_t \mid y_1 \dots y_{t-1}) \tag{9.9}$$
#
# A model that is asked token by token we call a **decoder**: `scores, state = decoder(tokens, state)`. It reads the
# last token of each row, $(B,)$, and says how it likes each next one, $(B, V)$. Networks and n-grams both can be asked
# so. The first token has none before it, so the decoder reads `start` first. Training is over here; to use a trained
# model is called **inference**.
#
# ### {{ exercise sentence-logprob }}
#
# Write (9.9) for a batch of sentences of the same length.

# %% exercise="sentence-logprob"
from rnncore.functional.decoding import sentence_logprob  # exercise
#: next_log_probs(decoder, tokens, state) is one step: log-probabilities, and the new state.
#: take_along_axis(log_probs, tokens[:, None], axis=1) picks one entry of each row, (B, 1).

# %% [markdown]
# For the check, two decoders that fit in a line. The first looks at the last token alone; the second also counts the
# steps in its state, and likes the token whose number that is.


# %% given="lm-small-decoders"
after = np.log(np.array([[0.5, 0.25, 0.25], [0.8, 0.1, 0.1], [0.2, 0.2, 0.6]]))


def by_table(tokens, state):
    """P(next | last) is a row of a table."""
    return after[tokens], state


def counting(tokens, state):
    """Reads nothing; after so many steps it likes the token of that number, by log 9."""
    return np.log(9) * (np.arange(3) == state[:, None] % 3), state + 1


# %% check="sentence-logprob"
start, ids_2 = np.array([0, 2]), np.array([[1, 0], [2, 2]])
with expect_unchanged("sentence_logprob", start=start, ids=ids_2):
    log_p = sentence_logprob(by_table, np.zeros(2), start, ids_2)
expect_shape("one number for each sentence", log_p, (2,))
by_hand = [math.log(0.25 * 0.8), math.log(0.6 * 0.6)]
expect_close(
    "by hand: 0.25 · 0.8 and 0.6 · 0.6", log_p, by_hand, "The first token counts, after start."
)
liked = sentence_logprob(counting, np.array([0]), np.array([0]), np.array([[0, 1, 2, 0]]))
hint = "Hand the new state on; and scores are no log-probabilities."
expect_close("four times 9/11", liked, [4 * math.log(9 / 11)], hint)
one = np.zeros(1, dtype=int)
rare = sentence_logprob(lambda t, s: (np.array([[0.0, -40.0]]), s), one, one, np.array([[1]]))
expect_close("a token of probability e^-40", rare, [-40.0], "Add nothing to a probability.")
every = np.array([[a, b] for a in range(3) for b in range(3)])
total = np.exp(sentence_logprob(by_table, np.zeros(9), np.zeros(9, dtype=int), every)).sum()
expect_close("all nine sentences of two tokens together", total, 1.0)
tensor = sentence_logprob(
    lambda t, s: (torch.tensor(after)[t], s), 0, *map(torch.tensor, (start, ids_2))
)
expect_close("torch", tensor, by_hand)
print("All good")

# %% [markdown]
# ### Experiment 3: Telugu or Tamil?
#
# Our sentences are made like those of N4: an opening, a place, perhaps a remark about the food or the rain, and what
# was learned there; eight languages, with a state and a city each. An LSTM of 128 units and n-grams up to 17 words
# learn from 2,000 of them. Then each is shown 200 new ones, every one with all eight languages in turn. **How often is
# the right sentence the likeliest?** Three seeds, about a minute.

# %% experiment="lm-experiment-ranking"
from rnncore.experiments.ranking import measure_ranking

ranking = measure_ranking(shift_targets, sentence_logprob, absolute_discounting)
print(ranking)
ranking.figure()

# %% [markdown]
# **What to see.** Up to $n = 8$ the n-grams are at chance, one in eight, as no place is within their window. Then they
# rise, as more and more sentences have their place in it: 0.37, 0.57, and 0.95 at 17 words. The LSTM, whose state has
# no width, has all 600 sentences right. (It needs time to find this out: one of 64 units had only 0.18, 0.10 and 0.39
# right after 300 steps on 1,000 sentences; `H=64, steps=300, N=1000` repeats it.)
#
# And N4's own sentences:

# %% experiment="lm-experiment-telugu"
sentence = "i enjoyed my trip to andhra pradesh . i also learned to speak some sentences from"
pair = [
    ranking.vocab.encode([*sentence.split(), language, "."], eos=True)
    for language in ("telugu", "tamil")
]
ours = ranking.trained[0]
models = {"LSTM": (ours.decoder, ours.begin(2), torch.tensor)}
models |= {
    f"{n}-gram": (model.decoder, model.begin(2), np.array)
    for n, model in zip(ranking.orders, ranking.counted, strict=True)
    if n in (3, 11)
}
for name, (decoder, state, array) in models.items():
    log_p = sentence_logprob(decoder, state, array([BOS, BOS]), array(pair))
    telugu, tamil = np.exp(log_p.tolist())
    print(f"{name:>7}: telugu {telugu:.1e}, tamil {tamil:.1e}, ratio {telugu / tamil:.1f}")

# %% [markdown]
# **What to see.** The LSTM says that Telugu is a thousand times likelier, in the spirit of N4's 28. An 11-gram reaches
# just back to *pradesh* and agrees, a 3-gram does not know which it was. The probabilities themselves say little: ours are
# larger than N4's as our language has some fifty words and a handful of sentence patterns. Only the ratio counts,
# between sentences of the same model.
#
# ## 7. Writing
#
# To let a model write is to let it roll dice: draw the first token from $P(y_1)$, let the model read it, draw the second
# from $P(y_2 \mid y_1)$, and so on. How does one draw with given probabilities? Lay them end to end on a line of length
# 1, and throw a dart $u$, uniform in $[0, 1)$:
#
# $$y = \text{the first } v \text{ with } p_1 + \dots + p_v > u \tag{9.10}$$
#
# ```text
#   0            0.5        0.8    1
#   |-----e------|----a-----|--i---|          u = 0.63 hits a
#                     ^
# ```
#
# `draw(scores, noise)` does so, for a dart in each row. And one may bend the probabilities before the dart is thrown.
# The **temperature** $\tau$ divides the scores,
#
# $$p_v \propto e^{\text{score}_v / \tau} \tag{9.11}$$
#
# so that below 1 the likely become likelier, and above 1 the unlikely get their chance. `with_temperature(scores, tau)`
# is this division. `keep_top_k(scores, k)` rules out all but the $k$ likeliest tokens: it sets their scores to
# $-\infty$, since $e^{-\infty} = 0$. Here it is in full, as you will need its two tools:
#
# ```python
# def keep_top_k(scores, k):
#     _, ranks = rank_tokens(scores)         # ranks[b, v]: 0 for the likeliest token of row b
#     return rule_out(scores, ranks >= k)    # the scores, -inf where the condition is true
# ```
#
# But how many are good? After `smiling fac` hardly any letter but one can follow, after `s` many. Holtzman and others
# (2020) let the distribution decide. The **nucleus** is the smallest set of tokens that has, together, at least the
# probability $p$:
#
# $$\text{keep token } v \quad\text{if}\quad \sum_{w \text{ likelier than } v} p_w < p \tag{9.12}$$
#
# ### {{ exercise keep-nucleus }}
#
# Write (9.12). Kept scores stay as they are; the others become $-\infty$. The docstring of `rank_tokens` tells what its
# two results are: with `order` you get from tokens to ranks, with `ranks` back. (Which of equally likely tokens are kept
# at the edge of the nucleus is left to you.)

# %% exercise="keep-nucleus"
from rnncore.functional.decoding import keep_nucleus  # exercise
#: The probabilities in order; for each rank, what the likelier ones have together;
#: then back from ranks to tokens: take_along_axis(..., ranks, axis=1).

# %% check="keep-nucleus"
probs = np.array([[0.1, 0.5, 0.15, 0.25], [0.7, 0.1, 0.05, 0.15]])
scores = np.log(probs)


def kept(p, some=scores):
    return np.isfinite(np.asarray(keep_nucleus(some, p))).astype(int).tolist()


hint = "The token with which p is reached is in."
expect_equal("p = 0.69: 0.5 + 0.25, and 0.7", kept(0.69), [[0, 1, 0, 1], [1, 0, 0, 0]], hint)
expect_equal("p = 0.8", kept(0.8), [[0, 1, 1, 1], [1, 0, 0, 1]], "Each row by itself.")
expect_equal("p = 0.01", kept(0.01), [[0, 1, 0, 0], [1, 0, 0, 0]], "The likeliest is always kept.")
with expect_unchanged("keep_nucleus", scores=scores):
    all_of_them = keep_nucleus(scores, 1.0)
expect_close("p = 1 rules out nothing", all_of_them, scores, "Kept scores stay as they are.")
higher = scores + 5
part = np.asarray(keep_nucleus(higher, 0.8))
expect_close("what is kept", part[part > -9], higher[part > -9], "Kept scores stay as they are.")
expect_equal("scores higher by 5", kept(0.8, higher), kept(0.8), "softmax first.")
expect_equal("torch", kept(0.8, torch.tensor(scores)), kept(0.8))
print("All good")

# %% [markdown]
# ### {{ exercise sample }}
#
# Write `sample`: the loop of exercise {{ number sentence-logprob }}, in which the next token is no longer given but
# drawn, and then read. All darts come in as `noise`, a column for each step; so what is written can be repeated.
# `reshape` bends the log-probabilities before the dart is thrown.

# %% exercise="sample"
from rnncore.functional.decoding import sample  # exercise
#: In each step: next_log_probs, reshape, draw; what was drawn is read in the next.

# %% check="sample"
darts = np.array([[0.6, 0.1, 0.95], [0.3, 0.3, 0.3]])
with expect_unchanged("sample", noise=darts):
    written = sample(by_table, np.zeros(2), np.array([0, 2]), darts)
expect_shape("the text", written, (2, 3))
dtype = np.asarray(written).dtype
assert dtype.kind in "iu", f"tokens should be integers; got {dtype}"
hint = "u = 0.6 after token 0 hits token 1; then 0.1 after token 1 hits token 0."
expect_equal("by hand, row 1", written[0].tolist(), [1, 0, 2], hint)
expect_equal("by hand, row 2", written[1].tolist(), [1, 0, 0], "Each row has darts of its own.")
steps = sample(counting, np.array([0]), np.array([0]), np.full((1, 4), 0.5))
expect_equal("it knows which step it is", steps.tolist(), [[0, 1, 2, 0]], "Hand the state on.")
coldest = sample(by_table, np.zeros(2), np.array([0, 2]), darts, lambda s: keep_top_k(s, 1))
cold = sample(by_table, np.zeros(2), np.array([0, 2]), darts, lambda s: with_temperature(s, 0.5))
expect_equal("temperature 1/2", cold.tolist(), [[0, 0, 2], [2, 2, 2]], "reshape(log_probs).")
expect_equal("only the likeliest", coldest.tolist(), [[0, 0, 0], [2, 2, 2]], "reshape, then draw.")
print("All good")

# %% [markdown]
# For the dice we need a model of names: an LSTM of 128 units that reads 1,600 of them for 400 steps, with your
# `shift_targets`; ten seconds. 150 names are kept apart.

# %% experiment="lm-experiment-names-model"
from rnncore.experiments.likeliest import begin_name, train_on_names

namer = train_on_names(shift_targets, bits_per_character, seed=0, device="cpu")
print(f"new names cost {namer.bits:.2f} bits per character")

# %% [markdown]
# That is more than the 2.0 bits of the best n-gram (on other names, though): 1,600 names are few for a network. It has
# learned enough to play with.

# %% [markdown]
# **What do temperature and nucleus do to a distribution?** Here is what the model expects after `black s`; move the
# sliders.

# %% experiment="lm-experiment-live-sampling"
decoder, state, last = begin_name(namer, "black s")
log_probs, _ = next_log_probs(decoder, last, state)
likeliest = np.argsort(-log_probs[0].numpy())[:16]


def draw_bars(temperature, p):
    """The 16 likeliest next characters, as they are and reshaped."""
    reshaped = keep_nucleus(with_temperature(log_probs, temperature), p)
    bars = np.exp(np.asarray(log_softmax(reshaped)))[0, likeliest]
    labels = ["end" if v == EOS else repr(vocab.tokens[v])[1:-1] for v in likeliest]
    n = int(np.isfinite(np.asarray(reshaped)).sum())
    title = (
        f"After “black s”: temperature {temperature:.1f}, nucleus {p:.2f}, {n} characters possible"
    )
    axes = {"xlabel": "next character", "ylabel": "probability", "title": title}
    return plot_bars(bars[None], labels=labels, **axes)


live(draw_bars, temperature=(0.2, 2.0, 0.1, 1.0), p=(0.5, 1.0, 0.05, 0.95))

# %% [markdown]
# **What to see.** A lower temperature makes the first bar grow at the expense of all others, and rules out none; a
# higher one levels them. A lower $p$ cuts off bars from the right, one after the other, and leaves the proportions of
# the others as they are. All this follows from (9.11) and (9.12). The picture that stands here without a kernel has a
# temperature of 1 and a nucleus of 0.95: 13 characters are possible, and `t` has a third of the probability.
#
# Now let it write, with your `sample`, 300 names at each of four settings. **Which setting writes best?** Printed are
# some that do not exist; how many were copies of real ones is said beside them.

# %% experiment="lm-experiment-new-symbols"
rng = np.random.default_rng(9)
settings = {
    "temperature 0.5": lambda scores: with_temperature(scores, 0.5),
    "as learned": lambda scores: scores,
    "nucleus of 0.9": lambda scores: keep_nucleus(scores, 0.9),
    "temperature 1.5": lambda scores: with_temperature(scores, 1.5),
}
invented = {}
for setting, reshape in settings.items():
    start, state = torch.full((300,), BOS), namer.model.begin(300)
    ids = sample(namer.model.decoder, state, start, rng.random((300, 45)), reshape)
    written = ["".join(vocab.decode(row)) for row in ids.tolist()]
    known_words = {word for name in names for word in name.split()}
    words = [word for name in written for word in name.split()]
    real = np.mean([word in known_words for word in words])
    invented[setting] = [name for name in written if name and name not in names]
    copied = np.mean([name in names for name in written])
    print(f"{setting}: {real:.0%} of the words exist, {copied:.0%} of the names")
    print("   ", "; ".join(invented[setting][:7]))

# %% [markdown]
# **What to see.** At a temperature of 0.5 four words in five exist, and one name in nine is a copy: safe, and not very
# inventive. As learned, hardly more than a third of the words exist. A likely reason: each single letter that cannot
# follow has little probability, but there are many of them, and many throws in a name; and after one wrong letter the
# model reads what it has never read. The nucleus of 0.9 cuts this tail off: three words in five exist, and one name in
# twenty is a copy. At 1.5 one word in seven exists.
#
# ## 8. Why the likeliest is dull
#
# Why roll dice at all? One could write the *likeliest* text. To take the likeliest token at each step is called
# *greedy*, and does not find it: after a token that is likely, all that follows may be unlikely. To try all $V^T$ texts
# takes too long. **Beam search** lies between: it keeps the `width` best beginnings. In each step every one of them is
# extended by every token, and of all these extensions together the best are kept.
#
# ```text
#   width 2        a  -0.7          a c  -1.2        a c e  -1.6
#                  b  -1.0          b d  -1.3        a c o  -2.5
#                  (c  -2.3)        (a a  -1.9)      (b d e -2.6)
# ```
#
# When an extension is the end token, the hypothesis is finished. It is put aside and keeps its place: with `width` 5 and
# two of them finished, three are extended. At the end all are ranked. As each token costs something, short ones have an
# advantage; one can make up for it by
#
# $$\text{rank by } \frac{\log P(y_1 \dots y_n)}{n^\alpha} \tag{9.13}$$
#
# with $\alpha$ between 0 (not at all) and 1 (the mean for a token).
#
# ### {{ exercise beam-search }}
#
# Write `beam_search`, the hardest exercise of this unit. Keep a list of open hypotheses and one of those that have
# ended; row $k$ of tokens and state belongs to open hypothesis $k$. The part where most go wrong: an extension goes on
# from the *state* of its parent. If the kept extensions have the parents `[0, 0, 2]`, the next state is made of these
# rows, `map_tree(lambda part: part[rows], state)`.
#
# The experiments search with networks of torch, whose decoders want tensors: with `xp = array_namespace(start)`,
# `xp.asarray(...)` makes of a list the tokens that are read next.
#
# *If you are stuck:* write it for `width` 1 first, then it is greedy; then for any width, without the end token.

# %% exercise="beam-search"
from rnncore.functional.decoding import beam_search  # exercise
#: Begin with one open hypothesis, Hypothesis([], 0.0), and the row of tokens and state for it.
#: totals[k, v]: log P of hypothesis k with token v behind it. np.argsort(-totals, axis=None)
#: sorts all of them; np.unravel_index(places, totals.shape) gives k and v.

# %% [markdown]
# On a small scale there is a witness: with `width` as large as the number of texts, nothing is missed.

# %% check="beam-search"
traps = np.log(np.array([[0.1, 0.5, 0.4], [0.4, 0.3, 0.3], [0.98, 0.01, 0.01]]))


def trap(tokens, state):
    """Token 0 is the end. Token 1 is likelier than 2 at first, but after 2 the end is nearly certain."""
    return 3.0 + traps[np.where(state == 0, 0, tokens)], state + 1


go = np.zeros(1), np.array([1]), 0
greedy = beam_search(trap, *go, T=2, width=1)
expect_equal("width 1: greedy", [y.ids for y in greedy], [[1, 0]], "The likeliest, step by step.")
wider = beam_search(trap, *go, T=2, width=2)
expect_equal("width 2 sees the trap", [y.ids for y in wider], [[2, 0], [1, 0]], "Best first.")
hint = "The logarithms of all its tokens, added up."
expect_close("its log P", wider[0].log_prob, math.log(0.4 * 0.98), hint)
endless = beam_search(trap, *go[:2], 9, T=3, width=2)
two = [[2, 0, 1], [2, 0, 2]]
expect_equal("token 9 never comes", [y.ids for y in endless], two, "Rank by all tokens together.")
found = beam_search(trap, *go, T=3, width=99)
expect_equal("nothing is missed", len(found), 15, "1 of one token, 2 of two, 12 of three.")
expect_close("probabilities of all texts", sum(math.exp(y.log_prob) for y in found), 1.0)
by_length = beam_search(trap, *go, T=3, width=99, alpha=1.0)
means = np.array([y.log_prob / len(y.ids) for y in by_length])
expect_close("alpha = 1: ranked by the mean", means, np.sort(means)[::-1], "See (9.13).")
found = beam_search(lambda t, s: (traps[s], t), np.array([0]), np.array([1]), 0, T=3, width=99)
by_hand = [sum(traps[s, v] for s, v in zip([0, 1, *y.ids], y.ids, strict=False)) for y in found]
got = np.array([y.log_prob for y in found])
expect_close("states go with their parents", got, by_hand, "state rows of the parents.")
table = np.log(np.array([[0.7, 0.1, 0.2], [0.3, 0.4, 0.3], [0.5, 0.2, 0.3]]))
found = [y.ids for y in beam_search(lambda t, s: (table[t], s), *go, T=3, width=2)]
expect_equal("one has ended, and keeps its place", found, [[0], [1, 1, 1]], "Two in all.")
pairs = beam_search(lambda t, s: (traps[t], (s[0] + 1, s[1])), (go[0], go[0]), go[1], 0, 3, 2)
expect_equal("a state of two parts", len(pairs), 2, "map_tree reaches all parts of a state.")
print("All good")

# %% [markdown]
# ### Experiment 4: the wider, the better?
#
# We give the first two letters of 40 names that the model has not read, and let it end them: with beams of 1 to 32, and
# with dice. **What do the endings cost, and how long are the names?** Three models, up to a minute.

# %% experiment="lm-experiment-likeliest"
from rnncore.experiments.likeliest import measure_likeliest

likeliest_names = measure_likeliest(shift_targets, bits_per_character, sample, beam_search)
print(likeliest_names)
likeliest_names.figure()

# %% [markdown]
# **What to see.** The search does what it should: the wider the beam, the more probable what it finds. And the better
# it searches, the *worse* the names: 6 to 7 characters at a width of 32, where real names have 15 to 18 and drawn ones
# 13 to 14. It is the price of the end token: every letter costs something, an early end costs once. For translation
# Koehn and Knowles (2017) found that wide beams do harm, and Stahlberg and Byrne (2019) searched exhaustively and found
# that for more than half of the sentences the likeliest translation is the empty one. The fault is not the search. It
# is that we asked for the likeliest.
#
# **Does it matter in long texts, where nothing ends?** Your network of section 4 goes on with a new module, once by beam
# search and once by dice; beside them what really stands there. What does each character cost the network?

# %% experiment="lm-experiment-surprise"
from rnncore.experiments.text_reader import cost_of_text

begun = library.test.index("\n    def ", 20_000)
prompt, real = library.test[begun - 200 : begun + 12], library.test[begun + 12 : begun + 132]
*before, last = code.encode(prompt)
state = reader.begin(1)
for i in before:
    _, state = reader.decoder(torch.tensor([i]), state)
go = reader.decoder, state, torch.tensor([last])
drawn = sample(*go, np.random.default_rng(1).random((1, 120)))[0].tolist()
searched = beam_search(*go, EOS, 120, 8)[0].ids
costs = {}
texts = {"as it stands": code.encode(real), "drawn": drawn, "found by a beam of 8": searched}
for name, going_on in texts.items():
    nats = cost_of_text(reader, np.array([*before, last, *going_on]))[-120:]
    costs[name] = nats.reshape(-1, 8).mean(axis=1) / math.log(2)
    print(f"--- {name}, {costs[name].mean():.2f} bits per character:")
    print(prompt[-12:] + "".join(code.tokens[i] for i in going_on))

axes = {"xlabel": "characters written", "ylabel": "bits per character"}
figure = plot_curves(range(4, 124, 8), costs, title="What a reader would be surprised by", **axes)
figure.axes[0].set_ylim(top=4.5)  # room for the legend
figure

# %% [markdown]
# **What to see.** The real text goes up and down: cheap where a word has begun, dear where the author decided
# something; 1.40 bits on average. The drawn one has surprises as well, 1.76 bits, somewhat more than the real one.
# The beam's text costs 0.29 bits: it writes the two most expected lines, and then spaces to the end. Holtzman and
# others show the same picture for a much larger model (their figure 2). A text without surprises is not what people
# write: whoever writes has something to say.
#
# The likeliest has its place, though: where one answer is wanted and it is short. Your telephone does it (N1 calls it
# text autofill), and your editor.

# %% experiment="lm-experiment-autofill"


def complete(begin, n=3, T=12):
    """The n likeliest ways to go on, up to a space or the end of the line."""
    ids = code.encode("\n" + begin)
    state = reader.begin(1)
    for i in ids[:-1]:
        _, state = reader.decoder(torch.tensor([i]), state)
    stop = code.encode("\n")[0]
    found = beam_search(reader.decoder, state, torch.tensor(ids[-1:]), stop, T, 8, alpha=0.7)
    return ["".join(code.tokens[i] for i in y.ids).rstrip() for y in found[:n]]


for begin in (
    "    def __in",
    "import s",
    "        retu",
    "    for i in ra",
    "        self.",
    "    rais",
):
    print(f"{begin:<16}", "   ".join(complete(begin)))

# %% [markdown]
# ## 9. A melody
#
# A chord is a token. The collection of Boulanger-Lewandowski and others (2012) has 382 chorales by Bach as piano rolls,
# 88 keys and a step for each beat. Models of it are compared by what a step costs in nats, with a probability for each
# key; the LSTM of Bai and others (2018) has 8.45. What three seeds had here:

# %% experiment="lm-experiment-chorales"
from rnncore.experiments.recorded import CHORALES

print(CHORALES)

# %% [markdown]
# To give each key a probability of its own does for scoring. For writing it is poor: the keys of a chord do not know of
# each other. So here we take a whole chord as *one* token, like a word. Then all you have built serves unchanged: the
# shift, the sampler, the nucleus. (Where the chorales cannot be had, a melody of the recorded run is played.)

# %% experiment="lm-experiment-chords"
from rnncore.experiments.recorded import MELODY
from rnncore.experiments.text_reader import cost_of_sequences, train_on_sequences
from rnncore.tasks.chords import read_chords, spell_chords
from rnncore.tasks.corpora.piano_rolls import piano_rolls

rolls = load_if_there(piano_rolls, "the chorales; below is the melody of a recorded run")
melody = MELODY
if rolls:
    pieces = [spell_chords(roll) for roll in rolls.train]
    chords = Vocab.build(pieces, min_count=2)
    sequences = [chords.encode(piece, bos=True, eos=True) for piece in pieces]
    torch.manual_seed(0)
    composer = LanguageModel(len(chords), LSTM(64, 128, batch_first=True))
    rng = np.random.default_rng(0)
    options = {"B": 16, "steps": 250, "learning_rate": 1e-2, "device": torch.device("cpu")}
    train_on_sequences(shift_targets, sequences, composer, rng, **options)
    held_out = [chords.encode(spell_chords(roll), bos=True, eos=True) for roll in rolls.test]
    nats = cost_of_sequences(shift_targets, held_out, composer)
    print(
        f"{len(chords)} chords; a new one costs {nats.mean():.2f} nats, log V is {math.log(len(chords)):.2f}"
    )
    start, state, darts = torch.tensor([BOS]), composer.begin(1), rng.random((1, 32))
    silent = torch.isin(torch.arange(len(chords)), torch.tensor([UNK, EOS]))[None]
    ids = sample(
        composer.decoder, state, start, darts, lambda s: keep_nucleus(rule_out(s, silent), 0.9)
    )
    melody = tuple(chords.decode(ids[0].tolist()))

# %% experiment="lm-experiment-listen"
from IPython.display import Audio

from rnncore.lab.sound import play_chords, wave_file

recording = wave_file(play_chords(read_chords(melody)))
Audio(recording)

# %% [markdown]
# **What to see**, or rather to hear. Each single chord stands at least twice in the pieces that were read; only their
# order is the model's own. A new chord costs it 4.25 nats, where one guessed blindly costs 7.16. No number here says
# how it sounds, so judge yourself: does one chord follow well from another? Is there a line that one could sing? Does
# it come home to its key? It was never asked for more than the next chord. (What is ruled out here are the end, so that
# it plays on, and the chords that were too rare for a token.)
#
# ## 10. To take home
#
# What your networks have written is yours. The next cell saves it beside this notebook: twenty symbols that do not
# exist, the melody, and, if you had the plays, a verse. A file that is there already stays; the new one gets a number.

# %% experiment="lm-experiment-take-home"
from rnncore.lab.keepsakes import save_beside

twenty = invented["nucleus of 0.9"][:20]
print("; ".join(twenty))
files = [save_beside("my_symbols.txt", "\n".join(twenty).encode())]
files += [save_beside("my_melody.wav", recording)]
if plays:
    letters = Vocab.build([plays.train])
    actor = acted.trained[0].cpu()
    start, darts = torch.tensor(letters.encode("\n")), np.random.default_rng(3).random((1, 400))
    speech = sample(actor.decoder, actor.begin(1), start, darts, lambda s: keep_nucleus(s, 0.9))
    verse = "".join(letters.tokens[i] for i in speech[0])
    print(verse)
    files += [save_beside("my_verse.txt", verse.encode())]
print("saved:", *files)

# %% [markdown]
# Train on something of your own: the names of your street, your diary, your chats. `Vocab.build`, `shift_targets` or
# `tbptt_batches`, a `LanguageModel`, `sample`: nothing more is needed. (And think before you pass such a model on. What
# it has read it can recite.)
#
# ## {{ exercise lm-question }}
#
# A friend says: "Perplexity is what a language model is trained for, so the best text is the one with the lowest
# perplexity, and you should search for it with the widest beam that you can afford." (a) What does the perplexity of a
# model on a validation set say, and why on that? (b) What did the search for the likeliest text give in your
# experiments? Use two measured numbers. (c) Why is a typical text not a likely one, and what do temperature and nucleus
# change? Six to ten sentences.

# %% [markdown] question="lm-question" heading="In your own words" points=3
# ### BEGIN SOLUTION
# **A good answer.** Perplexity says how well a model predicts text that somebody else has written: among how many
# tokens it wavers on average. It is measured on text that was kept apart, since the text of the training can be known
# by heart; the 8-gram needed far fewer bits per character on names that it had counted than on new ones. It judges a
# model, not a text: a low cost of a text only says that the model finds it predictable. The wider the beam was, the
# less the endings of names cost, and the shorter they became: at a width of 32 about 6 characters where real names have
# 15. In code the beam's text cost a fraction of the bits per character that the real module costs. A typical text is
# not the most likely one, as every real text has surprises: it costs about as many bits as the model needs on average,
# and of texts of that kind there are very many, each improbable. A die thrown 100 times with a six at 1/2 shows no run
# of 100 sixes, though that is the likeliest sequence. Drawing gives typical texts. A temperature below 1 or a nucleus
# cut off the unlikely tokens, whose probabilities the model knows badly and which are many together, and leave chance
# among the good ones.
#
# **Rubric.** One point each: (1) perplexity or bits measure the model's prediction of given text, on text not trained
# on (overfitting); (2) two measured numbers that show that a likelier text was shorter or duller; (3) typical is not
# likeliest (many improbable texts together; real texts have surprises), and what temperature or nucleus do to the tail.
# ### END SOLUTION

# %% [markdown]
# ## Look back
#
# - A language model predicts the next token. The text is its own answer, shifted by one; BOS and EOS say where it begins
#   and ends.
# - What a text costs is measured in bits per character, on text that was kept apart. Counting is a strong opponent: on
#   Shakespeare a 6-gram was as good as our best network; on code the LSTM beat every n-gram, and `lzma` beat both.
# - A long text is read in streams. The state is carried from piece to piece, the gradient is not.
# - With a state comes memory: it told Telugu from Tamil over a distance at which n-grams are blind, and one of its units
#   knows whether a bracket is open.
# - To write, draw. The likeliest text is short or goes round in circles; temperature and nucleus keep the dice on the
#   table.
#
# **Next**: Unit 10 gives the language model something to say: a sentence in another language. It reads with one network,
# writes with another, and learns to look back.
#
# ## References
#
# - C. E. Shannon, *Prediction and Entropy of Printed English*, Bell System Technical Journal 30 (1951),
#   [doi:10.1002/j.1538-7305.1951.tb01366.x](https://doi.org/10.1002/j.1538-7305.1951.tb01366.x).
# - H. Ney, U. Essen and R. Kneser, *On structuring probabilistic dependences in stochastic language modelling*, Computer
#   Speech and Language 8 (1994), [doi:10.1006/csla.1994.1001](https://doi.org/10.1006/csla.1994.1001).
# - R. Kneser and H. Ney, *Improved Backing-Off for M-Gram Language Modeling*, ICASSP (1995),
#   [doi:10.1109/ICASSP.1995.479394](https://doi.org/10.1109/ICASSP.1995.479394).
# - T. Mikolov and others, *Recurrent neural network based language model*, Interspeech (2010),
#   [doi:10.21437/Interspeech.2010-343](https://doi.org/10.21437/Interspeech.2010-343).
# - A. Graves, *Generating Sequences With Recurrent Neural Networks* (2013),
#   [arXiv:1308.0850](https://arxiv.org/abs/1308.0850).
# - A. Karpathy, J. Johnson and L. Fei-Fei, *Visualizing and Understanding Recurrent Networks* (2015),
#   [arXiv:1506.02078](https://arxiv.org/abs/1506.02078).
# - A. Holtzman and others, *The Curious Case of Neural Text Degeneration*, ICLR (2020),
#   [arXiv:1904.09751](https://arxiv.org/abs/1904.09751).
# - P. Koehn and R. Knowles, *Six Challenges for Neural Machine Translation* (2017),
#   [arXiv:1706.03872](https://arxiv.org/abs/1706.03872).
# - F. Stahlberg and B. Byrne, *On NMT Search Errors and Model Errors: Cat Got Your Tongue?*, EMNLP (2019),
#   [arXiv:1908.10090](https://arxiv.org/abs/1908.10090).
# - N. Boulanger-Lewandowski, Y. Bengio and P. Vincent, *Modeling Temporal Dependencies in High-Dimensional Sequences*,
#   ICML (2012), [arXiv:1206.6392](https://arxiv.org/abs/1206.6392).
# - S. Bai, J. Z. Kolter and V. Koltun, *An Empirical Evaluation of Generic Convolutional and Recurrent Networks for
#   Sequence Modeling* (2018), [arXiv:1803.01271](https://arxiv.org/abs/1803.01271).
# - Lecture notes N4 (language modelling, Telugu and Tamil), N1 (autofill) and N0 (music).
