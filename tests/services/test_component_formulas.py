"""Counters and amendments that price goods by the metal they contain: references, consent, refusals, the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, Proposal
from marketplace.contracts.services.pricing import month_price
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.contracts import accept, confirm, party
from tests.factories.indices import make_index, make_quote
from tests.factories.rounds import MONTHS, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

WIDE = [{"period": month, "volume": "90", "floor": "30000", "cap": "45000"} for month in MONTHS]


@pytest.fixture
def nickel() -> Proposal:
    """Goods of 22 % nickel with some cobalt; both orders accept NI (at 130,000) and CO (at 250,000), not ZN."""
    for index in ("NI", "CO", "ZN"):
        make_index(id=index)
    grade = make_grade()
    for side, coefficient in (("offer", "0.2"), ("need", "0.4")):
        limit = {"components": [{"index": "NI", "coefficient": coefficient}], "accepted_indices": ["NI", "CO"]}
        specification = {"purity_pct": "22" if side == "offer" else {"at_least": "20"}}
        make_open_order(make_trader(), side, grade, price="0", limit_price=limit, specification=specification)
    paths = {"NI": ["130000"] * len(MONTHS), "CO": ["250000"] * len(MONTHS), "ZN": ["20000"] * len(MONTHS)}
    round_ = make_round(grade, until="published", index_paths=paths)
    (proposal,) = queries.proposals_of_round(round_.id)
    return proposal


def formula(*components: Mapping[str, str], fee: str = "1000", premium: str = "-500") -> dict[str, Any]:
    """Stated by its components."""
    return {
        "components": list(components),
        "processing_fee_cny_per_unit": fee,
        "premium_cny_per_unit": premium,
    }


NI = {"index": "NI", "content_attribute": "purity_pct", "coefficient": "0.9"}
CO = {"index": "CO", "content": "0.05", "coefficient": "0.8"}


def counter(proposal: Proposal, changes: Mapping[str, Any], consent: Sequence[str] = ("limit_price",)) -> None:
    """By the seller."""
    services.counter_proposal(
        proposal.id,
        revision=proposal.revision,
        changes=changes,
        consent=consent,
        actor=party(proposal, "seller"),
        now=NOW,
    )


def faults(proposal: Proposal, changes: Mapping[str, Any], **options: Any) -> list[tuple[str, Any]]:
    """Pointer and value of everything refused."""
    with pytest.raises(InvalidInput) as refused:
        counter(proposal, changes, **options)
    return [(fault.pointer, fault.limit) for fault in refused.value.faults]


def test_the_references_follow_from_assumed_indices_and_guaranteed_contents(nickel: Proposal) -> None:
    counter(nickel, {"formula": formula(NI, CO), "periods": WIDE})
    stated = nickel.terms["price"]["formula"]
    # 130,000 x 0.22 x 0.9 = 25,740; 250,000 x 0.05 x 0.8 = 10,000; + 1,000 - 500
    assert {Decimal(each["reference"]) for each in nickel.terms["periods"]} == {Decimal(36240)}
    assert stated["index_references"] == {"NI": "130000", "CO": "250000"}
    assert stated["components"] == [NI, CO]
    assert "index" not in stated
    assert queries.revisions_of(nickel)[-1].outside == ["limit_price"]


def test_it_needs_its_authors_consent_whatever_its_limit(nickel: Proposal) -> None:
    changes = {"formula": formula(NI, CO), "periods": WIDE}
    assert faults(nickel, changes, consent=()) == [("/consent", "limit_price")]
    counter(nickel, changes)
    counter(nickel, {"payment": {"days": 30}}, consent=["payment"])  # the price stands as it did


def test_every_index_is_one_that_both_orders_accept(nickel: Proposal) -> None:
    zinc = {"index": "ZN", "coefficient": "0.1"}
    changes = {"formula": formula(NI, zinc, {"index": "XX"}), "periods": WIDE}
    assert [at for at, _ in faults(nickel, changes)] == ["/formula/components/1/index", "/formula/components/2/index"]


@pytest.mark.parametrize(
    ("stated", "pointer"),
    [
        (formula({"index": "NI", "content_attribute": "Ni_pct"}), "/formula/components/0/content_attribute"),
        (formula({**NI, "content": "0.2"}), "/formula/components/0/content_attribute"),
        (formula({"index": "NI", "fixed": "1"}), "/formula/components/0"),
        (formula({"coefficient": "1"}, NI), "/formula/components/0"),
        (formula({"fixed": "36000"}), "/formula/components"),
        (formula({**NI, "coefficient": "101"}), "/formula/components/0/coefficient"),
        (formula({**NI, "share": "1"}), "/formula/components/0/share"),
        (formula(NI, fee="-1"), "/formula/processing_fee_cny_per_unit"),
        ({**formula(NI), "index": "NI"}, "/formula/index"),
        ({"components": [NI]}, "/formula/premium_cny_per_unit"),
        (formula(), "/formula/components"),
        (formula(NI), "/formula"),  # 26,240 is below the floor
    ],
)
def test_what_cannot_stand_is_named(nickel: Proposal, stated: dict[str, Any], pointer: str) -> None:
    assert pointer in [at for at, _ in faults(nickel, {"formula": stated, "periods": WIDE})]


def test_a_contract_is_priced_by_its_components_and_says_so(nickel: Proposal) -> None:
    counter(nickel, {"formula": formula(NI, CO), "periods": WIDE})
    accept(nickel, "buyer")
    contract = db.session.scalars(sa.select(Contract)).one()
    for side in ("seller", "buyer"):
        confirm(contract, side)
    version = queries.present_version(contract)
    html = services.document(version, "html").decode()
    for text in ("加工费 1,000.00 CNY/t", "processing fee 1,000.00 CNY/t", "0.8 × 0.05 t/t × CO", "purity_pct (assay"):
        assert text in html
    for index, value in (("NI", "140000"), ("CO", "250000")):
        make_quote(db.session.get_one(type(make_index()), index), "2027-01-05", value)
    ask = {"today": date(2027, 2, 1)}
    guaranteed = month_price(contract, version.terms, "2027-01", assays={}, **ask)
    # 140,000 x 0.22 x 0.9 = 27,720
    assert (str(guaranteed.price), guaranteed.provisional) == ("38220.00", True)
    assayed = month_price(contract, version.terms, "2027-01", assays={"purity_pct": Decimal("22.5")}, **ask)
    # 140,000 x 0.225 x 0.9 = 28,350
    assert (str(assayed.price), assayed.provisional) == ("38850.00", False)
    amended = services.propose_amendment(
        contract.id,
        changes={"formula": formula(CO, fee="25000")},
        reason="双方商定",
        actor=party(nickel, "buyer"),
        now=NOW,
    )
    assert amended.terms["price"]["formula"]["index_references"] == {"CO": "250000"}
    assert {Decimal(each["reference"]) for each in amended.terms["periods"]} == {Decimal(34500)}
