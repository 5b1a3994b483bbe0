"""Real notebooks, graded. Oracles: the reference gets everything and the blank notebook nothing; an attack gets at most
what its honest twin gets, the same notebook without the trick; nbgrader's own commands get the same grades.

Attacks that run into limits take long; `make attack` grades them too."""

import contextlib
import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder import demo
from autograder.demo import Homework
from autograder.grading import engine
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import Grade, open_gradebook, read_grades
from autograder.grading.pools import open_pool
from autograder.grading.release import release_unit
from autograder.grading.submission import grade_with_nbgrader
from autograder.grading.trusted import Notebook
from autograder.sandbox.session import StudentError
from tests.attacks import ATTACKS
from tests.attacks.grading import hand_in, points, reasons, student, twins, with_short_limits
from tests.conftest import collect, needs_bwrap

UNIT = demo.UNIT
pytestmark = [needs_bwrap, pytest.mark.slow]


class Class:
    """A class folder with short limits, in which a notebook is graded under a name, once."""

    def __init__(self, root: Path):
        self.folder = with_short_limits(root)
        self.released = self.folder.release_notebook(UNIT)
        self._graded: dict[str, dict[str, Grade]] = {}

    def homework(self, solved: bool) -> Homework:
        return Homework(self.released, solved)

    def grade(self, name: str, homework: Homework) -> dict[str, Grade]:
        """Grades by exercise."""
        if name not in self._graded:
            handed_in = self.folder.root / "handed-in" / f"{name}.ipynb"
            handed_in.parent.mkdir(exist_ok=True)
            handed_in.write_text(json.dumps(homework.nb))
            collect(self.folder, UNIT, [handed_in])
            grade_with_nbgrader(self.folder, UNIT, name)
            self._graded[name] = {g.exercise: g for g in read_grades(self.folder, UNIT) if g.student == name}
        return self._graded[name]

    def reference(self) -> dict[str, Grade]:
        return self.grade("reference", self.homework(solved=True))

    def blank(self) -> dict[str, Grade]:
        return self.grade("blank", self.homework(solved=False))


