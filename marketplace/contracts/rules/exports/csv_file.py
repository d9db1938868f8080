"""Tables as CSV: UTF-8 with the mark that spreadsheets look for, amounts as plain text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from marketplace.contracts.rules.exports.columns import Cell
from marketplace.shared.quantities import amount_text

MARK = "\ufeff"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # full width ones count alike


def csv_file(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as CSV; texts that a spreadsheet would take for a formula are made plain ones.

    >>> csv_file(["a", "b"], [["=1+1", Decimal("-0.10")]]).decode()
    "\\ufeffa,b\\r\\n'=1+1,-0.1\\r\\n"
    """
    file = io.BytesIO()
    write_csv(file, headings, rows)
    return file.getvalue()


def write_csv(file: BinaryIO, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """The same bytes into a file, a row at a time: memory does not grow with the table."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    text.write(MARK)
    table = csv.writer(text)
    table.writerow(headings)
    table.writerows([shown(cell) for cell in row] for row in rows)
    text.detach()  # which writes what is left, and leaves the file open


def shown(cell: Cell) -> str:
    """A cell as text.  Amounts are our own and begin with a sign where they are negative; texts are anybody's.

    An apostrophe before what begins like a formula keeps spreadsheets from running it (OWASP, CSV injection).  A text
    that begins with one gets another, so that to take one away gives every text back.

    >>> shown("@SUM(A1)"), shown(" =1"), shown("'x"), shown(None), shown(date(2027, 1, 5)), shown(Decimal("1E+3"))
    ("'@SUM(A1)", "' =1", "''x", '', '2027-01-05', '1000')
    """
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return amount_text(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if cell.lstrip(" ").startswith((*DANGEROUS, "'")) else cell
