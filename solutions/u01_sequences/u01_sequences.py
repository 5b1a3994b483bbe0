# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Unit 1. Sequences, and models without memory
#
# > *When a dog bites a man, that is not news. But if a man bites a dog, that is news.* (A saying among journalists)
#
# Welcome! You have just read two sentences made of the same words. What makes one of them news is the **order**, and
# you took it in without effort. Speech, text, music, prices, proteins: much of what we would like a computer to
# understand comes in order, one piece after the other. This course is about networks that read in order and remember
# what they have read. By its end you will have built, line by line, networks that write, translate, tag, forecast,
# and read handwriting.
#
# Networks read numbers, though, and a sentence is not a number. So this first unit does two things. You build the
# tools that turn sequences into arrays; every later unit uses them. And you find out what a model *without* memory can
# do with such arrays, and where it must fail, however long you train it. That is the reason for everything that
# follows.
#
# **At the end you can**
#
# - turn text into tokens, tokens into whole numbers, and those into vectors;
# - put sequences of different lengths into one array, and keep account of what is real in it;
# - cut a series of measurements into windows, and forecast with a model that sees one window;
# - say what a model without memory cannot learn, and show it by experiment.
#
# **You need** Python, a little NumPy (arrays, shapes, slices), and matrices times vectors. No networks yet, no torch.
#
# **Time** two to three hours. **Points** {{ points }}:
#
# {{ exercises }}

# %% [markdown]
# ## How the notebooks work
#
# Go from top to bottom, and run each cell with Shift-Enter. There are four kinds:
#
# - **Exercise.** A function with a docstring that says what goes in and what comes out. Replace the line
#   `raise NotImplementedError()` by your code. Few exercises need more than five lines. Errors that a docstring
#   promises under *Raises* never carry points here.
# - **Check.** The cell below an exercise tries your function and prints a line for each thing that is right. If
#   something is off, it stops with a message that says what, and where to look. If it ends with `All good`, go on.
# - **Demonstration.** Cells that draw or print something with the functions that you wrote. There is nothing to
#   change, but changing things is welcome: you cannot break anything that *Kernel, Restart* does not mend.
# - **Experiment.** Cells that train a model, or have a slider. They are not run for grading.
#
# The checks that you see are for you, and you may run them as often as you like. Your work is graded by *further*
# checks, with other words, sizes and numbers, so write for any input that the docstring allows. A mistake in one
# exercise does not cost you points in a later one, and an exercise may earn a part of its points.
#
# Before you hand in, choose *Kernel, Restart Kernel and Run All Cells*. (It goes on past exercises that are open or wrong: look at the last line of each check.)
#
# The first cell brings in what is needed. Run it now. There is no need to know all these names: what your code needs is
# explained where it is needed, and the rest is for signatures, figures and checks.

# %% given="seq-setup"
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from array_api_compat import device
from jaxtyping import Int

from rnncore.experiments.delay_taps import measure_delay_taps
from rnncore.experiments.word_order import measure_word_order
from rnncore.functional.base import Array, Float, array_namespace, require_kind
from rnncore.lab.checks import expect_close, expect_equal, expect_kind, expect_shape
from rnncore.lab.checks import expect_unchanged
from rnncore.lab.live import live
from rnncore.lab.plots import plot_bars, plot_curves
from rnncore.lab.plots.style import COLOURS, new_figure
from rnncore.tasks.batching import Padded
from rnncore.tasks.echo import echo_series
from rnncore.tasks.forecasts import Autoregression
from rnncore.tasks.vocab import BOS, EOS, PAD, SPECIAL, UNK, decode
from rnncore.tasks.windows import Windows

# %% [markdown]
# **What does a check say?** Here is a function with a slip in it, and a check that finds the slip. (In your own checks the
# message comes at the end of a longer, red one. The last line is the one to read.)


# %%
def twice(x):
    return x + 2


expect_close("twice(2)", twice(2), 4)
try:
    expect_close("twice(3)", twice(3), 6, "To double is to multiply.")
except AssertionError as message:
    print("AssertionError:", message)

# %% [markdown]
# **What to see.** The first line is good news, and wrong: 2 + 2 happens to be 2 times 2. One example is no proof, which is
# why the checks try several. The second names what was tried, what was expected, what came, and where to look.
#
# The letters of sizes are the same in equations and in code, and nearly all of them in the whole course:
#
# | letter | means | | letter | means |
# |---|---|---|---|---|
# | $B$ | sequences in a batch | | $V$ | tokens in a vocabulary |
# | $T$ | steps of a sequence | | $F$ | features measured at each step |
# | $L$ | steps of a window | | $p$ | taps: how far a model looks back |
# | $h$ | steps to forecast | | $H$ | units of a hidden layer |
#
# And a row is a sequence: an array $(B, T)$ holds $B$ sequences of $T$ steps each.
#
# The **lecture notes N0 to N4** are five sets of notes and slides from which this course was made. Much in them is good.
# Where they go wrong, a *Correction* tries it out. You do not need to have read them.

# %% [markdown]
# ## 1. From text to tokens
#
# A text is a sequence of characters. To a reader it is a sequence of words, and of marks, which matter as well: "Let's eat,
# Grandma" is a friendlier sentence than "Let's eat Grandma". The pieces that a model reads are called **tokens**, and to cut a
# text into them is to *tokenize* it.
#
# How is that said in Python? With a **pattern** (a *regular expression*): `re.findall(pattern, text)` lists all pieces of
# the text that fit it, from left to right. You need five bits of its language:
#
# | pattern | fits |
# |---|---|
# | `\w` | a letter or digit of any alphabet (and the underscore, which no check asks for) |
# | `\w+` | one or more of them in a row |
# | `[^\w\s]` | one character that is neither such a one nor white space: a mark |
# | <code>A&#124;B</code> | what fits A, or else what fits B |
# | `(?:A)*` | what fits A, any number of times in a row, also none |
#
# (The `?:` matters: with brackets alone, `(A)*`, `findall` lists only what the brackets hold.)
#
# **How far do we get with the first four?**

