# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Recurrent neural networks, built by hand
#
# Welcome. You read this sentence from left to right, and when you come to its end you still know how it began. In this
# course you build networks that do the same: they read one thing after the other, and carry a memory along. You write
# their parts yourself, a few lines at a time. Each part can be checked the moment you have written it, and is put to work
# soon after. What the course says about networks, it shows by running them.
#
# **What you need** is Python with functions and loops, a little NumPy (arrays, shapes, slices), and matrices times
# vectors. From Unit 3 on also the chain rule. You need to know nothing about neural networks.
#
# ## The way
#
# Take the units in order. Later ones use functions of earlier ones; you need not have solved these, for the package
# brings right versions along. At first texts and series become arrays (1). Then come the recurrent cell (2), the way back through
# it by which it learns (3), and the reason why it learns so little of what is far back (4). The LSTM is the answer to
# that (5), and it has relatives (6). Then cells are arranged in both directions, in layers and in trees (7). With them
# you build what reads and writes: taggers and classifiers (8), language models (9), and a translator that looks back at
# its source (10). Two labs take all of it to series of numbers (11), and to images, films and sound (12). The last unit
# visits the ancestors and the heirs, and finds out what recurrence is good for (13).
#
# {{ units }}
#
# The links lead to the notebooks that you have been given so far, if their folders lie beside this page.

# %% [markdown]
# ## How far you are
#
# Save your notebooks, click into the cell below, and press Shift-Enter.

# %%
from rnncore.lab.progress import progress

progress()

# %% [markdown]
# **What to see.** A box for each exercise of each notebook here: ✓ its visible check ran to the end, ✗ it stopped (the
# exercise is open, or something is off), and · it has not been run. Point at a box to see whose it is. If there is an error
# instead that says `No module named 'rnncore'`, install the package that lies in the folder of your newest unit (in a
# terminal, `pip install --upgrade` and the name of the file that ends in `.whl`) and restart the kernel.
#
# On Linux, torch comes with gigabytes for GPUs unless you first run
# `pip install torch --index-url https://download.pytorch.org/whl/cpu`. With an NVIDIA GPU leave that out: experiments
# large enough to gain then train on the GPU. Two of them, in Units 9 and 10, train larger networks there, so their
# numbers differ from those in the text.
#
# The table knows only what was saved, and a check that has passed tells of the function as it was then. If you have changed
# a function since, run its check again.

# %% [markdown]
# ## How to work
#
# - **Read, guess, run.** Go from top to bottom. Most figures have a question before them. Answer it for yourself first:
#   being wrong for ten seconds is how one remembers.
# - **Write the function.** An exercise is a function with a docstring, which says what goes in and what comes out. Your code
#   takes the place of `raise NotImplementedError()`. Three to ten lines are usual; four exercises in Units 9, 10 and 12
#   need twenty to thirty.
# - **Run the check below it.** It says what is right, line by line, or stops and says what is off and where to look. If
#   it ends with `All good`, go on. Checks may be run as often as you like.
# - **If you are stuck,** print shapes. Then try the smallest case, one sequence, one step, one unit, and do it on
#   paper. Then read the docstring again. Then go on with the next exercise: a mistake in one does not cost you points in a
#   later one.
# - **Before you hand in,** choose *Kernel, Restart Kernel and Run All Cells*, save, and check that the table above says
#   what you expect. Then hand in the notebook of the unit, not this page.
#
# Each unit is worth 20 points. The points come from *further* checks, with other sizes and numbers, so write for any
# input that the docstring allows. The written question at the end is read by a person.

# %% [markdown]
# ## What the letters are
#
# They are the same in equations and in code. Sizes are capitals, and are the same in every unit but for $L$:
#
# | letter | means | | letter | means |
# |---|---|---|---|---|
# | $B$ | sequences in a batch | | $H$ | units of a hidden state |
# | $T$ | steps of a sequence | | $K$ | numbers in an output, or classes |
# | $S$ | steps of a source sequence | | $V$ | tokens in a vocabulary |
# | $D$ | numbers in an input | | $L$ | steps of a window (Unit 1), the loss (3), layers (7), labels (12) |
#
# What stands in a row belongs to one sequence, so the inputs of one step are an array $x$ of shape $(B, D)$ and
# multiply their weights from the left: $x W_x$. The inputs of all steps are `xs`, $(B, T, D)$, the states `hs`, $(B, T, H)$.
# The sign $\odot$ multiplies entry by entry, `*` in NumPy. The gradient of the loss with respect to $z$ is $dz$, and it has the
# shape of $z$. An equation with the tag (3.7) is the seventh of Unit 3.
#
# Further symbols and terms, with the unit that introduces each, are in the [glossary](glossary.ipynb).
