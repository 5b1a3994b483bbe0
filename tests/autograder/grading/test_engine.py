"""Grading a class. Oracles: the same class graded by one process; the gradebook before and after a fault; the process
table; a real Dask cluster and a real PostgreSQL server."""

import contextlib
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
import torch
from nbgrader.api import Gradebook
from nbgrader.preprocessors import OverwriteKernelspec
from nbgrader.utils import capture_log, compute_checksum

from autograder.demo import UNIT, Homework
from autograder.grading import engine, nbgrader_calls, pools, save_grades, submission, trusted, trusted_execute
from autograder.grading.cells import is_grade
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import open_gradebook, read_results, require_gradable
from autograder.grading.job import Graded, Job
from autograder.grading.pools import open_pool
from autograder.grading.release import release_unit
from autograder.grading.submission import UnitGrader, grade_with_nbgrader
from autograder.grading.trusted_execute import TrustedExecute, UnitInputs
from autograder.grading.weights import KeepPoints
from autograder.reports.feedback import write_feedback
from autograder.reports.table import write_csv
from autograder.sandbox.starting import FORKED, way
from tests.conftest import needs_bwrap

pytestmark = [needs_bwrap, pytest.mark.slow]
COMMAND = [str(Path(sys.executable).parent / "rnncourse")]


def hand_in(course: ClassFolder, student: str) -> None:
    """The homework of one of four kinds of students."""
    released = course.release_notebook(UNIT)
    homework = Homework(released, solved=student.startswith(("right", "killed")))
    if student.startswith("killed"):
        homework.append("lstm-forward", "import os\nos._exit(0)")
    if student.startswith("wrong"):
        homework.write("lstm-step", "def lstm_step(x, state, params):\n    return state, None")
    homework.save(course.submission(UNIT, student))


STUDENTS = ("blank", "killed", "right", "wrong")


def graded(course: ClassFolder, *students: str, workers: int = 1, scheduler: str | None = None) -> list[engine.Outcome]:
    with open_pool(workers, scheduler) as pool:
        return list(engine.grade(course, UNIT, students or STUDENTS, pool))


def table(course: ClassFolder) -> str:
    path = course.root / "table.csv"
    write_csv(course, read_results(course, UNIT), path)
    return path.read_text()


def written(course: ClassFolder) -> dict[str, int]:
    """When each graded notebook was written."""
    done = set(STUDENTS) - set(engine.changed(course, UNIT, STUDENTS))
    return {student: course.autograded_notebook(UNIT, student).stat().st_mtime_ns for student in done}