# %%
sentence = "Don't stop, Anna-Lena!"
print(re.findall(r"\w+", sentence))
print(re.findall(r"\w+|[^\w\s]", sentence))

# %% [markdown]
# **What to see.** The first pattern finds words and loses the marks. The second has both, but cuts *Don't* and *Anna-Lena* to
# pieces. The table has one more line.
#
# ### {{ exercise tokenize }}
#
# Write `tokenize`. Words stay whole if they have a hyphen or an apostrophe *inside*: a word is a run of letters, and it
# may go on with such a mark *and another run*, any number of times. And *Stop* is the same word as *stop*, so everything
# becomes lower case.
#
# *If you do not like patterns:* a loop over the characters is just as right.

# %% exercise="tokenize"
from rnncore.tasks.vocab import tokenize  # exercise
#: With a pattern this is one line. One of several characters is written ['’-], hyphen last.

# %% check="tokenize"
wanted = ["dog", "bites", "man", "."]
hint = "Lower case; . is a token. (In a pattern, brackets are written (?: and ).)"
expect_equal("words and marks", tokenize("Dog bites man."), wanted, hint)
wanted = ["don't", "stop", ",", "anna-lena", "!"]
expect_equal("marks inside words", tokenize(sentence), wanted, "A word may go on after ' or -.")
wanted = ["a", "mother-in-law’s", "tongue"]
hint = "It may go on after ’ too, and more than once."
expect_equal("curly marks", tokenize("A mother-in-law’s tongue"), wanted, hint)

wanted = ["'", "hello", "'", "-", "she", "said", ".", ".", "."]
expect_equal("marks outside", tokenize("'Hello' - she said..."), wanted, "One token each.")
wanted = ["αλφα", ",", "größe", "42"]
hint = r"\w knows every alphabet and all digits."
expect_equal("other alphabets", tokenize("Αλφα,  Größe\n42"), wanted, hint)
expect_equal("no text, no tokens", tokenize(" "), [])
print("All good")

# %% [markdown]
# ### Correction 1: how many inputs has a sentence?
#
# N4 counts "each word \ comma \ full stop" as an input, as you do, and says of a sentence about the mathematician G. H. Hardy:
# "There are a total of 11 inputs." The sentence stands there in four versions. **How many tokens has each?**

# %%
for where, text in {
    "first slide     ": "GH Hardy said, his main contribution was discovery of Ramanujan.",
    "where 11 is said": "GH Hardy said his main contribution was discovery of Ramanujan.",
    "one-hot slide   ": "Hardy said, his main contribution was discovery of Ramanujan.",
    "the slide after ": "Hardy said, his contribution was discovery of Ramanujan.",
}.items():
    print(f"{where}  T = {len(tokenize(text)):2}  {' '.join(tokenize(text))}")

# %% [markdown]
# **What to see.** The sentence has **12** inputs. Where N4 counts 11, the comma has been dropped, though the rule counts commas.
# The third version has lost its first word, and is 11 by luck; the fourth has 10, while N4 still numbers its inputs up to
# $x^{11}$. Nobody is harmed, but a program is: an array made for 11 steps does not hold 12. Count with code.
#
# (N4's other counts are right. "Wow, it is so nice!" has 7, "Today it is raining." has 5. Try them.)

# %% [markdown]
# ### Correction 2: a sequence without words
#
# Not every sequence is text. N4 shows "DNA sequence analysis" with lines that begin like those below: on the left a name, on the
# right a sequence whose tokens are letters. **Is that DNA?** DNA is written with four letters: A, C, G and T. Proteins are written with twenty, one for
# each amino acid. And the names have the form of accession numbers in UniProt, a collection of proteins, which publishes the
# pattern that all of them fit.

# %%
rows = {
    "A5ASC3.1": "SIKLWPPSQTTRELLVERMANNLST",
    "B4F917.1": "SIKLWPPSESTRIMLVDRMTNNLST",
    "A9S1V2.1": "VFKLWPPSQGTREAVRQKMALKLSS",
    "B9GSN7.1": "SVKLWPPGQSTRMLVERMTKNFIT",
    "Q8H056.1": "SFSIWPPPTQRTRDAVVRRLVDTLGG",
    "Q0D4Z3.2": "SLSIWPPSQRTREAVVRRLVQTLVA",
}
accession = r"[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2}"
letters = sorted(set("".join(rows.values())))
print("letters used:           ", "".join(letters))
print("of these not in DNA:    ", "".join(letter for letter in letters if letter not in "ACGT"))
print("of these no amino acid: ", [a for a in letters if a not in "ACDEFGHIKLMNPQRSTVWY"])
print("names of UniProt's form:", [name for name in rows if re.fullmatch(accession, name[:-2])])

# %% [markdown]
# **What to see.** Far more letters than four, every one of them an amino acid, and all six names of UniProt's form. These are **proteins**. It is not
# a quibble: a model of DNA reads vectors of 4 numbers, a model of proteins vectors of 20, as you will see in section 4. (Unit 8
# sorts proteins into families.)
#
# ## 2. A label for every token
#
# What is asked of a sequence is often again a sequence. In *named entity recognition* each token gets a label, 1 if it belongs
# to a name and 0 if not. Inputs and outputs have the same length; N4 writes $T_x = T_y$. With Hardy's sentence:
#
# | gh | hardy | said | , | his | main | contribution | was | discovery | of | ramanujan | . |
# |---|---|---|---|---|---|---|---|---|---|---|---|
# | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 0 |
#
# Such labels are what a network learns from, and somebody has to make them. The cheapest way is a list of names. But mind: *san*
# is not a name because San Diego is one. In "San Diego is in San Juan County" the list `[["san", "diego"]]` explains two tokens,
# not three.
#
# ### {{ exercise name-labels }}
#
# Write `name_labels`. Try every name of the list at every place of the sentence: if the tokens from there on are those of the
# name, label them all.

