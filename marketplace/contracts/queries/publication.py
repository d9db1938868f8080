"""Reading what is published of contracts, and who consented to what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, FormerParty, FulfilmentJudgement, PublicationConsent
from marketplace.contracts.queries import fulfilment as fulfilment_queries
from marketplace.contracts.rules.answers import PARTIES, Party
from marketplace.contracts.rules.exports import Spool
from marketplace.contracts.rules.open_contracting import (
    Event,
    Goods,
    Judged,
    Kind,
    Publisher,
    package,
    release_json,
    releases,
    write_package,
)
from marketplace.contracts.rules.publication import FIELDS, FORMER, published
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.rules.contracting import rule
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput, NotFound
from marketplace.shared.paging import page

ON_A_PAGE = 20  # contracts, each with all its releases

_STEPS: dict[str, Kind] = {"suspension": "suspended", "resumption": "resumed", "termination": "terminated"}
_ENDS: dict[str, Kind] = {"completed": "completed", "withdrawn": "withdrawn"}


@dataclass(frozen=True)
class Consents:
    """What one organisation that is, or was, a party reads of everybody's consents."""

    own: list[str]
    of_parties: dict[Party, list[str]] | None  # today's; None to one that has left
    withheld_by: list[str]  # of seller, buyer, former: those that consent to nothing, or one of whom does


def consents(contract: Contract, organisation_id: str) -> Consents:
    """Fields in their order.  What one that has left consents to is told to itself alone."""
    given = _given(contract)
    sides = {side: queries.present(contract, side) for side in PARTIES}
    left = [each.organisation_id for each in _left(contract)]
    owners: dict[str, list[str]] = {side: [owner] for side, owner in sides.items()}
    owners[FORMER] = left
    return Consents(
        own=_fields(given.get(organisation_id)),
        of_parties=(
            {side: _fields(given.get(owner)) for side, owner in sides.items()}
            if organisation_id in sides.values()
            else None
        ),
        withheld_by=[role for role, asked in owners.items() if not all(_fields(given.get(each)) for each in asked)],
    )


def role_of(contract: Contract, organisation_id: str) -> str:
    """As what an organisation that is, or was, a party consents: seller, buyer, former."""
    return next((side for side in PARTIES if queries.present(contract, side) == organisation_id), FORMER)


def published_by_round(contract: Contract) -> bool:
    """Whether the rules of its round say that its contracts are published."""
    found: bool = rule(rounds.round_by_id(contract.round_id).contracting, "publish_contracts")
    return found


def published_fields(contract: Contract) -> list[str]:
    """What of a contract everybody may read, in the order of the fields; who has left it has a say as well."""
    given = _given(contract)
    owners = {contract.seller_id, contract.buyer_id, *(each.organisation_id for each in _left(contract))}
    shown = published((_fields(given.get(owner)) for owner in owners), by_round=published_by_round(contract))
    return [field for field in FIELDS if field in shown]


def release_page(publisher: Publisher, *, cursor: str | None = None, limit: int = ON_A_PAGE) -> dict[str, Any]:
    """A package with all releases of some published contracts, by contract; ``limit``: of contracts.

    Raises: NotFound while no contract is published: the standard knows no package without a release.
    """
    found = page(_published(), key=Contract.id, unique=Contract.id, cursor=cursor, limit=limit)
    if not found.items:
        raise NotFound("published", "contract")

    def query(at: str | None) -> str:
        given = {} if limit == ON_A_PAGE else {"limit": str(limit)}
        given |= {} if at is None else {"cursor": at}
        return f"?{urlencode(given)}" if given else ""

    next_query = None if found.next_cursor is None else query(found.next_cursor)
    return _package(found.items, publisher, query=query(cursor), next_query=next_query)


def whole_package(publisher: Publisher) -> dict[str, Any]:
    """One package with the releases of all published contracts.  Raises: NotFound while there is none."""
    found = list(db.session.scalars(_published().order_by(Contract.id)))
    if not found:
        raise NotFound("published", "contract")
    return _package(found, publisher)


def write_whole_package(
    file: BinaryIO, publisher: Publisher, *, most_releases: int, progress: Callable[[int], object] = lambda _: None
) -> None:
    """The bytes of ``whole_package`` into an empty file, in little memory.

    ``progress`` is called with how many releases there are so far.
    Raises: NotFound while no contract is published; InvalidInput where there are too many releases.
    """
    last: datetime | None = None
    with Spool() as written:
        for contract in _each_published():
            told = releases_of(contract, publisher)
            dates = [datetime.fromisoformat(release["date"]) for release in told]
            dates += [each.moment for each in _given(contract).values()]
            last = max(dates if last is None else [last, *dates])
            for release in told:
                written.add(release_json(release))
            if len(written) > most_releases:
                message, limit = "more releases than a file may have; read them by pages", f"at most {most_releases}"
                raise InvalidInput.at("/what", message, len(written), limit, "too-many-rows")
            progress(len(written))
        if last is None:
            raise NotFound("published", "contract")
        write_package(file, written, publisher, dates=[last])


