"""Text that costs whoever reads it minutes or gigabytes, or does something there: JSON, code, HTML, Markdown, archives,
messages in tables. The work beside it is right, so that it may lose nothing where it can be read."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat

from autograder.demo import Homework
from tests.attacks.attack import HARMFUL, Attack, extra, instead

FORMULA = "=cmd|' /C calc'!A0"
PICTURE = "http://attacker.example/seen.png"


def _text(source: str) -> Attack:
    """A text cell of the student's own."""

    def trick(homework: Homework) -> None:
        homework.nb.cells.insert(1, nbformat.v4.new_markdown_cell(source))

    return Attack(trick, twin="reference", keeps=True, slow=True)


def _code(*sources: str) -> Attack:
    """Cells that do not run, or do nothing, behind the first answer."""

    def trick(homework: Homework) -> None:
        at = homework.nb.cells.index(homework._cells["lstm-step"]) + 1
        homework.nb.cells[at:at] = [nbformat.v4.new_code_cell(source) for source in sources]

    return Attack(trick, twin="reference", keeps=True, slow=True)


def _shown(expression: str) -> Attack:
    source = f"from IPython.display import HTML, display\ndisplay({expression})"
    return Attack(extra(source), twin="reference", keeps=True, slow=True)


def _with_metadata(text: str) -> Callable[[str, Path], None]:
    """A notebook with something in its metadata, as JSON that is not made from an object."""

    def pack(notebook: str, folder: Path) -> None:
        whole = json.dumps(json.loads(notebook) | {"x": None})
        (folder / "homework.ipynb").write_text(f"{whole[: -len('null}')]}{text}}}")

    return pack


def _huge(notebook: str, folder: Path) -> None:
    with (folder / "homework.ipynb").open("w") as file:
        file.truncate(3 * 2**30)


def _many_members(notebook: str, folder: Path) -> None:
    """An archive with half a million members, all of them one byte."""
    path = folder / "homework.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("homework.ipynb", notebook)
        archive.writestr("y", "")
        member = archive.infolist()[-1]
        archive.filelist += [member] * 500_000


def _many_pictures(homework: Homework) -> None:
    homework._cells["lstm-question"].attachments = {f"{n}.png": {"image/png": "x"} for n in range(200_000)}


def _own_refusal(homework: Homework) -> None:
    homework.nb.metadata["rnncourse"] = {"refused": "not for the report"}


_LISTS = "[],"
_NESTED = "x = " + "[" * 60 + "1," * 9_000 + "]" * 60
_BRANCHES = "\n".join("if x:\n" + "\n".join(f" a{n}=1" for n in range(99)) for _ in range(26))

TEXT: dict[str, Attack] = {
    "80 kB of blanks and question marks behind a magic": _code("%%html\n" + " " * 40_000 + " ?" * 20_000 + "x"),
    "four cells of 200 kB": _code(*["x = [" + "a.b(1)+c," * 22_000 + "]"] * 4),
    "eight cells of 20 kB": _code(*[f"y{n} = {n}\n{_BRANCHES}" for n in range(8)]),
    "deep code": _code("(" * 100_000, "x = " + "-" * 100_000 + "1", "a" + ".b" * 100_000, _NESTED),
    "4,000 marks of hidden tests": _code("### BEGIN HIDDEN TESTS\n" * 4_000),
    "50,000 elements in each other": _shown("HTML('<div>' * 50_000)"),
    "formatting that is never closed": _shown("HTML('<b></p>' * 50_000)"),
    "a hundred heavy outputs": _shown("*[HTML('<table>x</table>' * 20_000)] * 100"),
    "a million colours": Attack(extra("print('\\x1b[31m' * 1_000_000)"), twin="reference", keeps=True, slow=True),
    "90 kB of equations that do not end": _text("\\begin{a}" * 10_000),
    "elements in each other in Markdown": _text("<div>" * 20_000),
    "quotes in each other in Markdown": _text(">" * 50_000),
    "brackets in Markdown": _text("[" * 50_000 + "](" * 20_000),
    "2 MB of lists": Attack(twin="reference", pack=_with_metadata("[" + "[]," * 700_000 + "1]"), slow=True),
    "20 MB of lists": Attack(twin="reference", pack=_with_metadata("[" + "[]," * 7_000_000 + "1]"), slow=True),
    "3 GB": Attack(twin="reference", pack=_huge, not_stock=HARMFUL, slow=True),
    "an archive of 500,000 files": Attack(twin="reference", pack=_many_members, not_stock=HARMFUL, slow=True),
    "200,000 pictures": Attack(_many_pictures, twin="reference", slow=True),
    "a picture from elsewhere": _text(f"![seen]({PICTURE}) <img src='{PICTURE}'> <img src='//attacker.example/x'>"),
    "a picture from elsewhere in an output": _shown(f'HTML("<img src={PICTURE}>")'),
    "a formula in a message": Attack(
        instead(f'def lstm_forward(*args): raise ValueError("x;{FORMULA}")', "lstm-forward"), "no lstm_forward"
    ),
    "a refusal of its own": Attack(_own_refusal, twin="reference", keeps=True, collected=False),
}
