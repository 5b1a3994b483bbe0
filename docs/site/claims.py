"""The page of the experiments: what was claimed, and what was measured. Nothing on it is typed by hand.

Claims and bands come from the registry, what was measured from the outputs of the executed units and from the records
of longer runs in `rnncore.experiments.recorded`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nbformat

from autograder.authoring.units import all_units
from rnncore.experiments import recorded
from rnncore.experiments.claim import sentence_of
from rnncore.experiments.finding import Finding
from rnncore.experiments.registry import Experiment, all_experiments

HEAD = """\
# Experiments

Each measures a published claim with the functions of the course. A claim has bands in which the numbers
must lie for it to hold; where a figure was published, it stands beside them. Below, {measured} of {claims} claims
were measured by the reference run of a unit, or by a longer run that is on record: {holds} hold, {fails} do not.
Those that are not measured there have a test that trains briefly, and a command that measures them in full:

```sh
make experiments                              # all, on three seeds, with figures in build/experiments
.venv/bin/python -m rnncore.experiments NAME  # one
```

| experiment | measured in | device | holds |
|---|---|---|---|
"""
_FINDING = re.compile(
    r"^Claim: (?P<claim>.*?)^Reference: .*?"
    r"(?P<numbers>^(?:  \S|Not so: |The claim ).*?"
    r"^The claim (?P<verdict>holds|does not hold here) \((?P<how>.*?)\)\.$)",
    re.M | re.S,
)
_WORD = re.compile(r"\W+")


@dataclass(frozen=True)
class Measured:
    """A finding as it was printed: what was claimed, the numbers with their verdict, and the place."""

    claim: str
    numbers: str
    place: str
    holds: bool
    device: str


def experiments_page() -> str:
    """The page, in Markdown."""
    findings = list(_in_units()) + list(_on_record())
    rows, sections = [], []
    verdicts: list[bool] = []
    for name, experiment in all_experiments().items():
        claim = _finding_type(experiment).claim
        mine = [found for found in findings if _key(claim.statement) == _key(found.claim)]
        places = ", ".join(dict.fromkeys(found.place for found in mine)) or "not in a unit"
        devices = ", ".join(dict.fromkeys(found.device for found in mine))
        all_hold = all(found.holds for found in mine)
        if mine:
            verdicts.append(all_hold)
        rows.append(f"| [{name}](#{name}) | {places} | {devices} | {_verdict(all_hold) if mine else ''} |")
        sections += [f"({name})=", f"## {name}", "", _linked(claim.statement), ""]
        sections += [f"**Reference.** {_linked(claim.reference)}", ""]
        if claim.published:
            sections += [f"**Published.** {_linked(claim.published)}", ""]
        sections += [f"**Band.** {sentence_of(claim.bands)}", ""]
        for found in mine:
            sections += [f"**Measured** in {found.place}:", "", f"```text\n{found.numbers}\n```", ""]
        sections += [f"Measure it: `.venv/bin/python -m rnncore.experiments '^{name}$'`", ""]
    holds = sum(verdicts)
    head = HEAD.format(claims=len(rows), measured=len(verdicts), holds=holds, fails=len(verdicts) - holds)
    return head + "\n".join([*rows, "", *sections]) + "\n"


def _in_units() -> Iterator[Measured]:
    """The findings that the executed units printed."""
    for unit in all_units():
        nb = nbformat.read(unit.source.with_suffix(".ipynb"), as_version=4)
        printed = [o.text for cell in nb.cells for o in cell.get("outputs", []) if o.output_type == "stream"]
        for text in printed:
            yield from _findings(text, f"[Unit {unit.number}](units/{unit.name}.md)")


def _on_record() -> Iterator[Measured]:
    for found in vars(recorded).values():
        if isinstance(found, Finding):
            yield from _findings(str(found), "a longer run")


def _findings(text: str, place: str) -> Iterator[Measured]:
    for match in _FINDING.finditer(text):
        yield Measured(
            match["claim"], match["numbers"], place, match["verdict"] == "holds", match["how"].rsplit(", ", 1)[-1]
        )


def _finding_type(experiment: Experiment) -> type[Any]:
    return experiment.measure.__annotations__["return"]


def _key(text: str) -> str:
    """A text without the places where it was wrapped."""
    return _WORD.sub("", text)


def _verdict(holds: bool) -> str:
    return "holds" if holds else "**does not hold**"


def _linked(text: str) -> str:
    """References as links."""
    text = re.sub(r"\bdoi:(10\.[^\s;,]+[^\s;,.])", r"[doi:\1](https://doi.org/\1)", text)
    return re.sub(r"\barXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", text)
