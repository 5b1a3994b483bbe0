"""HTML that students made, as instructors see it: nothing in it acts, and nothing is fetched from anywhere."""

import re
from collections import Counter
from html.parser import HTMLParser

import nh3

MAX_HTML = 2**20
DEEPEST = 100
"""How deeply elements may be nested. Sanitisers and browsers take the square of it in time; tables need five."""
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
_NOT_NESTED = (
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"),
    *("p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot"),
)
"""Elements without content, and those that the next of their kind closes."""


class TooMuchHtml(ValueError):
    """HTML that is not shown; the message says why."""


def clean_html(text: str) -> str:
    """HTML without scripts and styles, and without pictures but those that it holds itself.

    Raises:
        TooMuchHtml: if it is too long, or nested too deeply.
    """
    if len(text) > MAX_HTML:
        raise TooMuchHtml(f"it is longer than {MAX_HTML >> 20} MB")
    _Depth().feed(text)
    return nh3.clean(text, url_schemes=nh3.ALLOWED_URL_SCHEMES | {"data"}, attribute_filter=_only_own_pictures)


def _only_own_pictures(tag: str, attribute: str, value: str) -> str | None:
    """Let pictures through as data URLs and in no other way, and data URLs in no other place."""
    if (tag, attribute) == ("img", "src"):
        return value if _PICTURE.fullmatch(value) else None
    return None if re.match(r"\s*data:", value, re.I) else value


class _Depth(HTMLParser):
    """Counts how deeply elements are nested. An element is open until a tag of its own name closes one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._open = Counter[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _NOT_NESTED:
            self._open[tag] += 1
            if self._open.total() > DEEPEST:
                raise TooMuchHtml(f"its elements are nested more than {DEEPEST} deep")

    def handle_endtag(self, tag: str) -> None:
        if self._open[tag]:
            self._open[tag] -= 1
