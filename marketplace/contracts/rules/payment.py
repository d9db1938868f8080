"""How long the seller waits for its money, and what a small supplier alone may ask to be paid by.

Source: 保障中小企业款项支付条例 (State Council decree 802, in force since June 2025): they are paid within 60 days of
delivery, and not made to take commercial acceptances, nor other paper that draws the payment out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.shared.errors import Fault

COMMERCIAL = "commercial_acceptance"
NOT_AGREED = ("late_for_small_supplier", "small_supplier")  # of the payment terms: what follows from the others


def days_waited(payment: Mapping[str, Any]) -> int:
    """Days from delivery until the seller has the last of its money (docs/model.md 1.1c).

    An acceptance that the buyer does not discount at its own cost is money only when it is due.

    >>> bill = {"days": 30, "tenor_days": 180, "discount_borne_by": "seller"}
    >>> [days_waited({**bill, "discount_borne_by": who}) for who in ("seller", "buyer")]
    [210, 30]
    >>> days_waited({"days": 60, "tenor_days": None, "discount_borne_by": None})
    60
    """
    tenor: int = payment["tenor_days"] or 0
    days: int = payment["days"]
    return days if payment["discount_borne_by"] == "buyer" else days + tenor


def with_wait(payment: Mapping[str, Any], *, small: bool, most: int | None) -> dict[str, Any]:
    """Payment terms with what they mean for a small supplier: days counted, the round's limit, and whether beyond it.

    ``most``: the round's days; None: it lays down none.

    >>> told = with_wait({"days": 61, "tenor_days": None, "discount_borne_by": None}, small=True, most=60)
    >>> told["small_supplier"], told["late_for_small_supplier"]
    ({'wait_days': 61, 'limit_days': 60}, True)
    >>> with_wait({**told, "days": 60}, small=True, most=60)["late_for_small_supplier"]
    False
    >>> [with_wait(told, small=small, most=most)["small_supplier"] for small, most in ((False, 60), (True, None))]
    [None, None]
    """
    counted = {"wait_days": days_waited(payment), "limit_days": most} if small and most is not None else None
    late = counted is not None and most is not None and counted["wait_days"] > most
    return {**payment, "late_for_small_supplier": late, "small_supplier": counted}


def agreed(payment: Mapping[str, Any]) -> dict[str, Any]:
    """What parties agree on of the payment terms.

    >>> agreed({"days": 30, "late_for_small_supplier": False})
    {'days': 30}
    """
    return {name: value for name, value in payment.items() if name not in NOT_AGREED}


def imposed_faults(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Fault]:
    """Why a buyer cannot put such payment terms to a small supplier: a commercial acceptance, or a longer one.

    ``before``, ``after``: payment terms.  The supplier itself may put them on the table.

    >>> paid = {"instrument": "commercial_acceptance", "tenor_days": 90}
    >>> [fault.pointer for fault in imposed_faults({"instrument": "transfer", "tenor_days": None}, paid)]
    ['/payment/instrument']
    >>> [fault.pointer for fault in imposed_faults(paid, {**paid, "tenor_days": 91})], list(imposed_faults(paid, paid))
    (['/payment/tenor_days'], [])
    """
    if after["instrument"] != COMMERCIAL:
        return
    message = "cannot be put to a small supplier, which may ask for it itself"
    if before["instrument"] != COMMERCIAL:
        yield Fault("/payment/instrument", message, COMMERCIAL, before["instrument"], "small-supplier")
    elif after["tenor_days"] > before["tenor_days"]:
        limit = f"at most {before['tenor_days']}"
        yield Fault("/payment/tenor_days", message, after["tenor_days"], limit, "small-supplier")
