"""``/metrics`` for Prometheus: only where it is switched on, and only for who sends the token of the settings.

It stands outside ``/api/v1``: it is for who runs the service, not for who uses it.  Without the setting there is no
such route.
"""

from __future__ import annotations

import hmac

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client.exposition import choose_encoder
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from marketplace.api.http.access import access, now
from marketplace.config import Settings
from marketplace.shared.database import unit_of_work
from marketplace.shared.metrics import readable
from marketplace.watching.figures import DatabaseFigures

blueprint = Blueprint("metrics", __name__)


def register(app: Flask, settings: Settings) -> None:
    """Serve it if the settings say so."""
    if settings.metrics == "token":
        app.register_blueprint(blueprint)


@blueprint.get("/metrics")
@access(public=True)
def metrics() -> Response:
    """Requests of this server's processes, and what the database knows.  Raises: Unauthorized without the token."""
    sent = request.authorization
    token = (sent.token or "") if sent is not None and sent.type == "bearer" else ""
    expected = current_app.extensions["changdan-settings"].metrics_token
    if not expected or not hmac.compare_digest(token.encode(), expected.encode()):
        raise Unauthorized("this is read with a token of its own", www_authenticate=WWWAuthenticate("bearer"))
    registry = readable(current_app.extensions["changdan-figures"].registry)
    registry.register(DatabaseFigures(now()))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    with unit_of_work(writes=False):
        return Response(encode(registry), content_type=content_type)
