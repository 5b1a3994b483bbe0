"""Tells what was made by another version of this package."""

import ast
import functools
import importlib.util

OURS = ("autograder", "rnncore")


@functools.lru_cache(maxsize=16)
def missing_modules(sources: tuple[str, ...]) -> list[str]:
    """The modules of this package that some cells import and this version does not have."""
    return sorted({name for source in sources for name in _imported(source) if is_ours(name) and not _exists(name)})


def is_ours(module: str) -> bool:
    return module.partition(".")[0] in OURS


def _imported(source: str) -> list[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return names + [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
