"""Organisations of the sample markets: verified from the start, marked as samples, without members of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from marketplace.accounts import queries
from marketplace.accounts.models import Organisation, Site
from marketplace.accounts.rules.organisations import organisation_faults
from marketplace.accounts.rules.sites import site_faults
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput
from marketplace.shared.identifiers import new_id

Given = Mapping[str, Any]


def admit_samples(
    samples: Sequence[tuple[Given, Sequence[Given]]], *, moments: Iterator[datetime]
) -> list[tuple[Organisation, list[Site]]]:
    """Store sample organisations, each with its sites, all at once; for the command line, never over the network.

    ``samples``: fields as for registering an organisation and as for adding a site.
    ``moments``: one is taken for each organisation and site, so that they sort as they are listed.
    Raises: InvalidInput; Conflict when a credit code is registered already.
    """
    _check(samples)
    admitted = []
    for given, places in samples:
        now = next(moments)
        fields = {**given, "sample": True, "status": "verified"}
        organisation = Organisation(id=new_id("org", now), created_at=now, **fields)
        sites = [_site(place, organisation, next(moments)) for place in places]
        admitted.append((organisation, sites))
    db.session.add_all(organisation for organisation, _ in admitted)
    db.session.add_all(site for _, sites in admitted for site in sites)
    db.session.flush()
    for organisation, _ in admitted:
        audit.record(
            "accounts:organisation:sample_admitted",
            organisation.id,
            actor=SYSTEM,
            now=organisation.created_at,
            organisation_id=organisation.id,
        )
    return admitted


def _site(given: Given, organisation: Organisation, now: datetime) -> Site:
    return Site(id=new_id("sit", now), organisation=organisation, created_at=now, **given)


def _check(samples: Sequence[tuple[Given, Sequence[Given]]]) -> None:
    faults = []
    for position, (given, places) in enumerate(samples):
        faults += [(f"/organisations/{position}", fault) for fault in organisation_faults(given)]
        for number, place in enumerate(places):
            faults += [(f"/organisations/{position}/sites/{number}", fault) for fault in site_faults(place)]
    if faults:
        raise InvalidInput(replace(fault, pointer=at + fault.pointer) for at, fault in faults)
    registered = queries.registered_credit_codes([given["credit_code"] for given, _ in samples])
    if registered:
        raise Conflict(f"an organisation with the credit code {min(registered)} is registered already")
