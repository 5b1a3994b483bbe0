"""Laws that hold for every cell, on sizes and lengths that nobody picked."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncore.functional.base import linear_recurrence, log_softmax, map_tree
from rnncore.functional.cells import CELLS, min_gru_scan
from rnncore.functional.decoding import ctc_loss
from rnncore.functional.learning import relative_error, sequence_cross_entropy
from rnncore.functional.sequence import (
    bidirectional,
    length_mask,
    reverse_padded,
    unroll,
    unroll_padded,
)

OPTIONS = {"clockwork": {"periods": (1, 3)}}
"""Arguments that a cell's step needs beyond x, state and params."""
STEPS = {name: partial(cell.step, **OPTIONS.get(name, {})) for name, cell in CELLS.items() if not cell.reads_cell_below}

sizes = st.integers(1, 4)
seeds = st.integers(0, 2**32 - 1)
quickly = settings(max_examples=15, deadline=None, derandomize=True, database=None)


@st.composite
def ragged(draw):
    """A generator, sequences and their lengths."""
    rng = np.random.default_rng(draw(seeds))
    B, T, D = draw(sizes), draw(st.integers(1, 7)), draw(sizes)
    lengths = draw(st.lists(st.integers(1, T), min_size=B, max_size=B))
    return rng, rng.normal(size=(B, T, D)), lengths


def _cell(name, rng, B, D):
    """A step, a state and weights, for H that two modules divide."""
    H = 2 * int(rng.integers(1, 3))
    empty = CELLS[name].init_state(B, H)
    state = empty._replace(**{part: rng.normal(size=(B, H)) for part in CELLS[name].state_parts})
    return STEPS[name], state, CELLS[name].init_params(D, H, rng)


def _rows(state, b):
    return map_tree(lambda leaf: leaf[b : b + 1] if isinstance(leaf, np.ndarray) else leaf, state)


def _same(a, b):
    return relative_error(a, b) < 1e-12


@pytest.mark.parametrize("name", STEPS)
@quickly
@given(case=ragged())
def test_a_row_of_a_padded_batch_is_the_sequence_alone(name, case):
    """Batching and padding change nothing, and what the padding holds neither."""
    rng, xs, lengths = case
    step, state, params = _cell(name, rng, xs.shape[0], xs.shape[2])
    filled = np.where(length_mask(lengths, xs)[:, :, None], xs, rng.normal(scale=1e3, size=xs.shape))
    hs, last, _ = unroll_padded(step, filled, state, params, lengths)
    for b, n in enumerate(lengths):
        alone, end, _ = unroll(step, xs[b : b + 1, :n], _rows(state, b), params)
        assert _same(hs[b, :n], alone[0])
        assert not np.any(hs[b, n:])
        assert _same(last.h[b], end.h[0])


@pytest.mark.parametrize("name", STEPS)
@quickly
@given(case=ragged(), cut=st.integers(1, 6))
def test_a_state_carried_over_joins_two_chunks(name, case, cut):
    rng, xs, _ = case
    step, state, params = _cell(name, rng, xs.shape[0], xs.shape[2])
    whole, last, _ = unroll(step, xs, state, params)
    cut = min(cut, xs.shape[1])
    front, middle, _ = unroll(step, xs[:, :cut], state, params)
    assert _same(front, whole[:, :cut])
    if cut < xs.shape[1]:
        back, middle, _ = unroll(step, xs[:, cut:], middle, params)
        assert _same(back, whole[:, cut:])
    assert _same(middle.h, last.h)


@pytest.mark.parametrize("name", STEPS)
@quickly
@given(case=ragged())
def test_reversing_time_and_swapping_directions_reverses_and_swaps_halves(name, case):
    rng, xs, lengths = case
    B, _, D = xs.shape
    step, state, params = _cell(name, rng, B, D)
    H = state.h.shape[1]
    other_state, other = state, CELLS[name].init_params(D, H, rng)
    hs, ends, _ = bidirectional(step, xs, (state, other_state), (params, other), lengths)
    turned = reverse_padded(xs, lengths)
    swapped, swapped_ends, _ = bidirectional(step, turned, (other_state, state), (other, params), lengths)
    back = reverse_padded(swapped, lengths)
    assert np.array_equal(hs, np.concatenate([back[:, :, H:], back[:, :, :H]], axis=2))
    assert np.array_equal(ends[0].h, swapped_ends[1].h)
    assert np.array_equal(ends[1].h, swapped_ends[0].h)


@quickly
@given(case=ragged())
def test_reversing_twice_changes_nothing(case):
    _, xs, lengths = case
    assert np.array_equal(reverse_padded(reverse_padded(xs, lengths), lengths), xs)


@settings(quickly, max_examples=60)
@given(seed=seeds, B=sizes, T=st.integers(1, 200), H=sizes)
def test_the_scan_is_the_loop(seed, B, T, H):
    rng = np.random.default_rng(seed)
    a, b, h = rng.uniform(-1.0, 1.0, size=(B, T, H)), rng.normal(size=(B, T, H)), rng.normal(size=(B, H))
    scanned = linear_recurrence(a, b, h)
    for t in range(T):
        h = a[:, t] * h + b[:, t]
        assert np.allclose(scanned[:, t], h, rtol=1e-12, atol=1e-12)


@quickly
@given(case=ragged())
def test_scanned_chunks_join(case):
    rng, xs, _ = case
    _, state, params = _cell("min_gru", rng, xs.shape[0], xs.shape[2])
    whole, last = min_gru_scan(xs, state, params)
    for t in range(xs.shape[1]):
        hs, state = min_gru_scan(xs[:, t : t + 1], state, params)
        assert _same(hs[:, 0], whole[:, t])
    assert _same(state.h, last.h)


@quickly
@given(case=ragged())
def test_a_batch_costs_the_mean_of_its_steps(case):
    """Each row alone, weighted with its length: padding and batching do not enter the loss."""
    rng, xs, lengths = case
    B, T, K = xs.shape
    targets = rng.integers(0, K, size=(B, T))
    loss = sequence_cross_entropy(xs, targets, length_mask(lengths, xs))
    alone = [
        n * float(sequence_cross_entropy(xs[b : b + 1, :n], targets[b : b + 1, :n], np.ones((1, n), bool)))
        for b, n in enumerate(lengths)
    ]
    assert float(loss) == pytest.approx(sum(alone) / sum(lengths), rel=1e-12)


@quickly
@given(case=ragged())
def test_ctc_reads_the_same_backwards(case):
    """The paths of the reversed labels are the reversed paths."""
    rng, xs, lengths = case
    log_probs = log_softmax(np.concatenate([xs, np.zeros((*xs.shape[:2], 2))], axis=2))
    L = 3
    targets = rng.integers(1, log_probs.shape[2], size=(xs.shape[0], L))
    target_lengths = [min(L, n // 2) for n in lengths]
    ahead = ctc_loss(log_probs, targets, lengths, target_lengths)
    turned = reverse_padded(targets[:, :, None], target_lengths)[:, :, 0]
    back = ctc_loss(reverse_padded(log_probs, lengths), turned, lengths, target_lengths)
    assert np.all(np.isfinite(ahead))
    assert np.allclose(ahead, back, rtol=1e-9, atol=1e-12)
