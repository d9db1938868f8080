"""What was stated finally and has turned out otherwise is taken back by a reversing entry, and stated anew.

The first month rests on today's facts: quotes corrected since, rejections settled since.  The months after it begin
with other balances, or close a span with other volumes; each that comes out otherwise is in the same correction, at the
price and volumes that it had.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.contracts import delivery_queries, queries
from marketplace.contracts.models import Contract, ContractStatement
from marketplace.contracts.rules.settlement import MonthVolumes
from marketplace.contracts.rules.settlement.documents import month_entry, read_balances, read_volumes
from marketplace.contracts.services.month_facts import MonthFacts, month_facts, month_volumes
from marketplace.contracts.services.receiving import accept_by_silence
from marketplace.contracts.services.stating import (
    CORRECTION,
    FINAL,
    LONGEST_REASON,
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
    contract = held_by_party(contract_id, actor)
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
    """The entries that come out otherwise, from the first month on."""
    facts = month_facts(contract, first, now=now, or_reference=False)
    entry = _entry(facts, standing[first], facts.volumes, standing[first]["before"])
    if not _differs(entry, standing[first]):
        return []
    changed, left = [entry], entry["after"]
    for month, earlier in standing.items():
        if month <= first:
            continue
        kept = _kept_facts(contract, month, earlier)
        span = month_volumes(contract, month)
        volumes = replace(kept.volumes, earlier_called=span.earlier_called, earlier_delivered=span.earlier_delivered)
        previous = next(each for each in reversed(standing) if each < month)
        before = _shifted(earlier["before"], standing[previous]["after"], left)
        entry = _entry(kept, earlier, volumes, before)
        if _differs(entry, earlier):
            changed.append(entry)
        left = entry["after"]
    return changed


def _shifted(before: dict[str, Any], was_left: dict[str, Any], is_left: dict[str, Any]) -> dict[str, Any]:
    """A month's first balances, with what the month before leaves now in place of what it left."""
    moved = {
        name: str(Decimal(before[name]) - Decimal(was_left[name]) + Decimal(is_left[name]))
        for name in ("prepaid", "deposit")
    }
    return {**moved, "credits": is_left["credits"]}


def _kept_facts(contract: Contract, month: str, earlier: dict[str, Any]) -> MonthFacts:
    """What a month was stated on."""
    return MonthFacts(
        terms=queries.version_of_month(contract, month).terms,
        volumes=read_volumes(earlier["volumes"]),
        deliveries=earlier["deliveries"],
        under_way=[],
        price=Decimal(earlier["price"]),
        priced=earlier["priced"],
        provisional=False,
    )


def _entry(facts: MonthFacts, earlier: dict[str, Any], volumes: MonthVolumes, before: dict[str, Any]) -> dict[str, Any]:
    return month_entry(
        facts.terms,
        earlier["month"],
        price=facts.price,
        priced=facts.priced,
        volumes=volumes,
        deliveries=facts.deliveries,
        before=read_balances(before),
        payments=earlier["payments"],
        earlier=earlier,
        goods_alone=False,
    )


def _differs(entry: dict[str, Any], earlier: dict[str, Any]) -> bool:
    """Whether another amount, price or volume comes out; other workings alone do not count."""
    same = ("price", "volumes", "before", "after")
    amounts = [[(line["kind"], line["amount"]) for line in each["lines"]] for each in (entry, earlier)]
    return amounts[0] != amounts[1] or any(entry[name] != earlier[name] for name in same)
