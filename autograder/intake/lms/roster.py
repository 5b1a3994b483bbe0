"""The class list, which maps names and numbers of Canvas and Moodle to students.

A roster is a table with a header, exported by one of these systems or written by hand:

    Canvas, Grades, Export     Student, ID, SIS User ID, SIS Login ID, Section, ...
    Moodle, grading worksheet  Identifier, Full name, Email address, ..., Last modified (submission), ...
                               (in English, French, German, Japanese or Spanish)
    Moodle, participants       First name, Last name, ID number, Email address, ...
    by hand                    student id, name, and if wanted: lms id, login, email
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from pathlib import Path

from autograder.grading.class_folder import BadInput, ClassFolder
from autograder.grading.gradebook import enrolled
from autograder.grading.rules import read_rules
from autograder.intake.lms.names import NoSender, Sender, parse_time, sanitised

MAX_ROSTER = 10 * 2**20
# The first of these that a row has is the student's id in the class.
_IDS = ("student id", "sis login id", "sis user id", "id number", "username", "login", "email address", "email")
_LAST_RESORTS = ("id", "identifier")
_LMS_IDS = ("lms id", "canvas id", "participant id")
_NAMES = ("name", "full name", "student name")
_SECTIONS = ("section", "group", "groups")
# Headings of Moodle's worksheet in other languages, from its language packs. Unlisted ones mean themselves.
_WORKSHEETS = (
    {
        "id": "identifier",
        "vollständiger name": "full name",
        "e-mail-adresse": "email address",
        "gruppe": "group",
        "bewertung": "grade",
        "bestwertung": "maximum grade",
        "bewertung kann geändert werden": "grade can be changed",
        "zuletzt geändert (abgabe)": "last modified (submission)",
        "texteingabe online": "online text",
        "feedback als kommentar": "feedback comments",
    },
    {
        "identificador": "identifier",
        "nombre completo": "full name",
        "dirección de correo": "email address",
        "grupo": "group",
        "calificación": "grade",
        "calificación máxima": "maximum grade",
        "la calificación puede ser cambiada": "grade can be changed",
        "última modificación (entrega)": "last modified (submission)",
        "texto en línea": "online text",
        "comentarios de retroalimentación": "feedback comments",
    },
    {
        "identifiant": "identifier",
        "nom complet": "full name",
        "adresse de courriel": "email address",
        "groupe": "group",
        "note": "grade",
        "note maximale": "maximum grade",
        "la note peut être modifiée": "grade can be changed",
        "dernière modification (travail remis)": "last modified (submission)",
        "texte en ligne": "online text",
        "feedback par commentaires": "feedback comments",
    },
    {
        "id": "identifier",
        "フルネーム": "full name",
        "メールアドレス": "email address",
        "グループ": "group",
        "評点": "grade",
        "最大評点": "maximum grade",
        "評点変更可": "grade can be changed",
        "最終更新日時 (提出)": "last modified (submission)",
        "オンラインテキスト": "online text",
        "フィードバックコメント": "feedback comments",
    },
)
_REQUIRED = {"identifier", "full name", "grade", "maximum grade"}
# What stands in the first column of a worksheet in every language: a word and the number of the participant.
_PARTICIPANT = re.compile(r"(?P<word>[^\W\d][^\d,;@]*?) ?\d+")
# The line that tells Excel how the cells are separated.
_SEPARATOR = re.compile(r'"?sep=([,;\t])"?[ ,;\t]*\r?\n', re.I)


class Kind(Enum):
    """The system that a roster comes from."""

    CANVAS = "a gradebook export of Canvas"
    WORKSHEET = "a grading worksheet of Moodle"
    TABLE = "a table of students"


@dataclass(frozen=True)
class Student:
    """One line of a roster.

    Attributes:
        id: the student in the class folder and in the gradebook.
        names: spellings of the student's name.
        lms_id: the student's number in Canvas, or in this assignment of Moodle.
        logins: other identifiers of the student.
        row: the line of the table, by column.
        submitted: when the submission was last changed, where the roster says so.
        last_name, first_name: the name for the gradebook.
        section: the section or group, or several of them; empty if the roster names none.
    """

    id: str
    names: frozenset[str]
    lms_id: str
    logins: frozenset[str]
    row: dict[str, str]
    submitted: datetime | None = None
    last_name: str = ""
    first_name: str = ""
    section: str = ""

    @property
    def is_test(self) -> bool:
        """Whether this is the student that Canvas adds for teachers to try things out."""
        return bool(self.row.get("ID")) and (self.last_name, self.first_name) == ("Student", "Test")


class Roster:
    """The class list.

    Attributes:
        kind: where it comes from.
        columns: the header.
        students: the students.
        points: Canvas's line of points possible, by column; else empty.
    """

    def __init__(self, path: Path):
        """
        Raises:
            BadInput: if the file is not a table with a column that identifies students, or lists a student twice.
        """
        self._path = path
        lines = _read(path)
        self.columns = [column.strip() for column in lines[0]]
        self._meanings = _meanings(self.columns)
        known = set(self._meanings.values())
        if {"id", "section"} <= known and ("student" in known or {"lastname", "firstname"} <= known):
            self.kind = Kind.CANVAS
        else:
            self.kind = Kind.WORKSHEET if "identifier" in known else Kind.TABLE
        ids = {*_IDS, *_LAST_RESORTS} | ({"student"} if self.kind is Kind.TABLE else set())
        cells = [_PARTICIPANT.fullmatch(line[0]) for line in lines[1:]]
        words = {cell["word"] if cell else None for cell in cells}
        if self.kind is Kind.TABLE and not known & {*_IDS, "student"} and len(words) == 1 and None not in words:
            raise BadInput(
                f"expected Moodle's grading worksheet in English, French, German, Japanese or Spanish; {path} seems to "
                f"be one in another language, with {', '.join(map(repr, self.columns))}. Add ?lang=en to the address "
                f"of the assignment's page in Moodle, or &lang=en if there is a ?, and download it again"
            )
        if not known & ids:
            raise BadInput(
                f"expected a roster with a column such as 'student id', 'SIS Login ID', 'ID number' or "
                f"'Email address'; {path} has {', '.join(map(repr, self.columns))}"
            )
        if longer := next((line for line in lines if any(line[len(self.columns) :])), None):
            raise BadInput(
                f"expected as many cells in each line as the header has, {len(self.columns)}; {path} has {len(longer)} "
                f"in the line of {', '.join(longer)}. Put names with a comma in them between quotes"
            )
        rows = [dict(zip(self.columns, [*line, *[""] * len(self.columns)], strict=False)) for line in lines[1:]]
        self.points = next((row for row in rows if "points possible" in _first(row).casefold()), {})
        self.students = [student for row in rows if row is not self.points and (student := self._student(row))]
        self._require_distinct()

    def _student(self, row: dict[str, str]) -> Student | None:
        cells = {self._meanings[column]: value.strip() for column, value in row.items()}
        if self.kind is Kind.CANVAS and not cells["id"]:
            return None  # such as the line that says which grades are hidden
        own = _IDS if self.kind is not Kind.TABLE else (*_IDS, "student")
        logins = {_key(cells[column]) for column in own if cells.get(column)}
        chosen = next((cells[column] for column in (*own, *_LAST_RESORTS) if cells.get(column)), "")
        if not sanitised(chosen):
            return None
        first = cells.get("first name") or cells.get("firstname") or ""
        last = cells.get("last name") or cells.get("lastname") or cells.get("surname") or ""
        name = next((cells[column] for column in _NAMES if cells.get(column)), "")
        if self.kind is Kind.CANVAS:
            name = cells.get("student") or f"{last}, {first}"
            number = cells["id"]
        elif self.kind is Kind.WORKSHEET:
            number = re.sub(r"\D", "", cells["identifier"])
        else:
            number = next((cells[column] for column in _LMS_IDS if cells.get(column)), "")
        names = _spellings(name) | (_spellings(f"{last}, {first}") if first and last else set())
        if group := cells.get("group"):
            names |= {_letters(group) + spelling for spelling in names}  # so Moodle names the files of a group
        submitted = parse_time(cells.get("last modified (submission)", ""))
        last, first = (last, first) if last and first else _split(name)
        section = next((cells[column] for column in _SECTIONS if cells.get(column)), "")
        return Student(
            sanitised(chosen), frozenset(names), number, frozenset(logins), row, submitted, last, first, section
        )

    def heading(self, meaning: str) -> str | None:
        """The column of a meaning, such as "grade" or "maximum grade", as it is called in the file."""
        return next((column for column, meant in self._meanings.items() if meant == meaning), None)

    def _require_distinct(self) -> None:
        if not self.students:
            raise BadInput(f"expected a roster with students; {self._path} has none")
        repeated = [id for id, n in Counter(_key(student.id) for student in self.students).items() if n > 1]
        if repeated:
            raise BadInput(f"expected one line for each student; {self._path} has several for {', '.join(repeated)}")

    def find(self, senders: list[Sender]) -> tuple[Student, Sender]:
        """Match the possible senders of a file to one student.

        Raises:
            NoSender: if no student matches, or more than one.
        """
        found = [(student, sender) for sender in senders for student in self._candidates(sender)]
        name = senders[0].name
        if not found:
            numbers = {sender.user for sender in senders if sender.user}
            for renamed in [student for student in self.students if student.lms_id in numbers]:
                raise NoSender(
                    f"{name!r} has the number {renamed.lms_id}, which {renamed.id} has in the roster, under another "
                    "name. If they are one student, give a roster with the new name, with --roster, or rename the file"
                )
            raise NoSender(
                f"{name!r} is not in the roster. Give one that has this student with --roster, or, if the name is "
                "misspelled, rename the file"
            )
        if len({student.id for student, _ in found}) > 1:
            some = ", ".join(sorted(student.id for student, _ in found))
            raise NoSender(f"{name!r} may be more than one student of the roster: {some}")
        return found[0]

    def _candidates(self, sender: Sender) -> list[Student]:
        name = _letters(sender.name)
        if sender.user:
            numbered = [student for student in self.students if student.lms_id == sender.user]
            if numbered:
                # Moodle numbers participants anew in each assignment, so the number alone proves nothing.
                nameless = not name or name in ("participant",)
                return [s for s in numbered if nameless or not s.names or name in s.names]
            return [student for student in self.students if name in student.names and not self._numbers(sender)]
        known = {_key(sender.name), _key(sanitised(sender.name))}
        own = [s for s in self.students if known & {_key(s.id), *s.logins}]
        return own or [student for student in self.students if name in student.names]

    def _numbers(self, sender: Sender) -> bool:
        """Whether the roster lists this system's numbers, so that an unknown number matches nobody."""
        return self.kind is {"Canvas": Kind.CANVAS, "Moodle": Kind.WORKSHEET}.get(sender.lms)


