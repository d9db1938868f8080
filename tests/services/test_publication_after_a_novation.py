"""What is published of a contract that a party has left, and who has a say in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.contracts import queries, services
from marketplace.contracts.queries import publication
from marketplace.notifications.models import Message
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import NotFound
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.novations import ask, make_contract_in_force, novate, place, sign, signatory
from tests.factories.publications import consent, publish, releases_of
from tests.factories.rounds import make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)


def test_a_novation_is_dated_by_its_effect_and_later_consents_change_no_earlier_release() -> None:
    """The last confirmation came within the days to object; it took effect 30 days later, by the court's decision."""
    contract = make_contract_in_force()
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation, ground="insolvency", from_month="2027-03"), incoming)
    for role in ("remaining", "incoming"):
        sign(novation, role, now=NOW + DAY)
    effect = NOW + 40 * DAY
    services.enforce_novation(contract.id, 2, actor=signatory(contract.buyer), now=effect)
    publish(contract)
    services.consent_to_publish(contract.id, publish=["contract"], actor=signatory(novation.leaving), now=effect)
    dates = [release["date"] for release in releases_of(contract)]
    assert dates[-1] == effect.isoformat().replace("+00:00", "Z")
    assert queries.in_force_since(queries.version(contract, 2)) == effect
    assert queries.version_of_month(contract, "2027-01").number == 1  # it began before the effect
    assert queries.version_of_month(contract, "2027-03").number == 2


def test_a_party_that_has_left_has_a_say_and_reads_what_is_published(client: FlaskClient) -> None:
    contract = make_contract_in_force()
    former = contract.seller
    incoming = novate(contract)
    publish(contract, "volume")
    url = f"/api/v1/contracts/{contract.id}/publication"
    headers = signed_in(client, make_member(organisation=former))
    assert client.get(url, headers=headers).json == {
        "own": [],
        "consents": None,
        "withheld_by": ["former"],
        "by_round": False,
        "published": [],
    }
    stayed = signed_in(client, make_member(organisation=contract.buyer))
    told = client.get(url, headers=stayed).json
    assert told["consents"] == {"seller": ["contract", "volume"], "buyer": ["contract", "volume"]}
    assert (told["withheld_by"], told["published"]) == (["former"], [])
    said = client.put(url, headers=headers, json={"publish": ["contract"]})
    assert (said.status_code, said.json["own"], said.json["published"]) == (200, ["contract"], ["contract"])
    told = client.get(url, headers=stayed).json
    assert (told["consents"]["seller"], told["withheld_by"], told["published"]) == (
        ["contract", "volume"],
        [],
        ["contract"],
    )
    assert len(releases_of(contract)) == 3
    said = client.put(url, headers=headers, json={"publish": []})
    assert (said.json["withheld_by"], said.json["published"]) == (["former"], [])
    told = client.get(url, headers=signed_in(client, make_member(organisation=incoming.organisation))).json
    assert (told["own"], told["withheld_by"]) == (["contract", "volume"], ["former"])


def test_what_a_former_party_consents_to_stands_in_its_own_trail_alone() -> None:
    contract = make_contract_in_force()
    former = contract.seller
    novate(contract)
    services.consent_to_publish(contract.id, publish=["contract", "value"], actor=signatory(former), now=NOW + DAY)
    entries = db.session.scalars(sa.select(AuditEntry).filter_by(action="contracts:publication:consented")).all()
    assert {each.organisation_id: each.payload for each in entries} == {
        former.id: {"by": "former", "publish": ["contract", "value"], "shown": []},
        contract.seller_id: {"by": "former", "shown": []},
        contract.buyer_id: {"by": "former", "shown": []},
    }
    told = db.session.scalars(sa.select(Message).filter_by(kind="contract-publication-consented")).all()
    assert {each.organisation_id for each in told} == {contract.seller_id, contract.buyer_id}
    assert all(each.text_zh.startswith(former.name_zh) for each in told)
    consent(contract, "seller", "contract")
    assert publication.consents(contract, contract.buyer_id).withheld_by == ["buyer"]


def test_who_is_asked_to_enter_has_no_say_yet() -> None:
    contract = make_contract_in_force()
    incoming = make_trader()
    ask(contract, incoming.organisation)
    with pytest.raises(NotFound):
        services.consent_to_publish(contract.id, publish=[], actor=signatory(incoming.organisation), now=NOW)
