"""Operators define indices.  What contracts stand on never changes: unit, currency, tax, frequency, rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError

from marketplace.catalogue.rules.units import UNITS
from marketplace.indices import queries
from marketplace.indices.models import PriceIndex
from marketplace.indices.rules.definitions import Definition, check_definition, check_fallback
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, Fault, InvalidInput, NotFound
from marketplace.shared.quantities import amount_text

CHANGEABLE = (
    "name_zh",
    "name_en",
    "source",
    "contributors",
    "largest_share",
    "dominance_limit",
    "fallback_id",
    "fallback_max_age_days",
    "divergence_limit",
    "divergence_days",
)


def create_index(definition: Definition, *, actor: Actor, now: datetime) -> PriceIndex:
    """Define an index.  Allowed: operators.  Raises InvalidInput, Conflict if its code is taken."""
    actor.must_be(Role.OPERATOR)
    _check(definition)
    taken = Conflict(f"index {definition.id} exists already")
    if db.session.get(PriceIndex, definition.id) is not None:
        raise taken
    created = PriceIndex(**asdict(definition), created_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(created)
    except IntegrityError:  # another request was quicker
        raise taken from None
    audit.record("indices:index:created", created.id, actor=actor, now=now, payload=_plain(asdict(definition)))
    return created


def change_index(index_id: str, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> PriceIndex:
    """Change some of the ``CHANGEABLE`` fields of an index.  Allowed: operators.  Raises InvalidInput."""
    actor.must_be(Role.OPERATOR)
    index = queries.index(index_id)
    fixed = [Fault(f"/{name}", "cannot change", value) for name, value in changes.items() if name not in CHANGEABLE]
    if fixed:
        raise InvalidInput(fixed)
    before = index.definition
    after = replace(before, **changes)
    _check(after)
    changed = [name for name in changes if getattr(after, name) != getattr(before, name)]
    if not changed:
        return index
    for name in changed:
        setattr(index, name, getattr(after, name))
    db.session.flush()
    old, new = _plain(asdict(before)), _plain(asdict(after))
    payload = {name: {"before": old[name], "after": new[name]} for name in changed}
    audit.record("indices:index:changed", index_id, actor=actor, now=now, payload=payload)
    return index


def _check(definition: Definition) -> None:
    check_definition(definition, list(UNITS))
    if definition.fallback_id is None:
        return
    try:
        fallback = queries.index(definition.fallback_id)
    except NotFound as error:
        raise InvalidInput.at("/fallback_id", str(error), definition.fallback_id, "an index") from None
    check_fallback(definition, [each.definition for each in queries.fallbacks(fallback)])


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: amount_text(value) if isinstance(value, Decimal) else value for name, value in document.items()}
