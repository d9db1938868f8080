"""Every list comes off an index in its order: a page costs the same whether there are a thousand rows or a million."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.shared.database import db
from tests.api.permission_routes import ANONYMOUS, Route
from tests.api.test_permissions import ROUTES, member_for, play

# A party's own of either side, some hundreds: the database joins two indexes and sorts what it found.
FEW = {"/api/v1/proposals", "/api/v1/contracts", "/api/v1/contract-exports/<what>"}
FEW |= {"/api/v1/exports/<export_id>", "/api/v1/exports/<export_id>/file"}  # of which one is made, to be read

LISTS = [route for route in ROUTES if route.method == "GET"]


@contextmanager
def pages_read() -> Iterator[list[tuple[str, Any]]]:
    """The statements that read a sorted page, with their values, as they are sent."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "ORDER BY" in statement and "LIMIT" in statement:
            found.append((statement, values))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.name)
def test_pages_come_in_order_off_an_index(route: Route, app: Flask, session: None) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by how many rows there are")
    caller = sorted(set(route.roles) & set(route.owners))[0]
    member, stranger = (
        None if caller is ANONYMOUS else member_for(caller),
        member_for(sorted(set(route.owners) - {ANONYMOUS})[0]),
    )
    with pages_read() as found:
        play(app, route, member, stranger, own=True)
    for statement, values in found:
        plan = [row[-1] for row in db.session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)]
        assert not [step for step in plan if "TEMP B-TREE" in step and route.rule not in FEW], (statement, plan)
