"""The Hopfield network: an associative memory."""

import numpy as np
from array_api_compat import device

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
    _require_signs("patterns", patterns)
    xp = array_namespace(patterns)
    N = patterns.shape[1]
    others = 1.0 - xp.eye(N, dtype=patterns.dtype, device=device(patterns))
    return (patterns.T @ patterns) / N * others


def energy(states: Float[Array, "B N"], W: Float[Array, "N N"]) -> Float[Array, "B"]:
    """Energy of each state. Every flip in `recall` lowers it.

        E = -½ sᵀ W s

    Args:
        states: (B, N), each entry 1 or -1.
        W: the weights, (N, N).

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
    states: Float[Array, "B N"], W: Float[Array, "N N"], rng: np.random.Generator, sweeps: int
) -> Float[Array, "B N"]:
    """Let the network settle: update one unit after another to the sign of its input.

        s_i ← sign(Σ_j w_ij s_j),   unchanged where the sum is 0

    Each sweep updates every unit once, in random order. Stops early after a sweep without a flip.

    Args:
        states: the initial states, (B, N), each entry 1 or -1.
        W: the weights, (N, N), symmetric, with zeros on the diagonal.
        rng: draws the order of updates, the same for all rows.
        sweeps: the maximum number of sweeps, at least 1.

    Returns:
        The final states, (B, N).

    Raises:
        ValueError: if shapes do not fit, a state has other entries, or sweeps is below 1.

    Reference: Hopfield (1982), doi:10.1073/pnas.79.8.2554.
    """
    N = W.shape[0]
    require_shape("W", W, (N, N))
    require_shape("states", states, ("B", N))
    _require_signs("states", states)
    if sweeps < 1:
        raise ValueError(f"sweeps must be at least 1; got {sweeps}")
    xp = array_namespace(states)
    units = xp.arange(N, device=device(states))
    for _ in range(sweeps):
        before = states
        for i in map(int, rng.permutation(N)):
            field = (states @ W[:, i])[:, None]
            updated = xp.where(field == 0, states, xp.sign(field))
            states = xp.where(units == i, updated, states)
        if bool(xp.all(states == before)):
            break
    return states


def _require_signs(name: str, array: Array) -> None:
    xp = array_namespace(array)
    if not bool(xp.all(xp.abs(array) == 1)):
        raise ValueError(f"{name} must be 1 and -1 only; got other entries")
