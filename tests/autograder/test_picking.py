"""Picking definitions. Oracle: a fresh Python that runs the code with the picked package alone."""

import subprocess
import sys

import pytest

from autograder.authoring.picking import pick

PACKAGE = {
    "pack": '"""The package."""\n',
    "pack.shapes": '''\
"""Shapes."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from pack.base import SCALE, ORIGIN as START, scaled
from pack.base import register

# Two numbers
# in one name.
WIDE, HIGH = 3, 2
"""What is wide is three."""

UNUSED = 7


class Point(NamedTuple):
    """A place."""

    x: float
    y: float


@dataclass
class Circle:
    """All points of one distance."""

    centre: "Point"
    radius: float = SCALE


def area(circle: Circle) -> float:
    """π r²."""
    return math.pi * circle.radius**2  # the radius squared


def box(scale: Callable[[int], int] = scaled) -> int:
    """An area of numbers."""

    def inner(HIGH):
        return HIGH * WIDE

    return inner(scale(1))


# Nobody asks for what follows.


@register
def grown(circle, by=replace):
    return by(circle, radius=START)
''',
    "pack.base": '''\
"""What shapes stand on."""

FOUND = []
SCALE = 2
ORIGIN = 0


def register(function):
    FOUND.append(function.__name__)
    return function


def scaled(n):
    """Made by a helper."""
    return _helper(n)


def _helper(n):
    return n * SCALE


FOUND.append("base")
''',
    "pack.face": '''\
"""What is offered."""

from pack.face.one import first, second
from pack.face.two import third as last
from pack import shapes

__all__ = [
    "first",
    "last",
    "second",
    "shapes",
]

TABLE = {"first": first, "last": last}
''',
    "pack.face.one": """\
def first():
    return second() - 1


def second():
    return 2


def other():
    return 0
""",
    "pack.face.two": """\
from pack.face import one


def third():
    return one.second() + 1
""",
    "pack.dynamic": """\
A = 1
B = 2


def look(name):
    return globals()[name]


def late():
    from pack.base import scaled

    return scaled(1)
""",
}

CASES = {
    "a constant": ("from pack.shapes import WIDE\nassert WIDE == 3", {"pack.shapes": "WIDE HIGH"}),
    "a function with a helper": (
        "from pack.base import scaled\nassert scaled(2) == 4",
        {"pack.base": "FOUND SCALE scaled _helper"},
    ),
    "a default value, and a local name that is also a global one": (
        "from pack.shapes import box\nassert box() == 6",
        {"pack.shapes": "Callable scaled WIDE HIGH box", "pack.base": "FOUND SCALE scaled _helper"},
    ),
    "a base class": ("from pack.shapes import Point", {"pack.shapes": "NamedTuple Point"}),
    "an annotation that is a string, and a decorator from elsewhere": (
        "from pack.shapes import Circle\nassert Circle((0, 0)).radius == 2",
        {"pack.shapes": "NamedTuple Point dataclass SCALE Circle", "pack.base": "FOUND SCALE"},
    ),
    "a decorator of the package, and an imported name with an alias": (
        "from pack.shapes import grown",
        {"pack.shapes": "replace START register grown", "pack.base": "FOUND register ORIGIN"},
    ),
    "a name through a face": (
        "from pack.face import first\nassert first() == 1",
        {"pack.face": "first", "pack.face.one": "first second"},
    ),
    "a name with an alias through a face, and a module used by its attributes": (
        "from pack.face import last\nassert last() == 3",
        {"pack.face": "last", "pack.face.two": "one third", "pack.face.one": "second"},
    ),
    "a module under another name": (
        "import pack.face.one as numbers\nassert numbers.second() == 2",
        {"pack.face": "", "pack.face.one": "second"},
    ),
    "a module of a package, by its attributes": (
        "from pack.face import one\nassert one.second() == 2",
        {"pack.face": "", "pack.face.one": "second"},
    ),
    "a module by its full name": (
        "import pack.base\nassert pack.base.SCALE == 2",
        {"pack.base": "FOUND SCALE"},
    ),
    "a module offered by a face": (
        "from pack.face import shapes\nassert shapes.WIDE == 3",
        {"pack.face": "shapes", "pack.shapes": "WIDE HIGH"},
    ),
    "a module as a value is reached as a whole": (
        "from pack.face import one\nassert len([name for name in vars(one) if name[0] != '_']) == 3",
        {"pack.face": "", "pack.face.one": "first second other"},
    ),
    "names looked up while running": (
        "from pack.dynamic import look\nassert look('B') == 2",
        {"pack.dynamic": "A B look late", "pack.base": "FOUND SCALE scaled _helper"},
    ),
    "an import within a function": (
        "from pack.dynamic import late\nassert late() == 2",
        {"pack.dynamic": "late", "pack.base": "FOUND SCALE scaled _helper"},
    ),
    "a name of a table": (
        "from pack.face import TABLE\nassert TABLE['last']() == 3",
        {
            "pack.face": "TABLE first last",
            "pack.face.one": "first second",
            "pack.face.two": "one third",
        },
    ),
    "a path only": ("from pack import face\nassert face.__path__", {"pack.face": ""}),
}


