"""Real notebooks, graded. Oracles: the reference gets everything and the blank notebook nothing; a trick gets at most
what its honest twin gets, the same notebook without the trick; nbgrader's own commands get the same grades."""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from autograder import demo
from autograder.demo import Homework
from autograder.grading import intake
from autograder.grading.class_folder import ClassFolder, Grade
from autograder.grading.rebuild import grade_id

UNIT = demo.UNIT
pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")


class Class:
    """A class folder with short limits, in which a notebook is graded under a name, once."""

    def __init__(self, root: Path):
        config = root / "nbgrader_config.py"
        config.write_text(
            f"{config.read_text()}\nc.TrustedExecute.cell_seconds = 3\nc.TrustedExecute.call_seconds = 2\n"
        )
        self.folder = ClassFolder(root)
        self.released = self.folder.release_notebook(UNIT)
        self._graded: dict[str, dict[str, Grade]] = {}

    def homework(self, solved: bool) -> Homework:
        return Homework(self.released, solved)

    def grade(self, name: str, homework: Homework, straight: bool = False) -> dict[str, Grade]:
        """Grades by exercise; `straight` puts the notebook where nbgrader reads it, past the intake."""
        if name not in self._graded:
            path = self.folder.submission(UNIT, name)
            if straight:
                path.parent.mkdir(parents=True)
                path.write_text(json.dumps(homework.nb))
            else:
                handed_in = self.folder.root / "handed-in" / f"{name}.ipynb"
                handed_in.parent.mkdir(exist_ok=True)
                handed_in.write_text(json.dumps(homework.nb))
                intake.collect(self.folder, UNIT, [handed_in])
            self.folder.grade(UNIT, name)
            self._graded[name] = {g.exercise: g for g in self.folder.grades(UNIT) if g.student == name}
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


# Tricks: code put below the first answer of an otherwise blank notebook, or changes to the notebook itself.

CODE = {
    "input transformer": "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'])",
    "ast transformer": """
import ast
class Skip(ast.NodeTransformer):
    def visit_Module(self, node):
        node.body = []
        return node
get_ipython().ast_transformers.append(Skip())
""",
    "run_code": """
async def run_code(self, *args, **kwargs): return False
type(get_ipython()).run_code = run_code
""",
    "run_cell": """
class Result: success = True; result = 5
get_ipython().run_cell = lambda *args, **kwargs: Result()
""",
    "numpy testing": """
import numpy as np, numpy.testing
for name in dir(np.testing):
    if name.startswith('assert'): setattr(np.testing, name, lambda *a, **k: None)
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
""",
    "builtins": """
import builtins
builtins.len = lambda x: 2
builtins.isinstance = lambda *a: True
builtins.abs = builtins.max = builtins.sum = lambda *a, **k: 0.0
builtins.AssertionError = type('Quiet', (Exception,), {})
""",
    "displayhook": """
def lstm_step(x, state, params):
    get_ipython().displayhook(4)
    return 4
""",
    "patched displayhook": """
import executor
executor._add_display('execute_result', {'text/plain': '4'})
class Four:
    def __repr__(self): return '4'
    def __float__(self): return 4.0
lstm_step = lambda *args: Four()
Four()
""",
    "patched executor": """
import executor
def _call(self, request):
    self._reply({'result': 4.0, 'mutated': [], 'score': 4, 'passed': True, 'verdict': 4})
executor.Executor._call = _call
""",
    "reads the disk": """
import glob, os, sys
for folder, _, names in os.walk('/'):
    if folder.startswith(('/proc', '/sys', '/usr', sys.prefix, sys.base_prefix)): continue
    for name in names:
        if name.endswith('.ipynb') or 'u05' in name or 'gradebook' in name:
            exec(open(os.path.join(folder, name)).read())
""",
    "calls the reference": "from rnncore.functional.cells import *\nfrom rnncore.functional.lstm import *",
    "walks the objects": """
import gc, sys, types
frame = sys._getframe()
while frame:
    for name, value in {**frame.f_globals, **frame.f_locals}.items():
        if isinstance(value, types.FunctionType) and name.startswith('lstm'): globals()[name] = value
    frame = frame.f_back
for o in gc.get_objects():
    if isinstance(o, types.FunctionType) and o.__name__ in ('lstm_step', 'lstm_forward', 'lstm_backward'):
        globals()[o.__name__] = o
""",
    "forged replies": """
import json, os, socket, stat, struct, threading, time
def d(**pairs): return {'t': 'dict', 'v': [[k, v] for k, v in pairs.items()]}
text = json.dumps({'form': d(result=4.0, mutated={'t': 'list', 'v': []}, outputs={'t': 'list', 'v': [
    d(output_type='execute_result', data=d(**{'text/plain': '4'}))]}, ok=True), 'sizes': []}).encode()
for fd in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode):
            for _ in range(30): os.write(fd, struct.pack('>II', len(text), 0) + text)
    except OSError: pass
""",
    "equal to everything": demo.EQUAL_TO_EVERYTHING,
    "lying array": """
import numpy as np
class Lying(np.ndarray):
    shape = property(lambda self: (3, 4))
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return np.zeros(())
    def tobytes(self): return b''
def lstm_step(x, state, params): return (np.zeros(1).view(Lying),) * 2, None
""",
    "not finite": """
import numpy as np
def lstm_step(x, state, params):
    return type(state)(np.full_like(state.h, np.nan), np.full_like(state.c, np.inf)), None
""",
    "a huge number": "def lstm_step(x, state, params): return type(state)(10**400, -10**400), 10**400",
    "a result for ever": """
class Endless(dict):
    def items(self):
        while True: yield 1, 1
def lstm_step(*a): return [Endless()] * 10**6
""",
    "ends by atexit": "import atexit, os\natexit.register(lambda: os.write(5, b'4'))\nlstm_step = lambda *a: 4",
}


