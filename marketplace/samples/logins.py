"""Four people of the demonstration: an operator, a seller, a buyer, an official.  Only ever in a sample database."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts import services as accounts
from marketplace.accounts.queries import organisation_by_credit_code
from marketplace.samples import cell_plants
from marketplace.samples.credit_codes import sample_credit_code
from marketplace.shared.actor import Role
from marketplace.shared.clock import beijing_date

DEMO_PASSWORD = "long-term-contract"


def make_logins(*, now: datetime) -> dict[str, str]:
    """Members of sample organisations, by what they are; all with DEMO_PASSWORD."""
    accounts.create_operator(
        email="operator@example.com",
        name="样例运营员",
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
    accounts.admit_samples([(authority, [])], moments=iter([now]))
    market = cell_plants.build(beijing_date(now).year + 1)
    people = {
        "seller": (market.orders[0].credit_code, Role.SELLER),
        "buyer": (market.orders[-1].credit_code, Role.BUYER),
        "regulator": (sample_credit_code("110000", 9002), Role.REGULATOR),
    }
    logins = {"operator": "operator@example.com"}
    for name, (code, role) in people.items():
        organisation = organisation_by_credit_code(code)
        assert organisation is not None
        logins[name] = f"{name}@example.com"
        accounts.new_member(
            organisation,
            email=logins[name],
            name=f"样例{name}",
            password=DEMO_PASSWORD,
            roles=[role, Role.ORGANISATION_ADMIN],
            now=now,
        )
    return logins