def picked(*roots):
    return pick(roots, PACKAGE.get, "pack")


def written(texts, folder):
    for name, text in texts.items():
        is_package = any(other.startswith(f"{name}.") for other in PACKAGE)
        path = folder.joinpath(*name.split("."), *["__init__"] * is_package).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(code, folder):
    program = f"import sys\nsys.path.insert(0, {str(folder)!r})\n{code}"
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True)


@pytest.mark.parametrize("case", CASES)
def test_what_is_reached_runs_and_nothing_else_is_there(case, tmp_path):
    """Which names a module has is asked of Python, which imports it."""
    code, wanted = CASES[case]
    written(picked(code), tmp_path)
    done = run(code, tmp_path)
    assert done.returncode == 0, done.stderr
    modules = sorted(path for path in tmp_path.rglob("*.py"))
    names = [".".join(path.relative_to(tmp_path).with_suffix("").parts).removesuffix(".__init__") for path in modules]
    assert sorted(names) == sorted({"pack", *wanted})
    for name, path in zip(names, modules, strict=True):
        program = f"space = {{}}\nexec({path.read_text()!r}, space)\nprint(*space)"
        found = run(program, tmp_path).stdout.split()
        own = {one for one in found if not one.startswith("__")}
        assert own == set(wanted.get(name, "").split()), name


def test_comments_and_docstrings_stay_with_what_they_are_about():
    text = picked("from pack.shapes import WIDE, area")["pack.shapes"]
    assert text.startswith('"""Shapes."""\n\nimport math\n')
    assert '# Two numbers\n# in one name.\nWIDE, HIGH = 3, 2\n"""What is wide is three."""\n' in text
    assert "circle.radius**2  # the radius squared\n" in text
    assert "Nobody asks" not in text


def test_definitions_keep_their_order_and_their_distance():
    assert picked("from pack.base import scaled")["pack.base"] == (
        '"""What shapes stand on."""\n\nFOUND = []\nSCALE = 2\n\n\ndef scaled(n):\n    """Made by a helper."""\n'
        '    return _helper(n)\n\n\ndef _helper(n):\n    return n * SCALE\n\n\nFOUND.append("base")\n'
    )


def test_a_face_offers_what_it_has():
    face = picked("from pack.face import first, last")["pack.face"]
    assert '__all__ = [\n    "first",\n    "last",\n]\n' in face
    assert "second" not in face
    assert "__all__" not in picked("import pack.face.one as one\none.first")["pack.face"]


def test_what_a_module_does_when_it_is_imported_stays():
    texts = picked("from pack.base import ORIGIN")
    assert 'FOUND.append("base")' in texts["pack.base"]


def test_a_missing_module_is_named():
    with pytest.raises(ModuleNotFoundError, match=r"pack\.nowhere"):
        picked("from pack.nowhere import anything")


def test_all_of_a_module_is_the_module():
    for name in ("pack.base", "pack.face.one"):
        assert picked(f"import {name} as it\nprint(it)")[name] == PACKAGE[name]
