"""Who is, was, or is asked to become a party of a contract, and what each of them may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from marketplace.contracts.models import Contract, ContractNovation, ContractVersion, FormerParty
from marketplace.contracts.queries.reading import (
    confirmations,
    held_contract,
    present_version,
    seen_contract,
    version,
)
from marketplace.contracts.rules.answers import PARTIES, Party
from marketplace.contracts.rules.novation import Stay, holder, stays
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import NotAllowed, NotFound


@dataclass(frozen=True)
class Reader:
    """As what an organisation reads a contract: on which side, and the version whose terms it is shown."""

    standing: str  # party, former, asked
    side: Party
    version: int


def reader(contract: Contract, organisation_id: str) -> Reader:
    """As what an organisation that may see a contract reads it."""
    for side in PARTIES:
        if present(contract, side) == organisation_id:
            return Reader("party", side, contract.in_force or 1)
    asked = open_novation(contract)
    if asked is not None and asked.incoming_id == organisation_id:
        return Reader("asked", _party(asked.side), asked.number)
    left = [each for each in former_parties(contract) if each.organisation_id == organisation_id][-1]
    return Reader("former", _party(left.side), left.number)


def sees_version(contract: Contract, number: int, organisation_id: str) -> bool:
    """Whether a version is an organisation's affair: while it was a party, or when it is asked to become one."""
    asked = open_novation(contract)
    if asked is not None and (asked.number, asked.incoming_id) == (number, organisation_id):
        return True
    return any(
        stay.organisation_id == organisation_id and stay.first <= number <= (stay.last or number)
        for there in _stays(contract).values()
        for stay in there
    )


def seen_version(contract: Contract, number: int, actor: Actor) -> ContractVersion:
    """A version that is the affair of the actor's organisation; raises NotFound."""
    if not sees_version(contract, number, actor.organisation_id):
        raise NotFound("version of contract", str(number))
    return version(contract, number)


def contract_once_own(contract_id: str, actor: Actor) -> Contract:
    """A contract that the actor's organisation is, or was, a party of; raises NotFound for any other.

    Who is only asked to enter reads nothing here of what the parties did with each other.
    """
    found = seen_contract(contract_id, actor)
    if reader(found, actor.organisation_id).standing == "asked":
        raise NotFound("contract", contract_id)
    return found


def while_party(contract: Contract, organisation_id: str) -> list[tuple[datetime | None, datetime | None]]:
    """When an organisation was a party: from and to, None where that is not bounded; empty if it never was one.

    A stay ends at the moment at which the next one on the same side begins.
    """
    left = former_parties(contract)
    at = {each.number: each.left_at for each in left}
    return [
        (at.get(stay.first), None if stay.last is None else at[stay.last])
        for there in _stays(contract).values()
        for stay in there
        if stay.organisation_id == organisation_id
    ]


def present(contract: Contract, side: str) -> str:
    """The organisation that is on a side of the contract today."""
    return contract.seller_id if side == "seller" else contract.buyer_id


def former_parties(contract: Contract, side: str | None = None) -> list[FormerParty]:
    """Who has left a contract, or one side of it, the first one first."""
    query = sa.select(FormerParty).filter_by(contract_id=contract.id).order_by(FormerParty.number)
    return [each for each in db.session.scalars(query) if side in (None, each.side)]


def stays_of(contract: Contract, side: Party) -> list[Stay]:
    """Everybody who was or is on one side, by the versions of the contract."""
    return _stays(contract)[side]


def _stays(contract: Contract) -> dict[Party, list[Stay]]:
    left = former_parties(contract)
    return {
        side: stays((each.former for each in left if each.side == side), present(contract, side)) for side in PARTIES
    }


def party_in_month(contract: Contract, side: str, month: str) -> str:
    """The organisation that delivers, or takes and pays, in a month: before a novation's first month who has left.

    It is who holds the month's duties and claims, whenever they are met; the present party for all later months.
    """
    return holder((each.former for each in former_parties(contract, side)), present(contract, side), month)


def holders(contract: Contract, month: str) -> dict[Party, str]:
    """The organisations that deliver and that take and pay in a month."""
    return {side: party_in_month(contract, side, month) for side in PARTIES}


def months_seen(contract: Contract, organisation_id: str) -> list[str]:
    """The months of a contract of which an organisation may read deliveries and statements: those that it holds."""
    months = [each["period"] for each in present_version(contract).terms["periods"]]
    return [month for month in months if organisation_id in holders(contract, month).values()]


def contract_of_month(contract_id: str, month: str, actor: Actor) -> tuple[Contract, Party]:
    """A contract, held against all other writers, and the side on which the actor's organisation holds a month of it.

    Raises: NotFound for one that it may not see; NotAllowed where others hold the month.
    """
    seen_contract(contract_id, actor)
    contract = held_contract(contract_id)
    for side, organisation_id in holders(contract, month).items():
        if organisation_id == actor.organisation_id:
            return contract, side
    raise NotAllowed(f"{month} is for the parties that hold it")


def side_of(contract: Contract, organisation_id: str) -> Party:
    """The side on which an organisation is, or was, a party of a contract; nobody is ever on both."""
    sellers = {stay.organisation_id for stay in stays_of(contract, "seller")}
    return "seller" if organisation_id in sellers else "buyer"


def sides_at(contract: Contract, number: int) -> dict[Party, str]:
    """Who is on which side of a version: of a novation, the one who is to enter."""
    asked = db.session.get(ContractNovation, (contract.id, number))
    found = {
        side: [stay for stay in there if stay.first <= number][-1].organisation_id
        for side, there in _stays(contract).items()
    }
    return found if asked is None else {**found, _party(asked.side): asked.incoming_id}


def novation(contract: Contract, number: int) -> ContractNovation:
    """A novation of a contract that the caller may see; raises NotFound."""
    found = db.session.get(ContractNovation, (contract.id, number))
    if found is None:
        raise NotFound("novation of contract", str(number))
    return found


def novations(contract: Contract) -> list[ContractNovation]:
    """All novations that were ever proposed of a contract, the first one first, for the services."""
    query = sa.select(ContractNovation).filter_by(contract_id=contract.id).order_by(ContractNovation.number)
    return list(db.session.scalars(query))


def novations_in_effect(contract: Contract, side: str) -> list[ContractNovation]:
    """Those by which one side has changed, the first one first."""
    left = {each.number for each in former_parties(contract, side)}
    return [each for each in novations(contract) if each.number in left]


def open_novation(contract: Contract) -> ContractNovation | None:
    """The novation that is proposed and neither in force nor refused."""
    return db.session.scalar(
        sa.select(ContractNovation)
        .join(ContractNovation.version)
        .where(ContractNovation.contract_id == contract.id, ContractVersion.status == "proposed")
    )


def confirmed_roles(contract: Contract, asked: ContractNovation) -> list[str]:
    """Who has confirmed a novation: remaining, leaving, incoming."""
    roles = {organisation_id: role for role, organisation_id in asked.parties.items()}
    confirmed = (each.organisation_id for each in confirmations(contract.id, asked.number))
    return sorted(roles.get(each, "remaining") for each in confirmed)


def _party(side: str) -> Party:
    return "seller" if side == "seller" else "buyer"
