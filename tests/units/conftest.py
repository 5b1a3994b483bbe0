"""What tests of the units share."""

import shutil
from collections.abc import Iterator

import pytest

from autograder.sandbox.session import Session
from autograder.sandbox.walls import Limits


@pytest.fixture(scope="module")
def walled(full_wheel) -> Iterator[Session]:
    """A sandbox with all of rnncore, for references and mistakes of every unit."""
    if shutil.which("bwrap") is None:
        pytest.skip("needs bwrap (bubblewrap), which is missing")
    with Session(full_wheel, Limits(submission_seconds=600.0)) as session:
        yield session
