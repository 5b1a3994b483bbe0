"""How a unit's notebook behaves: open exercises are named, and Validate trains nothing."""

import os
import re
import sys
import traceback
from types import TracebackType
from typing import Any

_TRAINS = re.compile(r"(?<!def )\bmeasure_\w+\(")
_NOT_RUN = 'print("An experiment, which Validate does not run: it is not graded.")\n'


def prepare_notebook() -> None:
    """Prepare the running IPython, if there is one.

    A cell that calls an unwritten exercise says which one it waits for, in place of a traceback.
    While nbgrader validates a notebook, cells that train networks are passed over and say so.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return
    shell.set_custom_exc((NotImplementedError,), _name_what_is_open)
    if os.environ.get("NBGRADER_EXECUTION") == "validate":
        shell.input_transformers_cleanup.append(_pass_over_experiments)


def _name_what_is_open(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    function = traceback.extract_tb(trace)[-1].name
    said = str(error) or "it is not written yet"
    message = f"This cell waits for `{function}`: {said}."
    shell._showtraceback(kind, NotImplementedError(message), [f"NotImplementedError: {message}"])


def _pass_over_experiments(lines: list[str]) -> list[str]:
    return [_NOT_RUN] if any(map(_TRAINS.search, lines)) else lines
