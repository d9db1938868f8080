"""The releases of one contract: one for each thing that happened to it, each telling all that is public by then.

No price, formula, floor, cap or month's volume is ever in them; the volume and value of the whole term, and how its
months were fulfilled, only where ``shown`` says so (rules.publication).  A release's identifier ends in a hash over
what it tells and over the releases before it: the same identifier never stands for anything else, and what is told
otherwise since a consent was given or revoked bears another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.open_contracting.events import TAGS, WORDS, Event, Goods, Judged
from marketplace.contracts.rules.open_contracting.milestones import milestones
from marketplace.contracts.rules.publication import FULFILMENT, VALUE, VOLUME
from marketplace.shared.clock import beijing_date
from marketplace.shared.months import first_day, last_day
from marketplace.shared.quantities import amount_text

SCHEME = "CN-USCI"  # unified social credit codes in the list of organisation identifiers, org-id.guide
OWN_SCHEME = "x_CHANGDAN"  # our grades: the codelist of classification schemes is open

# Anybody may qualify - an operator verifies the organisation - and whoever has takes part; no buyer picks who may.
METHOD = "selective"
METHOD_DETAILS = (
    "Matching round among verified organisations: sealed offers and needs, cleared together by rules that are fixed "
    "before the round opens"
)


@dataclass
class _State:
    """All that is known after an event."""

    status: str = "pending"
    own_status: str = "awaiting_confirmation"
    terms: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    signed_at: datetime | None = None
    ended_on: date | None = None  # before its term was over; in Beijing
    amendments: list[dict[str, Any]] = field(default_factory=list)
    months: set[str] = field(default_factory=set)  # of every version so far
    judged: dict[str, tuple[Judged, datetime]] = field(default_factory=dict)


def releases(
    number: str, goods: Goods, events: Iterable[Event], *, shown: Collection[str], prefix: str
) -> list[dict[str, Any]]:
    """The releases of the contract with this number, in the order of its events, which begin with its conclusion.

    ``prefix``: the publisher's, of open contracting identifiers.  Decimals stay decimals.
    """
    ocid, state, written = f"{prefix}-{number}", _State(), list[dict[str, Any]]()
    before = ""
    for event in events:
        if event.kind == "judged" and FULFILMENT not in shown:
            continue
        _take(state, event)
        made = _release(ocid, number, goods, state, event, shown)
        before = _hash(before, made)
        release_id = f"{ocid}-{len(written) + 1:03d}-{before[:12]}"
        if event.kind == "amended":
            last = {**state.amendments[-1], "amendsReleaseID": written[-1]["id"], "releaseID": release_id}
            state.amendments[-1] = last
            made["contracts"][0]["amendments"] = list(state.amendments)
        written.append({"ocid": ocid, "id": release_id, **made})
    return written


def _take(state: _State, event: Event) -> None:
    _, status, own_status = TAGS[event.kind]
    state.status, state.own_status = status or state.status, own_status or state.own_status
    if event.terms:
        state.terms, state.facts = event.terms, event.facts
        state.months |= set(_months(event.terms))
    if event.kind == "in_force":
        state.signed_at = event.moment
    if event.kind == "terminated":
        state.ended_on = beijing_date(event.moment)
    if event.kind == "amended":
        state.amendments.append({"id": str(event.number), "date": moment_text(event.moment)})
    state.judged |= {each.month: (each, event.moment) for each in event.judged}


def _release(
    ocid: str, number: str, goods: Goods, state: _State, event: Event, shown: Collection[str]
) -> dict[str, Any]:
    buyer, supplier = (_party(state.facts[side], role) for side, role in (("buyer", "buyer"), ("seller", "supplier")))
    award_id = f"{ocid}-award"
    tags, *_ = TAGS[event.kind]
    if event.kind == "in_force" and FULFILMENT in shown:
        tags = (*tags, "implementation")
    return {
        "date": moment_text(event.moment),
        "tag": list(tags),
        "initiationType": "tender",
        "language": "zh",
        "parties": [buyer, supplier],
        "buyer": _reference(buyer),
        "tender": {
            "id": f"{ocid}-tender",
            "status": "complete",
            "procurementMethod": METHOD,
            "procurementMethodDetails": METHOD_DETAILS,
            "mainProcurementCategory": "goods",
        },
        "awards": [
            {
                "id": award_id,
                "status": "cancelled" if state.status == "cancelled" else "active",
                "suppliers": [_reference(supplier)],
            }
        ],
        "contracts": [_contract(number, award_id, goods, state, shown)],
    }


def _contract(number: str, award_id: str, goods: Goods, state: _State, shown: Collection[str]) -> dict[str, Any]:
    months, (zh, en) = _months(state.terms), WORDS[state.own_status]
    contract: dict[str, Any] = {
        "id": number,
        "awardID": award_id,
        "title": f"{state.facts['grade_zh']}长期购销合同",
        "title_en": f"Long-term supply of {state.facts['grade_en']}",
        "description": zh,
        "description_en": en,
        "status": state.status,
        "period": {"startDate": f"{first_day(months[0])}T00:00:00+08:00", "endDate": _end(months[-1])},
        "items": [_item(goods, state, shown)],
    }
    if VALUE in shown:
        contract["value"] = {"amount": _plain(state.terms["value"]["expected"]), "currency": "CNY"}
    if state.signed_at is not None:
        contract["dateSigned"] = moment_text(state.signed_at)
        if FULFILMENT in shown:
            due = {month for month in months if state.ended_on is None or first_day(month) < state.ended_on}
            listed = milestones(sorted(state.months), due, state.judged, end=_end, moment=moment_text)
            contract["implementation"] = {"milestones": listed}
    if state.amendments:
        contract["amendments"] = list(state.amendments)
    return contract


def _item(goods: Goods, state: _State, shown: Collection[str]) -> dict[str, Any]:
    zh, en = state.facts["grade_zh"], state.facts["grade_en"]
    item: dict[str, Any] = {"id": "1", "description": zh, "description_en": en}
    if goods.hs_code is not None:  # six digits are the harmonised system's, further ones a country's own
        item["classification"] = {"scheme": "HS", "id": goods.hs_code.replace(".", "")[:6]}
    item["additionalClassifications"] = [{"scheme": OWN_SCHEME, "id": goods.grade_id, "description": zh}]
    if VOLUME in shown:
        item["quantity"] = _plain(state.terms["volume"]["expected"])
    item["unit"] = {"scheme": "UNCEFACT", "id": goods.unit_code, "name": goods.unit_zh}
    return item


def _party(side: Mapping[str, Any], role: str) -> dict[str, Any]:
    code = side["credit_code"]
    return {
        "id": f"{SCHEME}-{code}",
        "name": side["name_zh"],
        "name_en": side["name_latin"],
        "identifier": {"scheme": SCHEME, "id": code, "legalName": side["name_zh"]},
        "roles": [role],
    }


def _reference(party: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": party["id"], "name": party["name"]}


def _months(terms: Mapping[str, Any]) -> list[str]:
    return [each["period"] for each in terms["periods"]]


def _end(month: str) -> str:
    """The last second of a month in Beijing."""
    return f"{last_day(month)}T23:59:59+08:00"


def moment_text(moment: datetime) -> str:
    """A moment in UTC as the standard writes it.

    >>> from datetime import UTC
    >>> moment_text(datetime(2026, 12, 1, 2, 0, tzinfo=UTC))
    '2026-12-01T02:00:00Z'
    """
    return moment.isoformat().replace("+00:00", "Z")


def _plain(amount: str) -> Decimal:
    return Decimal(amount_text(Decimal(amount)))


def _hash(before: str, release: Mapping[str, Any]) -> str:
    text = json.dumps(release, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256((before + text).encode()).hexdigest()
