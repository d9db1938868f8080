"""A proposal that becomes a contract while the view is read is in it once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.contracts.models import Proposal
from marketplace.contracts.queries.coverage import coverage
from marketplace.contracts.rules.coverage import CoveredSide
from marketplace.shared.database import db, unit_of_work
from tests.conftest import NOW
from tests.factories.contracts import accept, make_proposal, party


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_what_is_concluded_between_two_queries_counts_once(
    app: Flask, committed: None, side: CoveredSide, place: int
) -> None:
    """The buyer accepts before the first, second or third statement that reads proposals."""
    with app.app_context(), unit_of_work():
        proposal = make_proposal()
        accept(proposal, "seller")
        proposal_id, actor = proposal.id, party(proposal, side)

    def conclude() -> None:
        with app.app_context(), unit_of_work():
            accept(db.session.get_one(Proposal, proposal_id), "buyer")

    reader, seen = threading.get_ident(), [0]

    def meanwhile(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.get_ident() == reader and "proposals" in statement:
            if seen[0] == place:
                thread = threading.Thread(target=conclude)
                thread.start()
                thread.join()
            seen[0] += 1

    with app.app_context():
        sa.event.listen(sa.Engine, "before_cursor_execute", meanwhile)
        try:
            with unit_of_work(writes=False):
                (grade,) = coverage(side, actor, now=NOW).grades
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", meanwhile)
        january = grade.covered.months[1]
        assert january.signed.expected + january.proposed.expected == january.total == 100
        with unit_of_work(writes=False):
            (grade,) = coverage(side, actor, now=NOW).grades
        assert (grade.covered.months[1].signed.expected == 100) is (seen[0] > place)
