"""Several people at work in one class at once, as processes. Oracle: the verdicts in graded notebooks."""

import csv
import fcntl
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from autograder.demo import UNIT, Homework
from autograder.grading import class_folder
from autograder.grading.class_folder import BadInput, ClassFolder, in_turn
from autograder.grading.gradebook import read_grades
from autograder.grading.history import read_history
from autograder.grading.rules import read_rules
from tests.conftest import needs_bwrap

COMMAND = Path(sys.executable).with_name("rnncourse")
WHY = ("--reason", "agreed")
# Stops the grading that is told so in the middle of entering ada's points, until the file GO is there.
STOP_HALF_WAY = """
import os
import time
from pathlib import Path

from autograder.grading.save_grades import SaveGrades


class StopHalfWay(SaveGrades):
    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        stop = os.environ.get("STOP")
        if stop and self.student_id == "ada" and cell.metadata.nbgrader.grade_id.startswith("lstm-step"):
            Path(stop).touch()
            while not Path(stop).with_name("GO").exists():
                time.sleep(0.05)


steps = c.Autograde.autograde_preprocessors
c.Autograde.autograde_preprocessors = [StopHalfWay if step is SaveGrades else step for step in steps]
"""

IN_PLACE = """
def set_forget_bias(params, value):
    H = params.W_h.shape[0]
    params.b[H : 2 * H] = value
    return params
"""
WAIVED = "set-forget-bias", "leaves its inputs as they were"


def start(course: ClassFolder, *words: str, **environment: str) -> subprocess.Popen[str]:
    """A command of `rnncourse` in the class."""
    command = [COMMAND, *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=course.root, stdout=pipe, stderr=pipe, text=True, env=os.environ | environment)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def waits_for_its_turn(process: subprocess.Popen[str]) -> bool:
    with suppress(OSError):  # a file may be closed while they are listed
        files = [os.readlink(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
        return any(file.endswith((".next.lock", ".turn.lock")) for file in files)
    return False


def verdicts(course: ClassFolder, student: str, weights: dict[str, float], waived: bool) -> dict[str, float]:
    """The points that each exercise should have, by the checks that are passed, and the one that may be waived."""
    found = {}
    for cell in json.loads(course.autograded_notebook(UNIT, student).read_text())["cells"]:
        if checks := cell["metadata"].get("rnncourse", {}).get("checks"):
            exercise = cell["metadata"]["nbgrader"]["grade_id"].removesuffix("-check")
            released = cell["metadata"]["nbgrader"]["points"]
            given = [check["passed"] or (waived and (exercise, check["name"]) == WAIVED) for check in checks]
            reached = sum(check["points"] for check, counts in zip(checks, given, strict=True) if counts)
            found[exercise] = reached * weights.get(exercise, released) / released
    return found


@needs_bwrap
@pytest.mark.slow
def test_two_graders_at_once_lose_no_grade_and_see_no_half_of_one(new_class, run, tmp_path):
    course, stop = new_class, tmp_path / "STOP"
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(STOP_HALF_WAY)
    in_place = Homework(course.release_notebook(UNIT), solved=True).write("set-forget-bias", IN_PLACE)
    in_place.save(course.submission(UNIT, "ada"))
    Homework(course.release_notebook(UNIT)).save(course.submission(UNIT, "abe"))
    run("weigh", UNIT, "lstm-step", "1", *WHY, "--class", str(course.root))

    grading = start(course, "grade", UNIT, "-j", "1", STOP=str(stop))
    wait_for(lambda: stop.exists() or grading.poll() is not None)
    second = start(course, "grade", UNIT, "-j", "1")
    others = [
        start(course, "weigh", UNIT, "lstm-forward", "3", *WHY),
        start(course, "waive", UNIT, *WAIVED, *WHY),
        start(course, "excuse", UNIT, "abe", *WHY),
        start(course, "export", UNIT),
        start(course, "feedback", UNIT),
    ]
    wait_for(lambda: second.poll() is not None)
    wait_for(lambda: all(other.poll() is not None or waits_for_its_turn(other) for other in others))
    stop.with_name("GO").touch()

    said = second.communicate()[1]
    assert (second.returncode, said.count("\n")) == (2, 1), said
    assert f"process {grading.pid} is grading it" in said
    for process in (grading, *others):
        said = process.communicate()
        assert process.returncode == 0, said
    before, after = ({"lstm-step": 1.0}, {"lstm-step": 1.0, "lstm-forward": 3.0})
    assert {one.exercise: one.points for one in read_rules(course.root).weights} == after
    assert set(read_rules(course.root).excuses_of(UNIT)) == {"abe"}
    assert [(one.exercise, one.check) for one in read_rules(course.root).waivers] == [WAIVED]
    for student in ("ada", "abe"):
        grades = {
            g.exercise: g.score for g in read_grades(course, UNIT) if g.student == student and g.score is not None
        }
        grades.pop("lstm-question", None)
        assert grades == pytest.approx(verdicts(course, student, after, waived=student == "ada"))  # abe wrote nothing
    assert {event.what for event in read_history(course.root)[0]} >= {"grade", "weigh", "waive", "excuse", "export"}

    # What was read while others wrote is of one moment: before the second weight or after it, and so with the waiver.
    moments = [verdicts(course, "ada", weights, waived) for weights in (before, after) for waived in (False, True)]
    assert len({sum(moment.values()) for moment in moments}) == 4
    with (course.root / f"grades-{UNIT}.csv").open(encoding="utf-8-sig") as file:
        lines = [line for line in csv.DictReader(file) if line["student"] == "ada" and line["score"]]
    exported = {line["exercise"]: float(line["score"]) for line in lines}
    assert exported in [pytest.approx(moment) for moment in moments]
    page = course.feedback_page(UNIT, "ada").read_text()
    assert page.rstrip().endswith("</html>")
    shown = re.search(r": ([\d.]+) of ", page)
    assert shown
    assert float(shown[1]) in [pytest.approx(sum(moment.values())) for moment in moments]


def test_whoever_waits_has_the_next_turn(tmp_path):
    script = (
        "import sys; from pathlib import Path; from autograder.grading.class_folder import in_turn\n"
        "with in_turn(Path(sys.argv[1])): print('mine')"
    )
    with in_turn(tmp_path):
        other = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True)
        wait_for(lambda: other.poll() is not None or waits_for_its_turn(other))
        with in_turn(tmp_path):
            assert other.poll() is None
    turns = 0
    while other.poll() is None and turns < 1000:
        with in_turn(tmp_path):
            turns += 1
            time.sleep(0.01)
    assert other.communicate()[0] == "mine\n"
    assert turns < 1000


def test_a_turn_that_does_not_end_is_named(tmp_path, monkeypatch):
    with in_turn(tmp_path):
        pass
    with (tmp_path / ".turn.lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        monkeypatch.setattr(class_folder, "TURN_SECONDS", 0.1)
        with pytest.raises(BadInput, match="End that, then run this again"), in_turn(tmp_path):
            pass
    with in_turn(tmp_path):
        pass
