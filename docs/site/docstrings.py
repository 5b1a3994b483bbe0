"""Docstrings of the project as reStructuredText."""

import itertools
import re

_SECTION = re.compile(r"^(Args|Returns|Yields|Raises|Attributes):$")
_SPECIAL = re.compile(r"([*|\\]|_(?=\W|$))")
_IS_CODE = re.compile(r'"|@\w|^ *(?:def|from|import) ', re.M)
_CODE = re.compile(r"(`[^`]+`)")


def as_restructured_text(lines: list[str], what: str = "") -> list[str]:
    """A docstring of the project as reStructuredText, with its sections left to napoleon.

    Blocks that are indented in the description are equations or code; `Reference:` is a paragraph; what has a meaning
    only in reStructuredText is escaped. Of what is neither function nor class, napoleon would take the words before a
    colon in the first line for a type; an empty comment before it keeps it from that.
    """
    out: list[str] = ["..", ""] if what in ("attribute", "data", "property") else []
    part = "text"
    for number, line in enumerate(lines):
        text = line.strip()
        if line.startswith("Reference:"):
            part = "reference"
            out.append(f"**Reference.** {_cited(text.removeprefix('Reference:').strip())}")
            continue
        if _SECTION.match(line):
            part = "section"
        elif text and not line.startswith("    "):
            part = "text"
        elif text and part == "text":
            part = "block"
            block = itertools.takewhile(lambda later: not later or later.startswith("    "), lines[number:])
            out += [".. code-block:: python" if _IS_CODE.search("\n".join(block)) else "::", ""]
        if part == "reference" and text:
            out[-1] += f" {_cited(text)}"
        else:
            out.append(line if part == "block" else line.removesuffix(line.lstrip()) + _escaped(line.lstrip()))
    return out


def _cited(text: str) -> str:
    """A reference with links."""
    text = re.sub(r"\bdoi:(10\.[^\s;,]+[^\s;,.])", r"`doi:\1 <https://doi.org/\1>`__", _escaped(text))
    return re.sub(r"\barXiv:(\d{4}\.\d{4,5})", r"`arXiv:\1 <https://arxiv.org/abs/\1>`__", text)


def _escaped(text: str) -> str:
    parts = _CODE.split(text)
    parts[::2] = [_SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
    # A letter is a size or an array of the docstring's own, and no name of something else.
    parts[1::2] = [part if len(part) > len("`xs`") else f"`{part}`" for part in parts[1::2]]
    return "".join(parts)
