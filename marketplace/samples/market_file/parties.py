"""The organisations of a market file: those with orders, those that orders name, and the heads of groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from marketplace.accounts.rules.organisations import organisation_faults
from marketplace.accounts.rules.regions import region_fault
from marketplace.catalogue import queries as catalogue
from marketplace.evidence.rules.certificates import check_declaration
from marketplace.samples.market_file.places import Places, key_of_id
from marketplace.samples.model import SampleCertificate, SampleOrganisation, SampleSite
from marketplace.shared.errors import Fault, InvalidInput, NotFound

KIND = "distributor"  # a file does not say what its organisations are; this kind may sell and buy everything
_ELSEWHERE = "110000"  # region in the code of an organisation without a site

Order = Mapping[str, Any]


@dataclass(frozen=True)
class Parties:
    """The organisations to be admitted, the credit code of each name of the file, and what is wrong with them."""

    organisations: tuple[SampleOrganisation, ...]
    code_of: Mapping[str, str]
    faults: list[Fault]


def read_parties(orders: Sequence[Order], places: Places, draw_code: Callable[[str], str], *, today: date) -> Parties:
    """One organisation for every name; ``draw_code`` gives a credit code of a region that nobody has."""
    owners: dict[str, int] = {}  # the position of each one's first order
    for position, order in enumerate(orders):
        owners.setdefault(order["organisation"], position)
    parent_of = _parents(owners, orders)
    faults = [*_differing(owners, orders), *_chained(owners, orders)]
    sites_of = places.by_owner()
    named_at = {name: f"/orders/{position}/organisation" for name, position in owners.items()}
    for name, parent in parent_of.items():
        named_at.setdefault(parent, f"/orders/{owners[name]}/group_parent")
    for position, order in enumerate(orders):
        for at, name in _named(order):
            named_at.setdefault(name, f"/orders/{position}{at}")
    code_of = {name: draw_code(_region(sites_of.get(name, ()))) for name in named_at}
    organisations = []
    for name, code in code_of.items():
        order = orders[owners[name]] if name in owners else {}
        organisation = SampleOrganisation(
            credit_code=code,
            name_zh=f"{name}（样例）",
            name_latin=f"{name} (sample)",
            kind=KIND,
            sites=sites_of.get(name, ()),
            certificates=tuple(_certificate(held) for held in order.get("holds", ())),
            group_parent=code_of[parent_of[name]] if name in parent_of else None,
            small=order.get("small_supplier", False),
            tags=tuple(order.get("tags", ())),
        )
        faults += _organisation_faults(organisation, named_at[name])
        for number, held in enumerate(organisation.certificates):
            faults += _certificate_faults(held, name, places, f"/orders/{owners[name]}/holds/{number}", today)
        organisations.append(organisation)
    return Parties(tuple(organisations), code_of, faults)


def _region(sites: Sequence[SampleSite]) -> str:
    """The region that stands in the credit code."""
    return sites[0].region_code if sites and region_fault("", sites[0].region_code) is None else _ELSEWHERE


def _named(order: Order) -> Iterator[tuple[str, str]]:
    """The organisations that an order names, with the place of each in it."""
    lists = {f"/{term}": order.get(term, ()) for term in ("exclusions", "incumbents")}
    lists["/approved/counterparties"] = order.get("approved", {}).get("counterparties", ())
    for term, entries in lists.items():
        for number, each in enumerate(entries):
            yield f"{term}/{number}/organisation", each["organisation"]


def _parents(owners: Mapping[str, int], orders: Sequence[Order]) -> dict[str, str]:
    """Who belongs to which head; a group of one is none."""
    stated = {name: orders[position].get("group_parent") for name, position in owners.items()}
    sizes = Counter(stated.values())
    return {
        name: parent
        for name, parent in stated.items()
        if parent is not None and parent != name and (parent in owners or sizes[parent] > 1)
    }


def _chained(owners: Mapping[str, int], orders: Sequence[Order]) -> Iterator[Fault]:
    """In the book a parent's parent is the head of all; in a file the named one is."""
    for position, order in enumerate(orders):
        head = order.get("group_parent")
        if head is None or head == order["organisation"] or head not in owners:
            continue
        above = orders[owners[head]].get("group_parent")
        if above not in (None, head):
            message = f"belongs to group {above} itself: the book would count all of them as one party"
            yield Fault(f"/orders/{position}/group_parent", message, head, "a head that names no other")


def _differing(owners: Mapping[str, int], orders: Sequence[Order]) -> Iterator[Fault]:
    """Tags, size and certificates are the organisation's: all of its orders carry the same."""
    for position, order in enumerate(orders):
        first = orders[owners[order["organisation"]]]
        for name in ("tags", "small_supplier", "holds"):
            if _as_set(order.get(name)) != _as_set(first.get(name)):
                message = f"differs from /orders/{owners[order['organisation']]}/{name}"
                limit = f"the same in all orders of {order['organisation']}"
                yield Fault(f"/orders/{position}/{name}", message, str(order.get(name))[:80], limit)


def _as_set(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list) else bool(value) and value


def _certificate(held: Mapping[str, Any]) -> SampleCertificate:
    return SampleCertificate(
        code=held["certificate"],
        valid_from=date.fromisoformat(held["valid_from"]),
        valid_to=date.fromisoformat(held["valid_to"]),
        grades=tuple(held.get("grades", ())),
        sites=tuple(key_of_id(name) for name in held.get("sites", ())),
    )


def _organisation_faults(organisation: SampleOrganisation, at: str) -> Iterator[Fault]:
    given = {"name_zh": organisation.name_zh, "name_latin": organisation.name_latin, "tags": organisation.tags}
    for fault in organisation_faults(given):
        if fault.pointer == "/name_zh":
            yield replace(fault, pointer=at)
        elif fault.pointer != "/name_latin":  # which says the same as the Chinese name
            yield replace(fault, pointer=at.removesuffix("/organisation") + fault.pointer)


def _certificate_faults(held: SampleCertificate, owner: str, places: Places, at: str, today: date) -> Iterable[Fault]:
    try:
        check_declaration(
            code=held.code,
            number="SAMPLE",
            issuer="SAMPLE",
            valid_from=held.valid_from,
            valid_to=held.valid_to,
            grades=list(held.grades),
            sites=list(held.sites),
            today=today,
        )
    except InvalidInput as error:
        for fault in error.faults:
            yield replace(fault, pointer=at + fault.pointer.replace("/code", "/certificate"))
    for number, grade in enumerate(held.grades):
        if not _is_grade(grade):
            yield Fault(f"{at}/grades/{number}", "is no grade of the catalogue", grade, "a grade of the catalogue")
    for number, key in enumerate(held.sites):
        if places.owners.get(key) != owner:
            limit = f"a site of {owner} that one of its orders names"
            yield Fault(f"{at}/sites/{number}", "cannot be mapped", key.removeprefix(key_of_id("")), limit)


def _is_grade(grade_id: str) -> bool:
    try:
        catalogue.grade(grade_id)
    except NotFound:
        return False
    return True
