"""The reference of `rnncore`: a page for each of its packages, docstrings as reStructuredText, sources linked.

What a source page shows is what students of all units get (`readable_modules`). So an exercise has its signature and
docstring here, and neither a body nor a link to one.
"""

import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docstrings import as_restructured_text
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

import rnncore
from autograder.authoring.student_edition import readable_modules
from autograder.authoring.units import all_units

ALL = """\
rnncore
=======

{summary}

Equations stand in each docstring, code is one function for one equation. ``[source]`` shows what students of all units
get: an exercise of the course has no such link, since its body is for you to write. Sources that no notebook reaches
have none either; they are in the repository.

.. toctree::
   :maxdepth: 1

{pages}
"""
MEMBERS = "   :members:\n   :member-order: bysource\n   :ignore-module-all:\n"


def write_reference(folder: Path) -> None:
    """Write the pages that have Sphinx document rnncore, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    modules: dict[str, list[str]] = {}
    for name in _module_names():
        package = name if _is_package(name) else name.rpartition(".")[0]
        modules.setdefault(package, []).append(name)
    pages = {package: names for package, names in sorted(modules.items()) if len(names) > 1}
    for package, names in pages.items():
        (folder / f"{package}.rst").write_text(_page(package, names), encoding="utf-8")
    summary = (rnncore.__doc__ or "").strip()
    listed = "\n".join(f"   {package}" for package in pages)
    (folder / "index.rst").write_text(ALL.format(summary=summary, pages=listed), encoding="utf-8")


def _module_names() -> list[str]:
    found = pkgutil.walk_packages(rnncore.__path__, "rnncore.")
    return [module.name for module in found if not module.name.rpartition(".")[2].startswith("_")]


def _is_package(name: str) -> bool:
    return hasattr(importlib.import_module(name), "__path__")


def _page(package: str, names: Iterable[str]) -> str:
    title = package.removeprefix("rnncore.")
    parts = [f"{title}\n{'=' * len(title)}\n\n.. automodule:: {package}\n"]
    for name in sorted(set(names) - {package}):
        heading = name.rpartition(".")[2].replace("_", r"\_")
        parts.append(f"{heading}\n{'-' * len(heading)}\n\n.. automodule:: {name}\n{MEMBERS}")
    return "\n".join(parts)


def _convert_docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = as_restructured_text(lines, what)


def _shorten(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Write an array as the sources do; at run time any array is `Any`."""
    return tuple(text and text.replace("[Any, '", "[Array, '") for text in (signature, returns))  # type: ignore[return-value]


def _skip(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out the fields of named tuples, which the signature lists, where nobody wrote a docstring."""
    return True if str(getattr(obj, "__doc__", "")).startswith("Alias for field number") else None


class Sources:
    """What source pages show, by module, with the line numbers of what may be linked."""

    def __init__(self) -> None:
        self.code = readable_modules()
        self.exercises = {name.rpartition(".")[2] for unit in all_units() for name in unit.exercises()}

    def find(self, app: Sphinx, module: str) -> tuple[str, dict[str, Any]] | None:
        """The text of a module, and where its definitions stand."""
        if module not in self.code:
            return None
        analyzer = ModuleAnalyzer.for_string(self.code[module], module)
        tags = {name: place for name, place in analyzer.find_tags().items() if name not in self.exercises}
        return analyzer.code, tags

    def withhold_others(self, app: Sphinx, env: Any, docnames: list[str]) -> None:
        """Let Sphinx's viewcode know that all other modules have no source."""
        env._viewcode_modules = {name: False for name in _module_names() if name not in self.code}

    def list_shown(self, app: Sphinx) -> list[Any]:
        """Keep modules without a source out of viewcode's list of pages."""
        shown = {name: entry for name, entry in app.env._viewcode_modules.items() if entry}  # type: ignore[attr-defined]
        app.env._viewcode_modules = shown  # type: ignore[attr-defined]
        return []


def setup(app: Sphinx) -> dict[str, Any]:
    sources = Sources()
    # Before napoleon, which reads the sections.
    app.connect("autodoc-process-docstring", _convert_docstring, priority=400)
    app.connect("autodoc-process-signature", _shorten)
    app.connect("autodoc-skip-member", _skip)
    app.connect("viewcode-find-source", sources.find)
    app.connect("env-before-read-docs", sources.withhold_others)
    app.connect("html-collect-pages", sources.list_shown, priority=400)
    return {"parallel_read_safe": False}
