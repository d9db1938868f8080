"""Where a worker looks by itself: jobs of one kind side by side, so that a slow one does not hold up the others."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from flask import Flask

from marketplace.shared.errors import place_of

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

    def begin(self) -> str:
        """Begin what is due now."""
        due = self._kind.due()
        with self._lock:
            begun = [subject for subject in due if subject not in self._under_way]
            self._under_way.update(begun)
        for subject in begun:
            self._hands.submit(self._do, subject)
        return f"{len(begun)} begun"

    def _do(self, subject: str) -> None:
        try:
            with self._app.app_context():
                log.info("%s %s: %s", self._kind.name, subject, self._kind.run(subject))
        except Exception as error:  # its message may hold what nobody else is to know
            log.error("%s %s: %s", self._kind.name, subject, place_of(error))
        finally:
            with self._lock:
                self._under_way.discard(subject)
