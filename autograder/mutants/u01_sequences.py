"""Wrong ways from text and numbers to arrays, and what leads to them."""

import re
from collections import Counter

import numpy as np

from autograder.checking.mutants import Mutants
from rnncore.tasks.batching import Padded
from rnncore.tasks.forecasts import Autoregression
from rnncore.tasks.vocab import BOS, EOS, PAD, SPECIAL, UNK
from rnncore.tasks.windows import Windows

tokenize = Mutants()


@tokenize.add(
    "You cut at white space alone, so commas and full stops stick to the words before them. A mark is a token of its "
    "own."
)
def splits_at_spaces(text):
    return text.lower().split()


@tokenize.add("You leave capital letters as they are. Then 'Dog' and 'dog' are two words: make the text lower case.")
def keeps_capitals(text):
    return re.findall(r"\w+(?:['’-]\w+)*|[^\w\s]", text)


@tokenize.add(
    "You cut words at their hyphens and apostrophes. Between two letters or digits these belong to the word: in the "
    "pattern, a word may go on after one of them."
)
def cuts_inside_words(text):
    return re.findall(r"\w+|[^\w\s]", text.lower())


@tokenize.add(
    "Your words go on after one hyphen or apostrophe and end at the next: mother-in-law is cut. They may go on any "
    "number of times: * in the pattern, not ?."
)
def goes_on_only_once(text):
    return re.findall(r"\w+(?:['’-]\w+)?|[^\w\s]", text.lower())


@tokenize.add(
    "Your pattern has brackets, and then findall lists only what they hold, often nothing. Write (?:A) instead of (A)."
)
def only_what_the_brackets_hold(text):
    return re.findall(r"\w+(['’-]\w+)*|[^\w\s]", text.lower())


@tokenize.add("Your tokens are the words alone. Marks are tokens too: 'Stop!' is not 'Stop'.")
def drops_marks(text):
    return re.findall(r"\w+(?:['’-]\w+)*", text.lower())


@tokenize.add(
    "You take the typewriter's apostrophe ' only. The curly one, ’, which printed texts use, belongs to words as well."
)
def one_kind_of_apostrophe(text):
    return re.findall(r"\w+(?:['-]\w+)*|[^\w\s]", text.lower())


@tokenize.add(
    "Hyphens and apostrophes at the edge of a word stick to it. They belong to a word only where letters or digits "
    "stand on both sides; elsewhere they are marks."
)
def marks_at_the_edge_belong(text):
    return re.findall(r"[\w'’-]+|[^\w\s]", text.lower())


@tokenize.add("Marks that follow each other are one token with you. Each is a token of its own.")
def runs_of_marks(text):
    return re.findall(r"\w+(?:['’-]\w+)*|[^\w\s]+", text.lower())


@tokenize.add(
    "Your words are made of the letters a to z. Letters with accents and those of other alphabets are letters too: "
    r"\w knows them."
)
def english_letters_only(text):
    return re.findall(r"[a-z0-9]+(?:['’-][a-z0-9]+)*|[^\w\s]", text.lower())


@tokenize.add("The spaces are among your tokens. White space parts tokens and is none.")
def keeps_spaces(text):
    return re.findall(r"\w+(?:['’-]\w+)*|[^\w]", text.lower())


name_labels = Mutants()


def _label(tokens, names, width=None, there=None, last=1, stop=False):
    """Labels with the search laid open."""
    there = there or (lambda piece, name: piece == name)
    labels = [0] * len(tokens)
    for name in map(list, names):
        for start in range(len(tokens) - len(name) + last):
            if there(list(tokens[start : start + len(name)]), name):
                n = len(name) if width is None else width
                labels[start : start + n] = [1] * len(labels[start : start + n])
                if stop:
                    break
    return labels


@name_labels.add(
    "You label every token that occurs in some name. A name of several tokens is there only where all of them follow "
    "each other: 'san' alone is no San Diego."
)
def any_part_of_any_name(tokens, names):
    parts = {part for name in names for part in name}
    return [int(token in parts) for token in tokens]


@name_labels.add("You label the first token of each name. All its tokens belong to it.")
def first_token_of_a_name(tokens, names):
    return _label(tokens, names, width=1)


@name_labels.add("You label each name where it stands first in the sentence. It may come again.")
def first_occurrence_only(tokens, names):
    return _label(tokens, names, stop=True)


@name_labels.add(
    "You look at one token at a time, so names of several tokens are never found. Compare a piece as long as the name."
)
def single_tokens_only(tokens, names):
    return _label(tokens, [name for name in names if len(name) == 1])


