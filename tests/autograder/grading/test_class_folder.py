"""Class folders and their configuration. Oracle: nbgrader's own configuration objects."""

import grp
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.converters import Autograde

from autograder.demo import UNIT
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.new_class import create_class
from autograder.grading.rebuild_step import Rebuild
from autograder.grading.release import release_unit
from autograder.grading.shared_python import exposed_class
from autograder.grading.trusted_execute import TrustedExecute


@pytest.mark.parametrize("module", ["autograder.nbgrader_config", "autograder.grading.config"])
def test_class_folders_of_all_versions_are_configured(tmp_path, module):
    root = create_class(tmp_path / "class").root
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("from autograder.nbgrader_config import", f"from {module} import"))
    assert f"from {module} import configure" in config.read_text()
    course = ClassFolder(root)
    autograde = Autograde(coursedir=course.directory, config=course.config)
    assert course.trusted
    assert autograde.sanitize_preprocessors[0] is Rebuild
    assert autograde.autograde_preprocessors[0] is TrustedExecute
    assert len(course.config.TrustedExecute.seed) == 32


def test_every_class_has_a_seed_of_its_own(tmp_path):
    seeds = {create_class(tmp_path / str(n)).config.TrustedExecute.seed for n in range(3)}
    assert len(seeds) == 3


def test_the_seed_of_an_older_class_counts(tmp_path):
    root = create_class(tmp_path / "class").root
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("trusted=True", 'seed="of old", trusted=True'))
    (root / "seed.txt").unlink()
    assert ClassFolder(root).config.TrustedExecute.seed == "of old"


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), ("\n", "is empty")])
def test_a_class_that_lost_its_seed_says_so(tmp_path, content, said):
    seed = create_class(tmp_path / "class").root / "seed.txt"
    seed.unlink() if content is None else seed.write_text(content)
    with pytest.raises(BadInput, match=f"seed in {seed}; .*{said}"):
        ClassFolder(seed.parent)


def test_stock_nbgrader_releases_into_the_exchange_of_a_class_as_shipped(new_class):
    command = [Path(sys.executable).parent / "nbgrader", "release_assignment", UNIT]
    done = subprocess.run(command, cwd=new_class.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(new_class.root.glob(f"exchange/released/outbound/{UNIT}/{UNIT}.ipynb"))


def test_a_gradebook_in_postgresql_without_a_course_is_refused_before_it_is_opened(tmp_path):
    config = create_class(tmp_path / "class").root / "nbgrader_config.py"
    config.write_text(
        config.read_text().replace("c.CourseDirectory.course_id", "# ")
        + 'c.CourseDirectory.db_url = "postgresql://teacher@/there-is-none"\n'
    )
    with pytest.raises(BadInput, match=r"Add a line such as c\.CourseDirectory\.course_id"):
        ClassFolder(config.parent)


# Who may read and write


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike those of pytest; the umask is put back."""
    before = os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
    os.umask(before)


def test_nobody_else_can_look_into_a_class(open_folder):
    root = create_class(open_folder / "class").root
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "seed.txt").stat().st_mode) == 0o600
    assert not list(exposed_class(root))
    root.chmod(0o711)  # the names in it are known
    (line,) = exposed_class(root)
    assert f"chmod o-rwx {root}" in line


def test_a_group_can_change_everything_in_its_class(open_folder):
    course = create_class(open_folder / "class", grp.getgrgid(os.getgid()).gr_name)
    release_unit(course, UNIT)
    assert not list(exposed_class(course.root))
    for path in (course.root, *course.root.rglob("*")):
        # A file that only its owner can write can be replaced, as the folder belongs to the group.
        expected = 0o2070 if path.is_dir() else 0o060 if path.suffix in (".db", ".py", ".txt") else 0o040
        assert path.stat().st_mode & expected == expected, path
        assert path.stat().st_gid == os.getgid()


def test_a_class_for_no_known_group_is_not_made(open_folder):
    with pytest.raises(BadInput, match="group of this machine that you are in; got 'no-such-group'"):
        create_class(open_folder / "class", "no-such-group")


@pytest.mark.parametrize(
    ("line", "said"),
    [("c.Late = (", r"config\.py; got SyntaxError: .*line 3"), ("c.Late = lates", "config.py, line 3; got NameError")],
)
def test_settings_that_cannot_be_read_are_named_with_their_line(tmp_path, line, said):
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n\n{line}\n")
    with pytest.raises(BadInput, match=said):
        ClassFolder(tmp_path)


def test_only_one_grading_run_holds_the_lock(tmp_path):
    course = create_class(tmp_path / "class")
    with course.locked(), pytest.raises(BadInput, match="only grading run"), ClassFolder(course.root).locked():
        pass
    with course.locked():
        pass


def test_a_class_that_cannot_be_written_is_not_graded(tmp_path):
    course = create_class(tmp_path / "class")
    (course.root / ".grading.lock").mkdir()
    with pytest.raises(BadInput, match="expected a class folder that you may write"), course.locked():
        pass


@pytest.mark.parametrize("name", ["q?x=1", "a%20b", "group[1]", "*"])
def test_a_path_that_means_something_else_to_the_gradebook_is_refused(tmp_path, name):
    with pytest.raises(BadInput, match="Call it otherwise"):
        create_class(tmp_path / name)
    assert not list(tmp_path.iterdir())
    with pytest.raises(BadInput, match="Call it otherwise"):
        ClassFolder(Path(shutil.copytree(create_class(tmp_path / "100% of us #1").root, tmp_path / name)))
