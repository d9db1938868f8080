"""Where a worker looks by itself: jobs of one kind side by side, so that a slow one does not hold up the others."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask

from marketplace.jobs.doing import done
from marketplace.shared.error_places import place_of

if TYPE_CHECKING:
    from marketplace.jobs.kinds import Kind

log = logging.getLogger(__name__)


class SideBySide:
    """Begins what is due of a kind and does not wait for it; a subject that is under way is not begun again."""

    def __init__(self, app: Flask, kind: Kind) -> None:
        self._app, self._kind = app, kind
        self._hands = ThreadPoolExecutor(kind.at_once, thread_name_prefix=kind.name)
        self._lock = threading.Lock()
        self._under_way: set[str] = set()

    def begin(self) -> None:
        """Begin what is due now."""
        try:
            due = self._kind.due()
        except Exception as error:  # its message may hold a figure of an order
            log.error("what is due of %s: %s", self._kind.name, place_of(error))
            return
        with self._lock:
            begun = [subject for subject in due if subject not in self._under_way]
            self._under_way.update(begun)
        for subject in begun:
            self._hands.submit(self._do, subject)

    def _do(self, subject: str) -> None:
        try:
            with self._app.app_context(), suppress(Exception):  # which is logged, and must not keep others from theirs
                done(partial(self._kind.run, subject), name=self._kind.name, subject=subject)
        finally:
            with self._lock:
                self._under_way.discard(subject)
