"""What one organisation reads of a contract's notices and re-opened prices: of its own time, and what bears on it."""

from __future__ import annotations

from datetime import datetime

from marketplace.contracts.models import Contract, ContractNotice, ContractReopening
from marketplace.contracts.queries.histories import history
from marketplace.contracts.queries.holding import outcome_of, reopenings
from marketplace.contracts.queries.parties import Reader, novation, reader, while_party
from marketplace.contracts.queries.reading import notices, version
from marketplace.contracts.rules.history import Collar, History

UNDER_WAY = ("negotiating", "terminable")


def shown_notices(contract: Contract, organisation_id: str) -> list[ContractNotice]:
    """Those given while an organisation was a party, and its own, in the order given."""
    return [
        each
        for each in notices(contract)
        if each.author_id == organisation_id or _in_its_time(contract, organisation_id, each.given_at)
    ]


def shown_reopenings(contract: Contract, organisation_id: str, now: datetime) -> list[ContractReopening]:
    """Those triggered while an organisation was a party, and earlier or later ones that move a month of its own.

    Who has entered, or is asked to, reads those that are under way as well: what comes of them binds it.
    """
    read, past = reader(contract, organisation_id), history(contract)
    bearing = {
        each.number
        for month in _own_months(contract, past, read, organisation_id)
        for each in past.moving(past.version_of_month(month).terms, month)
        if each.negotiate_until <= now
    }
    return [
        each
        for each in reopenings(contract)
        if each.number in bearing
        or _in_its_time(contract, organisation_id, each.triggered_at)
        or (read.standing != "former" and outcome_of(contract, each, now) in UNDER_WAY)
    ]


def moved_collars(contract: Contract, past: History, organisation_id: str, now: datetime) -> list[Collar]:
    """Floor and cap of an organisation's own months where a re-opener has moved them; others stand as agreed.

    ``past``: of the contract.
    """
    if not past.episodes:
        return []
    months = _own_months(contract, past, reader(contract, organisation_id), organisation_id)
    found = (past.moved_collar(month, by=now) for month in months)
    return [each for each in found if each is not None]


def _in_its_time(contract: Contract, organisation_id: str, moment: datetime) -> bool:
    """At the moment of a change it is the affair of the party that leaves."""
    return any(
        (since is None or since < moment) and (until is None or moment <= until)
        for since, until in while_party(contract, organisation_id)
    )


def _own_months(contract: Contract, past: History, read: Reader, organisation_id: str) -> list[str]:
    """The months of delivery that an organisation holds; of one that is asked to enter those that it would."""
    months = [each["period"] for each in version(contract, read.version).terms["periods"]]
    if read.standing == "asked":
        first = novation(contract, read.version).from_month
        return [month for month in months if month >= first]
    return [month for month in months if past.holders(month)[read.side] == organisation_id]
