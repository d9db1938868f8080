"""What is published of contracts: nothing without both consents, and then what the standard can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import ocdsmerge
import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import publication as publication_queries
from marketplace.contracts.rules.open_contracting import package_json
from marketplace.jobs.maintain import maintain
from marketplace.notifications.models import Message
from marketplace.rounds.rules.contracting import normal_contracting
from marketplace.shared.actor import Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput, NotAllowed, NotFound
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.catalogue import make_grade
from tests.factories.contracts import accept, confirm, make_contract, make_contract_in_force, make_indexed_contract
from tests.factories.publications import PUBLISHER, consent, exported, publish, releases_of
from tests.factories.rounds import make_open_order, make_round, make_trader
from tests.factories.settlement import deliver, on
from tests.ocds import faults, standard_faults
from tests.services.test_amendments import months, propose
from tests.services.test_fulfilment import report
from tests.services.test_notices import give, signatory

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)

# Of the standard's merge rules those of fields that we use: what is left out of a compiled release, and what a later
# release replaces as a whole; all else is merged field by field, and lists by their items' identifiers.
MERGE_RULES = {
    ("date",): "omitWhenMerged",
    ("id",): "omitWhenMerged",
    ("tag",): "omitWhenMerged",
    ("parties", "roles"): "wholeListMerge",
    ("contracts", "items", "additionalClassifications"): "wholeListMerge",
}


def compiled(contract: Contract) -> dict[str, Any]:
    """What the standard's own tool makes of a contract's releases."""
    return ocdsmerge.Merger(merge_rules=MERGE_RULES).create_compiled_release(releases_of(contract))


@dataclass
class Sample:
    """Contracts in different states, all published with every field."""

    in_force: Contract
    amended: Contract
    terminated: Contract
    completed: Contract
    pending: Contract
    withdrawn: Contract
    suspended: Contract

    def __iter__(self) -> Iterator[Contract]:
        return iter(vars(self).values())


@pytest.fixture
def sample(session: None) -> Sample:
    """Each taken to its state by its parties; the completed one with a month met, one half met and one missed."""
    made = Sample(
        *(make_contract_in_force() for _ in range(3)), make_indexed_contract()[0], *(make_contract() for _ in range(2)),
        make_contract_in_force(),
    )  # fmt: skip
    propose(made.amended, months(made.amended, "80", "90", "0"), now=NOW + DAY)
    for side in ("seller", "buyer"):
        confirm(made.amended, side, number=2, now=NOW + 2 * DAY)
    give(made.terminated, "termination", "agreed", now=NOW + DAY)
    services.consent_to_notice(made.terminated.id, 1, actor=signatory(made.terminated, "buyer"), now=NOW + 2 * DAY)
    confirm(made.withdrawn, "seller")
    seller = signatory(made.withdrawn, "seller")
    services.withdraw_from_contract(made.withdrawn.id, actor=seller, now=NOW + 20 * DAY)
    give(made.suspended, "suspension", "force_majeure", now=NOW + DAY)
    for month, volume, day in (("2027-01", "100", "2027-02-03"), ("2027-02", "30", "2027-03-03")):
        for side in ("seller", "buyer"):
            report(made.completed, side, month, "100", volume, day)
    for contract in made:
        publish(contract, "volume", "value", "fulfilment")
    db.session.commit()
    for day in ("2027-02-21", "2027-03-21", "2027-04-21"):
        maintain(now=on(day))
    made.in_force, made.completed = (db.session.get_one(Contract, each.id) for each in (made.in_force, made.completed))
    return made


def everything(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value in a document with where it stands, keys included."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield (*path, key), key
            yield from everything(value, (*path, key))
    elif isinstance(document, list):
        for value in document:
            yield from everything(value, path)
    else:
        yield path, document


def test_all_states_are_told_in_a_package_that_the_standard_accepts(sample: Sample) -> None:
    package = exported()
    assert faults(package) == []
    assert standard_faults(package) in ([], None)
    found = {contract.number: [] for contract in sample}
    for release in package["releases"]:
        found[release["contracts"][0]["id"]].append((tuple(release["tag"]), release["contracts"][0]["status"]))
    begun = [(("tender", "award", "contract"), "pending"), (("contractUpdate", "implementation"), "active")]
    judged = [(("implementationUpdate",), "active")] * 3
    assert found[sample.amended.number][:3] == [*begun, (("contractAmendment",), "active")]
    assert found[sample.terminated.number][:3] == [*begun, (("contractTermination",), "terminated")]
    assert found[sample.pending.number] == begun[:1]
    assert found[sample.withdrawn.number] == [*begun[:1], (("awardCancellation", "contractUpdate"), "cancelled")]
    assert found[sample.suspended.number][:3] == [*begun, (("contractUpdate",), "active")]
    assert found[sample.completed.number] == [
        *begun,
        *judged[:2],
        (("contractTermination",), "terminated"),
        (("implementationUpdate",), "terminated"),
    ]


def test_releases_merge_into_what_is_so_today(sample: Sample) -> None:
    whole = compiled(sample.completed)["contracts"][0]
    assert (whole["status"], whole["description"]) == ("terminated", "已履行期满")
    assert [(each["id"], each["status"]) for each in whole["implementation"]["milestones"]] == [
        ("2027-01", "met"),
        ("2027-02", "partiallyMet"),
        ("2027-03", "notMet"),
    ]
    amended = compiled(sample.amended)
    (contract,) = amended["contracts"]
    assert contract["period"] == {"startDate": "2027-01-01T00:00:00+08:00", "endDate": "2027-02-28T23:59:59+08:00"}
    assert contract["items"][0]["quantity"] == 170
    assert "status" not in contract["implementation"]["milestones"][2]  # it is delivered no longer
    ids = [release["id"] for release in releases_of(sample.amended)]
    (change,) = contract["amendments"]
    assert (change["id"], change["amendsReleaseID"], change["releaseID"]) == ("2", ids[1], ids[2])
    assert [party["roles"] for party in amended["parties"]] == [["buyer"], ["supplier"]]
    ended = compiled(sample.terminated)["contracts"][0]["implementation"]["milestones"]
    assert [each.get("status") for each in ended] == [None] * 3  # it ended before the first month began
    assert compiled(sample.suspended)["contracts"][0]["description"] == "中止履行"
    assert compiled(sample.withdrawn)["awards"][0]["status"] == "cancelled"


def test_a_wrong_package_is_found_wrong(sample: Sample) -> None:
    """The check itself: what it is blind to it could not vouch for."""
    for path, value in (
        (("version",), "1.2"),
        (("releases", 0, "tag"), ["contracted"]),
        (("releases", 0, "date"), "2026-12-01"),
        (("releases", 0, "buyer", "id"), "CN-USCI-0"),
        (("releases", 0, "contracts", 0, "awardID"), "none"),
        (("releases", 0, "contracts", 0, "status"), "in_force"),
        (("releases", 0, "contracts", 0, "price"), "97500"),
        (("releases", 0, "contracts", 0, "value", "amount"), "97500"),
        (("releases",), []),
    ):
        package = exported()
        place: Any = package
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert faults(package), path


def test_by_default_nothing_is_published(session: None) -> None:
    contract = make_contract_in_force()
    consent(contract, "seller", "contract", "volume", "value", "fulfilment")
    with pytest.raises(NotFound):
        exported()
    consent(contract, "buyer", "contract")
    assert len(releases_of(contract)) == 2


def test_without_consent_no_price_and_no_volume_is_anywhere(session: None) -> None:
    """Walks all that is exported: one party's consent to everything shows nothing but what the other's does too."""
    indexed, index = make_indexed_contract()
    plain = make_contract_in_force()
    for contract in (indexed, plain):
        consent(contract, "seller", "contract", "volume", "value", "fulfilment")
        consent(contract, "buyer", "contract")
        deliver(contract, "2027-01", "37.125")
    report(indexed, "seller", "2027-01", "100", "37.125", "2027-02-03")
    db.session.commit()
    maintain(now=on("2027-02-21"))
    package = exported()
    assert faults(package) == []
    numbers = [value for _, value in everything(package) if isinstance(value, int | float | Decimal)]
    assert numbers == []
    texts = [value for _, value in everything(package) if isinstance(value, str)]
    for secret in ("37.125", "97500", "97000", "70000", "125000", "0.98", index.id, "implementation", "milestones"):
        assert not any(secret in text for text in texts), secret
    for contract in (indexed, plain):
        terms = queries.present_version(contract).terms
        amounts = {text for _, text in everything({k: terms[k] for k in ("periods", "value", "price")})}
        spoken = {amount for amount in amounts if isinstance(amount, str) and amount.replace(".", "").isdigit()}
        assert not spoken & set(texts)
    keys = {path[-1] for path, _ in everything(package)}
    assert not keys & {"quantity", "value", "amount", "implementation", "milestones", "rationale", "documents"}


@pytest.mark.parametrize(
    ("field", "found"), [("volume", {"quantity"}), ("value", {"value", "amount", "currency"}), ("fulfilment", set())]
)
def test_each_field_is_shown_by_itself(session: None, field: str, found: set[str]) -> None:
    contract = publish(make_contract_in_force(), field)
    package = exported()
    keys = {path[-1] for path, _ in everything(package)}
    assert keys & {"quantity", "value", "amount", "currency"} == found
    assert ("implementation" in keys) is (field == "fulfilment")
    (item,) = releases_of(contract)[0]["contracts"][0]["items"]
    assert item.get("quantity") == (300 if field == "volume" else None)


def test_the_value_is_the_expected_one_to_the_cent(session: None) -> None:
    contract = publish(make_contract_in_force(), "value")
    told = releases_of(contract)[-1]["contracts"][0]["value"]["amount"]
    assert told == Decimal(queries.present_version(contract).terms["value"]["expected"])


def test_a_consent_is_revoked_for_the_future(session: None) -> None:
    contract = publish(make_contract_in_force(), "volume")
    with_volume = releases_of(contract)
    consent(contract, "buyer", "contract", now=NOW + DAY)
    without = releases_of(contract)
    assert [each["date"] for each in without] == [each["date"] for each in with_volume]
    assert not {each["id"] for each in without} & {each["id"] for each in with_volume}  # they tell something else
    assert exported()["publishedDate"] == "2026-12-02T02:00:00Z"
    consent(contract, "seller", now=NOW + DAY)
    with pytest.raises(NotFound):
        exported()
    publish(contract, "volume")
    assert releases_of(contract) == with_volume


def test_a_round_that_says_so_publishes_its_contracts_and_no_figure(session: None) -> None:
    grade = make_grade(hs_code="2836.91.00")
    make_open_order(make_trader(), "offer", grade, price="96000")
    make_open_order(make_trader(), "need", grade, price="104000")
    round_ = make_round(grade, until="published", contracting={"publish_contracts": True})
    (proposal,) = queries.proposals_of_round(round_.id)
    for side in ("seller", "buyer"):
        accept(proposal, side)
    contract = db.session.scalars(sa.select(Contract).filter_by(proposal_id=proposal.id)).one()
    (release,) = releases_of(contract)
    assert release["contracts"][0]["items"] == [
        {
            "id": "1",
            "description": grade.name_zh,
            "description_en": grade.name_en,
            "classification": {"scheme": "HS", "id": "283691"},
            "additionalClassifications": [{"scheme": "x_CHANGDAN", "id": grade.id, "description": grade.name_zh}],
            "unit": {"scheme": "UNCEFACT", "id": "TNE", "name": "吨"},
        }
    ]
    assert release["parties"][0] == {
        "id": f"CN-USCI-{contract.buyer.credit_code}",
        "name": contract.buyer.name_zh,
        "name_en": contract.buyer.name_latin,
        "identifier": {
            "scheme": "CN-USCI",
            "id": contract.buyer.credit_code,
            "legalName": contract.buyer.name_zh,
        },
        "roles": ["buyer"],
    }
    consent(contract, "seller", "volume")
    assert publication_queries.published_fields(contract) == ["contract"]
    consent(contract, "buyer", "volume")
    assert publication_queries.published_fields(contract) == ["contract", "volume"]


@pytest.mark.parametrize("given", ["yes", 1, None])
def test_whether_a_round_publishes_is_yes_or_no(given: Any) -> None:
    assert normal_contracting({})["publish_contracts"] is False
    with pytest.raises(InvalidInput) as refused:
        normal_contracting({"publish_contracts": given})
    assert [fault.pointer for fault in refused.value.faults] == ["/contracting/publish_contracts"]


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        (("price",), ["/publish/0"]),
        (("contract", "contract"), ["/publish/1"]),
        (("volume",), ["/publish"]),
    ],
)
def test_what_cannot_be_published_is_refused(session: None, fields: tuple[str, ...], pointers: list[str]) -> None:
    contract = make_contract()
    with pytest.raises(InvalidInput) as refused:
        consent(contract, "seller", *fields)
    assert [fault.pointer for fault in refused.value.faults] == pointers


def test_only_signatories_of_the_parties_consent_and_it_stands_in_both_trails(session: None) -> None:
    contract = make_contract()
    consent(contract, "seller", "contract")
    consent(contract, "seller", "contract", now=NOW + DAY)  # says nothing new
    for owner in (contract.seller_id, contract.buyer_id):
        query = sa.select(AuditEntry).filter_by(organisation_id=owner, action="contracts:publication:consented")
        (entry,) = db.session.scalars(query)
        assert entry.payload == {"by": "seller", "publish": ["contract"], "shown": []}
    told = db.session.scalars(sa.select(Message).filter_by(kind="contract-publication-consented")).all()
    assert [each.organisation_id for each in told] == [contract.buyer_id]
    trader = make_member(organisation=contract.seller, roles=(Role.SELLER,)).actor
    with pytest.raises(NotAllowed):
        services.consent_to_publish(contract.id, publish=[], actor=trader, now=NOW)
    stranger = make_member(organisation=make_trader().organisation, roles=(Role.SIGNATORY,)).actor
    with pytest.raises(NotFound):
        services.consent_to_publish(contract.id, publish=[], actor=stranger, now=NOW)


def test_pages_hold_whole_contracts_and_the_same_bytes_again(session: None) -> None:
    contracts = [publish(make_contract_in_force()) for _ in range(3)]
    seen: list[str] = []
    cursor = None
    for last in (False, True):
        page = publication_queries.release_page(PUBLISHER, cursor=cursor, limit=2)
        assert faults(page) == []
        seen += [release["ocid"] for release in page["releases"]]
        assert ("links" in page) is not last
        cursor = None if last else parse_qs(urlsplit(page["links"]["next"]).query)["cursor"][0]
    assert sorted(seen) == sorted(f"ocds-213czf-{each.number}" for each in contracts for _ in range(2))
    once, again = (package_json(publication_queries.whole_package(PUBLISHER)) for _ in range(2))
    assert once == again
