"""One row of an uploaded file, before its order is judged, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplace.shared.errors import Fault, InvalidInput

MOST_ROWS = 5_000  # while the caller waits
MOST_ROWS_LATER = 100_000  # in the background
LONGEST_ROW = 200_000  # characters; an order with all its terms has some thousands
MOST_COLUMNS = 400
CELLS_PER_ROW = 80  # on average: of a table that the caller waits for, a second of reading

_NOT_BLANK = re.compile(r"^[^\S\n]*\S", re.MULTILINE)

CHARSETS = ("utf-8", "gb18030")


@dataclass
class UploadRow:
    """A row's number as an editor shows it, the order document in it, and what is wrong with the row itself.

    ``cells``: the cell (such as H13) that each pointer into the document came from; empty for JSON Lines.
    """

    number: int
    document: dict[str, Any] | None
    faults: list[Fault] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)

    def cell_of(self, pointer: str) -> str | None:
        """The cell that a pointer came from; else that of the nearest thing around it, or the first within it.

        >>> UploadRow(2, {}, [], {"/volumes/2027-01": "H2"}).cell_of("/volumes/2027-01/firm")
        'H2'
        """
        around = pointer
        while around:
            if around in self.cells:
                return self.cells[around]
            around = around.rpartition("/")[0]
        return next((cell for at, cell in self.cells.items() if pointer and at.startswith(pointer + "/")), None)


def lines_of(text: str) -> Iterator[str]:
    """A text's lines, one at a time.

    >>> list(lines_of("a\\n\\nb"))
    ['a', '', 'b']
    """
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


@dataclass(frozen=True)
class RowReport:
    """What became of one row: the order it was stored as, or the faults that kept it out."""

    row: int
    order_id: str | None
    faults: tuple[Fault, ...] = ()

    @property
    def status(self) -> str:
        """stored or refused."""
        return "refused" if self.order_id is None else "stored"

    def as_document(self) -> dict[str, Any]:
        """As JSON can keep it.

        >>> report = RowReport(2, None, (Fault("/lot", "is missing"),))
        >>> RowReport.of_document(report.as_document()) == report
        True
        """
        return {"row": self.row, "order_id": self.order_id, "faults": [fault.as_document() for fault in self.faults]}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> RowReport:
        """What ``as_document`` made."""
        return cls(document["row"], document["order_id"], tuple(Fault(**fault) for fault in document["faults"]))


def decoded(body: bytes, charset: str | None) -> str:
    """The file's text in the declared character set, UTF-8 unless declared; nothing is guessed.

    Raises InvalidInput for another set, and for bytes that are none of it.
    """
    name = (charset or "utf-8").lower()
    if name not in CHARSETS:
        allowed = ", ".join(CHARSETS)
        raise InvalidInput.at("/charset", "this character set is not read", name[:40], allowed, "unknown-charset")
    try:
        text = body.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is no {name.upper()}"
        hint = "UTF-8, or declare 'Content-Type: text/csv; charset=gb18030'"
        raise InvalidInput.at("", message, body[error.start : error.start + 8].hex(" "), hint, "encoding") from None
    if "\0" in text:
        message = "the file holds the character U+0000"
        raise InvalidInput.at("", message, f"at character {text.index(chr(0))}", "text", "encoding")
    return text


def count_rows(text: str, most: int, *, after: int = 0) -> int:
    """How many lines of a text, from a place on, are not blank; without a copy of it, before any is parsed.

    >>> count_rows("a\\n \\n\\nb", 5)
    2

    Raises: InvalidInput for more rows than one upload may have, or for none.
    """
    count = sum(1 for _ in _NOT_BLANK.finditer(text, after))
    if count > most:
        raise InvalidInput.at("/rows", "the file has too many rows", count, most, "too-many-rows")
    if count == 0:
        raise InvalidInput.at("/rows", "the file has no row", 0, f"1 to {most}", "no-rows")
    return count