@pytest.fixture(scope="module")
def handed_in(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of four, not graded yet."""
    root = Path(shutil.copytree(released, tmp_path_factory.mktemp("engine") / "class"))
    for student in STUDENTS:
        hand_in(ClassFolder(root), student)
    return root


@pytest.fixture(scope="module")
def one_by_one(handed_in: Path, tmp_path_factory: pytest.TempPathFactory) -> ClassFolder:
    """The same class, graded by this process, one submission after the other."""
    course = ClassFolder(Path(shutil.copytree(handed_in, tmp_path_factory.mktemp("one") / "class")))
    for student in STUDENTS:
        grade_with_nbgrader(course, UNIT, student)
    return course


@pytest.fixture
def course(handed_in: Path, tmp_path: Path) -> ClassFolder:
    return ClassFolder(Path(shutil.copytree(handed_in, tmp_path / "class")))


def test_in_parallel_grades_and_feedback_are_those_of_one_by_one(course, one_by_one):
    outcomes = graded(course, workers=2)
    assert sorted(outcome.student for outcome in outcomes) == list(STUDENTS)
    assert not any(outcome.failure for outcome in outcomes)
    assert all(outcome.seconds > 0 for outcome in outcomes)
    assert table(course) == table(one_by_one)
    for student in STUDENTS:
        pages = [write_feedback(folder, UNIT, student).read_text() for folder in (course, one_by_one)]
        assert pages[0] == pages[1]


def test_a_submission_is_sanitised_once_and_its_job_is_made_once(course, monkeypatch):
    counts: Counter[str] = Counter()

    def counted(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def call(*args, **kwargs):
            counts[f"{owner.__name__}.{name}"] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    counted(OverwriteKernelspec, "preprocess")
    counted(KeepPoints, "preprocess")
    counted(UnitInputs, "job")
    counted(TrustedExecute, "unit_inputs")
    assert not any(outcome.failure for outcome in graded(course, "right", "blank"))
    assert counts == {
        "OverwriteKernelspec.preprocess": 2,
        "KeepPoints.preprocess": 1,
        "UnitInputs.job": 2,
        "TrustedExecute.unit_inputs": 1,
    }


def test_a_submission_is_the_same_whoever_was_graded_before(course):
    grader = UnitGrader(course, UNIT)
    for student in STUDENTS:
        first_of_all = UnitGrader(course, UNIT).prepare(student)
        assert "### BEGIN HIDDEN TESTS" in str(first_of_all.notebook)
        assert grader.prepare(student) == first_of_all


def test_cells_are_looked_up_again_when_the_gradebook_has_others(course, monkeypatch):
    looked_up = []

    def preprocess(step, *args):
        looked_up.append(step)
        return real(step, *args)

    real = KeepPoints.preprocess
    monkeypatch.setattr(KeepPoints, "preprocess", preprocess)

    def check() -> nbformat.NotebookNode:
        prepared = UnitGrader(course, UNIT, require_gradable(course, UNIT)).prepare("right")
        return next(cell for cell in prepared.notebook.cells if cell.id == "lstm-step-check")

    before = check()
    assert check() == before
    assert len(looked_up) == 1
    with open_gradebook(course) as gradebook:
        row = gradebook.find_source_cell("lstm-step-check", UNIT, UNIT)
        row.source = before.source = f"{row.source}\n# mended"
        row.checksum = compute_checksum(before)
        gradebook.db.commit()
    assert check().source == check().source == before.source
    assert len(looked_up) == 2


def test_only_what_is_new_or_changed_is_graded(one_by_one, tmp_path, monkeypatch):
    course = ClassFolder(Path(shutil.copytree(one_by_one.root, tmp_path / "class")))
    monkeypatch.chdir(course.root)
    before, grades = written(course), table(course)
    assert set(before) == set(STUDENTS)
    said = subprocess.run([*COMMAND, "grade", UNIT], capture_output=True, text=True, check=True).stdout
    assert "4 unchanged, not graded again" in said
    assert written(course) == before
    Homework(course.release_notebook(UNIT)).save(course.submission(UNIT, "wrong"))
    assert engine.changed(course, UNIT, STUDENTS) == ["wrong"]
    subprocess.run([*COMMAND, "grade", UNIT, "-j", "1"], capture_output=True, check=True)
    after = written(course)
    assert {student for student in STUDENTS if after[student] != before[student]} == {"wrong"}
    lines = zip(table(course).splitlines(), grades.splitlines(), strict=True)
    assert {old.split(",")[0] for new, old in lines if new != old} == {'"wrong"'}


def test_points_given_by_hand_stay(one_by_one, tmp_path, monkeypatch):
    course = ClassFolder(Path(shutil.copytree(one_by_one.root, tmp_path / "class")))
    monkeypatch.chdir(course.root)
    with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
        for name, points in (("lstm-step-check", 3.5), ("lstm-question", 2.0)):
            grade = gradebook.find_grade(name, UNIT, UNIT, "right")
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
    before = table(course)
    assert '"right","u05_lstm","lstm-step","3.5","4"' in before
    subprocess.run([*COMMAND, "regrade", UNIT, "--student", "right"], capture_output=True, check=True)
    assert table(course) == before


def test_an_unknown_student_is_named(one_by_one, monkeypatch):
    monkeypatch.chdir(one_by_one.root)
    ended = subprocess.run([*COMMAND, "regrade", UNIT, "--student", "nobody"], capture_output=True, text=True)
    assert ended.returncode == 2
    assert "expected students who handed u05_lstm in; got nobody" in ended.stderr


def test_one_that_cannot_be_graded_does_not_stop_the_class(course, one_by_one):
    course.submission(UNIT, "blank").write_text("{")
    outcomes = {outcome.student: outcome.failure for outcome in graded(course)}
    assert outcomes.pop("blank").startswith("blank: ")
    assert outcomes == {"killed": "", "right": "", "wrong": ""}
    hand_in(course, "blank")
    graded(course, "blank")
    assert table(course) == table(one_by_one)


# Faults


def handed_in_at(course: ClassFolder, student: str) -> datetime | None:
    with open_gradebook(course) as gradebook:
        return gradebook.find_submission(UNIT, student).timestamp


def _until(condition, seconds=90.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_grading_that_is_killed_goes_on_where_it_was(course, one_by_one):
    process = subprocess.Popen(
        [*COMMAND, "grade", UNIT, "-j", "2", "--class", str(course.root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _until(lambda: written(course))
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family), 20)
    kept = written(course)
    again = [student for student in STUDENTS if student not in kept]
    assert not any(outcome.failure for outcome in graded(course, *again, workers=2))
    assert table(course) == table(one_by_one)
    assert {student: stamp for student, stamp in written(course).items() if student in kept} == kept


def test_a_dead_worker_costs_nobody_a_grade(course, one_by_one):
    with open_pool(1) as pool:
        grading = engine.grade(course, UNIT, STUDENTS, pool)
        outcomes = [next(grading)]
        workers = multiprocessing.active_children()
        assert workers
        for worker in workers:
            worker.kill()
        outcomes += grading
    assert sorted(outcome.student for outcome in outcomes) == list(STUDENTS)
    assert not any(outcome.failure for outcome in outcomes)
    assert table(course) == table(one_by_one)


@pytest.mark.skipif(way() != FORKED, reason="no sandbox is forked here")
def test_workers_fork_their_sandboxes_from_one_process_and_do_without_it_when_it_has_ended(course, one_by_one):
    def parents() -> set[psutil.Process]:
        here = psutil.Process()
        return {process for process in here.children(recursive=True) if process.name() == "bwrap"} - before

    before: set[psutil.Process] = set()
    before = parents()
    with open_pool(2) as pool:
        grading = engine.grade(course, UNIT, STUDENTS, pool)
        outcomes = [next(grading)]
        (parent,) = parents()
        assert parent.ppid() == os.getpid()
        parent.kill()
        outcomes += grading
    assert sorted(outcome.student for outcome in outcomes) == list(STUDENTS)
    assert not any(outcome.failure for outcome in outcomes)
    assert table(course) == table(one_by_one)
    assert not parents()


def test_a_release_whose_metadata_is_damaged_grades_nobody(course):
    release = course.release_notebook(UNIT)
    nb = nbformat.read(release, as_version=4)
    next(cell for cell in nb.cells if is_grade(cell)).metadata.nbgrader["schema_version"] = 99
    nbformat.write(nb, release)
    failures = [outcome.failure for outcome in graded(course, "right", "wrong")]
    assert failures == [f"{student}: Schema version is too new: 99 (expected 3)" for student in ("right", "wrong")]
    assert not written(course)
    assert not any(result.grades for result in read_results(course, UNIT))


def test_collecting_may_ask_what_has_changed_in_a_class_that_nbgrader_grades(course):
    """Where the best of several hand-ins counts, `collect` does."""
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("trusted=True", "trusted=False"))
    with pytest.warns(UserWarning, match="their scores cannot be trusted"):
        stock = ClassFolder(course.root)
    assert not stock.trusted
    assert UnitGrader(stock, UNIT).changed(["right"]) == ["right"]


def deadly(job: Job, keep_warm: bool) -> Graded:
    """Grade, unless it is the one submission that kills whoever grades it."""
    if job.student == "killed":
        os._exit(1)
    return trusted.execute(job, keep_warm)


def test_a_submission_that_kills_its_worker_costs_the_others_nothing(course, one_by_one, monkeypatch):
    monkeypatch.setattr(pools, "execute", deadly)
    outcomes = {outcome.student: outcome.failure for outcome in graded(course, workers=2)}
    assert outcomes.pop("killed") == "killed: the process that graded it died twice; is there memory left?"
    assert outcomes == {"blank": "", "right": "", "wrong": ""}
    assert engine.changed(course, UNIT, STUDENTS) == ["killed"]
    others = [line for line in table(one_by_one).splitlines() if not line.startswith('"killed"')]
    assert table(course).splitlines() == others


class StarvingPool:
    """Grades at once, and says of the first results of a student that time on the wall ran out, and all was lost."""

    slots = 2

    def __init__(self, student: str):
        self._starved = [student]
        self.sent: list[tuple[str, int]] = []
        self.running: list[Future[Graded]] = []

    def submit(self, job: Job, keep_warm: bool) -> Future[Graded]:
        self.sent.append((job.student, sum(not future.done() for future in self.running)))
        future: Future[Graded] = Future()
        self.running.append(future)
        threading.Thread(target=self._grade, args=(job, future)).start()
        return future

    def _grade(self, job: Job, future: Future[Graded]) -> None:
        if job.student in self._starved:
            self._starved.remove(job.student)
            job = replace(job, limits=replace(job.limits, submission_seconds=0.0))
        future.set_result(trusted.execute(job, keep_warm=False))


def test_who_had_no_processor_is_graded_once_more_alone(course, one_by_one):
    pool: Any = StarvingPool("right")
    outcomes = list(engine.grade(course, UNIT, ["right", "blank"], pool))
    assert [outcome.student for outcome in outcomes] == ["blank", "right"]
    assert pool.sent[-1] == ("right", 0)
    assert len(pool.sent) == 3
    lines = table(one_by_one).splitlines()
    assert set(table(course).splitlines()) >= {line for line in lines if line.startswith(("right", "blank"))}


def orphaned(job: Job, *args: Any, **kwargs: Any) -> Graded:
    """Grade, where the process that sandboxes are forked from ends before the first cell."""
    nothing = replace(job, limits=replace(job.limits, submission_seconds=0.0))
    return replace(trusted.execute(nothing, keep_warm=False), orphaned=True)


def test_who_loses_the_sandbox_twice_has_no_grade_and_is_named(course, monkeypatch):
    monkeypatch.setattr(pools, "execute", orphaned)
    failures = [outcome.failure for outcome in graded(course, "right")]
    assert len(failures) == 1
    assert failures[0].startswith("right: the process that its sandbox was forked from ended")
    assert not any(result.grades for result in read_results(course, UNIT))
    monkeypatch.setattr(trusted_execute, "execute", orphaned)
    with pytest.raises(BadInput, match="its sandbox was forked from ended"):
        grade_with_nbgrader(course, UNIT, "right")
    assert not written(course)
    assert not any(grade.score for result in read_results(course, UNIT) for grade in result.grades)


class PoolHere:
    """Grades at once, in the thread that asks, which computes with two threads of torch's until then."""

    slots = 1

    def __init__(self) -> None:
        self.threads: list[int] = []

    def submit(self, job: Job, keep_warm: bool) -> Future[Graded]:
        future: Future[Graded] = Future()
        torch.set_num_threads(2)
        future.set_result(trusted.execute(job, keep_warm=False))
        self.threads.append(torch.get_num_threads())
        return future


def test_checks_compute_with_one_thread(course):
    """Of small networks two threads take five times as long, since they wait for each other."""
    pool: Any = PoolHere()
    assert not any(outcome.failure for outcome in engine.grade(course, UNIT, ["blank"], pool))
    assert pool.threads == [1]


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_workers_share_the_processors(workers, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 4, 5})
    shares = pools.processor_shares(workers)
    assert len(shares) == workers
    assert set().union(*shares) == {1, 4, 5}
    assert sum(map(len, shares)) == max(workers, 3)


