"""Taking in what students hand in. Oracle: the class folder's files, before and after."""

import io
import json
import os
import re
import shutil
import stat
import struct
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import cli
from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput
from autograder.grading.gradebook import due_date, open_gradebook
from autograder.intake import archives
from autograder.intake import collect as intake
from autograder.intake.lms.returning import newest_uploads
from autograder.intake.lms.sections import members
from autograder.intake.reading import read_submission
from autograder.intake.rosters import find_roster, missing_students
from tests.conftest import collect


@pytest.fixture
def notebook(new_class) -> bytes:
    return new_class.release_notebook(UNIT).read_bytes()


def students(received):
    return [r.student for r in received]


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("ada.ipynb", "ada"),
        (f"ada_{UNIT}.ipynb", "ada"),
        (f"{UNIT}-ada.ipynb", "ada"),
        (f"ada lovelace {UNIT}.ipynb", "ada-lovelace"),
        ("Ålesund 日本.ipynb", "Ålesund-日本"),
        ("[ada]*?.ipynb", "ada"),
        ("=cmd()|x.ipynb", "cmd-x"),
        ("@SUM.ipynb", "SUM"),
        (".hidden.ipynb", "hidden"),
        ("<script>.ipynb", "script"),
        ("ada.IPYNB", "ada"),
        (f"ada_{UNIT}.ipynb.txt", "ada"),
        ("ada.ipynb.json", "ada"),
    ],
)
def test_a_notebook_belongs_to_whom_its_name_says(new_class, notebook, tmp_path, path, student):
    (tmp_path / path).write_bytes(notebook)
    received = collect(new_class, UNIT, [tmp_path / path])
    assert students(received) == [student]
    assert new_class.submission(UNIT, student).exists()


@pytest.mark.parametrize("name", ["...ipynb", "..ipynb", f"{UNIT}.ipynb", f"{UNIT} (1).ipynb", "-.ipynb", " .ipynb"])
def test_a_name_without_a_student_is_refused(new_class, notebook, tmp_path, tree, name):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(notebook)
    before = tree(new_class.root)
    with pytest.raises(BadInput):
        collect(new_class, UNIT, [tmp_path / "in" / name])
    assert tree(new_class.root) == before


def test_what_browsers_editors_and_clocks_add_to_a_name_makes_no_other_student(new_class, notebook, tmp_path):
    collect(new_class, UNIT, [_written(tmp_path / f"ada_{UNIT}.ipynb", notebook)])
    names = [
        f"ada_{UNIT} (1).ipynb",
        f"ada_{UNIT}-Copy1.ipynb",
        f"Copy of ada_{UNIT}.ipynb",
        f"Ada_{UNIT.upper()}.ipynb",
        f"ada_20261120_1530_{UNIT}.ipynb",
        f"ada_2026_11_20_{UNIT}.ipynb",
        f"ada_{UNIT}.IPYNB",
    ]
    files = [_written(tmp_path / "in" / name, notebook) for name in names]
    (received,) = collect(new_class, UNIT, files)
    assert received.student == "ada"
    assert all(name in received.lines()[-1] for name in names)
    assert new_class.students(UNIT) == ["ada"]


@pytest.mark.parametrize("name", [f"{UNIT} (1).ipynb", f"{UNIT}-Copy1.ipynb", f"{UNIT.upper()}.ipynb"])
def test_a_copy_without_a_name_in_a_students_folder_is_the_students(new_class, notebook, tmp_path, name):
    _written(tmp_path / "ada" / name, notebook)
    assert students(collect(new_class, UNIT, [tmp_path / "ada"])) == ["ada"]


