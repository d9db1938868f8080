"""Organisations that trade: each verified, with a site, and a token by which it enters orders."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flask_migrate

from marketplace.accounts import services as accounts
from marketplace.app import create_app
from marketplace.catalogue import services as catalogue
from marketplace.config import Settings
from marketplace.jobs import engine
from marketplace.samples.credit_codes import sample_credit_code
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work

REGION = "510100"
SCOPES = ("orders:read", "orders:write")


@dataclass(frozen=True)
class Trader:
    """Who enters orders, and from where."""

    organisation_id: str
    site_id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What its calls carry."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def year_offer(self) -> dict[str, Any]:
        """An offer as a salesperson states it: twelve months, a price, and the usual terms about them."""
        return {
            "side": "offer",
            "grade": "lithium-carbonate-battery",
            "site": self.site_id,
            "volumes": {f"2027-{month:02d}": "120" for month in range(1, 13)},
            "limit_price": {"components": [{"fixed": "98000"}]},
            "minimum_contract": "60",
            "lot": "10",
            "counterparties": {"most": 4},
            "flexibility": {"grants": {"down": "0.1", "up": "0.05"}},
        }


def admit_traders(settings: Settings, count: int, *, scopes: Sequence[str] = SCOPES) -> list[Trader]:
    """Migrate an empty database, load the catalogue, and admit so many, whose tokens have these scopes."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        if engine.uses_engine():
            engine.prepare_engine()
        with unit_of_work():
            catalogue.load_catalogue(actor=SYSTEM, now=utc_now())
            traders = [_admit(number, scopes) for number in range(count)]
        db.engine.dispose()
    return traders


def _admit(number: int, scopes: Sequence[str]) -> Trader:
    now = utc_now()
    company = {
        "name_zh": f"压测企业{number}",
        "name_latin": f"Bench Company {number}",
        "credit_code": sample_credit_code(REGION, 7000 + number),
        "kind": "cell",
    }
    place = {"name": "一号工厂", "address": "四川省成都市测试路1号", "region_code": REGION}
    ((organisation, (site,)),) = accounts.admit_samples([(company, [place])], moments=iter([now, now]))
    member = accounts.new_member(
        organisation,
        email=f"bench{number}@example.com",
        name="王小明",
        password=secrets.token_urlsafe(24),
        roles=[Role.SELLER, Role.BUYER],
        now=now,
    )
    _, token = accounts.make_token(name="bench", scopes=list(scopes), valid_days=7, actor=member.actor, now=now)
    return Trader(organisation.id, site.id, token)
