"""What the rules of a round cost: each dropped, the market cleared again, the difference for certain.

Two documents: ``RuleCosts`` stays with whoever may see the market, since a limit follows from exact welfares;
``RuleShares`` may leave.  Their forms are described by ``schema/rule-costs.schema.json`` and
``schema/rule-shares.schema.json``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from solver.form.clearing import WorkLimits
from solver.form.terms import Term
from solver.form.whatif import WelfareDifference

Kind = Literal["policy", "term", "local"]
Verdict = Literal["more", "less", "equal", "within_gaps"]


class GradeVolume(Term, frozen=True, omit_defaults=False):
    """How much more of a grade the clearing without the rule matched, in the grade's unit; negative: less."""

    grade: str
    unit: str
    more: Decimal


class RuleCost(Term, frozen=True, omit_defaults=False):
    """One rule dropped from all orders that state it, or from the policy."""

    id: str
    kind: Kind
    orders: int  # that state it; of a lane that is missing, those that it keeps apart
    organisations: int
    welfare: WelfareDifference | None  # of the market without the rule less that with it; None: no clearing
    volumes: tuple[GradeVolume, ...]


class RuleCosts(Term, frozen=True):
    """Every rule of a market's policy and orders, and what each costs alone."""

    format: Literal["changdan-rule-costs/1"]
    market_hash: str
    clearing_hash: str
    limits: WorkLimits
    rules: tuple[RuleCost, ...]


class RuleShare(Term, frozen=True, omit_defaults=False):
    """What may be said of a rule's cost: its sign, and the share of welfare and volume to the nearest twentieth."""

    id: str
    kind: Kind
    verdict: Verdict | None
    welfare_least: Decimal | None  # of the welfare with the rule
    welfare_most: Decimal | None
    volume: Decimal | None  # mean over the grades of what each would match more
    withheld: Literal["fewer-than-five", "no-clearing"] | None = None


class RuleShares(Term, frozen=True):
    """The outward form."""

    format: Literal["changdan-rule-shares/1"]
    market_hash: str
    rules: tuple[RuleShare, ...]