def _set_metadata(change: Callable[[dict, object], None]) -> Callable[[Homework], None]:
    def apply(homework: Homework) -> None:
        for cell in homework.nb.cells:
            if grade_id(cell):
                change(cell.metadata, cell)

    return apply


def _is_test(cell) -> bool:
    return str(grade_id(cell)).endswith("-check")


def _pasted(text: str) -> Callable[[Homework], None]:
    def apply(homework: Homework) -> None:
        for cell in homework.nb.cells:
            if _is_test(cell):
                cell.source = text

    return apply


def _duplicated(homework: Homework) -> None:
    for cell in [cell for cell in homework.nb.cells if _is_test(cell)]:
        twin = nbformat.v4.new_code_cell("4", metadata=cell.metadata)
        homework.nb.cells += [twin, nbformat.v4.new_code_cell("4", metadata=cell.metadata)]


def _with_bonus(homework: Homework) -> None:
    entry = {"grade": True, "solution": False, "locked": True, "points": 100, "schema_version": 3, "task": False}
    for name in ("bonus-check", "lstm-step"):
        metadata = {"nbgrader": entry | {"grade_id": name, "cell_type": "code"}}
        homework.nb.cells.append(nbformat.v4.new_code_cell("100", metadata=metadata))


def _without_tests(homework: Homework) -> None:
    homework.nb.cells = [cell for cell in homework.nb.cells if not _is_test(cell)]


NOTEBOOK = {
    "skip-execution": _set_metadata(lambda metadata, cell: metadata.update(tags=["skip-execution", "experiment"])),
    "more points": _set_metadata(lambda metadata, cell: metadata["nbgrader"].update(points=100)),
    "tests are answers": _set_metadata(lambda metadata, cell: metadata["nbgrader"].update(solution=True, locked=False)),
    "pasted over by a number": _pasted("4"),
    "pasted over by a verdict": _pasted("### BEGIN HIDDEN TESTS\n4\n### END HIDDEN TESTS"),
    "duplicated tests": _duplicated,
    "a bonus": _with_bonus,
    "a verdict in the metadata": lambda homework: homework.nb.metadata.update(
        rnncourse={"score": 20, "refused": "", "reason": "<script>alert(1)</script>"}
    ),
    "a verdict of another kind": lambda homework: homework.nb.metadata.update(rnncourse=["refused"]),
    "verdicts in the cells": _set_metadata(
        lambda metadata, cell: metadata.update(rnncourse={"score": 4, "max_score": 4, "reason": "", "checks": []})
    ),
}


@pytest.mark.parametrize("trick", CODE)
def test_a_trick_in_the_code_of_a_blank_notebook_gets_nothing(one_class, trick):
    homework = one_class.homework(solved=False).append("lstm-step", CODE[trick])
    grades = one_class.grade(f"code-{trick.replace(' ', '-')}", homework)
    assert grades.keys() == one_class.blank().keys()
    assert all(grade.score == 0 and grade.reason for grade in grades.values() if "question" not in grade.exercise), (
        grades
    )


COLLECTED = ("skip-execution", "a bonus")