@name_labels.add("Your labels are turned round: 1 is for a token that belongs to a name.")
def turned_round(tokens, names):
    return [1 - label for label in _label(tokens, names)]


@name_labels.add(
    "You stop looking one place too early: a name at the very end of the sentence is missed. How many places can a "
    "piece of n tokens start at?"
)
def stops_too_early(tokens, names):
    return _label(tokens, names, last=0)


@name_labels.add("You find a name's tokens in any order. A name has its own: 'diego san' is none.")
def in_any_order(tokens, names):
    return _label(tokens, names, there=lambda piece, name: sorted(piece) == sorted(name))


@name_labels.add(
    "At the end of the sentence you take the beginning of a name for the whole. The piece that you compare must be as "
    "long as the name."
)
def beginning_of_a_name_at_the_end(tokens, names):
    labels = [0] * len(tokens)
    for name in map(list, names):
        for start in range(len(tokens)):
            piece = list(tokens[start : start + len(name)])
            if piece == name[: len(piece)]:
                labels[start : start + len(piece)] = [1] * len(piece)
    return labels


@name_labels.add("You look for the first name of the list alone. Look for all of them.")
def first_name_only(tokens, names):
    return _label(tokens, names[:1])


@name_labels.add("You return where the names stand. Wanted is a label for every token, 0 for those outside of names.")
def positions(tokens, names):
    return [n for n, label in enumerate(_label(tokens, names)) if label]


build_vocab = Mutants()


def _vocab(sentences, min_count, max_size, counts=None, key=None, keep=None, special=SPECIAL, clean=True, room=0):
    """A vocabulary with its parts laid open; `key(count, token)` ranks, `keep(count)` chooses."""
    counts = counts or Counter(token for sentence in sentences for token in sentence)
    key, keep = key or (lambda n, token: (-n, token)), keep or (lambda n: n >= min_count)
    ranked = sorted(counts, key=lambda token: key(counts[token], token))
    known = [token for token in ranked if keep(counts[token]) and not (clean and token in SPECIAL)]
    return [*special, *known][: None if max_size is None else max_size + room]


@build_vocab.add(
    "The four special tokens are missing. They come first, so that PAD, UNK, BOS and EOS have the ids 0 to 3 in every "
    "vocabulary."
)
def no_special_tokens(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, special=())


@build_vocab.add("Your tokens stand in the order in which they first occur. The most frequent should come first.")
def in_order_of_appearance(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: 0)


@build_vocab.add(
    "Your tokens stand in alphabetical order. That is for those which occur equally often; frequency comes first."
)
def alphabetical(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: token)


@build_vocab.add("Your rarest tokens come first. Sort by the count from the highest down: the key is its negative.")
def rarest_first(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: (n, token))


@build_vocab.add("You count in how many sentences a token occurs. Count how often: twice in one sentence is twice.")
def counts_sentences(sentences, min_count=1, max_size=None):
    counts = Counter(token for sentence in sentences for token in set(sentence))
    return _vocab(sentences, min_count, max_size, counts=counts)


@build_vocab.add(
    "Tokens that occur equally often stand in the order in which they came, as Counter.most_common leaves them. Sort "
    "by two things: the count, then the token."
)
def ties_as_they_came(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: -n)


@build_vocab.add(
    "Tokens that occur equally often stand in reverse alphabetical order. To sort with reverse=True turns both: use "
    "the negative of the count instead."
)
def ties_reversed(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, key=lambda n, token: (-n, tuple(-ord(letter) for letter in token)))


@build_vocab.add("You drop tokens that occur exactly min_count times. Only those below it are left out.")
def min_count_is_too_few(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, keep=lambda n: n > min_count or min_count == 1)


@build_vocab.add("Your vocabulary has all tokens, however rare: min_count does not come in.")
def min_count_ignored(sentences, min_count=1, max_size=None):
    return _vocab(sentences, 1, max_size)


@build_vocab.add("With max_size you cut the other tokens alone, so four too many are left. The special ones count too.")
def special_tokens_not_counted(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, room=len(SPECIAL))


@build_vocab.add("Your vocabulary may grow without limit: max_size does not come in.")
def max_size_ignored(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, None)


@build_vocab.add(
    "A special token that occurs in the corpus stands in your vocabulary twice, and so has two ids. Leave it out of "
    "what you counted."
)
def special_tokens_twice(sentences, min_count=1, max_size=None):
    return _vocab(sentences, min_count, max_size, clean=False)