# %% exercise="name-labels"
from rnncore.tasks.name_labels import name_labels  # exercise
#: Start with a list of zeros, [0] * len(tokens), and set labels[i] = 1 for one token after the other.
#: tokens[a:b] is a piece of the sentence.

# %% check="name-labels"
hardy = tokenize("GH Hardy said, his main contribution was discovery of Ramanujan.")
labels = name_labels(hardy, [["ramanujan"], ["gh", "hardy"]])
wanted = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]
expect_equal("Hardy's sentence", labels, wanted, "All tokens of a name, for every name.")
dtype = np.asarray(labels).dtype
assert dtype.kind in "iub", f"labels should be integers; got {dtype}"

county = ["san", "diego", "is", "in", "san", "juan", "county"]
labels = name_labels(county, [["san", "diego"]])
expect_equal("San Diego", labels, [1, 1, 0, 0, 0, 0, 0], "The whole name must be there.")
again = name_labels(["paris", ",", "not", "paris", "texas"], [["paris"]])
expect_equal("a name twice", again, [1, 0, 0, 1, 0], "Look at every place.")
end = name_labels(["we", "saw", "new", "york"], [["new", "york"], ["york", "city"]])
expect_equal("at the end", end, [0, 0, 1, 1], "Which is the last place where a name can start?")
expect_equal("no tokens", name_labels([], [["paris"]]), [], "As many labels as tokens.")
print("All good")

# %% [markdown]
# **What can a list of names not do?**

# %%
for text in ("Ramanujan met Hardy", "Will Rose meet Will?", "A rose is a rose, will you see?"):
    tokens = tokenize(text)
    print([*zip(tokens, name_labels(tokens, [["hardy"], ["rose"], ["will"]]), strict=True)])

# %% [markdown]
# **What to see.** It does not find names that are not on it, and it cannot tell Rose from a rose: whether *will* is a name depends on
# the words around it. To use them is what a network is for. (Lower case made it harder than it was. Every tool has its price.)
#
# ## 3. From tokens to whole numbers
#
# A **vocabulary** is the list of the tokens that a model knows. The place of a token in the list is its **id**. Four tokens are
# no words, and stand at the beginning of every vocabulary in this course:
#
# | id | name in code | written | says |
# |---|---|---|---|
# | 0 | `PAD` | `<pad>` | nothing is here (section 5) |
# | 1 | `UNK` | `<unk>` | a token that is not in the vocabulary |
# | 2 | `BOS` | `<bos>` | the sentence begins |
# | 3 | `EOS` | `<eos>` | the sentence ends |
#
# `SPECIAL` is the tuple of these four. The rest is taken from the sentences that the model is trained on, the most frequent first.
# Rare ones may be left out: a word that was seen once has taught little, and every word costs weights.
#
# ### {{ exercise build-vocab }}
#
# Write `build_vocab`. A `Counter` counts what it is given: `counts = Counter(["a", "b", "a"])` is `{"a": 2, "b": 1}`, and
# `counts.update(["b"])` goes on counting. `sorted(counts)` is the list of what was counted, in the order of the alphabet. It takes a key:
# with `key=lambda token: (-counts[token], token)` it sorts by two things, first by the count from the highest down, then by the token
# itself.

# %% exercise="build-vocab"
from rnncore.tasks.vocab import build_vocab  # exercise
#: Count all tokens of all sentences. Sort. Leave out the rare and the special. Cut to max_size.

# %% check="build-vocab"
news = [tokenize(text) for text in ("man bites dog", "dog bites dog", "cat naps")]
vocab = build_vocab(news)
expect_kind("the vocabulary", vocab, list)
expect_equal("the special tokens", vocab[:4], [*SPECIAL], "They come first: [*SPECIAL, ...].")
wanted = ["dog", "bites", "cat", "man", "naps"]  # 3, 2, 1, 1, 1
hint = "By count; equals in the order of the alphabet. A word that comes once is in."
expect_equal("the words", vocab[4:], wanted, hint)
twice = build_vocab(news, min_count=2)
expect_equal("at least twice", twice, [*SPECIAL, "dog", "bites"], "Twice is enough.")
small = build_vocab(news, max_size=5)
expect_equal("five at most", small, [*SPECIAL, "dog"], "max_size counts the special ones too.")
marked = build_vocab([["dog", "<eos>"], ["<eos>"]])
expect_equal("special tokens in the text", marked, [*SPECIAL, "dog"], "Each stands there once.")
print("All good")

# %% [markdown]
# ### {{ exercise encode }}
#
# With the list it is quick to find the token of an id, `vocab[7]`. The other direction wants a dictionary, and one line
# makes it: `id_of = {token: i for i, token in enumerate(vocab)}`. Write `encode`, which looks up tokens in such a dictionary. A
# token that is not in it becomes `UNK`. If asked, `encode` puts `BOS` in front and `EOS` behind.

# %% exercise="encode"
from rnncore.tasks.vocab import encode  # exercise
#: id_of.get(token, other) is the id of a token, or other if there is none.

# %% check="encode"
id_of = {"<pad>": 0, "<unk>": 1, "<bos>": 2, "<eos>": 3, "dog": 4, "bites": 5, "man": 6}
expect_equal("man bites dog", encode(["man", "bites", "dog"], id_of), [6, 5, 4], "One id a token.")
unknown = encode(["dog", "bites", "unicorn"], id_of)
expect_equal("a word never seen", unknown, [4, 5, UNK], "It keeps its place, as UNK.")
both = encode(["dog"], id_of, bos=True, eos=True)
expect_equal("both marks", both, [BOS, 4, EOS], "BOS in front, EOS behind.")
expect_equal("one mark", encode(["dog"], id_of, eos=True), [4, EOS], "Each only if asked for.")

