"""What the cells of an assignment import late and slowly, so that it is imported before sandboxes are forked."""

import ast
from collections.abc import Iterator, Sequence
from contextlib import suppress

from nbformat import NotebookNode

from autograder.grading.cells import is_experiment

_OF_TORCH = {
    "torch.autograd.grad": "torch.fx.experimental.symbolic_shapes",
    "torch.func": "torch._dynamo",
    "torch.optim": "torch._dynamo",
}
"""What torch itself imports when something of these names is called first, in 0.4 to 1.3 s."""


def late_imports(cells: Sequence[NotebookNode]) -> tuple[str, ...]:
    """The modules that the cells which are run for grading import, as far as their text says.

    These are ours and those of torch, which start no thread and open no file. Others may; they stay with the cell.

    Args:
        cells: of the assignment, with the answers.
    """
    code = [cell for cell in cells if cell.cell_type == "code" and not is_experiment(cell)]
    own = {module for cell in code for module in _imported(cell.source) if module.split(".")[0] == "rnncore"}
    late = {module for word, module in _OF_TORCH.items() if any(word in cell.source for cell in code)}
    return (*sorted(own), *sorted(late))


def _imported(source: str) -> Iterator[str]:
    with suppress(SyntaxError):  # of a magic
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
