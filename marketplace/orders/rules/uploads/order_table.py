"""Orders as a CSV table: one row per order, one column per term or month.  No cell is ever run as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from marketplace.orders.rules.fields import step_of
from marketplace.orders.rules.uploads.columns import Column, Kind, Path, column_of
from marketplace.orders.rules.uploads.rows import (
    CELLS_PER_ROW,
    MOST_COLUMNS,
    MOST_ROWS,
    UploadRow,
    count_rows,
    lines_of,
)
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.strict_json import read_json

_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_NEGATIVE = re.compile(r"-\d+(\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_SEPARATORS = re.compile("[;；]")
_OTHER_SEPARATORS = re.compile("[，;；、\t|]")
_FLAGS = {"true": True, "false": False, "是": True, "否": False}


def read_order_table(text: str, most_rows: int = MOST_ROWS) -> Iterator[UploadRow]:
    """The rows of a table, numbered as a spreadsheet does (headings are row 1); empty rows are passed over.

    Raises InvalidInput, at once, when the table as a whole cannot be read: no or unknown headings, too many rows,
    columns, cells.
    """
    end = text.find("\n") if "\n" in text else len(text)
    head = text[:end]
    if head.count(",") >= MOST_COLUMNS:
        raise InvalidInput.at(
            "/headings", "the table has too many columns", head.count(",") + 1, MOST_COLUMNS, "too-many-columns"
        )
    cells = count_rows(text, most_rows, after=end) * (head.count(",") + 1)
    most_cells = most_rows * CELLS_PER_ROW
    if cells > most_cells:
        raise InvalidInput.at("/rows", "the table has too many cells", cells, most_cells, "too-many-cells")
    records = csv.reader((line + "\n" for line in lines_of(text)), strict=True)
    try:
        columns = _columns(next(records))
    except csv.Error as error:
        raise InvalidInput.at("/headings", f"cannot be read as CSV: {error}", None, "RFC 4180", "not-csv") from None
    return _rows(records, columns)


def _rows(records: Iterator[list[str]], columns: list[Column]) -> Iterator[UploadRow]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(records, None)
        except csv.Error as error:
            yield UploadRow(number, None, [Fault("", f"cannot be read as CSV: {error}", None, "RFC 4180", "not-csv")])
            return  # where the next row would begin is not known
        if cells is None:
            return
        if any(cells):
            yield _row(number, cells, columns)


def _columns(headings: list[str]) -> list[Column]:
    faults, columns = [], []
    seen: dict[Path, str] = {}
    for position, heading in enumerate(headings):
        cell = f"{_letters(position)}1"
        column = column_of(heading)
        if column is None and (other := _OTHER_SEPARATORS.search(heading)) is not None:
            message = f"cell {cell}: columns are separated by a comma, not by {other[0]!r}"
            faults.append(Fault(f"/headings/{position}", message, heading[:80], "the comma ,", "wrong-separator"))
            continue
        if column is None:
            message = f"cell {cell}: is no known heading"
            allowed = "a heading of GET /api/v1/orders/uploads/template, a month, specification.CODE or terms_json"
            faults.append(Fault(f"/headings/{position}", message, heading[:80], allowed, "unknown-heading"))
            continue
        if column.path in seen:
            message = f"cell {cell}: the same column as {seen[column.path]}"
            faults.append(Fault(f"/headings/{position}", message, heading[:80], "once", "duplicate"))
        seen[column.path] = cell
        columns.append(column)
    if faults:
        raise InvalidInput(faults)
    return columns


def _row(number: int, cells: list[str], columns: list[Column]) -> UploadRow:
    row = UploadRow(number, {})
    if len(cells) != len(columns):
        message = f"the row has {len(cells)} cells, the headings are {len(columns)}"
        return UploadRow(number, None, [Fault("", message, len(cells), len(columns), "wrong-cell-count")])
    others: dict[str, Any] = {}
    for position, (cell, column) in enumerate(zip(cells, columns, strict=True)):
        if not cell:
            continue
        pointer = column.pointer
        row.cells[pointer] = f"{_letters(position)}{number}"
        fault = _formula_fault(cell, column, pointer)
        if fault is not None:
            row.faults.append(fault)
        elif column.kind is Kind.JSON:
            others = _other_terms(cell, row.faults)
        else:
            _put(row, column.path, _value(cell, column), pointer)
    _merge(row, others)
    return row


def _formula_fault(cell: str, column: Column, pointer: str) -> Fault | None:
    if not cell.startswith(_FORMULA_BEGINS):
        return None
    numeric = column.kind in (Kind.AMOUNT, Kind.WHOLE)
    if numeric and _NEGATIVE.fullmatch(cell):
        return None
    limit = "a plain number such as -500" if numeric else "no = + - @, tab or return at the beginning"
    return Fault(pointer, "a cell must not begin like a formula", cell[:80], limit, "formula-cell")


def _value(cell: str, column: Column) -> Any:
    """What the cell says, in the document's form; what does not fit stays text, and the rules refuse it."""
    if column.kind is Kind.WHOLE and _WHOLE.fullmatch(cell):
        return int(cell)
    if column.kind is Kind.FLAG:
        return _FLAGS.get(cell.lower(), cell)
    if column.kind is Kind.LIST:
        return [text.strip() for text in _SEPARATORS.split(cell)]
    return column.words.get(cell, cell)


def _put(row: UploadRow, path: Path, value: Any, pointer: str) -> None:
    """Set the value at a path of the row's document, making the objects and lists on the way."""
    here: Any = row.document
    for step, following in pairwise(path):
        if isinstance(here, list):
            here.extend({} for _ in range(int(step) + 1 - len(here)))
            here = here[int(step)]
        else:
            here = here.setdefault(step, [] if isinstance(following, int) else {})
        if not isinstance(here, dict | list):
            fault = Fault(
                pointer, "another column gives this term as one value", str(value)[:80], "one of both", "contradiction"
            )
            row.faults.append(fault)
            return
    if path[-1] in here:
        row.faults.append(
            Fault(pointer, "another column gives parts of this term", str(value)[:80], "one of both", "contradiction")
        )
        return
    here[path[-1]] = value


def _other_terms(cell: str, faults: list[Fault]) -> dict[str, Any]:
    try:
        terms = read_json(cell)
    except ValueError as error:
        faults.append(Fault("/terms_json", str(error), cell[:80], "one JSON object", "not-json"))
        return {}
    if not isinstance(terms, dict):
        faults.append(Fault("/terms_json", "is no JSON object", cell[:80], "one JSON object", "wrong-type"))
        return {}
    return terms


def _merge(row: UploadRow, others: dict[str, Any]) -> None:
    if row.document is None:
        return
    for name, value in others.items():
        if name in row.document:
            message = f"the term {name[:80]} stands in columns of its own too"
            row.faults.append(Fault("/terms_json", message, name[:80], "one of both", "duplicate"))
        else:
            row.document[name] = value
            row.cells[step_of(name)] = row.cells["/terms_json"]


@cache
def _letters(position: int) -> str:
    """A column's letters as spreadsheets write them.

    >>> _letters(0), _letters(27)
    ('A', 'AB')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
