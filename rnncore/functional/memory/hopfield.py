"""The Hopfield network: an associative memory."""

import numpy as np
from array_api_compat import device
from jaxtyping import Int

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape


def hopfield_train(patterns: Float[Array, "P N"]) -> Float[Array, "N N"]:
    """Store patterns by Hebb's rule: units that agree in a pattern reinforce each other.

        W = (1/N) Σ_p x_p x_pᵀ,   with zeros on the diagonal

    About 0.138 N random patterns can be stored; beyond that, all are lost.

    Args:
        patterns: (P, N), each entry 1 or -1.

    Returns:
        The weights, (N, N), symmetric.

    Raises:
        ValueError: if patterns is not (P, N), or has other entries.

    Reference: Hopfield, Neural Networks and Physical Systems with Emergent Collective Computational
        Abilities (1982), doi:10.1073/pnas.79.8.2554; capacity: Amit, Gutfreund and Sompolinsky
        (1985), doi:10.1103/PhysRevLett.55.1530.
    """
    require_shape("patterns", patterns, ("P", "N"))
    xp = array_namespace(patterns)
    if not bool(xp.all(xp.abs(patterns) == 1)):
        raise ValueError("patterns must be 1 and -1 only; got other entries")
    N = patterns.shape[1]
    others = 1.0 - xp.eye(N, dtype=patterns.dtype, device=device(patterns))
    return (patterns.T @ patterns) / N * others


def energy(states: Float[Array, "B N"], W: Float[Array, "N N"]) -> Float[Array, "B"]:
    """Energy of each state. Every flip in `recall` lowers it.

        E = -½ sᵀ W s

    Args:
        states: (B, N), each entry 1 or -1.
        W: the weights, (N, N), symmetric, with zeros on the diagonal.

    Returns:
        The energy of each state, (B,).

    Raises:
        ValueError: if shapes do not fit.

    Reference: Hopfield (1982), doi:10.1073/pnas.79.8.2554.
    """
    N = W.shape[0]
    require_shape("W", W, (N, N))
    require_shape("states", states, ("B", N))
    return -0.5 * array_namespace(states).sum((states @ W) * states, axis=1)


def recall(
    states: Float[Array, "B N"], W: Float[Array, "N N"], order: Int[np.ndarray, "M"]
) -> Float[Array, "B N"]:
    """Let the network settle: update one unit after another to the sign of its input.

        s_i ← sign(Σ_j w_ij s_j),   unchanged where the sum is 0

    Each update sees those before it. Once all units have been updated without a flip, the state
    stays.

    Args:
        states: the initial states, (B, N), each entry 1 or -1.
        W: the weights, (N, N), symmetric, with zeros on the diagonal.
        order: the units to update, one after another, the same for all rows, (M,): units are
            counted from 0, and may be updated several times or not at all.

    Returns:
        The final states, (B, N).

    Raises:
        ValueError: if shapes do not fit, a state has other entries, or there is no such unit.

    Reference: Hopfield (1982), doi:10.1073/pnas.79.8.2554.
    """
    N = W.shape[0]
    require_shape("W", W, (N, N))
    require_shape("states", states, ("B", N))
    require_shape("order", order, ("M",))
    xp = array_namespace(states)
    if not bool(xp.all(xp.abs(states) == 1)):
        raise ValueError("states must be 1 and -1 only; got other entries")
    if np.any((order < 0) | (order >= N)):
        raise ValueError(f"order must name units 0 to {N - 1}; got {np.unique(order)}")
    units = xp.arange(N, device=device(states))
    for i in map(int, order):
        field = (states @ W[:, i])[:, None]
        updated = xp.where(field == 0, states, xp.sign(field))
        states = xp.where(units == i, updated, states)
    return states
