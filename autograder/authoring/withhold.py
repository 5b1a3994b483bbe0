"""Take the bodies of functions out of a module: away, or out of sight."""

import ast
from collections.abc import Collection, Mapping

from autograder.authoring.picking import LINE
from autograder.authoring.sealed import seal


def blank(source: str, unwritten: Mapping[str, int]) -> str:
    """Take the bodies out of functions.

    Args:
        source: the text of a module.
        unwritten: the names of its functions to empty, with the number of the unit that asks for them.

    Returns:
        The text, in which those functions keep their signature and docstring, and raise `NotImplementedError`.
    """
    lines = source.splitlines(keepends=True)
    for function in _functions(source, unwritten):
        message = f"you write this in unit {unwritten[function.name]}"
        lines[function.body[0].end_lineno : function.end_lineno] = [f'    raise NotImplementedError("{message}")\n']
    return "".join(lines)


def seal_functions(source: str, names: Collection[str]) -> str:
    """Put the bodies of functions out of sight, so that the functions can still be called.

    Args:
        source: the text of a module.
        names: the names of its functions to seal.

    Returns:
        The text, in which those functions keep their signature and docstring.
    """
    if not names:
        return source
    lines = source.splitlines(keepends=True)
    for function in _functions(source, names):
        start, first = function.lineno - 1, function.body[0].lineno - 1
        body = function.body[0].end_lineno if ast.get_docstring(function) else first
        form = seal("".join(lines[start:first] + lines[body : function.end_lineno]))
        width = LINE - len('    ""')
        parts = [f'    "{form[n : n + width]}"\n' for n in range(0, len(form), width)]
        docstring = lines[first:body] or ["    ...\n"]
        lines[start : function.end_lineno] = ["@sealed(\n", *parts, ")\n", *lines[start:first], *docstring]
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    after = imports[-1] if imports else ast.parse(source).body[0]
    lines.insert(after.end_lineno or 0, "from rnncore.sealed import sealed\n")
    return "".join(lines)


def _functions(source: str, names: Collection[str]) -> list[ast.FunctionDef]:
    """The functions of these names at the top level, the last of them first."""
    found = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)] if names else []
    return [function for function in reversed(found) if function.name in names]
