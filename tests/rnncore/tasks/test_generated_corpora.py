"""The generated corpora: who learns them by heart fails on new sentences, who knows the rule does not."""

import re
from collections import Counter, defaultdict

import numpy as np
import pytest

from rnncore.tasks import abusive_language as abuse
from rnncore.tasks import headlines, proteins, sentiment, translation
from rnncore.tasks import named_entities as ner
from rnncore.tasks.sentiment import sentiment_reviews

N_TRAIN, N_TEST = 3000, 800


def _split(draw):
    """Two draws of a corpus that share nothing but the generator's rules."""
    return draw(N_TRAIN, np.random.default_rng(1)), draw(N_TEST, np.random.default_rng(2))


def _ngrams(tokens, N):
    return {tuple(tokens[k : k + n]) for n in range(1, N + 1) for k in range(len(tokens) - n + 1)}


def _by_heart(train, labels, test):
    """Looks the whole sequence up; where it is new, says what is most frequent."""
    known = {tuple(tokens): label for tokens, label in zip(train, labels, strict=True)}
    usual = Counter(labels.tolist()).most_common(1)[0][0]
    return np.array([known.get(tuple(tokens), usual) for tokens in test])


def _by_ngrams(train, labels, test, N):
    """Learns by heart how often each n-gram comes with each class (naive Bayes); scores (test, K)."""
    K = labels.max() + 1
    counts = defaultdict(lambda: np.full(K, 0.5))
    for tokens, label in zip(train, labels, strict=True):
        for gram in _ngrams(tokens, N):
            counts[gram][label] += 1
    prior = np.bincount(labels) + 1.0
    scores = np.tile(np.log(prior), (len(test), 1))
    for row, tokens in zip(scores, test, strict=True):
        for gram in _ngrams(tokens, N) & counts.keys():
            row += np.log(counts[gram] / prior)
    return scores


def _by_neighbour(train, labels, test, N):
    """Answers like the known sequence that shares the most n-grams."""
    holders = defaultdict(list)
    for k, tokens in enumerate(train):
        for gram in _ngrams(tokens, N):
            holders[gram].append(k)
    guesses = []
    for tokens in test:
        shared = np.zeros(len(train))
        for gram in _ngrams(tokens, N):
            shared[holders.get(gram, [])] += 1.0 / np.sqrt(1 + len(holders.get(gram, [])))
        guesses.append(labels[shared.argmax()])
    return np.array(guesses)


def _f1(guesses, labels):
    return 2 * np.sum(guesses & labels) / (np.sum(guesses) + np.sum(labels))


@pytest.mark.slow
def test_sentiment_cannot_be_learned_by_heart():
    train, test = _split(sentiment_reviews)
    assert abs(test.labels.mean() - 0.5) < 0.05
    assert not {*map(tuple, train.sentences)} & {*map(tuple, test.sentences)}
    data = train.sentences, train.labels, test.sentences
    guesses = {
        "by heart": _by_heart(*data),
        "words": _by_ngrams(*data, 1).argmax(1),
        "four words": _by_ngrams(*data, 4).argmax(1),
        "neighbour": _by_neighbour(*data, 2),
    }
    for name, guess in guesses.items():
        assert np.mean(guess == test.labels) < 0.6, name

    def rule(tokens):
        """The adjective, turned round by a negation in its own half of the sentence."""
        halves = [half.split() for half in re.split(r" , and (?!I have)", " ".join(tokens))]
        (verdict,) = (half for half in halves if set(half) & {*sentiment.POSITIVE, *sentiment.NEGATIVE})
        return bool(set(verdict) & set(sentiment.POSITIVE)) != bool(set(verdict) & {"not", "never", "hardly", "no"})

    assert [rule(tokens) for tokens in test.sentences] == test.labels.astype(bool).tolist()


