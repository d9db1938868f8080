"""Typed settings, read once from the environment and checked at start."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

KNOWN = (
    "CHANGDAN_DATABASE_URL",
    "CHANGDAN_SECRET_KEY",
    "CHANGDAN_HTTPS",
    "CHANGDAN_MAX_BODY_BYTES",
    "CHANGDAN_MAX_UPLOAD_BYTES",
    "CHANGDAN_ROUND_SECONDS",
    "CHANGDAN_SOLVE_MEMORY_MB",
    "CHANGDAN_JOBS",
    "CHANGDAN_PUBLIC_URL",
    "CHANGDAN_OCDS_PREFIX",
    "CHANGDAN_TRUSTED_PROXIES",
    "CHANGDAN_LIMITS_STORE",
    "CHANGDAN_LIMIT_PER_ADDRESS",
    "CHANGDAN_LIMIT_PER_ACCOUNT",
    "CHANGDAN_LIMIT_SIGN_IN",
    "CHANGDAN_LIMIT_REGISTRATION",
    "CHANGDAN_LIMIT_PUBLIC",
    "CHANGDAN_WEBHOOK_NETWORKS",
    "CHANGDAN_OIDC_ISSUER",
    "CHANGDAN_OIDC_CLIENT_ID",
    "CHANGDAN_OIDC_CLIENT_SECRET",
    "CHANGDAN_OIDC_LABEL",
    "CHANGDAN_LOG",
    "CHANGDAN_METRICS",
    "CHANGDAN_METRICS_TOKEN",
)

JOBS = ("own", "workers")
LOGS = ("text", "json")
METRICS = ("off", "token")
LEAST_SECRET = LEAST_METRICS_TOKEN = 32  # characters

_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~\-]+)*")
_OCDS_PREFIX = re.compile(r"ocds-[a-z0-9]{6}")
_ISSUER = re.compile(r"(https://[A-Za-z0-9.\-]+|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?(/[A-Za-z0-9._~/\-]*)?")
_LIMIT = re.compile(r"[1-9][0-9]{0,6}/(second|minute|hour|day)")
_LIMITS_STORE = re.compile(r"memory|none|rediss?://\S+")


class SettingError(ValueError):
    """A setting in the environment cannot be used; names the variable, its value and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs from one deployment to the next.

    Environment: ``CHANGDAN_DATABASE_URL``, ``CHANGDAN_SECRET_KEY``, ``CHANGDAN_HTTPS`` (1/0: cookies
    only over HTTPS), ``CHANGDAN_MAX_BODY_BYTES``, ``CHANGDAN_MAX_UPLOAD_BYTES`` (of a file of orders; other bodies are
    shorter), ``CHANGDAN_ROUND_SECONDS`` (safety net of one solve),
    ``CHANGDAN_SOLVE_MEMORY_MB`` (address space of a worker's solving process, 10^6 bytes; left out: no limit),
    ``CHANGDAN_JOBS`` (``own``: what takes long is done by the process that was asked; ``workers``: by ``changdan
    worker`` on any machine),
    ``CHANGDAN_PUBLIC_URL`` (where others reach this service), ``CHANGDAN_OCDS_PREFIX`` (registered with the Open
    Contracting Partnership; the default belongs to nobody and is for trying out).
    ``CHANGDAN_TRUSTED_PROXIES`` (how many proxies of one's own stand before it, 0: none, and no forwarded address is
    believed), ``CHANGDAN_LIMITS_STORE`` (where calls are counted: ``memory``, of each process, ``redis://…``, shared,
    or ``none``), ``CHANGDAN_LIMIT_PER_ADDRESS``, ``_PER_ACCOUNT``, ``_SIGN_IN``, ``_REGISTRATION`` and ``_PUBLIC``
    (calls in a time as in ``1200/minute``; all but the second are per address).
    ``CHANGDAN_WEBHOOK_NETWORKS`` (networks such as ``10.1.0.0/16 10.2.0.0/16`` into which webhooks may be sent although
    they are not of the open internet, to every port; with ``127.0.0.1/32``, for development, also by ``http://``).
    Single sign-on by OpenID Connect: ``CHANGDAN_OIDC_ISSUER``, ``_CLIENT_ID``, ``_CLIENT_SECRET`` (all or none) and
    ``CHANGDAN_OIDC_LABEL`` (what members call it).
    ``CHANGDAN_LOG`` (``text``: lines for people; ``json``: an object a line), ``CHANGDAN_METRICS`` (``off``; ``token``:
    ``/metrics`` for who sends ``CHANGDAN_METRICS_TOKEN``, at least 32 characters, as a bearer token).
    One that is set and empty is refused: it was meant to hold something.
    """

    database_url: str = "sqlite:///changdan.sqlite"
    secret_key: str = field(default_factory=lambda: secrets.token_hex(32))
    https: bool = False
    max_body_bytes: int = 5_000_000
    max_upload_bytes: int = 64_000_000
    round_seconds: int = 600
    solve_memory_mb: int | None = None
    jobs: str = "own"
    public_url: str = "http://127.0.0.1:8000"
    ocds_prefix: str = "ocds-000000"
    trusted_proxies: int = 0
    limits_store: str | None = None  # None: memory, and none in tests
    limit_per_address: str = "3000/minute"
    limit_per_account: str = "1200/minute"
    limit_sign_in: str = "30/minute"
    limit_registration: str = "20/hour"
    limit_public: str = "120/minute"
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    oidc_issuer: str | None = None
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_label: str = "单点登录 / Single sign-on"
    log: str = "text"
    metrics: str = "off"
    metrics_token: str = field(default="", repr=False)
    testing: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read settings; raises SettingError naming variable, value and limit."""
        env = os.environ if environment is None else environment
        given: dict[str, Any] = {}
        if (url := env.get("CHANGDAN_DATABASE_URL")) is not None:
            given["database_url"] = _database_url(url)
        if (key := env.get("CHANGDAN_SECRET_KEY")) is not None:
            if len(key) < LEAST_SECRET:
                raise SettingError(
                    f"CHANGDAN_SECRET_KEY has {len(key)} characters; at least {LEAST_SECRET} random ones are needed"
                )
            given["secret_key"] = key
        given["https"] = _flag(env, "CHANGDAN_HTTPS", False)
        for name, key_name, least, most in (
            ("max_body_bytes", "CHANGDAN_MAX_BODY_BYTES", 10_000, 1_000_000_000),
            ("max_upload_bytes", "CHANGDAN_MAX_UPLOAD_BYTES", 10_000, 1_000_000_000),
            ("round_seconds", "CHANGDAN_ROUND_SECONDS", 1, 86_400),
            ("solve_memory_mb", "CHANGDAN_SOLVE_MEMORY_MB", 200, 1_000_000),
            ("trusted_proxies", "CHANGDAN_TRUSTED_PROXIES", 0, 10),
        ):
            if (text := env.get(key_name)) is not None:
                given[name] = _whole_number(key_name, text, least, most)
        for name, choices in (("jobs", JOBS), ("log", LOGS), ("metrics", METRICS)):
            key_name = f"CHANGDAN_{name.upper()}"
            if (text := env.get(key_name)) is not None:
                if text not in choices:
                    raise SettingError(f"{key_name} is {text!r}; {' or '.join(choices)} is needed")
                given[name] = text
        for name, key_name, form, example in (
            (
                "public_url",
                "CHANGDAN_PUBLIC_URL",
                _PUBLIC_URL,
                "https://changdan.example.org, without a slash at its end",
            ),
            ("ocds_prefix", "CHANGDAN_OCDS_PREFIX", _OCDS_PREFIX, "ocds- and six lower-case letters or digits"),
            ("limits_store", "CHANGDAN_LIMITS_STORE", _LIMITS_STORE, "memory, redis://host:port/0 or none"),
            *(
                (f"limit_{name}", f"CHANGDAN_LIMIT_{name.upper()}", _LIMIT, "a number per time such as 1200/minute")
                for name in ("per_address", "per_account", "sign_in", "registration", "public")
            ),
        ):
            if (text := env.get(key_name)) is not None:
                if form.fullmatch(text) is None:
                    raise SettingError(f"{key_name} is {text!r}; {example} is needed")
                given[name] = text
        if (text := env.get("CHANGDAN_WEBHOOK_NETWORKS")) is not None:
            given["webhook_networks"] = _networks("CHANGDAN_WEBHOOK_NETWORKS", text)
        given |= _single_sign_on(env) | _metrics_token(env)
        return cls(**given)

    @property
    def effective_limits_store(self) -> str:
        """Where calls are counted; tests of other things are not to meet limits."""
        return self.limits_store or ("none" if self.testing else "memory")

    def flask(self) -> dict[str, Any]:
        """The same settings under the names that Flask and its extensions read."""
        return {
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": _in_working_folder(self.database_url),
            "SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": connection_options(self.database_url)},
            "MAX_CONTENT_LENGTH": self.max_body_bytes,
            # With this prefix browsers take the cookie from this host alone, never from a neighbour of its domain.
            "SESSION_COOKIE_NAME": "__Host-session" if self.https else "session",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Strict",
            "SESSION_COOKIE_SECURE": self.https,
            "TESTING": self.testing,
            "PROPAGATE_EXCEPTIONS": self.testing or None,
            "JSON_AS_ASCII": False,
        }


def connection_options(database_url: str) -> dict[str, str]:
    """How soon a connection to PostgreSQL is given up that nobody answers any more; libpq's parameters.

    A network that is cut says nothing: without these whoever waits for an answer does so for a quarter of an hour.

    >>> connection_options("sqlite:///changdan.sqlite")
    {}
    """
    if database_url.startswith("sqlite"):
        return {}
    return {
        "connect_timeout": "10",  # seconds
        "tcp_user_timeout": "15000",  # milliseconds without acknowledgement of what was sent
        "keepalives_idle": "10",  # seconds without traffic, while an answer is awaited, before it is asked whether ...
        "keepalives_interval": "5",
        "keepalives_count": "2",
    }


def unknown_settings(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """A line for each name in the environment that looks like a setting and is none, as a misspelt one does.

    >>> list(unknown_settings({"CHANGDAN_DATABASE": "x", "CHANGDAN_TEST_DATABASES": "sqlite"}))
    ['CHANGDAN_DATABASE is no setting and has no effect; did you mean CHANGDAN_DATABASE_URL?']
    >>> [line.partition("; ")[2][:9] for line in unknown_settings({"CHANGDAN_DB": "x"})]
    ['known are']
    """
    env = os.environ if environment is None else environment
    for name in sorted(env):
        if name.startswith("CHANGDAN_") and not name.startswith("CHANGDAN_TEST_") and name not in KNOWN:
            own = {known.removeprefix("CHANGDAN_"): known for known in KNOWN}  # what they share makes none alike
            near = get_close_matches(name.removeprefix("CHANGDAN_"), own, n=1)
            meant = f"did you mean {own[near[0]]}?" if near else f"known are {', '.join(KNOWN)}"
            yield f"{name} is no setting and has no effect; {meant}"


def migrations_folder() -> Path:
    """Where the Alembic scripts are: ``migrations/`` of a checkout is linked into the package."""
    return Path(__file__).parent / "migrations"


def _database_url(url: str) -> str:
    if not url:
        raise SettingError("CHANGDAN_DATABASE_URL is empty; sqlite:/// or postgresql:// is needed")
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        scheme = url.split(":", 1)[0]
        raise SettingError(f"CHANGDAN_DATABASE_URL has scheme {scheme!r}; sqlite:/// or postgresql:// is needed")
    return url


def _single_sign_on(env: Mapping[str, str]) -> dict[str, str]:
    named = {part: env.get(f"CHANGDAN_OIDC_{part.upper()}") for part in ("issuer", "client_id", "client_secret")}
    for name, text in [*named.items(), ("label", env.get("CHANGDAN_OIDC_LABEL"))]:
        if text is not None and (not text.strip() or len(text) > 500):
            raise SettingError(f"CHANGDAN_OIDC_{name.upper()} has {len(text)} characters; 1 to 500 are needed")
    missing = [f"CHANGDAN_OIDC_{part.upper()}" for part, text in named.items() if text is None]
    if 0 < len(missing) < len(named):
        raise SettingError(f"{' and '.join(missing)} must be set too: single sign-on needs all three")
    if (issuer := named["issuer"]) is not None and _ISSUER.fullmatch(issuer) is None:
        raise SettingError(f"CHANGDAN_OIDC_ISSUER is {issuer!r}; an https:// address without ? and # is needed")
    given = {**named, "label": env.get("CHANGDAN_OIDC_LABEL")}
    return {f"oidc_{part}": text for part, text in given.items() if text is not None}


def _metrics_token(env: Mapping[str, str]) -> dict[str, str]:
    token = env.get("CHANGDAN_METRICS_TOKEN")
    if token is None:
        if env.get("CHANGDAN_METRICS") == "token":
            raise SettingError("CHANGDAN_METRICS_TOKEN must be set too: without it nobody could read /metrics")
        return {}
    if len(token) < LEAST_METRICS_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise SettingError(
            f"CHANGDAN_METRICS_TOKEN has {len(token)} characters; at least {LEAST_METRICS_TOKEN} are needed, "
            "ASCII without spaces"
        )
    return {"metrics_token": token}


def _in_working_folder(url: str) -> str:
    """A relative SQLite file lies where the command runs, not in Flask's instance folder."""
    path = url.removeprefix("sqlite:///")
    if path == url or path.startswith("/") or path in ("", ":memory:"):
        return url
    return f"sqlite:///{Path(path).resolve()}"


def _networks(name: str, text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        found = tuple(ip_network(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise SettingError(f"{name} is {text!r}: {error}; networks such as 10.1.0.0/16 are needed") from None
    if not found:
        raise SettingError(f"{name} is empty; networks such as 10.1.0.0/16 are needed")
    return found


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name)
    if text is None:
        return default
    if text not in ("0", "1"):
        raise SettingError(f"{name} is {text!r}; 0 or 1 is needed")
    return text == "1"


def _whole_number(name: str, text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise SettingError(f"{name} is {text!r}; a whole number from {least} to {most} is needed")
    return int(text)
