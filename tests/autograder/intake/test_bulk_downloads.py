"""Bulk downloads of Canvas and Moodle, real zip archives. Oracle: the same class handed in as plain notebooks."""

import contextlib
import io
import json
import os
import shutil
import struct
import time
import unicodedata
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.demo import UNIT, Homework
from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import open_gradebook, read_results, set_due_date
from autograder.grading.submission import grade_with_nbgrader
from autograder.intake import archives
from autograder.intake.attribution import notebooks_in, sort_out
from autograder.intake.keeping import differ
from autograder.intake.lms.names import parse_time
from tests.conftest import collect

# Student id, last and first name, Canvas's and Moodle's number.
CLASS = [
    (f"s{n:02}", last, first, 34000 + n, 700 + n)
    for n, (last, first) in enumerate(
        [
            ("Lovelace", "Ada"),
            ("Smith", "Bob"),
            ("Smith", "Bob"),
            ("O'Neil", "Ann-Marie"),
            ("Łukasz", "Åse"),
            ("शर्मा", "राम"),
            ("李", "伟"),
            ("van der Berg", "Jan"),
            ("Müller", "Käthe"),
            ("x1", "2y"),
            ("=cmd", "@sum"),
            ("Turing", "Alan"),
        ]
    )
]
CANVAS_ROSTER = "Student,ID,SIS User ID,SIS Login ID,Section,LSTM (4711)\n    Points Possible,,,,,20\n" + "".join(
    f'"{last}, {first}",{user},,{id},A,\n' for id, last, first, user, _ in CLASS
)
WORKSHEET = "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Last modified (grade)\n" + "".join(
    f"Participant {user},{first} {last},{id},{id}@example.org,,,20.00,-\n" for id, last, first, _, user in CLASS
)


def word(name: str) -> str:
    return "".join(c for c in name.lower() if c == "_" or unicodedata.category(c)[0] in "LMN")


def canvas_name(n: int, file: str, upload: int = 0, late: bool = False) -> str:
    _, last, first, user, _ = CLASS[n]
    return f"{word(last + first)}_{'LATE_' if late else ''}{user}_{upload or 208490000 + n}_{file}"


def moodle_name(n: int, file: str, form: str = "assignsubmission_file/") -> str:
    _, last, first, _, user = CLASS[n]
    return f"{first} {last}_{user}_{form}{file}"


def zipped(members: dict[str, bytes], time: tuple[int, ...] = (2026, 11, 21, 8, 0, 0)) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, time), content)
    return file.getvalue()


@pytest.fixture
def work(new_class) -> list[bytes]:
    """One notebook for each student, all different."""
    nb = nbformat.read(new_class.release_notebook(UNIT), as_version=4)
    made = []
    for id, *_ in CLASS:
        own = nbformat.from_dict(nb)
        own.cells.append(nbformat.v4.new_markdown_cell(f"this is {id}", id="own"))
        made.append(nbformat.writes(own).encode())
    return made


def submissions(course: ClassFolder) -> dict[str, str]:
    """What each student's submission ends with."""
    found = {student: course.submission(UNIT, student) for student in course.students(UNIT)}
    return {student: nbformat.read(path, as_version=4).cells[-1].source for student, path in found.items()}


WHOLE = {id: f"this is {id}" for id, *_ in CLASS}


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def download(kind: str, work: list[bytes], folder: Path) -> Path:
    """The whole class, as it comes from a system or as plain files."""
    if kind == "plain":
        for (id, *_), content in zip(CLASS, work, strict=True):
            put(folder, f"in/{id}_{UNIT}.ipynb", content)
        return folder / "in"
    names = {
        "canvas": lambda n: canvas_name(n, f"{UNIT}-1.ipynb"),
        "moodle folders": lambda n: moodle_name(n, "my homework.ipynb"),
        "moodle folders, older": lambda n: moodle_name(n, "hw.ipynb", "assignsubmission_file_/"),
        "moodle flat": lambda n: moodle_name(n, f"{UNIT}.ipynb", "assignsubmission_file_"),
    }
    members = {names[kind](n): content for n, content in enumerate(work)}
    if kind.startswith("moodle"):
        members[moodle_name(0, "onlinetext.html", "assignsubmission_onlinetext/")] = b"hello"
        members[moodle_name(0, "trick.ipynb", "assignsubmission_onlinetext/")] = work[1]
    return put(folder, "submissions.zip", zipped(members))


KINDS = ["plain", "canvas", "moodle folders", "moodle folders, older", "moodle flat"]


