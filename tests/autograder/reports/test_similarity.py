"""Similar submissions. Oracles: copies made here, which must be found; right answers in four ways to write them,
which must not be; the guarantee that the paper on winnowing proves."""

import ast
import importlib.util
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import demo
from autograder.authoring.derive import load_exercise
from autograder.authoring.units import find_unit
from autograder.reports import similarity
from autograder.reports.similarity import WINDOW, Answer, Exercise, find_copies, find_pairs

FILES = sorted(Path(__file__).with_name("answers").glob("*.py"))
PEOPLE = [path.stem for path in FILES]
STUB = "def f():\n    raise NotImplementedError()\n"


def functions(source: str) -> dict[str, str]:
    """The source of each function of a module, by grade_id."""
    found = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return {node.name.replace("_", "-"): str(ast.get_source_segment(source, node)) for node in found}


def honest() -> dict[str, dict[str, str]]:
    return {path.stem: functions(path.read_text()) for path in FILES}


def exercises(work: dict[str, dict[str, str]], stub: str = STUB) -> list[Exercise]:
    return [
        Exercise(name, {who: Answer(code[name]) for who, code in work.items()}, Answer(stub), Answer(reference))
        for name, reference in demo.reference_answers().items()
        if name != "lstm-question"
    ]


def disguise(source: str) -> str:
    """Other names for everything that has been assigned, other formatting, comments."""
    tree = ast.parse(source)
    mine = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    mine |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in mine:
            node.id = f"my_{node.id}"
        elif isinstance(node, ast.arg):
            node.arg = f"my_{node.arg}"
    return "# All my own work.\n" + ast.unparse(tree).replace("\n    return", "\n\n    # the end\n    return")


def edit(source: str) -> str:
    """A line more at the start, and the result in a variable before it is returned."""
    tree = ast.parse(source)
    body = tree.body[0].body
    if isinstance(body[-1], ast.Return):
        body[-1:] = [*ast.parse(f"result = {ast.unparse(body[-1].value)}").body, ast.Return(ast.Name("result"))]
    body[:0] = ast.parse("assert True").body
    return disguise(ast.unparse(ast.fix_missing_locations(tree)))


@pytest.mark.parametrize("path", FILES, ids=PEOPLE)
def test_the_honest_answers_are_right(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for exercise in functions(path.read_text()):
        name = exercise.replace("-", "_")
        verdict = load_exercise("u05_lstm", exercise)(getattr(module, name), seed=1)
        assert verdict.score == verdict.max_score, verdict.to_text()


def test_different_ways_to_write_it_are_not_accused():
    assert find_pairs(exercises(honest())) == []
    assert find_copies(exercises(honest())) == {}


def test_equal_short_answers_are_no_sign_of_copying():
    work = honest()
    one, other = (ast.dump(ast.parse(work[who]["from-torch"])) for who in ("ada", "cleo"))
    assert one == other
    assert find_pairs(exercises({who: work[who] for who in ("ada", "cleo")})) == []


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("change", [disguise, edit])
def test_a_changed_copy_is_found_and_nobody_else(person, change):
    work = honest()
    work["copy"] = {name: change(source) for name, source in work[person].items()}
    assert [pair.students for pair in find_pairs(exercises(work))] == [tuple(sorted((person, "copy")))]


def test_a_disguised_copy_is_the_same_in_all_exercises():
    work = honest()
    work["copy"] = {name: disguise(source) for name, source in work["ben"].items()}
    (pair,) = find_pairs(exercises(work))
    assert {match.exercise for match in pair.matches} == work["ben"].keys()
    assert all(match.share == pytest.approx(1.0) for match in pair.matches)


REORDERED = '''
def lstm_step_backward(gradient, kept):
    """All my own work."""
    incoming_h, incoming_c = gradient
    squashed = tanh(kept.c)
    through_c = incoming_c + incoming_h * kept.o * (1 - squashed * squashed)
    wrt_forget = through_c * kept.c_prev
    wrt_candidate = through_c * kept.i
    wrt_input = through_c * kept.g  # the gate, not the input
    last = through_c * kept.f
    wrt_output = incoming_h * squashed
    C = wrt_candidate * (1 - kept.g**2)
    O = wrt_output * kept.o * (1 - kept.o)
    F = wrt_forget * kept.f * (1 - kept.f)
    I = wrt_input * kept.i * (1 - kept.i)
    sums = concat([I, F, C, O], axis=1)
    bias = sums.sum(axis=0)
    recurrent = kept.h_prev.T @ sums
    inputs = kept.x.T @ sums
    to_h = sums @ kept.params.W_h.T
    to_x = sums @ kept.params.W_x.T
    return to_x, LSTMState(to_h, last), LSTMParams(inputs, recurrent, bias)
'''


def test_independent_statements_in_another_order_are_the_same():
    original = Answer(honest()["ben"]["lstm-step-backward"])
    assert Answer(REORDERED).fingerprints.keys() == original.fingerprints.keys()


def test_statements_that_depend_on_each_other_keep_their_order():
    assert Answer("a = 1\nb = a + 2 * 3\na = b * 4 - 5\nc = a / 6").fingerprints != (
        Answer("a = 1\na = b * 4 - 5\nb = a + 2 * 3\nc = a / 6").fingerprints
    )


def test_names_texts_comments_annotations_and_formatting_do_not_count():
    one = 'def f(x: int) -> int:\n    """Doubles."""\n    # twice\n    y: int = x * 2\n    return g(y, "a", k=[x, y])'
    other = "def h(z):\n  w=(z*2)\n\n  return q(w,'b',\n    k=[z,w])"
    assert Answer(one).fingerprints.keys() == Answer(other).fingerprints.keys() != set()


@given(
    st.lists(st.integers(0, 2**32), min_size=WINDOW, max_size=12),
    st.lists(st.integers(0, 2**32), max_size=20),
    st.lists(st.integers(0, 2**32), max_size=20),
    st.lists(st.integers(0, 2**32), max_size=20),
    st.lists(st.integers(0, 2**32), max_size=20),
)
def test_what_fills_a_window_has_a_fingerprint_in_common(common, before, after, other_before, other_after):
    texts = before + common + after, other_before + common + other_after
    one, other = ({text[place] for place in similarity._winnow(text)} for text in texts)
    assert one & other


def test_an_answer_that_many_have_weighs_little():
    common, rare = (f"def f(x):\n    y = [x * {n}, x + {n}, -x]\n    return [y, {n}, x]" for n in (1, 2))
    answers = {f"many{n}": Answer(common) for n in range(9)} | {"one": Answer(rare), "two": Answer(rare)}
    weight = {
        pair: match.weight / len(match.shared)
        for pair, match in Exercise("f", answers, Answer(STUB), Answer("def f(x):\n    pass")).matches()
    }
    assert weight["one", "two"] == 1.0
    assert weight["many0", "many1"] < 0.2
    assert ("many0", "one") not in weight
    weights = [similarity._rarity(holders, 100) for holders in range(2, 101)]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] == 1.0


