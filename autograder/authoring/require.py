"""Lets a student notebook say which rnncore it needs, should an older one be installed."""

import re

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

REQUIRE = """\
import rnncore

rnncore.require(unit={unit})

"""
_IMPORT = re.compile(r"^(from|import) rnncore\b", re.M)
_UNIT = re.compile(r"u(\d\d)_")


class RequirePackage(NbGraderPreprocessor):
    """Put the requirement before the first import from rnncore in the notebook of a unit."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        unit = _UNIT.match(str(resources["nbgrader"]["assignment"]))
        cells = [cell for cell in nb.cells if cell.cell_type == "code" and _IMPORT.search(cell.source)]
        if unit and cells:
            cells[0].source = REQUIRE.format(unit=int(unit[1])) + cells[0].source
        return nb, resources