encode = Mutants()


def _marked(ids, bos, eos):
    return [BOS] * bos + ids + [EOS] * eos


@encode.add(
    "You leave out tokens that are not in the vocabulary. Each still takes a step of the sentence: its id is UNK."
)
def unknown_left_out(tokens, id_of, bos=False, eos=False):
    return _marked([id_of[token] for token in tokens if token in id_of], bos, eos)


@encode.add(
    "Your unknown tokens become 0. That is PAD, which means that nothing is there; the id of the unknown is UNK."
)
def unknown_is_padding(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, PAD) for token in tokens], bos, eos)


@encode.add("You put the word '<unk>' among the ids. Ids are whole numbers: that of the unknown is UNK.")
def unknown_as_a_word(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, SPECIAL[UNK]) for token in tokens], bos, eos)


@encode.add(
    "An unknown token gets a new id with you. A model has no weights for ids that come after training: the id is UNK."
)
def new_ids(tokens, id_of, bos=False, eos=False):
    known = dict(id_of)
    return _marked([known.setdefault(token, len(known)) for token in tokens], bos, eos)


@encode.add("You swap the marks: BOS is put at the end and EOS at the beginning.")
def marks_swapped(tokens, id_of, bos=False, eos=False):
    return [EOS] * eos + [id_of.get(token, UNK) for token in tokens] + [BOS] * bos


@encode.add("You always put both marks. Each is put only if it is asked for.")
def always_marked(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, UNK) for token in tokens], True, True)


@encode.add("You never put the marks: bos and eos do not come in.")
def never_marked(tokens, id_of, bos=False, eos=False):
    return [id_of.get(token, UNK) for token in tokens]


@encode.add("You put a mark only where both are asked for. A sentence may have one without the other.")
def both_or_none(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, UNK) for token in tokens], bos and eos, bos and eos)


@encode.add("You put the words for the marks, such as '<bos>', among the ids. Ids are whole numbers: BOS and EOS.")
def marks_as_words(tokens, id_of, bos=False, eos=False):
    return [SPECIAL[BOS]] * bos + [id_of.get(token, UNK) for token in tokens] + [SPECIAL[EOS]] * eos


@encode.add(
    "Your ids are the places of the tokens in the sentence. What is wanted is the id that the vocabulary gives them."
)
def places_in_the_sentence(tokens, id_of, bos=False, eos=False):
    return _marked([n if token in id_of else UNK for n, token in enumerate(tokens)], bos, eos)


one_hot = Mutants()


def _rows(ids, V):
    return (np.asarray(ids)[..., None] == np.arange(V)).astype(float)


@one_hot.add("Your 1 stands one place too far to the left: you count ids from 1. They are counted from 0.")
def counted_from_one(ids, V, dtype=None):
    return _rows(np.asarray(ids) - 1, V)


@one_hot.add(
    "You added up the vectors of a sentence. That is a bag of words: how often each occurs. One vector for each token "
    "is wanted."
)
def bag_of_words(ids, V, dtype=None):
    return _rows(ids, V).sum(axis=-2)


@one_hot.add(
    "Your vectors are as long as the greatest id needs. They are as long as the vocabulary, V, whatever occurs."
)
def as_long_as_needed(ids, V, dtype=None):
    return _rows(ids, int(np.max(ids)) + 1)


@one_hot.add("Your result has V in front. The new axis is the last one.")
def classes_first(ids, V, dtype=None):
    return np.moveaxis(_rows(ids, V), -1, 0)


@one_hot.add("Your vectors of all sentences are in one long list. The axes of ids stay, and V comes behind them.")
def flattened(ids, V, dtype=None):
    return _rows(ids, V).reshape(-1, V)


@one_hot.add(
    "All places up to the id are 1 with you. Only its own is: otherwise a later word would contain the earlier."
)
def thermometer(ids, V, dtype=None):
    return (np.arange(V) <= np.asarray(ids)[..., None]).astype(float)


@one_hot.add("You put the id itself in its place. Put 1: a word is not worth more because its id is higher.")
def id_instead_of_one(ids, V, dtype=None):
    return _rows(ids, V) * np.asarray(ids)[..., None]


@one_hot.add("Your ones and zeros are swapped.")
def one_cold(ids, V, dtype=None):
    return 1.0 - _rows(ids, V)


pad_batch = Mutants()


