"""Who a member may be: e-mail address, name, roles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from marketplace.accounts.rules.kinds import OrganisationKind, roles_open_to
from marketplace.shared.errors import DomainError, Fault
from marketplace.shared.texts import line_faults

LONGEST_NAME = 80
MAY_SIGN_IN = ("pending", "verified", "suspended")  # statuses of an organisation
LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class SignInRefused(DomainError):
    """E-mail and password do not go together, or the member may not sign in; the two are never told apart."""

    code = "sign-in-refused"

    def __init__(self) -> None:
        super().__init__("this e-mail address and this password do not open an account")


class SignInPaused(DomainError):
    """After too many failures no attempt is looked at for a while, whether there is such an account or not."""

    code = "sign-in-paused"

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"too many attempts to sign in; the next is looked at in {retry_after_s} s")


class SingleSignOnFailed(DomainError):
    """The issuer's word opens nothing here: it is not in order, or names nobody who is a member."""

    code = "single-sign-on-failed"


def member_faults(*, email: str, name: str) -> Iterator[Fault]:
    """Faults of a new member's e-mail address (lower case) and name."""
    if len(email) > LONGEST_EMAIL or _EMAIL.fullmatch(email) is None:
        limit = f"name@domain, at most {LONGEST_EMAIL} characters"
        yield Fault("/email", "is not an e-mail address", email, limit, "email")
    yield from line_faults("/name", name, LONGEST_NAME)


def role_faults(roles: Iterable[str], kind: str) -> Iterator[Fault]:
    """Faults of the roles wanted in an organisation of this kind."""
    allowed = sorted(roles_open_to(OrganisationKind(kind)))
    wanted = list(roles)
    for position, role in enumerate(wanted):
        if role not in allowed:
            message = f"is no role in an organisation of kind {kind}"
            yield Fault(f"/roles/{position}", message, role, ", ".join(allowed), "role")
        elif role in wanted[:position]:
            yield Fault(f"/roles/{position}", "is given twice", role, code="duplicate")