@pytest.mark.slow
@pytest.mark.parametrize("unpacked", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_class_is_the_same_however_it_comes(new_class, work, tmp_path, kind, unpacked):
    given = download(kind, work, tmp_path)
    if unpacked and given.suffix == ".zip":
        with zipfile.ZipFile(given) as archive:
            archive.extractall(tmp_path / "unpacked")
        given = tmp_path / "unpacked"
    text = WORKSHEET if kind.startswith("moodle") else CANVAS_ROSTER
    received = collect(new_class, UNIT, [given], put(tmp_path, "roster.csv", text))
    assert submissions(new_class) == WHOLE
    assert all(one.student and not one.refused and not one.late for one in received)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_roster_students_stay_apart_and_keep_their_names(new_class, work, tmp_path, kind):
    given = download(kind, work, tmp_path)
    first = [one.student for one in collect(new_class, UNIT, [given])]
    assert sorted(submissions(new_class).values()) == sorted(WHOLE.values())
    assert [one.student for one in collect(new_class, UNIT, [given])] == first
    assert len(new_class.students(UNIT)) == len(CLASS)


@pytest.mark.parametrize(
    ("names", "students", "zone"),
    [
        (f"{UNIT}_{{id}}_attempt_2026-11-{{day}}-15-30-00_hw.ipynb", "{id}", None),
        ("{n}-99 - {first} {last} - Nov {day}, 2026 330 PM - hw.ipynb", "{first}-{last}-{n}", None),
        (f"{{id}}+{UNIT}+2026-11-{{day}} 15:30:00.000000 UTC+cmFuZG9t/hw.ipynb", "{id}", UTC),
    ],
    ids=["Blackboard", "D2L", "nbgrader's inbound"],
)
def test_the_newest_by_the_time_in_the_name_counts_and_its_time_is_kept(
    new_class, work, tmp_path, names, students, zone
):
    for day, content in ((20, work[1]), (21, work[0])):
        put(tmp_path, "in/" + names.format(id="s00", first="Ada", last="Lovelace", n=7, day=day), content)
    (received,) = collect(new_class, UNIT, [tmp_path / "in"], due=datetime(2026, 11, 21, tzinfo=UTC))
    student = students.format(id="s00", first="Ada", last="Lovelace", n=7)
    assert submissions(new_class) == {student: "this is s00"}
    assert received.student == student
    assert received.late
    assert received.submitted == datetime(2026, 11, 21, 15, 30, tzinfo=zone).astimezone()


def test_a_canvas_archive_that_does_not_say_its_names_are_utf8(new_class, work, tmp_path):
    name = canvas_name(4, "hw.ipynb")
    raw = zipped({name: work[4]})
    assert name.encode() in raw
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = raw.index(signature) + offset
        raw = raw[:at] + struct.pack("<H", 0) + raw[at + 2 :]
    collect(new_class, UNIT, [put(tmp_path, "x.zip", raw)], put(tmp_path, "r.csv", CANVAS_ROSTER))
    assert submissions(new_class) == {"s04": "this is s04"}


def test_the_newest_upload_counts_and_all_are_kept(new_class, work, tmp_path):
    members = {canvas_name(0, "hw-1.ipynb", 300): work[2], canvas_name(0, "hw.ipynb", 200): work[1]}
    older = {canvas_name(0, "hw.ipynb", 100): work[0]}
    given = [put(tmp_path, "new.zip", zipped(members)), put(tmp_path, "old.zip", zipped(older))]
    collect(new_class, UNIT, given, put(tmp_path, "r.csv", CANVAS_ROSTER))
    assert submissions(new_class) == {"s00": "this is s02"}
    kept = sorted((new_class.root / "received" / UNIT / "s00").glob("[!.]*"))
    assert sorted(path.read_bytes() for path in kept) == sorted(work[:3])


def test_a_damaged_newest_file_gives_way_to_an_older_one_and_this_is_said(new_class, work, tmp_path):
    members = {canvas_name(0, "hw-1.ipynb", 300): work[2][:500], canvas_name(0, "hw.ipynb", 200): work[1]}
    (one,) = collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped(members))])
    assert list(submissions(new_class).values()) == ["this is s01"]
    assert "newer and was passed over" in one.notes[0]


@pytest.mark.parametrize("name", [canvas_name, moodle_name])
def test_what_is_inside_says_nothing_of_whose_it_is(new_class, work, tmp_path, name):
    """A student names folders and files in the own archive, or in the own folder, after others."""
    inner = zipped({f"{moodle_name(1, 'hw.ipynb')}": work[0], "__MACOSX/._x.ipynb": b""})
    members = {name(0, "work.zip"): inner, name(1, f"{UNIT}.ipynb"): work[1]}
    if name is moodle_name:
        members[moodle_name(2, f"deep/{canvas_name(1, 'x.ipynb')}")] = work[2]
    collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped(members))])
    expected = ["this is s00", "this is s01", "this is s02"][: len(members)]
    assert [text for _, text in sorted(submissions(new_class).items(), key=lambda item: item[1])] == expected


