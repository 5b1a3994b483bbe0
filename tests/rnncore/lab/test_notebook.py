"""What a unit's notebook does in a real IPython."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from rnncore.lab.notebook import prepare_notebook


class Shell(InteractiveShell):
    """Keeps the errors that it shows."""

    def init_history(self):
        self.history_manager = None

    def _showtraceback(self, etype, evalue, stb):
        self.shown = stb


@pytest.fixture
def shell():
    InteractiveShell.clear_instance()
    shell = Shell.instance()
    yield shell
    Shell.clear_instance()


def test_a_cell_says_which_exercise_it_waits_for(shell):
    prepare_notebook()
    result = shell.run_cell("def lstm_step():\n    raise NotImplementedError()\n\nlstm_step()", store_history=False)
    assert not result.success
    assert shell.shown == ["NotImplementedError: This cell waits for `lstm_step`: it is not written yet."]


def test_a_cell_that_needs_what_another_would_make_says_so_too(shell):
    prepare_notebook()
    for cell in (
        "def lstm_step():\n    raise NotImplementedError()",
        "hs = lstm_step()",
        "def lstm_forward():\n    return hs",
        "first, *rest = hs",
    ):
        shell.run_cell(cell, store_history=False)
    said = "NotImplementedError: This cell needs `{}` of a cell above, which waits for `lstm_step`."
    assert shell.shown == [said.format("hs")]
    shell.run_cell("print(rest)", store_history=False)
    assert shell.shown == [said.format("rest")]
    for other in ("print(unheard_of)", "lstm_forward()"):
        shell.run_cell(other, store_history=False)
        assert "Traceback" in "\n".join(shell.shown), "an error of the student's own is shown as it is"
    shell.run_cell("hs = [1, 2]\nfirst, *rest = hs", store_history=False)
    assert shell.user_ns["rest"] == [2]


def test_validate_passes_over_what_trains(shell, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    prepare_notebook()
    shell.run_cell("trained = measure_adding(adding_problem)", store_history=False)
    assert "Validate does not run" in capsys.readouterr().out
    shell.run_cell("from rnncore.experiments.adding import measure_adding\nsmall = 1 + 1", store_history=False)
    assert shell.user_ns["small"] == 2


def test_validate_runs_what_students_call_a_measurement(shell, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    prepare_notebook()
    shell.run_cell("def measure_gap(a):\n    return a + 1", store_history=False)
    shell.run_cell("def lstm_step(x):\n    return measure_gap(x)", store_history=False)
    shell.run_cell("def measure_it():\n    return 4\n\nfound = measure_it()", store_history=False)
    assert (shell.user_ns["lstm_step"](1), shell.user_ns["found"]) == (2, 4)
    shell.run_cell("found = measure_gap(1) + len(measure_adding())", store_history=False)
    assert "Validate does not run" in capsys.readouterr().out


def test_outside_of_validate_everything_runs(shell, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    prepare_notebook()
    shell.run_cell("def measure_it(): return 3\nfound = measure_it()", store_history=False)
    assert shell.user_ns["found"] == 3
