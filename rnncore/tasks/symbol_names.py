"""Names of symbols, from the table of Unicode that Python brings along."""

import unicodedata

_BLOCKS = (
    (0x2600, 0x27C0),
    (0x1F300, 0x1F650),
    (0x1F680, 0x1F700),
    (0x1F900, 0x1FB00),
)
"""Miscellaneous symbols and dingbats; pictographs and faces; transport; newer pictographs."""


def symbol_names(longest: int = 40) -> list[str]:
    """The names of some 1,700 symbols and emoji, in lower case.

        umbrella with rain drops
        black chess rook
        smiling face with sunglasses

    Newer versions of Python know a few more; that of 3.11 has the 1,742 of Unicode 14.

    Args:
        longest: names of more characters are left out.

    Returns:
        The names, in the order of Unicode.

    Reference: The Unicode Standard, Version 14.0 (2021), unicode.org/versions/Unicode14.0.0.
    """
    points = (point for low, high in _BLOCKS for point in range(low, high))
    names = (unicodedata.name(chr(point), "").lower() for point in points)
    return [name for name in names if 0 < len(name) <= longest]
