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


def test_validate_passes_over_what_trains(shell, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    prepare_notebook()
    shell.run_cell("trained = measure_adding(adding_problem)", store_history=False)
    assert "Validate does not run" in capsys.readouterr().out
    shell.run_cell("from rnncore.experiments.adding import measure_adding\nsmall = 1 + 1", store_history=False)
    assert shell.user_ns["small"] == 2


def test_outside_of_validate_everything_runs(shell, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    prepare_notebook()
    shell.run_cell("def measure_it(): return 3\nfound = measure_it()", store_history=False)
    assert shell.user_ns["found"] == 3