# A law: to decode is to undo. (decode is ready-made; it drops BOS and PAD, and stops at EOS.)
known = list(id_of)
again = decode(encode(["man", "bites", "man"], id_of, bos=True, eos=True), known)
expect_equal("there and back", again, ["man", "bites", "man"])
print("All good")

# %% [markdown]
# **What does a model see of a text whose words it does not know?** Let us give it a vocabulary from the first sentence of *Alice's
# Adventures in Wonderland* (1865), and let it read the poem *Jabberwocky*, by the same author.

# %%
alice = """Alice was beginning to get very tired of sitting by her sister on the bank, and of having
nothing to do: once or twice she had peeped into the book her sister was reading, but it had no
pictures or conversations in it, “and what is the use of a book,” thought Alice “without pictures
or conversations?”"""
vocab = build_vocab([tokenize(alice)])
id_of = {token: i for i, token in enumerate(vocab)}
print(f"{len(tokenize(alice))} tokens, {len(vocab)} in the vocabulary; first", vocab[4:12])
for line in ("’Twas brillig, and the slithy toves", "Did gyre and gimble in the wabe"):
    ids = encode(tokenize(line), id_of)
    print(f"\n{line}\n{ids}\n{' '.join(decode(ids, vocab))}")

# %% [markdown]
# **What to see.** What is left of the poem is its grammar: something *and the* something something. Not much worse, perhaps, than your own
# first impression of *brillig* and *slithy toves*. With a real corpus the vocabulary is larger (N4 speaks of 20,000 words), but
# there are always words outside: names, new words, slips. UNK is the honest answer, *something that I do not know*, and it takes
# up a step, so that everything else keeps its place.
#
# <details><summary>And in other scripts? Try your tokenizer on Hindi</summary>
#
# N4 translates "Today it is raining." into the six tokens "आज वर्षा हो रही है ।". Your `tokenize` gives more: the vowel signs of
# Devanagari are *marks* in Unicode's sense, and Python's `\w` does not hold them to be letters, so they are cut off. Here
# `text.split()` does better. Large systems learn from data how to cut (*subwords*), and hardly ever meet an unknown token.
#
# </details>
#
# ## 4. From whole numbers to vectors
#
# Ids must not go into a network as they are. Dog has id 4 and man has id 6, but a man is not one and a half dogs. To a network, which
# multiplies and adds, the number 6 would mean just that. So each id becomes a vector in which every token has a place of its own,
# a **one-hot** vector:
#
# $$x_{tv} = \begin{cases} 1 & \text{if } v = \text{id}_t \\ 0 & \text{else} \end{cases} \qquad v = 0 \dots V - 1 \tag{1.1}$$
#
# Any two tokens are then equally far apart, and nothing is said about them that we do not know. With $V = 5$, the ids 3 and 0 become
# $[0, 0, 0, 1, 0]$ and $[1, 0, 0, 0, 0]$.
#
# ### {{ exercise one-hot }}
#
# Write (1.1) for ids of any shape: `one_hot` puts one more axis behind those that the ids have, so $(B, T)$ becomes $(B, T, V)$.
# NumPy is all you need here; leave the third argument alone, which is for later units. (In the signature, `Int[Array, "*shape"]`
# tells the reader that whole numbers of any shape come in. Python does not check it.) No loop is needed:
#
# - `ids[..., None]` is the same ids with one more axis, of size 1, at the end;
# - `a == b` compares arrays entry by entry, and stretches axes of size 1 as needed (*broadcasting*);
# - `.astype(float)` turns true and false into 1 and 0.

# %% exercise="one-hot"
from rnncore.functional.base import one_hot  # exercise
#: Which places, 0 to V - 1, are equal to the id? np.arange(V) has all places.

# %% check="one-hot"
vectors = one_hot(np.array([3, 0]), 5)
expect_shape("two ids, V = 5", vectors, (2, 5))
by_hand = [[0, 0, 0, 1, 0], [1, 0, 0, 0, 0]]
expect_close("two ids, V = 5", vectors, by_hand, "The first place belongs to id 0.")
assert vectors.dtype == float, f"numbers, not true and false: .astype(float); got {vectors.dtype}"

ids = np.array([[1, 2, 0, 2], [3, 3, 1, 0]])  # B = 2, T = 4
with expect_unchanged("one_hot", ids=ids):
    vectors = one_hot(ids, 6)
expect_shape("a batch, V = 6", vectors, (2, 4, 6))
expect_close("each vector adds up to", vectors.sum(axis=-1), np.ones((2, 4)), "A single 1 in each.")
expect_close("and has its 1 at", vectors.argmax(axis=-1), ids, "Place v is 1 where v is the id.")
print("All good")

# %% [markdown]
# **What does a sentence look like to a network?** We draw the one-hot vectors of two headlines, a row for each token. (The cell only
# draws; you need not read it.)

# %%
pair = ["Dog bites man.", "Man bites dog."]
vocab = build_vocab([tokenize(text) for text in pair])
id_of = {token: i for i, token in enumerate(vocab)}
ids = np.array([encode(tokenize(text), id_of) for text in pair])
xs = one_hot(ids, len(vocab))

with new_figure(1, 2, size=(8.0, 2.6)) as (figure, axes):
    for panel, text, matrix in zip(axes, pair, xs, strict=True):
        panel.imshow(matrix, cmap="Blues", vmin=0, vmax=1.3)
        panel.set_xticks(range(len(vocab)), vocab, rotation=45, ha="right")
        panel.set_yticks(range(len(matrix)), tokenize(text))
        panel.set_xticks(np.arange(len(vocab)) - 0.5, minor=True)
        panel.set_yticks(np.arange(len(matrix)) - 0.5, minor=True)
        panel.grid(which="minor", color="#cccccc", lw=0.7)
        panel.tick_params(which="both", length=0)
        panel.set(xlabel="vocabulary", ylabel="step t (downwards)", title=text)
figure

