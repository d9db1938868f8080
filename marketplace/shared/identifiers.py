"""Identifiers: prefixed, sortable by time of making, random enough not to be guessed."""

from __future__ import annotations

import secrets
from datetime import datetime

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str, now: datetime) -> str:
    """A fresh identifier such as ``ord_06fh2…``: 48 bits of milliseconds, then 80 random bits.

    >>> from datetime import UTC
    >>> new_id("ord", datetime(2026, 1, 1, tzinfo=UTC))[:10]
    'ord_01kdvd'
    """
    return _named(prefix, now, secrets.randbits(80))


def first_id(prefix: str, moment: datetime) -> str:
    """The least identifier that could be made at a moment: all that were made from then on sort behind it.

    >>> from datetime import UTC
    >>> first_id("ord", datetime(2026, 1, 1, tzinfo=UTC)) <= new_id("ord", datetime(2026, 1, 1, tzinfo=UTC))
    True
    """
    return _named(prefix, moment, 0)


def _named(prefix: str, moment: datetime, rest: int) -> str:
    number = (int(moment.timestamp() * 1000) << 80) | rest
    return f"{prefix}_" + "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def is_credit_code(text: str) -> bool:
    """Whether this is a unified social credit code (GB 32100-2015) in canonical form with a right check digit.

    >>> is_credit_code("91110000600037341L")
    True
    >>> is_credit_code("91110000600037341M")
    False
    """
    try:
        return uscc.validate(text) == text
    except ValidationError:
        return False
