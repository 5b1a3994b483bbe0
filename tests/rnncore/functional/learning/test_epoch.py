"""A pass over a corpus. Oracle: torch's modules, its optimiser and its clipping."""

import numpy as np
import pytest
import torch

from rnncore.functional.base import leaves
from rnncore.functional.cells import init_rnn_state, rnn_to_torch
from rnncore.functional.learning import Settings, run_epoch
from rnncore.functional.sequence import embedding_backward, embedding_forward
from rnncore.lab.clinic import init_tagger_params, make_tagger, sentence_batches

V, D, H, K, B = 6, 3, 4, 3, 2


class _Tagger(torch.nn.Module):
    """torch's embedding, RNN and readout, with the same weights."""

    def __init__(self, weights):
        super().__init__()
        self.embedding = torch.nn.Embedding(V, D).double()
        self.rnn = torch.nn.RNN(D, H, batch_first=True).double()
        self.rnn.bias_hh_l0 = torch.nn.Parameter(torch.zeros(H).double(), requires_grad=False)
        self.readout = torch.nn.Linear(H, K).double()
        with torch.no_grad():
            self.embedding.weight.copy_(torch.tensor(weights.W_e))
            for name, array in rnn_to_torch(weights.cell).items():
                getattr(self.rnn, name).copy_(torch.tensor(array))
            self.readout.weight.copy_(torch.tensor(weights.out.W_y.T))
            self.readout.bias.copy_(torch.tensor(weights.out.b_y))


def _corpus(rng):
    lengths = (3, 5, 1, 4)
    ids = [list(rng.integers(1, V, size=n)) for n in lengths]
    tags = [list(rng.integers(0, K, size=n)) for n in lengths]
    return sentence_batches(ids, tags, B, H, rng)


@pytest.mark.parametrize("max_norm", [0.05, 100.0])
@pytest.mark.parametrize("training", [True, False])
def test_an_epoch_is_torchs(rng, training, max_norm):
    weights, batches = init_tagger_params(V, D, H, K, rng), _corpus(rng)
    how = Settings(learning_rate=0.7, max_norm=max_norm, dropout=0.3)
    network = make_tagger(embedding_forward, embedding_backward)
    losses, moved = run_epoch(network, batches, weights, init_rnn_state(B, H), how, training)
    tagger = _Tagger(weights)
    learned = [p for p in tagger.parameters() if p.requires_grad]
    optimiser, wanted = torch.optim.SGD(learned, lr=how.learning_rate), []
    for batch in batches:
        hs, _ = tagger.rnn(tagger.embedding(torch.tensor(batch.ids.T)))
        keep = torch.tensor(batch.noise >= how.dropout) / (1 - how.dropout) if training else 1.0
        mask = torch.tensor(batch.mask.T)
        scores = tagger.readout(keep * hs)[mask]
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(batch.tags.T)[mask])
        wanted.append(loss.item())
        if training:
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, max_norm)
            optimiser.step()
    assert np.allclose([float(loss) for loss in losses], wanted, rtol=1e-6)
    assert np.allclose(moved.W_e, tagger.embedding.weight.detach(), rtol=1e-5, atol=1e-7)
    assert np.allclose(moved.out.W_y, tagger.readout.weight.detach().T, rtol=1e-5, atol=1e-7)
    assert np.allclose(moved.cell.W_h, tagger.rnn.weight_hh_l0.detach().T, rtol=1e-5, atol=1e-7)
    changed = any(not np.array_equal(a, b) for a, b in zip(leaves(moved), leaves(weights), strict=True))
    assert changed == training
