# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Glossary
#
# The symbols and terms of the course, each in a sentence, with the unit that introduces it. Where the field uses a letter
# for two things, so does the course, and the line says both. [Back to the start](start.ipynb)
#
# Shapes are those of arrays in the code: data stand in rows, one row for each sequence.

# %% [markdown]
# ## Sizes
#
# | symbol | meaning | unit |
# |---|---|---|
# | $B$ | sequences in a batch | 1 |
# | $T$ | steps of a sequence | 1 |
# | $S$ | steps of a source sequence, which an encoder reads | 2 |
# | $D$ | numbers in an input; in local attention half the width of the window | 2, 10 |
# | $H$ | units, the numbers in a hidden state | 1 |
# | $K$ | numbers in an output, or classes, if each number stands for one | 1 |
# | $V$ | tokens in a vocabulary | 1 |
# | $E$ | numbers in a key, at which a decoder looks; in Unit 13 the energy of a state | 10, 13 |
# | $A$ | numbers in a query of self attention | 10 |
# | $C$ | maps, or channels, of a picture | 12 |
# | $N$ | steps of a whole series; in Unit 13 the units of a Hopfield network | 1, 13 |
# | $F$ | features, the numbers measured at each step of a series | 1 |
# | $m$ | steps of a season | 11 |
# | $L$ | steps of a window in Units 1 and 11, the loss in Unit 3, layers in Unit 7, labels of a row in Unit 12 | 1, 3, 7, 11, 12 |
# | $p$ | delay taps in Units 1 and 11, a probability in Unit 3, a peephole in Unit 6, the rate of dropout in Unit 7, how much a nucleus holds in Unit 9 | 1, 3, 6, 7, 9, 11 |
# | $n$ | numbers to learn in Unit 1, steps that count in a loss in Unit 3, the length of one sequence in Unit 7 | 1, 3, 7 |
# | $k$ | a lag: how many steps before | 4 |
# | $k_1$ | steps from one truncated backward pass to the next | 3 |
# | $k_2$ | steps that a truncated backward pass goes back | 3 |

# %% [markdown]
# ## States and weights
#
# | symbol | meaning | shape | unit |
# |---|---|---|---|
# | $x_t$ | the input of step $t$; of a series, its value there | $(B, D)$ | 1 |
# | `xs` | the inputs of all steps | $(B, T, D)$ | 2 |
# | $h_t$ | the hidden state after step $t$ | $(B, H)$ | 2 |
# | $h$ | steps to forecast in Units 1 and 11; from Unit 2 on the hidden state of some step | $(B, H)$ | 1, 2, 11 |
# | `hs` | the hidden states of all steps | $(B, T, H)$ | 2 |
# | $y_t$ | the output of step $t$; as input of a softmax, its scores | $(B, K)$ | 2 |
# | `ys` | the outputs of all steps | $(B, T, K)$ | 2 |
# | $W_x$ | weights from input to state; for a cell with $G$ gates and candidates, $G$ blocks side by side | $(D, H)$ or $(D, GH)$ | 2 |
# | $W_h$ | weights from the old state to the new | $(H, H)$ or $(H, GH)$ | 2 |
# | $b$ | the bias: where a unit rests when nothing comes in | $(H,)$ or $(GH,)$ | 2 |
# | $W_a$ | $W_h$ on top of $W_x$, for one product; in Unit 10 the matrix between query and key | $(H + D, H)$, $(Q, E)$ | 2, 10 |
# | $W_e$ | the table of word vectors | $(V, D)$ | 8 |
# | $W_y$ | weights from state to output | $(H, K)$ | 2 |
# | $b_y$ | bias of the output | $(K,)$ | 2 |
# | $\odot$ | multiplies entry by entry, `*` in NumPy | | 3 |
# | $\sigma$ | the sigmoid, which squashes a number to between 0 and 1 | | 2 |

