"""Sessions and tokens through the one loader."""

from __future__ import annotations

from marketplace.shared.identifiers import is_credit_code
from tests.factories.accounts import credit_code


def test_generated_credit_codes_have_right_check_digits() -> None:
    """The factories' codes are valid in form, each another."""
    codes = {credit_code(number) for number in range(1, 200)}
    assert len(codes) == 199
    assert all(map(is_credit_code, codes))
