"""What a contract comes to, reckoned a second time: whole kilograms and cents, fractions between, no code of ours.

The ledger is told what happened (calls, weights, rejections, payments, quotes) and what the contract says (as the
interface shows it), and works out every month from its beginning.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any

KG = 1000  # in a tonne


def half_up(amount: Fraction) -> int:
    """To whole units, half away from zero."""
    return floor(amount + Fraction(1, 2)) if amount >= 0 else -floor(-amount + Fraction(1, 2))


def kilograms(text: str) -> int:
    """Tonnes as text in whole kilograms."""
    whole = Fraction(text) * KG
    assert whole.denominator == 1, text
    return whole.numerator


@dataclass
class Month:
    """What happened to a month's volume, in kg."""

    called: int
    accepted: int = 0
    contested: int = 0
    paused: Fraction = Fraction(0)  # the share of its days


@dataclass
class Ledger:
    """One contract."""

    terms: dict[str, Any]  # as the interface shows the contract
    months: dict[str, Month] = field(default_factory=dict)
    deposits: dict[str, int] = field(default_factory=dict)  # cents, by the month from which they count
    prepaid: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # cents, by month
    set_off: dict[str, tuple[int, int]] = field(default_factory=dict)  # deposit, prepaid: as stated first, for good

    def agreed(self, month: str) -> dict[str, Any]:
        """The month as the terms state it."""
        found: dict[str, Any] = next(each for each in self.terms["periods"] if each["period"] == month)
        return found

    def price(self, month: str, index: Fraction) -> int:
        """Cents per tonne: the formula at the index, between floor and cap."""
        agreed, formula = self.agreed(month), self.terms["price"]["formula"]
        price = Fraction(agreed["reference"])
        if formula is not None:
            price = Fraction(formula["coefficient"]) * index + Fraction(formula["premium_cny_per_unit"])
        price = min(max(price, Fraction(agreed["floor"])), Fraction(agreed["cap"]))
        return half_up(price * 100)

    def payable(self, indices: dict[str, Fraction], *, until: str | None = None) -> dict[str, int]:
        """By month, in cents: what the buyer owes by what has happened so far, or the seller if negative."""
        deposit = prepaid = 0
        credits: list[list[Any]] = []  # month, kg, cents, until
        owed = {}
        for month in sorted(self.months):
            deposit += self.deposits.get(month, 0)
            prepaid += self.prepaid.get(month, 0)
            lines, credits = self._lines(month, self.price(month, indices[month]), credits)
            total = sum(lines)
            if month not in self.set_off:
                due, part = max(0, total), self.terms["payment"]["deposit_fraction"]
                of_deposit = 0 if part is None else min(deposit, due, half_up(due * Fraction(part)))
                self.set_off[month] = of_deposit, min(prepaid, due - of_deposit)
            deposit, prepaid = deposit - self.set_off[month][0], prepaid - self.set_off[month][1]
            owed[month] = total - sum(self.set_off[month])
            if month == until:
                break
        self.left = deposit + prepaid
        return owed

    def _lines(self, month: str, cents: int, credits: list[list[Any]]) -> tuple[list[int], list[list[Any]]]:
        """Goods, fees, take or pay, charges, tax; and the credits after them."""
        happened, agreed, clauses = self.months[month], self.agreed(month)["volume"], self.terms["clauses"]
        least, expected, most = (kilograms(agreed[name]) for name in ("minimum", "expected", "maximum"))
        within = min(happened.called, most)
        buyer_excused = min(expected, ceil(expected * happened.paused))
        seller_excused = min(within, ceil(within * happened.paused)) + happened.contested

        def cost(weight: Fraction | int, rate: Fraction = Fraction(1)) -> int:
            return half_up(Fraction(weight) / KG * cents * rate)

        taxed = [cost(happened.accepted)]
        if clauses["reservation_fee"] is not None:
            kept = expected - buyer_excused
            taxed.append(half_up(Fraction(kept, KG) * Fraction(clauses["reservation_fee"]) * 100))
        met: Fraction | int = happened.called + buyer_excused
        credits = [each for each in credits if each[3] >= month]
        promise = clauses["take_or_pay"]
        if promise is not None:
            due = Fraction(promise["fraction"]) * expected
            if due > met:
                taxed.append(cost(due - met))
                if promise["make_up_months"]:
                    credits.append([month, due - met, taxed[-1], later(month, promise["make_up_months"])])
                met = due
            elif min(happened.called, happened.accepted) > due:
                more = min(happened.called, happened.accepted) - due
                for credit in credits:
                    used = min(more, credit[1])
                    if used == 0:
                        continue
                    amount = credit[2] if used == credit[1] else half_up(Fraction(credit[2]) * used / credit[1])
                    taxed.append(-amount)
                    more, credit[1], credit[2] = more - used, credit[1] - used, credit[2] - amount
                credits = [each for each in credits if each[1] > 0]
        charges = []
        rate = Fraction(clauses["deviation_charge"])
        down = Fraction(self.terms["volume_band"]["seller_option"]["down"])
        short = (1 - down) * within - happened.accepted - seller_excused
        if short > 0:
            charges.append(-cost(short, rate))
        if least > met:
            charges.append(cost(least - met, rate))
        tax = half_up(sum(taxed) * Fraction(clauses["vat_rate"]))
        return [*taxed, *charges, tax], credits


def later(month: str, count: int) -> str:
    """So many months after."""
    whole = int(month[:4]) * 12 + int(month[5:]) - 1 + count
    return f"{whole // 12:04d}-{whole % 12 + 1:02d}"