# %% [markdown]
# ## Losses and gradients
#
# | symbol | meaning | shape | unit |
# |---|---|---|---|
# | $L_t$ | the loss of step $t$ | $(B,)$ | 3 |
# | $p_t$ | the probabilities of the classes at step $t$; in local attention the position around which step $t$ looks | $(B, K)$ | 3, 10 |
# | $m_{bt}$ | the mask: whether step $t$ of sequence $b$ counts | $(B, T)$ | 3 |
# | $dz$ | $\partial L / \partial z$, the gradient of the loss with respect to $z$ | that of $z$ | 3 |
# | $da$ | the gradient of the sum that tanh or a sigmoid is taken of | $(B, H)$ or $(B, GH)$ | 3 |
# | $\varepsilon$ | a small step, to find a slope by a difference | | 3 |
# | $w_k$ | the weight of class $k$ in a loss | $(K,)$ | 8 |
# | $TP$ | true positives: of the class, and predicted as it | | 8 |
# | $FP$ | false positives: predicted as the class, and not of it | | 8 |
# | $FN$ | false negatives: of the class, and not predicted as it | | 8 |
# | $J_t$ | the Jacobian of one step back: it makes $dh_{t-1}$ of $dh_t$ | $(B, H, H)$ | 4 |
# | $\rho$ | the spectral radius, the greatest size of an eigenvalue | | 4 |
# | $Q$ | in Unit 4 an orthogonal matrix, which keeps lengths; in Unit 10 the units of a decoder | $(H, H)$ | 4, 10 |
# | $\eta$ | the learning rate, by which a gradient is multiplied before it changes a weight | | 7 |
# | $J$ | the loss with its penalty | | 7 |
# | $\Omega$ | the penalty on large weights | | 7 |
# | $\lambda_1$ | the price of the absolute values of weights | | 7 |
# | $\lambda_2$ | the price of the squares of weights | | 7 |
# | $P$ | the probability that a language model gives to a token or a text; in Unit 13 how many patterns are stored | | 9, 13 |
# | $N(c\,w)$ | how often token $w$ was counted after context $c$ | | 9 |
# | $d$ | the discount, which is taken off every count | | 9 |
# | $\tau$ | the temperature | | 9 |
# | $\alpha$ | how much the length of a hypothesis is made up for, from 0 to 1 | | 9, 10 |
# | $u$ | uniform in $[0, 1)$: the dart that draws a token | | 9 |

# %% [markdown]
# ## Gates
#
# | symbol | meaning | shape | unit |
# |---|---|---|---|
# | $c_t$ | the cell state after step $t$: what an LSTM keeps | $(B, H)$ | 5 |
# | $i_t$ | the input gate: how much of the new is written | $(B, H)$ | 5 |
# | $f_t$ | the forget gate: how much of the old is kept | $(B, H)$ | 5 |
# | $g_t$ | the candidate of an LSTM: what would be written | $(B, H)$ | 5 |
# | $o_t$ | the output gate: how much is shown | $(B, H)$ | 5 |
# | $r_t$ | the reset gate: how much of the old state the candidate may see | $(B, H)$ | 6 |
# | $z_t$ | the update gate: how much of the old state stays (in some papers, how much goes) | $(B, H)$ | 6 |
# | $n_t$ | the candidate of a GRU: what takes the place of the old | $(B, H)$ | 6 |
# | $d_t$ | the depth gate: how much of the cell below comes in | $(B, H)$ | 6 |
# | `p_f` | the peephole of the forget gate; `p_i` and `p_o` are those of the others | $(H,)$ | 6 |
# | $T_k$ | the period of module $k$ of a Clockwork RNN | | 6 |
# | $M$ | in Unit 6 says which module of a Clockwork RNN hears which; in Unit 1 the number of windows | $(H, H)$ | 1, 6 |