@pytest.mark.slow
def test_abuse_cannot_be_learned_by_heart():
    train, test = _split(abuse.abusive_posts)
    for part in (train, test):
        assert abs(part.labels.mean() - 0.1) < 0.03
    assert not {*map(tuple, train.sentences)} & {*map(tuple, test.sentences)}
    data = train.sentences, train.labels, test.sentences
    assert _f1(_by_heart(*data), test.labels) == 0
    for N in (1, 5):
        scores = _by_ngrams(*data, N)
        odds = scores[:, 1] - scores[:, 0]
        best = max(_f1((odds >= bound).astype(int), test.labels) for bound in np.unique(odds))
        assert best < 0.5, N
    assert _f1(_by_neighbour(*data, 2), test.labels) < 0.5
    blamed = np.array([bool(set(tokens) & set(abuse.INSULTS)) for tokens in test.sentences])
    assert blamed.all()

    def rule(tokens):
        text = " ".join(tokens)
        said_of_you = re.search(rf"you ,[^,]+(?:, and I[^,]+)?, (?:{'|'.join(abuse.LIKENESS)}) an? ", text)
        return bool(said_of_you) and not any(stance in text for stance in abuse.AGAINST)

    assert [rule(tokens) for tokens in test.sentences] == test.labels.astype(bool).tolist()
    with pytest.raises(ValueError, match=r"got 1\.5"):
        abuse.abusive_posts(1, np.random.default_rng(0), share=1.5)


def test_names_cannot_be_learned_by_heart():
    train, test = _split(ner.named_entities)
    known = defaultdict(Counter)
    for tokens, tags in zip(*train, strict=True):
        assert len(tokens) == len(tags)
        for token, tag in zip(tokens, tags, strict=True):
            known[token][tag] += 1
    inside = right = 0
    for tokens, tags in zip(*test, strict=True):
        for token, tag in zip(tokens, tags, strict=True):
            name = token[0].isupper() and token not in ("I", "Ms", "May", "Monday")
            assert name == (ner.TAGS[tag] != "O")
            if name:
                inside += 1
                right += tag == known[token].most_common(1)[0][0] if token in known else False
    assert right / inside < 0.25

    cues = {cue: kind for kind in ner.KINDS for cue in (*ner._BEFORE[kind], *ner._AFTER[kind])}
    for tokens, tags in zip(*test, strict=True):
        begins = [k for k, tag in enumerate(tags) if ner.TAGS[tag].startswith("B-")]
        for k, end in zip(begins, [*begins[1:], len(tokens)], strict=True):
            before, after = " ".join(tokens[max(0, k - 4) : k]), " ".join(tokens[k:end])
            told = {kind for cue, kind in cues.items() if before.endswith(cue)}
            told = told or {kind for cue, kind in cues.items() if cue in after}
            # Words before the next name are not this name's, unless nothing stands before it.
            assert ner.TAGS[tags[k]][2:] in told
            assert len(told) == 1 or not any(before.endswith(cue) for cue in cues)


@pytest.mark.slow
def test_protein_families_cannot_be_learned_by_heart():
    train, test = _split(proteins.protein_families)
    assert not set(train.chains) & set(test.chains)
    data = train.chains, train.labels, test.chains
    chance = 1 / len(proteins.FAMILIES)
    assert np.mean(_by_heart(*data) == test.labels) < chance + 0.06
    for N in (1, 4):
        assert np.mean(_by_ngrams(*data, N).argmax(1) == test.labels) < chance + 0.06
    for chain, label in zip(*test, strict=True):
        places = {name: re.search(motif, chain).start() for name, motif in proteins.MOTIFS.items()}
        assert tuple(sorted(places, key=places.get)) == proteins.FAMILIES[label]
        assert 50 <= len(chain) <= 90
        assert set(chain) <= set(proteins.AMINO_ACIDS)
    with pytest.raises(ValueError, match="got 20 and 90"):
        proteins.protein_families(1, np.random.default_rng(0), shortest=20)