# %% [markdown]
# **What to see.** Each row has one dark cell: the token that stands at this step. Read from top to bottom, the dark cells are the
# sentence. The two sentences have the same columns in use, and differ only in which *row* is dark in them.
#
# ### A bag of words
#
# The oldest way to hand a sentence to a model is to add up its vectors,
#
# $$\text{bag}_v = \sum_{t=1}^{T} x_{tv} \tag{1.2}$$
#
# which counts how often each token occurs, as if the words had been cut out and shaken in a bag. It has a fixed size, $V$, for
# sentences of any length. **What does it say of our two headlines?**

# %%
bags = xs.sum(axis=1)
print("vocabulary", vocab[4:])
print("dog bites man", bags[0, 4:].astype(int))
print("man bites dog", bags[1, 4:].astype(int))
print("the same:", np.array_equal(*bags))

# %% [markdown]
# **What to see.** The same numbers. A sum does not know in which order it was added up. So *no* function of the bag, not the largest network
# in the world, can tell these two apart, for it is given the same input twice. That will be the first experiment, as soon as you can
# put sentences of different lengths into one array.
#
# ## 5. Many sentences in one array
#
# Models are trained on many sentences at a time, a **batch**, and an array has no ragged edge: all its rows are equally long. So
# short sentences are filled up with `PAD`. The ids of *dog bites man* and *man naps* become
#
# ```text
#     ids   4  5  6      mask   True  True  True
#           6  7  0             True  True  False
# ```
#
# The **mask** keeps account of what is real. From now on it goes wherever the ids go: whatever is summed or averaged over the steps must
# be summed over the *real* steps. Why not ask the ids, `ids != PAD`? Because 0 may be what a sentence says: the next data may be
# measurements, and zero degrees is a temperature.
#
# ### {{ exercise pad-batch }}
#
# Write `pad_batch`. It returns two arrays of the same shape: `ids`, whole numbers, and `mask`, true and false. Rows stay in the order of
# the sequences.

# %% exercise="pad-batch"
from rnncore.tasks.batching import pad_batch  # exercise
#: How long is the longest? np.full((B, T), pad) is an array full of pad; ids[b, :n] is a part of a row.
#: Return Padded(ids, mask), which is a tuple of two with names.

# %% check="pad-batch"
sentences = [[4, 5, 6], [6, 7], [8]]
with expect_unchanged("pad_batch", sequences=sentences):
    ids, mask = pad_batch(sentences)
expect_shape("ids", ids, (3, 3))
expect_close("ids", ids, [[4, 5, 6], [6, 7, 0], [8, 0, 0]], "Filled up behind, with PAD.")
assert ids.dtype.kind == "i", f"ids are whole numbers, int64; got {ids.dtype}"
expect_shape("mask", mask, (3, 3))
assert mask.dtype == bool, f"the mask holds true and false; got {mask.dtype}"
expect_close("mask", mask, [[1, 1, 1], [1, 1, 0], [1, 0, 0]], "True where there is an id.")

ids, mask = pad_batch([[5, 0, 0], [0, 9]])  # here 0 is among the ids
expect_close("mask, if 0 is an id", mask, [[1, 1, 1], [1, 1, 0]], "Ask for lengths, not for zeros.")
ids, _ = pad_batch([[7], [8, 9]], pad=-1)
expect_close("pad = -1", ids, [[7, -1], [8, 9]], "Fill up with pad.")
ids, mask = pad_batch([[], [5, 6]])
expect_close("an empty sequence", mask, [[0, 0], [1, 1]], "It is all padding.")
print("All good")

# %% [markdown]
# **What if the mask is forgotten?** Say the numbers are temperatures, and we want the mean of each row.

# %%
degrees, mask = pad_batch([[20, 22, 21, 20, 22], [21, 21]])
print("mean over all steps:     ", degrees.mean(axis=1).round(1))
print("mean over the real steps:", ((degrees * mask).sum(axis=1) / mask.sum(axis=1)).round(1))

# %% [markdown]
# **What to see.** Two rooms equally warm, one of them measured less often. Without the mask it is a cellar. The mistake makes no noise, the
# program runs on, and it is among the most frequent in this field. A good law to test by: *padding never changes a result*.
#
# ## The first experiment: who bites whom?
#
# Now all your tools at once. The sentences are such as *the old dog bites the man in the park*, and each comes with its twin, *the old
# man bites the dog in the park*. The question: is it news, that is, does a person do it to an animal? Two models are
# trained on the same sentences, tokenized, encoded and padded **by your functions**:
#
# - the **bag of words** counts the tokens, equation (1.2), and has a hidden layer to think about the counts;
# - the **RNN** reads one token after the other. You write it in Unit 2; here it is torch's.
#
# **How many of 1,000 new sentences does each get right?** Think first: can the bag of words do better than chance?
# Worse? The cell takes about ten seconds.

# %% experiment="seq-experiment-word-order"
finding = measure_word_order(tokenize, build_vocab, encode, pad_batch)
print(finding)
finding.figure()

# %% [markdown]
# **What to see.** Dots are three *seeds* (random starts); they lie on top of each other. The printed *band* says what all of them had to
# satisfy, and the last line whether they did: so it goes in all experiments of this course. The RNN is right every time. The bag of
# words has exactly 0.500, and not roughly, as by luck, because it says the same of a sentence and of its twin and
# is right about one of them. That is not a matter of training, and no published figure is needed: it is (1.2).
#
# This does not make bags useless. Whether a review is angry can often be read off its words alone. The point is what they *cannot*
# do. (`python -m rnncore.experiments word_order` measures it outside of this notebook.)

# %% [markdown]
# ## 6. A series of measurements, and its windows
#
# The other kind of sequence is made of numbers: the temperature of each day, the price at each noon. It comes as one long table, a row
# for each of $N$ steps, a column for each of $F$ features. N1 calls the first step to a forecast "collecting 2D data and convert the
# them as 3D data": from the table $(N, F)$ to a batch of short sequences. A **window** is a piece of $L$ rows; its **target** is what
# came next, $h$ rows:
#
# $$\text{inputs}_m = (x_m, \dots, x_{m+L-1}), \qquad \text{targets}_m = (x_{m+L}, \dots, x_{m+L+h-1}) \tag{1.3}$$
#
# **Which windows has a series of 8 steps, with $L = 3$ and $h = 2$?**

