"""Statements as documents: every figure that a month's amounts rest on, and the amounts, as strings.

Two kinds differ in what came before alone.  A final statement follows its provisional one, if there was one; a
correction follows what stood until now.  Either states its own lines in full, takes back the earlier ones (the
reversing entry), and what is payable is the difference.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.settlement.statement import (
    KINDS,
    OFFSETS,
    Balances,
    Credit,
    Line,
    MonthVolumes,
    Statement,
    reversed_lines,
    settle_month,
    true_up,
)
from marketplace.shared.quantities import amount_text, to_cent

FORMAT = "changdan-statement/1"
ZERO = Decimal(0)


def month_entry(
    terms: Mapping[str, Any],
    month: str,
    *,
    price: Decimal,
    priced: Mapping[str, Any],
    volumes: MonthVolumes,
    deliveries: Sequence[Mapping[str, Any]],
    before: Balances,
    payments: Sequence[int],
    earlier: Mapping[str, Any] | None,
    goods_alone: bool = False,
    correction: bool = False,
) -> dict[str, Any]:
    """One month of a statement.

    ``price``: CNY per unit, tax exclusive; ``priced``: how it came about; ``deliveries``: what was received;
    ``payments``: the numbers of those counted in ``before``; ``earlier``: the entry that this one takes the place of.
    """
    replaced = None if earlier is None else read_statement(earlier)
    set_off = None
    if correction and replaced is not None:
        set_off = [line for line in replaced.lines if line.kind in OFFSETS]
    settled = settle_month(terms, month, price, volumes, before, goods_alone=goods_alone, set_off=set_off)
    return {
        "month": month,
        "price": amount_text(price),
        "priced": dict(priced),
        "volumes": _volumes_text(volumes),
        "deliveries": [dict(each) for each in deliveries],
        "payments": list(payments),
        "before": _balances_text(before),
        "lines": _lines_text(settled.lines),
        "after": _balances_text(settled.balances),
        "reversed": [] if replaced is None else _lines_text(reversed_lines(replaced)),
        "difference": None if replaced is None else _lines_text(true_up(replaced, settled)),
        "payable": amount_text(settled.payable - (ZERO if replaced is None else replaced.payable)),
        "invoice": invoice_lines(terms, settled),
        "invoice_reversed": [] if earlier is None else [_reversed(line) for line in earlier["invoice"]],
    }


def statement_document(head: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The whole statement; ``head``: contract, kind and month."""
    payable = sum((Decimal(entry["payable"]) for entry in entries), ZERO)
    return {"format": FORMAT, **head, "currency": "CNY", "months": list(entries), "payable": amount_text(payable)}


def statement_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 over canonical JSON, which confirmations name."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def invoice_lines(terms: Mapping[str, Any], settled: Statement) -> list[dict[str, str | None]]:
    """What the seller invoices: lines that bear tax, each with its own; the last takes what rounding leaves of the tax.

    Charges for volume missed and what was paid before are no invoice lines.
    Units: CNY; the tax is that of the statement's line, so that invoices add up to it.
    """
    rate = Decimal(terms["clauses"]["vat_rate"])
    taxed = [line for line in settled.lines if KINDS[line.kind][2] and line.amount]
    left = settled.total("vat")
    lines = []
    for place, line in enumerate(taxed, start=1):
        tax = left if place == len(taxed) else to_cent(line.amount * rate)
        left -= tax
        lines.append(
            {
                "kind": line.kind,
                "description_zh": KINDS[line.kind][0],
                "description_en": KINDS[line.kind][1],
                "working": line.working,
                "quantity": None if line.quantity is None else amount_text(line.quantity),
                "unit_code": terms["unit_code"],
                "unit_price_cny": None if line.unit_price is None else amount_text(line.unit_price),
                "amount_cny": amount_text(line.amount),
                "tax_rate": amount_text(rate),
                "tax_cny": amount_text(tax),
                "total_cny": amount_text(line.amount + tax),
            }
        )
    return lines


def _reversed(line: Mapping[str, Any]) -> dict[str, Any]:
    """What takes an invoice line back."""
    negative = {name: amount_text(-Decimal(line[name])) for name in ("amount_cny", "tax_cny", "total_cny")}
    quantity = line["quantity"]
    return {**line, **negative, "quantity": None if quantity is None else amount_text(-Decimal(quantity))}


def read_statement(entry: Mapping[str, Any]) -> Statement:
    """The lines and balances of an entry, read back."""
    lines = tuple(Line(each["kind"], each["working"], Decimal(each["amount"])) for each in entry["lines"])
    return Statement(lines, read_balances(entry["after"]))


def read_balances(document: Mapping[str, Any]) -> Balances:
    """Balances, read back."""
    credits = tuple(
        Credit(each["month"], Decimal(each["volume"]), Decimal(each["amount"]), each["until"])
        for each in document["credits"]
    )
    return Balances(Decimal(document["prepaid"]), Decimal(document["deposit"]), credits)


def read_volumes(document: Mapping[str, Any]) -> MonthVolumes:
    """The volumes of an entry, read back.

    >>> volumes = MonthVolumes(Decimal(100), Decimal("99.5"), closes_span=False)
    >>> read_volumes(_volumes_text(volumes)) == volumes
    True
    """
    read: dict[str, Any] = {
        name: value if isinstance(value, bool) else Decimal(value) for name, value in document.items()
    }
    return MonthVolumes(**read)


def _volumes_text(volumes: MonthVolumes) -> dict[str, Any]:
    return {name: value if isinstance(value, bool) else amount_text(value) for name, value in asdict(volumes).items()}


def _balances_text(balances: Balances) -> dict[str, Any]:
    return {
        "prepaid": amount_text(balances.prepaid),
        "deposit": amount_text(balances.deposit),
        "credits": [
            {
                "month": each.month,
                "volume": amount_text(each.volume),
                "amount": amount_text(each.amount),
                "until": each.until,
            }
            for each in balances.credits
        ],
    }


def _lines_text(lines: Sequence[Line]) -> list[dict[str, str]]:
    return [{"kind": line.kind, "working": line.working, "amount": amount_text(line.amount)} for line in lines]