def test_a_second_grading_of_the_class_is_refused(course):
    with course.locked():
        ended = subprocess.run([*COMMAND, "grade", UNIT, "--class", str(course.root)], capture_output=True, text=True)
    assert ended.returncode == 2
    assert f"process {os.getpid()} is grading it" in ended.stderr
    assert not written(course)


def test_a_locked_gradebook_is_waited_for(course, monkeypatch):
    holder = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(nbgrader_calls, "BUSY_SECONDS", 1.0)
    with pytest.raises(BadInput, match=r"database is locked.*Close the program that holds the gradebook"):
        grade_with_nbgrader(course, UNIT, "blank")
    assert not course.autograded_notebook(UNIT, "blank").exists()
    holder.execute("ROLLBACK")
    grade_with_nbgrader(course, UNIT, "blank")
    assert set(written(course)) == {"blank"}
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(
        BadInput, match=r"cannot be used: database is locked\. Close the program that holds the gradebook"
    ):
        engine.changed(course, UNIT, STUDENTS)
    holder.close()


def test_a_grade_that_cannot_be_committed_is_written_anew(course, monkeypatch):
    """Somebody reads the gradebook, once for longer than SQLite waits."""

    def write(step: Any) -> Any:
        attempts.append(step)
        if len(attempts) > 1:
            reading.close()
        return capture_log(step)

    attempts: list[Any] = []
    monkeypatch.setattr(submission, "capture_log", write)
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as reader:
        reading = reader.execute("SELECT * FROM source_cell")
        reading.fetchone()
        assert [outcome.failure for outcome in graded(course, "right")] == [""]
    assert len(attempts) == 2
    assert set(written(course)) == {"right"}


