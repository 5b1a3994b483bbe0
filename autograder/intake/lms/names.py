"""Reads the student's name from file names: those in bulk downloads of learning platforms, and those that people give.

    Canvas      smithbob_LATE_340934_208490284_homework.ipynb
                name, whether late, user, upload, the file's own name; without a name where grading is anonymous
    Moodle      Bob Smith_12345_assignsubmission_file/homework.ipynb       (downloaded in folders)
                Bob Smith_12345_assignsubmission_file_homework.ipynb       (downloaded flat)
                name, participant; the number is another one in each assignment
    Blackboard  Homework 5_smithbob_attempt_2026-11-20-15-30-45_homework.ipynb
                assignment, user name, time; a .txt of the same name holds the comments to the attempt
    D2L         12345-67890 - Bob Smith - Nov 20, 2026 330 PM - homework.ipynb
                user, folder, name, time
    nbgrader    smithbob+homework+2026-11-20 15:30:45.123456 UTC+cmFuZG9t/homework.ipynb
                user name, assignment, time, something random: a folder in the exchange's `inbound`

These systems write the outermost name. Names further in are the student's choice, and are not read.
"""

import re
import unicodedata
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime

import dateutil.parser
from dateutil.parser import UnknownTimezoneWarning

_LONGEST_STUDENT = 150
_LONGEST_FILE = 300
_NUMBER = r"[1-9]\d*"
# Letters, digits and combining marks, which \w leaves out.
_WORD = r"[^\s./\\-]"
_REST = rf"_(?P<upload>{_NUMBER})_.+"
_CANVAS = re.compile(rf"(?P<name>{_WORD}+?)_(?P<late>LATE_)?(?P<user>{_NUMBER}){_REST}", re.S)
# The same, with one more number read as part of the student's name.
_CANVAS_LATER = re.compile(rf"(?P<name>{_WORD}+?_{_NUMBER})_(?P<late>LATE_)?(?P<user>{_NUMBER}){_REST}", re.S)
_ANONYMOUS = re.compile(rf"(?P<name>)(?P<late>LATE_)?(?P<user>anon_[^\W_]+){_REST}", re.S)
# A time in a name that a person wrote: 20261120_1530 or 2026_11_20.
_MONTH, _DAY, _HOUR = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])", r"(?:[01]\d|2[0-3])"
_STAMP = re.compile(rf"20[1-9]\d(?:{_MONTH}{_DAY}[-_]?{_HOUR}[0-5]\d(?:[0-5]\d)?|[-_]{_MONTH}[-_]{_DAY})(?!\d)")
_STAMPED = re.compile(rf"[-_ .]+{_STAMP.pattern}")
_ENDING = re.compile(r"\.(zip|ipynb(\.txt|\.json)?)$", re.I)
# What browsers and editors add to the name of a copy.
_COPY = re.compile(r"^(copy of )+|( ?\(\d+\)|-copy\d*| - copy)+$", re.I)
_MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<user>\d+)_assignsubmission_(?P<plugin>[a-z]+)(?P<rest>_.*)?", re.S)
_BLACKBOARD = re.compile(
    r"(?P<before>.+_.+)_attempt_(?P<date>\d{4}-\d\d-\d\d)-(?P<time>\d\d-\d\d-\d\d)(?P<rest>[_.].*)?", re.S
)
_D2L = re.compile(
    r"(?P<user>\d+)-\d+ - (?P<name>.+?) - (?P<date>[^-]*\b20\d\d) (?P<hour>\d?\d)(?P<rest>\d\d( [AP]M)?)( - .+)?", re.S
)
_NBGRADER = re.compile(r"(?P<name>[^+]+)\+(?P<unit>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+]*)(\+.*)?", re.S)
_EAST_ASIAN = re.compile(r"(\d{4})年 ?(\d+)月 ?(\d+)日 ?(?:\([^)]*\))?,?")
# Words in a French, German or Spanish time, in English.
# fmt: off
_ENGLISH = {
    "um": "", "januar": "January", "februar": "February", "märz": "March", "mai": "May", "juni": "June",
    "juli": "July", "oktober": "October", "dezember": "December", "montag": "Monday", "dienstag": "Tuesday",
    "mittwoch": "Wednesday", "donnerstag": "Thursday", "freitag": "Friday", "samstag": "Saturday",
    "sonntag": "Sunday",
    "de": "", "enero": "January", "febrero": "February", "marzo": "March", "abril": "April", "mayo": "May",
    "junio": "June", "julio": "July", "agosto": "August", "septiembre": "September", "octubre": "October",
    "noviembre": "November", "diciembre": "December", "lunes": "Monday", "martes": "Tuesday",
    "miércoles": "Wednesday", "jueves": "Thursday", "viernes": "Friday", "sábado": "Saturday", "domingo": "Sunday",
    "janvier": "January", "février": "February", "mars": "March", "avril": "April", "juin": "June",
    "juillet": "July", "août": "August", "septembre": "September", "octobre": "October", "novembre": "November",
    "décembre": "December", "lundi": "Monday", "mardi": "Tuesday", "mercredi": "Wednesday", "jeudi": "Thursday",
    "vendredi": "Friday", "samedi": "Saturday", "dimanche": "Sunday",
}
# fmt: on