def test_a_students_folder_in_a_class_folder_is_the_students(new_class, work, tmp_path):
    put(tmp_path, "in/ada/bob/hw.ipynb", work[0])
    put(tmp_path, f"in/eve/{canvas_name(1, 'hw.ipynb')}", work[1])
    collect(new_class, UNIT, [tmp_path / "in"])
    assert submissions(new_class) == {"ada": "this is s00", "eve": "this is s01"}


def test_archives_of_students_are_theirs(new_class, work, tmp_path):
    put(tmp_path, "in/ada.zip", zipped({"x/hw.ipynb": work[0]}))
    put(tmp_path, "in/bob.zip", zipped({"hw.ipynb": work[1]}))
    collect(new_class, UNIT, [tmp_path / "in"])
    collect(new_class, UNIT, [put(tmp_path, "eve.zip", zipped({"hw.ipynb": work[2]}))])
    assert submissions(new_class) == {"ada": "this is s00", "bob": "this is s01", "eve": "this is s02"}


@pytest.mark.parametrize("kind", ["canvas", "moodle folders", "moodle flat", "plain folders"])
def test_a_download_of_the_class_in_a_folder_is_not_taken_for_one_students(new_class, work, tmp_path, tree, kind):
    if kind == "plain folders":
        given = put(tmp_path, "submissions.zip", zipped({f"s{n:02}/hw.ipynb": work[n] for n in range(3)}))
    else:
        given = download(kind, work, tmp_path)
    put(tmp_path, "in/submissions (2).zip", given.read_bytes())
    before = tree(new_class.root)
    with pytest.raises(BadInput, match=r"submissions \(2\).zip looks like a download of the class. Give `collect` the"):
        collect(new_class, UNIT, [tmp_path / "in"])
    assert tree(new_class.root) == before
    assert len(collect(new_class, UNIT, [given])) >= 3


def test_an_archive_that_looks_like_a_class_is_a_students_in_the_students_folder(new_class, work, tmp_path):
    put(tmp_path, "in/ada/all.zip", zipped({"old/hw.ipynb": work[0], "new/hw.ipynb": work[0]}))
    put(tmp_path, "in/bob.zip", zipped({"hw.ipynb": work[1], "old/hw.ipynb": work[1], "older/hw.ipynb": work[1]}))
    put(tmp_path, "in/eve.zip", zipped({canvas_name(2, "1.ipynb", 7): work[2], canvas_name(2, "2.ipynb", 8): work[2]}))
    collect(new_class, UNIT, [tmp_path / "in"])
    assert submissions(new_class) == {"ada": "this is s00", "bob": "this is s01", "eve": "this is s02"}


def test_different_names_for_one_student_are_refused_and_the_rest_is_taken(new_class, work, tmp_path):
    for name, content in (("b!ob", work[0]), ("b?ob", work[1]), ("ada", work[2])):
        put(tmp_path, f"in/{name}.ipynb", content)
    received = collect(new_class, UNIT, [tmp_path / "in"])
    assert submissions(new_class) == {"ada": "this is s02"}
    reasons = [one.refused for one in received if not one.student]
    assert len(reasons) == 2
    assert any("'b!ob' and 'b?ob'" in reason for reason in reasons)


def test_a_name_that_can_be_read_in_two_ways_needs_the_roster(new_class, work, tmp_path):
    name = "smithbob_34001_777_208490284_x.ipynb"
    given = put(tmp_path, "x.zip", zipped({name: work[0], canvas_name(3, "hw.ipynb"): work[3]}))
    nobodys = [one for one in collect(new_class, UNIT, [given]) if not one.student]
    assert "--roster" in nobodys[0].refused
    collect(new_class, UNIT, [given], put(tmp_path, "r.csv", CANVAS_ROSTER))
    assert submissions(new_class)["s01"] == "this is s00"


def test_who_is_not_in_the_roster_is_not_taken_in_and_the_roster_is_remembered(new_class, work, tmp_path):
    put(tmp_path, "in/s00.ipynb", work[0])
    put(tmp_path, "in/stranger.ipynb", work[1])
    for roster in (put(tmp_path, "r.csv", CANVAS_ROSTER), None):
        received = collect(new_class, UNIT, [tmp_path / "in"], roster)
        assert submissions(new_class) == {"s00": "this is s00"}
        (reason,) = [one.refused for one in received if not one.student]
        assert reason.startswith("'stranger' is not in the roster. Give one that has this student with --roster")


def test_a_number_of_the_roster_under_another_name_is_named(new_class, work, tmp_path):
    id, _, _, number, _ = CLASS[1]
    given = put(
        tmp_path, "x.zip", zipped({canvas_name(0, "hw.ipynb"): work[0], f"newname_{number}_9_hw.ipynb": work[1]})
    )
    received = collect(new_class, UNIT, [given], put(tmp_path, "r.csv", CANVAS_ROSTER))
    assert list(submissions(new_class)) == [CLASS[0][0]]
    (reason,) = [one.refused for one in received if not one.student]
    assert f"'newname' has the number {number}, which {id} has in the roster, under another name" in reason


