"""Which tokens of a sentence belong to a name."""

from collections.abc import Sequence


def name_labels(tokens: Sequence[str], names: Sequence[Sequence[str]]) -> list[int]:
    """Label each token of a sentence: 1 if it is part of a name, 0 if not.

    A name of several tokens is there only where all its tokens follow each other, in their order.
    Tokens must agree exactly. Names may overlap.

        name_labels(["san", "diego", "is", "in", "san", "juan"], [["san", "diego"]])
        # [1, 1, 0, 0, 0, 0]

    Args:
        tokens: the tokens of a sentence.
        names: the names to look for; each a sequence of one token or more.

    Returns:
        The labels, a list as long as tokens.

    Reference: Tjong Kim Sang and De Meulder, Introduction to the CoNLL-2003 Shared Task (2003),
        aclanthology.org/W03-0419.
    """
    labels = [0] * len(tokens)
    for name in names:
        for start in range(len(tokens) - len(name) + 1):
            if list(tokens[start : start + len(name)]) == list(name):
                labels[start : start + len(name)] = [1] * len(name)
    return labels
