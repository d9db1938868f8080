"""How a domain states who may call its routes; tests/api/test_permissions.py plays every caller on every route.

A domain lists its routes as ``ROUTES`` in ``tests/api/permissions_<domain>.py``::

    def order_of(owner: Member) -> dict[str, str]:
        return {"order_id": make_order(owner.organisation).id}

    ROUTES = [
        Route("GET", "/api/v1/orders", roles=TRADERS),
        Route("POST", "/api/v1/orders", roles=TRADERS, body=offer_body),
        Route("GET", "/api/v1/orders/<order_id>", roles=MEMBERS, make=order_of),
        Route("POST", "/api/v1/rounds/<round_id>/freeze", roles={OPERATOR}, make=open_round, foreign=None),
    ]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from marketplace.accounts.models import Member


class Caller(StrEnum):
    """Whom the test plays.  Each but ``anonymous`` is a member with that one role in a verified organisation.

    ``unverified`` has every trading role and is the admin, but no operator has verified its organisation.
    ``unverified_regulator`` has registered as an authority and given itself that role; nobody has verified it.
    """

    ANONYMOUS = "anonymous"
    SELLER = "seller"
    BUYER = "buyer"
    SIGNATORY = "signatory"
    ORGANISATION_ADMIN = "organisation_admin"
    OPERATOR = "operator"
    REGULATOR = "regulator"
    UNVERIFIED = "unverified"
    UNVERIFIED_REGULATOR = "unverified_regulator"


ANONYMOUS, SELLER, BUYER, SIGNATORY, ORGANISATION_ADMIN, OPERATOR, REGULATOR, UNVERIFIED, UNVERIFIED_REGULATOR = Caller
EVERYONE = frozenset(Caller)
MEMBERS = EVERYONE - {ANONYMOUS}
VERIFIED = MEMBERS - {UNVERIFIED, UNVERIFIED_REGULATOR}
TRADERS = frozenset({SELLER, BUYER})

Make = Callable[[Member], Mapping[str, str]]
Body = Mapping[str, Any] | bytes | Callable[[Member, Mapping[str, str]], Mapping[str, Any] | bytes] | None


@dataclass(frozen=True)
class Route:
    """One route, and what each caller gets.

    ``roles``    who may call it: they get 2xx, anonymous callers else 401, all others 403.
    ``make``     makes what the path names, belonging to the given member's organisation, and gives the path's
                 values; None where the path names nothing.  It is called once per case.
    ``body``     a valid body: a mapping (sent as JSON), bytes, or a function of (caller, path values).
    ``foreign``  what a caller in ``roles`` gets on another organisation's thing; None where things have no owner.
    ``across``   callers in ``roles`` who reach other organisations' things as well (2xx).
    ``owners``   callers who can own such a thing at all; the others are only played on foreign ones.
    ``session``  sign in by cookie and CSRF token (routes that refuse tokens).
    """

    method: str
    rule: str
    roles: Set[Caller] = MEMBERS
    make: Make | None = None
    body: Body = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    foreign: int | None = 404
    across: Set[Caller] = frozenset()
    owners: Set[Caller] = EVERYONE
    session: bool = False

    @property
    def name(self) -> str:
        """How the test calls it."""
        return f"{self.method} {self.rule}"
