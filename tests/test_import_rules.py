"""Who may import whom."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

_TOPICS = {
    "base": (),
    "metrics": ("base",),
    "cells": ("base",),
    "weights": ("base", "cells"),
    "sequence": ("base", "cells"),
    "attention": ("base", "sequence"),
    "learning": ("base", "sequence"),
    "decoding": ("base", "cells", "sequence", "attention", "learning"),
    "memory": ("base", "sequence", "decoding"),
}
"""For each folder of `rnncore.functional`, the others that it may import; all of them stand further up."""

FUNCTIONAL = {
    f"rnncore/functional/{topic}": {f"rnncore.functional.{other}" for other in (topic, *others)}
    for topic, others in _TOPICS.items()
}

RULES = {
    "rnncore/functional": {"rnncore.functional"},
    **FUNCTIONAL,
    "rnncore/nn": {"rnncore.functional", "rnncore.nn"},
    "rnncore/tasks": {"rnncore.functional", "rnncore.tasks"},
    "rnncore/lab": {"rnncore"},
    "rnncore/experiments": {"rnncore"},
    "autograder": {"autograder", "rnncore"},
    "autograder/checking": {"autograder.checking", "rnncore"},
    "autograder/sandbox": {"autograder.PROJECT", "autograder.sandbox", "rnncore"},
    "autograder/exercises": {"autograder.checking", "autograder.exercises", "rnncore"},
    "autograder/authoring": {
        "autograder.PROJECT",
        "autograder.authoring",
        "autograder.checking",
        "autograder.exercises",
        "autograder.whole_files",
        "rnncore",
    },
    "autograder/grading": {
        "autograder.PROJECT",
        "autograder.authoring",
        "autograder.checking",
        "autograder.exercises",
        "autograder.grading",
        "autograder.limited",
        "autograder.sandbox",
        "autograder.whole_files",
        "rnncore",
    },
    "autograder/intake": {
        "autograder.authoring",
        "autograder.grading",
        "autograder.intake",
        "autograder.limited",
        "autograder.whole_files",
    },
    "autograder/reports": {
        "autograder.authoring",
        "autograder.checking",
        "autograder.grading",
        "autograder.limited",
        "autograder.reports",
    },
    "solutions": {"rnncore"},
}
"""For each folder, what of ours it may import."""

ALIASES = ("autograder/grading/config.py",)
"""Old names of modules, kept for files that users have. They import the new name, wherever it is."""

OURS = ("rnncore", "autograder", "solutions", "course", "tests")


def _imports(path):
    """The absolute names of all modules that a file imports, inside functions too."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _within(name, package):
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("folder", RULES)
def test_folder_imports_only_what_it_may(folder):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path not in [ROOT / alias for alias in ALIASES]
        for name in _imports(path)
        if name.partition(".")[0] in OURS and not any(_within(name, allowed) for allowed in RULES[folder])
    ]
    assert wrong == []


def test_the_folders_of_functional_import_in_one_direction():
    topics = list(_TOPICS)
    assert all(topics.index(other) < topics.index(topic) for topic, others in _TOPICS.items() for other in others)
    assert set(topics) == {init.parent.name for init in (ROOT / "rnncore" / "functional").glob("*/__init__.py")}


@pytest.mark.parametrize("folder", FUNCTIONAL)
def test_a_face_shows_every_public_function_and_class_of_its_folder(folder):
    face = importlib.import_module(folder.replace("/", "."))
    public = {
        node.name
        for path in (ROOT / folder).glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    assert public <= set(face.__all__)
    assert all(hasattr(face, name) for name in face.__all__)


def test_the_rules_cover_every_package():
    covered = {ROOT / folder for folder in RULES}
    packages = [init.parent for part in ("rnncore", "autograder") for init in (ROOT / part).glob("*/__init__.py")]
    assert [package for package in packages if package not in covered] == []
