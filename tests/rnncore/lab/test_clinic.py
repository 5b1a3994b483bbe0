"""The tagger made of equations, and its patient. Oracle: finite differences, and the sound loop."""

import numpy as np
import pytest

from rnncore.functional.cells import init_rnn_state
from rnncore.functional.learning import SentenceBatch, Settings, gradient_check, run_epoch
from rnncore.functional.sequence import embedding_backward, embedding_forward
from rnncore.lab.clinic import TaggerParams, init_tagger_params, make_tagger, sentence_batches, sick_epoch

V, D, H, K = 5, 2, 3, 4
PLAIN = Settings(learning_rate=0.5, max_norm=1e6, dropout=0.0)


def test_the_taggers_gradients_agree_with_differences(rng):
    network, weights = make_tagger(embedding_forward, embedding_backward), init_tagger_params(V, D, H, K, rng)
    ids, state = rng.integers(0, V, size=(2, 4)), init_rnn_state(2, H)
    keep, dscores = 2.0 * (rng.random((2, 4, H)) < 0.5), rng.normal(size=(2, 4, K))
    _, _, cache = network.forward(ids, state, weights, keep)
    gradients = network.backward(dscores, cache)
    assert isinstance(gradients, TaggerParams)

    def loss(_):
        return float(np.sum(dscores * network.forward(ids, state, weights, keep)[0]))

    names = ("W_e", "W_x", "W_h", "b", "W_y", "b_y")
    given, derived = (dict(zip(names, (tree.W_e, *tree.cell, *tree.out), strict=True)) for tree in (weights, gradients))
    assert max(gradient_check(loss, given, derived).values()) < 1e-7


def test_batches_have_time_first_and_every_sentence_at_most_once(rng):
    ids = [[n] * n for n in (1, 2, 3, 4, 4)]
    batches = sentence_batches(ids, ids, 2, H, rng)
    assert len(batches) == 2
    for batch in batches:
        T = len(batch.ids)
        assert batch.ids.shape == batch.tags.shape == batch.mask.shape == (T, 2)
        assert batch.noise.shape == (2, T, H)
        assert np.array_equal(batch.mask.sum(axis=0), batch.ids[0])
        assert np.all((batch.ids > 0) == batch.mask)


FAULTS = {
    "padding": ([[2]], PLAIN, False),
    "leak": ([[4], [4]], PLAIN, False),
    "view": ([[4, 4, 4]], PLAIN, False),
    "clipping": ([[4], [4]], PLAIN._replace(max_norm=0.01), True),
    "evaluation": ([[4]], PLAIN._replace(dropout=0.5), False),
}


def _ward(lengths, rng):
    made = []
    for row in lengths:
        mask = np.arange(4)[:, None] < np.array(row)
        ids, tags = rng.integers(1, V, size=mask.shape), rng.integers(0, K, size=mask.shape)
        made.append(SentenceBatch(ids * mask, tags, mask, rng.random((len(row), 4, H))))
    return made


@pytest.mark.parametrize("fault", FAULTS)
def test_the_patient_has_each_of_five_faults(rng, fault):
    lengths, settings, training = FAULTS[fault]
    network, weights = make_tagger(embedding_forward, embedding_backward), init_tagger_params(V, D, H, K, rng)
    given = network, _ward(lengths, rng), weights, init_rnn_state(len(lengths[0]), H), settings, training
    sick, sound = (epoch(*given)[0] for epoch in (sick_epoch, run_epoch))
    assert not np.allclose(sick, sound, rtol=1e-3)


def test_without_occasion_the_patient_looks_healthy(rng):
    """One sentence without padding, no dropout, no limit: not one of the faults can show."""
    network, weights = make_tagger(embedding_forward, embedding_backward), init_tagger_params(V, D, H, K, rng)
    given = network, _ward([[4]], rng), weights, init_rnn_state(1, H), PLAIN, True
    (sick,), sick_weights = sick_epoch(*given)
    (sound,), sound_weights = run_epoch(*given)
    assert sick == pytest.approx(sound)
    assert np.allclose(sick_weights.W_e, sound_weights.W_e)
