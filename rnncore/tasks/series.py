"""Two measured series: spots on the sun, and carbon dioxide in the air."""

from typing import Any

import numpy as np
from statsmodels.datasets import co2 as _co2
from statsmodels.datasets import sunspots as _sunspots


def sunspots() -> tuple[np.ndarray, np.ndarray]:
    """The yearly number of sunspots, which comes and goes in about 11 years.

    Returns:
        The years 1700 ... 2008, (309,), int64, and the numbers, (309,), float64.

    Reference: SIDC, Royal Observatory of Belgium; as it comes with statsmodels.
    """
    table: Any = _sunspots.load_pandas().data
    return table["YEAR"].to_numpy(np.int64), table["SUNACTIVITY"].to_numpy(np.float64)


def co2() -> tuple[np.ndarray, np.ndarray]:
    """Carbon dioxide at Mauna Loa month by month: it breathes with the year, and rises.

    The means of the weekly measurements; the few months without any are filled in on a straight
    line between their neighbours.

    Returns:
        The months since March 1958 as years with a fraction, (526,), float64, and the
        concentration in parts per million, (526,), float64.

    Reference: Keeling and Whorf, Atmospheric CO2 Records from Sites in the SIO Air Sampling Network
        (2004); as it comes with statsmodels.
    """
    weekly: Any = _co2.load_pandas().data
    monthly = weekly["co2"].resample("MS").mean()
    months = monthly.index.year.to_numpy() + (monthly.index.month.to_numpy() - 1) / 12.0
    values = monthly.to_numpy(np.float64)
    known = np.isfinite(values)
    return months, np.interp(months, months[known], values[known])