def test_a_folder_with_files_of_another_kind_is_named(new_class, notebook, tmp_path):
    _written(tmp_path / "in" / "ada" / "x.ipynb", notebook)
    _written(tmp_path / "in" / "ada" / "notes.pdf", b"%PDF")
    _written(tmp_path / "in" / "hal" / "u05.pdf", b"%PDF")
    _written(tmp_path / "in" / "eve" / "u05.tar.gz", b"\x1f\x8b")
    _written(tmp_path / "in" / "readme.txt", b"for the instructor")
    ada, *others = collect(new_class, UNIT, [tmp_path / "in"])
    assert ada.lines() == ["ada: ada/x.ipynb"]
    assert sorted(line for other in others for line in other.lines()) == [
        "eve/u05.tar.gz was not taken in: it is no notebook (.ipynb)",
        "hal/u05.pdf was not taken in: it is no notebook (.ipynb)",
    ]


def test_what_is_beside_a_students_own_notebook_is_not_named(new_class, notebook, tmp_path):
    _written(tmp_path / "ada" / f"{UNIT}.ipynb", notebook)
    _written(tmp_path / "ada" / "figures" / "a.png", b"")
    assert students(collect(new_class, UNIT, [tmp_path / "ada"])) == ["ada"]


def test_who_is_missing_is_known_from_the_roster(new_class, notebook, tmp_path):
    roster = _written(tmp_path / "roster.csv", b"student id,name\nada,Ada\nbob,Bob\n")
    assert missing_students(new_class, UNIT) == []
    collect(new_class, UNIT, [_written(tmp_path / "ada.ipynb", notebook)], roster)
    assert missing_students(new_class, UNIT) == ["bob"]


def _written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_folders_and_zips_name_their_students(new_class, notebook, tmp_path):
    for student in ("ada", "bob"):
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "my homework (final).ipynb").write_bytes(notebook)
    (tmp_path / "in" / "ada" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "in" / "ada" / ".ipynb_checkpoints" / "x.ipynb").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("eve/hw.ipynb", notebook)
        archive.writestr(f"dan_{UNIT}.ipynb", notebook)
        archive.writestr("eve/torch.py", "raise SystemExit")
    received = collect(new_class, UNIT, [tmp_path / "in", tmp_path / "more.zip"])
    assert students(received) == ["ada", "bob", "dan", "eve"]
    assert not list(new_class.root.rglob("torch.py"))


def test_of_several_from_one_student_the_newest_counts(new_class, notebook, tmp_path):
    texts = {}
    for name, age in (("old", 200), ("new", 100), ("older", 300)):
        path = tmp_path / name / f"ada_{UNIT}.ipynb"
        path.parent.mkdir()
        nb = nbformat.reads(notebook.decode(), as_version=4)
        nb.cells.append(nbformat.v4.new_markdown_cell(name))
        nbformat.write(nb, path)
        os.utime(path, (1e9 - age, 1e9 - age))
        texts[name] = path
    collect(new_class, UNIT, texts.values())
    assert nbformat.read(new_class.submission(UNIT, "ada"), as_version=4).cells[-1].source == "new"


def test_an_older_one_does_not_take_the_place_of_a_newer_one(new_class, notebook, tmp_path):
    def handed_in(day, text):
        nb = nbformat.reads(notebook.decode(), as_version=4)
        nb.cells.append(nbformat.v4.new_markdown_cell(text))
        path = tmp_path / f"{UNIT}_ada_attempt_2026-11-{day}-10-00-00_x.ipynb"
        nbformat.write(nb, path)
        return collect(new_class, UNIT, [path])

    handed_in(19, "newer")
    (older,) = handed_in(18, "older")
    assert not older.student
    assert "the submission of ada that is there, which came at 2026-11-19" in older.refused
    assert f"remove submitted/ada/{UNIT} and collect it again" in older.refused
    assert nbformat.read(new_class.submission(UNIT, "ada"), as_version=4).cells[-1].source == "newer"
    assert len(list((new_class.root / "received" / UNIT / "ada").glob("[!.]*"))) == 2, "both are kept"
    assert students(handed_in(20, "newest")) == ["ada"]


