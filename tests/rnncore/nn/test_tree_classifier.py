"""The tree classifier: parity with its equations, what it learns, and what it refuses."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from rnncore.nn.models import TreeClassifier

TREES = [0, 2, (0, 1), (1, 0), (2, (1, (0, (1, 2))))]


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(2)
        yield


def _vector(tree, model):
    """Node by node, with a matrix for each child."""
    if isinstance(tree, int):
        return model.embedding(torch.tensor(tree))
    H = len(model.b)
    left, right = (_vector(child, model) for child in tree)
    return torch.tanh(model.W[:H].T @ left + model.W[H:].T @ right + model.b)


@pytest.mark.parametrize(("K", "H"), [(1, 1), (4, 3)])
def test_scores_and_gradients_are_those_of_the_equations(K, H):
    model = TreeClassifier(3, K, H).double()
    ours = model(TREES)
    theirs = torch.stack([model.readout(_vector(tree, model)) for tree in TREES])
    assert ours.shape == (5, K)
    assert torch.allclose(ours, theirs, rtol=0, atol=1e-12)
    weights = list(model.parameters())
    dy = torch.randn(5, K, dtype=torch.float64)
    gradients = (torch.autograd.grad(out, weights, dy) for out in (ours, theirs))
    for a, b in zip(*gradients, strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-12)


def test_it_learns_what_only_the_brackets_tell():
    """Which word stands alone: c in ((a, b), c), a in (a, (b, c))."""
    model = TreeClassifier(4, 4, 24)

    def draw(B):
        trees, alone = [], []
        for (a, b, c), left in zip(torch.randint(4, (B, 3)).tolist(), torch.rand(B) < 0.5, strict=True):
            trees.append(((a, b), c) if left else (a, (b, c)))
            alone.append(c if left else a)
        return trees, torch.tensor(alone)

    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(200):
        trees, alone = draw(64)
        optimiser.zero_grad()
        cross_entropy(model(trees), alone).backward()
        optimiser.step()
    trees, alone = draw(500)
    assert float((model(trees).argmax(1) == alone).float().mean()) > 0.9


def test_the_seed_fixes_the_weights_and_the_state_dict_carries_them():
    torch.manual_seed(5)
    one = TreeClassifier(3, 2, 4)
    torch.manual_seed(5)
    two = TreeClassifier(3, 2, 4)
    three = TreeClassifier(3, 2, 4)
    assert torch.equal(one(TREES), two(TREES))
    assert not torch.equal(one(TREES), three(TREES))
    three.load_state_dict(one.state_dict())
    assert torch.equal(one(TREES), three(TREES))


def test_wrong_sizes_and_trees_are_named():
    for sizes, name in (((0, 2, 3), "V"), ((4, 0, 3), "K"), ((4, 2, -1), "H")):
        with pytest.raises(ValueError, match=f"{name} must be at least 1; got {min(sizes)}"):
            TreeClassifier(*sizes)
    model = TreeClassifier(3, 2, 4)
    with pytest.raises(ValueError, match="a leaf must be from 0 to 2; got 3"):
        model([(0, 3)])
    with pytest.raises(ValueError, match="a node must have 2 children; got 3"):
        model([(0, 1, 2)])
