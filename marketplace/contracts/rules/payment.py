"""How long the seller waits for its money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def waits_too_long(payment: Mapping[str, Any], *, small: bool, most: int | None) -> bool:
    """Whether a small supplier has its money later than a round's days (docs/model.md 1.1c); None flags nothing.

    An acceptance that the buyer does not discount at its own cost is money only when it is due.

    >>> bill = {"days": 30, "tenor_days": 180, "discount_borne_by": "seller"}
    >>> [waits_too_long({**bill, "discount_borne_by": who}, small=True, most=60) for who in ("seller", "buyer")]
    [True, False]
    """
    tenor = payment["tenor_days"] or 0
    waiting = payment["days"] + (0 if payment["discount_borne_by"] == "buyer" else tenor)
    return small and most is not None and waiting > most
