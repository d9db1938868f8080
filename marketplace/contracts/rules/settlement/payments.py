"""What an entry of money must hold, and what of it a month's statement may set off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from marketplace.contracts.rules.settlement.statement import Balances
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.quantities import CENT, amount_text, is_multiple
from marketplace.shared.texts import line_faults

PREPAYMENT, DEPOSIT, SETTLEMENT = KINDS = ("prepayment", "deposit", "settlement")
LONGEST_REFERENCE = 100


@dataclass(frozen=True)
class Paid:
    """One entry: its number, what it is for, how much.  Units: CNY."""

    number: int
    kind: str
    month: str | None
    amount: Decimal


def check_payment(
    *,
    kind: str,
    month: str | None,
    amount: Decimal,
    paid_on: date,
    reference: str,
    months: Sequence[str],
    held: Decimal,
    today: date,
) -> None:
    """Raises InvalidInput with everything that is wrong with an entry.

    ``held``: what earlier entries of the same kind and month come to, below which nothing can be paid back.
    """
    faults: list[Fault] = []
    if kind not in KINDS:
        faults.append(Fault("/kind", "is no kind of payment", kind, ", ".join(KINDS), "not-a-choice"))
    if kind == DEPOSIT and month is not None:
        faults.append(Fault("/month", "a deposit is for the whole contract", month, "none", "contradiction"))
    elif kind != DEPOSIT and month not in months:
        faults.append(Fault("/month", "is no month of the contract", month, "a month with volume", "not-a-month"))
    if amount == 0 or not is_multiple(amount, CENT):
        faults.append(Fault("/amount", "is no amount of whole cents", amount, "not 0, whole 0.01", "not-a-multiple"))
    elif kind != SETTLEMENT and held + amount < 0:
        limit = f"at least {amount_text(-held)}"
        faults.append(Fault("/amount", "would pay back more than was paid", amount, limit, "below-limit"))
    if not date(2000, 1, 1) <= paid_on <= today:
        faults.append(Fault("/paid_on", "is out of range", paid_on, f"2000-01-01 to {today}", "out-of-range"))
    faults += line_faults("/reference", reference, LONGEST_REFERENCE)
    if faults:
        raise InvalidInput(faults)


def to_count(paid: Iterable[Paid], month: str, counted: Iterable[int]) -> list[Paid]:
    """What a month's statement counts anew: deposits, and prepayments for the month or earlier ones, each once.

    >>> paid = [Paid(1, "prepayment", "2027-02", Decimal(5)), Paid(2, "deposit", None, Decimal(7))]
    >>> [[each.number for each in to_count(paid, *done)] for done in (("2027-01", []), ("2027-02", [2]))]
    [[2], [1]]
    """
    before = set(counted)
    return [
        each
        for each in paid
        if each.number not in before
        and (each.kind == DEPOSIT or (each.kind == PREPAYMENT and each.month is not None and each.month <= month))
    ]


def with_payments(balances: Balances, new: Iterable[Paid]) -> Balances:
    """Balances with further payments counted.

    >>> with_payments(Balances(Decimal(1)), [Paid(1, "prepayment", "2027-01", Decimal(5))]).prepaid
    Decimal('6')
    """
    listed = list(new)
    deposit = sum((each.amount for each in listed if each.kind == DEPOSIT), Decimal(0))
    prepaid = sum((each.amount for each in listed if each.kind == PREPAYMENT), Decimal(0))
    return replace(balances, deposit=balances.deposit + deposit, prepaid=balances.prepaid + prepaid)