# %% [markdown]
# ## Directions, layers, trees
#
# | symbol | meaning | shape | unit |
# |---|---|---|---|
# | $\overrightarrow h_t$ | the state of the forward cell, which has read steps 1 to $t$ | $(B, H)$ | 7 |
# | $\overleftarrow h_t$ | the state of the backward cell, which has read the last step to $t$ | $(B, H)$ | 7 |
# | $h^l_t$ | the state of layer $l$ after step $t$ | $(B, H)$ | 7 |
# | $m^l$ | the dropout mask on what layer $l$ reads | $(B, H)$ | 7 |
# | $h_{leaf}$ | the vector of a leaf of a tree | $(H,)$ | 7 |

# %% [markdown]
# ## Ancestors and heirs
#
# | symbol | meaning | shape | unit |
# |---|---|---|---|
# | $w_{ij}$ | the weight between units $i$ and $j$ of a Hopfield network | $(N, N)$ | 13 |
# | $a_t$ | the factor by which a linear recurrence multiplies its old state | $(B, H)$ | 13 |
# | $b_t$ | the term that a linear recurrence adds | $(B, H)$ | 13 |
# | $\tau_k$ | the time of the $k$-th surprise | | 13 |

# %% [markdown]
# ## Attention and translation
#
# | symbol | meaning | shape | unit |
# |---|---|---|---|
# | $k_s$ | the key of source step $s$: what both directions of an encoder show there | $(B, E)$ | 10 |
# | $q_t$ | the query of step $t$: what it looks for | $(B, Q)$ | 10 |
# | $a_{ts}$ | the weight with which step $t$ looks at source step $s$ | $(B, T, S)$ | 10 |
# | $W_c$ | the matrix that mixes context and state | $(E + Q, Q)$ | 10 |
# | $W_s$ | makes, with $b_s$, a decoder's first state of an encoder's last ones | $(2H, Q)$ | 10 |
# | $W_q$ | makes queries of a sentence, as $W_k$ makes keys and $W_v$ values | $(D, A)$ | 10 |
# | $p_n$ | precision of n-grams in BLEU | | 10 |

# %% [markdown]
# ## Forecasts
#
# | symbol | meaning | shape | unit |
# |---|---|---|---|
# | $\hat x_{N + k}$ | the forecast of the value that comes $k$ steps after the first unknown one | | 11 |
# | $\mu$ | the mean of a feature in the training part | $(F,)$ | 11 |
# | $e_k$ | the errors of past forecasts, $k$ steps ahead: what came minus what was forecast | $(R,)$ | 11 |
# | $Q_q$ | a quantile: the number below which a share $q$ of some numbers lies | | 11 |

# %% [markdown]
# ## Reading images and sound
#
# | symbol | meaning | shape | unit |
# |---|---|---|---|
# | $m_c$ | map $c$ of a convolution | $(H', W')$ | 12 |
# | $k_c$ | the filter that makes map $c$ | $(3, 3)$ | 12 |
# | $\alpha_t(s)$ | the probability of all paths that are at place $s$ of the lattice at step $t$ | $(B, T, 2L + 1)$ | 12 |
# | $\gamma_t(s)$ | the share of the paths that say the labels which pass place $s$ at step $t$ | $(T, 2L + 1)$ | 12 |
# | $P_b(y)$ | the probability of the paths that say $y$ and end in a blank; $P_l$: in its last label | | 12 |

