"""``changdan worker``: does jobs until it is told to stop, and then gives back at once what it holds."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask

from marketplace.jobs.doing import done
from marketplace.jobs.engine import engine_app, uses_engine
from marketplace.jobs.kinds import EXPORTS, FILES, KINDS, PERIODIC, QUICK, ROUNDS, WEBHOOKS
from marketplace.jobs.leases import give_back_leases
from marketplace.jobs.side_by_side import SideBySide
from marketplace.jobs.termination import leave

if TYPE_CHECKING:
    import procrastinate

log = logging.getLogger(__name__)

QUEUES = (ROUNDS, FILES, EXPORTS, QUICK, WEBHOOKS)
BETWEEN_LOOKS_SECONDS = 2.0
GRACE_SECONDS = 10.0  # for quick jobs and webhooks that are under way when the worker is told to stop


def work(app: Flask, *, queues: Iterable[str] = QUEUES, quick: int = 2) -> None:
    """Do jobs of these queues until SIGTERM or Ctrl-C; a round, a file, an export at a time, so many quick jobs beside.

    Ends the process, since the search of a round cannot be interrupted: its leases are given back, others go on.
    """
    with app.app_context():
        engine = engine_app(app) if uses_engine() else None
    if engine is not None:
        asyncio.run(_by_engine(app, engine, tuple(queues), quick))
    else:
        _by_looking(app, tuple(queues))
    leave(0)


async def _by_engine(app: Flask, engine: procrastinate.App, queues: tuple[str, ...], quick: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    name = f"{os.uname().nodename}/{os.getpid()}"
    async with engine.open_async():
        running = [
            asyncio.create_task(
                engine.run_worker_async(
                    name=f"{name} {queue}",
                    queues=[queue],
                    concurrency=quick if queue == QUICK else _at_once(queue),
                    install_signal_handlers=False,
                    fetch_job_polling_interval=BETWEEN_LOOKS_SECONDS,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=GRACE_SECONDS,
                )
            )
            for queue in queues
        ]
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait([*running, waiting], return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            if task.done() and not stopped.is_set():
                task.result()  # raises what ended it
        log.info("told to stop")
        give_back_leases(app)
        by_queue = dict(zip(queues, running, strict=True))
        short = [task for queue, task in by_queue.items() if queue != ROUNDS]
        for task in short:
            task.cancel()
        if short:
            await asyncio.wait(short, timeout=GRACE_SECONDS + 1)
        leave(0)  # from here, since closing the engine would wait for the round


def _at_once(queue: str) -> int:
    return max(kind.at_once for kind in KINDS if kind.queue == queue)


def _by_looking(app: Flask, queues: tuple[str, ...]) -> None:
    """Look for what is due in a thread, so that this one can act upon a signal whatever that one does."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    threading.Thread(target=_look, args=(app, queues, stopped), name="jobs", daemon=True).start()
    stopped.wait()
    log.info("told to stop")
    give_back_leases(app)


def _look(app: Flask, queues: tuple[str, ...], stopped: threading.Event) -> None:
    last: dict[str, float] = {}
    kinds = [SideBySide(app, kind) for kind in KINDS if kind.queue in queues]
    while not stopped.wait(BETWEEN_LOOKS_SECONDS):
        with app.app_context():
            for periodic in PERIODIC if QUICK in queues else ():
                if time.monotonic() - last.get(periodic.name, float("-inf")) >= periodic.every_seconds:
                    last[periodic.name] = time.monotonic()
                    _try(partial(done, periodic.run, name=periodic.name))
            for beside in kinds:
                beside.begin()


def _try(job: Callable[[], str]) -> None:
    """Do a job; one that fails, which is logged, must not keep the others from being done."""
    with suppress(Exception):
        job()