def test_what_cannot_be_read_does_not_take_the_place_of_what_can(new_class, notebook, tmp_path):
    collect(new_class, UNIT, [_written(tmp_path / "ada.ipynb", notebook)])
    before = new_class.submission(UNIT, "ada").read_bytes()
    (one,) = collect(new_class, UNIT, [_written(tmp_path / "ada.ipynb", notebook[:5000])])
    assert not one.student
    assert "that is there can be read, and this cannot: the file is cut off" in one.refused
    assert new_class.submission(UNIT, "ada").read_bytes() == before
    # Of two that cannot be read the later counts, as ever.
    for cut in (400, 5000):
        (one,) = collect(new_class, UNIT, [_written(tmp_path / "bob.ipynb", notebook[:cut])])
        assert one.student == "bob"
    assert students(collect(new_class, UNIT, [_written(tmp_path / "bob.ipynb", notebook)])) == ["bob"]


def test_of_a_submission_only_sources_and_ids_are_taken(new_class, notebook, tmp_path):
    nb = json.loads(notebook)
    nb["metadata"] = {"rnncourse": {"refused": ""}, "kernelspec": {"name": "bash"}}
    for cell in nb["cells"]:
        cell["metadata"]["tags"] = ["skip-execution"]
        cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "4"}}]
    (tmp_path / "ada.ipynb").write_text(json.dumps(nb))
    collect(new_class, UNIT, [tmp_path / "ada.ipynb"])
    taken = nbformat.read(new_class.submission(UNIT, "ada"), as_version=4)
    assert taken.metadata == {}
    assert all(not cell.get("outputs") for cell in taken.cells)
    assert all(set(cell.metadata) <= {"nbgrader"} for cell in taken.cells)
    assert all(set(cell.metadata.get("nbgrader", {})) <= {"grade_id"} for cell in taken.cells)


def damaged(notebook: bytes) -> dict[str, bytes]:
    nb = json.loads(notebook)
    return {
        "empty": b"",
        "cut off": notebook[: len(notebook) // 2],
        "not JSON": b"hello",
        "not UTF-8": b"\xff\xfe\x00",
        "latin-1": '{"cells": [], "x": "é"}'.encode("latin-1"),
        "a list": b"[]",
        "a number": b"5",
        "null": b"null",
        "no cells": b"{}",
        "cells of another kind": b'{"cells": {}}',
        "cells that are numbers": b'{"cells": [1, 2], "nbformat": 4}',
        "another notebook": json.dumps(nb | {"cells": []}).encode(),
        "very many cells": json.dumps(nb | {"cells": nb["cells"][:1] * 6_000}).encode(),
        "deep": b"[" * 200_000,
        "deep metadata": b'{"cells": [], "metadata": ' + b"[" * 900 + b"]" * 900 + b"}",
        "format 1": json.dumps(nb | {"nbformat": 1}).encode(),
        "format 3": json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{}]}).encode(),
        "format text": json.dumps(nb | {"nbformat": "four"}).encode(),
        "format half": json.dumps(nb | {"nbformat": 3.5}).encode(),
        "format nothing": json.dumps(nb | {"nbformat": None}).encode(),
        "format negative": json.dumps(nb | {"nbformat": -10}).encode(),
        "a huge number": b'{"cells": [' + b"9" * 10_000 + b"]}",
        "not a number": b'{"cells": [NaN]}',
    }


def test_what_is_cut_off_is_called_so_in_any_language(new_class, tmp_path):
    (tmp_path / "ada.ipynb").write_text('{"cells": ["' + "äöü" * 20 + '", ', encoding="utf-8")
    (received,) = collect(new_class, UNIT, [tmp_path / "ada.ipynb"])
    assert "cut off at line 1" in received.refused


