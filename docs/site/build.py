"""Build the site: `make docs`. Pages are laid out in build/site-source, the site is build/site.

Warnings are errors, and so is a line on any page that students must not see.
"""

import shutil
import sys
import time
from pathlib import Path

import jupyter_server_mathjax
from claims import experiments_page
from commands import command_reference
from notebooks import write_glossary, write_units
from reference import write_reference
from sphinx.cmd.build import build_main

from autograder import PROJECT
from autograder.authoring.leaks import find_leaks
from autograder.authoring.units import all_units

DOCS = PROJECT / "docs"
HERE = Path(__file__).parent
SOURCE = PROJECT / "build" / "site-source"
SITE = PROJECT / "build" / "site"
MATHJAX = Path(jupyter_server_mathjax.__file__).parent / "static"
NAMES_THE_GRADER = ("authors.html",)
"""Pages that say how exercises are written. What else the scan finds there is a leak, as anywhere."""


def lay_out(folder: Path) -> None:
    """Put all pages into a new folder: those that are written, and those that are made."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("site"))
    changes = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    (folder / "changes.md").write_text(changes.replace("](docs/", "]("), encoding="utf-8")
    write_units(folder / "units")
    write_glossary(folder / "glossary.md")
    (folder / "experiments.md").write_text(experiments_page(), encoding="utf-8")
    (folder / "command-line.md").write_text(command_reference(), encoding="utf-8")
    write_reference(folder / "api")


def main() -> int:
    start = time.monotonic()
    lay_out(SOURCE)
    shutil.rmtree(SITE, ignore_errors=True)
    options = ["-q", "-W", "--keep-going", "-E", "-c", str(HERE), "-d", str(SOURCE.with_name("site-cache"))]
    failed = build_main([*options, *sys.argv[1:], str(SOURCE), str(SITE)])
    if failed:
        return failed
    unneeded = shutil.ignore_patterns("SVG", "a11y", "localization")
    shutil.copytree(MATHJAX, SITE / "_static" / "mathjax", ignore=unneeded)
    found = find_leaks(all_units()[-1], SITE)
    leaks = [leak for leak in found if leak.secret != "the grader" or leak.file not in NAMES_THE_GRADER]
    for leak in leaks:
        print(leak)
    print(f"{SITE.relative_to(PROJECT)}/index.html, {time.monotonic() - start:.0f} s, {len(leaks)} leaks")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
