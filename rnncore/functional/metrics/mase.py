"""The mean absolute scaled error of a forecast."""

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape


def mase(
    forecast: Float[Array, "N"],
    actual: Float[Array, "N"],
    history: Float[Array, "M"],
    season: int = 1,
) -> float:
    """How large the errors are, compared with those of the naive forecast on known data.

        MASE = mean |actual - forecast| / mean |history_t - history_{t - season}|

    Below 1, its errors are smaller than those that come of repeating, all through the history, the
    value of one season before.

    Args:
        forecast: what was forecast, (N,).
        actual: what came, (N,).
        history: the series that the forecaster was trained on, (M,), longer than a season.
        season: after how many steps the series repeats itself; 1 for none.

    Returns:
        The error, a number without unit.

    Raises:
        ValueError: if shapes do not fit, the history is not longer than a season, or in it the
            naive forecast makes no error to compare with.

    Reference: Hyndman and Koehler, Another Look at Measures of Forecast Accuracy (2006),
        doi:10.1016/j.ijforecast.2006.03.001.
    """
    require_shape("forecast", forecast, ("N",))
    require_shape("actual", actual, tuple(forecast.shape))
    require_shape("history", history, ("M",))
    if season < 1 or history.shape[0] <= season:
        raise ValueError(f"history must be longer than a season, {season}; got {history.shape[0]}")
    xp = array_namespace(forecast)
    naive = float(xp.mean(xp.abs(history[season:] - history[:-season])))
    if naive == 0.0:
        raise ValueError("history must not repeat itself exactly; the naive forecast has no error")
    return float(xp.mean(xp.abs(actual - forecast))) / naive
