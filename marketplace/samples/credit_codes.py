"""Unified social credit codes for sample organisations: valid in form, visibly no one's (XXXX in the body)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from stdnum.cn import uscc

from marketplace.shared.errors import Conflict

FIRST_OF_FILES, LAST_OF_FILES = 3000, 8999  # the others are the shipped samples'
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


def unused_credit_codes(taken: Collection[str]) -> Callable[[str], str]:
    """Draws codes of a region that are neither taken nor drawn before.

    >>> draw = unused_credit_codes({sample_credit_code("510100", 3000)})
    >>> [draw("510100")[12:16] for _ in range(2)]
    ['3001', '3002']
    """
    next_number: dict[str, int] = {}

    def draw(region_code: str) -> str:
        for number in range(next_number.get(region_code, FIRST_OF_FILES), LAST_OF_FILES + 1):
            code = sample_credit_code(region_code, number)
            if code not in taken:
                next_number[region_code] = number + 1
                return code
        raise Conflict(f"no credit code is left for sample organisations of region {region_code}")

    return draw
