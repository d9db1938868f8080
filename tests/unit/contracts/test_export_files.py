"""Files of tables are written in memory that does not grow with them."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO

import pytest

from marketplace.contracts.rules.exports import Cell, Spool, spool, write_csv, write_xlsx

HEADINGS = [f"heading {number}" for number in range(8)]


def rows(count: int) -> Iterator[list[Cell]]:
    return ([f"row {row} 长单 {'x' * 90}", Decimal(row), row, None, "=1", "b", "c", "d"] for row in range(count))


def write(form: str, file: BinaryIO, count: int) -> None:
    with Spool() as aside:
        for row in rows(count):
            aside.add(row)
        if form == "csv":
            write_csv(file, HEADINGS, aside)
        else:
            write_xlsx(file, "table", HEADINGS, aside)


def peak(form: str, count: int) -> tuple[int, int]:
    """Bytes in memory at most, and of the file."""
    with tempfile.TemporaryFile() as file:
        tracemalloc.start()
        write(form, file, count)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most, file.seek(0, 2)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY_BYTES", 100_000)
    few, small = peak(form, 3_000)
    many, large = peak(form, 12_000)
    assert large > 3 * small
    assert many < few + 300_000


def test_what_is_set_aside_comes_back_in_its_order_and_again() -> None:
    with Spool(at_once=3) as aside:
        for number in range(10):
            aside.add(number)
        assert (len(aside), list(aside), list(aside)) == (10, list(range(10)), list(range(10)))
        aside.add(10)
        assert list(aside) == list(range(11))
    with Spool() as empty:
        assert (len(empty), list(empty)) == (0, [])
