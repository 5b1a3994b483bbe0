"""Linear recurrences by a parallel scan."""

from rnncore.functional.base.arrays import (
    Array,
    Float,
    array_namespace,
    concat,
    require_shape,
    stack,
)


def linear_recurrence(
    a: Float[Array, "B T H"], b: Float[Array, "B T H"], h_0: Float[Array, "B H"]
) -> Float[Array, "B T H"]:
    """Solve a linear recurrence at all steps at once.

        h_t = a_t h_{t-1} + b_t,   t = 1 ... T

    Two consecutive steps are one step of the same form: h_t = (a_t a_{t-1}) h_{t-2} + (a_t b_{t-1}
    + b_t). So a sequence of T steps is folded into one of T/2, which is solved in the same way, and
    the skipped steps follow from their neighbours: 2 log₂ T rounds on whole arrays instead of T
    small ones, and about three times the products of the loop.

    Args:
        a: the factors of the previous state, (B, T, H), T at least 1. They are multiplied with one
            another: where products of them overflow the result is NaN, even if no state does.
        b: the terms added at each step, (B, T, H).
        h_0: the state before the first step, (B, H).

    Returns:
        The states of all steps, (B, T, H).

    Raises:
        ValueError: if shapes do not fit, or there is no step.

    Reference: Blelloch, Prefix Sums and Their Applications (1990); Martin and Cundy, Parallelizing
        Linear Recurrent Neural Nets Over Sequence Length (2018), arXiv:1709.04057.
    """
    require_shape("a", a, ("B", "T", "H"))
    require_shape("b", b, tuple(a.shape))
    require_shape("h_0", h_0, (a.shape[0], a.shape[2]))
    if a.shape[1] == 0:
        raise ValueError(f"a must have at least one step; got shape {tuple(a.shape)}")
    first = h_0[:, None, :]

    def solve(a: Array, b: Array) -> Array:
        B, T, H = a.shape
        if T == 1:
            return a * first + b
        half = T // 2
        a_even, b_even, a_odd, b_odd = a[:, 0::2], b[:, 0::2], a[:, 1::2], b[:, 1::2]
        h_odd = solve(a_odd * a_even[:, :half], a_odd * b_even[:, :half] + b_odd)
        h_even = a_even * concat([first, h_odd], axis=1)[:, : T - half] + b_even
        woven = stack([h_even[:, :half], h_odd], axis=2)
        woven = array_namespace(b).reshape(woven, (B, 2 * half, H))
        return concat([woven, h_even[:, half:]], axis=1) if T % 2 else woven

    return solve(a, b)
