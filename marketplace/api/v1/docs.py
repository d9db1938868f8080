"""The interface's own description: OpenAPI, and a page to read and try it that needs no outside network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask_swagger_ui
from flask import Blueprint, Flask, Response, redirect, send_from_directory
from flask_smorest import Api

from marketplace.api.http.access import CSRF_HEADER, access
from marketplace.config import Settings

ASSETS_URL = "/api/v1/docs/assets/"
_ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"

SPEC: dict[str, Any] = {
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


def spec(settings: Settings) -> dict[str, Any]:
    """What OpenAPI says of the whole; where single sign-on is set up, the way to it by its label."""
    if settings.oidc_issuer is None:
        return SPEC
    said = f"单点登录 / Single sign-on: [{settings.oidc_label}](/api/v1/session/oidc)"
    info = {**SPEC["info"], "description": f"{SPEC['info']['description']}\n\n{said}"}
    return {**SPEC, "info": info}


def register(app: Flask, api: Api) -> None:
    """Serve the assets and describe how a caller signs in."""
    cookie = app.config["SESSION_COOKIE_NAME"]
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": cookie})
    api.spec.components.security_scheme("csrf", {"type": "apiKey", "in": "header", "name": CSRF_HEADER})
    app.register_blueprint(blueprint)
