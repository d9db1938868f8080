"""The platform on SQLite with ``synchronous=OFF``: what a power cut must lose, or the cut is none."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from marketplace.wsgi import app

__all__ = ["app"]


@event.listens_for(sa.Engine, "connect")
def _careless(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")
