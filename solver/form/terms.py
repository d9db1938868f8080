"""The terms of an order as the solver reads them: one frozen structure per term.

Every term of the order model can be read from a market file.  Which of them this
version clears is listed in :mod:`solver.form.honoured`; a market that uses another is refused.

Units: volumes in the grade's unit, prices in the market's currency per grade unit,
fractions between 0 and 1 (0.05 = 5 %), days and months as whole numbers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

import msgspec


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base of all terms: immutable, and an unknown field is an error."""


class Site(Term, frozen=True):
    """A place: WGS 84 coordinates in degrees, a GB/T 2260 region code (six digits), a name of one's own.

    ``x_km``, ``y_km``: coordinates on a plane, for generated markets (freight kind ``plane``).
    """

    lat: float | None = None
    lon: float | None = None
    x_km: Decimal | None = None
    y_km: Decimal | None = None
    region: str | None = None
    id: str | None = None


class AcceptedRange(Term, frozen=True):
    """What a need accepts of one attribute, and what a distance from its target is worth.

    ``above_cny_per_unit`` is added to the need's limit per attribute unit above ``target``,
    ``below_cny_per_unit`` per attribute unit below it; either may be negative (a penalty).
    """

    at_least: Decimal | None = None
    at_most: Decimal | None = None
    target: Decimal | None = None
    above_cny_per_unit: Decimal = Decimal(0)
    below_cny_per_unit: Decimal = Decimal(0)


class SplitVolume(Term, frozen=True):
    """One period's offered volume, split into what the site can make now and what it plans to."""

    firm: Decimal
    planned: Decimal


Span = Literal["period", "quarter", "year"]
SPANS: tuple[Span, ...] = get_args(Span)


class Option(Term, frozen=True):
    """How far the volume called may leave the agreed one (fractions of it).

    ``per``: over which span the sum may fall short by ``down``; a single period is never called above 1 + ``up``.
    ``make_up_months``: within how many months later what was not called may be called after all (docs/model.md 1.2).
    """

    down: Decimal = Decimal(0)
    up: Decimal = Decimal(0)
    per: Span = "period"
    notice_days: int | None = None
    make_up_months: int | None = None


class Flexibility(Term, frozen=True):
    """``requires``: the option this side holds.  ``grants``: the option it gives the other side."""

    requires: Option | None = None
    grants: Option | None = None


class Component(Term, frozen=True):
    """One component of a limit: index or fixed price x content x coefficient."""

    index: str | None = None
    fixed: Decimal | None = None
    content: Decimal = Decimal(1)  # t of metal per t of grade
    content_attribute: str | None = None  # the assay attribute that gives the content instead
    coefficient: Decimal = Decimal(1)


class Collar(Term, frozen=True):
    """The price never falls below ``floor`` nor rises above ``cap``, whatever the index does."""

    floor: Decimal | None = None
    cap: Decimal | None = None


class Tax(Term, frozen=True):
    """Whether the stated price contains value-added tax, and its rate (0.13 = 13 %)."""

    basis: Literal["inclusive", "exclusive"] = "exclusive"
    rate: Decimal = Decimal(0)


class Quotation(Term, frozen=True):
    """Which quotations of the index make the month's price (docs/model.md 1.1i)."""

    month: Literal["M-1", "M", "M+1"] = "M"  # before, of or after the delivery
    basis: Literal["mean", "settlement", "futures"] = "mean"
    dates: tuple[str, ...] | None = None  # ISO dates; these days alone


class LimitPrice(Term, frozen=True):
    """Worst price this side accepts: sum of components + processing fee + premium, held by the collar."""

    components: tuple[Component, ...]
    processing_fee: Decimal = Decimal(0)
    premium: Decimal = Decimal(0)
    premium_by_period: tuple[Decimal, ...] | None = None  # added to ``premium``; one per period of the calendar
    quotation: Quotation | None = None
    collar: Collar | None = None
    accepted_indices: tuple[str, ...] | None = None  # None: those of the components
    tax: Tax = Tax()
    currency: str = "CNY"


class Delivery(Term, frozen=True):
    """Incoterms 2020 this side accepts (EXW 自提, DAP 送到 ...), and the named place its limit stands at."""

    incoterms: tuple[str, ...] | None = None  # None: any
    place: Site | None = None  # None: the order's own site
    invoice_form: str | None = None
    dangerous_goods_class: str | None = None


class Payment(Term, frozen=True):
    """When and how it is paid, the terms the limit price is stated for (docs/model.md 1.1c)."""

    days: int = 0  # after delivery, for what is neither prepaid nor deposited
    prepaid_fraction: Decimal | None = None
    prepaid_offset_months: int | None = None  # before delivery; None: 0
    deposit_fraction: Decimal | None = None  # paid at signing, counted back on every delivery alike
    instrument: Literal["transfer", "bank_acceptance", "commercial_acceptance"] | None = None  # None: transfer
    tenor_days: int | None = None  # of an acceptance
    discount_borne_by: Literal["seller", "buyer"] | None = None  # None: seller, who holds the acceptance


