"""A company that calls the platform: registered, verified, with a site, a token, and an order that it could post."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import flask_migrate
from stdnum.cn import uscc

from marketplace.accounts import services as accounts
from marketplace.accounts.queries import member_by_id
from marketplace.app import create_app
from marketplace.catalogue import services as catalogue
from marketplace.config import Settings
from marketplace.jobs import engine
from marketplace.shared.actor import SYSTEM
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work

GRADE = "lithium-carbonate-battery"
SCOPES = ("orders:read", "orders:write", "rounds:read", "contracts:read")


@dataclass(frozen=True)
class Company:
    """Who calls, and what it posts."""

    headers: dict[str, str]
    order: dict[str, Any]


def found_companies(settings: Settings, count: int) -> list[Company]:
    """Migrate an empty database, and let so many companies enter it."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        if engine.uses_engine():
            engine.prepare_engine()
        with unit_of_work():
            catalogue.load_catalogue(actor=SYSTEM, now=utc_now())
        founded = [_founded(number) for number in range(count)]
        db.engine.dispose()
    return founded


def _founded(number: int) -> Company:
    now = utc_now()
    body = f"91110000{number:08d}"
    organisation_code = body[8:] + "0X987654321"[_remainder(body[8:])]
    code = body[:8] + organisation_code
    email = f"seller{number}@example.org"
    with unit_of_work():
        member = accounts.register_organisation(
            name_zh=f"测试企业{number}",
            name_latin=f"Bench Company {number}",
            credit_code=code + uscc.calc_check_digit(code),
            kind="second_order_material",
            first_member={"email": email, "name": "测试", "password": secrets.token_urlsafe(16), "roles": ["seller"]},
            now=now,
        )
        accounts.decide_admission(member.organisation_id, "verify", actor=SYSTEM, now=now)
    with unit_of_work():
        actor = member_by_id(member.id).actor  # verified by now
        given = {"name": "一号工厂", "address": "四川省成都市测试路1号", "region_code": "510100"}
        site = accounts.add_site({**given, "latitude_deg": None, "longitude_deg": None}, actor=actor, now=now)
        _, secret = accounts.make_token(name="bench", scopes=SCOPES, valid_days=30, actor=actor, now=now)
        order = {"side": "offer", "grade": GRADE, "site": site.id, **_terms()}
    return Company({"Authorization": f"Bearer {secret}"}, order)


def _terms() -> dict[str, Any]:
    """What a salesperson states of a year's offer: twelve months, a price, and the usual terms about them."""
    return {
        "volumes": {f"2027-{month:02d}": "120" for month in range(1, 13)},
        "limit_price": {"components": [{"fixed": "98000"}]},
        "minimum_contract": "60",
        "lot": "10",
        "counterparties": {"most": 4},
        "flexibility": {"grants": {"down": "0.1", "up": "0.05"}},
    }


def _remainder(digits: str) -> int:
    return sum(w * int(digit) for w, digit in zip((3, 7, 9, 10, 5, 8, 4, 2), digits, strict=True)) % 11
