"""The event feed: ordered by commit, so that a reader who pages beside delayed writers misses nothing."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from flask import Flask

from marketplace.notifications.feed import events_after
from marketplace.notifications.services import tell
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import db, unit_of_work
from marketplace.shared.errors import InvalidInput
from tests.conftest import NOW
from tests.factories.accounts import make_organisation

WRITERS, EACH = 6, 12


@pytest.mark.usefixtures("session")
def test_messages_and_own_changes_are_events_with_identifiers_only() -> None:
    own, other = make_organisation(), make_organisation()
    payload = {"order_id": "ord_01kdvd00000000000000000000", "limit": "99", "partner_id": other.name_zh}
    audit.record("orders:offer:created", "ord_1", actor=SYSTEM, now=NOW, organisation_id=own.id, payload=payload)
    message = tell(own.id, "proposal-received", "prp_1", text_zh="甲", text_en="a", now=NOW)
    tell(other.id, "proposal-received", "prp_2", text_zh="乙", text_en="b", now=NOW)
    db.session.commit()
    first, second = events_after(own.id).items
    assert (first.number, first.type, first.data) == (1, "orders.offer.created", {"order_id": payload["order_id"]})
    assert (second.number, second.type, second.subject_id) == (2, "proposal.received", "prp_1")
    assert second.data == {"message_id": message.id}
    assert events_after(own.id, after=1, limit=1).items == [second]
    assert (events_after(own.id, after=2).items, events_after(own.id, after=2).next_after) == ([], 2)
    assert len({each.id for each in (first, second, *events_after(other.id).items)}) == 3
    with pytest.raises(InvalidInput) as refused:  # of a database that has not come as far, as a restored one
        events_after(own.id, after=3)
    assert [(fault.pointer, fault.value, fault.limit) for fault in refused.value.faults] == [("/after", 3, "at most 2")]


@pytest.mark.usefixtures("session")
def test_a_number_that_comes_again_after_a_restore_is_another_event() -> None:
    own = make_organisation()
    ids = set()
    for subject in ("ord_1", "ord_2"):
        with suppress(RuntimeError), db.session.begin_nested():
            audit.record("orders:offer:created", subject, actor=SYSTEM, now=NOW, organisation_id=own.id)
            (event,) = events_after(own.id).items
            assert event.number == 1
            ids.add(event.id)
            raise RuntimeError
    assert len(ids) == 2


def test_a_reader_beside_delayed_writers_misses_nothing(app: Flask, committed: None) -> None:
    with app.app_context(), unit_of_work():
        owners = [make_organisation().id for _ in range(2)]
    done = threading.Event()

    def write(writer: int) -> int:
        draw, undone = random.Random(writer), 0
        for place in range(EACH):
            with app.app_context():
                try:
                    with unit_of_work():
                        for owner in draw.sample(owners, 2):
                            name = f"{writer}-{place}"
                            audit.record("tests:thing:done", name, actor=SYSTEM, now=NOW, organisation_id=owner)
                        time.sleep(draw.random() * 0.004)
                        if draw.random() < 0.3:
                            events_after(owners[0], limit=1)  # numbers are taken now, long before the commit
                        time.sleep(draw.random() * 0.008)
                        if place % 5 == 4:
                            raise InterruptedError
                except InterruptedError:
                    undone += 1
        return undone

    def read(owner: str) -> list[tuple[int, str]]:
        seen: list[tuple[int, str]] = []
        after = 0
        while True:
            last = done.is_set()
            with app.app_context(), unit_of_work(writes=False):
                page = events_after(owner, after=after, limit=5)
            seen += [(event.number, event.subject_id) for event in page.items]
            after = page.next_after
            if last and not page.items:
                return seen

    with ThreadPoolExecutor(WRITERS + 2) as hands:
        readers = [hands.submit(read, owner) for owner in owners]
        writers = [hands.submit(write, writer) for writer in range(WRITERS)]
        undone = sum(each.result(120) for each in writers)
        done.set()
        read_by = [each.result(60) for each in readers]
    expected = {f"{writer}-{place}" for writer in range(WRITERS) for place in range(EACH) if place % 5 != 4}
    assert undone == WRITERS * EACH - len(expected)
    for owner, seen in zip(owners, read_by, strict=True):
        assert [number for number, _ in seen] == list(range(1, len(expected) + 1))
        assert {subject for _, subject in seen} == expected
        with app.app_context(), unit_of_work(writes=False):
            again = events_after(owner, limit=1000).items
        assert [(event.number, event.subject_id) for event in again] == seen
