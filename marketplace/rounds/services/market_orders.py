"""One order of the book as the solver reads it: months become positions, credit codes and sites what they stand for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.accounts.models import Organisation, Site
from marketplace.orders.models import Order
from solver.form.market import Market
from solver.pairs.amounts import volume
from solver.pairs.counted import counted

_NAMING_ORGANISATIONS = ("exclusions", "incumbents")


@dataclass(frozen=True)
class Surroundings:
    """What the orders of a round refer to, gathered once for all of them."""

    calendar: Sequence[str]
    grades: Collection[str]  # that are traded in the round
    organisations: Mapping[str, Organisation]  # by id; at least the owners
    id_by_credit_code: Mapping[str, str]  # of all organisations that orders name
    sites: Mapping[str, Site]  # by id
    party_by_organisation: Mapping[str, str]  # the same for related organisations
    holds_by_organisation: Mapping[str, list[dict[str, Any]]]  # certificates, as solver.form.terms.HeldCertificate
    kept_apart: Collection[tuple[str, str, str]] = ()  # organisation, site, line that is not shared


def market_order(order: Order, given: Surroundings) -> dict[str, Any]:
    """The order's document in changdan-market/1, within the round's calendar.

    Every term of the order stands in it as it stands in the book; volume outside the calendar, and other grades
    that the round does not trade, would do nothing here.
    """
    owner = given.organisations[order.organisation_id]
    terms = dict(order.terms)
    document: dict[str, Any] = {
        "id": order.id,
        "side": order.side,
        "organisation": owner.id,
        "grade": order.grade_id,
        "site": _site(given.sites[order.site_id]),
        "group_parent": given.party_by_organisation[owner.id],
        "volumes": [terms.get("volumes", {}).get(month, "0") for month in given.calendar],
    }
    terms.pop("volumes", None)
    if "alternates" in terms:
        terms["alternates"] = [each for each in terms["alternates"] if each["grade"] in given.grades]
    if tags := {*owner.tags, *(owner.earned_tags or ())}:
        document["tags"] = sorted(tags)
    if owner.small:
        document["small_supplier"] = True
    if held := given.holds_by_organisation.get(owner.id):
        document["holds"] = held
    if "limit_price" in terms:
        terms["limit_price"] = _limit(terms["limit_price"], given.calendar)
    if "place" in terms.get("delivery", {}):
        terms["delivery"] = {**terms["delivery"], "place": _place(terms["delivery"]["place"], given)}
    if "source" in terms:
        by_month = terms["source"].get("capacity", {})
        terms["source"] = {**terms["source"], "capacity": [by_month.get(month, "0") for month in given.calendar]}
        if (owner.id, terms["source"]["site"], terms["source"]["line"]) in given.kept_apart:
            terms["source"]["site"] += f"@{owner.id}"
    for name in _NAMING_ORGANISATIONS:
        if name in terms:
            terms[name] = [_named(entry, given) for entry in terms[name]]
    if "approved" in terms:
        counterparties = [_named(entry, given) for entry in terms["approved"].get("counterparties", [])]
        terms["approved"] = {**terms["approved"], "counterparties": counterparties}
    return {**terms, **document}


def requested(market: Market) -> dict[str, Decimal]:
    """The volume of every order that counts in a market, by id, in the grade's unit."""
    return {order.id: volume(order) for order in counted(market).orders}


def has_volume_in(order: Order, calendar: Sequence[str], *, planned: bool) -> bool:
    """Whether the order has any volume in these months; ``planned``: whether what is only planned counts."""
    volumes = order.terms.get("volumes", {})
    return any(_is_positive(volumes.get(month, "0"), planned=planned) for month in calendar)


def _is_positive(volume: Any, *, planned: bool) -> bool:
    parts = volume if isinstance(volume, dict) else {"firm": volume}
    return any(amount not in ("0", 0) for part, amount in parts.items() if planned or part == "firm")


def _limit(limit: Mapping[str, Any], calendar: Sequence[str]) -> dict[str, Any]:
    if "premium_by_period" not in limit:
        return dict(limit)
    premiums = limit["premium_by_period"]
    return {**limit, "premium_by_period": [premiums.get(month, "0") for month in calendar]}


def _named(entry: Mapping[str, Any], given: Surroundings) -> dict[str, Any]:
    """Organisations are named by credit code in the book; one that is not registered cannot be in the market."""
    code = entry["organisation"]
    return {**entry, "organisation": given.id_by_credit_code.get(code, code)}


def _place(place: Mapping[str, Any], given: Surroundings) -> dict[str, Any]:
    """A named place: a site of the order's owner by its id, or any other by coordinates."""
    if "id" in place:
        return _site(given.sites[place["id"]])
    return {**place, "lat": float(place["lat"]), "lon": float(place["lon"])}


def _site(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = {"id": site.id, "region": site.region_code}
    if site.latitude_deg is not None and site.longitude_deg is not None:
        found["lat"] = float(site.latitude_deg)
        found["lon"] = float(site.longitude_deg)
    return found


def held(certificate: Any) -> dict[str, Any]:
    """A certificate of the evidence register as an order holds it."""
    return {
        "certificate": certificate.code,
        "valid_from": certificate.valid_from.isoformat(),
        "valid_to": certificate.valid_to.isoformat(),
        "grades": sorted(certificate.grades),
        "sites": sorted(certificate.sites),
    }
