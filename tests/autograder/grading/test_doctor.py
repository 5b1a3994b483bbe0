"""Whether a machine can grade. Oracle: the machine as it is, and with one part taken away."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from autograder.grading import doctor
from autograder.grading.doctor import Finding, examine
from autograder.grading.new_class import create_class
from tests.conftest import needs_bwrap

Usage = namedtuple("Usage", "free")


def findings(folder: Path) -> dict[str, Finding]:
    return {finding.part: finding for finding in examine(folder)}


@needs_bwrap
def test_a_machine_and_a_class_that_can_grade(new_class):
    found = findings(new_class.root)
    assert not [finding for finding in found.values() if finding.remedy and finding.hinders]
    assert found["sandbox"].found.endswith("; submissions are forked from one process")
    assert found["gradebook"].found == "sqlite, opens; has u05_lstm"
    assert found["class"].found.startswith(f"{new_class.root}, trusted verdicts, ")


def test_each_no_comes_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(2**20))
    monkeypatch.setattr(doctor, "_container_memory", lambda free: 2**30)
    found = findings(tmp_path / "no-class")
    assert "apt-get install bubblewrap" in found["sandbox"].remedy
    assert "Make room" in found["disk"].remedy
    assert "Close other programs" in found["memory"].remedy
    assert found["class"].found.endswith("is no class folder, give one with --class")
    assert [part for part, finding in found.items() if finding.skipped] == ["class"]


def test_a_class_that_cannot_be_used_is_named(tmp_path):
    course = create_class(tmp_path / "class")
    (course.root / "gradebook.db").write_bytes(b"no database" * 100)
    assert "gradebook" in findings(course.root)["class"].remedy


@needs_bwrap
def test_a_unit_that_is_not_released_any_more_is_named(new_class):
    shutil.rmtree(new_class.root / "release")
    assert findings(new_class.root)["u05_lstm"].remedy.endswith("Run `rnncourse release u05_lstm` first")


@pytest.mark.parametrize(("limit", "free"), [("max", 5000), ("4000", 3000)])
def test_the_limit_of_a_container_counts(tmp_path, monkeypatch, limit, free):
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text("1000\n")
    monkeypatch.setattr(doctor, "CGROUPS", tmp_path)
    assert doctor._container_memory(5000) == free
