"""The platform as the scenario talks to it: one client, one clock, a token for each member."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from marketplace.accounts.models import Member
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.accounts import make_token
from tests.scenarios.portfolio.ledger import KG, Ledger, later
from tests.scenarios.portfolio.market import Pair
from tests.scenarios.strangers import MovableClock

YEARS_ON = 8
PRICES = Path(__file__).with_name("spot_weekly_2019_2021.csv")


@dataclass
class Run:
    """One contract as the scenario plays it."""

    pair: Pair
    id: str
    ledger: Ledger
    index: str
    rejections: list[tuple[str, int, int]] = field(default_factory=list)  # month, shipment, kg: contested
    ended: bool = False
    successors: dict[str, Pair] = field(default_factory=dict)  # by the first month that each holds

    def at(self, month: str) -> Pair:
        """Who holds a month."""
        began = [first for first in self.successors if first <= month]
        return self.successors[max(began)] if began else self.pair

    @property
    def months(self) -> list[str]:
        """In which it delivers."""
        return [each["period"] for each in self.ledger.terms["periods"]]


class Platform:
    """Requests of its members at moments that are set."""

    def __init__(self, app: Flask, clock: MovableClock) -> None:
        self.client, self.clock = app.test_client(), clock
        self.requests = 0
        self._headers: dict[str, dict[str, str]] = {}

    def post(self, member: Member, path: str, body: dict[str, Any] | None = None, *, status: int = 200) -> Any:
        """One request of a member's; its reply."""
        self.requests += 1
        answer = self.client.post(f"/api/v1{path}", json=body or {}, headers=self.headers(member))
        assert answer.status_code == status, (path, body, answer.text)
        return answer.json

    def get(self, member: Member, path: str, **query: Any) -> Any:
        """What a member reads."""
        self.requests += 1
        answer = self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers(member))
        assert answer.status_code == 200, (path, answer.text)
        return answer.json if answer.is_json else answer

    def headers(self, member: Member) -> dict[str, str]:
        """A token of the member's, made once."""
        if member.id not in self._headers:
            token = make_token(member, expires_at=NOW + timedelta(days=4 * 366))
            self._headers[member.id] = {"Authorization": f"Bearer {token}"}
            db.session.commit()
        return self._headers[member.id]

    def at(self, month: str, day: int) -> None:
        """Set the clock to ten in the morning in Beijing."""
        self.clock.now = datetime(int(month[:4]), int(month[5:]), day, 2, tzinfo=UTC)

    def sign(self, contract_id: str, number: int, *members: Member) -> None:
        """Read the document of a version and confirm it, each by its hash."""
        for member in members:
            document = self.get(member, f"/contracts/{contract_id}/versions/{number}/document", form="pdf")
            body = {"pdf_hash": document.get_etag()[0]}
            self.post(member, f"/contracts/{contract_id}/versions/{number}/confirmation", body)


def tonnes(weight: int) -> str:
    """Whole kilograms as the interface takes them."""
    return f"{weight // KG}.{weight % KG:03d}"


def days_of(month: str) -> int:
    first = date(int(month[:4]), int(month[5:]), 1)
    return (date.fromisoformat(f"{later(month, 1)}-01") - first).days


def weeks() -> dict[date, int]:
    """The weekly quotes, eight years on."""

    def moved(day: date) -> date:
        return day.replace(year=day.year + YEARS_ON)

    with PRICES.open(encoding="utf-8") as rows:
        return {moved(date.fromisoformat(row["day"])): int(row["cny_per_t"]) for row in csv.DictReader(rows)}


def stated_payment(payment: dict[str, Any]) -> dict[str, Any]:
    names = ("days", "prepaid_fraction", "prepaid_offset_months", "deposit_fraction")
    return {name: payment[name] for name in names if payment[name] is not None}
