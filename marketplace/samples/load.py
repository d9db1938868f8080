"""Put a sample market through the same services as anybody's orders, up to a frozen round."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Organisation, Site
from marketplace.accounts.queries import organisation_by_credit_code
from marketplace.catalogue import services as catalogue
from marketplace.evidence import services as evidence
from marketplace.indices import services as indices
from marketplace.indices.rules.definitions import Definition
from marketplace.orders import services as orders
from marketplace.rounds import services as rounds
from marketplace.samples import cell_plants, retired_batteries
from marketplace.samples.model import SampleMarket, SampleOrganisation
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import unit_of_work
from marketplace.shared.errors import Conflict

BUILDERS = {retired_batteries.NAME: retired_batteries.build, cell_plants.NAME: cell_plants.build}


def load_sample(name: str, *, now: datetime) -> str:
    """Organisations, evidence, indices, orders and a frozen round of a sample market; the round's id.

    Deliveries lie in the calendar year after ``now``.  Raises: Conflict when the sample is loaded already.
    """
    market = BUILDERS[name](beijing_date(now).year + 1)
    moments = _moments(now)
    with unit_of_work():
        catalogue.load_catalogue(actor=SYSTEM, now=now)
        _load_indices(market, now=now)
    with unit_of_work():
        actors, sites = _admit(market, moments)
    with unit_of_work():
        for owner, lines in _uploads(market, sites).items():
            orders.upload_orders(
                lines, format=orders.UploadFormat.JSON_LINES, open_at_once=True, actor=actors[owner], now=next(moments)
            )
    with unit_of_work():
        round_ = rounds.create_round(
            name_zh=market.title_zh,
            name_en=market.title_en,
            grade_ids=list(market.grades),
            calendar=list(market.calendar),
            policy=market.policy,
            freight=market.freight,
            index_paths=market.index_paths,
            actor=SYSTEM,
            now=next(moments),
        )
        rounds.open_round(round_.id, actor=SYSTEM, now=next(moments))
        rounds.freeze_round(round_.id, actor=SYSTEM, now=next(moments))
    return round_.id


def _moments(now: datetime) -> Iterator[datetime]:
    """A millisecond for each thing made: identifiers then sort as the sample lists them, the same market each time."""
    while True:
        yield now
        now += timedelta(milliseconds=1)


def _load_indices(market: SampleMarket, *, now: datetime) -> None:
    for index in market.indices:
        definition = Definition(
            id=index.index_id,
            name_zh=index.name_zh,
            name_en=index.name_en,
            unit_code="TNE",
            currency="CNY",
            source=index.source,
            frequency="monthly",
            tax_basis="inclusive",
            tax_rate=index.tax_rate,
            rounding=Decimal(1),
        )
        indices.create_index(definition, actor=SYSTEM, now=now)
        rows = [(date.fromisoformat(f"{month}-01"), value) for month, value in index.quotes.items()]
        indices.load_quotes(index.index_id, rows, actor=SYSTEM, now=now)


def _uploads(market: SampleMarket, sites: dict[str, Site]) -> dict[str, bytes]:
    """Each owner's orders as JSON Lines, as it would send them, by its credit code."""
    lines: dict[str, list[str]] = {}
    for sample in market.orders:
        head = {"side": sample.side, "grade": sample.grade, "site": sites[sample.site].id}
        document = {**head, "external_reference": sample.reference, **sample.terms}
        lines.setdefault(sample.credit_code, []).append(json.dumps(document, ensure_ascii=False))
    return {owner: "\n".join(texts).encode() for owner, texts in lines.items()}


def _admit(market: SampleMarket, moments: Iterator[datetime]) -> tuple[dict[str, Actor], dict[str, Site]]:
    """Verified organisations with their sites and certificates; who acts for each, and the sites by key."""
    if organisation_by_credit_code(market.organisations[0].credit_code) is not None:
        raise Conflict(f"the sample market {market.name} is loaded already")
    actors: dict[str, Actor] = {}
    sites: dict[str, Site] = {}
    for sample in market.organisations:
        organisation = _organisation(sample, next(moments))
        actor = Actor("sample", organisation.id, frozenset(Role), verified=True)
        actors[sample.credit_code] = actor
        for site in sample.sites:
            given = {
                "name": site.name,
                "address": site.address,
                "region_code": site.region_code,
                "latitude_deg": site.latitude_deg,
                "longitude_deg": site.longitude_deg,
            }
            sites[site.key] = accounts.add_site(given, actor=actor, now=next(moments))
        for code in sample.certificates:
            moment = next(moments)
            certificate = evidence.declare_certificate(
                code=code,
                number=f"SAMPLE-{sample.credit_code}",
                issuer="样例机构 (sample issuer)",
                valid_from=date.fromisoformat(f"{market.calendar[0]}-01") - timedelta(days=366),
                valid_to=date.fromisoformat(f"{market.calendar[-1]}-28") + timedelta(days=366),
                actor=actor,
                now=moment,
            )
            evidence.decide_certificate(certificate.id, decision="accept", actor=SYSTEM, now=moment)
    return actors, sites


def _organisation(sample: SampleOrganisation, now: datetime) -> Organisation:
    return accounts.admit_sample(
        credit_code=sample.credit_code,
        name_zh=sample.name_zh,
        name_latin=sample.name_latin,
        kind=sample.kind,
        now=now,
    )
