"""The number by which people call a contract: the year it was concluded in, ten characters, two digits that check."""

from __future__ import annotations

import hashlib
from datetime import date

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O or U, which are misread
_CHARACTERS = 10


def contract_number(contract_id: str, concluded: date) -> str:
    """A number drawn from the contract's identifier; the check digits are those of ISO 7064, mod 97-10.

    >>> number = contract_number("con_1", date(2026, 12, 11))
    >>> number, is_contract_number(number), is_contract_number(number.replace("M", "N"))
    ('CD-2026-MFHCD2KWBZ-90', True, False)
    """
    drawn = int.from_bytes(hashlib.sha256(contract_id.encode()).digest()[:8])
    body = "".join(_LETTERS[(drawn >> (5 * place)) & 31] for place in range(_CHARACTERS))
    return f"CD-{concluded.year}-{body}-{mod_97_10.calc_check_digits(f'{concluded.year}{body}')}"


def is_contract_number(text: str) -> bool:
    """Whether a number is written as it was given out: a wrong character, or two exchanged, are noticed."""
    parts = text.split("-")
    if [len(part) for part in parts] != [2, 4, _CHARACTERS, 2] or parts[0] != "CD":
        return False
    try:
        mod_97_10.validate("".join(parts[1:]))
    except ValidationError:
        return False
    return True
