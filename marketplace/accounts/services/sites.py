"""Sites: where an organisation's goods leave or arrive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.accounts import queries
from marketplace.accounts.models import Site
from marketplace.accounts.rules.sites import site_faults
from marketplace.accounts.services.organisations import must_not_be_suspended
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from marketplace.shared.identifiers import new_id

_FIELDS = ("name", "address", "region_code", "latitude_deg", "longitude_deg")


def add_site(given: Mapping[str, Any], *, actor: Actor, now: datetime) -> Site:
    """Add a site to the actor's organisation: ``name``, ``address``, ``region_code`` and, both or none, coordinates.

    Units: ``latitude_deg``, ``longitude_deg`` in degrees (WGS 84), north and east positive.
    Allowed: its administrators, unless it is suspended.
    Raises: NotAllowed, InvalidInput.
    """
    actor.must_be(Role.ORGANISATION_ADMIN)
    must_not_be_suspended(queries.organisation(actor.organisation_id))
    _check(given)
    site = Site(id=new_id("sit", now), organisation_id=actor.organisation_id, created_at=now, **given)
    db.session.add(site)
    db.session.flush()
    audit.record("accounts:site:added", site.id, actor=actor, now=now)
    return site


def update_site(site_id: str, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> Site:
    """Change a site, or take it out of use (``active``).

    Allowed: administrators of its organisation, unless that is suspended.
    Raises: NotFound, NotAllowed, InvalidInput.
    """
    actor.must_be(Role.ORGANISATION_ADMIN)
    site = queries.own_site(site_id, actor)
    must_not_be_suspended(site.organisation)
    _check({**{field: getattr(site, field) for field in _FIELDS}, **changes})
    for name, value in changes.items():
        setattr(site, name, value)
    db.session.flush()
    audit.record("accounts:site:updated", site.id, actor=actor, now=now, payload={"changed": sorted(changes)})
    return site


def _check(site: Mapping[str, Any]) -> None:
    faults = list(site_faults(site))
    if faults:
        raise InvalidInput(faults)