@pytest.mark.parametrize("kind", damaged(b'{"cells": []}'))
def test_what_cannot_be_read_takes_its_place_with_a_reason(new_class, notebook, tmp_path, kind):
    (tmp_path / "ada.ipynb").write_bytes(damaged(notebook)[kind])
    (tmp_path / "bob.ipynb").write_bytes(notebook)
    received = {r.student: r for r in collect(new_class, UNIT, [tmp_path / "ada.ipynb", tmp_path / "bob.ipynb"])}
    assert received["ada"].refused
    assert not re.search(r"\n|object|NoneType|not supported|instance|attribute", received["ada"].refused)
    assert not received["bob"].refused
    taken = nbformat.read(new_class.submission(UNIT, "ada"), as_version=4)
    assert taken.metadata["rnncourse"]["refused"] == received["ada"].refused
    kept = new_class.root / "received" / UNIT / "ada" / "ada.ipynb"
    assert kept.read_bytes() == damaged(notebook)[kind]


@pytest.mark.parametrize(
    "change",
    [
        lambda nb: nb.update(nbformat=5),
        lambda nb: nb.update(nbformat="4"),
        lambda nb: nb["cells"].insert(3, None),
        lambda nb: nb.update(nbformat_minor=99),
        lambda nb: nb.pop("nbformat"),
        lambda nb: [cell.pop("id") for cell in nb["cells"]],
        lambda nb: [cell.update(source=[cell["source"]]) for cell in nb["cells"]],
        lambda nb: [cell.update(cell_type="heading") for cell in nb["cells"] if cell["cell_type"] == "markdown"],
        lambda nb: nb["cells"].append({"cell_type": "code", "source": "print('\ud800')", "metadata": {}}),
        lambda nb: nb["cells"].append({"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "\udfff"}}}),
        lambda nb: nb["cells"].append({"cell_type": "code", "source": None}),
        lambda nb: nb["cells"].append({}),
    ],
)
def test_what_can_be_repaired_is(new_class, notebook, tmp_path, change):
    nb = json.loads(notebook)
    change(nb)
    (tmp_path / "ada.ipynb").write_text(json.dumps(nb))
    (received,) = collect(new_class, UNIT, [tmp_path / "ada.ipynb"])
    assert received.refused == ""
    nbformat.validate(nbformat.read(new_class.submission(UNIT, "ada"), as_version=4))


def test_a_notebook_with_a_byte_order_mark_is_read(new_class, notebook, tmp_path):
    (tmp_path / "ada.ipynb").write_bytes(b"\xef\xbb\xbf" + notebook)
    (received,) = collect(new_class, UNIT, [tmp_path / "ada.ipynb"])
    assert received.refused == ""


def test_a_notebook_that_is_too_large_is_refused(new_class, notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_NOTEBOOK", 1000)
    (tmp_path / "ada.ipynb").write_bytes(notebook)
    (received,) = collect(new_class, UNIT, [tmp_path / "ada.ipynb"])
    assert "larger than" in received.refused


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "worksheets",
                    "metadata",
                    "nbformat",
                    "nbgrader",
                    "grade_id",
                    "source",
                    "cell_type",
                    "outputs",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_a_notebook_or_has_a_reason(tmp_path, raw):
    path = tmp_path / "x.ipynb"
    path.write_bytes(raw)
    read = read_submission(path, nbformat.v4.new_notebook())
    nbformat.writes(read)


def zipped(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def encrypted() -> bytes:
    raw = bytearray(zipped(("ada/x.ipynb", b"{}")))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = raw.index(signature) + offset
        raw[at : at + 2] = struct.pack("<H", 1)
    return bytes(raw)


BAD_ZIPS = {
    "none": b"hello",
    "empty": b"",
    "cut off": zipped(("ada/x.ipynb", b"{}" * 1000))[:-30],
    "flipped": zipped(("ada/x.ipynb", os.urandom(1000))).replace(b"PK\3\4", b"PK\3\4", 1)[:60] + b"\0" * 1000,
    "no notebook": zipped(("ada/readme.txt", b"hello")),
    "nothing in it": zipped(),
    "encrypted": encrypted(),
}


@pytest.mark.parametrize("kind", BAD_ZIPS)
def test_a_zip_that_is_none_is_refused_and_nothing_is_written(new_class, notebook, tmp_path, tree, kind):
    (tmp_path / "good.ipynb").write_bytes(notebook)
    (tmp_path / "x.zip").write_bytes(BAD_ZIPS[kind])
    before = tree(new_class.root)
    with pytest.raises(BadInput, match=r"x\.zip"):
        collect(new_class, UNIT, [tmp_path / "good.ipynb", tmp_path / "x.zip"])
    assert tree(new_class.root) == before


def test_corrupt_content_in_a_zip_is_refused(new_class, tmp_path, tree):
    raw = bytearray(zipped(("ada/x.ipynb", os.urandom(4000))))
    raw[200:300] = bytes(100)
    (tmp_path / "x.zip").write_bytes(raw)
    before = tree(new_class.root)
    with pytest.raises(BadInput, match=r"x\.zip"):
        collect(new_class, UNIT, [tmp_path / "x.zip"])
    assert tree(new_class.root) == before


def test_a_zip_writes_nothing_outside(new_class, notebook, tmp_path):
    names = [
        "../../evil.ipynb",
        "/etc/evil.ipynb",
        "ada/../../evil.ipynb",
        "C:\\evil.ipynb",
        "bob/x.ipynb",
        "....ipynb",
    ]
    (tmp_path / "x.zip").write_bytes(zipped(*((name, notebook) for name in names[:-1])))
    around = {path for path in tmp_path.rglob("*") if new_class.root not in path.parents}
    received = collect(new_class, UNIT, [tmp_path / "x.zip"])
    assert {path for path in tmp_path.rglob("*") if new_class.root not in path.parents} == around
    assert not Path("/etc/evil.ipynb").exists()
    inside = [path for path in new_class.root.rglob("*.ipynb") if path.parts[-3:-2] and "submitted" in path.parts]
    assert len(inside) == len(received)


def test_a_symlink_in_a_zip_is_no_way_out(new_class, tmp_path):
    link = zipfile.ZipInfo("ada/x.ipynb")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (tmp_path / "x.zip").write_bytes(zipped((link, str(new_class.release_notebook(UNIT)).encode())))
    (received,) = collect(new_class, UNIT, [tmp_path / "x.zip"])
    assert received.refused


def test_links_in_a_folder_are_not_followed_and_named_and_what_is_no_file_is_passed_over(new_class, notebook, tmp_path):
    folder = tmp_path / "in"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / "hw.ipynb").write_bytes(notebook)
    for name in ("bob", "eve", "dan"):
        (folder / name).mkdir()
    (folder / "bob" / "hw.ipynb").symlink_to(new_class.release_notebook(UNIT))
    (folder / "eve" / "hw.ipynb").mkdir()
    os.mkfifo(folder / "dan" / "hw.ipynb")
    (folder / "fay").symlink_to(folder / "ada")
    found = collect(new_class, UNIT, [folder])
    assert [(one.student, one.file) for one in found] == [
        ("ada", "ada/hw.ipynb"),
        ("", "bob/hw.ipynb"),
        ("", "fay"),
    ]
    assert all("is a link, which is not followed" in one.refused for one in found[1:])
    _written(tmp_path / "hers" / f"{UNIT}.ipynb", notebook)
    (tmp_path / "gil").symlink_to(tmp_path / "hers")
    assert students(collect(new_class, UNIT, [tmp_path / "gil"])) == ["gil"]


def test_a_folder_that_may_not_be_entered_is_named(new_class, notebook, tmp_path, monkeypatch):
    for name in ("ada", "bob"):
        _written(tmp_path / "in" / name / "hw.ipynb", notebook)

    def scandir(path):
        if not isinstance(path, int) and Path(path).name == "bob":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    real = os.scandir
    monkeypatch.setattr(os, "scandir", scandir)  # tests may run as root, who may enter everything
    found = collect(new_class, UNIT, [tmp_path / "in"])
    assert [(one.student, one.file, one.refused) for one in found] == [
        ("ada", "ada/hw.ipynb", ""),
        ("", "bob", "it may not be read by you"),
    ]


def test_a_bomb_is_refused_before_it_is_unpacked(new_class, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_ARCHIVE", 10**6)
    (tmp_path / "x.zip").write_bytes(zipped(("ada/x.ipynb", bytes(2 * 10**6))))
    with pytest.raises(BadInput, match="more than a class hands in"):
        collect(new_class, UNIT, [tmp_path / "x.zip"])
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    (tmp_path / "x.zip").write_bytes(zipped(*((f"{n}/x.ipynb", b"") for n in range(5))))
    with pytest.raises(BadInput, match="more than a class hands in"):
        collect(new_class, UNIT, [tmp_path / "x.zip"])


@pytest.mark.parametrize("name", ["missing.ipynb", "missing", "x.txt", "x.tar.gz"])
def test_other_files_are_refused(new_class, tmp_path, tree, name):
    if name.startswith("x"):
        (tmp_path / name).write_text("hello")
    before = tree(new_class.root)
    with pytest.raises(BadInput, match=name):
        collect(new_class, UNIT, [tmp_path / name])
    assert tree(new_class.root) == before


def test_a_student_may_be_called_like_a_file_of_the_class(new_class, tmp_path):
    """`collect --roster` goes on working, and the roster is the one that was given."""
    (tmp_path / "roster.csv").write_text("student id,name\nroster.csv,Rosa Ter\nada,Ada Byron\n")
    for name in ("roster.csv.ipynb", "names.json.ipynb", "gradebook.db.ipynb"):
        shutil.copy(new_class.release_notebook(UNIT), tmp_path / name)
        assert students(collect(new_class, UNIT, [tmp_path / name])) == [name.removesuffix(".ipynb")]
    shutil.copy(new_class.release_notebook(UNIT), tmp_path / "ada.ipynb")
    for _ in range(2):
        files = [tmp_path / "ada.ipynb", tmp_path / "roster.csv.ipynb"]
        assert students(collect(new_class, UNIT, files, tmp_path / "roster.csv")) == ["ada", "roster.csv"]
        assert missing_students(new_class, UNIT) == []


def test_a_roster_with_other_capitals_makes_no_other_student(new_class, notebook, tmp_path):
    collect(new_class, UNIT, [_written(tmp_path / "ada.ipynb", notebook)])
    roster = _written(tmp_path / "roster.csv", b'student id,name,section\nADA,"Smith, Ada",A\nBOB,Bob,A\n')
    assert students(collect(new_class, UNIT, [tmp_path / "ada.ipynb"], roster)) == ["ada"]
    assert missing_students(new_class, UNIT) == ["BOB"]
    assert members(new_class, "A") == {"ada", "BOB"}
    known = find_roster(new_class, UNIT, roster)
    assert known is not None
    assert [student.id for student in known.students] == ["ada", "BOB"]
    with open_gradebook(new_class) as gradebook:
        assert [(s.id, s.last_name) for s in gradebook.students if s.id.casefold() == "ada"] == [("ada", "Smith")]


def test_a_roster_without_names_leaves_those_in_the_gradebook(new_class, notebook, tmp_path):
    ada = _written(tmp_path / "ada.ipynb", notebook)
    for table in (
        b'student id,name\nada,"Smith, Ada"\n',
        b"student id\nada\nbob\n",
        b"student id,name\nbob,Bob Jones\n",
    ):
        collect(new_class, UNIT, [ada, _written(tmp_path / "bob.ipynb", notebook)], _written(tmp_path / "r.csv", table))
    with open_gradebook(new_class) as gradebook:
        names = {student.id: (student.last_name, student.first_name) for student in gradebook.students}
    assert names["ada"] == ("Smith", "Ada")
    assert names["bob"] == ("Jones", "Bob")


def test_the_kept_roster_may_be_given(new_class, notebook, tmp_path):
    table = b"student id,name\nada,Ada Byron\n"
    ada = _written(tmp_path / "ada.ipynb", notebook)
    for roster in (_written(tmp_path / "r.csv", table), new_class.roster(UNIT)):
        assert students(collect(new_class, UNIT, [ada], roster)) == ["ada"]
    assert new_class.roster(UNIT).read_bytes() == table


@pytest.mark.parametrize("damaged", ["rosters/names.json", f"rosters/{UNIT}-senders.json"])
@pytest.mark.parametrize("content", [b'{"ada":', b"[]", b'{"ada": 1}', b"\xff"])
def test_a_damaged_record_of_the_class_is_named_and_nothing_is_changed(
    new_class, notebook, tmp_path, tree, damaged, content
):
    _written(new_class.root / damaged, content)
    before = tree(new_class.root)
    with pytest.raises(BadInput, match=r"what the class keeps in .*json; it cannot be read.*Take it away"):
        collect(new_class, UNIT, [_written(tmp_path / "ada.ipynb", notebook)], due=datetime(2026, 11, 20, tzinfo=UTC))
    assert tree(new_class.root) == before


def test_what_is_cut_short_leaves_the_due_date_and_is_on_record(
    new_class, notebook, tmp_path, monkeypatch, capsys, run
):
    def fails_for_bob(path, time):
        if "bob-7" in path.parts:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(intake, "write_time", fails_for_bob)
    monkeypatch.chdir(new_class.root)
    files = [str(_written(tmp_path / f"{name}_7_900_x.ipynb", notebook)) for name in ("ada", "bob", "cyd")]
    monkeypatch.setattr(sys, "argv", ["rnncourse", "collect", UNIT, *files, "--due", "2026-11-20"])
    with pytest.raises(SystemExit):
        cli.main()
    assert "ada-7: ada_7_900_x.ipynb" in capsys.readouterr().out
    assert due_date(new_class, UNIT) is None
    assert "1 submission when it was cut short: ada-7" in run("history")
    assert newest_uploads(new_class, UNIT) == {"ada-7": 900}


def test_wherever_it_is_killed_no_notebook_has_the_time_of_another(new_class, notebook, tmp_path, monkeypatch):
    def handed_in(day):
        nb = nbformat.reads(notebook.decode(), as_version=4)
        nb.cells.append(nbformat.v4.new_markdown_cell(f"of {day}"))
        path = tmp_path / f"{UNIT}_ada_attempt_2026-11-{day}-10-00-00_x.ipynb"
        nbformat.write(nb, path)
        return path

    def state():
        stamp = target.with_name("timestamp.txt")
        return nbformat.read(target, as_version=4).cells[-1].source[3:], stamp.read_text()[
            8:10
        ] if stamp.exists() else ""

    def killing(name, real):
        def step(path, *args, **kwargs):
            nonlocal left
            if path.parent == target.parent:
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
            return real(path, *args, **kwargs)

        monkeypatch.setattr(Path, name, step)

    target = new_class.submission(UNIT, "ada")
    old, new = handed_in("18"), handed_in("19")
    seen, killed = set(), 0
    while True:
        for folder in (target.parent, new_class.received_folder(UNIT)):
            shutil.rmtree(folder, ignore_errors=True)
        collect(new_class, UNIT, [old])
        with monkeypatch.context() as monkeypatch:
            left = killed
            for name in ("write_text", "write_bytes", "replace", "unlink"):
                killing(name, getattr(Path, name))
            try:
                collect(new_class, UNIT, [new])
                break
            except KeyboardInterrupt:
                seen.add(state())
        collect(new_class, UNIT, [new])
        assert state() == ("19", "19"), "the next collect mends it"
        killed += 1
    assert seen == {("18", "18"), ("18", ""), ("19", "")}


def test_a_folder_that_cannot_be_written_leaves_the_class_as_it_was(new_class, notebook, tmp_path, tree):
    _written(new_class.received_folder(UNIT) / "bob", b"a file in the way")
    before = tree(new_class.root / "submitted")
    files = [_written(tmp_path / f"{name}.ipynb", notebook) for name in ("ada", "bob")]
    with pytest.raises(BadInput, match="could not be stored"):
        collect(new_class, UNIT, files, due=datetime(2026, 11, 20, tzinfo=UTC))
    assert tree(new_class.root / "submitted") == before
    assert due_date(new_class, UNIT) is None


def test_the_roster_of_an_earlier_version_is_found(new_class):
    old = new_class.received_folder(UNIT) / "roster.csv"
    old.parent.mkdir(parents=True)
    old.write_text("student id,name\nada,Ada Byron\n")
    assert missing_students(new_class, UNIT) == ["ada"]


def test_another_spelling_does_not_replace_what_was_handed_in(new_class, tmp_path):
    first = Homework(new_class.release_notebook(UNIT)).write("lstm-step", "# by Bob Smith")
    second = Homework(new_class.release_notebook(UNIT)).write("lstm-step", "# by Bob!Smith")
    first.save(tmp_path / "Bob Smith.ipynb")
    second.save(tmp_path / "Bob!Smith.ipynb")
    second.save(tmp_path / "exactly" / "Bob-Smith.ipynb")
    assert students(collect(new_class, UNIT, [tmp_path / "Bob Smith.ipynb"])) == ["Bob-Smith"]
    with pytest.raises(BadInput, match=r"'Bob!Smith' and 'bob smith', who handed in before.*call the file Bob-Smith"):
        collect(new_class, UNIT, [tmp_path / "Bob!Smith.ipynb"])
    assert "by Bob Smith" in new_class.submission(UNIT, "Bob-Smith").read_text()
    first.save(tmp_path / "zoe.ipynb")
    everybody = [tmp_path / "Bob!Smith.ipynb", tmp_path / "Bob Smith.ipynb", tmp_path / "zoe.ipynb"]
    assert students(collect(new_class, UNIT, everybody)) == ["zoe", "", ""]
    assert students(collect(new_class, UNIT, [tmp_path / "Bob Smith.ipynb"])) == ["Bob-Smith"]
    (received,) = collect(new_class, UNIT, [tmp_path / "exactly" / "Bob-Smith.ipynb"])
    assert (received.student, received.file) == ("Bob-Smith", "Bob-Smith.ipynb")
    assert "by Bob!Smith" in new_class.submission(UNIT, "Bob-Smith").read_text()


def test_a_name_that_is_not_utf_8_is_refused_and_the_others_are_taken(new_class, notebook, tmp_path):
    """Such as old archives of Moodle leave on Linux."""
    folder = tmp_path / "in"
    for name in (b"J\xf6rg Smith_12345_assignsubmission_file_", b"Ada Love_12346_assignsubmission_file_"):
        inner = os.fsencode(folder) + b"/" + name
        os.makedirs(inner)
        Path(os.fsdecode(inner), "hw.ipynb").write_bytes(notebook)
    ada, other = collect(new_class, UNIT, [folder])
    assert (ada.student, other.student) == ("Ada-Love-12346", "")
    assert other.lines() == [
        "J?rg Smith_12345_assignsubmission_file_/hw.ipynb was not taken in: its name is not written in UTF-8, so it is "
        "not certain whose it is; rename it"
    ]


def test_a_collection_that_is_cut_short_keeps_the_roster_of_before(new_class, notebook, tmp_path, monkeypatch):
    ada = _written(tmp_path / "ada.ipynb", notebook)
    first, second = (_written(tmp_path / f"{n}.csv", b"student id\nada\n" + b"bob\n" * n) for n in (0, 1))
    collect(new_class, UNIT, [ada], first)
    before = new_class.roster(UNIT).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(intake, "read_rules", raises)
        with pytest.raises(KeyboardInterrupt):
            collect(new_class, UNIT, [ada], second)
    assert new_class.roster(UNIT).read_bytes() == before
    collect(new_class, UNIT, [ada], second)
    assert new_class.roster(UNIT).read_bytes() == second.read_bytes()


def raises(*_):
    raise KeyboardInterrupt
