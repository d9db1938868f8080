"""Who pays the freight under an Incoterm of 2020."""

from __future__ import annotations


def freight_paid_by(incoterm: str | None) -> str:
    """``buyer`` under E and F terms, ``seller`` under C and D terms.

    Without an Incoterm the price stands at the seller's place and the buyer fetches the goods (自提).

    >>> [freight_paid_by(x) for x in ("EXW", "FOB", "CIF", "DAP", None)]
    ['buyer', 'buyer', 'seller', 'seller', 'buyer']
    """
    return "seller" if incoterm is not None and incoterm[0] in "CD" else "buyer"
