"""How often one may call: per address before anything is read, per account once it is known who calls.

Counting is the work of Flask-Limiter and the ``limits`` library under it.  The account is counted by its id, not by
the cookie or token that was sent: whoever has many tokens has one allowance, and no made-up token gets a new one.
A shared store that does not answer is stood in for by each process's own memory; nobody is refused for it.
The libraries read the machine's clock, not the application's.
"""

from __future__ import annotations

import ipaddress
import math
import time

from flask import Flask, Response, current_app, request
from flask_limiter import ApplicationLimit, Limiter, RequestLimit
from limits import parse
from limits.errors import ConfigurationError, StorageError
from werkzeug.exceptions import TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace.api.http import limits_memory
from marketplace.api.http.problems import problem
from marketplace.config import SettingError, Settings

UNCOUNTED = frozenset({"health.alive", "health.ready"})  # who watches the service asks often, and must get an answer

# Routes that everybody may call and that cost us much, each with the setting that limits it per address.
STRICTER = {
    "sessions.sign_in": "limit_sign_in",
    "single-sign-on.leave": "limit_sign_in",
    "single-sign-on.come_back": "limit_sign_in",
    "organisations.register_organisation": "limit_registration",
    "contracts.list_releases": "limit_public",
}


def register(app: Flask, settings: Settings) -> None:
    """Believe as many proxies as the settings say, and count calls unless they say not to.

    To be called when all routes are there.  Raises SettingError for a shared store whose package is not installed.
    """
    if settings.trusted_proxies:
        # The n-th address from the right is the one that our outermost proxy saw; what stands left of it anybody wrote.
        believed = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=believed, x_proto=believed)  # type: ignore[method-assign]
    store = settings.effective_limits_store
    app.extensions["changdan-limiter"] = None
    if store == "none":
        return
    try:
        limiter = Limiter(
            caller_address,
            application_limits=[
                ApplicationLimit(settings.limit_per_address, exempt_when=lambda: request.endpoint in UNCOUNTED)
            ],
            storage_uri=f"{limits_memory.SCHEME}://" if store == "memory" else store,
            storage_options={"wrap_exceptions": "true"} if store != "memory" else {},
            strategy="sliding-window-counter",
            in_memory_fallback_enabled=store != "memory",
            on_breach=_refusal,
            app=app,
        )
    except ConfigurationError as error:
        raise SettingError(f"CHANGDAN_LIMITS_STORE is {store!r}; it needs pip install redis ({error})") from None
    for endpoint, setting in STRICTER.items():
        if endpoint not in app.view_functions:  # single sign-on that is not set up
            continue
        limited = limiter.limit(getattr(settings, setting), override_defaults=False)
        app.view_functions[endpoint] = limited(app.view_functions[endpoint])
    app.extensions["changdan-limiter"] = limiter


def caller_address() -> str:
    """Whom a call counts for: an IPv4 address, or the /64 network that one customer of an IPv6 provider has whole."""
    text = request.remote_addr or "unknown"
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text  # a socket without addresses, as under a proxy on the same machine
    if isinstance(address, ipaddress.IPv4Address):
        return text
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def count_account(member_id: str) -> None:
    """Count a call of a member's; raises TooManyRequests, which says when the next may come."""
    limiter: Limiter | None = current_app.extensions["changdan-limiter"]
    if limiter is None:
        return
    limit = parse(current_app.extensions["changdan-settings"].limit_per_account)
    try:
        if limiter.limiter.hit(limit, "account", member_id):
            return
        reset_at = limiter.limiter.get_window_stats(limit, "account", member_id).reset_time
    except StorageError:
        current_app.logger.warning("a call was not counted: the store of limits did not answer")
        return
    raise TooManyRequests("this account has called too often", retry_after=_seconds_until(reset_at))


def _refusal(limit: RequestLimit) -> Response:
    answer = problem(429, "too-many-requests", f"too many calls from this address: at most {limit.limit}")
    answer.headers["Retry-After"] = str(_seconds_until(limit.reset_at))
    return answer


def _seconds_until(moment: float) -> int:
    return max(1, math.ceil(moment - time.time()))
