"""What is handed in beside or in place of a notebook: damaged files, archives, folders that shadow Python's own."""

import io
import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.attacks.attack import Attack, as_notebook

Pack = Callable[[str, Path], None]


def _as(content: Callable[[str], bytes], name: str = "homework.ipynb") -> Pack:
    return lambda notebook, folder: (folder / name).write_bytes(content(notebook)) and None


def _beside(*files: str) -> Pack:
    """The notebook, and files that end whatever loads them."""

    def pack(notebook: str, folder: Path) -> None:
        as_notebook(notebook, folder)
        for name in files:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("import os; os._exit(1)\n")

    return pack


def _zip(*members: tuple[str | zipfile.ZipInfo, Callable[[str], bytes]], name: str = "homework.zip") -> Pack:
    def pack(notebook: str, folder: Path) -> None:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members:
                archive.writestr(member, content(notebook))

    return pack


def _special(kind: int, target: bytes) -> tuple[zipfile.ZipInfo, Callable[[str], bytes]]:
    member = zipfile.ZipInfo("homework.ipynb")
    member.create_system = 3
    member.external_attr = (kind | 0o777) << 16
    return member, lambda notebook: target


def _text(notebook: str) -> bytes:
    return notebook.encode()


def _nested(notebook: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("homework.ipynb", notebook)
    return file.getvalue()


def _updated(**changes: object) -> Pack:
    return _as(lambda notebook: json.dumps(json.loads(notebook) | changes).encode())


def _large(notebook: str) -> bytes:
    nb = json.loads(notebook)
    nb["metadata"]["padding"] = "x" * 31 * 2**20
    return json.dumps(nb).encode()


def _link(notebook: str, folder: Path) -> None:
    (folder / "homework.ipynb").symlink_to("/etc/passwd")


def _pipe(notebook: str, folder: Path) -> None:
    os.mkfifo(folder / "homework.ipynb")


def _folder(notebook: str, folder: Path) -> None:
    (folder / "homework.ipynb").mkdir()


def _two(notebook: str, folder: Path) -> None:
    """The notebook, and a newer one that is damaged."""
    as_notebook(notebook, folder)
    (folder / "newer.ipynb").write_text(notebook[:1000])
    os.utime(folder / "homework.ipynb", (1e9, 1e9))


def _damaged_zip(notebook: str, folder: Path) -> None:
    (folder / "homework.zip").write_bytes(_nested(notebook)[:-40])


_UNREADABLE: dict[str, Pack] = {
    "an empty file": _as(lambda notebook: b""),
    "cut off": _as(lambda notebook: notebook.encode()[: len(notebook) // 2]),
    "deep JSON": _as(lambda notebook: b"[" * 200_000),
    "not UTF-8": _as(lambda notebook: b"\xff\xfe\x00" + notebook.encode("utf-16")),
    "the format of a text": _updated(nbformat="four"),
    "the format of 2011": _updated(nbformat=1),
    "cells that are none": _updated(cells=[1, None, "x"]),
    "no cells": _updated(cells={}),
    "cells of numbers with many digits": _as(lambda notebook: b'{"nbformat": 4, "cells": [' + b"9" * 10**5 + b"]}"),
    "31 MB": _as(_large),
    "not a notebook of this unit": _updated(cells=[{"cell_type": "code", "source": "4", "metadata": {}}]),
}
_READABLE: dict[str, Pack] = {
    "another name": _as(_text, "my homework (final) v2.ipynb"),
    "a name that a terminal would obey": _as(_text, "\x1b[2J;rm -rf $HOME`x`.ipynb"),
    "a future format": _updated(nbformat=5, nbformat_minor=99),
    "a byte order mark": _as(lambda notebook: b"\xef\xbb\xbf" + notebook.encode()),
    "shadows of torch and numpy": _beside("torch.py", "numpy/__init__.py"),
    "a shadow of the grader": _beside("autograder/__init__.py", "rnncore/__init__.py"),
    "sitecustomize and .pth": _beside("sitecustomize.py", "usercustomize.py", "x.pth"),
    "configuration of IPython and Jupyter": _beside(
        "ipython_config.py", "jupyter_config.py", "nbgrader_config.py", ".ipython/profile_default/startup/x.py"
    ),
    "a kernel of its own": _beside("kernels/python3/kernel.json", "share/jupyter/kernels/python3/kernel.json"),
    "a newer file that is damaged": _two,
    "an archive": _zip(("homework.ipynb", _text)),
    "an archive that leads out": _zip(("../../../evil.ipynb", _text)),
    "an archive with absolute paths": _zip(("/etc/evil.ipynb", _text)),
    "an archive with a shadow": _zip(("homework.ipynb", _text), ("torch.py", lambda notebook: b"raise SystemExit")),
}
_BAD_ARCHIVES: dict[str, Pack] = {
    "an archive with a link": _zip(_special(stat.S_IFLNK, b"/etc/passwd")),
    "an archive with a device": _zip(_special(stat.S_IFCHR, b"")),
    "an archive in an archive": _zip(("more.zip", _nested)),
    "an archive that unpacks to 200 MB": _zip(*((f"{n}.ipynb", lambda notebook: bytes(20 * 2**20)) for n in range(10))),
    "an archive of 2,000 files": _zip(*((f"{n}.ipynb", lambda notebook: b"") for n in range(2_000))),
    "an archive without a notebook": _zip(("readme.txt", _text)),
    "an archive that is cut off": _damaged_zip,
    "an archive that is none": _as(lambda notebook: b"hello", "homework.zip"),
}
_NOTHING: dict[str, Pack] = {
    "a link to a file of the host": _link,
    "a pipe": _pipe,
    "a folder with the name of a notebook": _folder,
}

_NO_ARCHIVES = "it takes no archives in `submitted`"
_NO_FILE = "there is no file that it could read"

FILES: dict[str, Attack] = {
    **{name: Attack(twin="reference", pack=pack, slow=name == "31 MB") for name, pack in _UNREADABLE.items()},
    **{
        name: Attack(
            twin="reference", keeps=True, pack=pack, not_stock=_NO_ARCHIVES if name.startswith("an archive") else ""
        )
        for name, pack in _READABLE.items()
    },
    **{
        name: Attack(twin="reference", pack=pack, not_stock=_NO_ARCHIVES, slow=name.endswith("200 MB"))
        for name, pack in _BAD_ARCHIVES.items()
    },
    **{name: Attack(twin="nothing handed in", pack=pack, not_stock=_NO_FILE) for name, pack in _NOTHING.items()},
}
