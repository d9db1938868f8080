"""``changdan maintain``: what time alone changes, and that it is done by this one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.orders.models import Order
from marketplace.shared.audit import AuditEntry
from marketplace.shared.clock import beijing_date, utc_now
from marketplace.shared.database import db
from marketplace.shared.kept_replies import KeptReply
from tests.cli.conftest import Command
from tests.conftest import SECRET_KEY
from tests.factories.order_terms import plain_terms
from tests.factories.orders import make_order


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """The command's database, committed to at the end."""
    app = create_app(Settings(database_url=f"sqlite:///{folder / 'changdan.sqlite'}", secret_key=SECRET_KEY))
    with app.app_context():
        yield
        db.session.commit()
        db.engine.dispose()


def order_until(day: date, *, status: str = "open") -> str:
    """An order that is valid to this day."""
    validity = {"valid_from": "2026-01-01", "valid_to": day.isoformat()}
    return make_order(status=status, terms=plain_terms(validity=validity)).id


def keep_reply(key: str, *, hours: int) -> None:
    """A reply that was kept so many hours ago."""
    moment = utc_now() - timedelta(hours=hours)
    db.session.add(KeptReply(member_id="mem_1", key=key, request_hash="", moment=moment))


@pytest.mark.usefixtures("cheap_passwords")
def test_time_is_served_once(command: Command, tmp_path: Path) -> None:
    today = beijing_date(utc_now())
    with opened(tmp_path):
        over = order_until(today - timedelta(days=2))
        frozen = order_until(today - timedelta(days=2), status="frozen")
        standing = order_until(today + timedelta(days=2))
        keep_reply("old", hours=25)
        keep_reply("young", hours=23)
    result = command("maintain")
    assert (result.exit_code, result.output) == (
        0,
        "orders expired: 1; bundles of proposals settled: 0; contracts completed: 0; "
        "prices re-opened: 0; statements confirmed by silence: 0; months judged: 0; "
        "files of orders stored: 0; exports made: 0; kept replies forgotten: 1; "
        "failures to sign in forgotten: 0; ended tokens forgotten: 0; "
        "read messages forgotten: 0; untouched drafts forgotten: 0; reports of files forgotten: 0; "
        "exports forgotten: 0; ended deliveries of webhooks forgotten: 0; pieces of ended runs forgotten: 0\n",
    )
    with opened(tmp_path):
        statuses = dict(db.session.execute(sa.select(Order.id, Order.status)).all())
        assert statuses == {over: "expired", frozen: "frozen", standing: "open"}
        assert db.session.scalars(sa.select(KeptReply.key)).all() == ["young"]
        trail = sa.select(AuditEntry.action).filter_by(subject_id=over)
        assert db.session.scalars(trail).all() == ["orders:offer:expired"]
    assert command("maintain").output == (
        "orders expired: 0; bundles of proposals settled: 0; contracts completed: 0; "
        "prices re-opened: 0; statements confirmed by silence: 0; months judged: 0; "
        "files of orders stored: 0; exports made: 0; kept replies forgotten: 0; "
        "failures to sign in forgotten: 0; ended tokens forgotten: 0; "
        "read messages forgotten: 0; untouched drafts forgotten: 0; reports of files forgotten: 0; "
        "exports forgotten: 0; ended deliveries of webhooks forgotten: 0; pieces of ended runs forgotten: 0\n"
    )


def test_without_tables_it_says_so(empty_command: Command) -> None:
    result = empty_command("maintain")
    assert result.exit_code == 1
    assert "changdan db upgrade" in result.output