class LossConsent(Term, frozen=True):
    """The owner accepts a loss on some price paths, at most so much on any of them (docs/model.md 1.1g)."""

    most_cny_per_unit: Decimal


class Tolling(Term, frozen=True):
    """The buyer supplies material and keeps its title; the seller is paid a fee.

    An offer guarantees ``yield_fraction`` and ``loss_limit``, a need asks for no less and no more.  The ``fee`` is
    added to this side's limit price, which states what is settled beside it, often a fixed 0 (docs/model.md 1.1h).
    """

    grade: str  # of the material
    yield_fraction: Decimal  # units of product per unit of material
    loss_limit: Decimal  # fraction
    fee: Decimal  # CNY per unit, tax exclusive; as secret as the limit
    title: Literal["buyer", "seller"]


class MinimumContract(Term, frozen=True):
    """Least volume of one contract over the term, at most ``pair_fraction`` of what the pair could trade."""

    volume: Decimal
    pair_fraction: Decimal


class Counterparties(Term, frozen=True):
    """Least and most number of organisations dealt with (related parties count as one)."""

    least: int | None = None
    most: int | None = None


class MaximumShare(Term, frozen=True):
    """Greatest share that one organisation may have, of the requested or of the awarded volume."""

    fraction: Decimal
    of: Literal["requested", "awarded"] = "requested"


class Incumbent(Term, frozen=True):
    """A present partner: its least share, or what leaving it costs per unit."""

    organisation: str
    least_share: Decimal | None = None
    switching_cost: Decimal | None = None


class Approval(Term, frozen=True):
    """One counterparty's organisation (site, grade) that this side has qualified, from a day on."""

    organisation: str
    site: str | None = None
    grade: str | None = None
    since: str | None = None  # ISO date


class Approved(Term, frozen=True):
    """Deal ``only`` with the qualified, or prefer them; the rest together get at most ``trial_share``."""

    kind: Literal["only", "preferred"]
    counterparties: tuple[Approval, ...]
    trial_share: Decimal | None = None  # of the requested volume; None: 0 for only, 1 for preferred


class Group(Term, frozen=True):
    """A rule over all counterparties that carry a tag."""

    tag: str
    rule: Literal["at_least", "at_most", "exactly"]
    measure: Literal["count", "volume", "share"]
    value: Decimal
    tolerance: Decimal | None = None


class Tier(Term, frozen=True):
    """A discount off the limit once one contract's volume over the term reaches ``from_volume``."""

    from_volume: Decimal
    discount: Decimal


class Tiers(Term, frozen=True):
    """Volume discounts, on every unit or on the units of each step."""

    kind: Literal["all_unit", "incremental"]
    steps: tuple[Tier, ...]


class Storage(Term, frozen=True):
    """Volume carried from one period to the next."""

    owner: Literal["seller", "buyer"]
    place: str
    opening: Decimal
    closing: Decimal
    capacity: Decimal
    cost: Decimal  # per unit and period


class Alternate(Term, frozen=True):
    """Another grade a need accepts: ``ratio`` units of it for one unit asked."""

    grade: str
    ratio: Decimal
    adjustment: Decimal = Decimal(0)


class HeldCertificate(Term, frozen=True):
    """A certificate this side holds; ``grades`` and ``sites`` empty means all of its own."""

    certificate: str
    valid_from: str
    valid_to: str
    grades: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


class Exclusion(Term, frozen=True):
    """An organisation not dealt with, and whether the reason is a technical one."""

    organisation: str
    reason: str
    technical: bool = False


class CreditLimit(Term, frozen=True):
    """Greatest exposure to one counterparty, in CNY."""

    exposure_cny: Decimal


class Input(Term, frozen=True):
    """Bill of materials: this offer exists only as far as these needs are filled."""

    need: str
    units_per_unit: Decimal
    lead_periods: int = 0
    stocked: Decimal = Decimal(0)
    cost_in_limit: bool = False


class Source(Term, frozen=True):
    """The producer's site and line behind an offer, whose capacity it uses."""

    site: str
    line: str
    capacity: tuple[Decimal, ...]


PriorityClass = Literal["hard", "commercial_1", "commercial_2", "commercial_3", "preference_4", "preference_5"]
CLASSES: tuple[PriorityClass, ...] = get_args(PriorityClass)  # most important first
FIRST_TO_RELAX_LAST: PriorityClass = "commercial_1"  # of a rule that states no class


class SmallSupplierShare(Term, frozen=True):
    """At least this part of what is traded of every grade comes from small suppliers (docs/model.md 3.25)."""

    fraction: Decimal
    priority: PriorityClass = FIRST_TO_RELAX_LAST


class Validity(Term, frozen=True):
    """First and last day (ISO dates, inclusive) on which the order may be matched."""

    valid_from: str | None = None
    valid_to: str | None = None
