"""Headers that tell browsers what a reply may do: set on every reply, errors and redirects included.

A file of our own rather than flask-talisman: its last release (1.1.0) is of 2023, it redirects to HTTPS by itself,
which is the proxy's part here, it keeps one policy per view rather than per kind of reply, and it knows neither
Cross-Origin-Resource-Policy nor what may be stored of a reply to a member.  What is left to do is the table below.
"""

from __future__ import annotations

import secrets

from flask import Flask, Response, current_app, g, request

# JSON and files to be saved load nothing, run nothing and stand in no frame.
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

# Our own pages: scripts and styles from here alone, the one inline script by its nonce; pictures of the style sheet
# of the documentation are data: addresses; forms and calls go nowhere else.
PAGE = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), fullscreen=(self), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(self), usb=()"
    ),
}

YEAR_SECONDS = 31_536_000
HSTS = f"max-age={YEAR_SECONDS}; includeSubDomains"


def register(app: Flask, *, https: bool) -> None:
    """Set the headers on every reply of this application; ``https``: tell browsers to come by HTTPS only."""
    app.extensions["changdan-https"] = https
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(set_headers)


def csp_nonce() -> str:
    """What this reply's inline scripts carry, another at every request: ``<script nonce="{{ csp_nonce() }}">``."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


def set_headers(response: Response) -> Response:
    """Add what the reply does not say itself."""
    page = response.mimetype == "text/html"
    wanted = {"Content-Security-Policy": PAGE.format(nonce=csp_nonce()) if page else NOTHING, **ALWAYS}
    if current_app.extensions["changdan-https"]:
        wanted["Strict-Transport-Security"] = HSTS
    if _private(response):
        wanted["Cache-Control"] = "no-store"
    said = {name.lower() for name, _ in response.headers}
    response.headers.extend({name: value for name, value in wanted.items() if name.lower() not in said})
    g.pop("csp_nonce", None)  # tests' requests share one g
    return response


def _private(response: Response) -> bool:
    """Whether it answers somebody who says who calls, with right or not, or refuses: such replies are nobody else's."""
    cookie = current_app.config["SESSION_COOKIE_NAME"]
    return response.status_code >= 400 or "Authorization" in request.headers or cookie in request.cookies
