"""Tables as CSV. Oracles: LibreOffice, which opens them as programs with other separators do; Python's reader."""

import csv
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from autograder.grading.csv_text import as_csv, harmless

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "a;=1+1",
    "a; =1+1",
    "a\t=1+1",
    "a\n=1+1",
    "a\r\n=1+1",
    "a|=1+1",
    'a";=1+1',
    'a";"=1+1"',
    'a",=1+1',
    "a;=cmd|' /C calc'!A0",
    "\uff1d1+1",
    "a;\uff1d1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "a;+1+1",
    "a;-1+1",
]
NUMBERS = {"3": 3.0, "-2": -2.0, "0.25": 0.25, "1e1": 10.0}
SEPARATORS = {",": 44, ";": 59, "\t": 9, "|": 124}


def cells(folder: Path, path: Path, separator: str) -> list[str]:
    """The cells of a file as LibreOffice reads it, as XML."""
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            f"--infilter=CSV:{SEPARATORS[separator]},34,76,1,,0,false,true",
            *("--convert-to", "fods", "--outdir", str(folder), str(path)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return re.findall("<table:table-cell[^>]*>", (folder / f"{path.stem}.fods").read_text())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for LibreOffice."""
    if shutil.which("soffice") is None:
        pytest.skip("needs LibreOffice (Debian: apt-get install libreoffice-calc), which is missing")
    return tmp_path_factory.mktemp("office")


@pytest.mark.slow
@pytest.mark.parametrize("separator", SEPARATORS, ids=["comma", "semicolon", "tab", "bar"])
def test_libreoffice_finds_no_formula_and_all_numbers(office, separator):
    rows = [["student", text, number] for text in FORMULAS for number in NUMBERS]
    unsafe, safe = office / "unsafe.csv", office / "safe.csv"
    with unsafe.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    safe.write_text(as_csv(rows), newline="")
    assert any("table:formula" in cell for cell in cells(office, unsafe, separator))
    found = cells(office, safe, separator)
    assert len(found) > len(FORMULAS)
    assert not any("table:formula" in cell for cell in found)
    if separator == ",":
        values = [float(value[1]) for cell in found if (value := re.search(r'office:value="([^"]*)"', cell))]
        assert values == list(NUMBERS.values()) * len(FORMULAS)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_with_a_formula_whatever_separates_cells(text):
    for part in re.split(r"[;|\t\r\n]", harmless(text)):
        assert not re.match(r"[\s\"\u200b\ufeff]*[=+@\-\uff1d]", part)


@pytest.mark.parametrize(
    "text", ["", "3", "-2", "+2.5", "1,000.5", "Bob Smith", "o'Hara", "x = 3", "got [1, -2]", "ada@example.org", "a; b"]
)
def test_what_is_no_formula_stays_as_it_is(text):
    assert harmless(text) == text


def test_every_cell_is_quoted_and_read_back():
    rows = [["a", 'say "x"', "1,5"], ["", "ä\u0301", "-2"]]
    text = as_csv(rows)
    assert text.splitlines()[0] == '"a","say ""x""","1,5"'
    assert list(csv.reader(text.splitlines())) == rows


def test_columns_that_are_compared_stay_as_they_are():
    assert as_csv([["=1", "=1"]], exact=[0]) == '"=1","\'=1"\r\n'
