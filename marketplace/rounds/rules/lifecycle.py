"""The life of a matching round, and of a what-if run of it, as tables."""

from __future__ import annotations

from datetime import timedelta

from marketplace.shared.lifecycle import Lifecycle

ROUND = Lifecycle(
    "round",
    "draft",
    {
        ("draft", "revise"): "draft",
        ("draft", "open"): "open",
        ("open", "freeze"): "frozen",
        ("frozen", "run"): "running",
        ("running", "resume"): "running",  # only when the process that ran it gives no sign of life
        ("running", "fail"): "frozen",  # so that it can be run again
        ("running", "record"): "solved",
        ("solved", "review"): "reviewed",
        ("reviewed", "publish"): "published",
        ("draft", "cancel"): "cancelled",
        ("open", "cancel"): "cancelled",
        ("frozen", "cancel"): "cancelled",
        ("solved", "cancel"): "cancelled",
        ("reviewed", "cancel"): "cancelled",
    },
)

WHAT_IF = Lifecycle("what-if run", "running", {("running", "record"): "done", ("running", "fail"): "failed"})

SEALED = frozenset({"draft", "open"})  # before freezing nobody reads another's order
CLEARED = frozenset({"solved", "reviewed", "published"})  # a verified clearing is recorded
HOLDING = frozenset({"frozen", "running", "solved", "reviewed"})  # its orders are frozen in it
UNTAKEN = timedelta(hours=1)  # so long scenarios wait for workers, of which there are none
SILENCE = timedelta(seconds=60)  # a run that lives gives a sign of it every ten seconds or so (jobs.heartbeat)
