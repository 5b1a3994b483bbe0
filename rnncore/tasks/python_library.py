"""The source of Python's own library: a text that every reader of this course has."""

import sys
import sysconfig
from pathlib import Path

from rnncore.tasks.text import Text


def python_library(longest: int = 30_000) -> Text:
    """The modules of Python's standard library, one after the other, in ASCII.

    Whole modules are kept for validation and for the test, so that a model meets code there that it
    has not read. The text is that of the running Python: 1.4 million characters in version 3.11.

    Args:
        longest: modules of more characters are left out.

    Returns:
        `Text(train, valid, test)`: about 90 %, 5 % and 5 % of the modules.

    Raises:
        FileNotFoundError: if this Python has no source of its library.
    """
    folder = Path(sysconfig.get_path("stdlib"))
    paths = [folder / f"{name}.py" for name in sorted(sys.stdlib_module_names)]
    sources = [path.read_bytes().decode("ascii", "replace") for path in paths if path.is_file()]
    sources = [text.replace("\ufffd", "?") for text in sources if len(text) <= longest]
    if not sources:
        raise FileNotFoundError(f"{folder} must hold the source of Python's library; got none")
    train = [source for k, source in enumerate(sources) if k % 20 not in (7, 17)]
    return Text("".join(train), "".join(sources[7::20]), "".join(sources[17::20]))
