"""An organisation's orders of a grade rest: until then it opens none, new or old."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite

from marketplace.catalogue import queries as catalogue
from marketplace.notifications.services import tell
from marketplace.orders.models import OrderPause
from marketplace.orders.queries import paused_until
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_minute
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import Conflict


class OrdersPaused(Conflict):
    """The organisation's orders of the grade may not be opened yet."""

    code = "orders-paused"

    def __init__(self, until: datetime) -> None:
        self.until = beijing_minute(until)  # as people here read it
        super().__init__(f"orders of this grade may be opened from {until.isoformat()} on")


def must_not_be_paused(organisation_id: str, grade_id: str, now: datetime) -> None:
    """Raises OrdersPaused while this organisation's orders of the grade rest."""
    until = paused_until(organisation_id, grade_id)
    if until is not None and now < until:
        raise OrdersPaused(until)


def hold_pause(organisation_id: str, grade_id: str) -> OrderPause:
    """What says whether they rest, locked: whoever counts what leads to a pause counts after all others."""
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    key = {"organisation_id": organisation_id, "grade_id": grade_id}
    db.session.execute(insert(OrderPause).values([key]).on_conflict_do_nothing())
    return db.session.get_one(OrderPause, key, with_for_update=HELD, populate_existing=True)


def pause_orders(organisation_id: str, grade_id: str, until: datetime, *, actor: Actor, now: datetime) -> None:
    """Let an organisation open no order of a grade until a moment, and tell it so; what is open stays.

    For the domains above, which know why.  A pause that lasts longer stays as it is.
    """
    pause = hold_pause(organisation_id, grade_id)
    if pause.until is not None and pause.until >= until:
        return
    pause.until = until
    db.session.flush()
    payload = {"until": until.isoformat()}
    audit.record(
        "orders:grade:paused", grade_id, actor=actor, now=now, organisation_id=organisation_id, payload=payload
    )
    grade = catalogue.grade(grade_id)
    tell(
        organisation_id,
        "orders-paused",
        grade_id,
        text_zh=f"贵方多次拒绝未超出本方订单限额的方案，{beijing_minute(until)}（北京时间）前不得再挂出牌号“{grade.name_zh}”的订单",
        text_en=f"You have rejected several proposals that kept your own orders' limits: no order of {grade.name_en} "
        f"may be opened before {beijing_minute(until)} Beijing time",
        now=now,
    )
