"""Acts that meet: begun at one instant, each of their statements delayed by a seeded amount."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask

from marketplace.shared.database import db, unit_of_work
from marketplace.shared.errors import Conflict, NotAllowed, NotFound

SECONDS = 60
LONGEST_DELAY_SECONDS = 0.004

Act = Callable[[], object]

_delays = threading.local()


def at_once(app: Flask, acts: list[Act], seed: int) -> list[str]:
    """What became of each act: ``done``, or the code of its refusal."""
    together = threading.Barrier(len(acts))

    def run(act: Act, own: int) -> str:
        together.wait(SECONDS)
        _delays.draw = random.Random(own)
        try:
            with app.app_context(), unit_of_work():
                act()
        except (Conflict, NotAllowed, NotFound) as error:
            return error.code
        finally:
            _delays.draw = None
        return "done"

    with _delayed(app), ThreadPoolExecutor(len(acts)) as hands:
        sent = [hands.submit(run, act, 100 * seed + place) for place, act in enumerate(acts)]
        return [each.result(SECONDS) for each in sent]


@contextmanager
def _delayed(app: Flask) -> Iterator[None]:
    """Every statement of a thread that drew delays waits one of them out before and after."""

    def wait(*_: object) -> None:
        draw: random.Random | None = getattr(_delays, "draw", None)
        if draw is not None:
            time.sleep(draw.random() * LONGEST_DELAY_SECONDS)

    with app.app_context():
        engine = db.engine
    moments = ("before_cursor_execute", "after_cursor_execute")
    for moment in moments:
        sa.event.listen(engine, moment, wait)
    try:
        yield
    finally:
        for moment in moments:
            sa.event.remove(engine, moment, wait)