@pytest.mark.parametrize("name", ["liwei_{0}_900{0}_hw.ipynb", "Wei Li_{0}_assignsubmission_file/hw.ipynb"])
def test_two_users_of_one_name_are_not_taken_for_the_one_in_the_roster(new_class, work, tmp_path, name):
    roster = put(tmp_path, "r.csv", 'student id,name\nli,"Li, Wei"\nada,Ada\n')
    users = [name.format(number) for number in (1111, 2222)]
    both = put(tmp_path, "both.zip", zipped(dict(zip([*users, "ada.ipynb"], work, strict=False))))
    ada, *refused = collect(new_class, UNIT, [both], roster)
    assert ada.student == "ada"
    assert [one.student for one in refused] == ["", ""]
    assert all("the numbers 1111 and 2222 have one name" in one.refused for one in refused)
    collect(new_class, UNIT, [put(tmp_path, "one.zip", zipped({users[0]: work[0]}))])
    _, li, other = collect(new_class, UNIT, [both])
    assert (li.student, li.file, other.file) == ("li", users[0], users[1])
    assert submissions(new_class) == {"ada": "this is s02", "li": "this is s00"}


def test_another_number_of_a_name_in_canvas_is_another_user(new_class, work, tmp_path):
    roster = put(tmp_path, "r.csv", 'student id,name\nli,"Li, Wei"\n')
    collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped({"liwei_1111_9001_hw.ipynb": work[0]}))], roster)
    other = put(tmp_path, "x.zip", zipped({"liwei_2222_9002_hw.ipynb": work[1]}))
    with pytest.raises(BadInput, match="numbers 1111 and 2222"):
        collect(new_class, UNIT, [other])
    both = 'student id,name,lms id\nli,"Li, Wei",1111\nwei,"Li, Wei",2222\n'
    collect(new_class, UNIT, [other], put(tmp_path, "r.csv", both))
    assert submissions(new_class) == {"li": "this is s00", "wei": "this is s01"}


def test_a_known_number_of_canvas_under_another_name_makes_no_other_student(new_class, work, tmp_path):
    (bob,) = collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped({"smithbob_1111_9001_hw.ipynb": work[0]}))])
    renamed = {"jonesbob_1111_9002_hw.ipynb": work[1], "liwei_2222_9003_hw.ipynb": work[2]}
    li, refused = collect(new_class, UNIT, [put(tmp_path, "y.zip", zipped(renamed))])
    assert (bob.student, li.student) == ("smithbob-1111", "liwei-2222")
    assert "'jonesbob' has the number 1111 in Canvas, with which smithbob-1111 handed in before" in refused.refused
    assert submissions(new_class) == {"smithbob-1111": "this is s00", "liwei-2222": "this is s02"}
    collect(new_class, UNIT, [put(tmp_path, "smithbob-1111.ipynb", work[1])])
    assert submissions(new_class)["smithbob-1111"] == "this is s01"


def test_strangers_of_a_unit_without_the_roster_that_others_have_are_named(new_class, work, tmp_path, monkeypatch, run):
    roster = put(new_class.root, "rosters/u01_sequences.csv", CANVAS_ROSTER)
    monkeypatch.chdir(new_class.root)
    known, other = put(tmp_path, "S00.ipynb", work[0]), put(tmp_path, "lovelaceada_34000_9_x.ipynb", work[1])
    assert "has no roster" not in run("collect", UNIT, str(known))
    said = run("collect", UNIT, str(known), str(other))
    assert f"{UNIT} has no roster, and those of other units have nobody called lovelaceada-34000." in said
    assert "has no roster" not in run("collect", UNIT, str(known), "--roster", str(roster))


def _times(course: ClassFolder) -> dict[str, str]:
    stamps = {s: course.submission(UNIT, s).with_name("timestamp.txt") for s in course.students(UNIT)}
    return {student: stamp.read_text().strip() if stamp.exists() else "" for student, stamp in stamps.items()}


def test_work_that_canvas_marks_as_late_is_late_by_a_second_after_an_earlier_due_date_too(new_class, work, tmp_path):
    due = datetime(2026, 11, 27, tzinfo=UTC)
    files = {canvas_name(0, "hw.ipynb", late=True): work[0], canvas_name(1, "hw.ipynb"): work[1]}
    collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped(files))], put(tmp_path, "r.csv", CANVAS_ROSTER))
    assert _times(new_class) == {"s00": "", "s01": ""}
    for day, want in ((27, 27), (20, 20), (25, 20)):  # once it is moved to later, the work came before it
        collect(new_class, UNIT, [], due=due.replace(day=day))
        assert _times(new_class) == {"s00": f"2026-11-{want} 00:00:01 UTC", "s01": ""}
    mail = put(tmp_path, "s00.ipynb", work[2])
    collect(new_class, UNIT, [mail])
    collect(new_class, UNIT, [], due=due.replace(day=10))
    assert _times(new_class) == {"s00": "", "s01": ""}


