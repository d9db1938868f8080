"""Unified social credit codes for sample organisations: valid in form, visibly no one's (XXXX in the body)."""

from __future__ import annotations

from stdnum.cn import uscc

_GB11714 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def sample_credit_code(region_code: str, number: int) -> str:
    """The code of the ``number``-th sample organisation of a region (GB 32100-2015, both check digits right).

    >>> sample_credit_code("510100", 1)
    '91510100XXXX00019Y'
    """
    body = f"XXXX{number:04d}"
    check = (11 - sum(_GB11714.index(c) * w for c, w in zip(body, _WEIGHTS, strict=True)) % 11) % 11
    code = f"91{region_code}{body}{'X' if check == 10 else check}"
    return code + uscc.calc_check_digit(code)
