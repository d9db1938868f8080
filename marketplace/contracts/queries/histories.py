"""All that happened to contracts and bears on their months, read for many at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.contracts.models import (
    Contract,
    ContractConfirmation,
    ContractReopening,
    ContractVersion,
    FormerParty,
)
from marketplace.contracts.rules.answers import PARTIES, Party
from marketplace.contracts.rules.history import Episode, History, Version
from marketplace.contracts.rules.lifecycle import CONFIRMED
from marketplace.contracts.rules.novation import Former
from marketplace.shared.database import chunks, db

FormerBySide = dict[Party, list[Former]]


def history(contract: Contract) -> History:
    """That of one contract."""
    return histories([contract.id])[contract.id]


def histories(contract_ids: Iterable[str]) -> dict[str, History]:
    """By contract; so many queries, however many contracts (but in hundreds)."""
    found: dict[str, History] = {}
    for some in chunks(contract_ids):
        former, left_at = _former(some)
        since = _since(some) | left_at  # who enters does so once the days to object are over, whenever it confirmed
        versions = _versions(some, since)
        episodes = _episodes(some)
        parties = sa.select(Contract.id, Contract.seller_id, Contract.buyer_id).where(Contract.id.in_(some))
        for id_, seller, buyer in db.session.execute(parties):
            present: dict[Party, str] = {"seller": seller, "buyer": buyer}
            found[id_] = History(versions[id_], episodes.get(id_, []), present, former.get(id_, nobody()))
    return found


def former_by_contract(contract_ids: Iterable[str]) -> dict[str, FormerBySide]:
    """Who has left either side of contracts; one that nobody has left is not named."""
    found: dict[str, FormerBySide] = {}
    for some in chunks(contract_ids):
        found |= _former(some)[0]
    return found


def nobody() -> FormerBySide:
    """Of a contract that nobody has left."""
    return {side: [] for side in PARTIES}


def _former(some: list[str]) -> tuple[dict[str, FormerBySide], dict[tuple[str, int], datetime]]:
    """Who has left, and when, by contract and version."""
    found: dict[str, FormerBySide] = {}
    left_at = {}
    query = sa.select(FormerParty).where(FormerParty.contract_id.in_(some)).order_by(FormerParty.number)
    for each in db.session.scalars(query):
        side: Party = "seller" if each.side == "seller" else "buyer"
        found.setdefault(each.contract_id, nobody())[side].append(each.former)
        left_at[each.contract_id, each.number] = each.left_at
    return found, left_at


def _since(some: list[str]) -> dict[tuple[str, int], datetime]:
    """When the last of those whom a version needs had confirmed it."""
    found: dict[tuple[str, int], datetime] = {}
    names = (ContractConfirmation.contract_id, ContractConfirmation.number, ContractConfirmation.moment)
    for id_, number, moment in db.session.execute(sa.select(*names).where(ContractConfirmation.contract_id.in_(some))):
        found[id_, number] = max(moment, found.get((id_, number), moment))
    return found


def _versions(some: list[str], since: dict[tuple[str, int], datetime]) -> dict[str, list[Version]]:
    names: tuple[Any, ...] = (
        ContractVersion.contract_id,
        ContractVersion.number,
        ContractVersion.terms,
        ContractVersion.status,
    )
    query = sa.select(*names).where(
        ContractVersion.contract_id.in_(some),
        sa.or_(ContractVersion.number == 1, ContractVersion.status.in_(CONFIRMED)),
    )
    found: dict[str, list[Version]] = {}
    for id_, number, terms, status in db.session.execute(query.order_by(ContractVersion.number)):
        moment = since[id_, number] if status in CONFIRMED else None
        found.setdefault(id_, []).append(Version(number, terms, moment))
    return found


def _episodes(some: list[str]) -> dict[str, list[Episode]]:
    query = sa.select(ContractReopening).where(ContractReopening.contract_id.in_(some))
    found: dict[str, list[Episode]] = {}
    for each in db.session.scalars(query.order_by(ContractReopening.number)):
        episode = Episode(each.number, each.version, each.result_if_none, each.negotiate_until, each.trigger)
        found.setdefault(each.contract_id, []).append(episode)
    return found