def _each_published() -> Iterator[Contract]:
    cursor: str | None = None
    while True:
        found = page(_published(), key=Contract.id, unique=Contract.id, cursor=cursor, limit=ON_A_PAGE)
        yield from found.items
        if (cursor := found.next_cursor) is None:
            return


def releases_of(contract: Contract, publisher: Publisher) -> list[dict[str, Any]]:
    """The releases of a published contract."""
    grade = catalogue.grade(contract.grade_id)
    goods = Goods(grade.id, grade.hs_code, grade.unit_code, grade.unit.name_zh)
    shown = published_fields(contract)
    return releases(contract.number, goods, _events(contract), shown=shown, prefix=publisher.prefix)


def _published() -> sa.Select[tuple[Contract]]:
    """Contracts that both parties consent to publish, and those of rounds that publish theirs."""
    said = [
        sa.exists().where(
            PublicationConsent.contract_id == Contract.id,
            PublicationConsent.organisation_id == party,
            PublicationConsent.contract,
        )
        for party in (Contract.seller_id, Contract.buyer_id)
    ]
    left = aliased(FormerParty)
    left_said = sa.exists().where(
        PublicationConsent.contract_id == left.contract_id,
        PublicationConsent.organisation_id == left.organisation_id,
        PublicationConsent.contract,
    )
    said.append(~sa.exists().where(left.contract_id == Contract.id, ~left_said))
    by_round = sa.select(Round.id).where(Round.contracting["publish_contracts"].as_boolean())
    return sa.select(Contract).where(sa.or_(sa.and_(*said), Contract.round_id.in_(by_round)))


def _left(contract: Contract) -> list[FormerParty]:
    """Those that have left and not come back: releases of their time name them."""
    present = (contract.seller_id, contract.buyer_id)
    return [each for each in queries.former_parties(contract) if each.organisation_id not in present]


def _fields(consent: PublicationConsent | None) -> list[str]:
    return [field for field in FIELDS if consent is not None and getattr(consent, field)]


def _given(contract: Contract) -> dict[str, PublicationConsent]:
    query = sa.select(PublicationConsent).filter_by(contract_id=contract.id)
    return {each.organisation_id: each for each in db.session.scalars(query)}


def _package(contracts: list[Contract], publisher: Publisher, **address: Any) -> dict[str, Any]:
    written = [release for contract in contracts for release in releases_of(contract, publisher)]
    consented_at = [each.moment for contract in contracts for each in _given(contract).values()]
    return package(written, publisher, consented_at=consented_at, **address)


def _events(contract: Contract) -> list[Event]:
    """What happened to a contract, in order."""
    return sorted([*_versions(contract), *_turns(contract), *_judgements(contract)], key=lambda each: each.moment)


def _versions(contract: Contract) -> Iterator[Event]:
    """The conclusion, and every version that both have confirmed."""
    first = queries.version(contract, 1)
    yield Event("concluded", contract.concluded_at, terms=first.terms, facts=first.facts)
    for each in queries.versions_confirmed(contract):
        since = queries.in_force_since(each)
        if each.number == 1:
            yield Event("in_force", since)
        else:
            yield Event("amended", since, each.number, each.terms, each.facts)


def _turns(contract: Contract) -> Iterator[Event]:
    """Notices that took effect, and how the contract came to its end."""
    for notice in queries.notices(contract):
        if notice.status == "effective":
            assert notice.ended_at is not None
            yield Event(_STEPS[notice.kind], notice.ended_at)
    if contract.status in _ENDS:
        action = f"contracts:contract:{contract.status}"
        query = sa.select(sa.func.min(AuditEntry.moment)).filter_by(subject_id=contract.id, action=action)
        moment = db.session.scalar(query)
        assert moment is not None
        yield Event(_ENDS[contract.status], moment.astimezone(UTC))


def _judgements(contract: Contract) -> Iterator[Event]:
    """Months that were judged, all of one moment together."""
    at: dict[datetime, dict[str, list[FulfilmentJudgement]]] = {}
    for each in fulfilment_queries.judgements(contract):
        if each.per == "period":
            at.setdefault(each.judged_at, {}).setdefault(each.span, []).append(each)
    for moment, months in at.items():
        yield Event("judged", moment, judged=tuple(_judged(month, both) for month, both in months.items()))


def _judged(month: str, both: list[FulfilmentJudgement]) -> Judged:
    delivered = sum((each.done for each in both if each.party == "seller"), Decimal(0))
    return Judged(month, all(each.met for each in both), delivered > 0)
