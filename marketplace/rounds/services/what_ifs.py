"""What-if runs of a round: asked, reported on while they work, recorded or given up."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.rounds import queries
from marketplace.rounds.models import Round, RoundSnapshot, RoundWhatIf
from marketplace.rounds.rules import what_if as rules
from marketplace.rounds.services.pseudonyms import Pseudonyms
from marketplace.rounds.services.what_if_solving import Answer
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import Conflict, Fault, InvalidInput, Superseded
from marketplace.shared.identifiers import new_id
from solver.form.faults import MarketError
from solver.form.market import Market
from solver.form.reading import read_market
from solver.form.scenarios import FORMAT, read_scenarios
from solver.whatif.applying import applied

LEASE = timedelta(seconds=60)
MOST_LEASES = 5  # a run that takes down whoever has it is given up

_SCENARIO = re.compile(r"/scenarios/\d+")


@dataclass(frozen=True)
class WhatIfClaim:
    """What a run works on: the round's market and scenarios in the market's own names; kept nowhere else."""

    id: str
    round_id: str
    market: bytes
    scenarios: bytes
    samples_alone: bool
    token: int = 0  # of a worker's lease
    request_id: str | None = None  # of the call that asked


def ask_what_if(
    round_id: str,
    scenarios: Sequence[Mapping[str, Any]],
    *,
    actor: Actor,
    now: datetime,
    shared: bool = False,
    request_id: str | None = None,
) -> WhatIfClaim:
    """Take scenarios of a frozen or cleared round, to be cleared beside its market as it is.

    Orders and organisations are named by their pseudonyms of this round (docs/what-if.md).  ``shared``: a worker will
    take it (:func:`take_what_if`); else the caller runs it.  ``request_id``: of the call that asks, for the log.
    Allowed: operators.  Raises: NotFound; InvalidInput with every fault of the scenarios; Conflict when the round is
    not frozen or is running, while another what-if run is alive, and when an order was asked too often.
    """
    actor.must_be(Role.OPERATOR)
    round_ = queries.round_to_change(round_id)
    if round_.status not in rules.ASKABLE:
        raise Conflict(f"the round is {round_.status}: only frozen and cleared rounds are asked what if")
    _give_up_silent(round_id, actor=actor, now=now)
    document = db.session.get_one(RoundSnapshot, round_id).market
    samples_alone = queries.real_orders(round_id) == 0
    meant = _meant(round_, read_market(document), scenarios, samples_alone=samples_alone)
    if not samples_alone:
        _must_not_be_too_many(round_id, len(scenarios), now)
    row = RoundWhatIf(
        id=new_id("wif", now),
        round_id=round_id,
        member_id=actor.member_id,
        scenarios=list(scenarios),
        asked=len(scenarios),
        shared=shared,
        request_id=request_id,
        created_at=now,
        heartbeat_at=now,
    )
    db.session.add(row)
    db.session.flush()
    kinds = sorted({kind for scenario in scenarios for change in scenario["changes"] for kind in change})
    payload = {"round_id": round_id, "scenarios": len(scenarios), "kinds": kinds}
    audit.record("rounds:what-if:asked", row.id, actor=actor, now=now, payload=payload)
    return WhatIfClaim(row.id, round_id, document, meant, samples_alone, request_id=request_id)


def take_what_if(what_if_id: str, *, now: datetime, leased_at: datetime) -> WhatIfClaim | None:
    """Take a shared run that no worker is at; None if there is none, or one is.  ``leased_at``: by the database."""
    if_free = {**HELD, "skip_locked": True}  # whoever holds the row is about to take it, or to end it
    row = db.session.get(RoundWhatIf, what_if_id, with_for_update=if_free, populate_existing=True)
    if row is None or row.status != "running" or not row.shared:
        return None
    if row.leased_until is not None and leased_at < row.leased_until:
        return None
    if row.token >= MOST_LEASES:
        _failed(row, f"given up: {MOST_LEASES} times whoever ran it was lost", actor=SYSTEM, now=now)
        return None
    row.token += 1
    row.cleared, row.heartbeat_at, row.leased_until = 0, now, leased_at + LEASE
    db.session.flush()
    document = db.session.get_one(RoundSnapshot, row.round_id).market
    samples_alone = queries.real_orders(row.round_id) == 0
    round_ = db.session.get_one(Round, row.round_id)
    meant = _meant(round_, read_market(document), row.scenarios, samples_alone=samples_alone)
    return WhatIfClaim(row.id, row.round_id, document, meant, samples_alone, row.token, row.request_id)


def note_what_if(
    claim: WhatIfClaim, *, now: datetime, cleared: int | None = None, leased_at: datetime | None = None
) -> None:
    """That a run lives, and how many markets it has cleared.  Raises: Superseded when it was given up or taken over."""
    row = _claimed(claim)
    row.heartbeat_at = now
    if leased_at is not None:
        row.leased_until = leased_at + LEASE
    row.cleared = row.cleared if cleared is None else cleared
    db.session.flush()


def record_what_if(claim: WhatIfClaim, answer: Answer, *, actor: Actor, now: datetime) -> RoundWhatIf:
    """Record what a run found.  Raises: Superseded when it was given up."""
    row = _claimed(claim)
    row.take("record")
    row.document, row.hash, row.told, row.ended_at = answer.document, answer.hash, answer.told, now
    row.cleared = row.asked + 1
    db.session.flush()
    payload = {"round_id": claim.round_id, "hash": answer.hash}
    audit.record("rounds:what-if:answered", claim.id, actor=actor, now=now, payload=payload)
    return row


def fail_what_if(claim: WhatIfClaim, failure: str, *, actor: Actor, now: datetime) -> RoundWhatIf:
    """Note why a run came to nothing.  Raises: Superseded when it was given up."""
    return _failed(_claimed(claim), failure, actor=actor, now=now)


def _give_up_silent(round_id: str, *, actor: Actor, now: datetime) -> None:
    for row in queries.running_what_ifs(round_id):
        if not row.lost(now):
            raise Conflict(f"what-if run {row.id} of this round is at work; ask again when it has ended")
        _failed(row, queries.SILENT, actor=actor, now=now)


def _must_not_be_too_many(round_id: str, more: int, now: datetime) -> None:
    asked = queries.most_asked(round_id, since=now - rules.PERIOD)
    if asked + more > rules.MOST_ASKED:
        raise Conflict(
            f"{asked} scenarios were asked of orders in this round within {rules.PERIOD.days} days, and {more} more "
            f"would pass the {rules.MOST_ASKED} that protect their limits"
        )


def _meant(round_: Round, market: Market, scenarios: Sequence[Mapping[str, Any]], *, samples_alone: bool) -> bytes:
    """The scenarios in the market's own names; raises InvalidInput unless each can be applied and may be asked."""
    names = Pseudonyms(round_.id, market)
    try:
        read_scenarios(_file(scenarios))
    except MarketError as error:
        raise InvalidInput(Fault(f.pointer, f.message, f.value) for f in error.faults) from None
    faults = list(rules.size_faults(scenarios))
    if not samples_alone:
        faults += rules.secrecy_faults(scenarios, contract_cost=round_.policy["contract_cost"])
    if faults:
        raise InvalidInput(faults)
    meant = _file([{**each, "changes": [names.unveiled(change) for change in each["changes"]]} for each in scenarios])
    try:
        applied(market, read_scenarios(meant))
    except MarketError as error:
        refused = [_refused(f.pointer, f.message, names.veiled(f.value), samples_alone) for f in error.faults]
        raise InvalidInput(refused) from None
    return meant


def _refused(pointer: str, message: str, value: str, samples_alone: bool) -> Fault:
    """Of a market that a scenario makes nothing is said but that it is refused: its faults may hold sealed terms."""
    if samples_alone or _SCENARIO.fullmatch(pointer) is None:
        return Fault(pointer, message, value)
    return Fault(pointer, "makes a market that is refused", code="contradiction")


def _file(scenarios: Sequence[Mapping[str, Any]]) -> bytes:
    return json.dumps({"format": FORMAT, "scenarios": list(scenarios)}).encode()


def _claimed(claim: WhatIfClaim) -> RoundWhatIf:
    row = db.session.get_one(RoundWhatIf, claim.id, with_for_update=HELD, populate_existing=True)
    if row.status != "running" or row.token != claim.token:
        raise Superseded(f"what-if run {claim.id} is {row.status}")
    return row


def _failed(row: RoundWhatIf, failure: str, *, actor: Actor, now: datetime) -> RoundWhatIf:
    row.take("fail")
    row.failure, row.ended_at = failure, now
    db.session.flush()
    payload = {"round_id": row.round_id, "failure": failure}
    audit.record("rounds:what-if:failed", row.id, actor=actor, now=now, payload=payload)
    return row