# %%
first = np.arange(4)  # where the windows start
with new_figure(size=(7.0, 2.6)) as (figure, axes):
    axes.barh(first, 3, left=first - 0.5, height=0.55, color=COLOURS[0], label="input")
    axes.barh(first, 2, left=first + 2.5, height=0.55, color=COLOURS[1], label="target")
    axes.set_yticks(first, [f"window {m}" for m in first])
    axes.set(xticks=range(8), xlim=(-0.6, 10.2), xlabel="step of the series")
    axes.set(title="Each window starts one step later")
    axes.invert_yaxis()
    axes.legend(loc="center right")
figure

# %% [markdown]
# **What to see.** The windows overlap: but for a few at both ends, every step of a long series is an input in some windows and a target
# in others, so that nothing is wasted. There are as many windows as places where $L + h$ steps in a row fit. **Before you read on:**
# how many is that, for $N$ steps?
#
# <details><summary>Answer</summary>
# M = N - L - h + 1. Here 8 - 3 - 2 + 1 = 4.
# </details>
#
# ### {{ exercise make-windows }}
#
# Write (1.3). `series[a:b]` is the rows $a$ to $b - 1$. A list of pieces of equal shape becomes one array with `np.stack`.
# (If it complains that the shapes are not equal, then the last windows reach over the end of the series, where a slice is cut short.)

# %% exercise="make-windows"
from rnncore.tasks.windows import make_windows  # exercise
#: Return Windows(inputs, targets), a tuple of two with names.

# %% check="make-windows"
count = np.arange(8.0)[:, None]  # N = 8 steps of F = 1 feature: 0, 1, ... 7
with expect_unchanged("make_windows", series=count):
    inputs, targets = make_windows(count, 3, 2)
