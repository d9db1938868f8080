"""What a personal token may be limited to, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from marketplace.shared.errors import Fault
from marketplace.shared.texts import line_faults

LONGEST_NAME = 80
MOST_DAYS = 365

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
    "webhooks",
)

_PAIRS = {f"{domain}:{verb}" for domain in DOMAINS for verb in ("read", "write")}
SCOPES = frozenset(_PAIRS | {"audit:read", "events:read"})


def token_faults(*, name: str, scopes: Sequence[str], valid_days: int) -> Iterator[Fault]:
    """Faults of a token that is asked for."""
    yield from line_faults("/name", name, LONGEST_NAME)
    if not scopes:
        yield Fault(
            "/scopes", "are empty: such a token could do nothing", limit=", ".join(sorted(SCOPES)), code="missing"
        )
    for position, scope in enumerate(scopes):
        if scope not in SCOPES:
            yield Fault(f"/scopes/{position}", "is no scope", scope, ", ".join(sorted(SCOPES)), "scope")
        elif scope in scopes[:position]:
            yield Fault(f"/scopes/{position}", "is given twice", scope, code="duplicate")
    if not 1 <= valid_days <= MOST_DAYS:
        yield Fault("/valid_days", "is out of range", valid_days, f"1 to {MOST_DAYS}", "out-of-range")
