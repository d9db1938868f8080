"""Scenarios: what is to be changed in a market before it is cleared once more beside itself.

The form is described by ``schema/scenarios.schema.json`` and docs/what-if.md.  A change has one field, which says
what kind of change it is; fields and terms of the market itself are given in the market's own form.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import msgspec

from solver.form.faults import Fault, MarketError, pointer, repeated, shown
from solver.form.market import Lane, Order
from solver.form.reading import parsed
from solver.form.shape import build
from solver.form.terms import Term

FORMAT = "changdan-scenarios/1"
BASE = "base"  # the market as it is; no scenario's name
MOST_SCENARIOS, MOST_CHANGES = 100, 1000


class DropTerm(Term, frozen=True):
    """A kind of rule taken out of every order that states it, or of those of one side, grade, or of one order."""

    term: str  # a term's name, or one of its parts: ``delivery.incoterms``
    order: str | None = None
    side: Literal["offer", "need"] | None = None
    grade: str | None = None
    without_technical_reason: bool = False  # of exclusions: only those


class SetTerm(Term, frozen=True):
    """Another value of one order's term, in the form that the term has in a market."""

    order: str
    term: str
    value: Any


class FreightChange(Term, frozen=True):
    """Other freight for all: fields of the market's freight, or all that is paid times ``scale``."""

    kind: Literal["none", "distance", "plane", "lanes"] | None = None
    cny_per_unit_km: Decimal | None = None
    circuity: Decimal | None = None
    scale: Decimal | None = None


class LaneEnds(Term, frozen=True):
    """A lane by its two ends."""

    origin: str
    destination: str


class IndexChange(Term, frozen=True):
    """An index on another path: every value times ``scale``, plus ``shift``, one multiple a period, or other values."""

    index: str
    scale: Decimal | None = None
    shift: Decimal | None = None  # CNY per unit
    multiples: tuple[Decimal, ...] | None = None
    values: tuple[Decimal, ...] | None = None  # CNY per unit


class AddVolume(Term, frozen=True):
    """More volume of one order, in the grade's unit, one amount per period."""

    order: str
    volumes: tuple[Decimal, ...]


class ScaleVolume(Term, frozen=True):
    """One order's volumes times ``scale``, each rounded down to the order's whole lots, without lots to quanta."""

    order: str
    scale: Decimal


class CopyOrder(Term, frozen=True):
    """A further order like one that is there, of another organisation."""

    order: str
    id: str
    organisation: str


class Change(Term, frozen=True):
    """One change; exactly one of the fields."""

    policy: dict[str, Any] | None = None  # fields of the policy, each in its own form
    drop_term: DropTerm | None = None
    set_term: SetTerm | None = None
    freight: FreightChange | None = None
    set_lane: Lane | None = None  # of a lane that is there
    add_lane: Lane | None = None
    remove_lane: LaneEnds | None = None
    index: IndexChange | None = None
    remove_organisation: str | None = None  # all of its orders
    remove_order: str | None = None
    add_volume: AddVolume | None = None
    scale_volume: ScaleVolume | None = None
    add_order: Order | None = None
    copy_order: CopyOrder | None = None


class Scenario(Term, frozen=True):
    """Changes that are made one after the other, and what people call them."""

    id: str
    changes: tuple[Change, ...]
    name_zh: str = ""
    name_en: str = ""


class Scenarios(Term, frozen=True):
    """A file of scenarios, each of which begins from the market as it is."""

    format: Literal["changdan-scenarios/1"]
    scenarios: tuple[Scenario, ...]


KINDS: tuple[str, ...] = tuple(field.name for field in msgspec.structs.fields(Change))


def kind_of(change: Change) -> str:
    """The one field of a change that is given."""
    return next(kind for kind in KINDS if getattr(change, kind) is not None)


def read_scenarios(data: bytes | str | Path) -> Scenarios:
    """Scenarios from JSON text or from the file at a path; what they do to a market shows when they are applied.

    Raises: MarketError with every fault of form; OSError for the path.
    """
    scenarios, faults = build(parsed(data, FORMAT), Scenarios)
    if scenarios is not None:
        faults = [*_scenario_faults(scenarios)]
    if faults or scenarios is None:
        raise MarketError(faults)
    return scenarios


def _scenario_faults(given: Scenarios) -> Iterator[Fault]:
    twice = repeated(scenario.id for scenario in given.scenarios)
    if not 1 <= len(given.scenarios) <= MOST_SCENARIOS:
        yield Fault("/scenarios", f"{len(given.scenarios)} scenarios", f"must be 1 to {MOST_SCENARIOS}")
    for i, scenario in enumerate(given.scenarios):
        if scenario.id in twice or scenario.id in ("", BASE):
            wanted = f"must be a name that no other scenario has, and not {BASE}"
            yield Fault(pointer("scenarios", i, "id"), shown(scenario.id), wanted)
        if not 1 <= len(scenario.changes) <= MOST_CHANGES:
            found = f"{len(scenario.changes)} changes"
            yield Fault(pointer("scenarios", i, "changes"), found, f"must be 1 to {MOST_CHANGES}")
        for j, change in enumerate(scenario.changes):
            kinds = [kind for kind in KINDS if getattr(change, kind) is not None]
            if len(kinds) != 1:
                found = ", ".join(kinds) or "nothing"
                yield Fault(
                    pointer("scenarios", i, "changes", j), found, f"must have exactly one of {', '.join(KINDS)}"
                )
