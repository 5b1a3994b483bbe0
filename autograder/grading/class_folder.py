"""A class folder: where its files are, how it is configured, and the lock that one grading run holds."""

import fcntl
import os
import re
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import Config, PyFileConfigLoader

SHARED_UMASK = 0o007
"""For a class with several graders: files can be written by their group and are closed to everybody else."""
TURN_SECONDS = 60.0
"""How long a command waits for others of the same class, which take a turn of seconds each."""
_SPECIAL = re.compile(r"[?*\[\]]|%[0-9A-Fa-f]{2}")
_turns: set[Path] = set()


class BadInput(Exception):
    """A request that cannot be met; the message says what was expected, what came and what to do."""


class ClassFolder:
    """A folder that is an ordinary nbgrader course.

    Attributes:
        root: the folder.
        config: the configuration that nbgrader_config.py makes.
        directory: nbgrader's own view of the folder and its gradebook.
    """

    def __init__(self, root: Path, sandbox: bool = True):
        """
        Args:
            root: the folder that `rnncourse init` made.
            sandbox: False runs submissions without walls.

        Raises:
            BadInput: if it is not a class folder, if its settings cannot be read, or if its gradebook needs a course id
                that it does not have.
        """
        self.root = root.resolve()
        if not (self.root / "nbgrader_config.py").is_file():
            raise BadInput(
                f"expected a class folder, with nbgrader_config.py; got {root.resolve()}. "
                "Run this in the class folder, or make one with `rnncourse init CLASS`"
            )
        require_plain_path(self.root)
        self.config = _read_settings(self.root / "nbgrader_config.py")
        self.config.CourseDirectory.root = str(self.root)
        self.config.TrustedExecute.sandbox = sandbox
        self.directory = CourseDirectory(config=self.config)
        if not self.directory.course_id and not self.directory.db_url.startswith("sqlite:"):
            raise BadInput(
                f"expected a name for the course, as this gradebook insists on one; {self.root / 'nbgrader_config.py'} "
                'has none. Add a line such as c.CourseDirectory.course_id = "rnn"'
            )
        if self.directory.groupshared:
            os.umask(SHARED_UMASK)

    def source(self, unit: str) -> Path:
        return self.root / "source" / unit / f"{unit}.ipynb"

    def release_folder(self, unit: str) -> Path:
        return self.root / "release" / unit

    def release_notebook(self, unit: str) -> Path:
        return self.release_folder(unit) / f"{unit}.ipynb"

    def submission(self, unit: str, student: str) -> Path:
        return self.root / "submitted" / student / unit / f"{unit}.ipynb"

    def received_folder(self, unit: str) -> Path:
        return self.root / "received" / unit

    def roster(self, unit: str) -> Path:
        """The class list of a unit, in a folder that holds nothing named by a student."""
        return self.root / "rosters" / f"{unit}.csv"

    @property
    def student_names(self) -> Path:
        """The names by which students handed in, as JSON."""
        return self.root / "rosters" / "names.json"

    def autograded_notebook(self, unit: str, student: str) -> Path:
        return self.root / "autograded" / student / unit / f"{unit}.ipynb"

    def feedback_page(self, unit: str, student: str) -> Path:
        return self.root / "feedback" / student / unit / f"{unit}.html"

    def students(self, unit: str) -> list[str]:
        """The students who handed the unit in."""
        return sorted(path.parents[1].name for path in self.root.glob(f"submitted/*/{unit}/{unit}.ipynb"))

    def misnamed(self, unit: str) -> dict[Path, list[str]]:
        """Folders of students, put there by hand, in which the unit's notebook has another name; and what is there."""
        folders = [path for path in self.root.glob("submitted/*/*/") if path.name.casefold() == unit.casefold()]
        lost = [path for path in folders if path.name != unit or not (path / f"{unit}.ipynb").is_file()]
        return {path.relative_to(self.root): sorted(file.name for file in path.iterdir()) for path in lost}

    @property
    def trusted(self) -> bool:
        """Whether the class is configured to reach verdicts outside the students' processes."""
        return "sanitize_preprocessors" in self.config.Autograde

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other grading runs out of the class for the duration of the block.

        Raises:
            BadInput: if another one is running, or the class cannot be written.
        """
        with _lock_file(self.root / ".grading.lock") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                raise BadInput(
                    f"expected to be the only grading run of this class; process {file.read() or '?'} is grading it. "
                    "Wait until it has ended"
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


@contextmanager
def in_turn(root: Path) -> Iterator[None]:
    """Read or change a class for a moment, while all other commands that would do so wait.

    What is read and written within one turn belongs together: points with the decisions that are entered in them, a
    grade with its notebook, a file with what is added to it. A turn within one of the same process is part of it.

    Args:
        root: the class folder.

    Raises:
        BadInput: if another process does not end its turn.
    """
    root = root.resolve()
    if root in _turns:
        yield
        return
    with ExitStack() as turn:
        # Whoever waits has the first lock, so that no command takes one turn after the other ahead of it.
        with _waiting_lock(root / ".next.lock"):
            turn.enter_context(_waiting_lock(root / ".turn.lock"))
        _turns.add(root)
        turn.callback(_turns.remove, root)
        yield


def require_plain_path(root: Path) -> None:
    """
    Raises:
        BadInput: if the path of a class has signs that mean something else in the address of its gradebook, which would
            then be elsewhere, or in nbgrader's patterns of files.
    """
    if found := _SPECIAL.search(str(root)):
        raise BadInput(
            f"expected a class folder whose path has no ?, *, [ or ], nor % before two digits; got {found[0]!r} in "
            f"{root}. Call it otherwise"
        )


def _read_settings(path: Path) -> Config:
    try:
        return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except BadInput:
        raise
    except Exception as error:
        places = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        where = f"{path}, line {places[-1]}" if places else str(path)
        raise BadInput(f"expected settings of nbgrader in {where}; got {type(error).__name__}: {error}") from error


def _lock_file(path: Path) -> IO[str]:
    try:
        if not path.exists():
            path.touch()
            path.chmod(0o660)  # whoever grades with nbgrader's own commands has another umask
        return path.open("a+")
    except OSError as error:
        raise BadInput(f"expected a class folder that you may write; got {path} ({error.strerror})") from error


@contextmanager
def _waiting_lock(path: Path) -> Iterator[None]:
    with _lock_file(path) as file:
        deadline = time.monotonic() + TURN_SECONDS
        while not _locks(file):
            if time.monotonic() > deadline:
                raise BadInput(
                    f"expected other commands of this class to take seconds; one has kept it for {TURN_SECONDS:g}. "
                    "End that, then run this again"
                )
            time.sleep(0.02)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # closing it would not, where a fork has it too


def _locks(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
