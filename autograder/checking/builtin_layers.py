"""Finds out whether an answer leaves its work to torch's own recurrent layers, which an exercise asks to write.

The function is followed through the top-level names that it uses, wherever in the notebook these get their values. What
it does not use is not looked at, so that an answer may be compared with torch in any cell. This reads code and does not
run it: whoever builds the name of a layer at run time is not seen.
"""

import ast
import functools
import re
import symtable
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence

LAYERS = frozenset(["RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell", "RNNBase", "RNNCellBase", "_VF"])
FUNCTIONS = frozenset(
    ["rnn_tanh", "rnn_relu", "lstm", "gru", "rnn_tanh_cell", "rnn_relu_cell", "lstm_cell", "gru_cell"]
)
LONGEST = 200_000
"""Cells of more characters are searched as text, since a syntax tree takes a hundred times their size."""

_COMMAND = re.compile(r"^([ \t]*)(?:[%!?].*|.*\?)[ \t]*$", re.M)
_IN_TEXT = re.compile(r"\bnn\s*\.\s*(RNN|LSTM|GRU)")
_BY_NAME = ("getattr", "attrgetter", "__getattribute__")
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def uses_builtin_layer(function: str, sources: Sequence[str], apart_from: Container[str] = ()) -> str:
    """Find a recurrent layer of torch that a function of a notebook uses.

    Args:
        function: the function's name.
        sources: the code cells of the notebook.
        apart_from: names that are answered from elsewhere when the function is called.

    Returns:
        What the layer is called; empty if there is none.
    """
    bindings: dict[str, list[ast.stmt]] = defaultdict(list)
    for source in sources:
        statements = _statements(source)
        if statements is None:
            found = _IN_TEXT.search(source) if function in source else None
            if found:
                return found[1]
            continue
        for statement, names in statements:
            for name in names:
                bindings[name].append(statement)
    torch_names = {"torch", *(name for name, made in bindings.items() if any(map(_imports_torch, made)))}
    waiting, seen = [function], {function}
    while waiting:
        for statement in bindings.get(waiting.pop(), ()):
            found = next(_layers(statement, torch_names, bindings), "")
            if found:
                return found
            new = {name for name in _needed(statement) if name not in apart_from} - seen
            seen |= new
            waiting += new
    return ""


@functools.lru_cache(maxsize=64)  # the cells of a notebook, which is searched once for each exercise
def _statements(source: str) -> list[tuple[ast.stmt, frozenset[str]]] | None:
    """The statements of a cell, each with the names that it gives a value to; None if it cannot be read."""
    tree = _parsed(source)
    return None if tree is None else [(statement, frozenset(_bound(statement))) for statement in tree.body]


def _parsed(source: str) -> ast.Module | None:
    """The syntax tree of a cell, whose commands to IPython do not count."""
    if len(source) > LONGEST:
        return None
    for text in (source, _COMMAND.sub(r"\1pass", source)):
        try:
            return ast.parse(text)
        except _UNREADABLE:
            continue
    return None


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The top-level names that a statement gives a value to."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        yield from (name for node in ast.walk(statement) if isinstance(node, ast.Global) for name in node.names)
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _imports_torch(statement: ast.stmt) -> bool:
    modules = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
    modules += [statement.module or ""] if isinstance(statement, ast.ImportFrom) else []
    return any(module.split(".")[0] == "torch" for module in modules)


def _needed(statement: ast.stmt) -> set[str]:
    """The top-level names that a statement uses, and not those that a function in it has as its own."""
    try:
        top = symtable.symtable(ast.unparse(statement), "<answer>", "exec")
    except _UNREADABLE:
        return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    tables, names = [top], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (s.is_global() or table is top)}
    return names


def _layers(statement: ast.stmt, torch_names: Container[str], bound: Container[str]) -> Iterator[str]:
    """The recurrent layers of torch that a statement names."""
    for node in ast.walk(statement):
        match node:
            case ast.Attribute(attr=name) if name in LAYERS:
                yield name
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in FUNCTIONS and module in torch_names:
                yield name
            case ast.Name(id=name) if name in LAYERS and name not in bound:
                yield name  # as `from torch.nn import *` brings it
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] == "torch":
                yield from (alias.name for alias in node.names if alias.name in LAYERS | FUNCTIONS)
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in _BY_NAME:
                yield from _texts(node.args)
            case ast.Subscript(value=ast.Attribute(attr="__dict__") | ast.Call(func=ast.Name(id="vars"))):
                yield from _texts([node.slice])


def _texts(nodes: Sequence[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            last = node.value.split(".")[-1]
            if last in LAYERS | FUNCTIONS:
                yield last
