"""A market as the solver sees it: grades, calendar, price paths, freight, policy and orders.

Read with :func:`read_market`; written with :func:`write_market`.  All amounts are exact
decimals, written as JSON strings.  The form is described by ``schema/market.schema.json``.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any, Literal

import msgspec

from solver.form.terms import (
    AcceptedRange,
    Alternate,
    Approved,
    Counterparties,
    CreditLimit,
    Delivery,
    Exclusion,
    Flexibility,
    Group,
    HeldCertificate,
    Incumbent,
    Input,
    LimitPrice,
    LossConsent,
    MaximumShare,
    MinimumContract,
    Payment,
    PriorityClass,
    Site,
    SmallSupplierShare,
    Source,
    SplitVolume,
    Storage,
    Term,
    Tiers,
    Tolling,
    Validity,
)
from solver.form.wishes import ContractWishes

FORMAT = "changdan-market/1"


class Grade(Term, frozen=True):
    """A tradable grade; volumes are whole multiples of ``quantum`` (in ``unit``)."""

    id: str
    unit: str
    quantum: Decimal
    contract_cost: Decimal | None = None  # CNY per contract; None: the policy's


class PricePath(Term, frozen=True):
    """One future of the indices: a value per period, and its weight in the objective.

    A series other than the monthly mean has a name of its own, such as ``LC-CN@settlement`` (docs/model.md 1.1i).
    """

    weight: Decimal
    indices: dict[str, tuple[Decimal, ...]]
    before: dict[str, Decimal] = {}  # in the period before the calendar, for a quotation of M-1
    after: dict[str, Decimal] = {}  # in the period after it, for M+1


class Lane(Term, frozen=True):
    """Freight between two places, named by site id or by region code."""

    origin: str
    destination: str
    distance_km: Decimal | None = None
    cny_per_unit: Decimal | None = None


class Freight(Term, frozen=True):
    """How the freight of a pair is found, in CNY per grade unit.

    ``none``: free.  ``distance``: great circle x circuity x rate.  ``plane``: straight line between the
    sites' ``x_km``, ``y_km`` x circuity x rate (generated markets).  ``lanes``: the table alone
    (a lane's own price, or its distance x rate); a pair without a lane cannot trade.
    """

    kind: Literal["none", "distance", "plane", "lanes"] = "none"
    cny_per_unit_km: Decimal = Decimal(0)
    circuity: Decimal = Decimal(1)
    lanes: tuple[Lane, ...] = ()


class PriceSplit(Term, frozen=True):
    """Between which fractions of the interval between both limits the reference is drawn.

    A narrower window than 0 to 1 tells each party more about the other's limit (docs/model.md 5.7).
    """

    low: Decimal = Decimal(0)
    high: Decimal = Decimal(1)


class Policy(Term, frozen=True):
    """The rules of a round, fixed and told to all before it opens."""

    contract_cost: Decimal = Decimal(0)  # CNY per contract
    welfare_tolerance: Decimal = Decimal(0)  # fraction, for the near-equal phase
    concentration_target: Decimal | None = None  # share of a grade that no supplier should exceed, among near-equals
    paths_required: Decimal = Decimal(1)  # weight of the paths on which a match must gain, if both sides consent
    price_tick: Decimal = Decimal(1)  # CNY per unit
    minimum_gain: Decimal = Decimal(0)  # CNY per unit that each party keeps at the reference
    price_band: Decimal = Decimal("0.08")  # greatest width of the band about the reference, fraction
    price_split: PriceSplit = PriceSplit()
    exceptions: Literal["propose", "drop"] = "propose"
    formula_coefficients: tuple[Decimal, ...] = (Decimal(1), Decimal("0.8"), Decimal("0.5"))
    index_range: Decimal = Decimal("0.3")  # formulas are tested for the index at +/- this fraction
    payment_terms_of: Literal["offer", "need"] = "offer"  # whose payment terms the contract has
    financing_rate_per_year: Decimal = Decimal(0)
    refused_instruments: tuple[Literal["bank_acceptance", "commercial_acceptance"], ...] = ()
    small_supplier_days: int | None = None  # a small supplier that waits longer for its money is flagged
    exchange_rates: dict[str, Decimal] = {}  # CNY per unit of a currency
    incoterm_order: tuple[str, ...] = ("EXW", "FCA", "FOB", "CPT", "CIP", "DAP", "DPU", "DDP", "CFR", "CIF", "FAS")
    planned_capacity: Literal["counted", "not_counted"] = "counted"  # whether planned volume may be sold (1.4)
    wish_conflicts: Literal["show", "screen"] = "show"  # what becomes of pairs whose wishes differ (1.3)
    small_supplier_share: SmallSupplierShare | None = None  # per grade, relaxed by class (3.25)
    sealed_seed: str = ""  # ranks prices and lotteries; one secret for all rounds, never published (docs/model.md 5.7)


class Order(Term, frozen=True):
    """One offer or need with every term of the order model."""

    id: str
    side: Literal["offer", "need"]
    organisation: str
    grade: str
    volumes: tuple[Decimal | SplitVolume, ...]
    limit_price: LimitPrice
    site: Site = Site()
    group_parent: str | None = None
    tags: tuple[str, ...] = ()
    small_supplier: bool = False
    holds: tuple[HeldCertificate, ...] = ()
    source: Source | None = None
    family: str | None = None
    specification: dict[str, Decimal | AcceptedRange] = {}
    flexibility: Flexibility = Flexibility()
    delivery: Delivery = Delivery()
    payment: Payment = Payment()
    loss_consent: LossConsent | None = None
    tolling: Tolling | None = None
    minimum_contract: Decimal | MinimumContract | None = None
    maximum_contract: Decimal | None = None
    minimum_per_period: Decimal | None = None
    lot: Decimal | None = None
    minimum_fill: Decimal | None = None
    counterparties: Counterparties | None = None
    maximum_share: MaximumShare | None = None
    incumbents: tuple[Incumbent, ...] = ()
    approved: Approved | None = None
    groups: tuple[Group, ...] = ()
    linked_to: str | None = None
    exclusive: str | None = None
    tiers: Tiers | None = None
    ramp: Decimal | None = None
    storage: Storage | None = None
    alternates: tuple[Alternate, ...] = ()
    certificates: tuple[str, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    credit_limit: CreditLimit | None = None
    inputs: tuple[Input, ...] = ()
    contract_wishes: ContractWishes = ContractWishes()
    validity: Validity = Validity()
    priority: dict[str, PriorityClass] = {}  # of a term; a class alone relaxes nothing (docs/model.md 3.23)
    must_serve: bool = False


def party_of(order: Order) -> str:
    """Related organisations count as one party."""
    return order.organisation if order.group_parent is None else order.group_parent


class Market(Term, frozen=True):
    """Everything a clearing depends on."""

    format: Literal["changdan-market/1"]
    grades: tuple[Grade, ...]
    calendar: tuple[str, ...]
    orders: tuple[Order, ...]
    as_of: str | None = None  # ISO date on which validity is judged; None: orders are all valid
    name: str | None = None
    paths: tuple[PricePath, ...] = ()
    freight: Freight = Freight()
    policy: Policy = Policy()


def canonical_bytes(value: Any) -> bytes:
    """The one byte form that is hashed: JSON, keys sorted, decimals as written, no spaces.

    >>> canonical_bytes({"b": Decimal("1.50"), "a": 1})
    b'{"a":1,"b":"1.50"}'
    """
    return msgspec.json.encode(value, order="sorted")


def content_hash(value: Any) -> str:
    """SHA-256 of the canonical bytes, as ``sha256:<hex>``."""
    return "sha256:" + hashlib.sha256(canonical_bytes(value)).hexdigest()
