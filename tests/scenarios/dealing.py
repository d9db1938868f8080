"""Four companies deal in one grade as chance has it, and after every step all is reckoned anew from what is stored.

Two sell and two buy; each enters orders, answers what rounds propose, signs, calls, delivers.  What is refused is
part of the game; what must never be is in ``Dealing``'s invariants.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from marketplace.accounts.models import Member
from marketplace.contracts.models import (
    CallOff,
    Commitment,
    Contract,
    ContractVersion,
    Proposal,
    ProposalRevision,
    Shipment,
)
from marketplace.jobs.maintain import maintain
from marketplace.orders.models import Order
from marketplace.rounds import services as rounds
from marketplace.rounds.models import Round
from marketplace.shared import audit_verification
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.database import db
from marketplace.shared.errors import DomainError
from tests.conftest import NOW
from tests.factories.accounts import make_member, make_site, make_token
from tests.factories.catalogue import make_grade
from tests.factories.rounds import make_round
from tests.scenarios.strangers import MovableClock
from tests.undoing import Undoing

MONTHS = ("2027-02", "2027-03", "2027-04")
SIDES = ("offer", "offer", "need", "need")  # of company 0, 1, 2, 3
STANDING = ("proposed", "agreed", "concluded")  # not rejected, expired, lapsed, withdrawn
PENDING = ("pending_publication",)  # of an order that is frozen still, out of what it states
BINDING = ("awaiting_confirmation", "in_force", "suspended")
ZERO = Decimal(0)
COMPANIES = st.integers(0, 3)
OPTIONS = st.sampled_from(["0", "0", "0.1"])
PICKS = st.integers(0, 10**6)  # which of the things that are there


@dataclass
class Stage:
    """What every play begins with."""

    app: Flask
    clock: MovableClock
    undoing: Undoing
    members: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    grade_id: str = ""
    done: Counter[str] = field(default_factory=Counter)  # over all plays

    def build(self) -> None:
        """The companies and the grade."""
        self.grade_id = make_grade().id
        for _ in SIDES:
            member = make_member(roles=(Role.SELLER, Role.BUYER, Role.SIGNATORY))
            token = make_token(member, expires_at=NOW + timedelta(days=800))
            self.members.append(member.id)
            self.headers.append({"Authorization": f"Bearer {token}"})
            self.sites.append(make_site(member.organisation).id)
        db.session.commit()


class Dealing(RuleBasedStateMachine):
    """One play."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage, self.client = stage, stage.app.test_client()
        stage.clock.now = NOW
        stage.undoing.begin()
        self.entered: dict[str, dict[str, Decimal]] = {}  # by order, what was entered for each month
        self.secrets: list[list[str]] = [[] for _ in SIDES]
        self.steps = 0

    def teardown(self) -> None:
        """Nothing has happened."""
        self.stage.done["plays"] += 1
        self.stage.undoing.undo()

    # What the companies do.

    @initialize(prices=st.lists(st.integers(0, 200), min_size=4, max_size=4), option=OPTIONS)
    def begins(self, prices: list[int], option: str) -> None:
        """Each has an order in the book, and a first round is published."""
        for company, price in enumerate(prices):
            self.enters(company, ["60", "100", "40"] if company % 2 else ["100", "60", "60"], price, option, None)
        self.clears(publish=True)

    @rule(
        company=COMPANIES,
        volumes=st.lists(st.sampled_from(["0", "40", "60", "100"]), min_size=3, max_size=3).filter(any),
        price=st.integers(0, 400),
        option=OPTIONS,
        lot=st.sampled_from([None, None, "20"]),
    )
    def enters(self, company: int, volumes: list[str], price: int, option: str, lot: str | None) -> None:
        """An order, which it opens; its limit is a number that nothing else here can be."""
        side = SIDES[company]
        limit = f"{(95_000 if side == 'offer' else 101_000) + 10 * price + 3}.{37 + len(self.entered) % 60:02d}"
        stated = {month: volume for month, volume in zip(MONTHS, volumes, strict=True) if volume != "0"}
        entry = {
            "side": side,
            "grade": self.stage.grade_id,
            "site": self.stage.sites[company],
            "volumes": stated,
            "limit_price": {"components": [{"fixed": limit}]},
            "flexibility": {"grants" if side == "offer" else "requires": {"down": option, "up": "0"}},
        }
        made = self._post("enters", company, "/orders", {**entry, **({"lot": lot} if lot else {})})
        if made is not None:
            self.secrets[company].append(limit)
            self.entered[made["id"]] = {month: Decimal(volume) for month, volume in stated.items()}
            self._post("opens", company, f"/orders/{made['id']}/opening")

    @rule(pick=PICKS, step=st.sampled_from(["opening", "opening", "closing", "withdrawal"]))
    @precondition(lambda self: self.entered)
    def steps_with(self, pick: int, step: str) -> None:
        """An owner opens what is left of its order, or ends it."""
        order = db.session.get_one(Order, _picked(sorted(self.entered), pick))
        matched = order.status in ("matched", "partly_matched")
        free = {month: Decimal(volume) for month, volume in order.terms["volumes"].items()}
        latest = db.session.scalar(
            sa.select(Proposal.round_id)
            .join(Round, Round.id == Proposal.round_id)
            .where(_of(order))
            .order_by(Round.created_at.desc(), Round.id.desc())
        )
        promised = self._promised(order, latest)
        reply = self._post(step, self._company(order.organisation_id), f"/orders/{order.id}/{step}")
        if reply is not None and step == "opening" and matched:
            left = {month: free[month] - promised.get(month, ZERO) for month in free}
            months = {month for month in free if month >= f"{self.stage.clock.now:%Y-%m}"}
            now = {month: Decimal(volume) for month, volume in reply["volumes"].items()}
            assert now == {month: left[month] for month in months if left[month] > 0}, (free, promised, now)

    @rule(publish=st.sampled_from([True, True, True, False]))
    @precondition(lambda self: self._both_sides_open() and self.stage.clock.now < datetime(2027, 1, 25, tzinfo=UTC))
    def clears(self, publish: bool) -> None:
        """A round is held; not every one is published at once."""
        self._service(
            "clears",
            lambda now: make_round(
                db.session.get_one(Order, next(iter(self.entered))).grade,
                until="published" if publish else "reviewed",
                now=now,
                calendar=list(MONTHS),
            ),
        )

    @rule(publish=st.booleans())
    @precondition(lambda self: self._waiting_rounds())
    def ends_round(self, publish: bool) -> None:
        """One that waited is published, or cancelled."""
        round_id = self._waiting_rounds()[0]
        if publish:
            self._service("publishes", lambda now: rounds.publish_round(round_id, actor=SYSTEM, now=now))
        else:
            self._service("cancels", lambda now: rounds.cancel_round(round_id, actor=SYSTEM, now=now))

    @rule(pick=PICKS, seller=st.booleans())
    @precondition(lambda self: self._proposals("proposed"))
    def accepts(self, pick: int, seller: bool) -> None:
        """What it has read."""
        proposal = _picked(self._proposals("proposed"), pick)
        company = self._company(proposal.seller_id if seller else proposal.buyer_id)
        body = {"revision": proposal.revision, "terms_hash": proposal.terms_hash}
        self._post("accepts", company, f"/proposals/{proposal.id}/acceptance", body)

    @rule(pick=PICKS)
    @precondition(lambda self: self._proposals("proposed"))
    def both_accept(self, pick: int) -> None:
        """One after the other."""
        for seller in (True, False):
            if self._proposals("proposed"):
                self.accepts(pick, seller)

    @rule(pick=PICKS, seller=st.booleans(), how=st.sampled_from(["take_back", "reject"]))
    @precondition(lambda self: self._proposals("proposed"))
    def turns_down(self, pick: int, seller: bool, how: str) -> None:
        """It takes its acceptance back, or rejects."""
        proposal = _picked(self._proposals("proposed"), pick)
        company = self._company(proposal.seller_id if seller else proposal.buyer_id)
        path, body = f"/proposals/{proposal.id}", {"revision": proposal.revision}
        if how == "reject":
            self._post("rejects", company, f"{path}/rejection", {**body, "reason": "运费由卖方承担，超出我方预算"})
        else:
            self._post("takes back", company, f"{path}/acceptance-withdrawal", body)

    @rule(pick=PICKS, seller=st.booleans(), factor=st.sampled_from(["0.5", "0.8", "1", "1.5"]), ask=st.integers(-3, 3))
    @precondition(lambda self: self._proposals("proposed"))
    def counters(self, pick: int, seller: bool, factor: str, ask: int) -> None:
        """Another volume in every month, another price."""
        proposal = _picked(self._proposals("proposed"), pick)
        company = self._company(proposal.seller_id if seller else proposal.buyer_id)
        periods = [
            {
                "period": each["period"],
                "volume": f"{Decimal(each['volume']['expected']) * Decimal(factor):f}",
                **{name: f"{Decimal(each[name]) + 10 * ask:f}" for name in ("reference", "floor", "cap")},
            }
            for each in proposal.terms["periods"]
        ]
        body = {"revision": proposal.revision, "changes": {"periods": periods}}
        self._post("counters", company, f"/proposals/{proposal.id}/counter", body)

    @rule(pick=PICKS, companies=st.sampled_from(["seller", "buyer", "both", "both"]))
    @precondition(lambda self: self._contracts("awaiting_confirmation"))
    def signs(self, pick: int, companies: str) -> None:
        """The document as it was read."""
        contract = _picked(self._contracts("awaiting_confirmation"), pick)
        parties = {"seller": contract.seller_id, "buyer": contract.buyer_id}
        path = f"/contracts/{contract.id}/versions/1"
        for name in ("seller", "buyer") if companies == "both" else (companies,):
            company = self._company(parties[name])
            document = self.client.get(f"/api/v1{path}/document?form=pdf", headers=self.stage.headers[company])
            if document.status_code == 200:
                self._post("signs", company, f"{path}/confirmation", {"pdf_hash": document.get_etag()[0]})

    @rule(pick=PICKS, seller=st.booleans())
    @precondition(lambda self: self._contracts("awaiting_confirmation"))
    def withdraws(self, pick: int, seller: bool) -> None:
        """From a contract that the other has not signed in time."""
        contract = _picked(self._contracts("awaiting_confirmation"), pick)
        company = self._company(contract.seller_id if seller else contract.buyer_id)
        self._post("withdraws", company, f"/contracts/{contract.id}/withdrawal")

    @rule(pick=PICKS, month=st.sampled_from(MONTHS), factor=st.sampled_from(["0.85", "0.9", "1", "1", "1.1"]))
    @precondition(lambda self: self._contracts("in_force"))
    def calls(self, pick: int, month: str, factor: str) -> None:
        """Within the option or beyond it."""
        contract = _picked(self._contracts("in_force"), pick)
        volume = self._expected(contract).get(month, Decimal(10)) * Decimal(factor)
        body = {"month": month, "volume": f"{volume:f}"}
        self._post("calls", self._company(contract.buyer_id), f"/contracts/{contract.id}/call-offs", body)

    @rule(pick=PICKS, month=st.sampled_from(MONTHS), factor=st.sampled_from(["0.3", "0.6", "1"]), late=st.booleans())
    @precondition(lambda self: self._contracts("in_force"))
    def ships(self, pick: int, month: str, factor: str, late: bool) -> None:
        """Part of a month, and the buyer weighs it."""
        contract = _picked(self._contracts("in_force"), pick)
        volume = f"{self._expected(contract).get(month, Decimal(10)) * Decimal(factor):f}"
        lot = {"lot": f"L{self.steps}", "carrier": "承运", "waybill": f"W{self.steps}"}
        day = {"shipped_on": f"{self.stage.clock.now:%Y-%m-%d}"}
        path = f"/contracts/{contract.id}/shipments"
        made = self._post(
            "ships", self._company(contract.seller_id), path, {"month": month, "volume": volume, **lot, **day}
        )
        if made is not None and not late:
            body = {"received_on": day["shipped_on"], "weighed": volume}
            self._post("receives", self._company(contract.buyer_id), f"{path}/{made['number']}/receipt", body)

    @rule(passing=st.sampled_from([{"hours": 2}, {"hours": 2}, {"days": 2}, {"days": 9}, {"days": 31}]))
    @precondition(lambda self: self.steps % 3 == 0)
    def time_passes(self, passing: dict[str, int]) -> None:
        """And what it ends is ended."""
        self.stage.clock.now += timedelta(**passing)
        db.session.commit()
        maintain(now=self.stage.clock.now)
        self.stage.done["time passes"] += 1

    # What must hold.

    @invariant()
    def nothing_is_promised_twice(self) -> None:
        """What is offered, proposed and contracted of an order is in no month more than what was entered.

        Who accepts another's greater volume has agreed to that: so much more may be promised, by that proposal alone.
        """
        for order in db.session.scalars(sa.select(Order).where(Order.id.in_(self.entered))):
            promised, agreed_beyond = self._promised(order), self._raised_by_other(order)
            pending = self._promised(order, statuses=PENDING)
            for month, most in self.entered[order.id].items():
                free = ZERO
                if order.status in ("draft", "open", "frozen"):
                    free = Decimal(order.terms["volumes"].get(month, "0"))
                assert pending.pop(month, ZERO) <= free, (order.id, month)
                total = free + promised.pop(month, ZERO)
                assert total <= most + agreed_beyond.get(month, ZERO), (order.id, order.side, month, total, most)
            assert not any(promised.values()), "it was never entered for this month"
            assert not pending, "it was never entered for this month"
            lot = order.terms.get("lot")
            for proposal in db.session.scalars(sa.select(Proposal).where(_of(order), Proposal.revision == 1)):
                for each in proposal.terms["periods"]:
                    assert lot is None or Decimal(each["volume"]["expected"]) % Decimal(lot) == 0, (proposal.id, lot)

    @invariant()
    def contracts_are_what_was_agreed(self) -> None:
        """One for each concluded proposal, of its terms; its commitments are its volumes; calls keep to its option."""
        concluded = {each.id: each for each in db.session.scalars(sa.select(Proposal)) if each.status == "concluded"}
        contracts = list(db.session.scalars(sa.select(Contract).where(Contract.status != "withdrawn")))
        assert sorted(each.proposal_id for each in contracts) == sorted(concluded), [
            (each.proposal_id, each.status) for each in contracts
        ]
        for contract in contracts:
            version = db.session.get_one(ContractVersion, (contract.id, 1))
            proposal = concluded[contract.proposal_id]
            assert version.terms == proposal.terms
            assert proposal.seller_accepted == proposal.buyer_accepted == proposal.revision
            expected = self._expected(contract)
            up, down = self._option(version.terms, "up"), self._option(version.terms, "down")
            if contract.status in BINDING:
                rows = db.session.scalars(sa.select(Commitment).filter_by(contract_id=contract.id))
                assert {row.month: row.volume for row in rows} == {m: v * (1 + up) for m, v in expected.items()}
            for call in db.session.scalars(sa.select(CallOff).filter_by(contract_id=contract.id)):
                assert expected[call.month] * (1 - down) <= call.volume <= expected[call.month] * (1 + up)
            shipped: dict[str, Decimal] = defaultdict(Decimal)
            for each in db.session.scalars(sa.select(Shipment).filter_by(contract_id=contract.id)):
                if each.status != "cancelled":
                    shipped[each.month] += each.volume
            for month, volume in shipped.items():
                assert volume <= expected[month] * (1 + up) * Decimal("1.05"), (contract.id, month, volume)

    @invariant()
    def nobody_sees_what_is_not_theirs(self) -> None:
        """One company after the other looks at all that it is shown."""
        self.steps += 1
        self._looks(self.steps % len(SIDES))

    @invariant()
    def the_trail_is_whole(self) -> None:
        """Of every chain."""
        assert list(audit_verification.findings()) == []

    def _looks(self, company: int) -> None:
        owner, code = self._member(company).organisation_id, self._member(company).organisation.credit_code
        strange = [each for other, known in enumerate(self.secrets) if other != company for each in known]
        for name, keys in (("orders", ()), ("proposals", ("seller", "buyer")), ("contracts", ("seller", "buyer"))):
            reply = self.client.get(f"/api/v1/{name}?limit=200", headers=self.stage.headers[company])
            assert reply.status_code == 200
            texts = [reply.text]
            for item in reply.json["items"]:
                parties = [item[key]["credit_code"] for key in keys]
                assert not parties or code in parties, (name, item)
                assert parties or owner in _owners(db.session.get_one(Order, item["id"])), item
                one = self.client.get(f"/api/v1/{name}/{item['id']}", headers=self.stage.headers[company])
                assert one.status_code == 200
                texts.append(one.text)
            for text in texts:
                assert not [secret for secret in strange if secret in text], (company, name)
        model: dict[str, Any] = {"orders": Order, "proposals": Proposal, "contracts": Contract}
        for name, kind in model.items():
            of_others = [each.id for each in db.session.scalars(sa.select(kind)) if owner not in _owners(each)]
            for thing_id in of_others[self.steps % 3 :: 3]:
                one = self.client.get(f"/api/v1/{name}/{thing_id}", headers=self.stage.headers[company])
                assert one.status_code == 404, (company, name, one.text)

    # How.

    def _post(self, what: str, company: int, path: str, body: dict[str, Any] | None = None) -> Any:
        reply = self.client.post(f"/api/v1{path}", json=body or {}, headers=self.stage.headers[company])
        assert reply.status_code < 500, (path, body, reply.text)
        assert reply.status_code not in (400, 401, 403, 404, 405, 415), (path, body, reply.text)
        worked = reply.status_code < 300
        self.stage.done[what if worked else f"{what}: refused"] += 1
        return reply.json if worked else None

    def _service(self, what: str, act: Callable[[datetime], object]) -> None:
        try:
            act(self.stage.clock.now)
            db.session.commit()
            self.stage.done[what] += 1
        except DomainError:
            db.session.rollback()
            self.stage.done[f"{what}: refused"] += 1

    def _member(self, company: int) -> Member:
        return db.session.get_one(Member, self.stage.members[company])

    def _company(self, organisation_id: str) -> int:
        return next(n for n in range(len(SIDES)) if self._member(n).organisation_id == organisation_id)

    def _proposals(self, status: str) -> list[Proposal]:
        return list(db.session.scalars(sa.select(Proposal).where(Proposal.status == status).order_by(Proposal.id)))

    def _contracts(self, status: str) -> list[Contract]:
        return list(db.session.scalars(sa.select(Contract).where(Contract.status == status).order_by(Contract.id)))

    def _both_sides_open(self) -> bool:
        return len(set(db.session.scalars(sa.select(Order.side).where(Order.status == "open")))) == 2

    def _waiting_rounds(self) -> list[str]:
        return list(db.session.scalars(sa.select(Round.id).where(Round.status == "reviewed").order_by(Round.id)))

    def _promised(
        self, order: Order, round_id: str | None = None, statuses: tuple[str, ...] = STANDING
    ) -> dict[str, Decimal]:
        """What proposals and contracts may take of an order at most, by month; of one round or of all."""
        total: dict[str, Decimal] = defaultdict(Decimal)
        for proposal in db.session.scalars(sa.select(Proposal).where(_of(order), Proposal.status.in_(statuses))):
            if round_id in (None, proposal.round_id):
                up = self._option(proposal.terms, "up", "buyer" if order.side == "offer" else "seller")
                for each in proposal.terms["periods"]:
                    total[each["period"]] += Decimal(each["volume"]["expected"]) * (1 + up)
        return dict(total)

    def _raised_by_other(self, order: Order) -> dict[str, Decimal]:
        """How much more than the round found the other parties' counters would take of an order."""
        own = "seller" if order.side == "offer" else "buyer"
        more: dict[str, Decimal] = defaultdict(Decimal)
        for proposal in db.session.scalars(sa.select(Proposal).where(_of(order), Proposal.status.in_(STANDING))):
            first = db.session.get_one(ProposalRevision, (proposal.id, 1))
            if proposal.revision == 1:
                continue
            authors = db.session.scalars(sa.select(ProposalRevision.author).filter_by(proposal_id=proposal.id))
            if set(authors) <= {own, "round"}:
                continue
            found = {each["period"]: Decimal(each["volume"]["expected"]) for each in first.terms["periods"]}
            for each in proposal.terms["periods"]:
                more[each["period"]] += max(Decimal(each["volume"]["expected"]) - found[each["period"]], ZERO) * 2
        return more

    @staticmethod
    def _option(terms: dict[str, Any], way: str, side: str = "buyer") -> Decimal:
        return Decimal(terms["volume_band"][f"{side}_option"][way])

    @staticmethod
    def _expected(contract: Contract) -> dict[str, Decimal]:
        terms = db.session.get_one(ContractVersion, (contract.id, 1)).terms
        return {each["period"]: Decimal(each["volume"]["expected"]) for each in terms["periods"]}


def _of(order: Order) -> sa.ColumnElement[bool]:
    return (Proposal.offer_id if order.side == "offer" else Proposal.need_id) == order.id


def _owners(thing: Any) -> set[str]:
    return {thing.organisation_id} if isinstance(thing, Order) else {thing.seller_id, thing.buyer_id}


def _picked(things: list[Any], pick: int) -> Any:
    return things[pick % len(things)]
