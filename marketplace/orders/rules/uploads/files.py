"""A file of orders: how it is written, and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from marketplace.orders.rules.uploads.json_lines import read_json_lines
from marketplace.orders.rules.uploads.order_table import read_order_table
from marketplace.orders.rules.uploads.rows import MOST_ROWS, UploadRow, count_rows, decoded


class UploadMode(StrEnum):
    """``all``: one fault anywhere, and nothing is stored.  ``partial``: what is right is stored."""

    ALL = "all"
    PARTIAL = "partial"


class UploadFormat(StrEnum):
    """How the file is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True)
class OrderFile:
    """A file as it was sent; ``charset`` as declared, ``most_rows`` that it may have."""

    body: bytes
    format: UploadFormat
    charset: str | None = None
    most_rows: int = MOST_ROWS

    def rows(self) -> Iterator[UploadRow]:
        """Its rows.

        Raises: InvalidInput, before any row is given, for none or too many, for bytes that are no text, for headings
        that are not known.
        """
        read = read_order_table if self.format is UploadFormat.CSV else read_json_lines
        return read(decoded(self.body, self.charset), self.most_rows)

    def count(self) -> int:
        """How many rows it seems to have: lines that are not blank, headings aside.  Raises: as ``rows`` does.

        >>> OrderFile(b"{}\\n\\n{}\\n", UploadFormat.JSON_LINES).count()
        2
        """
        self.rows()
        text = decoded(self.body, self.charset)
        return count_rows(text, self.most_rows, after=text.find("\n") if self.format is UploadFormat.CSV else 0)