def test_answers_that_many_share_are_not_even_compared():
    common = "def f(x):\n    y = [x * 1, x + 1, -x]\n    return [y, 1, x]"
    answers = {f"many{n}": Answer(common) for n in range(similarity.FEW + 1)}
    assert list(Exercise("f", answers, Answer(STUB), Answer("def f(x):\n    pass")).matches()) == []


def test_the_lines_of_what_is_shared():
    shared = Answer("x = f(a * 2 + b * 3, c - 4 * d)")
    other = Answer("y = 1\nq = g(h * 2 + i * 3, j - 4 * k)\nfor z in y:\n    z.a.b.c.d.e()")
    both = set(shared.fingerprints.keys() & other.fingerprints.keys())
    assert other.lines(both) == [2]


def test_the_class_of_the_demonstration(tmp_path):
    stubs = nbformat.read(find_unit(demo.UNIT).source.parents[2] / "course" / demo.UNIT / f"{demo.UNIT}.ipynb", 4)
    nbformat.write(stubs, tmp_path / "released.ipynb")
    demo.hand_in(tmp_path / "released.ipynb", tmp_path)
    names = demo.reference_answers().keys()

    def answers(nb) -> dict[str, str]:
        cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in nb.cells}
        return {name: cells[name] for name in names}

    stub = answers(stubs)
    paths = [path for path in tmp_path.glob("*/*.ipynb") if path.parent.name != "truncated"]
    work = {path.parent.name: answers(nbformat.read(path, 4)) for path in paths}
    found = [
        Exercise(
            name,
            {who: Answer(code[name]) for who, code in work.items() if code[name] != stub[name]},
            Answer(stub[name]),
            Answer(reference),
        )
        for name, reference in demo.reference_answers().items()
        if name != "lstm-question"
    ]
    copies = find_copies(found)
    assert copies.keys() == {"reference", "renamed", "one-bias", "swapped-gates", "endless-loop", "killed-kernel"}
    assert "lstm-forward" not in copies["endless-loop"][0]
    assert find_pairs(found) == []


@pytest.mark.parametrize(
    "source",
    [
        "",
        "def f(:",
        "\0",
        "'\ud800'",
        "-" * 15_000 + "1",
        "(" * 9_000 + ")" * 9_000,
        "1" + "+1" * 9_000,
        "x" + ".a" * 9_000,
        "a=1\n" * 5_000,
        "if 1:\n" + "".join(" " * n + "if 1:\n" for n in range(1, 95)) + " " * 95 + "pass",
        "x = 1\n" * 100_000,
    ],
    ids=range(11),
)
def test_code_made_to_hurt_is_taken_or_left(source):
    answer = Answer(source)
    assert answer.lines(set(answer.fingerprints)) is not None
    list(Exercise("f", {"a": answer, "b": answer}, Answer(STUB), Answer(STUB)).matches())
