"""Cut a package down to the definitions that some code reaches.

A definition is a function, a class, an assignment or an imported name at the top level of a module. Python's own symbol
tables say which names a definition refers to; a name leads to its definition through imports, aliases and the faces of
packages. A module that is used other than by its attributes is reached as a whole. Statements that define nothing stay
wherever their module does.
"""

import ast
import contextlib
import functools
import symtable
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

LINE = 100
"""The longest line of an import that is written anew."""

Chain = tuple[str, ...]
"""A name and the attributes taken from it: `a.b.c` is `("a", "b", "c")`."""


@dataclass(frozen=True)
class Target:
    """What a name is imported from: a module, and the attributes taken from it."""

    module: str
    chain: Chain = ()


@dataclass(frozen=True)
class Statement:
    """A statement at the top level of a module."""

    node: ast.stmt
    text: str
    """Its lines, with the blank lines and comments above, and below a constant its docstring."""

    @functools.cached_property
    def binds(self) -> frozenset[str]:
        """The names that it defines; none if it is there for what it does."""
        match self.node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                return frozenset({name})
            case ast.Assign(targets=targets) if all(map(_is_plain, targets)):
                return frozenset(name for target in targets for (name, *_) in _chains(target))
            case ast.AnnAssign(target=ast.Name(id=name)):
                return frozenset({name})
            case ast.Import() | ast.ImportFrom():
                return frozenset(name for name, _ in _imported(self.node))
        return frozenset()

    @functools.cached_property
    def references(self) -> frozenset[Chain]:
        """What it takes from the names of its module, also in annotations that are strings."""
        used = set(_global_names(symtable.symtable(self.text, "", "exec")))
        found = {chain for chain in _chains(self.node) if chain[0] in used}
        return frozenset(found.union(*map(_chains, _string_annotations(self.node))))

    @functools.cached_property
    def inner_imports(self) -> list[Target]:
        """What is imported within it."""
        nested = [node for node in ast.walk(self.node) if node is not self.node]
        return [target for node in nested for _, target in _imported(node)]

    def cut(self, names: set[str]) -> str:
        """Its text with some of its names; empty if it has none of them."""
        match self.node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=entries)):
                kept = [ast.literal_eval(entry) for entry in entries if ast.literal_eval(entry) in names]
                if kept and len(kept) < len(entries):
                    return "".join(["__all__ = [\n", *(f'    "{name}",\n' for name in kept), "]\n"])
                return self.text if kept else ""
            case ast.Import() | ast.ImportFrom() if 0 < len(self.binds & names) < len(self.binds):
                kept = [alias for alias in self.node.names if _bound(self.node, alias) in names]
                return _import_text(self.node, kept)
        return self.text if not self.binds or self.binds & names else ""


class Module:
    """A module as a list of statements."""

    def __init__(self, source: str):
        self.statements = list(_statements(source))
        self.definitions: dict[str, list[Statement]] = {}
        self.imports: dict[str, list[Target]] = {}
        for statement in self.statements:
            for name in statement.binds - {"__all__"}:
                self.definitions.setdefault(name, []).append(statement)
            for name, target in _imported(statement.node):
                self.imports.setdefault(name, []).append(target)

    @functools.cached_property
    def chains(self) -> list[Chain]:
        """What its code names, such as `("np", "tanh")`."""
        return [chain for statement in self.statements for chain in _chains(statement.node)]

    def cut(self, names: set[str]) -> str:
        """The text of the module with the definitions of some names, and no others."""
        text, blank = "", 0
        for statement in self.statements:
            blank = max(blank, len(statement.text) - len(statement.text.lstrip("\n")))
            kept = statement.cut(names).lstrip("\n")
            if kept:
                text, blank = text + "\n" * blank + kept, 0
        return text


@functools.cache
def parse(source: str) -> Module:
    """The module of a text; parsed once, since most modules are the same in all units."""
    return Module(source)


def pick(roots: Iterable[str], load: Callable[[str], str | None], package: str) -> dict[str, str]:
    """The part of a package that some code reaches.

    Args:
        roots: the code, some texts of it. What they import is reached whether they use it or not.
        load: gives the text of a module by its dotted name, and None if there is no such module.
        package: the name of the package.

    Returns:
        The text of each module of which something is reached, by its dotted name.
    """
    load = functools.cache(load)
    picker = _Picker(load, package)
    for root in roots:
        module = parse(root)
        for name, targets in module.imports.items():
            for attributes in {chain[1:] for chain in module.chains if chain[0] == name} or {()}:
                picker.follow(targets, attributes)
    return {name: parse(load(name) or "").cut(names) for name, names in sorted(picker.reached().items())}