def _padded(sequences, pad, T=None, fill=None):
    """A batch with its parts laid open; `fill(sequence, n)` gives what stands behind, or before, a sequence."""
    T = max(map(len, sequences)) if T is None else T
    fill = fill or (lambda sequence, n: [*sequence, *[pad] * n])
    ids = [fill(list(sequence)[:T], T - len(list(sequence)[:T])) for sequence in sequences]
    mask = [[t < len(sequence) for t in range(T)] for sequence in sequences]
    return Padded(np.array(ids, dtype=np.int64).reshape(-1, T), np.array(mask, dtype=bool).reshape(-1, T))


@pad_batch.add("You fill up at the beginning. Here the sequences start together, and what is filled up stands behind.")
def padded_at_the_front(sequences, pad=PAD):
    T = max(map(len, sequences))
    ids, mask = _padded(sequences, pad, fill=lambda sequence, n: [*[pad] * n, *sequence])
    return Padded(ids, mask[:, ::-1].reshape(-1, T))


@pad_batch.add("You cut the sequences to the length of the shortest. Nothing may be lost: fill up to the longest.")
def cut_to_the_shortest(sequences, pad=PAD):
    return _padded(sequences, pad, T=min(map(len, sequences)))


@pad_batch.add("You fill up to one more than the longest. The longest sequence needs no padding.")
def one_too_long(sequences, pad=PAD):
    return _padded(sequences, pad, T=max(map(len, sequences)) + 1)


@pad_batch.add("You fill up with the last id again. A model would read the word many times; fill up with pad.")
def last_id_again(sequences, pad=PAD):
    return _padded(sequences, pad, fill=lambda sequence, n: [*sequence, *(sequence[-1:] or [pad]) * n])


@pad_batch.add("Your rows are sorted by length. Row b of the batch is sequence b, or the labels will not fit.")
def sorted_by_length(sequences, pad=PAD):
    return _padded(sorted(sequences, key=len, reverse=True), pad)


@pad_batch.add("You return the mask before the ids. The order is ids, mask.")
def mask_first(sequences, pad=PAD):
    ids, mask = _padded(sequences, pad)
    return mask, ids


@pad_batch.add("Your mask is turned round: true is where the sequence has an id, false where it is filled up.")
def mask_of_the_padding(sequences, pad=PAD):
    ids, mask = _padded(sequences, pad)
    return Padded(ids, ~mask)


@pad_batch.add(
    "Your mask asks whether an id differs from pad. A sequence may hold that id itself: ask how long it is instead."
)
def mask_by_value(sequences, pad=PAD):
    ids, _ = _padded(sequences, pad)
    return Padded(ids, ids != pad)


@pad_batch.add("For the mask you return the lengths. It is an array like ids, (B, T), of true and false.")
def lengths_for_the_mask(sequences, pad=PAD):
    ids, mask = _padded(sequences, pad)
    return ids, mask.sum(axis=1)


@pad_batch.add("You fill up with 0 whatever pad is.")
def pads_with_zero(sequences, pad=PAD):
    return _padded(sequences, 0)


make_windows = Mutants()


def _cut(series, L, h, starts=None, ahead=None, steps=None):
    """Windows with their parts laid open: where they start, and which steps after that are the targets."""
    starts = range(len(series) - L - h + 1) if starts is None else starts
    ahead, steps = L if ahead is None else ahead, h if steps is None else steps
    inputs = [series[m : m + L] for m in starts]
    targets = [series[m + ahead : m + ahead + steps] for m in starts]
    return Windows(np.array(inputs), np.array(targets))


@make_windows.add(
    "Your windows lie end to end. Each starts one step after the one before, so that they overlap and none of what the "
    "series can teach is lost."
)
def end_to_end(series, L, h=1):
    return _cut(series, L, h, starts=range(0, len(series) - L - h + 1, max(L, 2)))


@make_windows.add(
    "Your last window is missing. A series of N steps has N - L - h + 1 of them; range leaves its end out."
)
def last_one_missing(series, L, h=1):
    return _cut(series, L, h, starts=range(len(series) - L - h))


@make_windows.add(
    "Your windows have time on the first axis and the windows on the second. Windows come first: (M, L, F)."
)
def time_first(series, L, h=1):
    return Windows(*(part.swapaxes(0, 1) for part in _cut(series, L, h)))


@make_windows.add("Your windows are flat, (M, L F). Steps and features keep an axis each: (M, L, F).")
def flat(series, L, h=1):
    return Windows(*(part.reshape(len(part), -1) for part in _cut(series, L, h)))


