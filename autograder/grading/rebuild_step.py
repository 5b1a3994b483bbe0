"""The first step of nbgrader's autograding here."""

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.grading.rebuild import rebuild


class Rebuild(NbGraderPreprocessor):
    """Puts a submission into the shape of the released version of the assignment."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        entry = resources["nbgrader"]
        course = CourseDirectory(parent=self)
        folder = course.format_path(course.release_directory, ".", entry["assignment"])
        source = nbformat.read(f"{folder}/{entry['notebook']}.ipynb", as_version=4)
        return rebuild(nb, source), resources
