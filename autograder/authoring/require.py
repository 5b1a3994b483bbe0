"""Lets a student notebook take rnncore from beside it, and say which it needs, should an older one be installed."""

import re

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

REQUIRE = """\
import rnncore

rnncore.require(unit={unit})

"""
WHEEL_BESIDE = """\
# The package of the course lies beside this notebook.
import sys
from pathlib import Path

wheels = Path().glob("rnncore_student-*.whl")
newest_first = sorted(wheels, key=lambda wheel: wheel.stat().st_mtime, reverse=True)
sys.path[:0] = [str(wheel.resolve()) for wheel in newest_first]

"""
_IMPORT = re.compile(r"^(from|import) rnncore\b", re.M)
_UNIT = re.compile(r"u(\d\d)_")


class RequirePackage(NbGraderPreprocessor):
    """Put the requirement before the first import from rnncore in the notebook of a unit."""

    wheel_beside = Bool(False, help="Whether the notebook takes rnncore from the wheel beside it.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        unit = _UNIT.match(str(resources["nbgrader"]["assignment"]))
        cells = [cell for cell in nb.cells if cell.cell_type == "code" and _IMPORT.search(cell.source)]
        if unit and cells:
            start = WHEEL_BESIDE if self.wheel_beside else ""
            cells[0].source = start + REQUIRE.format(unit=int(unit[1])) + cells[0].source
        return nb, resources
