"""The log of a class. Oracle: the commands that were given, and the clock."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from autograder import cli
from autograder.demo import UNIT, Homework
from autograder.grading import engine
from autograder.grading.class_folder import SHARED_UMASK
from autograder.grading.history import HISTORY, read_history, record
from autograder.grading.rules import (
    RULES,
    change_rules,
)
from tests.autograder.grading.small_class import (
    CHECK,
    EXERCISE,
    WHY,
)
from tests.conftest import needs_bwrap


@pytest.mark.slow
@needs_bwrap
def test_the_history_says_who_did_what_when_and_why(course, run, tmp_path):
    start = datetime.now(UTC).replace(microsecond=0)
    run("waive", UNIT, EXERCISE, CHECK, "--reason", WHY)
    run("waive", UNIT, EXERCISE, CHECK, "--undo", "--reason", "it was fair")
    run("export", UNIT, "--to", "x.csv")
    run("regrade", UNIT, "--student", "bob", "-j", "1")
    Homework(course.release_notebook(UNIT)).save(tmp_path / "cyd.ipynb")
    run("collect", UNIT, str(tmp_path / "cyd.ipynb"), "--due", "2026-11-20 23:59")
    events, unreadable = read_history(course.root)
    assert [event.what for event in events] == ["waive", "waive", "export", "regrade", "collect"]
    assert [event.why for event in events] == [WHY, "it was fair", "", "", ""]
    assert all(start <= datetime.fromisoformat(event.when) <= datetime.now(UTC) for event in events)
    assert {event.who for event in events} == {subprocess.check_output(["id", "-un"], text=True).strip()}
    assert unreadable == 0
    said = run("history", UNIT).splitlines()
    assert len(said) == 5
    assert f"waive {UNIT}: {EXERCISE} “{CHECK}” is waived" in said[0]
    assert said[0].endswith(f"({WHY})")
    assert run("history", "u01_sequences") == "nothing on record for u01_sequences\n"


@needs_bwrap
def test_a_grading_that_is_interrupted_is_in_the_history(course, run, monkeypatch):
    def interrupted(*_, **__):
        yield engine.Outcome("bob")
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "grade", interrupted)
    monkeypatch.setattr(sys, "argv", ["rnncourse", "grade", UNIT, "--force", "-j", "1"])
    with pytest.raises(SystemExit):
        cli.main()
    assert f"grade {UNIT}: 1 graded, 2 left when it ended: bob" in run("history", UNIT)


def test_the_log_is_added_to_and_a_spoilt_line_costs_no_other(tmp_path):
    record(tmp_path, "grade", "u", "first")
    before = (tmp_path / HISTORY).read_bytes()
    with (tmp_path / HISTORY).open("ab") as file:
        file.write(b'{"when": "2026')
    record(tmp_path, "grade", "u", "second\nline", "a “reason”")
    assert (tmp_path / HISTORY).read_bytes().startswith(before)
    events, unreadable = read_history(tmp_path)
    assert [event.how for event in events] == ["first", "second\nline"]
    assert unreadable == 1


def test_the_group_of_a_shared_class_writes_rules_and_log_and_nobody_else_reads_them(tmp_path):
    before = os.umask(SHARED_UMASK)
    try:
        record(tmp_path, "grade", "u", "x")
        change_rules(tmp_path, lambda rules: rules)
    finally:
        os.umask(before)
    for name in (HISTORY, RULES):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o660
