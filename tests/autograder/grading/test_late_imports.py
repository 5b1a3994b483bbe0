"""What sandboxes import before they are forked. Oracle: the modules of a process in a sandbox."""

import shutil
import zipfile

import nbformat
import pytest

from autograder.authoring.student_edition import build_wheel
from autograder.authoring.units import Unit, all_units, find_unit
from autograder.grading.late_imports import late_imports
from autograder.sandbox.session import Session
from autograder.sandbox.starting import FORKED, WAY
from autograder.sandbox.walls import Limits
from tests.conftest import needs_bwrap


def cells_of(*sources: str, **metadata: list[str]) -> list[nbformat.NotebookNode]:
    return [nbformat.v4.new_code_cell(source, metadata=metadata) for source in sources]


def answered(unit: Unit) -> list[nbformat.NotebookNode]:
    return nbformat.read(unit.source.with_suffix(".ipynb"), as_version=4).cells


def test_what_the_text_of_cells_imports_is_found():
    cells = cells_of(
        "from rnncore.tasks.text import text\nfrom . import own\nimport rnncore.lab, pandas",
        "def step():\n    from rnncore.functional.base import map_tree\n    return torch.optim.SGD([])",
        "%matplotlib inline\nimport rnncore.nn",
        "import rnncorehidden",
    )
    cells += cells_of("import rnncore.experiments.adding\ntorch.func.grad", tags=["experiment"])
    cells.append(nbformat.v4.new_markdown_cell("torch.autograd.grad"))
    assert late_imports(cells) == ("rnncore.functional.base", "rnncore.lab", "rnncore.tasks.text", "torch._dynamo")
    assert late_imports([]) == ()


@needs_bwrap
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "slow"),
    [
        ("u04_gradient_flow", "torch._dynamo"),
        ("u08_tagging_and_classification", "sympy"),
        ("u11_forecasting", "pandas"),
        ("u12_reading_images", "sklearn.datasets"),
    ],
)
def test_a_process_begins_with_all_of_it(name, slow, tmp_path, monkeypatch):
    monkeypatch.setenv(WAY, FORKED)  # which asks that the imports start no thread and leave no file open
    unit = find_unit(name)
    imports = late_imports(answered(unit))
    assert len(imports) > 3
    wanted = {slow, *imports}
    with Session(build_wheel(unit, tmp_path), Limits(), imports=imports) as session:
        [output] = session.run(f"import sys\nprint({wanted!r} - sys.modules.keys())").outputs
    assert output["text"] == "set()\n"


@needs_bwrap
@pytest.mark.slow
def test_what_cannot_be_imported_fails_in_its_cell(wheel, tmp_path, monkeypatch):
    monkeypatch.setenv(WAY, FORKED)
    broken = tmp_path / wheel.name
    shutil.copyfile(wheel, broken)
    with zipfile.ZipFile(broken, "a") as archive:
        archive.writestr("rnncore/broken.py", "1 / 0")
    with Session(broken, Limits(), imports=("rnncore.nothing", "rnncore.broken", "rnncore.lab.checks")) as session:
        assert session.run("import sys; assert 'rnncore.lab.checks' in sys.modules").ok
        [output] = session.run("import rnncore.broken").outputs
    assert output["ename"] == "ZeroDivisionError"


def test_the_notebooks_of_all_units_say_what_they_import():
    for unit in all_units():
        assert any(module.startswith("rnncore.lab") for module in late_imports(answered(unit)))
