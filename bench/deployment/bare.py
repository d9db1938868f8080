"""The handler that entering an order is compared with: Flask and SQLAlchemy, one insert, nothing else."""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event

db = SQLAlchemy()


class BareOrder(db.Model):  # type: ignore[name-defined,misc]
    """A document and its key."""

    __tablename__ = "bare_orders"

    id = sa.Column(sa.Integer, primary_key=True)
    document = sa.Column(sa.JSON)


def create_table(url: str) -> None:
    """Before it is served by several processes."""
    engine = sa.create_engine(_with_driver(url))
    BareOrder.__table__.create(engine)
    engine.dispose()


def create_app() -> Flask:
    """The application, on the database of BARE_DATABASE_URL, as durable as the platform's."""
    app = Flask("bare")
    url = _with_driver(os.environ["BARE_DATABASE_URL"])
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)

    @app.post("/orders")
    def create() -> Any:
        order = BareOrder(document=request.get_json())
        db.session.add(order)
        db.session.commit()
        return jsonify(id=order.id), 201

    @app.get("/readyz")
    def ready() -> str:
        return "ok"

    with app.app_context():
        if url.drivername == "sqlite":
            event.listen(db.engine, "connect", _durable)
    return app


def _with_driver(url: str) -> sa.URL:
    made = sa.make_url(url)
    return made.set(drivername="sqlite" if made.drivername == "sqlite" else "postgresql+psycopg")


def _durable(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")
