"""Signing in at another house: two routes, there only if an issuer is set.

The session's cookie does not come along when the issuer sends the browser back (SameSite=Strict), so what must be
remembered meanwhile stands in a cookie of its own that does (Lax), signed, and worth nothing after ten minutes or
one return.
"""

from __future__ import annotations

import hmac
import importlib.util
from dataclasses import asdict

from flask import Blueprint, Flask, Response, current_app, redirect, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from marketplace.accounts import services
from marketplace.accounts.rules.members import SingleSignOnFailed
from marketplace.api.http.access import access, now
from marketplace.api.http.openid import Issuer, Journey
from marketplace.api.http.sign_in import start_session
from marketplace.config import SettingError, Settings
from marketplace.shared.database import unit_of_work

LASTS_SECONDS = 600
BACK = "/api/v1/session/oidc/callback"

blueprint = Blueprint("single-sign-on", __name__)


@blueprint.get("/api/v1/session/oidc")
@access(public=True)
def leave() -> Response:
    """Send the browser to the issuer."""
    journey = Journey.new()
    answer = redirect(_issuer().address_to_visit(journey))
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(
        _cookie(),
        _signer().dumps(asdict(journey)),
        max_age=LASTS_SECONDS,
        secure=_https(),
        httponly=True,
        samesite="Lax",
    )
    return answer  # type: ignore[return-value]


@blueprint.get(BACK)
@access(public=True)
def come_back() -> Response:
    """Let in whom the issuer names, if it is a member here."""
    journey = _journey()
    if not hmac.compare_digest(journey.state.encode(), request.args.get("state", "").encode()):
        raise SingleSignOnFailed("this is not the way back of a journey that began in this browser")
    issuer = _issuer()
    if request.args.get("iss", issuer.address) != issuer.address:  # RFC 9207
        raise SingleSignOnFailed("another issuer answers than was asked")
    code = request.args.get("code")
    if not code:
        raise SingleSignOnFailed("the issuer has let nobody in")
    claims = issuer.claims(code, journey, now())
    with unit_of_work():
        member = services.sign_in_by_issuer(claims, issuer=issuer.address, now=now())
        start_session(member)
    answer = redirect("/")
    answer.headers["Cache-Control"] = "no-store"
    answer.delete_cookie(_cookie(), secure=_https(), httponly=True, samesite="Lax")
    return answer  # type: ignore[return-value]


def register(app: Flask, settings: Settings) -> None:
    """Serve the two routes if an issuer is set; raises SettingError without the packages that this needs."""
    if settings.oidc_issuer is None:
        return
    if any(importlib.util.find_spec(name) is None for name in ("authlib", "joserfc", "requests")):
        raise SettingError("CHANGDAN_OIDC_ISSUER is set; it needs more packages: pip install 'changdan[oidc]'")
    app.extensions["changdan-issuer"] = Issuer(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.public_url + BACK
    )
    app.register_blueprint(blueprint)


def _issuer() -> Issuer:
    found: Issuer = current_app.extensions["changdan-issuer"]
    return found


def _https() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def _cookie() -> str:
    return "__Host-oidc" if _https() else "oidc"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="single-sign-on")


def _journey() -> Journey:
    try:
        return Journey(**_signer().loads(request.cookies.get(_cookie(), ""), max_age=LASTS_SECONDS))
    except BadSignature:
        raise SingleSignOnFailed("this browser has begun no journey to the issuer, or too long ago") from None