# %% [markdown]
# ## Terms
#
# | term | meaning | unit |
# |---|---|---|
# | ablation | an experiment that changes one part, and holds all else | 13 |
# | absolute discounting | taking the same off every count, so that something is left for what was never counted | 9 |
# | accuracy | the share of answers that are right | 8 |
# | adding problem | to add the two marked numbers of a long sequence: a test of memory | 4 |
# | alignment | which word of a source each word of the target looked at | 10 |
# | attention | a weighted mean of values, whose weights say how well a query fits each key | 10 |
# | automatiser | the lower network of a history compressor, which predicts what it can | 13 |
# | autoregression | a forecast that is a weighted sum of the last values of the series itself | 1 |
# | backpropagation through time | to unroll a recurrent network and go back through it, step by step, with the gradient | 3 |
# | backtest | a test of a forecaster on the past, in which it knows at each origin only what was known then | 11 |
# | backward step | the function that carries a gradient back through one step, with the help of its cache | 3 |
# | bag of words | how often each token occurs, without the order | 1 |
# | band | what all seeds of an experiment have to satisfy for its claim to hold | 2 |
# | batch | several sequences that are computed side by side | 1 |
# | beam search | keeping the best few beginnings of a text, and extending each of them by every token | 9 |
# | best path | the likeliest class at each step | 12 |
# | bidirectional | reading forwards with one cell and backwards with another, and showing both states | 7 |
# | BIO tags | tags that say where a name begins and where it goes on | 8 |
# | bits per character | what a text costs a model, shared among its characters, with the logarithm to base 2 | 9 |
# | blank | the class of CTC that says: nothing new here | 12 |
# | BLEU | a score of translations: how many of their n-grams a reference has | 10 |
# | BOS | the token that says: the sentence begins | 1 |
# | bottleneck | the one state through which all that a decoder knows of the source must pass | 2 |
# | cache | what a step leaves behind for the way back | 2 |
# | candidate | what a gated cell would write if its gate were open | 5 |
# | causal | of attention: no step sees what comes after it | 10 |
# | cell state | what an LSTM keeps, as against the hidden state, which it shows | 5 |
# | central difference | a slope found by computing the loss a little above and a little below | 3 |
# | chunker | the upper network of a history compressor, which reads surprises only | 13 |
# | class weight | what an example of a class counts in the loss, more for a rare class | 8 |
# | clip | to shorten a gradient, or cut off its entries, at a limit | 4 |
# | Clockwork RNN | a network whose units move only at every 1st, 2nd, 4th ... step | 6 |
# | code | the vector that a caption is written from | 12 |
# | context | what attention returns: the weighted mean of the values | 10 |
# | convolution | looking through the same small window at every place of a picture | 12 |
# | copy memory | to repeat a string after a long silence: a test of memory | 4 |
# | coupled | of gates: what is forgotten makes room, and only that room is filled | 6 |
# | coverage | the share of cases that an interval promises to hold, or really holds | 11 |
# | CRNN | convolutions that see, and a recurrent layer that reads what they saw, column by column | 12 |
# | cross entropy | how surprised the network is by the right class: minus the logarithm of its probability | 3 |
# | CTC | connectionist temporal classification: a loss for labels of which nobody knows when they come | 12 |
# | decoder | the network that writes, starting from what an encoder has read | 2 |
# | delay taps | the last few values, which are all that a model without memory sees of a series | 1 |
# | depth gate | a gate on the way from the cell of one layer to the cell of the next | 6 |
# | direct | of a forecast: each step ahead has a model of its own, which reads known values only | 11 |
# | dropout | to set units to zero at random while training | 7 |
# | echo | a series each of whose values repeats one from a fixed number of steps before | 1 |
# | eigenvalue | the factor by which a matrix stretches a vector that it does not turn | 4 |
# | embedding | a table with a vector for each token, looked up and trained | 8 |
# | encoder | the network that reads a source and hands on its last state | 2 |
# | energy | a number for each state of a Hopfield network, which no update raises | 13 |
# | EOS | the token that says: the sentence ends | 1 |
# | epoch | one pass over all training examples | 8 |
# | exploding | of gradients: growing with each step back, until nothing can be learned | 4 |
# | exposure bias | that a network trained on right words has to go on from its own at inference | 10 |
# | F1 | the harmonic mean of precision and recall | 8 |
# | false alarm | an example that is taken for the class that is looked for, and is not of it | 8 |
# | feature map | the picture that a filter makes of a picture | 12 |
# | feed-forward network | a network without memory, which reads all its inputs at once | 1 |
# | filter | the weights of the window of a convolution | 12 |
# | forget bias | the bias of the forget gate, which says how well a fresh LSTM remembers | 5 |
# | forget gate | the gate that says how much of the cell state is kept | 5 |
# | forward algorithm | summing over all paths of a lattice, step by step | 12 |
# | gate | a number between 0 and 1 for each unit, which multiplies what wants to pass | 5 |
# | gated recurrent unit | the GRU: a cell with two gates and one memory | 6 |
# | gradient | how much the loss changes with each number of an array | 3 |
# | gradient check | to hold gradients that were derived against differences | 3 |
# | greedy | taking the likeliest token at every step | 9 |
# | hidden state | what a recurrent cell hands from one step to the next, and shows | 2 |
# | history compressor | two networks of which the upper reads only what the lower did not predict | 13 |
# | Hopfield network | a memory of units that are 1 or -1, and settle in the nearest pattern that was stored | 13 |
# | horizon | how many steps ahead a forecast reaches | 11 |
# | hypothesis | a text that a search keeps as a candidate | 9 |
# | id | the place of a token in the vocabulary | 1 |
# | inference | to use a trained network, with nothing learned any more | 8 |
# | input gate | the gate that says how much of the candidate is written | 5 |
# | inverted dropout | dropout that divides what is left by the share that is kept, so that the mean stays | 7 |
# | Jacobian | the matrix that says how each number of a result moves with each number of what it is made of | 4 |
# | key | what a query is compared with | 10 |
# | lag | how many steps lie between a cause and its effect | 1 |
# | language model | a model that gives a text a probability, by foretelling each next token | 9 |
# | latch | a unit that holds one bit, because it returns to one of two values | 4 |
# | lattice | the places of a path against the steps, and the ways between them | 12 |
# | layer | a cell that reads the states of the cell below it | 7 |
# | layout | which steps have inputs and which have outputs | 2 |
# | leaf | an end of a tree | 7 |
# | leakage | something of the answer that got into the training, so that a test looks too good | 11 |
# | linear recurrence | a state that is multiplied by a factor and added to, where neither depends on the state | 13 |
# | local attention | attention to a window of the source | 10 |
# | loss | one number that says how wrong a network is | 3 |
# | many-to-one | a layout: a sequence is read, and one output written at its end | 2 |
# | MASE | the mean absolute error of a forecast, relative to that of repeating the last season | 11 |
# | mask | says which steps are real and which are padding | 1 |
# | minGRU | a GRU whose gate and candidate do not see the state, so that it is a linear recurrence | 13 |
# | MUT1 | a cell that was found by a search of thousands at random | 6 |
# | n-gram | n tokens in a row; a model that counts them and looks back no further than n - 1 tokens | 9 |
# | naive | of a forecast: the last value, for ever; seasonal naive: the last season, over and over | 11 |
# | named entity | a person, a place or another thing with a name, to be found in a text | 1 |
# | nat | the unit of surprise with the natural logarithm | 3 |
# | noise floor | the error that nobody can get below, as the rest is chance | 1 |
# | nucleus | the fewest tokens that have a given probability together | 9 |
# | occlusion | to cover a part of the input and see how far the answer moves | 8 |
# | odyssey | the comparison of an LSTM with variants that each lack one part | 6 |
# | one-hot | of a vector: a single 1 at the place of the token, else zeros | 1 |
# | one-to-many | a layout: from one input a sequence is written, each output read as the next input | 2 |
# | optimiser | the rule that turns gradients into changes of weights | 2 |
# | oracle | a witness that did not see your code, such as torch, to compare results with | 2 |
# | origin | the place in a series from which a forecast is made; rolling, if there are many | 11 |
# | orthogonal | of a matrix: it turns and mirrors, and changes no length | 4 |
# | output gate | the gate that says how much of the cell state is shown | 5 |
# | overfitting | to learn the training examples by heart, at the expense of new ones | 8 |
# | PAD | the token that fills up short sentences | 1 |
# | padding | what fills up short sequences in a batch | 1 |
# | parallel scan | solving a recurrence by folding pairs of steps into one, all pairs at once | 13 |
# | parity | whether the number of ones so far is odd | 13 |
# | path | a class for each step | 12 |
# | peephole | a weight through which a gate sees the cell that it guards | 6 |
# | penalty | what large weights cost, added to the loss | 7 |
# | perplexity | among how many equally likely tokens a model wavers: e to the power of the cross entropy | 9 |
# | plateau | the time in which a network trained by CTC says nothing | 12 |
# | pooling | to make one vector of the states of a sequence; in pictures, to keep the greatest of neighbouring numbers | 8, 12 |
# | pre-registration | writing down claim, band and end of an experiment before it is run | 13 |
# | precision | the share of the alarms that are right | 8 |
# | prediction interval | limits between which a value to come lies with a given coverage | 11 |
# | quantile | the number below which a given share of some numbers lies | 11 |
# | query | what is looked for | 10 |
# | random walk | a series whose steps are drawn by chance: nobody forecasts it better than by its last value | 11 |
# | readout | the layer that makes outputs of states | 2 |
# | recall | the share of what is to be found that is found; of a memory, to give back what was stored | 8, 13 |
# | recursive | of a network: one cell at every node of a tree; of a forecast: it reads its own earlier forecasts | 7, 11 |
# | reset gate | the gate that says how much of the old state the candidate may see | 6 |
# | `sample` | draws each token of a text with its probability, given those before it | 9 |
# | saturated | of a unit: so near the end of tanh's or a gate's range that its slope, and so its gradient, is small | 4 |
# | season | the number of steps after which a series comes round, such as 12 months | 11 |
# | seed | the number from which a random generator starts, so that a run can be repeated | 1 |
# | self attention | attention of a sequence to itself, in three roles | 10 |
# | seq2seq | sequence to sequence: an encoder reads one sequence, a decoder writes another | 10 |
# | softmax | makes scores into probabilities that add up to one | 2 |
# | spectral norm | how much a matrix can lengthen a vector at most | 4 |
# | spectral radius | the greatest size of an eigenvalue: how much a matrix lengthens in the long run | 4 |
# | spectrum | how much energy a sound has at each pitch | 12 |
# | spike | one or two steps in which a network trained by CTC says a label, amid blanks | 12 |
# | state | the few numbers that a network carries from one step to the next | 2 |
# | surprise | a token that was not predicted | 13 |
# | target | what a model is to answer | 1 |
# | teacher forcing | letting a network read the right tokens in training, whatever it would have written | 9 |
# | temperature | what scores are divided by before a token is drawn: below 1 the likely become likelier | 9 |
# | test set | examples that are looked at once, at the end | 8 |
# | threshold | the probability from which an alarm is raised | 8 |
# | token | a piece of text that a model reads at one step: a word, a mark, a character | 1 |
# | truncated | of backpropagation through time: cut off after some steps | 3 |
# | UNK | the token for all that is not in the vocabulary | 1 |
# | unroll | to apply a cell step after step along a sequence | 2 |
# | update gate | the gate that says how much of the old state of a GRU stays | 6 |
# | validation set | examples put aside to choose by: when to stop, which threshold | 8 |
# | value | what attention takes, where a key fits | 10 |
# | vanishing | of gradients: shrinking with each step back, so that what is far is not learned | 4 |
# | vocabulary | the list of the tokens that a model knows | 1 |
# | weight decay | pulling each weight towards zero in the update itself, and not through the loss | 7 |
# | window | a piece of a series, with a fixed number of steps | 1 |
