"""The reference of the command line, made from the commands themselves."""

import inspect
import re
from collections.abc import Iterator

import typer
from typer.core import TyperCommand, TyperGroup

from autograder.cli import app

PROGRAM = "rnncourse"


def command_reference() -> str:
    """A page in Markdown with every command that `rnncourse --help` lists."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    shown = {name: command for name, command in group.commands.items() if not command.hidden}
    lines = ["# Command line", "", f"{group.help} `{PROGRAM} COMMAND --help` says the same in a terminal.", ""]
    lines += ["| command | what it does |", "|---|---|"]
    lines += [f"| [`{name}`](#{name}) | {_summary(command)} |" for name, command in shown.items()]
    for name, command in shown.items():
        lines += ["", *_section(name, command)]
    return "\n".join(lines) + "\n"


def _summary(command: TyperCommand) -> str:
    return " ".join(inspect.cleandoc(command.help or "").split("\n\n")[0].split())


def _section(name: str, command: TyperCommand) -> Iterator[str]:
    context = typer.Context(command, info_name=name)
    yield f"({name})="
    yield f"## {name}"
    yield ""
    usage = re.sub(r"\{([^{}|]+)\}", r"\1", " ".join(command.collect_usage_pieces(context)))
    yield f"```text\n{PROGRAM} {name} {usage}\n```"
    yield ""
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield f"```sh\n{paragraph}\n```" if paragraph.startswith(PROGRAM) else paragraph
        yield ""
    for parameter in command.params:
        term, text = parameter.get_help_record(context) or ("", "")
        if parameter.param_type_name == "argument":
            term = re.sub(r" <.*>$", "", term)
        yield f"`{term}`\n: {' '.join(text.split())}\n"
