"""Orders as JSON Lines: one order document per line, in the same form as a single order."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.orders.rules.uploads.rows import LONGEST_ROW, MOST_ROWS, UploadRow, count_rows, lines_of
from marketplace.shared.errors import Fault
from marketplace.shared.strict_json import read_json


def read_json_lines(text: str, most_rows: int = MOST_ROWS) -> Iterator[UploadRow]:
    """The rows of a file, numbered by line; blank lines are passed over.  Raises InvalidInput for too many, at once."""
    count_rows(text, most_rows)
    return (_row(number, line) for number, line in enumerate(lines_of(text), start=1) if line.strip())


def _row(number: int, line: str) -> UploadRow:
    if len(line) > LONGEST_ROW:
        given, allowed = f"{len(line)} characters", f"1 to {LONGEST_ROW} characters"
        return UploadRow(number, None, [Fault("", "this line is too long", given, allowed, "wrong-length")])
    try:
        document = read_json(line)
    except ValueError as error:
        return UploadRow(number, None, [Fault("", f"this line {error}", line[:80], "one JSON object", "not-json")])
    if not isinstance(document, dict):
        fault = Fault("", "this line is no JSON object", line[:80], "one JSON object", "wrong-type")
        return UploadRow(number, None, [fault])
    return UploadRow(number, document)
