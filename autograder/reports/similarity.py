"""Finds submissions that resemble each other more than the exercise explains.

Each answer becomes a sequence of the nodes of its syntax tree, without names, comments, docstrings, annotations and
formatting, with independent statements in an order of their own. From all runs of `RUN` nodes the winnowing
algorithm picks some as fingerprints: whatever two answers share that is `RUN + WINDOW - 1` nodes long, about one
statement, gives them a fingerprint in common. What the handed-out stub and the reference have is no sign of copying:
an exercise with one sensible answer leaves nothing to compare.

Reference: Schleimer, Wilkerson and Aiken, Winnowing: Local Algorithms for Document Fingerprinting, SIGMOD (2003),
    doi:10.1145/872757.872770.
"""

import ast
import math
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TypeGuard

RUN = 10
WINDOW = 4
LONGEST = 20_000
MOST_STATEMENTS = 100

SHARE = 0.85
"""The part of either answer's weight that two answers must share to match."""
WORTH = 20.0
"""The total weight of shared fingerprints from which a pair is shown."""
SEVERAL = 2
"""The number of exercises in which a pair's answers must match."""
SAME_AS_REFERENCE = 0.95
"""The part that answer and reference must share for the answer to be called a copy of the reference."""
FEW = 10
"""Answers are compared if they share a fingerprint that at most this many, or a tenth of the class, have."""
TELLING = 8
"""Fingerprints beyond the stub that a reference needs; with fewer, equality says nothing."""
COPIES = 3
"""The number of copied answers from which a student is named."""


