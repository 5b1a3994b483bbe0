"""The file of the rules. Oracle: what was written."""

from datetime import UTC, datetime

import pytest

from autograder.grading.class_folder import BadInput
from autograder.grading.rules import (
    RULES,
    Excuse,
    Extension,
    Rules,
    Waiver,
    Weight,
    change_rules,
    read_rules,
)


def test_rules_are_read_back_as_they_were_written(tmp_path):
    time = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
    rules = Rules(
        (Waiver("u", "e", "c", "Größe “x”"),),
        (Extension("u", "a", time, "w"), Extension("u", "b", None, "")),
        (Weight("u", "e", 0.0, "w"), Weight("u", "f", 2.5, "w")),
        (Excuse("u", "a", "w"),),
        "best",
    )
    change_rules(tmp_path, lambda _: rules)
    assert read_rules(tmp_path) == rules
    assert "Größe" in (tmp_path / RULES).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"waived": [{"unit": "u"}]}',
        '{"extensions": [3]}',
        '{"waived": 3}',
        '{"weighed": [{"unit": "u", "exercise": "e", "points": -1, "reason": "w"}]}',
        '{"weighed": [{"unit": "u", "exercise": "e", "points": NaN, "reason": "w"}]}',
        '{"excused": [{"unit": "u", "student": 3, "reason": "w"}]}',
        '{"attempts": "first"}',
    ],
)
def test_rules_that_are_none_are_named_and_stay(tmp_path, content):
    (tmp_path / RULES).write_text(content)
    with pytest.raises(BadInput, match=r"rules\.json"):
        read_rules(tmp_path)
    with pytest.raises(BadInput, match=r"rules\.json"):
        change_rules(tmp_path, lambda rules: rules)
    assert (tmp_path / RULES).read_text() == content
