"""Answers to `encode`."""

from rnncore.tasks.vocab import BOS, EOS, UNK
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def with_a_loop(tokens, id_of, bos=False, eos=False):
    ids = []
    if bos:
        ids.append(BOS)
    for token in tokens:
        if token in id_of:
            ids.append(id_of[token])
        else:
            ids.append(UNK)
    if eos:
        ids.append(EOS)
    return ids


@answers.is_right
def a_generator_in_the_middle(tokens, id_of, bos=False, eos=False):
    def pieces():
        if bos:
            yield 2
        yield from (id_of.get(token, 1) for token in tokens)
        if eos:
            yield 3

    return list(pieces())


@answers.is_wrong("unknown_left_out")
def unknown_left_out(tokens, id_of, bos=False, eos=False):
    return [BOS] * bos + [id_of[t] for t in tokens if t in id_of] + [EOS] * eos


@answers.is_wrong("always_marked")
def marks_always(tokens, id_of, bos=False, eos=False):
    return [BOS, *[id_of.get(t, UNK) for t in tokens], EOS]


@answers.is_wrong("marks_swapped")
def marks_exchanged(tokens, id_of, bos=False, eos=False):
    return [EOS] * bos + [id_of.get(t, UNK) for t in tokens] + [BOS] * eos


@answers.is_wrong("both_for_one")
def one_flag_for_both(tokens, id_of, bos=False, eos=False):
    ids = [id_of.get(t, UNK) for t in tokens]
    return [BOS, *ids, EOS] if bos or eos else ids


@answers.is_wrong("unknown_is_padding")
def padding_for_unknown(tokens, id_of, bos=False, eos=False):
    return [BOS] * bos + [id_of.get(t, 0) for t in tokens] + [EOS] * eos


@answers.is_wrong("stops_at_an_unknown_token")
def stops_at_unknown(tokens, id_of, bos=False, eos=False):
    return [BOS] * bos + [id_of[t] for t in tokens] + [EOS] * eos


@answers.is_wrong("both_marks_behind")
def both_marks_behind(tokens, id_of, bos=False, eos=False):
    return [id_of.get(t, UNK) for t in tokens] + [BOS] * bos + [EOS] * eos


@answers.is_wrong("in_place")
def adds_to_the_vocabulary(tokens, id_of, bos=False, eos=False):
    return [BOS] * bos + [id_of.setdefault(t, UNK) for t in tokens] + [EOS] * eos


@answers.is_wrong("one_id_more")
def the_next_id(tokens, id_of, bos=False, eos=False):
    return [BOS] * bos + [id_of.get(t, len(id_of)) for t in tokens] + [EOS] * eos


@answers.is_wrong("second_mark_skipped")
def if_and_elif(tokens, id_of, bos=False, eos=False):
    ids = [id_of.get(t, UNK) for t in tokens]
    if bos:
        ids = [BOS, *ids]
    elif eos:
        ids = [*ids, EOS]
    return ids
