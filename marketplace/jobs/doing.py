"""Doing a job: whatever delivers it, it is logged and counted the same way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache

from marketplace.shared import log_context
from marketplace.shared.error_places import place_of
from marketplace.shared.metrics import JobFigures

log = logging.getLogger(__name__)


@cache
def figures() -> JobFigures:
    """This process's; made when the first job is done or somebody asks, so that no web process has them."""
    return JobFigures()


def done(run: Callable[[], str], *, name: str, subject: str | None = None, job_id: str | None = None) -> str:
    """Do a job and say what came of it.

    Raises: whatever it raises, once that is logged: its kind and place, for its message may hold a figure of an order.
    """
    with log_context.about(job=name, subject=subject, job_id=job_id):
        began = time.perf_counter()
        what = name if subject is None else f"{name} {subject}"
        try:
            said = run()
        except Exception as error:
            log.error("%s: %s", what, place_of(error), extra=_counted(name, "failed", began))
            raise
        log.info("%s: %s", what, said, extra=_counted(name, "done", began))
        return said


def _counted(name: str, outcome: str, began: float) -> dict[str, float]:
    seconds = time.perf_counter() - began
    figures().count(name, outcome, seconds)
    return {"duration_ms": round(seconds * 1000, 1)}
