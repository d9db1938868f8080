"""What is derived from the house's sealed seed: names that only one round knows, a draw that nobody can race for."""

from __future__ import annotations

import hashlib
import hmac


def pseudonym(seed: str, round_id: str, kind: str, identifier: str) -> str:
    """The name under which an order or organisation is shown in one round; another round gives another.

    >>> pseudonym("s", "rnd_1", "offer", "ord_1") == pseudonym("s", "rnd_2", "offer", "ord_1")
    False
    >>> len(pseudonym("s", "rnd_1", "offer", "ord_1"))
    18
    """
    text = f"pseudonym|{round_id}|{kind}|{identifier}"
    digest = hmac.new(seed.encode(), text.encode(), hashlib.sha256)
    return f"{kind}-{digest.hexdigest()[:12]}"


def drawn_place(round_id: str, order_id: str) -> str:
    """The key by which orders stand in a market: a draw, since the order of entry would reward racing.

    Identifiers are random, so nobody can aim for a place; whoever knows them can draw it again.
    """
    return hashlib.sha256(f"{round_id}|{order_id}".encode()).hexdigest()
