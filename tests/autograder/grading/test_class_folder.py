"""Class folders and their configuration. Oracle: nbgrader's own configuration objects."""

import pytest
from nbgrader.converters import Autograde

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.new_class import create_class
from autograder.grading.rebuild import Rebuild
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


def test_only_one_grading_run_holds_the_lock(tmp_path):
    course = create_class(tmp_path / "class")
    with course.locked(), pytest.raises(BadInput, match="only grading run"), ClassFolder(course.root).locked():
        pass
    with course.locked():
        pass