@make_windows.add("Your windows run backwards, the newest step first. Time runs as in the series.")
def newest_first(series, L, h=1):
    inputs, targets = _cut(series, L, h)
    return Windows(inputs[:, ::-1], targets)


@make_windows.add(
    "Your targets start with the last step of the window, which the model has been shown already. They start with the "
    "step after it."
)
def targets_already_seen(series, L, h=1):
    return _cut(series, L, h, ahead=L - 1)


@make_windows.add(
    "Your targets are the last of the h steps alone. All h steps that follow a window are wanted: (M, h, F)."
)
def last_target_only(series, L, h=1):
    return _cut(series, L, h, ahead=L + h - 1, steps=1)


@make_windows.add("Your targets are the first step after the window alone: h does not come in. They are (M, h, F).")
def first_target_only(series, L, h=1):
    return _cut(series, L, h, steps=1)


@make_windows.add("Your targets are the windows themselves, one step on. They are the h steps that follow the window.")
def windows_one_step_on(series, L, h=1):
    return _cut(series, L, h, ahead=1, steps=L)


fit_ar = Mutants()


def _taps(series, p, step=1, ahead=1):
    """The design matrix and the targets."""
    places = range(0, len(series) - p, step)
    return np.array([series[t : t + p] for t in places]).reshape(-1, p), np.array(
        [series[t + p + ahead - 1] for t in places]
    )


def _solve(design, targets):
    return np.linalg.lstsq(design, targets)[0]


def _with_constant(series, p, **how):
    inputs, targets = _taps(series, p, **how)
    return _solve(np.column_stack([inputs, np.ones(len(inputs))]), targets)


@fit_ar.add(
    "Your fit has no constant: a line through the origin. Give the matrix a column of ones, whose weight is the "
    "constant."
)
def no_constant(series, p):
    return Autoregression(_solve(*_taps(series, p)), 0.0)


@fit_ar.add("Your weights stand newest first. weights[i] belongs to x_{t-p+i}, so the newest comes last.")
def newest_weight_first(series, p):
    solution = _with_constant(series, p)
    return Autoregression(solution[:-1][::-1], float(solution[-1]))


@fit_ar.add(
    "You take the wrong end of the solution for the constant. Its place is that of the column of ones in your matrix."
)
def constant_from_the_wrong_end(series, p):
    solution = _with_constant(series, p)
    return Autoregression(solution[1:], float(solution[0]))


@fit_ar.add(
    "Your column of ones stands first, so the first number of the solution is the constant; you take it for a weight, "
    "and the last weight for the constant."
)
def ones_first_constant_last(series, p):
    inputs, targets = _taps(series, p)
    solution = _solve(np.column_stack([np.ones(len(inputs)), inputs]), targets)
    return Autoregression(solution[:-1], float(solution[-1]))


@fit_ar.add(
    "Your constant is the mean of the series. The taps have a share in the mean already: the constant is what is left, "
    "and least squares finds it."
)
def mean_for_the_constant(series, p):
    return Autoregression(_with_constant(series, p)[:-1], float(series.mean()))


@fit_ar.add("You have one tap too many: the p + 1 last values. Wanted are p weights.")
def one_tap_too_many(series, p):
    solution = _with_constant(series, p + 1)
    return Autoregression(solution[:-1], float(solution[-1]))


@fit_ar.add(
    "You forecast the newest value of the window itself, which the model can read off. The target is the value after "
    "it."
)
def forecasts_what_it_sees(series, p):
    solution = _with_constant(series, p, ahead=0)
    return Autoregression(solution[:-1], float(solution[-1]))


@fit_ar.add("You fit windows that lie end to end. All windows have something to say, those that overlap too.")
def some_windows_only(series, p):
    solution = _with_constant(series, p, step=max(p, 2))
    return Autoregression(solution[:-1], float(solution[-1]))


@fit_ar.add(
    "You took the mean off the series first, and fitted the taps without a constant. That is close, but the mean of "
    "the targets is not quite the mean of the taps: let the column of ones find the constant."
)
def mean_taken_off(series, p):
    weights = _solve(*_taps(series - series.mean(), p))
    return Autoregression(weights, float(series.mean() * (1 - weights.sum())))


@fit_ar.add("Without taps your constant is 0. The best guess for everybody who sees nothing is the mean.")
def nothing_without_taps(series, p):
    if p == 0:
        return Autoregression(np.zeros(0), 0.0)
    solution = _with_constant(series, p)
    return Autoregression(solution[:-1], float(solution[-1]))
