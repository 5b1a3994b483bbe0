"""Makes a class folder."""

import secrets
from pathlib import Path

from autograder.grading.class_folder import BadInput, ClassFolder

CONFIG_FILE = """\
# The class folder is an ordinary nbgrader course: nbgrader's own commands work in it.
from pathlib import Path

from autograder.nbgrader_config import configure

c = get_config()  # noqa: F821
# The seed is the class's secret: from it the inputs of the hidden checks are drawn.
# trusted=False falls back to stock nbgrader, which runs hidden tests inside the student's process.
configure(c, Path(__file__).parent, seed="{seed}", trusted=True)
# Limits of one submission, in seconds and MiB; then other limits for one unit:
# c.TrustedExecute.cell_seconds = 10
# c.TrustedExecute.call_seconds = 5
# c.TrustedExecute.submission_seconds = 300
# c.TrustedExecute.memory_mib = 3072
# c.TrustedExecute.file_mib = 64
# c.TrustedExecute.disk_mib = 256
# c.TrustedExecute.output_mib = 8
# c.TrustedExecute.processes = 64
# c.TrustedExecute.threads = 1024
# c.TrustedExecute.units = {{"u05_lstm": {{"cell_seconds": 20}}}}
# The gradebook is a SQLite file in this folder unless these lines name another one:
# c.CourseDirectory.db_url = "postgresql://user:password@host/gradebook"
# c.CourseDirectory.course_id = "rnn"  # PostgreSQL insists on a name
"""


def create_class(root: Path) -> ClassFolder:
    """Make a class folder.

    Raises:
        BadInput: if something is at that place already.
    """
    if root.exists() and any(root.iterdir() if root.is_dir() else [root]):
        raise BadInput(f"expected a new or empty folder; got {root}, which has something in it. Choose another name")
    for name in ("source", "release", "submitted", "exchange"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "nbgrader_config.py").write_text(CONFIG_FILE.format(seed=secrets.token_hex(16)))
    return ClassFolder(root)
