"""A market file as plain data: the way back from ``exporting``, judged as the solver judges it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.quantities import amount_text
from solver.form.faults import MarketError
from solver.form.honoured import refuse_unhonoured
from solver.form.reading import read_market


def read_market_document(body: bytes) -> dict[str, Any]:
    """A market in changdan-market/1, amounts in their shortest form; policy and freight with every field written out.

    Raises: InvalidInput with every fault of the file, and with every term that this version does not clear.
    """
    try:
        market = read_market(body)
        refuse_unhonoured(market)
    except MarketError as error:
        raise InvalidInput(Fault(each.pointer, each.message, each.value) for each in error.faults) from None
    document: dict[str, Any] = _plain(market)
    for name in ("policy", "freight"):
        part = getattr(market, name)
        document[name] = {field: _plain(getattr(part, field)) for field in part.__struct_fields__}
    return document


def _plain(value: Any) -> Any:
    return _with_texts(msgspec.to_builtins(value, builtin_types=(Decimal,)))


def _with_texts(value: Any) -> Any:
    if isinstance(value, Decimal):
        return amount_text(value)
    if isinstance(value, dict):
        return {name: _with_texts(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_texts(each) for each in value]
    return value
