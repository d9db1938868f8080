"""Four people of the demonstration: an operator, a seller, a buyer, an official.  Only ever in a sample database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Organisation
from marketplace.contracts import queries as contracts
from marketplace.rounds import queries as rounds
from marketplace.samples.credit_codes import sample_credit_code
from marketplace.shared.actor import Role
from marketplace.shared.database import db

DEMO_PASSWORD = "long-term-contract"
ROLES_ZH = {Role.OPERATOR: "运营方", Role.SELLER: "卖方", Role.BUYER: "买方", Role.REGULATOR: "监管方"}


@dataclass(frozen=True)
class Login:
    """Somebody who may sign in with DEMO_PASSWORD, and what the last market came to for its organisation."""

    role: Role
    email: str
    organisation: str
    proposals: int = 0
    unfilled: int = 0

    @property
    def role_zh(self) -> str:
        """The role in Chinese."""
        return ROLES_ZH[self.role]


def make_logins(round_id: str, *, now: datetime) -> list[Login]:
    """An operator, an official, and of the round's sellers and buyers those that have most to look at."""
    accounts.create_operator(
        email="operator@example.com",
        name="样例运营方",
        password=DEMO_PASSWORD,
        credit_code=sample_credit_code("110000", 9001),
        name_zh="平台运营方（样例）",
        name_latin="Platform operator (sample)",
        now=now,
    )
    authority = {
        "credit_code": sample_credit_code("110000", 9002),
        "name_zh": "主管部门（样例）",
        "name_latin": "Authority (sample)",
        "kind": "authority",
    }
    ((office, _),) = accounts.admit_samples([(authority, [])], moments=iter([now]))
    logins = [Login(Role.OPERATOR, "operator@example.com", "平台运营方（样例）")]
    for role, side in ((Role.SELLER, "offer"), (Role.BUYER, "need")):
        organisation, proposals, unfilled = _most_to_see(round_id, side)
        logins.append(_member(organisation, role, now, proposals, unfilled))
    return [*logins, _member(office, Role.REGULATOR, now)]


def _member(organisation: Organisation, role: Role, now: datetime, proposals: int = 0, unfilled: int = 0) -> Login:
    login = Login(role, f"{role}@example.com", organisation.name_zh, proposals, unfilled)
    accounts.new_member(
        organisation,
        email=login.email,
        name=f"样例{login.role_zh}",
        password=DEMO_PASSWORD,
        roles=[role, Role.ORGANISATION_ADMIN],
        now=now,
    )
    return login


def _most_to_see(round_id: str, side: str) -> tuple[Organisation, int, int]:
    """The organisation with most proposals among those that have some and an order left without any contract.

    Where there is none such, a partly filled order does, then proposals alone.
    """
    owner = {row.order_id: row.organisation_id for row in rounds.orders_of(round_id) if row.side == side}
    proposals = Counter(
        each.seller_id if side == "offer" else each.buyer_id for each in contracts.proposals_of_round(round_id)
    )
    left = [outcome for outcome in rounds.outcomes_of(round_id) if outcome.order_id in owner]
    unmatched = Counter(owner[each.order_id] for each in left if each.status == "unmatched")
    unfilled = Counter(owner[each.order_id] for each in left if each.status != "matched")

    def worth(organisation_id: str) -> tuple[int, int]:
        has_failed = 2 * (unmatched[organisation_id] > 0) + (unfilled[organisation_id] > 0)
        return (has_failed if proposals[organisation_id] else -1, proposals[organisation_id])

    chosen = max(dict.fromkeys(owner.values()), key=worth)
    organisation = db.session.get(Organisation, chosen)
    assert organisation is not None
    return organisation, proposals[chosen], unfilled[chosen]
