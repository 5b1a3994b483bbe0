"""Makes a class folder."""

import os
import re
import secrets
import shutil
from pathlib import Path

from autograder.grading.class_folder import SHARED_UMASK, BadInput, ClassFolder, require_plain_path

CONFIG_FILE = """\
# The class folder is an ordinary nbgrader course: nbgrader's own commands work in it.
from pathlib import Path

from autograder.nbgrader_config import configure

c = get_config()  # noqa: F821
# The class's secret, from which the inputs of the hidden checks are drawn, is in the file seed.txt.
# trusted=False falls back to stock nbgrader, which runs hidden tests inside the student's process.
# shared=True lets the group of this folder grade: all files that are made here can then be written by it.
configure(c, Path(__file__).parent, trusted=True, shared={shared})
# The name of the course in nbgrader's exchange, and in the gradebook. It must stay once students have grades.
c.CourseDirectory.course_id = "{course_id}"
# Students on this machine cannot look into this folder; the exchange with them must be elsewhere:
{exchange}
# The first cell of notebooks that are released from now on takes the course's package from the wheel beside it:
{wheel_beside}
# Limits of one submission, in seconds and MiB; then other limits for one unit:
# c.TrustedExecute.cell_seconds = 10
# c.TrustedExecute.call_seconds = 5
# c.TrustedExecute.submission_seconds = 300
# c.TrustedExecute.memory_mib = 3072
# c.TrustedExecute.file_mib = 64
# c.TrustedExecute.disk_mib = 256
# c.TrustedExecute.files = 20_000
# c.TrustedExecute.output_mib = 8
# c.TrustedExecute.processes = 64
# c.TrustedExecute.threads = 1024
# c.TrustedExecute.units = {{"u05_lstm": {{"cell_seconds": 20}}}}
# The gradebook is a SQLite file in this folder unless these lines name another one:
# c.CourseDirectory.db_url = "postgresql://user:password@host/gradebook"
"""


def create_class(
    root: Path, group: str | None = None, exchange: Path | None = None, course: str | None = None
) -> ClassFolder:
    """Make a class folder that nobody else on this machine can look into.

    Args:
        root: the folder.
        group: the unix group of those who grade together, if there are several.
        exchange: the folder of nbgrader's exchange with the students, if there is one.
        course: the name of the course there; by default that of the class folder.

    Raises:
        BadInput: if something is at that place already, if its path has signs that mean something else, if the folder
            cannot be given to the group, or if the name of the course is none that nbgrader takes, or if students could
            not enter the exchange.
    """
    course = course or _course_id(root)
    if not re.fullmatch(r"[\w.-]+", course, re.ASCII):
        raise BadInput(f"expected a course of letters, digits, dots, dashes and underscores; got {course!r}")
    if root.exists() and any(root.iterdir() if root.is_dir() else [root]):
        raise BadInput(f"expected a new or empty folder; got {root}, which has something in it. Choose another name")
    require_plain_path(root.resolve())
    if exchange and exchange.resolve().is_relative_to(root.resolve()):
        raise BadInput(
            f"expected an exchange outside of {root}, into which students cannot look; got {exchange}. Choose a folder "
            "that all users can enter, such as /srv/nbgrader/exchange"
        )
    root.mkdir(parents=True, exist_ok=True)
    if group is None:
        root.chmod(0o700)
    else:
        _give_to(root, group)
        os.umask(SHARED_UMASK)
        root.chmod(0o2770)
    for name in ("source", "release", "submitted", "exchange"):
        (root / name).mkdir()
    wheel_beside = f"{'' if exchange else '# '}c.RequirePackage.wheel_beside = True"
    place = (
        f"c.Exchange.root = {str(exchange.resolve())!r}" if exchange else '# c.Exchange.root = "/srv/nbgrader/exchange"'
    )
    (root / "nbgrader_config.py").write_text(
        CONFIG_FILE.format(shared=group is not None, course_id=course, exchange=place, wheel_beside=wheel_beside)
    )
    seed = root / "seed.txt"
    seed.touch(0o600 if group is None else 0o660)
    seed.write_text(f"{secrets.token_hex(16)}\n")
    return ClassFolder(root)


def _course_id(root: Path) -> str:
    return re.sub(r"\W+", "-", root.resolve().name).strip("-") or "course"


def _give_to(root: Path, group: str) -> None:
    try:
        shutil.chown(root, group=group)
    except (LookupError, PermissionError) as error:
        raise BadInput(f"expected a group of this machine that you are in; got {group!r}") from error