@pytest.fixture(scope="session")
def one_class(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Class:
    return Class(Path(shutil.copytree(released, tmp_path_factory.mktemp("grading") / "class")))


def scores(grades: dict[str, Grade]) -> dict[str, float | None]:
    return {exercise: grade.score for exercise, grade in grades.items()}


def automatic(grades: dict[str, Grade]) -> dict[str, Grade]:
    return {exercise: grade for exercise, grade in grades.items() if "question" not in exercise}


def test_the_reference_gets_every_automatic_point(one_class):
    grades = one_class.reference()
    assert all(grade.score == grade.max_score and not grade.reason for grade in automatic(grades).values()), grades
    waiting = set(grades) - set(automatic(grades))
    assert waiting
    assert all(grades[name].score is None for name in waiting)


def test_the_blank_notebook_gets_nothing_and_is_told_why(one_class):
    grades = one_class.blank()
    assert all(grade.score == 0 and grade.reason for grade in grades.values()), grades


# Attacks: none gets more than its honest twin, in any exercise; where no answer is touched, nothing is lost either.

QUICK = {name: attack for name, attack in [*ATTACKS.items()][::6] if not attack.slow}
"""Every sixth, of each kind some; `make attack` tries them all, which takes too long here."""


@pytest.fixture(scope="session")
def attacked(released: Path, tmp_path_factory: pytest.TempPathFactory) -> ClassFolder:
    """The class that attacks are handed in to."""
    return with_short_limits(Path(shutil.copytree(released, tmp_path_factory.mktemp("attacked") / "class")))


@pytest.fixture(scope="session")
def twin_points(attacked: ClassFolder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """What the honest twins get, by exercise."""
    hand_in(attacked, twins(), tmp_path_factory.mktemp("twins") / "in")
    for name, _ in twins():
        grade_with_nbgrader(attacked, UNIT, student(name))
    return {attack.twin: points(attacked, student(name)) for name, attack in twins()}


@pytest.mark.parametrize("name", QUICK)
def test_an_attack_gets_no_more_than_its_honest_twin(attacked, twin_points, tmp_path, name):
    attack, who = QUICK[name], student(name)
    twin = twin_points[attack.twin]
    with contextlib.suppress(BadInput):  # of a folder without any file the intake says so
        hand_in(attacked, [(name, attack)], tmp_path / "in")
    if not attacked.submission(UNIT, who).exists():
        assert attack.twin == "nothing handed in"
        return
    grade_with_nbgrader(attacked, UNIT, who)
    found, why = points(attacked, who), reasons(attacked, who)
    assert found.keys() == twin.keys()
    assert all(found[exercise] <= twin[exercise] for exercise in twin), (found, why)
    assert found == twin or not attack.keeps, (found, why)
    assert all(why[exercise] for exercise in twin if found[exercise] == 0), why


def test_torchs_own_layer_is_refused_with_the_reason_and_costs_that_exercise_alone(one_class):
    homework = one_class.homework(solved=True)
    homework.write(
        "lstm-forward", "def lstm_forward(xs, state, params):\n    return *torch_lstm(xs, state, params), None"
    )
    grades = one_class.grade("torch", homework)
    assert grades["lstm-forward"].score == 0
    assert "torch's recurrent layer does it for you" in grades["lstm-forward"].reason
    others = {name: score for name, score in scores(grades).items() if name != "lstm-forward"}
    assert others == {name: score for name, score in scores(one_class.reference()).items() if name != "lstm-forward"}


def test_a_comparison_with_torch_beside_an_answer_costs_nothing(one_class):
    compare = "layer = torch.nn.LSTM(3, 4)\n_, last = torch_lstm(np.ones((1, 1, 3)), lstm_state(1, 4), params)"
    homework = one_class.homework(solved=True).append("lstm-step", f"# torch.nn.LSTM does the same:\n{compare}")
    homework.nb.cells.append(nbformat.v4.new_code_cell(compare))
    assert scores(one_class.grade("compares", homework)) == scores(one_class.reference())


IN_ONE = {
    "raises": "1 / 0",
    "exits": "import os\nos._exit(0)",
    "loops": "while True: pass",
    "waits": "import time\ntime.sleep(99)",
}


@pytest.mark.parametrize(
    ("kind", "when"),
    [("raises", "when called"), ("exits", "when called"), ("loops", "when called"), ("waits", "when defined")],
)
def test_trouble_in_one_answer_costs_that_exercise_alone(one_class, kind, when):
    """lstm_forward is used by no other exercise's checks, and used in those of others only as the reference."""
    body = IN_ONE[kind].replace("\n", "; ")
    source = IN_ONE[kind] if when == "when defined" else f"def lstm_forward(xs, state, params):\n    {body}"
    homework = one_class.homework(solved=True).write("lstm-forward", source)
    grades = one_class.grade(f"one-{kind}-{when.replace(' ', '-')}", homework)
    assert grades["lstm-forward"].score == 0
    assert grades["lstm-forward"].reason
    others = {name: score for name, score in scores(grades).items() if name != "lstm-forward"}
    assert others == {name: score for name, score in scores(one_class.reference()).items() if name != "lstm-forward"}


def test_a_name_that_is_missing_is_explained_by_the_cell_that_stopped(session):
    session.restart()
    notebook = Notebook(session)
    notebook.run("def f(): return helper\n1 / 0\nhelper = 1")
    notebook.run("import os\nos._exit(0)\ndef g(): pass")
    notebook.run("x = 2")
    for name, why in (("f", "helper is missing.* ZeroDivisionError"), ("g", "g is missing.* ended the process")):
        with pytest.raises(StudentError, match=why):
            notebook.function(name)()
    with pytest.raises(StudentError, match="NameError: unheard_of is not defined"):
        notebook.function("unheard_of")()


@pytest.mark.parametrize("noise", ["print('careful', file=sys.stderr)", "warnings.warn('careful')", "print(x)", "x"])
def test_a_right_answer_that_talks_gets_full_marks(one_class, noise):
    answer = demo.reference_answers()["lstm-step"]
    head, body = answer.rsplit('"""\n', 1)
    homework = one_class.homework(solved=True)
    homework.write("lstm-step", f'import sys, warnings\n{head}"""\n    {noise}\n{body}')
    grades = one_class.grade(f"talks-{abs(hash(noise))}", homework)
    assert scores(grades) == scores(one_class.reference())


def test_a_misconception_is_named(one_class):
    homework = one_class.homework(solved=True)
    homework.change("from-torch", ' + weights["bias_hh_l0"]', "")
    grade = one_class.grade("one-bias", homework)["from-torch"]
    assert 0 < grade.score < grade.max_score
    assert "bias" in grade.reason


def test_the_attacker_before_changes_nothing_for_the_student_after(released, tmp_path):
    """The report of an honest student, byte for byte, with and without an attacker graded before."""
    attack = """
import os, pathlib, site, sys
home = pathlib.Path.home()
for path in (home / '.ipython/profile_default/startup/x.py', home / '.local/lib/x.pth', '/tmp/torch.py',
             pathlib.Path(sys.prefix) / 'x.pth', pathlib.Path(site.__file__), '/opt/guest/wire.py', '/dev/shm/x',
             home / '.config/matplotlib/matplotlibrc', home / 'torch.py', home / 'numpy/__init__.py'):
    try:
        path = pathlib.Path(path); path.parent.mkdir(parents=True, exist_ok=True); path.write_text('raise SystemExit')
    except OSError:
        pass
os.kill(1, 2)
"""
    reports = []
    for attacked in (False, True):
        folder = Class(Path(shutil.copytree(released, tmp_path / f"class-{attacked}")))
        if attacked:
            folder.grade("attacker", folder.homework(solved=False).append("lstm-step", attack))
        folder.reference()
        report = nbformat.read(folder.folder.autograded_notebook(UNIT, "reference"), as_version=4)
        del report.metadata["rnncourse"]["seconds"]
        reports.append(nbformat.writes(report))
    assert reports[0] == reports[1]


def test_grading_twice_gives_the_same(one_class):

    def verdicts() -> list[dict]:
        nb = nbformat.read(one_class.folder.autograded_notebook(UNIT, "one-bias"), as_version=4)
        return [cell.metadata.get("rnncourse") for cell in nb.cells]

    homework = one_class.homework(solved=True).change("from-torch", ' + weights["bias_hh_l0"]', "")
    before = one_class.grade("one-bias", homework)
    first = verdicts()
    grade_with_nbgrader(one_class.folder, UNIT, "one-bias")
    assert {g.exercise: g for g in read_grades(one_class.folder, UNIT) if g.student == "one-bias"} == before
    assert verdicts() == first


def test_a_changed_submission_is_asked_something_else(one_class):
    """What a submission learns of its inputs, and prints, does not help the next one."""
    spy = """
seen = []
def lstm_step(x, state, params):
    seen.append(x.ravel()[0])
    return None
"""
    shown = []
    for n in range(2):
        homework = one_class.homework(solved=False).write("lstm-step", f"{spy}\n# {n}")
        homework.nb.cells.append(nbformat.v4.new_code_cell("print(seen[-3:])"))
        name = f"spy-{n}"
        one_class.grade(name, homework)
        nb = nbformat.read(one_class.folder.autograded_notebook(UNIT, name), as_version=4)
        shown.append("".join(output.get("text", "") for output in nb.cells[-1].outputs))
    assert all("[" in text and text.strip() != "[]" for text in shown)
    assert shown[0] != shown[1]


def test_nbgraders_own_commands_give_the_same_grades(released, tmp_path):
    """`nbgrader autograde --force` and `nbgrader export` in the class folder, against `rnncourse`'s gradebook."""
    folder = Class(Path(shutil.copytree(released, tmp_path / "class")))
    folder.reference()
    folder.blank()
    folder.grade("one-bias", folder.homework(solved=True).change("from-torch", ' + weights["bias_hh_l0"]', ""))
    folder.grade("killed", folder.homework(solved=True).append("lstm-forward", "import os\nos._exit(0)"))
    folder.grade("transformer", folder.homework(solved=False).write("lstm-step", demo.TRANSFORMER))
    ours = list(read_grades(folder.folder, UNIT))

    def nbgrader(*args: str) -> None:
        command = [str(Path(sys.executable).parent / "nbgrader"), *args]
        done = subprocess.run(command, cwd=folder.folder.root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    nbgrader("autograde", UNIT, "--force")
    assert list(read_grades(folder.folder, UNIT)) == ours

    nbgrader("export", "--to", str(tmp_path / "nbgrader.csv"))
    with (tmp_path / "nbgrader.csv").open(newline="") as file:
        theirs = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    sums = {student: sum(g.score or 0.0 for g in ours if g.student == student) for student in theirs}
    assert theirs == pytest.approx(sums)
    assert len(theirs) == 5


def imports(statement: str) -> str:
    return f"### BEGIN HIDDEN TESTS\n{statement}\n\ncheck(lstm_step)\n### END HIDDEN TESTS\n"


MISSING = "autograder.hidden_of_another_version"


@pytest.fixture
def graded_before(released: Path, tmp_path: Path) -> ClassFolder:
    course = with_short_limits(Path(shutil.copytree(released, tmp_path / "class")))
    Homework(course.release_notebook(UNIT), solved=True).save(course.submission(UNIT, "ada"))
    grade_with_nbgrader(course, UNIT, "ada")
    return course


def refuses_to_grade(course: ClassFolder) -> None:
    """Oracle: the gradebook before. Students can do nothing about it, so nobody gets 0 for it."""
    before = read_grades(course, UNIT)
    message = f"hidden tests of .* need {MISSING}.*rnncourse release {UNIT}"
    with open_pool(1) as pool, pytest.raises(BadInput, match=message):
        list(engine.grade(course, UNIT, ["ada"], pool))
    assert read_grades(course, UNIT) == before


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.filterwarnings("ignore:hidden tests run inside")
def test_a_release_of_another_version_stops_the_grading_and_changes_no_grade(graded_before, trusted):
    with open_gradebook(graded_before) as gradebook:
        cell = gradebook.find_source_cell("lstm-step-check", UNIT, UNIT)
        cell.source = imports(f"from {MISSING}.u05_lstm import check")
        gradebook.db.commit()
    config = graded_before.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("trusted=True", f"trusted={trusted}"))
    refuses_to_grade(ClassFolder(graded_before.root))


def test_a_missing_module_that_only_running_shows_stops_the_grading_too(graded_before):
    """Also that of nbgrader's own command."""
    source = nbformat.read(graded_before.source(UNIT), as_version=4)
    statement = f"import importlib\ncheck = importlib.import_module({MISSING!r}).check"
    next(cell for cell in source.cells if cell.id == "lstm-step-check").source = imports(statement)
    nbformat.write(source, graded_before.source(UNIT))
    release_unit(graded_before, UNIT)
    refuses_to_grade(graded_before)
    with pytest.raises(BadInput, match=MISSING):
        grade_with_nbgrader(graded_before, UNIT, "ada")
