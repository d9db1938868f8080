"""Who may call the routes of call-offs, shipments, certificates, payments and statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from marketplace.accounts.models import Member
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.shared.database import db
from tests.api.permission_routes import BUYER, OPERATOR, REGULATOR, SELLER, VERIFIED, Route
from tests.conftest import NOW
from tests.factories.contracts import make_contract_in_force, trader_of

TODAY = NOW.date().isoformat()


def contract_of(owner: Member, side: str = "seller") -> dict[str, str]:
    """A contract in force of the member's organisation, on one side; the buyer may call 10 % less."""
    option = {"down": "0.1", "up": "0"}
    contract = make_contract_in_force(
        **{side: owner.organisation},
        flexibility={"grants": option},
        need={"flexibility": {"requires": option}},
    )
    return {"contract_id": contract.id}


def _contract(made: Mapping[str, str]) -> Contract:
    return db.session.get_one(Contract, made["contract_id"])


def shipped_of(owner: Member, side: str = "seller", *, rejected: str | None = None) -> dict[str, str]:
    """One with a shipment under way; or received, and that much of it rejected."""
    made = contract_of(owner, side)
    contract = _contract(made)
    services.announce_shipment(
        contract.id,
        month="2027-01",
        lot="L1",
        volume=Decimal(20),
        shipped_on=NOW.date(),
        carrier="顺丰",
        waybill="SF-1",
        actor=trader_of(contract, "seller"),
        now=NOW,
    )
    if rejected is not None:
        services.receive_shipment(
            contract.id,
            1,
            received_on=NOW.date(),
            weighed=Decimal(20),
            rejected=Decimal(rejected),
            reason="水分超标" if rejected != "0" else None,
            actor=trader_of(contract, "buyer"),
            now=NOW,
        )
    return {**made, "number": "1"}


def contract_with_a_lot_of(owner: Member) -> dict[str, str]:
    """One under which a lot is on its way."""
    return {"contract_id": shipped_of(owner)["contract_id"]}


def begun_of(owner: Member, side: str = "seller") -> dict[str, str]:
    """One whose months lie two months earlier: the first is over."""
    made = contract_of(owner, side)
    version = queries.present_version(_contract(made))
    months = {"2027-01": "2026-11", "2027-02": "2026-12", "2027-03": "2027-01"}
    periods = [{**each, "period": months[each["period"]]} for each in version.terms["periods"]]
    version.terms = {**version.terms, "periods": periods}
    db.session.flush()
    return made


def stated_of(owner: Member, side: str = "seller", *, by: str, confirmed: bool = False) -> dict[str, str]:
    """One whose first month one party has stated finally, and the other has confirmed."""
    made = begun_of(owner, side)
    contract = _contract(made)
    statement = services.draw_statement(
        contract.id, kind="final", month="2026-11", actor=trader_of(contract, by), now=NOW
    )
    if confirmed:
        other = "buyer" if by == "seller" else "seller"
        services.confirm_statement(
            contract.id, 1, hash=statement.hash, actor=trader_of(contract, other), now=NOW + timedelta(seconds=1)
        )
    return {**made, "number": "1"}


def to_be_corrected_of(owner: Member) -> dict[str, str]:
    """One stated finally at a price that has turned out wrong."""
    made = stated_of(owner, by="seller", confirmed=True)
    contract = _contract(made)
    entry = delivery_queries.statement(contract, 1)
    months = [{**each, "price": "1"} for each in entry.document["months"]]
    entry.document = {**entry.document, "months": months}
    db.session.flush()
    return {"contract_id": contract.id}


def confirmation(_caller: Member, path: Mapping[str, str]) -> dict[str, Any]:
    """Of the figures as they are."""
    return {"hash": delivery_queries.statement(_contract(path), int(path["number"])).hash}


SHIPMENT = "/api/v1/contracts/<contract_id>/shipments/<number>"
STATEMENT = "/api/v1/contracts/<contract_id>/statements/<number>"

