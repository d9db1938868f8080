"""Reading and writing exact amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.shared.quantities import ABSURD, amount_text, down_to, is_multiple, read_amount, to_cent


@pytest.mark.parametrize(
    ("text", "amount"),
    [("120.5", "120.5"), ("-0.001", "-0.001"), (7, "7"), ("1e3", "1000"), ("0.000000000001", "0.000000000001")],
)
def test_amounts_are_read_exactly(text: str | int, amount: str) -> None:
    """Strings and whole numbers, to twelve decimals."""
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "x", "1e", "0x1", "1,5", "１２", "1_000", " 1", "1 ", "NaN", "-sNaN", "Infinity", 1.5, True),
        *("1e12", "-1e12", "1e400", "-1e999999999", "1e-999999999", "0e999999999", "0e-999999999"),
        *("1e99999999999999999999", "1.0000000000001"),
    ],
)
def test_what_is_no_amount(text: str | float) -> None:
    """Refused in words, without rounding, overflow or a gigabyte of zeros."""
    with pytest.raises(ValueError, match=r"\w"):
        read_amount(text)


@given(st.decimals(min_value=-ABSURD + 1, max_value=ABSURD - 1, places=12))
def test_what_is_written_is_read_again(amount: Decimal) -> None:
    """Whatever the amount, in a plain form without exponent or idle zeros."""
    text = amount_text(amount)
    assert read_amount(text) == amount
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))
    assert text != "-0"


@given(st.integers(0, 10**9), st.integers(1, 10**4))
def test_down_to_a_step(units: int, steps: int) -> None:
    """The greatest multiple that is not above."""
    amount, step = Decimal(units).scaleb(-3), Decimal(steps).scaleb(-3)
    below = down_to(amount, step)
    assert is_multiple(below, step)
    assert below <= amount < below + step


def test_cents_are_rounded_half_up() -> None:
    """As money is."""
    assert [to_cent(Decimal(x)) for x in ("0.005", "-0.005", "2.675")] == [
        Decimal("0.01"),
        Decimal("-0.01"),
        Decimal("2.68"),
    ]
