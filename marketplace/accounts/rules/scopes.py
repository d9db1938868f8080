"""What a personal token may be limited to."""

from __future__ import annotations

DOMAINS = (
    "accounts",
    "capacity",
    "catalogue",
    "contracts",
    "evidence",
    "indices",
    "notifications",
    "orders",
    "rounds",
)

SCOPES = frozenset(f"{domain}:{verb}" for domain in DOMAINS for verb in ("read", "write")) | {"audit:read"}
