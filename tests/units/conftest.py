"""What tests of the units share."""

import shutil
from collections.abc import Iterator

import pytest

from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import all_units
from autograder.sandbox.session import Session
from autograder.sandbox.walls import Limits


@pytest.fixture(scope="module")
def walled(tmp_path_factory) -> Iterator[Session]:
    """A sandbox with the student edition of the last unit, which has the modules of all."""
    if shutil.which("bwrap") is None:
        pytest.skip("needs bwrap (bubblewrap), which is missing")
    wheel = build_wheel(all_units()[-1], tmp_path_factory.mktemp("wheel"))
    with Session(wheel, Limits(submission_seconds=600.0)) as session:
        yield session