def test_a_grade_that_cannot_be_committed_says_why_in_a_line(course, monkeypatch):
    monkeypatch.setattr(nbgrader_calls, "BUSY_SECONDS", 0.0)
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as reader:
        reading = reader.execute("SELECT * FROM source_cell")
        reading.fetchone()
        failure = graded(course, "right")[0].failure
    assert "database is locked" in failure
    assert "Close the program that holds the gradebook" in failure
    assert "\n" not in failure
    assert not written(course)


def test_a_grade_is_entered_as_a_whole_or_not_at_all(course, monkeypatch):
    def entered() -> list[str]:
        with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as database:
            return list(database.iterdump())

    def full(*args: Any) -> Any:
        raise OSError("No space left on device")

    graded(course, "blank")
    before = entered()
    with monkeypatch.context() as patch:
        patch.setattr(save_grades, "remember", full)
        assert "No space left" in graded(course, "right")[0].failure
    assert entered() == before
    assert [outcome.failure for outcome in graded(course, "right")] == [""]
    assert set(written(course)) == {"blank", "right"}


def test_a_full_disk_loses_nothing(course, one_by_one, tmp_path):
    """The class lies in a small file system, which is filled."""
    disk = tmp_path / "disk"
    disk.mkdir()
    rnncourse = COMMAND[0]
    script = f"""
        cp -r {course.root} {disk}/class && cd {disk}/class
        {rnncourse} regrade {UNIT} --student blank -j 1 || exit 1
        dd if=/dev/zero of={disk}/filler bs=4k 2>/dev/null
        {rnncourse} grade {UNIT} -j 1; echo "code $?"
        rm {disk}/filler
        {rnncourse} grade {UNIT} -j 1
        {rnncourse} export {UNIT} --to {tmp_path}/after.csv
    """
    walls = ["bwrap", "--dev-bind", "/", "/", "--size", str(12 << 20), "--tmpfs", str(disk), "--die-with-parent"]
    ended = subprocess.run([*walls, "sh", "-c", script], capture_output=True, text=True)
    assert "code 2" in ended.stdout, ended.stdout + ended.stderr
    assert "what is graded stays" in ended.stderr
    assert "1 unchanged, not graded again" in ended.stdout
    assert (tmp_path / "after.csv").read_text() == table(one_by_one)


