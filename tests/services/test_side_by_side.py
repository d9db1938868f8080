"""Jobs side by side: one that takes long holds up no other, and is not begun twice."""

from __future__ import annotations

import threading

from flask import Flask

from marketplace.jobs.kinds import KINDS, WEBHOOKS, Kind
from marketplace.jobs.side_by_side import SideBySide


def test_a_slow_one_holds_up_no_other(app: Flask) -> None:
    go_on, done, quick_done = threading.Event(), [], threading.Event()

    def run(subject: str) -> str:
        if subject == "slow":
            assert go_on.wait(60)
        done.append(subject)
        if subject == "broken":
            raise ValueError(subject)
        if subject == "quick":
            quick_done.set()
        return "done"

    jobs = SideBySide(app, Kind("tests", WEBHOOKS, run, lambda: ["slow", "broken", "quick"], at_once=2))
    jobs.begin()
    assert quick_done.wait(60)
    assert done == ["broken", "quick"]
    jobs.begin()  # "slow" is under way
    go_on.set()
    jobs._hands.shutdown(wait=True)
    assert done.count("slow") == 1


def test_webhooks_have_a_queue_of_their_own() -> None:
    assert [(kind.name, kind.at_once) for kind in KINDS if kind.queue == WEBHOOKS] == [("send_webhooks", 8)]
