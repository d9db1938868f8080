"""From the file's document to a sample market, with every fault that can be found before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.rules.units import UNITS
from marketplace.indices.rules.definitions import check_definition
from marketplace.rounds.rules.calendar import check_calendar
from marketplace.rounds.rules.freight import normal_freight
from marketplace.rounds.rules.paths import index_of, normal_index_paths
from marketplace.rounds.rules.policy import normal_policy
from marketplace.samples.credit_codes import unused_credit_codes
from marketplace.samples.market_file.parties import read_parties
from marketplace.samples.market_file.places import read_lanes, read_places
from marketplace.samples.market_file.terms import book_order, order_faults
from marketplace.samples.model import SampleIndex, SampleMarket
from marketplace.shared.errors import Fault, InvalidInput, NotFound
from marketplace.shared.months import month_of
from marketplace.shared.quantities import amount_text
from marketplace.shared.texts import line_faults

LONGEST_NAME = 150  # leaves room for what marks it as a sample

Document = Mapping[str, Any]
_BY_MONTH = re.compile(r"(/volumes/|/premium_by_period/)([^/]+)")


def read(document: Document, *, name: str, today: date, taken: frozenset[str]) -> SampleMarket:
    """A market that was read by ``rounds.services.read_market_document``; ``name`` is used where it has none.

    Reads the catalogue.  ``taken``: credit codes that somebody has.
    Raises: InvalidInput with every fault but those of the orders' terms, which the book judges.
    """
    name, calendar = document.get("name", name), tuple(document["calendar"])
    as_of = date.fromisoformat(document["as_of"]) if "as_of" in document else None
    orders = document["orders"]
    places = read_places(orders)
    lanes = read_lanes(document["freight"]["lanes"], places)
    parties = read_parties(orders, places, unused_credit_codes(taken), today=today)
    paths = _round_paths(document.get("paths", ()))
    indices = tuple(_index(index, values, today) for index, values in _followed(document.get("paths", ())).items())
    faults = [
        *line_faults("/name", name, LONGEST_NAME),
        *_grade_faults(document["grades"]),
        *_found(check_calendar, calendar, today=today),
        *_found(normal_freight, document["freight"]),
        *_policy_faults(document["policy"]),
        *(_on_path(fault) for fault in _found(normal_index_paths, paths, calendar)),
        *(fault for index in indices for fault in _index_faults(index)),
        *places.faults,
        *parties.faults,
    ]
    for position, order in enumerate(orders):
        faults += order_faults(order, f"/orders/{position}", places, as_of=as_of, today=today)
    if faults:
        raise InvalidInput(faults)
    policy = {field: value for field, value in document["policy"].items() if field != "sealed_seed"}
    return SampleMarket(
        name=name,
        title_zh=f"市场文件 {name}（样例）",
        title_en=f"Market file {name} (sample)",
        organisations=parties.organisations,
        orders=tuple(book_order(order, calendar, parties.code_of) for order in orders),
        grades=tuple(grade["id"] for grade in document["grades"]),
        calendar=calendar,
        policy=policy,
        freight={**document["freight"], "lanes": lanes},
        indices=indices,
        index_paths=paths,
    )


def as_written(fault: Fault, document: Document) -> Fault:
    """A fault of an order as the book found it, with the file's own place and value.

    >>> as_written(Fault("/orders/0/volumes/2027-02", "is below the least allowed", "-1"),
    ...            {"calendar": ["2027-01", "2027-02"], "orders": [{"volumes": ["5", "-1.0"]}]}).pointer
    '/orders/0/volumes/1'
    """
    places = {month: str(place) for place, month in enumerate(document["calendar"])}
    pointer = _BY_MONTH.sub(lambda found: found[1] + places.get(found[2], found[2]), fault.pointer)
    pointer = pointer.replace("/external_reference", "/id")
    value: Any = document
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            return replace(fault, pointer=pointer)
    return replace(fault, pointer=pointer, value=fault.value if isinstance(value, list | Mapping) else value)


def _found(check: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Fault, ...]:
    try:
        check(*args, **kwargs)
    except InvalidInput as error:
        return error.faults
    return ()


def _grade_faults(grades: list[dict[str, Any]]) -> Iterator[Fault]:
    for position, given in enumerate(grades):
        at = f"/grades/{position}"
        try:
            grade = catalogue.grade(given["id"])
        except NotFound:
            yield Fault(f"{at}/id", "is no grade of the catalogue", given["id"], "a grade of the catalogue")
            continue
        for name, present in (("unit", grade.unit_code), ("quantum", amount_text(grade.quantum))):
            if given[name] != present:
                yield Fault(f"{at}/{name}", f"is not that of {grade.id} in the catalogue", given[name], present)
        if "contract_cost" in given:
            message = "cannot be carried over: a round has one contract cost, the policy's"
            yield Fault(f"{at}/contract_cost", message, given["contract_cost"], "left out")


def _policy_faults(policy: Document) -> Iterator[Fault]:
    seed = policy["sealed_seed"]
    if seed:
        message = "cannot be carried over: the house has one seed, and rounds of samples have none"
        yield Fault("/policy/sealed_seed", message, seed, "left out")
    yield from _found(normal_policy, {name: value for name, value in policy.items() if name != "sealed_seed"})


def _round_paths(paths: Sequence[Mapping[str, Any]]) -> Any:
    """The file's paths as a round states them: one alone by index."""
    if all(Decimal(path["weight"]) == 1 and not path.get("before") and not path.get("after") for path in paths):
        return {index: list(values) for path in paths for index, values in path["indices"].items()}
    return [{name: value for name, value in path.items() if value} for path in paths]


def _followed(paths: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The indices of a file, each with the values of one of its series."""
    found: dict[str, list[str]] = {}
    for path in paths:
        for series, values in sorted(path["indices"].items()):
            found.setdefault(index_of(series) or series, list(values))
    return found


def _index(index_id: str, values: list[str], today: date) -> SampleIndex:
    """It is quoted as it stands in the first period, since orders follow only what has a quote; 0 is no quote."""
    source = "市场文件（market file, sample）"
    first = next((Decimal(value) for value in values if Decimal(value) > 0), None)
    quotes = {} if first is None else {month_of(today): first}
    return SampleIndex(index_id, f"{index_id}（样例）", f"{index_id} (sample)", source, quotes=quotes)


def _index_faults(index: SampleIndex) -> Iterator[Fault]:
    for fault in _found(check_definition, index.definition, list(UNITS)):
        if fault.pointer == "/id":
            yield replace(fault, pointer=f"/paths/0/indices/{index.index_id}")


def _on_path(fault: Fault) -> Fault:
    """A fault of the round's paths at its place in the file."""
    several = re.match(r"/index_paths/\d+/", fault.pointer)
    place = "/paths" if several or fault.pointer == "/index_paths" else "/paths/0/indices"
    return replace(fault, pointer=fault.pointer.replace("/index_paths", place, 1))
