"""What was stated finally and has turned out otherwise is taken back by a reversing entry, and stated anew.

The first month rests on today's facts: quotes corrected since, rejections settled since.  The months after it begin
with other credits, or close a span with other volumes; each that comes out otherwise is in the same correction, at the
price and volumes that it had.  What prepayments and deposits were set off stays so: the difference is paid.  Months
that other parties hold after a novation are theirs to correct.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractStatement
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.settlement import Balances
from marketplace.contracts.rules.settlement.documents import month_entry, read_balances, read_volumes
from marketplace.contracts.rules.settlement.payments import with_payments
from marketplace.contracts.services.month_facts import MonthFacts, month_facts, month_volumes
from marketplace.contracts.services.receiving import accept_by_silence
from marketplace.contracts.services.stating import (
    CORRECTION,
    FINAL,
    LONGEST_REASON,
    as_paid,
    confirm_by_silence,
    held_by_party,
    write_statement,
)
from marketplace.shared.actor import SYSTEM, Actor
from marketplace.shared.errors import Conflict, InvalidInput
from marketplace.shared.texts import paragraph_faults


class NothingToCorrect(Conflict):
    """The month would come out as it stands."""

    code = "nothing-to-correct"


def draw_correction(contract_id: str, *, month: str, reason: str, actor: Actor, now: datetime) -> ContractStatement:
    """Correct a month that was stated finally, and every later one that rests on it; one statement for all.

    Allowed: sellers of the seller, buyers of the buyer.  Changes: an open correction is replaced.
    Raises: NotFound, NotAllowed, InvalidInput, NoIndexPrice, NothingToCorrect; Conflict while a final one is open.
    """
    contract = held_by_party(contract_id, month, actor)
    faults = list(paragraph_faults("/reason", reason, LONGEST_REASON))
    if faults:
        raise InvalidInput(faults)
    accept_by_silence(contract, actor=SYSTEM, now=now)
    confirm_by_silence(contract, now=now)
    drawn = delivery_queries.statements(contract)
    if any(each.kind == FINAL and each.status == "drawn" for each in drawn):
        raise Conflict("a final statement is open: confirm or dispute it first")
    standing = delivery_queries.standing_entries(drawn)
    if month not in standing:
        limit = ", ".join(standing) or "none yet"
        raise InvalidInput.at("/month", "is not stated finally", month, limit, "not-a-month")
    entries = _corrected(contract, standing, month, now)
    if not entries:
        raise NothingToCorrect(f"{month} comes out as it stands: neither quotes nor deliveries have changed")
    for each in drawn:
        if each.kind == CORRECTION and each.status in ("drawn", "disputed"):
            each.take("replace")
            each.ended_at = now
    return write_statement(contract, CORRECTION, month, entries, reason=reason.strip(), actor=actor, now=now)


def _corrected(
    contract: Contract, standing: dict[str, dict[str, Any]], first: str, now: datetime
) -> list[dict[str, Any]]:
    """The entries that come out otherwise, from the first month on, as far as the same parties hold them."""
    parties = queries.holders(contract, first)
    paid = {each.number: each for each in delivery_queries.payments(contract)}
    left = Balances()
    for month in sorted(standing):
        if month < first:
            left = read_balances(standing[month]["after"])
    changed: list[dict[str, Any]] = []
    for month in sorted(each for each in standing if each >= first):
        if queries.holders(contract, month) != parties:
            break
        earlier = standing[month]
        before = with_payments(left, [as_paid(paid[number]) for number in earlier["payments"]])
        if month == first:
            facts = month_facts(contract, first, now=now, or_reference=False)
        else:
            facts = _kept_facts(contract, month, earlier)
        entry = month_entry(
            facts.terms,
            month,
            price=facts.price,
            priced=facts.priced,
            volumes=facts.volumes,
            deliveries=facts.deliveries,
            before=before,
            payments=earlier["payments"],
            earlier=earlier,
            correction=True,
        )
        if _differs(entry, earlier):
            changed.append(entry)
        elif month == first:
            return []
        left = read_balances(entry["after"])
    return changed


def _kept_facts(contract: Contract, month: str, earlier: dict[str, Any]) -> MonthFacts:
    """What a month was stated on; only the earlier months of an option's span may stand otherwise now."""
    span = month_volumes(contract, month)
    kept = read_volumes(earlier["volumes"])
    return MonthFacts(
        terms=queries.version_of_month(contract, month).terms,
        volumes=replace(kept, earlier_called=span.earlier_called, earlier_delivered=span.earlier_delivered),
        deliveries=earlier["deliveries"],
        under_way=[],
        price=Decimal(earlier["price"]),
        priced=earlier["priced"],
        provisional=False,
    )


def _differs(entry: dict[str, Any], earlier: dict[str, Any]) -> bool:
    """Whether another amount, price or volume comes out; other workings alone do not count."""
    same = ("price", "volumes", "before", "after")
    amounts = [[(line["kind"], line["amount"]) for line in each["lines"]] for each in (entry, earlier)]
    return amounts[0] != amounts[1] or any(entry[name] != earlier[name] for name in same)
