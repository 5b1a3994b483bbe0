"""The mean absolute scaled error of a forecast."""

from rnncore.functional.base.arrays import Array, Float, array_namespace, require_shape


def mase(
    forecast: Float[Array, " h"],
    actual: Float[Array, " h"],
    history: Float[Array, "N"],
    season: int = 1,
) -> float:
    """The mean absolute error of a forecast, relative to that of the naive forecast.

        MASE = mean |actual - forecast| / mean |history_t - history_{t - season}|

    Below 1, the errors are smaller than those of repeating the value of one season before, all
    through the history.

    Args:
        forecast: the forecast values, (h,).
        actual: the observed values, (h,).
        history: the training series, (N,), longer than a season.
        season: the period of the series in steps; 1 for none.

    Returns:
        The error, a number without unit.

    Raises:
        ValueError: if shapes do not fit, the history is not longer than a season, or the naive
            forecast makes no error on it.

    Reference: Hyndman and Koehler, Another Look at Measures of Forecast Accuracy (2006),
        doi:10.1016/j.ijforecast.2006.03.001.
    """
    require_shape("forecast", forecast, ("h",))
    require_shape("actual", actual, tuple(forecast.shape))
    require_shape("history", history, ("N",))
    if season < 1 or history.shape[0] <= season:
        raise ValueError(f"history must be longer than a season, {season}; got {history.shape[0]}")
    xp = array_namespace(forecast)
    naive = float(xp.mean(xp.abs(history[season:] - history[:-season])))
    if naive == 0.0:
        raise ValueError("history must not repeat itself exactly; the naive forecast has no error")
    return float(xp.mean(xp.abs(actual - forecast))) / naive