@pytest.mark.parametrize(
    "pair",
    [
        "the old dog has often seen a small cat = der alte Hund hat oft eine kleine Katze gesehen",
        "today a red bird has found old letters = heute hat ein roter Vogel alte Briefe gefunden",
        "horses have looked for the new garden = Pferde haben den neuen Garten gesucht",
        "the big books have loved an old king because a child has never drawn the green flowers = "
        "die großen Bücher haben einen alten König geliebt , weil ein Kind nie die grünen Blumen gezeichnet hat",
    ],
)
def test_translations_written_by_hand(pair):
    english, german = pair.split(" = ")
    assert _Translator(english.split()).german() == german


_DEFINITE = [("der", "den"), ("die", "die"), ("das", "das"), ("die", "die")], [("e", "en"), "ee", "ee", ("en", "en")]
_INDEFINITE = [("ein", "einen"), ("eine", "eine"), ("ein", "ein"), ("", "")], [("er", "en"), "ee", ("es", "es"), "ee"]
"""Articles and endings of adjectives: masculine, feminine, neuter, plural; nominative, accusative."""


class _Translator:
    """Reads English by the word lists and writes German by rules of its own."""

    def __init__(self, words):
        self.words = list(words)

    def german(self):
        opening = self.take(translation.OPENINGS)
        clauses = [self.clause("opening" if opening else "main")]
        conjunction = self.take(translation.CONJUNCTIONS)
        while conjunction:
            clauses.append(f", {conjunction} {self.clause('subordinate')}")
            conjunction = self.take(translation.CONJUNCTIONS)
        assert not self.words
        return " ".join(f"{opening} {' '.join(clauses)}".split())

    def take(self, meanings):
        for english, german in meanings.items():
            if self.words[: len(english.split())] == english.split():
                del self.words[: len(english.split())]
                return german
        return ""

    def clause(self, kind):
        subject = self.phrase(0)
        have = {"has": "hat", "have": "haben"}[self.words.pop(0)]
        time, verb = self.take(translation.TIMES), self.take(translation.VERBS)
        rest = f"{time} {self.phrase(1)} {verb}"
        orders = {"main": (subject, have, rest), "opening": (have, subject, rest), "subordinate": (subject, rest, have)}
        return " ".join(orders[kind])

    def phrase(self, case):
        article = self.words.pop(0) if self.words[0] in ("the", "a", "an") else ""
        adjective = self.take(translation.ADJECTIVES)
        word = self.words.pop(0)
        (noun,) = (noun for noun in translation.NOUNS if word in noun[:2])
        gender = noun.gender if word == noun.english else "p"
        articles, endings = _DEFINITE if article == "the" else _INDEFINITE
        row = "mfnp".index(gender)
        adjective += endings[row][case] if adjective else ""
        return f"{articles[row][case]} {adjective} {noun.german if gender != 'p' else noun.german_plural}"


def test_translation_cannot_be_learned_by_heart():
    train, test = _split(translation.translation_pairs)
    whole = {" ".join(english): german for english, german in train}
    partners = defaultdict(Counter)
    seen, anywhere = Counter(), Counter()
    for english, german in train:
        for word in set(english):
            seen[word] += 1
            partners[word].update(set(german))
        anywhere.update(set(german))
    dictionary = {
        word: max(partners[word], key=lambda g, word=word: partners[word][g] ** 2 / (anywhere[g] * seen[word]))
        for word in partners
    }
    by_heart = [whole.get(" ".join(english)) == german for english, german in test]
    word_by_word = [[dictionary.get(word, "") for word in english] == german for english, german in test]
    assert np.mean(by_heart) < 0.01
    assert np.mean(word_by_word) < 0.02
    for english, german in test:
        assert _Translator(english).german() == " ".join(german)
    assert {word for _, german in test for word in german} <= {word for _, german in train for word in german}


