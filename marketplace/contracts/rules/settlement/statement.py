"""The statement of a month: what was delivered, what is owed beside it, what was paid before.

Each amount is rounded half up to 0.01 CNY where it is stated, and sums are of what is stated, so that a statement adds
up to the cent.  Positive amounts are owed by the buyer, negative ones by the seller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from marketplace.shared.months import shifted
from marketplace.shared.quantities import amount_text, to_cent

ZERO = Decimal(0)

# What a line is about: Chinese, English, and whether it is consideration that bears tax.
KINDS: dict[str, tuple[str, str, bool]] = {
    "goods": ("货款", "goods", True),
    "reservation_fee": ("预留费", "reservation fee", True),
    "take_or_pay": ("照付不议", "take or pay", True),
    "make_up": ("补提抵扣", "made up", True),
    "seller_deviation": ("卖方偏差费用", "seller's deviation charge", False),
    "buyer_deviation": ("买方偏差费用", "buyer's deviation charge", False),
    "vat": ("增值税", "VAT", False),
    "prepaid_offset": ("预付款抵扣", "prepayment offset", False),
    "deposit_offset": ("定金抵扣", "deposit offset", False),
}


OFFSETS = ("deposit_offset", "prepaid_offset")


@dataclass(frozen=True)
class MonthVolumes:
    """What happened to a month's volume, in the unit of the grade."""

    called: Decimal
    accepted: Decimal  # received and not rejected
    buyer_excused: Decimal = ZERO  # force majeure, suspension: what the buyer need not have called
    seller_excused: Decimal = ZERO  # what the seller need not have delivered
    # The seller's option over a quarter or year is judged in the last month of that span, over all of it:
    closes_span: bool = True
    earlier_called: Decimal = ZERO  # within the band, in the earlier months of the span
    earlier_delivered: Decimal = ZERO  # accepted or excused then


@dataclass(frozen=True)
class Credit:
    """Volume that was paid for and not taken: what may be made up, and until when."""

    month: str
    volume: Decimal
    amount: Decimal  # CNY paid for it, tax exclusive
    until: str  # the last month in which it may be made up


