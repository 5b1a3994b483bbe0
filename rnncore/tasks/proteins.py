"""Invented proteins: chains of amino acids whose family lies in the order of three motifs."""

import itertools
import re
from typing import NamedTuple

import numpy as np

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
"""The twenty residues; the index of a letter is its id."""

MOTIFS = {
    "finger": "C..C...H..H",
    "loop": "G.GK[ST].[DE]",
    "turn": "W[FY].P.[KR]R",
}
"""Three motifs as regular expressions: a dot for any residue, brackets for a choice."""

FAMILIES = tuple(itertools.permutations(MOTIFS))
"""The six orders in which the motifs may come; the index is the class."""

_PATTERNS = {name: re.compile(f"(?={motif})") for name, motif in MOTIFS.items()}


class Proteins(NamedTuple):
    """Chains and their families."""

    chains: list[str]
    """B strings of the letters of `AMINO_ACIDS`."""
    labels: np.ndarray
    """(B,), int64: where in `FAMILIES` the order of the motifs stands."""


def protein_families(
    B: int, rng: np.random.Generator, shortest: int = 50, longest: int = 90
) -> Proteins:
    """Random chains with each of three motifs exactly once; their order makes the family.

    All families have the same residues and the same motifs, so counting residues, or any few in a
    row, tells nothing about the family.

    Args:
        B: how many chains.
        rng: the source of randomness.
        shortest: the least number of residues, at least 30.
        longest: the greatest.

    Returns:
        `Proteins(chains, labels)`.

    Raises:
        ValueError: if not 30 ≤ shortest ≤ longest.

    Reference: motifs written as patterns: Sigrist et al., PROSITE (2002),
        doi:10.1093/bib/3.3.265; LSTM on protein families: Hochreiter, Heusel and Obermayer (2007),
        doi:10.1093/bioinformatics/btm247.
    """
    if not 30 <= shortest <= longest:
        raise ValueError(f"lengths must be 30 ≤ shortest ≤ longest; got {shortest} and {longest}")
    labels = rng.integers(0, len(FAMILIES), size=B)
    return Proteins([_chain(FAMILIES[k], shortest, longest, rng) for k in labels], labels)


def _chain(family: tuple[str, ...], shortest: int, longest: int, rng: np.random.Generator) -> str:
    while True:
        pieces = [_instance(MOTIFS[name], rng) for name in family]
        room = int(rng.integers(shortest, longest, endpoint=True)) - sum(map(len, pieces))
        cuts = np.sort(rng.integers(0, room, size=len(pieces), endpoint=True))
        loose = _residues(room, rng)
        chain = ""
        for start, end, piece in zip([0, *cuts], [*cuts, room], [*pieces, ""], strict=True):
            chain += loose[start:end] + piece
        if all(len(pattern.findall(chain)) == 1 for pattern in _PATTERNS.values()):
            return chain


def _instance(motif: str, rng: np.random.Generator) -> str:
    choices = [match.strip("[]") for match in re.findall(r"\[\w+\]|.", motif)]
    drawn = (AMINO_ACIDS if options == "." else options for options in choices)
    return "".join(options[int(rng.integers(len(options)))] for options in drawn)


def _residues(n: int, rng: np.random.Generator) -> str:
    return "".join(AMINO_ACIDS[k] for k in rng.integers(0, len(AMINO_ACIDS), size=n))