def class_roster(course: ClassFolder, path: Path) -> Roster:
    """A roster of a class, in which its students are spelled as they are there, whatever capitals the file has.

    Raises:
        BadInput: if the file is not a roster.
    """
    found = Roster(path)
    spelling = class_spelling(course)
    for number, student in enumerate(found.students):
        spelled = spelling.get(folded(student.id))
        if spelled and not (course.root / "submitted" / student.id).is_dir():
            found.students[number] = replace(student, id=spelled)
    return found


def class_spelling(course: ClassFolder) -> dict[str, str]:
    """How the students of a class are spelled, by their folded names.

    They are those with a folder, or else those in the gradebook, or else those with an extension or an excuse.
    """
    rules = read_rules(course.root)
    decided = [one.student for one in (*rules.extensions, *rules.excuses)]
    folders = [folder.name for folder in course.root.glob("submitted/*")]
    return {folded(name): name for name in (*decided, *enrolled(course), *folders)}


def folded(name: str) -> str:
    """A name without its capitals, to compare it with others."""
    return unicodedata.normalize("NFKC", name).casefold()


def _read(path: Path) -> list[list[str]]:
    try:
        if path.stat().st_size > MAX_ROSTER:
            raise BadInput(f"expected a roster; {path} is larger than {MAX_ROSTER >> 20} MB")
        text = path.read_text(encoding="utf-8-sig")
        if stated := _SEPARATOR.match(text):
            text, delimiter = text[stated.end() :], stated[1]
        else:
            counts = {mark: text.partition("\n")[0].count(mark) for mark in ",;\t"}
            delimiter = max(counts, key=lambda mark: counts[mark])
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(line)]
    except OSError as error:
        raise BadInput(f"expected a roster; {path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"expected a roster in UTF-8; {path} is none. Save it as 'CSV UTF-8'") from error
    except csv.Error as error:
        raise BadInput(f"expected a table with commas (CSV); {path} is none ({error})") from error
    if not lines:
        raise BadInput(f"expected a table with a header; {path} is empty")
    repeated = [column for column, n in Counter(map(_key, lines[0])).items() if n > 1 and column in _IDS]
    if repeated:
        raise BadInput(f"expected each column once; {path} has several {', '.join(repeated)}")
    return lines


def _meanings(columns: list[str]) -> dict[str, str]:
    """What each column means, in the words of the English worksheet."""
    keys = {column: _key(column) for column in columns}
    for language in _WORKSHEETS:
        meant = {column: language.get(key, key) for column, key in keys.items()}
        if set(meant.values()) >= _REQUIRED and not set(keys.values()) >= _REQUIRED:
            return meant
    return keys


def _first(row: dict[str, str]) -> str:
    return next(iter(row.values()), "")


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().replace("_", " ").split())


def _letters(name: str) -> str:
    """The letters of a name, with their marks, and its digits; systems may drop everything else."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c)[0] == "M")


def _split(name: str) -> tuple[str, str]:
    """The last and the first name; a name without a comma has the last name last."""
    if "," in name:
        last, _, first = name.partition(",")
    else:
        first, _, last = name.strip().rpartition(" ")
    return last.strip(), first.strip()


def _spellings(name: str) -> set[str]:
    """A name in both orders of first and last name."""
    last, first = _split(name)
    return {_letters(first + last), _letters(last + first)} - {""}
