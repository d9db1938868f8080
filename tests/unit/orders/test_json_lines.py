"""JSON Lines: one order a line, numbered as the lines are."""

from __future__ import annotations

import pytest

from marketplace.orders.rules.uploads.json_lines import read_json_lines
from marketplace.orders.rules.uploads.rows import MOST_ROWS
from marketplace.shared.errors import InvalidInput


def test_lines_are_numbered_and_blank_ones_passed_over() -> None:
    found = list(read_json_lines('{"side":"offer"}\r\n\n{"side":"need"}'))
    assert [(row.number, row.document) for row in found] == [(1, {"side": "offer"}), (3, {"side": "need"})]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "not-json"),
        ("5", "wrong-type"),
        ("[]", "wrong-type"),
        ('{"a":1,"a":1}', "not-json"),
        ('{"a":Infinity}', "not-json"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "not-json"),
        ('{"a":' + "[" * 61 + "]" * 61 + "}", "not-json"),
        ('{"a":' + "9" * 5000 + "}", "not-json"),
        ('{"a":"\\ud800"}', "not-json"),
        ('{"\\udc00":1}', "not-json"),
        ('{"a":[' + "0," * 100_000 + "0]}", "wrong-length"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_bad_line_is_refused_alone(line: str, code: str) -> None:
    bad, good = read_json_lines(f"{line}\n{{}}\n")
    assert [fault.code for fault in bad.faults] == [code]
    assert (good.number, good.faults, good.document) == (2, [], {})


def test_files_without_or_with_too_many_rows_are_refused_before_a_line_is_read() -> None:
    for text, code in (("\n \n", "no-rows"), ("x\n" * (MOST_ROWS + 1), "too-many-rows")):
        with pytest.raises(InvalidInput) as error:
            list(read_json_lines(text))
        assert error.value.faults[0].code == code
