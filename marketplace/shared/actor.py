"""Who acts: handed to every service, so that none of them looks into a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from marketplace.shared.errors import NotAllowed


class Role(StrEnum):
    """What a member may do for its organisation."""

    SELLER = "seller"
    BUYER = "buyer"
    SIGNATORY = "signatory"  # confirms contracts and their amendments for its organisation
    OPERATOR = "operator"
    REGULATOR = "regulator"
    ORGANISATION_ADMIN = "organisation_admin"


STAFF = frozenset({Role.OPERATOR, Role.REGULATOR})  # they see and do more than their own organisation's


@dataclass(frozen=True)
class Actor:
    """One member of one organisation, or the system itself (a job, the command line).

    ``roles`` are those that count: everybody may register as an authority, so a staff role gives nothing until the
    organisation is verified, and nothing any more once it is suspended.

    >>> sorted(Actor("m", "o", frozenset({Role.REGULATOR, Role.ORGANISATION_ADMIN})).roles)
    [<Role.ORGANISATION_ADMIN: 'organisation_admin'>]
    """

    member_id: str
    organisation_id: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    verified: bool = False  # whether an operator has verified the organisation

    def __post_init__(self) -> None:
        if not self.verified:
            object.__setattr__(self, "roles", self.roles - STAFF)

    def is_a(self, *roles: Role) -> bool:
        """Whether the actor has at least one of these roles."""
        return not self.roles.isdisjoint(roles)

    def must_be(self, *roles: Role) -> None:
        """Raises NotAllowed unless the actor has one of these roles."""
        if not self.is_a(*roles):
            raise NotAllowed("this needs the role " + " or ".join(roles))


SYSTEM = Actor("system", "system", frozenset(Role), verified=True)
