"""Delay taps: the finding holds for least squares, and for no model that sees less or peeks."""

from rnncore.experiments.delay_taps import measure_delay_taps
from rnncore.tasks.forecasts import fit_ar
from rnncore.tasks.windows import make_windows


def test_least_squares_falls_off_the_cliff_where_it_should():
    found = measure_delay_taps(fit_ar, make_windows, (0,), taps=(1, 2, 5, 6, 7), lags=(6,), N=2000)
    assert found.holds
    assert found.echo.shape == (1, 1, 5)
    found.figure().canvas.draw()
    assert "echo after 6" in str(found)


def test_a_model_that_drops_its_oldest_tap_does_not_reach_the_floor():
    def forgetful(series, p):
        model = fit_ar(series, p)
        model.weights[0] = 0.0
        return model

    assert not measure_delay_taps(forgetful, make_windows, (0,), taps=(5, 6, 7), lags=(6,), N=2000).holds
