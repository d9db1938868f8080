"""The code by which anybody who holds a contract document can ask whether it is the one that was signed."""

from __future__ import annotations

import hashlib

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O or U, which are misread
_GROUPS, _LENGTH = 4, 4


def verification_code(number: str, version: int, terms_hash: str) -> str:
    """Sixteen characters drawn from number, version and terms, 80 bits: who has not read the terms cannot guess it.

    >>> verification_code("CD-2026-MFHCD2KWBZ-90", 1, "sha256:00")
    'XPV0-BHCM-FAT0-T7RA'
    """
    drawn = int.from_bytes(hashlib.sha256(f"{number}|{version}|{terms_hash}".encode()).digest()[:10])
    text = "".join(_LETTERS[(drawn >> (5 * place)) & 31] for place in range(_GROUPS * _LENGTH))
    return "-".join(text[start : start + _LENGTH] for start in range(0, len(text), _LENGTH))
