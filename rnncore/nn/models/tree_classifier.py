"""One class for a whole tree."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rnncore.functional.sequence import Tree, TreeParams, forest_rnn


class TreeClassifier(torch.nn.Module):
    """Scores of K classes for a tree of words, from the vector of its root.

        h(word) = E[word],   h((left, right)) = tanh([h(left), h(right)] W + b)
        y = h(root) W_y + b_y

    Args:
        V: the size of the vocabulary.
        K: how many classes there are.
        H: the size of the vectors, of words and phrases alike.

    Raises:
        ValueError: if a size is below 1.

    Reference: Socher, Lin, Ng and Manning, Parsing Natural Scenes and Natural Language with
        Recursive Neural Networks (2011).
    """

    def __init__(self, V: int, K: int, H: int):
        super().__init__()
        for name, size in {"V": V, "K": K, "H": H}.items():
            if size < 1:
                raise ValueError(f"{name} must be at least 1; got {size}")
        bound = H**-0.5
        self.embedding = torch.nn.Embedding(V, H)
        self.W = torch.nn.Parameter(torch.empty(2 * H, H).uniform_(-bound, bound))
        self.b = torch.nn.Parameter(torch.empty(H).uniform_(-bound, bound))
        self.readout = torch.nn.Linear(H, K)

    def forward(self, trees: Sequence[Tree]) -> Tensor:
        """The scores (B, K) of B trees, nested pairs of words such as `((0, 1), 2)`.

        Raises:
            ValueError: if a word is not from 0 to V - 1, or a node does not have two children.
        """
        params = TreeParams(self.W, self.b)
        return self.readout(forest_rnn(trees, self.embedding.weight, params))