def workers_of(grader: int) -> list[psutil.Process]:
    """The processes that a grader's fork server has started."""
    servers = [p for p in psutil.Process(grader).children() if "multiprocessing.forkserver" in " ".join(p.cmdline())]
    return [worker for server in servers for worker in server.children()]


def test_watching_grades_what_arrives(course):
    """Also when there is nothing at first, and what cannot be graded is said at once."""
    for student in STUDENTS:
        shutil.rmtree(course.submission(UNIT, student).parents[1])
    log = course.root / "log"
    with log.open("w") as out:
        watcher = subprocess.Popen(
            [*COMMAND, "grade", UNIT, "-j", "1", "--watch", "--class", str(course.root)],
            stdout=out,
            stderr=subprocess.STDOUT,
            # What a shell starts in the background ignores the signal, and so do the children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        _until(lambda: "Waiting for submissions" in log.read_text())
        hand_in(course, "blank")
        _until(lambda: "blank" in written(course))
        workers = workers_of(watcher.pid)
        assert len(workers) == 1
        first = written(course)["blank"]
        (course.submission(UNIT, "blank").parent / "timestamp.txt").write_text("2026-11-21 12:00:00 UTC")
        _until(lambda: handed_in_at(course, "blank") == datetime(2026, 11, 21, 12))
        assert written(course)["blank"] == first  # a time runs nothing again
        course.submission(UNIT, "wrong").parent.mkdir(parents=True)
        course.submission(UNIT, "wrong").write_text("{")
        _until(lambda: "\nwrong: " in log.read_text())
        hand_in(course, "wrong")
        _until(lambda: "wrong" in written(course))
        assert workers_of(watcher.pid) == workers
        watcher.send_signal(signal.SIGINT)
        assert watcher.wait(timeout=30) == 0
    finally:
        watcher.kill()
        watcher.wait()
    said = log.read_text()
    assert "Traceback" not in said
    assert "waits for the instructor" in said.split("\nwrong: ")[1]


def test_a_half_written_grade_is_none(one_by_one, tmp_path):
    course = ClassFolder(Path(shutil.copytree(one_by_one.root, tmp_path / "class")))
    path = course.autograded_notebook(UNIT, "right")
    path.write_text(path.read_text()[:-100])
    assert engine.changed(course, UNIT, STUDENTS) == ["right"]
    graded(course, "right")
    assert not engine.changed(course, UNIT, STUDENTS)
    assert table(course) == table(one_by_one)


# Elsewhere


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Dask leaves pipes of its workers open
def test_dask_workers_give_the_same_grades(course, one_by_one):
    """Also when one of them comes later."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        open_pool(1, cluster.scheduler_address) as pool,
    ):
        grading = engine.grade(course, UNIT, STUDENTS, pool)
        outcomes = [next(grading)]
        assert pool.slots == 1
        cluster.scale(2)
        cluster.wait_for_workers(2)
        assert pool.slots == 2
        outcomes += grading
    assert sorted(outcome.student for outcome in outcomes) == list(STUDENTS)
    assert not any(outcome.failure for outcome in outcomes)
    assert table(course) == table(one_by_one)


def test_a_scheduler_that_does_not_answer_is_named(course):
    with pytest.raises(BadInput, match=r"expected a Dask scheduler at tcp://127\.0\.0\.1:9"):
        graded(course, scheduler="tcp://127.0.0.1:9")


def test_a_scheduler_without_workers_is_named(course, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(pools, "SCHEDULER_SECONDS", 1)
    message = r"expected workers at the Dask scheduler tcp://.*; it has none\. Start them"
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster,
        pytest.raises(BadInput, match=message),
    ):
        graded(course, scheduler=cluster.scheduler_address)


def test_a_worker_with_other_code_refuses(course, monkeypatch):
    """On a cluster the package may be older on one machine, and would reach other verdicts there."""
    monkeypatch.setattr("autograder.grading.trusted_execute.code_version", lambda: "0123456789ab")
    (outcome,) = graded(course, "right")
    assert outcome.failure.startswith("right: expected version 0123456789ab of this package")
    assert "Install the same there" in outcome.failure
    assert not written(course)


def _postgres() -> Path | None:
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@pytest.mark.skipif(_postgres() is None, reason="needs a PostgreSQL server (Debian: postgresql), which is missing")
def test_postgresql_as_gradebook(released, one_by_one, tmp_path):
    programs = _postgres()
    assert programs is not None
    data, sockets = tmp_path / "data", tmp_path / "s"
    data.mkdir()
    sockets.mkdir()
    as_other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    if as_other:
        for folder in (data, sockets):
            os.chown(folder, 65534, 65534)
        for parent in tmp_path.parents:
            with contextlib.suppress(PermissionError):
                parent.chmod(parent.stat().st_mode | 0o011)
        tmp_path.chmod(0o755)
    subprocess.run(
        [*as_other, programs / "initdb", "-D", data, "-U", "teacher", "-A", "trust"], check=True, capture_output=True
    )
    server = subprocess.Popen(
        [*as_other, programs / "postgres", "-D", data, "-k", sockets, "-c", "listen_addresses=", "-F"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until(lambda: (sockets / ".s.PGSQL.5432").exists(), 30)
        root = Path(shutil.copytree(released, tmp_path / "class"))
        (root / "gradebook.db").unlink()
        with (root / "nbgrader_config.py").open("a") as config:
            config.write(f'\nc.CourseDirectory.db_url = "postgresql://teacher@/postgres?host={sockets}"\n')
            config.write('c.CourseDirectory.course_id = "rnn"\n')
        course = ClassFolder(root)
        release_unit(course, UNIT)
        for student in STUDENTS:
            hand_in(course, student)
        assert not any(outcome.failure for outcome in graded(course, workers=2))
        assert table(course) == table(one_by_one)
        assert not (root / "gradebook.db").exists()
    finally:
        server.terminate()
        server.wait()
