"""Exercise `encode`."""

import numpy as np

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u01_sequences.shared import WORDS, shuffled
from rnncore.tasks.vocab import BOS, EOS, PAD, SPECIAL, UNK, encode

exercise = Exercise("encode", "From tokens to ids", encode)


_IDS = "ids"


def _known(rng: np.random.Generator) -> tuple[dict[str, int], list[str], list[str]]:
    """The ids of a vocabulary, the words in it, and words that are not."""
    words = shuffled(rng, WORDS)
    known = words[:8]
    pairs = list(enumerate([*SPECIAL, *known]))
    return {token: n for n, token in shuffled(rng, pairs)}, known, words[8:]


@exercise.check("known tokens", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    id_of, known, _ = _known(rng)
    places = rng.permutation(np.arange(8).repeat(2))[:11]
    want = [int(place) + len(SPECIAL) for place in places]
    expect_same(student([known[place] for place in places], id_of), want, _IDS, "Look each token up.")


@exercise.check("a known token whose id is 0", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    id_of, known, _ = _known(rng)
    tokens = [known[2], SPECIAL[PAD], known[6]]
    want = [2 + len(SPECIAL), PAD, 6 + len(SPECIAL)]
    expect_same(student(tokens, id_of), want, _IDS, "0 is an id like any other.")


@exercise.check("unknown tokens", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    id_of, known, unknown = _known(rng)
    tokens = [unknown[0], known[3], unknown[1], unknown[2], known[5], unknown[0]]
    want = [UNK, 3 + len(SPECIAL), UNK, UNK, 5 + len(SPECIAL), UNK]
    expect_same(student(tokens, id_of), want, _IDS, "A token that is not in the vocabulary becomes UNK.")


@exercise.check("both marks", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    id_of, known, _ = _known(rng)
    inside = [4, 11, 6]
    tokens = [known[n - len(SPECIAL)] for n in inside]
    expect_same(student(tokens, id_of, bos=True, eos=True), [BOS, *inside, EOS], _IDS, "BOS in front, EOS behind.")
    expect_same(student([], id_of, bos=True, eos=True), [BOS, EOS], _IDS, "An empty sentence has its marks too.")


@exercise.check("one mark without the other", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    id_of, known, _ = _known(rng)
    inside = [4, 11, 6]
    tokens = [known[n - len(SPECIAL)] for n in inside]
    hint = "BOS stands in front where bos is true, EOS behind where eos is."
    expect_same(student(tokens, id_of, bos=True), [BOS, *inside], _IDS, hint)
    expect_same(student(tokens, id_of, eos=True), [*inside, EOS], _IDS, hint)


exercise.leaves_inputs(0.25)


def _marked(ids, bos, eos):
    return [BOS] * bos + ids + [EOS] * eos


@exercise.mistake(
    "You leave out tokens that are not in the vocabulary. Each still takes a step of the sentence: its id is UNK."
)
def unknown_left_out(tokens, id_of, bos=False, eos=False):
    return _marked([id_of[token] for token in tokens if token in id_of], bos, eos)


@exercise.mistake(
    "Your unknown tokens become 0. That is PAD, which means that nothing is there; the id of the unknown is UNK."
)
def unknown_is_padding(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, PAD) for token in tokens], bos, eos)


@exercise.mistake("You put the word '<unk>' among the ids. Ids are whole numbers: that of the unknown is UNK.")
def unknown_as_a_word(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, SPECIAL[UNK]) for token in tokens], bos, eos)


@exercise.mistake(
    "An unknown token gets a new id with you. A model has no weights for ids that come after training: the id is UNK."
)
def new_ids(tokens, id_of, bos=False, eos=False):
    known = dict(id_of)
    return _marked([known.setdefault(token, len(known)) for token in tokens], bos, eos)


@exercise.mistake("You swap the marks: BOS is put at the end and EOS at the beginning.")
def marks_swapped(tokens, id_of, bos=False, eos=False):
    return [EOS] * eos + [id_of.get(token, UNK) for token in tokens] + [BOS] * bos


@exercise.mistake("You always put both marks. Each is put only if it is asked for.")
def always_marked(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, UNK) for token in tokens], True, True)


@exercise.mistake("You never put the marks: bos and eos do not come in.")
def never_marked(tokens, id_of, bos=False, eos=False):
    return [id_of.get(token, UNK) for token in tokens]


@exercise.mistake("You put a mark only where both are asked for. A sentence may have one without the other.")
def both_or_none(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, UNK) for token in tokens], bos and eos, bos and eos)


@exercise.mistake(
    "You put the words for the marks, such as '<bos>', among the ids. Ids are whole numbers: BOS and EOS."
)
def marks_as_words(tokens, id_of, bos=False, eos=False):
    return [SPECIAL[BOS]] * bos + [id_of.get(token, UNK) for token in tokens] + [SPECIAL[EOS]] * eos


@exercise.mistake(
    "Your ids are the places of the tokens in the sentence. What is wanted is the id that the vocabulary gives them."
)
def places_in_the_sentence(tokens, id_of, bos=False, eos=False):
    return _marked([n if token in id_of else UNK for n, token in enumerate(tokens)], bos, eos)


@exercise.mistake("Both marks come as soon as one of them is asked for. BOS depends on bos alone, EOS on eos.")
def both_for_one(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, UNK) for token in tokens], bos or eos, bos or eos)


@exercise.mistake("Your function stops at a token that is not in the vocabulary. id_of.get(token, UNK) does not.")
def stops_at_an_unknown_token(tokens, id_of, bos=False, eos=False):
    return _marked([id_of[token] for token in tokens], bos, eos)


@exercise.mistake("Both of your marks stand behind the tokens. BOS, the mark of the beginning, stands in front.")
def both_marks_behind(tokens, id_of, bos=False, eos=False):
    return [id_of.get(token, UNK) for token in tokens] + [BOS] * bos + [EOS] * eos


@exercise.mistake(
    "You take the id 0 for none: 0 counts as false, so `or UNK` replaces it too. id_of.get(token, UNK) does not."
)
def zero_is_none(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token) or UNK for token in tokens], bos, eos)


@exercise.mistake(
    "Where both marks are asked for you put BOS alone: an elif is skipped where the if before it held. Each mark "
    "depends on its own argument."
)
def second_mark_skipped(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, UNK) for token in tokens], bos, eos and not bos)


@exercise.mistake("An unknown token gets the id behind the last one. The vocabulary has an id for it, UNK.")
def one_id_more(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token, len(id_of)) for token in tokens], bos, eos)


@exercise.mistake(
    "You put None for a token that is not in the vocabulary. id_of.get takes what to give instead, as its second "
    "argument: UNK."
)
def unknown_is_none(tokens, id_of, bos=False, eos=False):
    return _marked([id_of.get(token) for token in tokens], bos, eos)
