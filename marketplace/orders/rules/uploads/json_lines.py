"""Orders as JSON Lines: one order document per line, in the same form as a single order."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.orders.rules.uploads.rows import UploadRow, check_row_count
from marketplace.shared.errors import Fault
from marketplace.shared.strict_json import read_json


def read_json_lines(text: str) -> Iterator[UploadRow]:
    """The rows of a file, numbered by line; blank lines are passed over.  Raises InvalidInput for too many."""
    lines = text.split("\n")
    check_row_count(lines)
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(number, line)


def _row(number: int, line: str) -> UploadRow:
    try:
        document = read_json(line)
    except ValueError as error:
        return UploadRow(number, None, [Fault("", f"this line {error}", line[:80], "one JSON object", "not-json")])
    if not isinstance(document, dict):
        fault = Fault("", "this line is no JSON object", line[:80], "one JSON object", "wrong-type")
        return UploadRow(number, None, [fault])
    return UploadRow(number, document)
