"""Run the experiments, print what each found, and draw it: `python -m rnncore.experiments`."""

import argparse
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rnncore.experiments.finding import Finding
from rnncore.experiments.registry import all_experiments


def run(
    folder: Path, only: str = "", experiments: Mapping[str, Callable[[], Finding]] | None = None
) -> dict[str, str]:
    """Run experiments one after the other.

    Args:
        folder: where `NAME.png`, the figure, and `NAME.json`, the record, are written.
        only: a regular expression; only experiments whose names it matches somewhere are run.
        experiments: by name; all of the package if not given.

    Returns:
        For each experiment: `"holds"`, `"does not hold"`, or `"not run: ..."` where its data is not
        available.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = all_experiments() if experiments is None else experiments
    wanted = {name: measure for name, measure in known.items() if re.search(only, name)}
    verdicts, devices = {}, {}
    for k, (name, measure) in enumerate(wanted.items(), start=1):
        print(f"\n[{k}/{len(wanted)}] {name}", flush=True)
        try:
            found = measure()
        except OSError as error:
            verdicts[name], devices[name] = f"not run: {error}", ""
            print(verdicts[name], flush=True)
            continue
        verdicts[name] = "holds" if found.holds else "does not hold"
        devices[name] = found.device
        print(found, flush=True)
        _save(found, folder / name)
    print()
    for name, verdict in verdicts.items():
        print(f"{name:18s} {devices[name]:10s} {verdict}")
    return verdicts


def _save(found: Finding, path: Path) -> None:
    record: dict[str, Any] = {"experiment": path.name, **found.to_dict()}
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    path.with_name(path.name + ".json").write_text(text + "\n", encoding="utf-8")
    found.figure().savefig(path.with_name(path.name + ".png"), dpi=120)


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rnncore.experiments", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="a regular expression for names")
    parser.add_argument("--figures", type=Path, default=Path("build/experiments"))
    arguments = parser.parse_args()
    run(arguments.figures, arguments.only)


if __name__ == "__main__":
    _main()
