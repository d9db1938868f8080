"""Tables as XLSX: numbers where a spreadsheet's are exact, else texts; nothing in it tells when it was made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter

from marketplace.contracts.rules.exports.columns import Cell
from marketplace.shared.quantities import amount_text

EXACT_DIGITS = 15  # a spreadsheet's numbers keep no more
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # of every file: the same rows are the same bytes


def xlsx_file(sheet: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet.  Texts are texts, also those that begin like a formula, and stay so when edited."""
    file = io.BytesIO()
    write_xlsx(file, sheet, headings, rows)
    return file.getvalue()


def write_xlsx(file: BinaryIO, sheet: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """The same bytes into an empty file, a row at a time: parts lie in temporary files until they are packed."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, {**options, "strings_to_urls": False}) as book:
        book.set_properties({"created": _MADE, "title": sheet})
        page = book.add_worksheet(sheet)
        bold = book.add_format({"bold": True})
        text, day = book.add_format({"quote_prefix": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        page.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            page.write_string(0, column, heading, bold)
            page.set_column(column, column, max(10, len(heading)))
        for row, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                if cell is None:
                    continue
                if isinstance(cell, date):
                    page.write_datetime(row, column, cell, day)
                elif isinstance(cell, Decimal | int) and exact(Decimal(cell)):
                    page.write_number(row, column, float(cell))
                elif isinstance(cell, Decimal | int):
                    page.write_string(row, column, amount_text(Decimal(cell)), text)
                else:
                    page.write_string(row, column, cell, text)
    with zipfile.ZipFile(file, "a") as parts:
        for part in parts.infolist():
            part.external_attr = 0o600 << 16  # else who may read the temporary files would stand there
        parts.comment = b""  # to set it has the list of parts written anew


def exact(amount: Decimal) -> bool:
    """Whether a spreadsheet's number holds the amount exactly.

    >>> exact(Decimal("29700000.10")), exact(Decimal("1234567890123.456"))
    (True, False)
    """
    return len(amount_text(abs(amount)).replace(".", "").lstrip("0")) <= EXACT_DIGITS