def test_a_newer_upload_that_is_late_as_well_counts_after_an_earlier_due_date(new_class, work, tmp_path):
    older, newer = (
        put(tmp_path, f"{upload}.zip", zipped({canvas_name(0, "hw.ipynb", upload, late=True): work[upload - 7]}))
        for upload in (7, 8)
    )
    roster = put(tmp_path, "r.csv", CANVAS_ROSTER)
    collect(new_class, UNIT, [older], roster, datetime(2026, 11, 27, tzinfo=UTC))
    (taken,) = collect(new_class, UNIT, [newer], due=datetime(2026, 11, 20, tzinfo=UTC))
    assert (taken.student, taken.late) == ("s00", True)
    assert submissions(new_class) == {"s00": "this is s01"}
    (refused,) = collect(new_class, UNIT, [older])
    assert "the upload 8, is newer" in refused.refused


@pytest.mark.parametrize("zone", ["CEST", "JST"])
def test_a_time_in_a_zone_that_is_not_known_is_none(zone):
    if zone in time.tzname:
        pytest.skip(f"this machine's clock shows {zone}")
    assert parse_time(f"2026-11-20 15:30:00 {zone}") is None
    assert parse_time("2026-11-20 15:30:00 UTC") == datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


def test_if_nobody_can_be_taken_in_nothing_is_written(new_class, work, tmp_path, tree):
    before = tree(new_class.root)
    with pytest.raises(BadInput, match="stranger"):
        collect(new_class, UNIT, [put(tmp_path, "stranger.ipynb", work[0])], put(tmp_path, "r.csv", CANVAS_ROSTER))
    assert tree(new_class.root) == before


def test_a_class_in_one_more_folder_is_not_taken_for_one_student(new_class, work, tmp_path):
    members = {f"week 5/s{n:02}/hw.ipynb": work[n] for n in range(3)}
    with pytest.raises(BadInput, match="everything is in 'week 5'"):
        collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped(members))])


def bad_archives(notebook: bytes) -> dict[str, bytes]:
    link = zipfile.ZipInfo("hw.ipynb")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    device = zipfile.ZipInfo("hw.ipynb")
    device.create_system, device.external_attr = 3, 0o020666 << 16
    special = {}
    for kind, info in (("link", link), ("device", device)):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(info, "/etc/passwd")
        special[kind] = file.getvalue()
    damaged = bytearray(zipped({"hw.ipynb": os.urandom(4000)}))
    damaged[200:300] = bytes(100)
    return special | {
        "no archive": b"hello",
        "empty": b"",
        "cut off": zipped({"hw.ipynb": notebook})[:-30],
        "damaged": bytes(damaged),
        "no notebook": zipped({"readme.txt": b"hello"}),
        "an archive in it": zipped({"inner.zip": zipped({"hw.ipynb": notebook})}),
        "many": zipped({f"{n}.ipynb": b"{}" for n in range(archives.MAX_STUDENT_MEMBERS + 1)}),
        "large": zipped({f"{n}.ipynb": bytes(archives.MAX_NOTEBOOK) for n in range(4)}),
        "one large": zipped({"hw.ipynb": bytes(archives.MAX_NOTEBOOK + 1)}),
    }


@pytest.mark.parametrize("kind", bad_archives(b"{}"))
def test_a_students_bad_archive_is_refused_and_the_rest_is_taken(new_class, work, tmp_path, kind):
    members = {canvas_name(0, "work.zip"): bad_archives(work[0])[kind], canvas_name(1, "hw.ipynb"): work[1]}
    given = put(tmp_path, "x.zip", zipped(members))
    around = {path for path in tmp_path.rglob("*") if new_class.root not in path.parents}
    received = collect(new_class, UNIT, [given], put(tmp_path, "r.csv", CANVAS_ROSTER))
    assert {path for path in tmp_path.rglob("*") if new_class.root not in path.parents} == around | {tmp_path / "r.csv"}
    by_student = {one.student: one for one in received}
    assert by_student["s00"].refused
    assert "\n" not in by_student["s00"].refused
    assert submissions(new_class)["s01"] == "this is s01"


def test_a_students_archive_writes_nothing_outside(new_class, work, tmp_path):
    inner = zipped({f"../../../../{tmp_path}/evil.ipynb": work[0], "/tmp/evil-rnncourse.ipynb": work[0]})
    collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped({canvas_name(0, "work.zip"): inner}))])
    assert not list(tmp_path.rglob("evil.ipynb")) or all("received" in p.parts for p in tmp_path.rglob("evil.ipynb"))
    assert not Path("/tmp/evil-rnncourse.ipynb").exists()