ROUTES = [
    *(
        Route("GET", f"/api/v1/contracts/<contract_id>/{name}", make=contract_of, owners=VERIFIED)
        for name in ("schedule", "shipments", "certificates", "payments", "statements", "fulfilment")
    ),
    Route("GET", SHIPMENT, make=shipped_of, owners=VERIFIED),
    Route("GET", STATEMENT, make=partial(stated_of, by="seller"), owners=VERIFIED),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/call-offs",
        roles={BUYER},
        owners=VERIFIED,
        make=partial(contract_of, side="buyer"),
        body={"month": "2027-01", "volume": "95"},
    ),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/shipments",
        roles={SELLER},
        owners=VERIFIED,
        make=contract_of,
        body={
            "month": "2027-01",
            "lot": "L1",
            "volume": "20",
            "shipped_on": TODAY,
            "carrier": "顺丰",
            "waybill": "SF-1",
        },
    ),
    Route(
        "POST",
        f"{SHIPMENT}/cancellation",
        roles={SELLER},
        owners=VERIFIED,
        make=shipped_of,
        body={"reason": "途中灭失"},
    ),
    Route(
        "POST",
        f"{SHIPMENT}/receipt",
        roles={BUYER},
        owners=VERIFIED,
        make=partial(shipped_of, side="buyer"),
        body={"received_on": TODAY, "weighed": "20"},
    ),
    Route(
        "POST",
        f"{SHIPMENT}/rejection",
        roles={BUYER},
        owners=VERIFIED,
        make=partial(shipped_of, side="buyer", rejected="0"),
        body={"rejected": "5", "reason": "复检不合格"},
    ),
    Route(
        "POST",
        f"{SHIPMENT}/rejection-reduction",
        roles={BUYER},
        owners=VERIFIED,
        make=partial(shipped_of, side="buyer", rejected="5"),
        body={"rejected": "1", "reason": "仲裁"},
    ),
    Route(
        "POST",
        f"{SHIPMENT}/rejection-contest",
        roles={SELLER},
        owners=VERIFIED,
        make=partial(shipped_of, rejected="5"),
        body={"reason": "复检合格"},
    ),
    Route(
        "POST",
        f"{SHIPMENT}/rejection-concession",
        roles={SELLER},
        owners=VERIFIED,
        make=partial(shipped_of, rejected="5"),
    ),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/certificates",
        roles={SELLER},
        owners=VERIFIED,
        make=contract_with_a_lot_of,
        body={"lot": "L1", "assays": {"purity_pct": "99.6"}, "laboratory": "国检中心", "issued_on": TODAY},
    ),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/payments",
        roles={SELLER},
        owners=VERIFIED,
        make=contract_of,
        body={"kind": "deposit", "amount": "1000.00", "paid_on": TODAY, "reference": "工行 1"},
    ),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/statements",
        roles={SELLER},
        owners=VERIFIED,
        make=begun_of,
        body={"kind": "final", "month": "2026-11"},
    ),
    Route("GET", "/api/v1/fulfilment/own"),
    Route("GET", "/api/v1/fulfilment/ranking", roles={OPERATOR, REGULATOR}),
    Route("GET", "/api/v1/fulfilment/misses", roles={OPERATOR, REGULATOR}),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/fulfilment-reports",
        roles={SELLER},
        owners=VERIFIED,
        make=begun_of,
        body={"month": "2026-11", "called": "100", "delivered": "98.5"},
    ),
    Route(
        "POST",
        f"{STATEMENT}/confirmation",
        roles={SELLER},
        owners=VERIFIED,
        make=partial(stated_of, by="buyer"),
        body=confirmation,
    ),
    Route(
        "POST",
        f"{STATEMENT}/dispute",
        roles={SELLER},
        owners=VERIFIED,
        make=partial(stated_of, by="buyer"),
        body={"reason": "数量有误"},
    ),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/corrections",
        roles={SELLER},
        owners=VERIFIED,
        make=to_be_corrected_of,
        body={"month": "2026-11", "reason": "价格有误"},
    ),
]
