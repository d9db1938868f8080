"""Re-openers over HTTP, and a formula of components as its parties read it."""

from __future__ import annotations

from decimal import Decimal

from flask.testing import FlaskClient

from marketplace.contracts.models import ContractReopening
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.contracts import confirm, make_contract


def test_the_parties_read_what_became_of_every_episode(client: FlaskClient) -> None:
    contract = make_contract()
    for side in ("seller", "buyer"):
        confirm(contract, side)
    db.session.add(
        ContractReopening(
            contract_id=contract.id,
            number=1,
            version=1,
            months=["2026-09", "2026-10"],
            reference=Decimal(100000),
            level=Decimal("115500.5"),
            result_if_none="index",
            negotiate_until=NOW,
            triggered_at=NOW,
        )
    )
    db.session.flush()
    buyer = signed_in(client, make_member(organisation=contract.buyer, roles=[Role.BUYER]))
    reply = client.get(f"/api/v1/contracts/{contract.id}/reopenings", headers=buyer)
    (episode,) = reply.json["items"]
    assert (episode["reference"], episode["level"], episode["outcome"]) == ("100000", "115500.5", "indexed")
    assert (episode["months"], episode["first_month"], episode["version"]) == (["2026-09", "2026-10"], "2027-01", 1)
    stranger = signed_in(client, make_member(roles=[Role.BUYER]))
    assert client.get(f"/api/v1/contracts/{contract.id}/reopenings", headers=stranger).status_code == 404