def test_who_handed_in_no_notebook_has_a_reason(new_class, work, tmp_path):
    members = {canvas_name(0, "hw.pdf"): b"%PDF", canvas_name(1, "hw.ipynb"): work[1], canvas_name(1, "a.png"): b""}
    members |= {"smithbob_34001_text.html": b"hello"}
    given = put(tmp_path, "x.zip", zipped(members))
    received = collect(new_class, UNIT, [given], put(tmp_path, "r.csv", CANVAS_ROSTER))
    assert {one.student: one.refused for one in received} == {"s00": "the file is no notebook (.ipynb)", "s01": ""}


def test_what_else_is_in_a_students_archive_is_passed_over(new_class, work, tmp_path):
    inner = {f".venv/{n}.py": b"" for n in range(archives.MAX_STUDENT_MEMBERS + 1)} | {"hw.ipynb": work[0]}
    collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped({canvas_name(0, "work.zip"): zipped(inner)}))])
    assert list(submissions(new_class).values()) == ["this is s00"]


def test_long_names_are_stored_or_refused(new_class, work, tmp_path):
    members = {
        moodle_name(5, f"{'भ' * 80}.ipynb"): work[5],
        f"{'भ' * 80}_9_assignsubmission_file/hw.ipynb": work[6],
        f"{'x' * 60_000}.ipynb": work[7],
        f"ada/{'x' * 60_000}/hw.ipynb": work[8],
    }
    received = collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped(members))])
    assert sorted(submissions(new_class).values()) == ["this is s05", "this is s08"]
    assert sum("at most" in one.refused for one in received) == 2


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), st.booleans(), min_size=1, max_size=6
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_names_every_notebook_is_a_students_or_has_a_reason(new_class, tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("x")
    members = {f"{name}.ipynb" if notebook else name: b"{}" for name, notebook in names.items()}
    given = put(folder, "x.zip", zipped(members))
    with contextlib.suppress(BadInput):
        files = [(given, notebooks_in(given, UNIT, folder))]
        by_student, nobodys = sort_out(new_class, UNIT, files, None)
        for own in by_student:
            name = own[0].student
            assert name == Path(name).name
            assert name not in (".", "..", "")
            assert len({one.key for one in own}) == 1
        assert all(reason for _, reason in nobodys)


PACKED = zipped({"a/hw.ipynb": b'{"cells": []}' * 20, "b.ipynb": b"{}"})


@given(st.lists(st.tuples(st.integers(0, len(PACKED) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_archive_with_changed_bytes_has_notebooks_or_troubles(tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp("x")
    raw = bytearray(PACKED)
    for position, byte in changes:
        raw[position] = byte
    put(folder, "in/ada.zip", bytes(raw))
    assert archives.handed_in(folder / "in", folder)
    with contextlib.suppress(archives.BadArchive):
        archives.handed_in(folder / "in" / "ada.zip", folder)


def test_a_member_without_a_name_is_passed_over(new_class, work, tmp_path):
    collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped({"\0": b"", "ada/hw.ipynb": work[0]}))])
    assert submissions(new_class) == {"ada": "this is s00"}


def test_packings_that_take_memory_are_not_read(new_class, work, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("ada/hw.ipynb", work[0])
        archive.writestr("bob/hw.ipynb", work[1], zipfile.ZIP_DEFLATED)
    received = {one.student: one.refused for one in collect(new_class, UNIT, [tmp_path / "x.zip"])}
    assert "ordinary zip" in received["ada"]
    assert not received["bob"]


def test_a_full_disk_is_named(new_class, work, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nbformat, "writes", full)
    with pytest.raises(BadInput, match="No space left"):
        collect(new_class, UNIT, [put(tmp_path, "ada.ipynb", work[0])])
    assert not new_class.submission(UNIT, "ada").exists()


# Times of submission.

DUE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def stamp(course: ClassFolder, student: str) -> str:
    path = course.submission(UNIT, student).with_name("timestamp.txt")
    return path.read_text().strip() if path.exists() else ""


def test_the_times_in_the_archives_of_canvas_and_moodle_are_those_of_the_download(new_class, work, tmp_path):
    for kind in ("canvas", "moodle folders"):
        received = collect(new_class, UNIT, [download(kind, work, tmp_path)], due=DUE)
        assert not any(one.late or one.submitted for one in received)


def test_in_another_archive_the_time_of_a_member_is_that_of_the_file(new_class, work, tmp_path):
    local = (DUE + timedelta(hours=1)).astimezone()
    collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped({"ada/x.ipynb": work[0]}, local.timetuple()[:6]))], due=DUE)
    assert stamp(new_class, "ada") == "2026-11-20 13:00:00 UTC"
    collect(new_class, UNIT, [put(tmp_path, "ada.ipynb", work[0])])
    assert stamp(new_class, "ada") == "2026-11-20 13:00:00 UTC", "it is the same work, and came when it came"
    collect(new_class, UNIT, [put(tmp_path, "ada.ipynb", work[1])])
    assert stamp(new_class, "ada") == ""


def test_an_earlier_upload_does_not_take_the_place_of_a_later_one(new_class, work, tmp_path):
    names = [f"doeada_7_{upload}_{UNIT}.ipynb" for upload in (8000, 7004, 8001)]
    said = []
    for name, content in zip(names, work, strict=False):
        (one,) = collect(new_class, UNIT, [put(tmp_path, "x.zip", zipped({name: content}))])
        said.append(one)
    assert [bool(one.student) for one in said] == [True, False, True]
    assert "the upload 8000, is newer" in said[1].refused
    last = json.loads(new_class.roster(UNIT).with_name(f"{UNIT}-senders.json").read_text())
    assert [sender["upload"] for sender in last.values()] == [8001]


def test_an_old_download_collected_again_leaves_what_was_mailed_since(new_class, work, tmp_path):
    old = put(
        tmp_path, "old.zip", zipped({canvas_name(0, "hw.ipynb", 200): work[0], canvas_name(1, "hw.ipynb"): work[1]})
    )
    collect(new_class, UNIT, [old], put(tmp_path, "r.csv", CANVAS_ROSTER))
    mailed = put(tmp_path, "s00.ipynb", work[2])
    collect(new_class, UNIT, [mailed])
    for _ in range(2):
        bob, ada = collect(new_class, UNIT, [old])
        assert (bob.student, ada.student) == ("s01", "")
        assert "was received after this one, which is in received/ already. To take this one, remove" in ada.refused
        assert submissions(new_class) == {"s00": "this is s02", "s01": "this is s01"}
        assert [one.student for one in collect(new_class, UNIT, [mailed])] == ["s00"], "it is in place"
    again = put(tmp_path, "new.zip", zipped({canvas_name(0, "hw.ipynb", 300): work[0]}))
    collect(new_class, UNIT, [again])
    assert submissions(new_class)["s00"] == "this is s00", "a later upload is one more hand-in, whatever its answers"
    shutil.rmtree(new_class.submission(UNIT, "s00").parent)
    collect(new_class, UNIT, [mailed])
    collect(new_class, UNIT, [mailed])
    assert submissions(new_class)["s00"] == "this is s02", "the way out that is said"


def test_what_was_received_last_is_known_in_a_copy_of_the_class_too(new_class, work, tmp_path):
    first, second = (put(tmp_path, f"{number}/s00.ipynb", work[number]) for number in (0, 1))
    for file in (first, second, first, second):
        collect(new_class, UNIT, [file])
    kept = new_class.received_folder(UNIT) / "s00"
    assert len(list(kept.glob("[!.]*"))) == 2
    for age, file in enumerate((first, second)):  # as a copy, or a checkout, may leave them
        (path,) = (path for path in kept.glob("[!.]*") if not differ(path, file))
        os.utime(path, (1e9 - age, 1e9 - age))
    (one,) = collect(new_class, UNIT, [first])
    assert "was received after this one" in one.refused
    assert submissions(new_class)["s00"] == "this is s01"
    (kept / ".order").write_text("{")
    with pytest.raises(BadInput, match=r"\.order.*Take it away"):
        collect(new_class, UNIT, [first])


def test_canvas_says_who_is_late_but_not_by_how_much(new_class, work, tmp_path):
    given = put(tmp_path, "x.zip", zipped({canvas_name(0, "hw.ipynb", late=True): work[0]}))
    roster = put(tmp_path, "r.csv", CANVAS_ROSTER)
    (one,) = collect(new_class, UNIT, [given], roster)
    assert one.late
    assert "--due" in one.notes[0]
    assert stamp(new_class, "s00") == ""
    (one,) = collect(new_class, UNIT, [given], due=DUE)
    assert stamp(new_class, "s00") == "2026-11-20 12:00:01 UTC"
    assert "not by how much" in one.notes[0]


def test_moodles_worksheet_says_when(new_class, work, tmp_path):
    local = (DUE + timedelta(minutes=5)).astimezone()
    header, first, *_ = WORKSHEET.splitlines()
    text = f'{header},Last modified (submission)\n{first},"{local:%A, %d %B %Y, %I:%M %p}"\n'
    (one,) = collect(
        new_class,
        UNIT,
        [put(tmp_path, "x.zip", zipped({moodle_name(0, "hw.ipynb"): work[0]}))],
        put(tmp_path, "r.csv", text),
        DUE,
    )
    assert one.late
    assert stamp(new_class, "s00") == "2026-11-20 12:05:00 UTC"


def test_a_later_hand_in_has_not_the_time_of_the_one_in_the_kept_worksheet(new_class, work, tmp_path, monkeypatch, run):
    header, *lines = WORKSHEET.splitlines()
    times = ["19 November 2026, 3:30 PM", "-", "25 November 2026, 3:30 PM"]
    worksheets = [
        put(tmp_path, f"w{n}.csv", f'{header},Last modified (submission)\n{lines[0]},"{at}"\n{lines[1]},-\n')
        for n, at in enumerate(times)
    ]
    early, late, later = (
        put(tmp_path, f"{name}.zip", zipped({moodle_name(0, "hw.ipynb"): content, moodle_name(1, "hw.ipynb"): work[3]}))
        for name, content in (("early", work[0]), ("late", work[1]), ("later", work[2]))
    )
    collect(new_class, UNIT, [early], worksheets[0], DUE)
    first = stamp(new_class, "s00")
    assert first.startswith("2026-11-19")
    monkeypatch.chdir(new_class.root)
    for download, roster in ((late, None), (later, worksheets[0])):  # the kept one, and a copy of it
        given = [] if roster is None else ["--roster", str(roster)]
        said = run("collect", UNIT, str(download), *given, "--due", "2026-11-20 12:00")
        assert "s00: it is not known when it came, since the time in the kept worksheet may be that of" in said
        assert "in time, since it is not known when they came: s00, s01" in said
        assert stamp(new_class, "s00") == ""
        shutil.rmtree(new_class.submission(UNIT, "s00").parent)
        collect(new_class, UNIT, [early])
        assert stamp(new_class, "s00") == first
    collect(new_class, UNIT, [later], worksheets[2])
    assert stamp(new_class, "s00").startswith("2026-11-25")


PLUGIN = """
from nbgrader.plugins import BasePlugin

class PointAnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600

c.AssignLatePenalties.plugin_class = PointAnHour
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bwrap (bubblewrap), which is missing")
def test_nbgraders_plugin_takes_the_penalty_and_a_new_submission_in_time_takes_it_back(new_class, tmp_path):
    Homework(new_class.release_notebook(UNIT), solved=True).save(tmp_path / "hw.ipynb")
    content = (tmp_path / "hw.ipynb").read_bytes()
    config = new_class.root / "nbgrader_config.py"
    config.write_text(config.read_text() + PLUGIN)
    course = ClassFolder(new_class.root)
    for student, hours in (("ada", 2), ("bob", -2)):
        local = (DUE + timedelta(hours=hours)).astimezone().timetuple()[:6]
        given = put(tmp_path, f"{student}.zip", zipped({f"{student}/hw.ipynb": content}, local))
        collect(course, UNIT, [given], due=DUE)
    assert penalties(course) == {"ada": 2.0, "bob": 0.0}
    collect(course, UNIT, [put(tmp_path, "ada.ipynb", content)])
    assert penalties(course) == {"ada": 2.0, "bob": 0.0}, "the same work as before"
    Homework(new_class.release_notebook(UNIT), solved=True).append("lstm-step", "# better").save(tmp_path / "ada.ipynb")
    collect(course, UNIT, [tmp_path / "ada.ipynb"])
    assert penalties(course) == {"ada": 0.0, "bob": 0.0}
    set_due_date(course, UNIT, DUE - timedelta(hours=3))
    assert {result.student: result.penalty for result in read_results(course, UNIT)} == {"ada": 0.0, "bob": 1.0}


def penalties(course: ClassFolder) -> dict[str, float]:
    """What nbgrader takes off when it grades the class."""
    for student in course.students(UNIT):
        grade_with_nbgrader(course, UNIT, student)
    with open_gradebook(course) as gradebook:
        return {s: gradebook.find_submission(UNIT, s).late_submission_penalty for s in course.students(UNIT)}


def test_a_number_of_canvas_that_another_roster_calls_otherwise_is_named(new_class, work, tmp_path, monkeypatch, run):
    monkeypatch.chdir(new_class.root)
    first = put(tmp_path, "first.csv", CANVAS_ROSTER)
    run("collect", UNIT, str(put(tmp_path, "s01.ipynb", work[1])), "--roster", str(first))
    second = put(tmp_path, "second.csv", CANVAS_ROSTER.replace(",s00,", ",ada.king,"))
    said = run("collect", UNIT, str(put(tmp_path, "ada.king.ipynb", work[0])), "--roster", str(second))
    assert "ada.king has the number in Canvas, 34000, that s00 has in an earlier roster." in said
    assert "earlier roster" not in run("collect", UNIT, str(tmp_path / "s01.ipynb"), "--roster", str(second))
