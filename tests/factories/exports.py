"""Exports that are made in the background, made here at once, in the caller's transaction."""

from __future__ import annotations

from marketplace.accounts import errands
from marketplace.accounts.models import Member
from marketplace.contracts import services
from marketplace.contracts.models import Export
from marketplace.contracts.rules.exports import Spool, Wish
from marketplace.contracts.rules.open_contracting import Publisher
from marketplace.shared.database import db
from tests.conftest import NOW

PUBLISHER = Publisher("ocds-000000", "https://changdan.example.org")


def make_export(member: Member, what: str = "schedules", form: str = "csv") -> Export:
    """A made export that a member asked for, of all contracts of its organisation."""
    export = services.ask_for_export(Wish(what, form), actor=member.actor, now=NOW)
    claim = errands.claim(Export, export.id, now=NOW)
    assert claim is not None
    with Spool(at_once=1) as pieces:
        made = services.make_export(claim, pieces, publisher=PUBLISHER, progress=lambda _: None)
        services.store_export(claim, made, now=NOW)
    db.session.flush()
    return export
