"""The market document of a round: a pure function of its rules and its orders, whatever order they came in."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Organisation, Site
from marketplace.capacity import queries as capacity
from marketplace.catalogue import queries as catalogue
from marketplace.evidence import queries as evidence
from marketplace.indices import queries as indices
from marketplace.orders.models import Order
from marketplace.rounds.models import Round
from marketplace.rounds.rules.parties import parties
from marketplace.rounds.rules.seals import drawn_place
from marketplace.rounds.services.market_orders import Surroundings, held, market_order
from marketplace.rounds.services.snapshot_paths import market_paths
from marketplace.shared.database import chunks, db
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.quantities import amount_text
from solver.form.faults import MarketError
from solver.form.honoured import unhonoured_in_market
from solver.form.market import FORMAT, Market, canonical_bytes, content_hash
from solver.form.reading import read_market

_ORDER = re.compile(r"/orders/(\d+)(/.*)?")


@dataclass(frozen=True)
class Snapshot:
    """A frozen market, and the orders that it cannot hold."""

    market: Market
    document: bytes
    hash: str
    surroundings: Surroundings
    left_out: Mapping[str, list[str]]  # order id -> pointers of the terms that this round cannot clear; at rest: none


def build(round_: Round, orders: Sequence[Order], *, outside: Collection[str] = (), seed: str, today: date) -> Snapshot:
    """Freeze orders into the round's market, those ``outside`` excepted.

    An order whose terms the round cannot clear (an Incoterm outside the policy, an instrument that it refuses, a
    currency without a rate) is left out and named, so that it stops nobody else.  No limit is among these terms:
    whoever states a round's figures would learn it from who is left out (docs/decisions/0002-what-staff-see.md).
    Raises: InvalidInput when the round's own rules are at fault.
    """
    given = surroundings(round_, orders)
    latest = indices.latest_quotes()
    # No order comes first for being early; samples alone (no seed) keep their order, the same in every demonstration.
    standing = sorted(
        (order for order in orders if order.id not in outside),
        key=lambda order: drawn_place(round_.id, order.id) if seed else order.id,
    )
    left_out: dict[str, list[str]] = {order_id: [] for order_id in outside}
    while True:
        paths = market_paths(round_.index_paths, standing, latest, round_.calendar)
        documents = [market_order(order, given) for order in standing]
        document = _document(round_, documents, paths, seed=seed, today=today)
        try:
            market = read_market(json.dumps(document))
            faults = list(unhonoured_in_market(market))
        except MarketError as error:
            faults = error.faults
        if not faults:
            return Snapshot(market, canonical_bytes(market), content_hash(market), given, left_out)
        refused = _by_order(faults, standing)
        left_out |= refused
        standing = [order for order in standing if order.id not in refused]


def surroundings(round_: Round, orders: Sequence[Order]) -> Surroundings:
    """Gather the organisations, sites and certificates that the orders refer to."""
    owners = {row.id: row for row in _rows(Organisation, Organisation.id, {o.organisation_id for o in orders})}
    codes = {code for order in orders for code in _named_codes(order.terms)}
    named = {row.credit_code: row.id for row in _rows(Organisation, Organisation.credit_code, codes)}
    places = (order.terms.get("delivery", {}).get("place", {}) for order in orders)
    site_ids = {order.site_id for order in orders} | {place["id"] for place in places if "id" in place}
    return Surroundings(
        calendar=round_.calendar,
        grades=set(round_.grade_ids),
        organisations=owners,
        id_by_credit_code=named,
        sites={row.id: row for row in _rows(Site, Site.id, site_ids)},
        party_by_organisation=_parties(owners.values()),
        holds_by_organisation={
            owner: sorted((held(each) for each in certificates), key=json.dumps)
            for owner, certificates in evidence.held_certificates(owners).items()
        },
        kept_apart=_kept_apart(orders),
    )


def _kept_apart(orders: Iterable[Order]) -> set[tuple[str, str, str]]:
    """Organisation, site and line of those who name a line that others name too, and may not offer from it.

    Two organisations share a line's capacity only where it is a registered line of which both may offer: else
    whoever names a rival's line would take from its capacity, or push its offers out by stating another one.
    """
    naming: dict[tuple[str, str], set[str]] = {}
    for order in orders:
        if source := order.terms.get("source"):
            naming.setdefault((source["site"], source["line"]), set()).add(order.organisation_id)
    contested = {key: names for key, names in naming.items() if len(names) > 1}
    may_offer = capacity.offering_from(line for _, line in contested)
    return {
        (name, site, line)
        for (site, line), names in contested.items()
        for name in names
        if name not in may_offer.get(line, ())
    }


def _document(
    round_: Round, orders: list[dict[str, Any]], paths: list[dict[str, Any]], *, seed: str, today: date
) -> dict[str, Any]:
    grades = [catalogue.grade(grade_id) for grade_id in sorted(round_.grade_ids)]
    document: dict[str, Any] = {
        "format": FORMAT,
        "name": round_.id,
        "as_of": today.isoformat(),
        "grades": [{"id": g.id, "unit": g.unit_code, "quantum": amount_text(g.quantum)} for g in grades],
        "calendar": round_.calendar,
        "freight": {**round_.freight, "lanes": round_.lanes},
        "policy": {**round_.policy, "sealed_seed": seed},
        "orders": orders,
    }
    if paths:
        document["paths"] = paths
    return document


def _by_order(faults: Iterable[Any], standing: Sequence[Order]) -> dict[str, list[str]]:
    """Which orders the faults name; a fault elsewhere is the round's own."""
    refused: dict[str, list[str]] = {}
    own: list[Fault] = []
    for fault in faults:
        found = _ORDER.fullmatch(fault.pointer)
        if found is None:
            own.append(Fault(fault.pointer, fault.message, fault.value))
        else:
            refused.setdefault(standing[int(found[1])].id, []).append(found[2] or "")
    if own:
        raise InvalidInput(own)
    return refused


def _parties(owners: Iterable[Organisation]) -> dict[str, str]:
    """The head of every owner's group, whether or not the companies in between take part in the round."""
    owners = list(owners)
    parent_of: dict[str, str | None] = {row.credit_code: row.group_parent for row in owners}
    unknown = {parent for parent in parent_of.values() if parent} - parent_of.keys()
    while unknown:
        found = _rows(Organisation, Organisation.credit_code, unknown)
        parent_of |= dict.fromkeys(unknown) | {row.credit_code: row.group_parent for row in found}
        unknown = {parent for parent in parent_of.values() if parent} - parent_of.keys()
    head = parties(parent_of)
    return {row.id: head[row.credit_code] for row in owners}


def _named_codes(terms: Mapping[str, Any]) -> Iterable[str]:
    for name in ("exclusions", "incumbents"):
        yield from (entry["organisation"] for entry in terms.get(name, ()))
    yield from (entry["organisation"] for entry in terms.get("approved", {}).get("counterparties", ()))


def _rows(model: Any, column: Any, wanted: Iterable[str]) -> list[Any]:
    queries = (sa.select(model).where(column.in_(some)) for some in chunks(sorted(wanted)))
    return [row for query in queries for row in db.session.scalars(query)]