@dataclass(frozen=True)
class Sender:
    """The student who handed a file in, as far as its name tells.

    Attributes:
        name: the student's name, as written.
        lms: "Canvas", "Moodle", "Blackboard", "D2L", "nbgrader", or empty.
        user: the system's number for the student.
        upload: the number of the upload, which grows with time; Canvas only.
        late: whether the system marks the file as late; Canvas only.
        submitted: when it was handed in; Blackboard, D2L and nbgrader only.
    """

    name: str
    lms: str = ""
    user: str = ""
    upload: int = 0
    late: bool = False
    submitted: datetime | None = None

    @property
    def student(self) -> str:
        """A name for folders and the gradebook, unique for each student of the system."""
        return sanitised(f"{self.name}-{self.user}" if self.user else self.name)

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal for two files of the same student."""
        return self.lms, self.name, self.user


class NoSender(Exception):
    """A file that cannot be attributed by its name; the message says why."""


class NotASubmission(Exception):
    """A file that is nothing to grade, such as a text typed into Moodle."""


def sanitised(name: str) -> str:
    """A name that is safe for a folder."""
    kept = (c if c.isalnum() or c in "_.@" or unicodedata.category(c)[0] == "M" else "-" for c in name)
    return re.sub("-+", "-", unicodedata.normalize("NFC", "".join(kept))).strip(".@-")


def senders(outermost: str, unit: str) -> list[Sender]:
    """The possible senders of a file.

    Args:
        outermost: the name of the outermost folder, archive or file below the given path.
        unit: the unit, which is not part of a name.

    Returns:
        One sender; or several, where a name of Canvas is ambiguous because the student has put numbers into their own
        name or into the file's, or one of Blackboard because of underscores in it.

    Raises:
        NotASubmission: if it is nothing to grade.
        NoSender: if there is no student in the name.
    """
    outermost = unicodedata.normalize("NFC", outermost)
    if len(outermost) > _LONGEST_FILE:
        raise NoSender(f"expected a name of at most {_LONGEST_FILE} characters; got {len(outermost)}")
    moodle = _MOODLE.fullmatch(outermost)
    if moodle:
        if moodle["plugin"] != "file":
            raise NotASubmission
        return [_fitting(Sender(moodle["name"].strip(), "Moodle", moodle["user"]))]
    blackboard = _BLACKBOARD.fullmatch(outermost)
    if blackboard:
        if blackboard["rest"] == ".txt":
            raise NotASubmission
        time = parse_time(f"{blackboard['date']} {blackboard['time'].replace('-', ':')}")
        names = _user_names(blackboard["before"], unit)
        return [_fitting(Sender(name, "Blackboard", submitted=time)) for name in names]
    d2l = _D2L.fullmatch(outermost)
    if d2l:
        time = parse_time(f"{d2l['date']} {d2l['hour']}:{d2l['rest']}")
        return [_fitting(Sender(d2l["name"].strip(), "D2L", d2l["user"], submitted=time))]
    inbound = _NBGRADER.fullmatch(outermost)
    if inbound:
        if inbound["unit"] != unit:
            raise NotASubmission
        return [_fitting(Sender(inbound["name"], "nbgrader", submitted=parse_time(inbound["time"])))]
    canvas = _canvas_matches(outermost)
    # Uploads are numbered through, so the number of an upload is not below that of a student who made it.
    if len(canvas) == 2 and int(canvas[1]["upload"]) < int(canvas[0]["upload"]):
        canvas.pop()
    found = [_canvas(match) for match in canvas] or [_plain(outermost, unit)]
    return [_fitting(sender) for sender in found]


def _fitting(sender: Sender) -> Sender:
    """The sender, if their name is short enough for a folder."""
    size = len(sender.student.encode())
    if size > _LONGEST_STUDENT:
        raise NoSender(f"expected a name of at most {_LONGEST_STUDENT} bytes; got {size}")
    return sender


def is_from_lms(outermost: str) -> bool:
    """Whether a learning platform or nbgrader wrote the name."""
    return len(outermost) <= _LONGEST_FILE and (_is_of_others(outermost) or bool(_canvas_matches(outermost)))


def is_from_canvas(outermost: str) -> bool:
    """Whether Canvas wrote the name, which then says whether the file is late."""
    return is_from_lms(outermost) and not _is_of_others(outermost)


def _is_of_others(outermost: str) -> bool:
    return any(form.fullmatch(outermost) for form in (_MOODLE, _BLACKBOARD, _D2L, _NBGRADER))


def student_part(outermost: str, unit: str) -> str:
    """What is left of a name that a person gave, without the unit and what browsers, editors and clocks add; or ""."""
    stem = _COPY.sub("", _ENDING.sub("", outermost))
    return re.sub(rf"[-_ .]*{unit}[-_ .]*", "", _STAMPED.sub("", stem), flags=re.I).strip()


def parse_time(text: str) -> datetime | None:
    """Parse a time that a learning platform wrote, which is local if it does not say otherwise.

    None if it is none, or in a zone by an abbreviation that this machine does not know, such as CET.
    """
    try:
        with warnings.catch_warnings(action="error", category=UnknownTimezoneWarning):
            return dateutil.parser.parse(_in_english(text)).astimezone(UTC)
    except (ValueError, OverflowError, UnknownTimezoneWarning):
        return None


def _in_english(time: str) -> str:
    """A time in French, German, Japanese or Spanish in the words that its parser knows."""
    time = _EAST_ASIAN.sub(r"\1-\2-\3 ", time)
    return re.sub(r"[^\W\d_]+", lambda word: _ENGLISH.get(word[0].casefold(), word[0]), time)


def _user_names(before: str, unit: str) -> list[str]:
    """The possible user names after an assignment's name, which may have underscores as well."""
    if before.casefold().startswith(f"{unit}_".casefold()):
        return [before[len(unit) + 1 :]]
    words = before.split("_")
    return ["_".join(words[n:]) for n in range(1, len(words))]


def _canvas_matches(outermost: str) -> list[re.Match[str]]:
    patterns = (_ANONYMOUS,) if _ANONYMOUS.fullmatch(outermost) else (_CANVAS, _CANVAS_LATER)
    found = [match for pattern in patterns if (match := pattern.fullmatch(outermost))]
    return [] if found and _STAMP.match(outermost, found[0].start("user")) else found


def _canvas(match: re.Match[str]) -> Sender:
    return Sender(match["name"], "Canvas", match["user"], int(match["upload"]), late=bool(match["late"]))


def _plain(outermost: str, unit: str) -> Sender:
    name = student_part(outermost, unit)
    if not sanitised(name):
        raise NoSender(f"expected a name with the student in it, such as ada_{unit}.ipynb; got {outermost}")
    return Sender(name)