@dataclass(frozen=True)
class Answer:
    """One student's answer to one exercise. What is derived from it is kept, also when it is pickled."""

    source: str

    @cached_property
    def _nodes(self) -> list[tuple[str, int]]:
        """The compared nodes, each with its line."""
        if len(self.source) > LONGEST:
            return []
        try:
            return _sequence(ast.parse(self.source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []

    @property
    def readable(self) -> bool:
        """Whether it could be parsed; otherwise it is not compared."""
        return bool(self._nodes)

    @cached_property
    def fingerprints(self) -> dict[int, list[int]]:
        """The fingerprints, each with its places in the sequence of nodes."""
        kinds = [kind for kind, _ in self._nodes]
        runs = [zlib.crc32("\n".join(kinds[n : n + RUN]).encode()) for n in range(len(kinds) - RUN + 1)]
        found: dict[int, list[int]] = {}
        for place in sorted(_winnow(runs)):
            found.setdefault(runs[place], []).append(place)
        return found

    @cached_property
    def text_lines(self) -> frozenset[int]:
        """The lines of docstrings and other texts that stand alone."""
        texts = [node for node in ast.walk(ast.parse(self.source)) if _is_text(node)] if self.readable else []
        return frozenset(n for node in texts for n in range(node.lineno, (node.end_lineno or node.lineno) + 1))

    def lines(self, fingerprints: set[int]) -> list[int]:
        """The lines most of whose nodes belong to one of some fingerprints."""
        inside = {
            place + n
            for print_ in fingerprints & self.fingerprints.keys()
            for place in self.fingerprints[print_]
            for n in range(RUN)
        }
        hits: dict[int, list[bool]] = defaultdict(list)
        for place, (_, line) in enumerate(self._nodes):
            hits[line].append(place in inside)
        return sorted(line for line, hit in hits.items() if 2 * sum(hit) >= len(hit))


def analysed(answers: Mapping[str, Sequence[str]]) -> dict[str, Answer]:
    """Join the cells of one student's answers, and derive what the comparison needs.

    Args:
        answers: for each exercise the cell of the answer, and those that the student added behind it. Added cells
            that cannot be parsed are left out, and all of them if the answer cannot be compared with them.
    """
    found = {name: _joined(*cells) for name, cells in answers.items()}
    for answer in found.values():
        _ = answer.fingerprints, answer.text_lines
    return found


def _joined(own: str, *added: str) -> Answer:
    whole = Answer("\n\n".join([own, *(source for source in added if Answer(source).readable)]))
    return whole if whole.readable else Answer(own)


@dataclass(frozen=True)
class Match:
    """The overlap of two answers to one exercise beyond the stub and the reference."""

    exercise: str
    weight: float
    share: float
    shared: frozenset[int]


@dataclass(frozen=True)
class Pair:
    """Two students whose answers match enough to be worth a look."""

    students: tuple[str, str]
    matches: tuple[Match, ...]

    @property
    def weight(self) -> float:
        return sum(match.weight for match in self.matches)


@dataclass(frozen=True)
class Exercise:
    """All answers to one exercise, with the stub and the reference."""

    name: str
    answers: Mapping[str, Answer]
    stub: Answer
    reference: Answer

    @cached_property
    def own(self) -> dict[str, set[int]]:
        """Each student's fingerprints without those of the stub and the reference."""
        given = self.stub.fingerprints.keys() | self.reference.fingerprints.keys()
        return {student: answer.fingerprints.keys() - given for student, answer in self.answers.items()}

    def is_reference(self, student: str) -> bool | None:
        """Whether an answer has the structure of the reference; None if the reference is too short to tell."""
        stub = self.stub.fingerprints.keys()
        reference, answer = self.reference.fingerprints.keys() - stub, self.answers[student].fingerprints.keys() - stub
        if len(reference) < TELLING:
            return None
        return len(answer & reference) >= SAME_AS_REFERENCE * max(len(answer), len(reference))

    def matches(self) -> Iterator[tuple[tuple[str, str], Match]]:
        """The pairs of students whose own fingerprints mostly agree."""
        holders: dict[int, list[str]] = defaultdict(list)
        for student in sorted(self.own):
            for print_ in self.own[student]:
                holders[print_].append(student)
        people = sum(1 for answer in self.answers.values() if answer.fingerprints)
        rarity = {print_: _rarity(len(students), people) for print_, students in holders.items()}
        whole = {student: sum(rarity[print_] for print_ in sorted(prints)) for student, prints in self.own.items()}
        few = max(FEW, people // 10)
        candidates = {
            pair for students in holders.values() if len(students) <= few for pair in combinations(students, 2)
        }
        for one, other in sorted(candidates):
            common = self.own[one] & self.own[other]
            weight = sum(rarity[print_] for print_ in sorted(common))
            share = weight / min(whole[one], whole[other])
            if share >= SHARE:
                yield (one, other), Match(self.name, weight, share, frozenset(common))


def _rarity(holders: int, people: int) -> float:
    """The weight of a fingerprint: 1 if two students have it, close to 0 if all have it."""
    return min(1.0, math.log((people + 1) / holders) / math.log((people + 1) / 2)) if people > 1 else 1.0


def find_pairs(exercises: Iterable[Exercise]) -> list[Pair]:
    """The pairs of students whose answers match in several exercises, the heaviest first."""
    found: dict[tuple[str, str], list[Match]] = defaultdict(list)
    for exercise in exercises:
        for students, match in exercise.matches():
            found[students].append(match)
    pairs = [Pair(students, tuple(matches)) for students, matches in found.items() if len(matches) >= SEVERAL]
    return sorted((pair for pair in pairs if pair.weight >= WORTH), key=lambda pair: (-pair.weight, pair.students))


def find_copies(exercises: Iterable[Exercise]) -> dict[str, tuple[list[str], int]]:
    """The students whose answers have the structure of the reference in at least half of the telling exercises.

    Returns:
        For each student, these exercises and the number of telling exercises that were answered.
    """
    told: dict[str, dict[str, bool]] = defaultdict(dict)
    for exercise in exercises:
        for student in exercise.answers:
            same = exercise.is_reference(student)
            if same is not None:
                told[student][exercise.name] = same
    copied = {student: [name for name, same in found.items() if same] for student, found in told.items()}
    return {
        student: (names, len(told[student]))
        for student, names in sorted(copied.items())
        if len(names) >= max(COPIES, len(told[student]) / 2)
    }


def _winnow(hashes: list[int]) -> set[int]:
    """The places of the smallest hash in each window, the rightmost of equal ones."""
    if not hashes:
        return set()
    windows = range(max(1, len(hashes) - WINDOW + 1))
    return {min(range(n, min(n + WINDOW, len(hashes))), key=lambda place: (hashes[place], -place)) for n in windows}


def _sequence(node: ast.AST, line: int = 0) -> list[tuple[str, int]]:
    """The compared nodes of a tree, depth first."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Pass | ast.expr_context) or _is_text(node):
        return []
    if isinstance(node, ast.AnnAssign):
        if node.value is None:
            return []
        node = ast.copy_location(ast.Assign([node.target], node.value), node)
    line = getattr(node, "lineno", line)
    found = [] if isinstance(node, ast.Module | ast.arguments) else [(_kind(node), line)]
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        children = [child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)]
        sequences = [_sequence(child, line) for child in children]
        if children and all(isinstance(child, ast.stmt) for child in children):
            sequences = _in_own_order(children, sequences)
        for sequence in sequences:
            found += sequence
    return found


def _is_text(node: ast.AST) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _kind(node: ast.AST) -> str:
    """The part of a node that is compared: attributes, keywords and numbers, but not names and texts."""
    if isinstance(node, ast.Attribute):
        return f".{node.attr}"
    if isinstance(node, ast.keyword):
        return f"{node.arg}="
    if isinstance(node, ast.Constant) and not isinstance(node.value, str):
        return repr(node.value)
    return type(node).__name__


def _in_own_order(body: list[ast.AST], sequences: list[list[tuple[str, int]]]) -> list[list[tuple[str, int]]]:
    """The statements' sequences in a canonical order of independent statements."""
    if len(body) > MOST_STATEMENTS:
        return sequences
    keys = [[kind for kind, _ in sequence] for sequence in sequences]
    touched = [_touched(statement) for statement in body]
    rest, ordered = list(range(len(body))), []
    while rest:
        free = [n for n in rest if not any(_must_follow(touched[n], touched[m]) for m in rest if m < n)]
        rest.remove(first := min(free, key=lambda n: (keys[n], n)))
        ordered.append(sequences[first])
    return ordered


def _touched(statement: ast.AST) -> tuple[set[str], set[str]] | None:
    """The names that a statement reads and those that it may change; None if nothing may move across it."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return None
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    changed = {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return {node.id for node in names}, changed


def _must_follow(later: tuple[set[str], set[str]] | None, earlier: tuple[set[str], set[str]] | None) -> bool:
    if later is None or earlier is None:
        return True
    return bool(later[0] & earlier[1] or later[1] & earlier[0])
