"""Every public name of rnncore says what it does, what it takes, what it gives and what it refuses.

A short docstring may do without sections, if it mentions every argument where there are several, or
says where they are explained ("as ..."); and a method may leave it to the one that it overrides.
"""

import ast
import importlib
import inspect
import pkgutil
import re

import pytest

import rnncore

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(rnncore.__path__, "rnncore.") if "__main__" not in module.name
)
SECTIONS = "Args", "Returns", "Yields", "Raises", "Reference"
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
UNSAID = {"lstm_step_backward"}
"""An exercise, of which students see the docstring: they need not check what ours checks."""


def _sections(doc):
    """The text of each section by its name; what comes before the first is ""."""
    parts = re.split(rf"^({'|'.join(SECTIONS)}):", doc, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def _explained(text):
    """The names that a section explains, in order; several may share a line."""
    return [name for line in re.findall(r"^    (\w+(?:, \w+)*):", text, flags=re.M) for name in line.split(", ")]


def _parameters(function):
    a = function.args
    several = [argument for argument in (a.vararg, *a.kwonlyargs, a.kwarg) if argument]
    return [arg.arg for arg in (*a.posonlyargs, *a.args, *several) if arg.arg not in ("self", "cls")]


def _own(function):
    """The nodes of a body, without those of the functions that it defines."""
    todo = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, FUNCTIONS | ast.Lambda | ast.ClassDef):
            todo.extend(ast.iter_child_nodes(node))


def _refuses(function):
    """Whether a body raises an error itself, or calls one of the functions `require_...`."""
    for node in _own(function):
        if isinstance(node, ast.Raise) and "NotImplementedError" not in ast.dump(node):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func).lstrip("_").startswith("require_"):
            return True
    return False


def _faults(function, doc, explains):
    """What the docstring of a function, or of the class whose `__init__` it is, leaves out."""
    parameters, sections = _parameters(function), _sections(doc)
    if "Args" in sections:
        if _explained(sections["Args"]) != parameters:
            yield f"Args must explain {parameters}; got {_explained(sections['Args'])}"
        returns = any(isinstance(node, ast.Return) and node.value for node in _own(function))
        if returns and explains and not {"Returns", "Yields"} & sections.keys():
            yield "it returns something and has no Returns"
    elif len(parameters) > 1 and not re.search(r"\b[Aa]s `|those of `", doc):
        missing = [name for name in parameters if not re.search(rf"\b{name}\b", doc)]
        if missing:
            yield f"it has no Args and does not mention {missing}"
    if _refuses(function) and "Raises" not in sections and function.name not in UNSAID:
        yield "it raises an error and has no Raises"


def _public(nodes):
    return [node for node in nodes if isinstance(node, FUNCTIONS | ast.ClassDef) and not node.name.startswith("_")]


def _faults_of_class(node, kind):
    doc = ast.get_docstring(node)
    if not doc:
        yield node.name, "it has no docstring"
        return
    for method in node.body:
        if isinstance(method, FUNCTIONS) and method.name == "__init__":
            yield from ((node.name, fault) for fault in _faults(method, doc, explains=False))
    for method in _public(node.body):
        name, own = f"{node.name}.{method.name}", ast.get_docstring(method)
        if own:
            yield from ((name, fault) for fault in _faults(method, own, explains=True))
        elif not inspect.getdoc(getattr(kind, method.name)):
            yield name, "neither it nor what it overrides has a docstring"


@pytest.mark.parametrize("name", MODULES)
def test_docstrings_are_whole(name):
    module = importlib.import_module(name)
    tree = ast.parse(inspect.getsource(module))
    faults = [] if ast.get_docstring(tree) else [(name, "it has no docstring")]
    for node in _public(tree.body):
        if isinstance(node, ast.ClassDef):
            faults += _faults_of_class(node, getattr(module, node.name))
        elif doc := ast.get_docstring(node):
            faults += [(node.name, fault) for fault in _faults(node, doc, explains=True)]
        else:
            faults.append((node.name, "it has no docstring"))
    assert not faults, "\n".join(f"{name}.{where}: {what}" for where, what in faults)


def test_faults_are_found():
    """What the test above is for, on docstrings that are not whole."""
    function = ast.parse("def f(a, *, b):\n    require_shape(a)\n    return b").body[0]
    for doc, found in [
        ("Add a and b.\n\nRaises:\n    ValueError: if not.", []),
        ("Add two numbers.", ["does not mention ['a', 'b']", "no Raises"]),
        ("Add, as `g` does.", ["no Raises"]),
        ("Add.\n\nArgs:\n    b: one.\n    a: two.\n\nReturns:\n    c\n\nRaises:\n    E", ["Args must explain"]),
        ("Add.\n\nArgs:\n    a, b: both.\n", ["no Returns", "no Raises"]),
    ]:
        faults = list(_faults(function, doc, explains=True))
        assert len(faults) == len(found)
        assert all(part in fault for part, fault in zip(found, faults, strict=True))
