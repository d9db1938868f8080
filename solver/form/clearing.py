"""A clearing: what was matched, at what price, how good it is proven to be, and why the rest was not.

The canonical bytes of a clearing hold no timing and no machine's name: the same market and the same
limits on work give the same bytes.  The form is described by ``schema/clearing.schema.json``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from solver.form.faults import WrongArgument
from solver.form.terms import Payment, PriorityClass, Quotation, Span, Term

FORMAT = "changdan-clearing/1"
MOST_NODES = 10**9  # no search comes near, and backends count in 32 bits

Status = Literal["optimal", "feasible", "empty", "infeasible", "failed"]


class WorkLimits(Term, frozen=True, omit_defaults=False):  # written in full: equal limits, equal bytes
    """What ends the search: a proven gap or a limit on work; the clock is only the safety net."""

    gap: float = 0.01
    nodes: int = 20000  # branch-and-bound nodes per component
    backend: Literal["highs", "cbc"] = "highs"

    def __post_init__(self) -> None:
        """Raises: WrongArgument for more nodes than any reader or backend takes."""
        if self.nodes > MOST_NODES:
            raise WrongArgument("nodes", self.nodes, f"must be at most {MOST_NODES}")


class Formula(Term, frozen=True):
    """price(I) = coefficient x I + premium, in CNY per unit, ex works, tax exclusive."""

    index: str
    coefficient: Decimal
    premium: Decimal
    index_reference: Decimal  # the index in the match's first period, the paths' mean
    quotation: Quotation | None = None  # which quotations of the index; None: the mean of the month of delivery


class MatchPrice(Term, frozen=True):
    """The proposed price of a match, per period where it carries volume (None elsewhere)."""

    reference: tuple[Decimal | None, ...]  # CNY/unit at the offer's place, tax exclusive
    floor: tuple[Decimal | None, ...]
    cap: tuple[Decimal | None, ...]
    uniform: bool  # one delivered price (or formula) for the grade and region, docs/model.md 5.2
    formula: Formula | None = None
    exception_gap: Decimal | None = None  # CNY/unit, same for every exception, docs/model.md 5.4; None: no exception


class TollingConditions(Term, frozen=True):
    """What the buyer's material is worked to: the seller's guarantees.  The fee of either side is part of its limit."""

    grade: str
    yield_fraction: Decimal
    loss_limit: Decimal
    title: Literal["buyer", "seller"]


class WishNames(Term, frozen=True):
    """Which wishes both sides state alike, which one side alone, and in which they differ; values stand in the orders.

    Names are pointers below ``contract_wishes`` without the leading slash, such as ``take_or_pay/fraction``.
    """

    agreed: tuple[str, ...] = ()
    seller_only: tuple[str, ...] = ()
    buyer_only: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


class Match(Term, frozen=True):
    """A computed contract between one offer and one need."""

    id: str
    offer: str
    need: str
    grade: str  # the offer's
    volumes: tuple[Decimal, ...]  # expected, in the grade's unit, per period
    incoterm: str | None
    payment_days: int
    freight_cny_per_unit: Decimal
    quality_cny_per_unit: Decimal
    band_down: Decimal  # the buyer's option; fractions
    band_up: Decimal
    seller_band_down: Decimal
    seller_band_up: Decimal
    gain_cny: Decimal  # welfare of the match, before its contract cost
    price: MatchPrice | None = None
    band_per: Span = "period"  # over which span the buyer's option is counted
    band_make_up_months: int | None = None
    seller_band_per: Span = "period"
    seller_band_make_up_months: int | None = None
    firm: tuple[Decimal, ...] | None = None  # of the volumes, what firm capacity covers (1.4); None: all of it
    invoice_form: str | None = None
    dangerous_goods_class: str | None = None
    tolling: TollingConditions | None = None
    wishes: WishNames | None = None  # None: neither side states any
    payment: Payment | None = None  # the whole terms, where they are more than ``payment_days``
    late_for_small_supplier: bool = False  # the seller is small and waits longer than the policy's days
    ratio: Decimal | None = None  # units of the grade for one of the need's own, where it is an alternate (3.22)
    relaxed: tuple[str, ...] = ()  # rules that ask for this trade and had to be relaxed: must_serve, ... (3.23)


class Reason(Term, frozen=True):
    """One thing that kept an order from (more) volume.  Never names another organisation.

    ``code`` is a screen test of docs/model.md section 2, or ``no_counterparty``, ``outbid``,
    ``capacity``, ``minimum_contract``, ``minimum_fill``, ``lot``, ``counterparties``, ``maximum_share``,
    ``approval_share``, ``maximum_contract``, ``contract_cost``, ``own_volume``, ``unfinished``, or one of the terms
    over several contracts: ``source``, ``minimum_per_period``, ``incumbent``, ``group``, ``linked_to``,
    ``exclusive``, ``ramp``, ``credit_limit``, ``input``, ``storage``, ``tiers``, ``small_supplier_share``, or
    ``hard_rule`` where there is no clearing; see docs/model.md 7.
    """

    code: str
    side: Literal["own", "other", "market"]
    counterparties: int = 0  # how many counterparties it kept away
    amount: Decimal | None = None  # what was missing, in the unit of ``unit``
    unit: str | None = None


class OrderOutcome(Term, frozen=True):
    """What became of one order; told to its owner alone."""

    order: str
    status: Literal["matched", "partly_matched", "unmatched"]
    requested: Decimal
    filled: Decimal  # in the order's own units; of alternates half-even to 1e-6 of one (3.22)
    reasons: tuple[Reason, ...]
    relaxed: tuple[str, ...] = ()  # rules about this order that had to be relaxed (3.23)
    stock: tuple[Decimal, ...] | None = None  # at the end of each period, of a filled order that states storage


class Relaxation(Term, frozen=True):
    """A rule that had to be relaxed, and by how much (docs/model.md 3.23)."""

    rule: Literal["must_serve", "small_supplier_share"]
    priority: PriorityClass
    asked: Decimal  # volume that the rule asks for, in the grade's unit
    missing: Decimal  # of it
    order: str | None = None  # whose rule it is; the first of a family
    grade: str | None = None  # of a round's rule


class Contradiction(Term, frozen=True):
    """Rules that cannot all hold: each of these sets, none larger than another, is one whose end lets the rest hold.

    Rules are named ``must_serve:<order>`` and ``small_supplier_share:<grade>``.
    """

    give_up: tuple[tuple[str, ...], ...]
    complete: bool = True  # whether all sets of this size are listed, and none smaller is left out


AimName = Literal["concentration", "small_suppliers", "incumbents", "pro_rata", "lottery"]  # in their order


class Aim(Term, frozen=True):
    """What was aimed at among clearings of nearly the best welfare (docs/model.md 3.26); volumes in grade units.

    ``concentration``: volume of one supplier above the target, of the greatest per grade; ``small_suppliers``,
    ``incumbents``: volume with them; ``pro_rata``: spread of what orders of equal terms have of what they ask for;
    ``lottery``: volume of such orders, each weighted by its draw less the mean of its equals' draws.
    """

    aim: AimName
    before: Decimal  # in the clearing of the best welfare found
    reached: Decimal


class NearEquals(Term, frozen=True):
    """What was given up of welfare, and for what."""

    welfare_before: Decimal  # the best found, CNY rounded down to 0.01
    given_up: Decimal  # of it
    aims: tuple[Aim, ...]  # in the order in which they were aimed at


class ComponentResult(Term, frozen=True):
    """One component of the market: its size and how its search ended."""

    number: int
    offers: int
    needs: int
    pairs: int
    status: Status
    objective: Decimal
    bound: Decimal
    bound_kind: Literal["recomputed", "solver"]
    interrupted: bool = False  # by the machine (process ended, out of memory or of its time): not the limits on work


class Multipliers(Term, frozen=True):
    """Multipliers of the bound (docs/model.md 4.1): row name -> value.  Rows not named are 0.

    Names: ``capacity:<order>:<period index>``, ``counterparties:<order>``, ``share:<order>:<party>``.
    """

    values: dict[str, Decimal]


class SupportReport(Term, frozen=True):
    """How far prices support the clearing (internal to the operator's own audit)."""

    matches: int
    supported: int  # matches whose reference lies between both supporting prices in every period
    without_width: int  # order-periods whose supporting interval is a single point
    uniform: int


class Clearing(Term, frozen=True):
    """The result of :func:`solver.clear`."""

    format: Literal["changdan-clearing/1"]
    status: Status
    objective: Decimal  # CNY, rounded down to 0.01
    bound: Decimal  # CNY, rounded up to 0.01
    bound_kind: Literal["recomputed", "solver"]
    gap: Decimal
    market_hash: str
    solver: dict[str, str]  # names and versions of model, backend, language
    limits: WorkLimits
    clock_hit: bool
    matches: tuple[Match, ...]
    orders: tuple[OrderOutcome, ...]
    components: tuple[ComponentResult, ...]
    multipliers: Multipliers
    support: SupportReport | None = None
    note: str | None = None  # why the clearing is empty or failed, or what is missing in it
    relaxations: tuple[Relaxation, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    near_equals: NearEquals | None = None  # None: none were looked at
    warm_start: str | None = None  # hash of the clearing that the search began with (docs/model.md 6.3)
