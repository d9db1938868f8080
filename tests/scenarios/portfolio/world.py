"""The portfolio's course: a round, answers and signatures, then month by month what trade does, all over HTTP.

Everybody is played in turn; the clock is set, never waited for.  What happens is told to each contract's ledger.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from flask import Flask

from marketplace.accounts.models import Member
from marketplace.jobs.maintain import maintain
from marketplace.jobs.run_round import run_round
from marketplace.rounds import services as rounds
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.accounts import make_member, make_organisation, make_site
from tests.factories.catalogue import make_grade
from tests.factories.indices import make_index
from tests.scenarios.portfolio.ledger import KG, Ledger, Month, half_up, kilograms, later
from tests.scenarios.portfolio.market import LEVEL, MONTHS, Pair, make_pair
from tests.scenarios.portfolio.platform import Platform, Run, days_of, stated_payment, tonnes, weeks
from tests.scenarios.strangers import MovableClock

POLICY = {"price_tick": "10", "minimum_gain": "20", "price_band": "0.2", "financing_rate_per_year": "0"}
FREIGHT = {"kind": "distance", "cny_per_unit_km": "0.35", "circuity": "1.24"}
CONTRACTS_OF_A_GRADE = 10


class World(Platform):
    """The platform and its parties."""

    def __init__(self, app: Flask, clock: MovableClock, *, contracts: int, seed: int) -> None:
        super().__init__(app, clock)
        self.chance = random.Random(seed)
        self.settled: dict[str, set[str]] = defaultdict(set)  # by contract, months that are stated finally
        grades = [make_grade() for _ in range(-(-contracts // CONTRACTS_OF_A_GRADE))]
        self.indices = [make_index(tax_basis="exclusive", frequency="daily").id for _ in grades]
        self.pairs = [
            make_pair(number, grades[number // CONTRACTS_OF_A_GRADE], self._index_of(number), self.chance)
            for number in range(contracts)
        ]
        self.operator = make_member(roles=(Role.OPERATOR,))
        self.quotes: dict[str, dict[date, Fraction]] = defaultdict(dict)
        self.weeks = weeks()
        plan = {
            "name_zh": "三年组合",
            "name_en": "Three years",
            "grade_ids": [grade.id for grade in grades],
            "calendar": list(MONTHS),
            "policy": POLICY,
            "freight": FREIGHT,
            "index_paths": {index: [str(LEVEL)] * len(MONTHS) for index in self.indices},
        }
        self.round_id = rounds.create_round(**plan, actor=SYSTEM, now=NOW).id
        rounds.open_round(self.round_id, actor=SYSTEM, now=NOW)
        rounds.freeze_round(self.round_id, actor=SYSTEM, now=NOW)
        db.session.commit()
        assert run_round(self.round_id, actor=SYSTEM, threads=1) == "solved"
        rounds.review_round(self.round_id, "已核对", actor=SYSTEM, now=NOW)
        rounds.publish_round(self.round_id, actor=SYSTEM, now=NOW)
        db.session.commit()
        self.runs = [self._conclude(pair) for pair in self.pairs]
        self.by_id = {run.id: run for run in self.runs}

    def play(self) -> None:
        """Three years, and the months after them in which the last statements are drawn."""
        for place, month in enumerate((*MONTHS, later(MONTHS[-1], 1))):
            before, active = later(month, -1), [run for run in self.runs if self._runs_in(run, month)]
            self.at(before, 10)
            for run in active:
                self._call(run, month)
            self.at(month, 5)
            self._quote(before)
            settled = [run for run in self.runs if self._runs_in(run, before)]
            for run in settled:
                self._settle(run, before)
                self._report(run, before)
            for run in active:
                self._pay(run, month)
            self.at(month, 20)
            for run in active:
                self._deliver(run, month)
            self.at(month, 25)
            self._settle_rejections(month)
            if place in (9, 21):
                self._correct_index(self.indices[place % len(self.indices)], before)
            self.events(place, month)
            maintain(now=self.clock.now)

    def events(self, place: int, month: str) -> None:
        """What befalls some contracts: amendments, a suspension, an end by agreement."""
        running = [run for run in self.runs if self._runs_in(run, later(month, 1)) and self._runs_in(run, month)]
        if place % 6 == 5:
            for run in running[: max(1, len(running) // 10)]:
                self._amend(run, month)
        if place in (4, 14):
            self._suspend(running[-1], month)
        if place == 11:
            lasting = next(run for run in reversed(running) if later(month, 4) in run.months)
            self._insolvent(lasting, month)
        if place == 12:
            self._take_over(later(month, 1))
        if place in (7, 19):
            self._end(running[len(running) // 2], month)

    # What parties say and do.

    def _index_of(self, number: int) -> str:
        return self.indices[number // CONTRACTS_OF_A_GRADE]

    def _runs_in(self, run: Run, month: str) -> bool:
        return month in run.months and not (run.ended and month not in run.ledger.months)

    def _conclude(self, pair: Pair) -> Run:
        """Answer the pair's proposal, some by way of a counter, and sign the contract."""
        (proposal,) = self.get(pair.seller, "/proposals")["items"]
        path = f"/proposals/{proposal['id']}"
        if pair.counters:
            changes = {"payment": {**stated_payment(proposal["payment"]), "days": 45}}
            body = {"revision": 1, "changes": changes, "consent": ["payment"]}
            proposal = self.post(pair.buyer, f"{path}/counter", body)
            answering: tuple[Member, ...] = (pair.seller,)
        else:
            answering = (pair.seller, pair.buyer)
        accepted = {"revision": proposal["revision"], "terms_hash": proposal["terms_hash"]}
        for member in answering:
            self.post(member, f"{path}/acceptance", accepted)
        (contract,) = self.get(pair.seller, "/contracts")["items"]
        self.sign(contract["id"], 1, pair.seller, pair.buyer)
        contract = self.get(pair.buyer, f"/contracts/{contract['id']}")
        assert contract["status"] == "in_force"
        run = Run(pair, contract["id"], Ledger(contract), self._index_of(pair.number))
        if contract["payment"]["deposit_fraction"] is not None:
            amount = Fraction(contract["value"]["expected"]) / 10
            self._enter(run, "deposit", None, round(amount * 100))
            run.ledger.deposits[run.months[0]] = round(amount * 100)
        return run

    def _call(self, run: Run, month: str) -> None:
        agreed, volume = run.ledger.agreed(month)["volume"], None
        run.ledger.months[month] = Month(called=kilograms(agreed["expected"]))
        if self.chance.random() < 0.3:
            option = run.ledger.terms["volume_band"]["buyer_option"]
            expected = kilograms(agreed["expected"])
            least = -(-expected * (1 - Fraction(option["down"])) // 1)
            most = expected * (1 + Fraction(option["up"])) // 1
            volume = self.chance.randint(int(least), int(most))
        if volume is not None:
            self.post(
                run.at(month).buyer,
                f"/contracts/{run.id}/call-offs",
                {"month": month, "volume": tonnes(volume)},
                status=201,
            )
            run.ledger.months[month].called = volume

    def _deliver(self, run: Run, month: str) -> None:
        called = run.ledger.months[month].called
        part = self.chance.choice((Fraction(1), Fraction(1), Fraction(1), Fraction(97, 100), Fraction(7, 10)))
        whole = int(called * part)
        lots = [whole] if whole < 40 * KG else [whole // 2, whole - whole // 2]
        for place, weight in enumerate(lots):
            self._ship(run, month, weight, f"{month}-{place}")

    def _ship(self, run: Run, month: str, weight: int, lot: str, replaces: int | None = None) -> None:
        """One lot there, its receipt, and what is rejected of it."""
        today = self.clock.now.date().isoformat()
        body: dict[str, Any] = {
            "month": month,
            "lot": lot,
            "volume": tonnes(weight),
            "shipped_on": today,
            "carrier": "中远海运",
            "waybill": f"WB-{lot}",
        }
        if replaces is not None:
            body["replaces"] = replaces
        path = f"/contracts/{run.id}/shipments"
        number = self.post(run.at(month).seller, path, body, status=201)["number"]
        weighed = weight - self.chance.choice((0, 0, weight // 2000, weight // 300))
        slight = abs(weighed - weight) * 1000 <= 2 * weight and run.pair.tolerance
        counted = weight if slight else weighed
        rejected = counted // 10 if replaces is None and self.chance.random() < 0.05 else 0
        receipt: dict[str, Any] = {"received_on": today, "weighed": tonnes(weighed)}
        if rejected:
            receipt |= {"rejected": tonnes(rejected), "reason": "水分超标"}
        answer = self.post(run.at(month).buyer, f"{path}/{number}/receipt", receipt)
        assert kilograms(answer["counted"]) == counted
        run.ledger.months[month].accepted += counted - rejected
        if rejected and self.chance.random() < 0.5:
            self.post(run.at(month).seller, f"{path}/{number}/rejection-concession")
            self._ship(run, month, rejected, f"{lot}R", replaces=number)
        elif rejected:
            self.post(run.at(month).seller, f"{path}/{number}/rejection-contest", {"reason": "复检合格"})
            run.ledger.months[month].contested += rejected
            run.rejections.append((month, number, rejected))

    def _settle(self, run: Run, month: str) -> None:
        """The month's statement; one in ten after a provisional one."""
        path = f"/contracts/{run.id}/statements"
        self.settled[run.id].add(month)
        drawer, other = self.chance.sample((run.at(month).seller, run.at(month).buyer), 2)
        for kind in ("provisional", "final") if self.chance.random() < 0.1 else ("final",):
            statement = self.post(drawer, path, {"kind": kind, "month": month}, status=201)
            self.post(other, f"{path}/{statement['number']}/confirmation", {"hash": statement["hash"]})
        run.ledger.payable(self.index_means(run), until=month)  # what is set off now stays so

    def _report(self, run: Run, month: str) -> None:
        happened = run.ledger.months[month]
        body = {"month": month, "called": tonnes(happened.called), "delivered": tonnes(happened.accepted)}
        for member in (run.at(month).seller, run.at(month).buyer):
            if self.chance.random() < 0.98:
                self.post(member, f"/contracts/{run.id}/fulfilment-reports", body, status=201)

    def _pay(self, run: Run, month: str) -> None:
        if run.ledger.terms["payment"]["prepaid_fraction"] is None:
            return
        agreed = run.ledger.agreed(month)
        amount = Fraction(agreed["volume"]["expected"]) * Fraction(agreed["reference"]) * Fraction(3, 10)
        run.ledger.prepaid[month] += round(amount * 100)
        self._enter(run, "prepayment", month, round(amount * 100))

    def _enter(self, run: Run, kind: str, month: str | None, cents: int) -> None:
        body = {
            "kind": kind,
            "amount": f"{cents // 100}.{cents % 100:02d}",
            "paid_on": self.clock.now.date().isoformat(),
            "reference": "工行 1",
        }
        if month is not None:
            body["month"] = month
        self.post(run.at(month or run.months[0]).seller, f"/contracts/{run.id}/payments", body, status=201)

    def _quote(self, month: str) -> None:
        """Enter the month's quotes of every index."""
        found = {day: value for day, value in self.weeks.items() if day.isoformat()[:7] == month}
        if not found:
            return
        rows = [{"day": day.isoformat(), "value": str(value)} for day, value in found.items()]
        for index in self.indices:
            self.post(self.operator, f"/indices/{index}/quotes", {"quotes": rows}, status=201)
            self.quotes[index] |= {day: Fraction(value) for day, value in found.items()}

    def _correct_index(self, index: str, month: str) -> None:
        """Its publisher corrects a quote; every month that was settled by it is corrected, none in silence."""
        day = min(day for day in self.quotes[index] if day.isoformat()[:7] == month)
        value = self.quotes[index][day] + 1750
        rows = [{"day": day.isoformat(), "value": str(value)}]
        self.post(self.operator, f"/indices/{index}/quotes", {"quotes": rows, "corrections": True}, status=201)
        self.quotes[index][day] = value
        for run in self.runs:
            follows = run.index == index and run.ledger.terms["price"]["formula"] is not None
            if follows and month in run.ledger.months:
                self._correct(run, month)

    def _correct(self, run: Run, month: str) -> None:
        """By either party; where floor or cap hide the change there is nothing to correct."""
        path = f"/contracts/{run.id}"
        drawer, other = self.chance.sample((run.at(month).seller, run.at(month).buyer), 2)
        body = {"month": month, "reason": "指数更正或检验结果"}
        self.requests += 1
        answer = self.client.post(f"/api/v1{path}/corrections", json=body, headers=self.headers(drawer))
        if answer.status_code == 409:
            assert answer.json["title"] == "nothing-to-correct", answer.text
            return
        assert answer.status_code == 201, answer.text
        number, said = answer.json["number"], {"hash": answer.json["hash"]}
        self.post(other, f"{path}/statements/{number}/confirmation", said)
        following = [first for first in run.successors if first > month]
        if following and following[0] in self.settled[run.id]:
            self._correct(run, following[0])  # balances that a later party took over are its own to correct

    def _settle_rejections(self, present: str) -> None:
        """What was contested in the month before is given way to by either party, and the month corrected."""
        for run in self.runs:
            for month, number, rejected in [each for each in run.rejections if each[0] < present]:
                run.rejections.remove((month, number, rejected))
                path, happened = f"/contracts/{run.id}/shipments/{number}", run.ledger.months[month]
                happened.contested -= rejected
                if self.chance.random() < 0.5:
                    self.post(run.at(month).seller, f"{path}/rejection-concession")
                else:
                    left = rejected // 3
                    body = {"rejected": tonnes(left), "reason": "以仲裁结果为准"}
                    self.post(run.at(month).buyer, f"{path}/rejection-reduction", body)
                    happened.accepted += rejected - left
                self._correct(run, month)

    def _amend(self, run: Run, month: str) -> None:
        """From the month after the next on four fifths of the volume; both sign."""
        periods = []
        for each in run.ledger.terms["periods"]:
            expected = kilograms(each["volume"]["expected"])
            if each["period"] > later(month, 1):
                expected = expected * 4 // 5
            prices = {name: each[name] for name in ("floor", "cap")}
            if run.ledger.terms["price"]["formula"] is None:
                prices["reference"] = each["reference"]
            periods.append({"period": each["period"], "volume": tonnes(expected), **prices})
        body = {"changes": {"periods": periods}, "reason": "产线检修"}
        version = self.post(run.at(month).buyer, f"/contracts/{run.id}/amendments", body, status=201)
        self.sign(run.id, version["number"], run.at(month).seller, run.at(month).buyer)
        run.ledger.terms = self.get(run.at(month).seller, f"/contracts/{run.id}")

    def _suspend(self, run: Run, month: str) -> None:
        """For force majeure from the 25th to the 28th, three days of the month."""
        self._notice(run, run.at(month).seller, "suspension", "force_majeure")
        self.at(month, 28)
        self._notice(run, run.at(month).seller, "resumption", "force_majeure")
        run.ledger.months[month].paused = Fraction(3, days_of(month))

    def _end(self, run: Run, month: str) -> None:
        """By agreement on the 25th; the month is settled, what follows is not due."""
        number = self._notice(run, run.at(month).seller, "termination", "agreed")["number"]
        self.post(run.at(month).buyer, f"/contracts/{run.id}/notices/{number}/consent")
        run.ledger.months[month].paused += Fraction(days_of(month) - 24, days_of(month))
        run.ended = True

    def _insolvent(self, run: Run, month: str) -> None:
        """Its seller is: the buyer and whoever takes over sign, and the administrator has thirty days to object."""
        incoming = make_member(organisation=make_organisation(), roles=(Role.SELLER, Role.BUYER, Role.SIGNATORY))
        site = make_site(incoming.organisation)
        db.session.commit()
        body = {
            "side": "seller",
            "credit_code": incoming.organisation.credit_code,
            "from_month": later(month, 2),
            "ground": "insolvency",
            "court_reference": "（2027）川01破12号",
            "reason": "卖方破产，由买受其产线的企业承继",
        }
        path = f"/contracts/{run.id}/novations"
        number = self.post(run.pair.buyer, path, body, status=201)["number"]
        self.post(incoming, f"{path}/{number}/place", {"site_id": site.id})
        self.sign(run.id, number, run.pair.buyer, incoming)
        self.insolvency = run, number, incoming

    def _take_over(self, first: str) -> None:
        """The days to object are over."""
        run, number, incoming = self.insolvency
        self.clock.now += timedelta(days=2)
        self.post(run.pair.buyer, f"/contracts/{run.id}/novations/{number}/effect")
        contract = self.get(run.pair.buyer, f"/contracts/{run.id}")
        assert contract["seller"]["credit_code"] == incoming.organisation.credit_code
        run.successors[first] = replace(run.pair, seller=incoming)

    def _notice(self, run: Run, member: Member, kind: str, ground: str) -> Any:
        body = {"kind": kind, "ground": ground, "reason": "洪水" if ground == "force_majeure" else "协商一致"}
        return self.post(member, f"/contracts/{run.id}/notices", body, status=201)

    def index_means(self, run: Run) -> dict[str, Fraction]:
        """By month: the mean of the quotes, half up to 0.01."""
        by_month: dict[str, list[Fraction]] = defaultdict(list)
        for day, value in self.quotes[run.index].items():
            by_month[day.isoformat()[:7]].append(value)
        return {month: Fraction(half_up(sum(of, Fraction(0)) / len(of) * 100), 100) for month, of in by_month.items()}
