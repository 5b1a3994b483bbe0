"""Reports whose headline has to be found in one sentence of several, and said in fewer words."""

from typing import NamedTuple

import numpy as np

from rnncore.tasks.choice import choose

ACTORS = {
    "mayor": False,
    "council": False,
    "judge": False,
    "king": False,
    "museum": False,
    "orchestra": False,
    "teacher": False,
    "bakers": True,
    "doctors": True,
    "farmers": True,
    "pilots": True,
    "sailors": True,
    "students": True,
    "twins": True,
}
"""Who does it, and whether that is a plural."""
DEEDS = {
    "bought": ("buys", "buy"),
    "chose": ("chooses", "choose"),
    "closed": ("closes", "close"),
    "found": ("finds", "find"),
    "hid": ("hides", "hide"),
    "left": ("leaves", "leave"),
    "lost": ("loses", "lose"),
    "opened": ("opens", "open"),
    "painted": ("paints", "paint"),
    "rebuilt": ("rebuilds", "rebuild"),
    "sold": ("sells", "sell"),
    "won": ("wins", "win"),
}
"""What is done, as the report tells it; in the headline, of one and of several."""
OBJECTS = (
    "bell",
    "bridge",
    "clock",
    "ferry",
    "harbour",
    "library",
    "lighthouse",
    "mill",
    "piano",
    "school",
    "ship",
    "station",
    "theatre",
    "tower",
)
NOW = ("today", "this morning", "tonight", "an hour ago")
"""Of the news."""
BEFORE = ("last year", "in May", "long ago", "two winters ago", "a week before")
"""Of what is no longer news."""
_QUALITIES = ("", "", "old", "famous", "small", "proud", "new")
_PLACES = ("", "", "of Bergen", "of Lima", "from the valley", "by the sea")
_ASIDES = (
    "",
    "",
    ", to the surprise of all ,",
    ", after a long debate ,",
    ", in spite of the rain ,",
    ", as was feared ,",
)


class Reports(NamedTuple):
    """Reports of a newspaper."""

    texts: list[list[str]]
    """B lists of words, commas and full stops."""
    headlines: list[list[str]]
    """B lists of three words."""


def news_reports(B: int, rng: np.random.Generator, sentences: tuple[int, int] = (2, 4)) -> Reports:
    """Reports of several events, of which one is news, and the headline of each.

        long ago the museum of Lima , as was feared , lost the bell . the proud
        farmers sold the old mill this morning . in May the twins painted the ship .

        farmers sell mill

    All sentences are built alike, so the time alone tells which is news: it may stand before or
    behind the event, and the sentence anywhere. The headline leaves out all that is not who, what
    and whom, and says it in the present, where the verb agrees with who does it. There are some
    two thousand headlines, and far more reports.

    Args:
        B: how many reports.
        rng: the source of randomness.
        sentences: the least and the greatest number of sentences in a report.

    Returns:
        `Reports(texts, headlines)`.

    Raises:
        ValueError: if the numbers of sentences are not 1 ≤ least ≤ greatest ≤ 14.

    Reference: the task, of single sentences: Rush, Chopra and Weston, A Neural Attention Model for
        Abstractive Sentence Summarization (2015), arXiv:1509.00685.
    """
    least, greatest = sentences
    if not 1 <= least <= greatest <= len(ACTORS):
        raise ValueError(
            f"sentences must be two numbers with 1 <= least <= greatest <= {len(ACTORS)}; "
            f"got {sentences}"
        )
    reports = Reports([], [])
    for _ in range(B):
        N = int(rng.integers(least, greatest + 1))
        news = int(rng.integers(N))
        text = []
        for k, n in enumerate(rng.permutation(len(ACTORS))[:N]):
            actor, deed, thing = list(ACTORS)[n], choose(list(DEEDS), rng), choose(OBJECTS, rng)
            text += _sentence(actor, deed, thing, choose(NOW if k == news else BEFORE, rng), rng)
            if k == news:
                reports.headlines.append([actor, DEEDS[deed][ACTORS[actor]], thing])
        reports.texts.append(text)
    return reports


def _sentence(actor: str, deed: str, thing: str, time: str, rng: np.random.Generator) -> list[str]:
    who = f"the {choose(_QUALITIES, rng)} {actor} {choose(_PLACES, rng)} {choose(_ASIDES, rng)}"
    event = f"{who} {deed} the {choose(_QUALITIES, rng)} {thing}"
    return f"{f'{time} {event}' if rng.integers(2) else f'{event} {time}'} .".split()