class _Picker:
    """Follows names to their definitions, and these to the names that they refer to."""

    def __init__(self, load: Callable[[str], str | None], package: str):
        self._load = load
        self._package = package
        self._waiting: list[Target] = []
        self._reached: dict[str, set[str]] = {}

    def follow(self, targets: Iterable[Target], attributes: Chain = ()) -> None:
        """Reach what is imported and, where that is a module, these attributes of it."""
        ours = [target for target in targets if target.module.split(".")[0] == self._package]
        self._waiting += [Target(target.module, target.chain + attributes) for target in ours]

    def reached(self) -> dict[str, set[str]]:
        """The names that are reached, by module."""
        while self._waiting:
            self._reach(self._waiting.pop())
        return self._reached

    def _reach(self, target: Target) -> None:
        name, chain = target.module, target.chain
        source = self._load(name)
        if source is None:
            raise ModuleNotFoundError(f"expected a module of {self._package}; got {name!r}")
        module = parse(source)
        self._enter(name, module)
        if not chain:
            self._waiting += [Target(name, (definition,)) for definition in module.definitions]
        elif chain[0] in module.definitions:
            self._define(name, module, chain[0])
            self.follow(module.imports.get(chain[0], ()), chain[1:])
        elif self._load(f"{name}.{chain[0]}") is not None:
            self._waiting.append(Target(f"{name}.{chain[0]}", chain[1:]))
        elif not chain[0].startswith("__"):
            self._waiting.append(Target(name))

    def _enter(self, name: str, module: Module) -> None:
        """Take up a module, the packages that it is in, and what it does when it is imported."""
        if name in self._reached:
            return
        self._reached[name] = set()
        if "." in name:
            self._waiting.append(Target(name.rpartition(".")[0], ("__path__",)))
        for statement in module.statements:
            if not statement.binds:
                self._refer(name, module, statement)

    def _define(self, name: str, module: Module, definition: str) -> None:
        if definition in self._reached[name]:
            return
        self._reached[name].add(definition)
        for statement in module.definitions[definition]:
            self._refer(name, module, statement)

    def _refer(self, name: str, module: Module, statement: Statement) -> None:
        self.follow(statement.inner_imports)
        for chain in statement.references:
            if chain[0] in module.definitions:
                self._waiting.append(Target(name, chain))
            elif chain[0] == "globals":
                self._waiting.append(Target(name))


def _statements(source: str) -> Iterator[Statement]:
    lines = source.splitlines(keepends=True)
    start, last = 0, None
    for node in ast.parse(source).body:
        text = "".join(lines[start : node.end_lineno])
        start = node.end_lineno or 0
        if last is not None and _is_docstring(node):
            last = replace(last, text=last.text + text)
            continue
        if last is not None:
            yield last
        last = Statement(node, text)
    if last is not None:
        yield last


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_plain(target: ast.expr) -> bool:
    """Whether an assignment to it only gives names, and does not change what a name stands for."""
    return not any(isinstance(node, ast.Attribute | ast.Subscript) for node in ast.walk(target))


def _imported(node: ast.AST) -> Iterator[tuple[str, Target]]:
    """The names that an import binds, with what they stand for."""
    match node:
        case ast.ImportFrom(module=str(module), names=aliases, level=0):
            yield from ((_bound(node, alias), Target(module, (alias.name,))) for alias in aliases)
        case ast.Import(names=aliases):
            for alias in aliases:
                yield _bound(node, alias), Target(alias.name if alias.asname else alias.name.split(".")[0])
                yield _bound(node, alias), Target(alias.name, ("__path__",))


def _bound(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    return alias.asname or (alias.name.split(".")[0] if isinstance(node, ast.Import) else alias.name)


def _import_text(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> str:
    """An import of some names, in the form that ruff gives it."""
    if isinstance(node, ast.Import):
        return ast.unparse(ast.Import(names)) + "\n"
    text = ast.unparse(ast.ImportFrom(node.module, names, node.level)) + "\n"
    if len(text) <= LINE:
        return text
    head = text.partition(" import ")[0]
    return "".join([f"{head} import (\n", *(f"    {ast.unparse(alias)},\n" for alias in names), ")\n"])


def _chains(node: ast.AST) -> Iterator[Chain]:
    """The names in some code, each with the attributes taken from it."""
    attributes: Chain = ()
    part = node
    while isinstance(part, ast.Attribute):
        attributes = (part.attr, *attributes)
        part = part.value
    if isinstance(part, ast.Name):
        yield (part.id, *attributes)
    else:
        for child in ast.iter_child_nodes(part):
            yield from _chains(child)


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    """The names that are looked up at the top level of a module."""
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() != "function"):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _global_names(child)


def _string_annotations(node: ast.AST) -> Iterator[ast.AST]:
    """Annotations written as strings, as code; those that name shapes are none, or name nothing that there is."""
    for part in ast.walk(node):
        for annotation in (getattr(part, "annotation", None), getattr(part, "returns", None)):
            for constant in ast.walk(annotation) if annotation is not None else ():
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                    with contextlib.suppress(SyntaxError):
                        yield ast.parse(constant.value, mode="eval")