@pytest.mark.parametrize(
    ("trick", "straight"),
    [*((trick, True) for trick in NOTEBOOK), *((trick, False) for trick in COLLECTED)],
    ids=[*NOTEBOOK, *(f"{trick}, collected" for trick in COLLECTED)],
)
def test_a_trick_in_a_blank_notebook_gets_nothing(one_class, trick, straight):
    homework = one_class.homework(solved=False)
    NOTEBOOK[trick](homework)
    grades = one_class.grade(f"notebook-{trick.replace(' ', '-')}-{straight}", homework, straight)
    assert {name: (g.score or 0.0, g.max_score) for name, g in grades.items()} == {
        name: (0.0, g.max_score) for name, g in one_class.blank().items()
    }


# Trouble: what does not belong to an exercise costs it nothing.


def _reversed(homework: Homework) -> None:
    homework.nb.cells.reverse()


def _extra(source: str) -> Callable[[Homework], None]:
    def apply(homework: Homework) -> None:
        homework.nb.cells.insert(2, nbformat.v4.new_code_cell(source))

    return apply


TROUBLE = {
    "deleted tests": _without_tests,
    "reversed order": _reversed,
    "duplicated tests": _duplicated,
    "pasted over": _pasted("raise ValueError"),
    "os._exit": _extra("import os; os._exit(0)"),
    "endless loop": _extra("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
    "fork bomb": _extra("import os\nwhile True: os.fork()"),
    "flood": _extra("for _ in range(10**5): print('x' * 500)"),
    "half a surrogate": _extra("print('\\ud800')\nraise ValueError('\\udfff [/bold] \\x1b[31m')"),
    "standard error": _extra("import sys, warnings\nprint('careful', file=sys.stderr)\nwarnings.warn('careful')"),
    "signals": _extra("import os, signal\nfor n in (2, 15, 9): os.kill(1, n)"),
    "closed standard streams": _extra("import sys, os\nsys.stdout.close(); sys.stderr = None; os.closerange(0, 3)"),
}


@pytest.mark.parametrize("kind", TROUBLE)
def test_trouble_outside_of_the_answers_costs_nothing(one_class, kind):
    homework = one_class.homework(solved=True)
    TROUBLE[kind](homework)
    grades = one_class.grade(f"trouble-{kind.replace(' ', '-')}", homework)
    assert scores(grades) == scores(one_class.reference())


IN_ONE = {
    "raises": "1 / 0",
    "exits": "import os\nos._exit(0)",
    "loops": "while True: pass",
    "waits": "import time\ntime.sleep(99)",
}


@pytest.mark.slow
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


@pytest.mark.slow
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
        reports.append(folder.folder.autograded_notebook(UNIT, "reference").read_bytes())
    assert reports[0] == reports[1]


def test_grading_twice_gives_the_same(one_class):

    def verdicts() -> list[dict]:
        nb = nbformat.read(one_class.folder.autograded_notebook(UNIT, "one-bias"), as_version=4)
        return [cell.metadata.get("rnncourse") for cell in nb.cells]

    homework = one_class.homework(solved=True).change("from-torch", ' + weights["bias_hh_l0"]', "")
    before = one_class.grade("one-bias", homework)
    first = verdicts()
    one_class.folder.grade(UNIT, "one-bias")
    assert {g.exercise: g for g in one_class.folder.grades(UNIT) if g.student == "one-bias"} == before
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


@pytest.mark.slow
def test_nbgraders_own_commands_give_the_same_grades(released, tmp_path):
    """`nbgrader autograde --force` and `nbgrader export` in the class folder, against `rnncourse`'s gradebook."""
    folder = Class(Path(shutil.copytree(released, tmp_path / "class")))
    folder.reference()
    folder.blank()
    folder.grade("one-bias", folder.homework(solved=True).change("from-torch", ' + weights["bias_hh_l0"]', ""))
    folder.grade("killed", folder.homework(solved=True).append("lstm-forward", "import os\nos._exit(0)"))
    folder.grade("transformer", folder.homework(solved=False).write("lstm-step", demo.TRANSFORMER))
    ours = list(folder.folder.grades(UNIT))

    def nbgrader(*args: str) -> None:
        command = [str(Path(sys.executable).parent / "nbgrader"), *args]
        done = subprocess.run(command, cwd=folder.folder.root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    nbgrader("autograde", UNIT, "--force")
    assert list(folder.folder.grades(UNIT)) == ours

    nbgrader("export", "--to", str(tmp_path / "nbgrader.csv"))
    with (tmp_path / "nbgrader.csv").open(newline="") as file:
        theirs = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    sums = {student: sum(g.score or 0.0 for g in ours if g.student == student) for student in theirs}
    assert theirs == pytest.approx(sums)
    assert len(theirs) == 5
