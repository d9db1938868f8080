"""Put a sample market through the same services as anybody's orders, up to a frozen round: all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from marketplace.accounts.models import Organisation, Site
from marketplace.catalogue import services as catalogue
from marketplace.indices import queries as index_queries
from marketplace.indices import services as indices
from marketplace.orders import queries as order_queries
from marketplace.orders import services as orders
from marketplace.orders.rules.uploads.files import OrderFile, UploadFormat
from marketplace.rounds import queries as round_queries
from marketplace.rounds import services as rounds
from marketplace.samples import cell_plants, market_file, retired_batteries
from marketplace.samples.admission import Admitted, admit
from marketplace.samples.model import SampleIndex, SampleMarket, SampleOrder
from marketplace.shared.actor import SYSTEM
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db, unit_of_work
from marketplace.shared.errors import Conflict, Fault, InvalidInput, NotFound
from marketplace.shared.months import first_day

BUILDERS = {retired_batteries.NAME: retired_batteries.build, cell_plants.NAME: cell_plants.build}
TITLES = {module.NAME: (module.TITLE_ZH, module.TITLE_EN) for module in (retired_batteries, cell_plants)}


def load_sample(name: str, *, now: datetime) -> str:
    """Organisations, evidence, indices, orders and a frozen round of a shipped sample; the round's id.

    Deliveries lie in the calendar year after ``now``.  Raises: Conflict when the sample is loaded already, or when
    other orders would enter its round.
    """
    with unit_of_work():
        catalogue.load_catalogue(actor=SYSTEM, now=now)
        return store(BUILDERS[name](beijing_date(now).year + 1), now=now)


def load_file(path: Path, *, now: datetime) -> str:
    """The same for a market file; each loading makes a market of its own.

    Raises: InvalidInput with everything in the file that cannot be carried over; Conflict; OSError for the path.
    """
    document = rounds.read_market_document(path.read_bytes())
    with unit_of_work():
        catalogue.load_catalogue(actor=SYSTEM, now=now)
        taken = frozenset(db.session.scalars(db.select(Organisation.credit_code)))
        market = market_file.read(document, name=path.stem, today=beijing_date(now), taken=taken)
        try:
            return store(market, now=now)
        except InvalidInput as error:
            raise InvalidInput(market_file.as_written(fault, document) for fault in error.faults) from None


def store(market: SampleMarket, *, now: datetime) -> str:
    """Enter a market in the caller's transaction; the round's id.

    Raises: InvalidInput whose pointers name orders by position (``/orders/POSITION``); Conflict.
    """
    moments = _moments(now)
    _refuse_company(market, now)
    for index in market.indices:
        _load_index(index, now=now)
    admitted = admit(market, moments)
    round_ = rounds.create_round(
        name_zh=market.title_zh,
        name_en=market.title_en,
        grade_ids=list(market.grades),
        calendar=list(market.calendar),
        policy=market.policy,
        freight=_freight(market.freight, admitted.sites),
        index_paths=market.index_paths,
        actor=SYSTEM,
        now=next(moments),
    )
    entered = _enter(market, admitted, moments)
    rounds.open_round(round_.id, actor=SYSTEM, now=next(moments))
    rounds.freeze_round(round_.id, actor=SYSTEM, now=next(moments))
    _refuse_unlike(round_.id, entered)
    return round_.id


def _moments(now: datetime) -> Iterator[datetime]:
    """A millisecond for each thing made: identifiers then sort as the sample lists them, the same market each time."""
    while True:
        yield now
        now += timedelta(milliseconds=1)


def _refuse_company(market: SampleMarket, now: datetime) -> None:
    """A round takes every open order of its grades: a sample must not trade with a real company."""
    others = order_queries.open_orders(market.grades, on=beijing_date(now), months=market.calendar)
    if others:
        raise Conflict(
            f"{len(others)} open orders of {', '.join(sorted({order.grade_id for order in others}))} would enter the "
            "sample's round: load it into another database, or withdraw them first"
        )


def _load_index(index: SampleIndex, *, now: datetime) -> None:
    """An index of that name that exists already stands, unless the sample states another definition.

    One that a market file names gets the file's quote only where it has none.
    """
    try:
        present = index_queries.index(index.index_id).definition
    except NotFound:
        indices.create_index(index.definition, actor=SYSTEM, now=now)
    else:
        if index.tax_rate is None and index.index_id in index_queries.latest_quotes():
            return
        if index.tax_rate is not None and present != index.definition:
            raise Conflict(f"index {index.index_id} exists already, with another definition") from None
    rows = [(first_day(month), value) for month, value in index.quotes.items()]
    indices.load_quotes(index.index_id, rows, actor=SYSTEM, now=now)


def _freight(freight: Mapping[str, Any], sites: Mapping[str, Site]) -> dict[str, Any]:
    """Lanes between the stored sites; an end that is no site's key is a region code."""

    def end(name: str) -> str:
        return sites[name].id if name in sites else name

    lanes = freight.get("lanes", ())
    ends = [{"origin": end(lane["origin"]), "destination": end(lane["destination"])} for lane in lanes]
    return {**freight, "lanes": [lane | placed for lane, placed in zip(lanes, ends, strict=True)]}


def _enter(market: SampleMarket, admitted: Admitted, moments: Iterator[datetime]) -> list[str]:
    """Every order as an upload of its owner, one moment each, so that they stand in the sample's order; their ids."""
    entered: list[str] = []
    faults: list[Fault] = []
    for position, sample in enumerate(market.orders):
        body = json.dumps(_document(sample, admitted.sites), ensure_ascii=False).encode()
        try:
            report = orders.upload_orders(
                OrderFile(body, UploadFormat.JSON_LINES),
                open_at_once=True,
                actor=admitted.actor(sample.credit_code),
                now=next(moments),
            )
        except InvalidInput as error:
            own = [fault.pointer.removeprefix("/rows/1") for fault in error.faults]
            faults += [replace(f, pointer=f"/orders/{position}{at}") for f, at in zip(error.faults, own, strict=True)]
        else:
            entered += [row.order_id for row in report.rows if row.order_id is not None]
    if faults:
        raise InvalidInput(faults)
    return entered


def _document(sample: SampleOrder, sites: Mapping[str, Site]) -> dict[str, Any]:
    """The order as its owner would send it, sites named by their identifiers."""
    head = {"side": sample.side, "grade": sample.grade, "site": sites[sample.site].id}
    terms = dict(sample.terms)
    place = terms.get("delivery", {}).get("place", {})
    if "id" in place:
        terms["delivery"] = {**terms["delivery"], "place": {"id": sites[place["id"]].id}}
    if "approved" in terms:
        approvals = [
            {**each, "site": sites[each["site"]].id} if "site" in each else each
            for each in terms["approved"]["counterparties"]
        ]
        terms["approved"] = {**terms["approved"], "counterparties": approvals}
    return {**head, "external_reference": sample.reference, **terms}


def _refuse_unlike(round_id: str, entered: list[str]) -> None:
    """The frozen round holds exactly the sample's orders.  Raises: Conflict; InvalidInput for those left out."""
    frozen = {row.order_id: row for row in round_queries.orders_of(round_id)}
    if frozen.keys() != set(entered):
        raise Conflict(f"the round froze {len(frozen)} orders in place of the sample's {len(entered)}")
    left_out = [
        Fault(f"/orders/{position}{term}", "cannot be cleared in this round")
        for position, order_id in enumerate(entered)
        for term in frozen[order_id].left_out_terms
    ]
    if left_out:
        raise InvalidInput(left_out)
