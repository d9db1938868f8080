"""The interface's own description: OpenAPI, and a page to read and try it that needs no outside network."""

from __future__ import annotations

from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Flask, Response, redirect, send_from_directory
from flask_smorest import Api

from marketplace.api.http.access import CSRF_HEADER, access

ASSETS_URL = "/api/v1/docs/assets/"
_ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"

SPEC = {
    "info": {
        "description": '长单供需对接服务。金额与数量以字符串书写（如 "120.5"）。\n\n'
        'Supply-demand matchmaking for long-term contracts. Amounts are written as strings, e.g. "120.5".\n\n'
        "轮次公布后，双方可接受、拒绝或还价；双方接受同一条款即成为合同。\n\n"
        "After a round both parties accept, reject or counter; the same terms accepted by both are a contract.",
        "license": {"name": "Apache-2.0"},
    },
    "security": [{"token": []}, {"session": [], "csrf": []}],
}

blueprint = Blueprint("docs-assets", __name__)


@blueprint.get(ASSETS_URL + "<path:name>")
@access(public=True)
def asset(name: str) -> Response:
    """A file of the documentation page, out of the installed package."""
    return send_from_directory(_ASSETS, name)


@blueprint.get("/")
@blueprint.get("/api/v1/")
@blueprint.get("/api/v1/docs/")
@access(public=True)
def front_door() -> Response:
    """Whoever comes without an address is shown the documentation."""
    return redirect("/api/v1/docs")  # type: ignore[return-value]


def register(app: Flask, api: Api) -> None:
    """Serve the assets and describe how a caller signs in."""
    cookie = app.config["SESSION_COOKIE_NAME"]
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": cookie})
    api.spec.components.security_scheme("csrf", {"type": "apiKey", "in": "header", "name": CSRF_HEADER})
    app.register_blueprint(blueprint)
