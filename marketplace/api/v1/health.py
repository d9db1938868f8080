"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from marketplace.api.http.access import access
from marketplace.api.http.problems import problem
from marketplace.shared.database import db, unit_of_work

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@access(public=True)
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@access(public=True)
def ready() -> Response:
    """The database answers and has been migrated."""
    try:
        with unit_of_work(writes=False):
            revision = db.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return problem(503, "not-ready", "the database does not answer, or was never migrated: changdan db upgrade")
    return jsonify(status="ready", revision=revision)
