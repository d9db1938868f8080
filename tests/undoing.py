"""One connection for many tries on what was made once: each try is undone by savepoint, commits included."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from marketplace.shared.database import db


class Undoing:
    """One connection for everything; what requests store, commits included, is undone to where the things were made."""

    def __init__(self, app: Flask):
        self.app = app

    def __enter__(self) -> Undoing:
        db.session.remove()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.engine = db._app_engines[self.app][None]
        db._app_engines[self.app][None] = self.connection  # type: ignore[assignment]
        db.session.configure(join_transaction_mode="create_savepoint")
        self.inner: sa.NestedTransaction | None = None
        return self

    def begin(self) -> None:
        """Requests follow."""
        self.inner = self.connection.begin_nested()

    def undo(self) -> None:
        """They were never sent."""
        db.session.remove()
        if self.inner is not None:
            self.inner.rollback()
            self.inner = None

    def __exit__(self, *_: object) -> None:
        self.undo()
        db._app_engines[self.app][None] = self.engine
        self.outer.rollback()
        self.connection.close()