@dataclass(frozen=True)
class Balances:
    """What the parties have between them before a month."""

    prepaid: Decimal = ZERO  # CNY
    deposit: Decimal = ZERO  # CNY
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line: what for, how it was worked out, how much."""

    kind: str  # one of KINDS
    working: str
    amount: Decimal  # CNY
    quantity: Decimal | None = None  # in the grade's unit, of lines that are a quantity at a price
    unit_price: Decimal | None = None  # CNY per unit, tax exclusive


@dataclass(frozen=True)
class Statement:
    """The lines of a month, and what is left of the balances."""

    lines: tuple[Line, ...]
    balances: Balances = field(default_factory=Balances)

    def total(self, *kinds: str) -> Decimal:
        """The sum of the lines, of some kinds if named."""
        return sum((line.amount for line in self.lines if not kinds or line.kind in kinds), ZERO)

    @property
    def payable(self) -> Decimal:
        """What the buyer has to pay, the seller if negative."""
        return self.total()


def settle_month(
    terms: Mapping[str, Any],
    month: str,
    price: Decimal,
    volumes: MonthVolumes,
    balances: Balances,
    *,
    goods_alone: bool = False,
    set_off: Sequence[Line] | None = None,
) -> Statement:
    """The statement of a month at a price.

    ``terms``: the contract's; ``price``: CNY per unit, tax exclusive.  Take or pay counts before the buyer's
    deviation charge, which is about what neither was called nor paid for; credits are used oldest first.
    ``goods_alone``: a provisional statement, which says nothing of volume missed: the month is not over.
    ``set_off``: of a correction, what was set off before and stays so: its difference is settled in money.
    """
    clauses = terms["clauses"]
    agreed = next(each for each in terms["periods"] if each["period"] == month)
    least, expected, most = (Decimal(agreed["volume"][name]) for name in ("minimum", "expected", "maximum"))
    lines = [_line("goods", volumes.accepted, price)]
    if clauses["reservation_fee"] is not None:
        kept = expected - volumes.buyer_excused  # nothing is kept free on days that are excused
        lines.append(_line("reservation_fee", kept, Decimal(clauses["reservation_fee"])))
    if goods_alone:
        return _taxed(lines, balances, terms, set_off)
    unpaid, credits = volumes.called + volumes.buyer_excused, _standing(balances.credits, month)
    if (promise := clauses["take_or_pay"]) is not None:
        due = Decimal(promise["fraction"]) * expected
        if due > unpaid:
            line = _line("take_or_pay", due - unpaid, price)
            lines.append(line)
            until = shifted(month, promise["make_up_months"])
            if promise["make_up_months"]:
                credits = (*credits, Credit(month, due - unpaid, line.amount, until))
            unpaid = due
        elif (taken := min(volumes.called, volumes.accepted)) > due:  # what did not come is made up by nobody
            made_up, credits = _make_up(taken - due, credits)
            lines += made_up
    rate = Decimal(clauses["deviation_charge"])
    short = _seller_short(terms, clauses, min(volumes.called, most), volumes)
    if short > 0 and rate:
        lines.append(_negative(_line("seller_deviation", short, price, rate)))
    if least > unpaid and rate:
        lines.append(_line("buyer_deviation", least - unpaid, price, rate))
    return _taxed(lines, replace(balances, credits=credits), terms, set_off)


def true_up(provisional: Statement, final: Statement) -> tuple[Line, ...]:
    """What the final statement adds to the provisional one, kind by kind; kinds that agree are left out."""
    found = []
    for kind in KINDS:
        before, after = provisional.total(kind), final.total(kind)
        if before != after:
            found.append(Line(kind, f"{amount_text(after)} - {amount_text(before)}", after - before))
    return tuple(found)


def reversed_lines(statement: Statement) -> tuple[Line, ...]:
    """The entry that takes a statement back; a correction is this, and a statement anew."""
    return tuple(Line(line.kind, f"-({line.working})", -line.amount) for line in statement.lines)


def _taxed(
    lines: list[Line], balances: Balances, terms: Mapping[str, Any], set_off: Sequence[Line] | None
) -> Statement:
    taxed = sum((line.amount for line in lines if KINDS[line.kind][2]), ZERO)
    rate = Decimal(terms["clauses"]["vat_rate"])
    if rate:
        lines.append(Line("vat", f"{amount_text(taxed)} × {amount_text(rate)}", to_cent(taxed * rate)))
    if set_off is None:
        return _offset(lines, balances, terms["payment"])
    used = {kind: sum((line.amount for line in set_off if line.kind == kind), ZERO) for kind in OFFSETS}
    left = replace(
        balances,
        deposit=balances.deposit + used["deposit_offset"],
        prepaid=balances.prepaid + used["prepaid_offset"],
    )
    return Statement((*lines, *set_off), left)


def _line(kind: str, volume: Decimal, price: Decimal, rate: Decimal = Decimal(1)) -> Line:
    factors = [volume, price] if rate == 1 else [volume, price, rate]
    working, amount = " × ".join(amount_text(factor) for factor in factors), to_cent(volume * price * rate)
    return Line(kind, working, amount, volume, price) if rate == 1 else Line(kind, working, amount)


def _negative(line: Line) -> Line:
    return Line(line.kind, f"-({line.working})", -line.amount)


def _seller_short(
    terms: Mapping[str, Any], clauses: Mapping[str, Any], called: Decimal, volumes: MonthVolumes
) -> Decimal:
    """What the seller had to deliver of what was called, at least, and did not: its option and promise counted."""
    if not volumes.closes_span:
        return ZERO
    part = 1 - Decimal(terms["volume_band"]["seller_option"]["down"])
    if (promise := clauses["ship_or_pay"]) is not None:
        part = max(part, Decimal(promise["fraction"]))
    due = part * (volumes.earlier_called + called)
    return max(ZERO, due - volumes.earlier_delivered - volumes.accepted - volumes.seller_excused)


def _standing(credits: Sequence[Credit], month: str) -> tuple[Credit, ...]:
    """Those whose time to be made up is not over, the oldest first."""
    return tuple(sorted((each for each in credits if each.until >= month), key=lambda each: each.month))


def _make_up(volume: Decimal, credits: Sequence[Credit]) -> tuple[list[Line], tuple[Credit, ...]]:
    """Volume beyond what is due uses credits; the last of a credit takes what is left of its amount."""
    lines: list[Line] = []
    left: list[Credit] = []
    for credit in credits:
        used = min(volume, credit.volume)
        if not used:
            left.append(credit)
            continue
        volume -= used
        amount = credit.amount if used == credit.volume else to_cent(credit.amount * used / credit.volume)
        working = (
            f"-({amount_text(credit.amount)} × {amount_text(used)} ÷ {amount_text(credit.volume)}, {credit.month})"
        )
        lines.append(Line("make_up", working, -amount))
        if used < credit.volume:
            left.append(replace(credit, volume=credit.volume - used, amount=credit.amount - amount))
    return lines, tuple(left)


def _offset(lines: list[Line], balances: Balances, payment: Mapping[str, Any]) -> Statement:
    """What was paid before counts against what is owed, never beyond it: the deposit by its part, then prepayments."""
    owed = max(ZERO, sum((line.amount for line in lines), ZERO))
    if payment["deposit_fraction"] is not None and balances.deposit and owed:
        used = min(balances.deposit, owed, to_cent(owed * Decimal(payment["deposit_fraction"])))
        lines.append(Line("deposit_offset", f"-({amount_text(owed)} × {payment['deposit_fraction']})", -used))
        balances, owed = replace(balances, deposit=balances.deposit - used), owed - used
    if balances.prepaid and owed:
        used = min(balances.prepaid, owed)
        lines.append(Line("prepaid_offset", f"-{amount_text(used)}", -used))
        balances = replace(balances, prepaid=balances.prepaid - used)
    return Statement(tuple(lines), balances)
