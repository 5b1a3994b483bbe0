"""Answers to `build_vocab`."""

from collections import Counter

from rnncore.tasks.vocab import SPECIAL
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def counted_by_hand(sentences, min_count=1, max_size=None):
    counts = {}
    for sentence in sentences:
        for token in sentence:
            if token not in SPECIAL:
                counts[token] = counts.get(token, 0) + 1
    vocab = list(SPECIAL)
    for count in sorted(set(counts.values()), reverse=True):
        vocab.extend(sorted(t for t, c in counts.items() if c == count and c >= min_count))
    return vocab if max_size is None else vocab[:max_size]


@answers.is_right
def sorted_twice(sentences, min_count=1, max_size=None):
    counts = Counter()
    for sentence in sentences:
        counts.update(token for token in sentence if token not in SPECIAL)
    by_name = sorted(counts.items())
    by_count = sorted(by_name, key=lambda pair: pair[1], reverse=True)
    room = len(by_count) if max_size is None else max_size - len(SPECIAL)
    return list(SPECIAL) + [token for token, count in by_count if count >= min_count][:room]


def _ranked(sentences):
    counts = Counter(token for sentence in sentences for token in sentence)
    return sorted(counts, key=lambda token: (-counts[token], token)), counts


@answers.is_wrong("ties_as_they_came")
def equals_as_they_come(sentences, min_count=1, max_size=None):
    counts = Counter(token for sentence in sentences for token in sentence if token not in SPECIAL)
    known = [token for token, count in counts.most_common() if count >= min_count]
    return [*SPECIAL, *known][:max_size]


@answers.is_wrong("if `min_count` is one more")
def more_than_min_count(sentences, min_count=1, max_size=None):
    ranked, counts = _ranked(sentences)
    known = [token for token in ranked if counts[token] > min_count and token not in SPECIAL]
    return [*SPECIAL, *known][:max_size]


@answers.is_wrong("special_tokens_not_counted")
def special_ones_on_top_of_max_size(sentences, min_count=1, max_size=None):
    ranked, counts = _ranked(sentences)
    known = [token for token in ranked if counts[token] >= min_count and token not in SPECIAL]
    return [*SPECIAL, *known[:max_size]]


@answers.is_wrong("special_tokens_twice")
def special_ones_twice(sentences, min_count=1, max_size=None):
    ranked, counts = _ranked(sentences)
    return [*SPECIAL, *[token for token in ranked if counts[token] >= min_count]][:max_size]


@answers.is_wrong("ties_reversed")
def reversed_alphabet(sentences, min_count=1, max_size=None):
    counts = Counter(token for sentence in sentences for token in sentence if token not in SPECIAL)
    ranked = sorted(counts, key=lambda token: (counts[token], token), reverse=True)
    return [*SPECIAL, *[token for token in ranked if counts[token] >= min_count]][:max_size]


@answers.is_wrong("cut_before_they_are_left_out")
def cut_before_the_special_ones_are_left_out(sentences, min_count=1, max_size=None):
    ranked, counts = _ranked(sentences)
    known = [token for token in ranked if counts[token] >= min_count]
    known = known if max_size is None else known[: max_size - len(SPECIAL)]
    return [*SPECIAL, *[token for token in known if token not in SPECIAL]]


@answers.is_wrong("alphabetical")
def alphabet_alone(sentences, min_count=1, max_size=None):
    ranked, counts = _ranked(sentences)
    known = sorted(token for token in ranked if counts[token] >= min_count and token not in SPECIAL)
    return [*SPECIAL, *known][:max_size]


@answers.is_wrong("special_tokens_last")
def specials_appended(sentences, min_count=1, max_size=None):
    ranked, counts = _ranked(sentences)
    known = [token for token in ranked if counts[token] >= min_count and token not in SPECIAL]
    return [*known, *SPECIAL][:max_size]


@answers.is_wrong("counts_sentences")
def sentences_counted(sentences, min_count=1, max_size=None):
    return build([set(sentence) for sentence in sentences], min_count, max_size)


@answers.is_wrong("min_count_or_max_size")
def the_most_frequent_however_rare(sentences, min_count=1, max_size=None):
    return build(sentences, min_count) if max_size is None else build(sentences, 1, max_size)


@answers.is_wrong("equals_sorted_after_the_cut")
def most_common_then_sorted(sentences, min_count=1, max_size=None):
    counts = Counter(token for sentence in sentences for token in sentence if token not in SPECIAL)
    room = None if max_size is None else max_size - len(SPECIAL)
    kept = [(token, count) for token, count in counts.most_common(room) if count >= min_count]
    return [*SPECIAL, *(token for token, count in sorted(kept, key=lambda pair: (-pair[1], pair[0])))]


@answers.is_wrong()
def as_many_as_there_may_be(sentences, min_count=1, max_size=None):
    vocab = build(sentences, min_count)
    return vocab if max_size is None else [vocab[i] for i in range(max_size)]


build = sorted_twice