expect_shape("inputs", inputs, (4, 3, 1))
expect_shape("targets", targets, (4, 2, 1))
by_hand = [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
expect_close("inputs", inputs[:, :, 0], by_hand, "Window m starts at step m.")
by_hand = [[3, 4], [4, 5], [5, 6], [6, 7]]
expect_close("targets", targets[:, :, 0], by_hand, "They start where the window ends.")

weather = np.random.default_rng(1).normal(size=(30, 2))  # two features
inputs, targets = make_windows(weather, 5)
expect_shape("two features, h = 1 if not said: inputs", inputs, (25, 5, 2))
expect_close("the last target is the last row", targets[-1, 0], weather[-1], "None is missing.")
only, _ = make_windows(weather[:6], 5)
expect_shape("room for one window", only, (1, 5, 2))
print("All good")

# %% [markdown]
# ## 7. Delay taps: all the memory that fits in a window
#
# The simplest forecast from a window is a weighted sum of its values and a constant,
#
# $$x_t \approx c + \sum_{i=0}^{p-1} w_i \, x_{t-p+i} \tag{1.4}$$
#
# Engineers picture a wire on which the signal is delayed step by step, with $p$ places to *tap* it; N0 has it first in its list
# of "memory-less models": "Predict the next input in a sequence from a fixed number of previous inputs using 'delay taps'."
# Statisticians call it an **autoregression**, AR($p$), because the series is explained by itself. It has $p + 1$ numbers to find, and
# no memory: it sees $p$ values, forecasts, and forgets everything.
#
# The best numbers are those with the smallest sum of squared errors, and NumPy has them in one call. Write (1.4) for all windows at
# once: a matrix $A$ with a row for each window, its $p$ values and a 1 for the constant. Then `np.linalg.lstsq(A, y)[0]` is the vector
# $[w_0, \dots, w_{p-1}, c]$ for which $A\,[w, c]$ is nearest to the targets $y$.
#
# ### {{ exercise fit-ar }}
#
# Write `fit_ar` with your `make_windows`: the windows have $L = p$ and $h = 1$. Mind the shapes. The series is $(N,)$, and
# `series[:, None]` makes it $(N, 1)$; the windows have a last axis of size 1, and `inputs[:, :, 0]` takes it off. The targets,
# $(M, 1, 1)$, have two such axes. `np.column_stack([matrix, column])` puts a column beside a matrix.
#
# With $p = 0$ the model sees nothing, and its best constant is the mean. If your `make_windows` knows windows of length 0, that comes
# out by itself; if not, treat this case first.

# %% exercise="fit-ar"
from rnncore.tasks.forecasts import fit_ar  # exercise
#: Return Autoregression(weights, constant): an array (p,), oldest tap first, and a number.

# %% check="fit-ar"
# 1, 4, 7 ... goes on by three: with one tap, the weight is 1 and the constant is 3.
line = fit_ar(np.arange(1.0, 31.0, 3.0), 1)
expect_shape("one tap: weights", line.weights, (1,))
hint = "Is there a column of ones, and is its weight the constant, not a tap's?"
expect_close("one tap: weights", line.weights, [1.0], hint)
expect_close("one tap: constant", line.constant, 3.0, "Each value is the last one plus 3.")

# Each number is the last one less the one before, plus 2. The newest tap comes last.
numbers = [1.0, 3.0]
while len(numbers) < 15:
    numbers.append(numbers[-1] - numbers[-2] + 2.0)
series = np.array(numbers)
with expect_unchanged("fit_ar", series=series):
    rule = fit_ar(series, 2)
expect_close("two taps: weights", rule.weights, [-1.0, 1.0], "weights[-1] is for the newest value.")
expect_close("two taps: constant", rule.constant, 2.0, "The 2 in the rule.")
nothing = fit_ar(np.array([2.0, 4.0, 9.0]), 0)
expect_shape("no taps: weights", nothing.weights, (0,))
expect_close("no taps: constant", nothing.constant, 5.0, "The mean.")
print("All good")

# %% [markdown]
# ### The rule of the Sun
#
# This model dates from 1927. The number of spots on the Sun rises and falls, but no clock goes so badly: now seven years pass from peak to
# peak, now seventeen. Udny Yule had an idea. Think of a pendulum in a room in which boys throw peas at it, some from this side and some from
# that. It still swings, but never evenly. A pendulum's next position follows from its last *two*, and the peas are noise. So he
# fitted two taps to the numbers of the years 1749 to 1924, long before there were computers, and found the weights 1.343 for the last
# year and -0.655 for the year before. **What do you find, in a line of code?**

# %% experiment="seq-experiment-sunspots"
from rnncore.tasks.series import sunspots

years, spots = sunspots()
yules = (years >= 1749) & (years <= 1924)
years, spots = years[yules], spots[yules]
before_last, last = fit_ar(spots, 2).weights
print(f"Yule, 1927:  {1.343:6.3f} {-0.655:6.3f}")
print(f"you:         {last:6.3f} {before_last:6.3f}")
angle = np.arccos(last / (2 * np.sqrt(-before_last)))
print(f"left alone, this pendulum swings once in {2 * np.pi / angle:.1f} years,")
print(f"and from year to year keeps {np.sqrt(-before_last):.2f} of its swing")

inputs, _ = make_windows(spots[:, None], 2)
forecast = inputs[:, :, 0] @ fit_ar(spots, 2).weights + fit_ar(spots, 2).constant
plot_curves(
    years[-77:],
    {"observed": spots[-77:], "forecast from the two years before": forecast[-77:]},
    xlabel="year",
    ylabel="sunspots",
    title="Two numbers and a constant follow the Sun",
)

# %% [markdown]
# **What to see.** Within a hundredth of Yule's weights (he worked from correlations between years; how these treat the ends of the
# series makes differences of this size), and a swing of nearly eleven years that nobody put in. Left alone it would die out: after ten
# years a ninth of it is left. It is the peas that keep it going. The forecast follows each rise and fall, and is late at many turns:
# what is new in a year cannot be known the year before. Not bad for a model without memory! Two taps are enough *if the rule reaches
# back two steps*. And if it does not?
#
# ## The second experiment: the cliff
#
# We take series whose rule we know, because we make them. In an **echo** with *lag* 6, each value is 0.9 times the value six steps
# before, and something new, with variance 1, on top. Nobody can forecast better than with a mean squared error of 1, the *noise
# floor*. Whoever knows nothing has the variance of the series, $1 / (1 - 0.9^2) = 5.3$.
#
# **How many taps does it take to hear the echo?** Say what you expect at 5 taps: nearly all of it? Then move the sliders. The figure shows
# the weights of your model, and the title its error on 2,000 new values.

# %% experiment="seq-experiment-live-taps"
echoes = {lag: echo_series(4000, lag, np.random.default_rng(lag)) for lag in range(1, 13)}


def draw(taps, lag):
    train, new = np.split(echoes[lag], 2)
    model = fit_ar(train, taps)
    inputs, targets = make_windows(new[:, None], taps)
    errors = targets[:, 0, 0] - (inputs[:, :, 0] @ model.weights + model.constant)
    return plot_bars(
        model.weights[None],
        xlabel="steps before the one to forecast",
        ylabel="weight",
        title=f"echo after {lag}, {taps} taps: mean squared error {np.mean(errors**2):.2f}",
        labels=[str(taps - i) for i in range(taps)],
    )


live(draw, taps=(1, 15, 1, 8), lag=(1, 12, 1, 6))

# %% [markdown]
# **What to see.** With 8 taps the model finds the echo: one weight of about 0.9, six steps back, and nothing else. With 6 taps
# it is still there, at the very edge. With 5 *everything* is gone, and the error jumps from 1 to over 5. There is no in-between: what lies
# outside the window does not exist. Now with three lags, three seeds, and as many values as it takes to be sure:

# %% experiment="seq-experiment-taps"
finding = measure_delay_taps(fit_ar, make_windows)
print(finding)
finding.figure()

# %% [markdown]
# **What to see.** Three cliffs, each exactly at $p$ = lag. Before it the error is that of somebody who knows nothing; from it on, that
# of somebody who knows all that can be known. (The shaded bands reach from the lowest to the highest of three seeds.) In the first row of the
# table is a series of Yule's kind, AR(2): one tap knows something, for there the last value tells of the next; two do, and more do not help. (The same outside of this notebook: `python -m rnncore.experiments delay_taps`.) So the window must be as long as the
# memory of what it looks at, and that has to be known *beforehand*. Could we not make it very long, to be safe?
#
# ## 8. What no memory costs
#
# Second in N0's list is the **feed-forward network**. For text, it is given all $T$ tokens at once, one-hot and side by side,
# $T V$ numbers, then has a hidden layer of $H$ units, then $K$ outputs. What it has to learn is the weights and biases of two layers:
#
# $$n = \underbrace{T V H + H}_{\text{hidden}} + \underbrace{H K + K}_{\text{output}} \tag{1.5}$$
#
# **How does that grow with the length of the sentence?** We take the vocabulary of N4, 20,000 words, and a modest $H = 100$.


# %%
def numbers_to_learn(T, V=20_000, H=100, K=2):
    return T * V * H + H + H * K + K


arrays = [np.zeros((3 * 7, 5)), np.zeros(5), np.zeros((5, 2)), np.zeros(2)]  # T = 3, V = 7, H = 5
expect_equal("(1.5), against arrays", numbers_to_learn(3, 7, 5), sum(a.size for a in arrays))
for T in (1, 12, 300):
    print(f"{T:4} tokens: {numbers_to_learn(T):12,} numbers to learn")
lengths = np.arange(1, 301)
plot_curves(
    lengths,
    {"feed-forward network": numbers_to_learn(lengths) / 1e6},
    xlabel="length of the sentence, T",
    ylabel="millions of numbers to learn",
    title="All at once: every position has weights of its own",
)

# %% [markdown]
# **What to see.** A straight line, and a steep one: 24 million for Hardy's sentence, 600 million for a page. **And what happens when a
# sentence comes that is one token longer than the network was built for? Or when a word moves?**

# %%
T, V, H = 4, 9, 5
W = np.random.default_rng(0).normal(size=(T * V, H))
longer = one_hot(np.array([4, 5, 6, 7, 8]), V)
try:
    longer.reshape(-1) @ W
except ValueError as error:
    print("five tokens into a network for four:", str(error).split(",")[0])
rows = W.reshape(T, V, H)
print("\nthe weights that read token 6 when it comes first: ", rows[0, 6].round(2))
print("the weights that read token 6 when it comes second:", rows[1, 6].round(2))

# %% [markdown]
# **What to see.** It cannot even be asked. And the second fault is worse: *dog* in the first place and *dog* in the second meet different
# weights. What the network learns about dogs from the one it does not know of the other; everything has to be learned again
# at every position. N4 puts it in a line: "Parameter sharing is not done in conventional ANNs."
#
# So here is what we want: a model that reads **one token at a time**, with **the same weights at every step**, for sequences of **any
# length**, and that carries along a **memory** of what it has read. That is a recurrent network, and it is the next unit.

# %% [markdown]
# ### {{ exercise seq-question }}
#
# N0 says: "A feed-forward neural network can perform simple classification, regression, or recognition tasks, but it can't remember the
# previous input that it has processed. For example, it forgets *Apple* by the time its neuron processes the word *is*."
#
# Is that so? Answer in six to ten sentences. Say
#
# 1. in what sense it is true, and how a window changes it: what does a model see, and what not? Use the cliff as evidence;
# 2. why a very long window is no remedy: give two different costs;
# 3. for which tasks no memory is needed. Give an example from this unit in which a model without memory is as good as any can be, and one
#    in which a model does no better than chance, and say what makes the difference.

# %% [markdown] question="seq-question" heading="In your own words" points=3
# ### BEGIN SOLUTION
# A feed-forward network keeps nothing from one input to the next, so when it is given one word at a time nothing of "Apple" is left at
# "is"; strictly it has not forgotten but never had a place to remember. If it is given a window of two words it sees both at once, and
# then "Apple" is an input like any other. What lies outside of the window does not exist for it: with p taps the echo was heard
# perfectly for p at least the lag, and not at all for p one less. A long window has a price: the number of weights grows in proportion to
# its length (24 million for 12 tokens of a vocabulary of 20,000); the length is fixed, so a longer sequence does not fit; and each
# position has its own weights, so what is learned at one is not known at another. No memory is needed where all that matters lies within a known
# short reach, or where order does not matter: AR(2) with two taps reaches the noise floor, and nothing can do better. The bag of words
# is at exactly 0.5 on "dog bites man", because what decides, the order, is not in its input.
#
# Rubric, one point each:
# - Sense: no state is kept from one input to the next; a window makes several inputs visible at once, and nothing beyond; the cliff at
#   p = lag is named. Half a point without the evidence.
# - Costs: two of: weights grow with length; the length is fixed; nothing is shared between positions (more to learn); the reach has to be
#   known beforehand. Half a point for one.
# - Tasks: one right example of each kind (such as AR(2) with p = 2, an echo within the window; word order for the bag, an echo beyond the
#   window), and that what decides must be in the input. Half a point for examples without the reason.
# ### END SOLUTION

# %% [markdown]
# ## 9. Look back
#
# - Text becomes **tokens**, tokens become **ids**, ids become **one-hot vectors**; whatever is unknown becomes UNK and keeps its place.
# - Ragged sequences become one array by **padding**, and a **mask** says what is real.
# - A series becomes **windows**: from $(N, F)$ to $(M, L, F)$.
# - A **bag** loses the order, exactly; a **window** loses all that lies outside, exactly; and a long window costs weights, a fixed length, and
#   the same lesson learned again at each position.
# - Lecture notes are to be read with a pencil: N4 lost a comma, and took proteins for DNA. Both were settled by running something.
#
# Your functions are not thrown away. From the next unit on the package has them, and you will meet `pad_batch` and `make_windows` again
# where networks are trained. **Next, in Unit 2**, a cell of one line reads sequences of any length, and hands itself a note from each
# step to the next.
#
# ### References
#
# - G. U. Yule, *On a Method of Investigating Periodicities in Disturbed Series, with Special Reference to Wolfer's Sunspot Numbers*,
#   Philosophical Transactions of the Royal Society A 226 (1927), 267-298.
#   [doi:10.1098/rsta.1927.0007](https://doi.org/10.1098/rsta.1927.0007). The peas are near its beginning.
# - G. E. P. Box, G. M. Jenkins, *Time Series Analysis: Forecasting and Control* (1970). The textbook of autoregression.
# - H. M. Wallach, *Topic Modeling: Beyond Bag-of-Words*, ICML (2006).
#   [doi:10.1145/1143844.1143967](https://doi.org/10.1145/1143844.1143967). What a bag loses, and how to win some of it back.
# - E. F. Tjong Kim Sang, F. De Meulder, *Introduction to the CoNLL-2003 Shared Task: Language-Independent Named Entity Recognition* (2003).
#   [aclanthology.org/W03-0419](https://aclanthology.org/W03-0419). How names are labelled in earnest.
# - R. Sennrich, B. Haddow, A. Birch, *Neural Machine Translation of Rare Words with Subword Units* (2016).
#   [arXiv:1508.07909](https://arxiv.org/abs/1508.07909). A life without UNK.
# - J. L. Elman, *Finding Structure in Time*, Cognitive Science 14 (1990), 179-211.
#   [doi:10.1207/s15516709cog1402_1](https://doi.org/10.1207/s15516709cog1402_1). Its first pages say why time should not be turned into space.
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), chapter 10 and section 12.4.
