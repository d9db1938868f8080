"""What an order wishes of the contract: clauses that are carried to the proposal and limit nothing by themselves."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from solver.form.terms import Term


class PayOrTake(Term, frozen=True):
    """Take-or-pay or ship-or-pay: the fraction of the agreed volume that is paid whatever is taken or shipped."""

    fraction: Decimal
    make_up_months: int | None = None


class Reopener(Term, frozen=True):
    """The price is negotiated anew once the index has moved by ``trigger`` for so many months on end."""

    trigger: Decimal
    consecutive_months: int
    negotiation_days: int
    result_if_none: Literal["unchanged", "index", "terminate"]


class QualityClaim(Term, frozen=True):
    """How a complaint about quality or weight is settled."""

    objection_days: int | None = None
    retained_sample: bool | None = None
    umpire_laboratory: str | None = None
    assay_split: Decimal | None = None  # splitting limit, in the attribute's unit
    weighing_tolerance: Decimal | None = None  # fraction


class ContractWishes(Term, frozen=True):
    """Every wish that can be stated; one that is left out is not wished either way."""

    reservation_fee: Decimal | None = None  # CNY per unit
    take_or_pay: PayOrTake | None = None
    ship_or_pay: PayOrTake | None = None
    reopener: Reopener | None = None
    exclusivity: bool | None = None
    resale_ban: bool | None = None
    most_favoured: bool | None = None
    quality_claim: QualityClaim | None = None