def _headline_by_rule(text):
    """Reads the report by the word lists: the sentence of now, its actor, deed and thing, each by its place."""
    sentences = [sentence.split() for sentence in " ".join(text).split(" .")]
    (news,) = [words for words in sentences if any(time in " ".join(words) for time in headlines.NOW)]
    deed = next(word for word in news if word in headlines.DEEDS)
    before, after = news[: news.index(deed)], news[news.index(deed) :]
    actor = next(word for word in before if word in headlines.ACTORS)
    one, several = headlines.DEEDS[deed]
    thing = next(word for word in after if word in headlines.OBJECTS)
    return [actor, several if headlines.ACTORS[actor] else one, thing]


@pytest.mark.slow
def test_headlines_cannot_be_learned_by_heart():
    train, test = _split(headlines.news_reports)
    assert not {*map(tuple, train.texts)} & {*map(tuple, test.texts)}
    labels = np.arange(N_TRAIN)
    neighbours = _by_neighbour(train.texts, labels, test.texts, 3)
    assert np.mean([train.headlines[k] == right for k, right in zip(neighbours, test.headlines, strict=True)]) < 0.05
    first = [text[: text.index(".")] for text in test.texts]
    assert np.mean([right[0] in words for right, words in zip(test.headlines, first, strict=True)]) < 0.45
    for text, headline in zip(*test, strict=True):
        assert _headline_by_rule(text) == headline
    words = {word for part in train for text in part for word in text}
    assert {word for part in test for text in part for word in text} <= words
    with pytest.raises(ValueError, match=r"got \(0, 2\)"):
        headlines.news_reports(1, np.random.default_rng(0), sentences=(0, 2))


def test_a_headline_written_by_hand():
    text = "in May the twins won the bell . tonight the old judge , as was feared , hid the new piano ."
    assert _headline_by_rule(text.split()) == ["judge", "hides", "piano"]


def test_the_generator_decides_everything():
    for draw in (
        lambda rng: sentiment_reviews(5, rng).sentences,
        lambda rng: abuse.abusive_posts(5, rng).sentences,
        lambda rng: ner.named_entities(5, rng),
        lambda rng: proteins.protein_families(5, rng).chains,
        lambda rng: translation.translation_pairs(5, rng),
        lambda rng: headlines.news_reports(5, rng),
    ):
        same = [draw(np.random.default_rng(4)) for _ in range(2)]
        assert same[0] == same[1]
        assert same[0] != draw(np.random.default_rng(5))


def test_the_forum_is_fair_in_what_is_said_and_unfair_in_who_is_attacked_and_how_it_is_marked():
    posts = abuse.forum_posts(6000, np.random.default_rng(3), share=0.2, attacked=0.9, mistaken=0.3)
    insults = posts.labels == 1
    assert abs(posts.group[insults].mean() - 0.9) < 0.03
    assert abs(posts.group[~insults].mean() - 0.5) < 0.03
    assert abs(posts.dialect[insults].mean() - posts.dialect[~insults].mean()) < 0.05
    wrongly = posts.marks != posts.labels
    assert not np.any(wrongly & (insults | ~posts.dialect))
    assert abs(wrongly[posts.dialect & ~insults].mean() - 0.3) < 0.03
    for words, group, dialect in zip(posts.sentences, posts.group, posts.dialect, strict=True):
        assert words[0] in abuse.PEOPLE[group]
        assert words[1] == ","
        assert (words[2] == abuse.PARTICLES[0]) == (words[-1] == abuse.PARTICLES[1]) == dialect
    fair = abuse.forum_posts(300, np.random.default_rng(3))
    assert np.array_equal(fair.marks, fair.labels)
    for wrong in ({"attacked": -0.1}, {"mistaken": 1.5}):
        with pytest.raises(ValueError, match="must be from 0 to 1; got"):
            abuse.forum_posts(1, np.random.default_rng(0), **wrong)
