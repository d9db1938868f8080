"""Exports in the background for tests: asked for, looked at, fetched."""

from __future__ import annotations

import time
import zlib
from contextvars import Context
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask

from marketplace.accounts import errands
from marketplace.accounts.models import Member
from marketplace.contracts import services
from marketplace.contracts.models import Contract, Export, ExportPiece
from marketplace.contracts.rules.exports import Wish
from marketplace.contracts.rules.open_contracting import Publisher
from marketplace.notifications.models import Message
from marketplace.shared.database import db, unit_of_work
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.contracts import make_contract_in_force
from tests.factories.settlement import deliver

URL = "/api/v1/exports"
LEASE = errands.LEASE
PUBLISHER = Publisher("ocds-000000", "http://127.0.0.1:8000")


def delivered() -> tuple[Contract, Member]:
    """A contract with deliveries, one of a lot whose number would be a formula, and a member of its seller."""
    contract = make_contract_in_force()
    deliver(contract, "2027-01", "33.333", lot="L1")
    deliver(contract, "2027-01", "20.5", lot="=HYPERLINK(1)", rejected="1.001")
    return contract, make_member(organisation=contract.seller)


def asked(member: Member, wish: Wish) -> str:
    """An export that waits; committed."""
    with unit_of_work():
        return services.ask_for_export(wish, actor=member.actor, now=NOW).id


def export(export_id: str) -> Export:
    """As it stands now."""
    db.session.rollback()
    return db.session.get_one(Export, export_id, populate_existing=True)


def told(export_id: str) -> list[str]:
    """What its organisation was told of it."""
    return [each.kind for each in db.session.scalars(sa.select(Message).filter_by(subject_id=export_id))]


def pieces(export_id: str) -> list[bytes]:
    """Its file as it is kept."""
    query = sa.select(ExportPiece.body).filter_by(export_id=export_id).order_by(ExportPiece.number)
    return [zlib.decompress(body) for body in db.session.scalars(query)]


def ended(app: Flask, url: str, headers: dict[str, str]) -> Any:
    """The export once it has ended."""
    for _ in range(600):
        found = app.test_client().get(url, headers=headers).json
        if found["ended_at"] is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def call(app: Flask, member: Member, url: str, *, headers: dict[str, str] | None = None, **given: Any) -> Any:
    """The answer to a member, outside of the context that the test is in; with ``json`` it is a POST."""
    with unit_of_work():
        sent = {**signed_in(app.test_client(), member), **(headers or {})}
    method = "POST" if "json" in given else "GET"
    return Context().run(partial(app.test_client().open, url, method=method, headers=sent, buffered=True, **given))


def fetched(app: Flask, member: Member, export_id: str, **more: str) -> Any:
    """The answer to a member who asks for the file."""
    return call(app, member, f"{URL}/{export_id}/file", headers=more)
