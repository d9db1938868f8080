"""What of a contract is published: nothing but what all its parties consent to, or what its round's rules say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marketplace.shared.errors import Fault, InvalidInput

# That there is such a contract: its parties, grade, period and status; then further fields, each by its own consent.
CONTRACT, VOLUME, VALUE, FULFILMENT = FIELDS = ("contract", "volume", "value", "fulfilment")

FORMER = "former"  # beside seller and buyer: a party that has left, which releases of its time name
ROLES = ("seller", "buyer", FORMER)


def consented(given: Any, *, by_round: bool) -> list[str]:
    """The fields that a party consents to publish, in their order; ``by_round``: the round publishes the contract.

    Raises: InvalidInput for what is no such field, is named twice, or would be shown of a contract that is not.

    >>> consented(["volume", "contract"], by_round=False), consented([], by_round=False)
    (['contract', 'volume'], [])
    """
    if not isinstance(given, list):
        raise InvalidInput.at("/publish", "must be a list", str(given)[:80], ", ".join(FIELDS), "wrong-type")
    faults = [
        Fault(f"/publish/{place}", message, str(field)[:80], limit, code)
        for place, field in enumerate(given)
        for message, limit, code in _faults(field, given[:place])
    ]
    if not faults and given and CONTRACT not in given and not by_round:
        message = "would be shown of a contract that is not published"
        faults.append(Fault("/publish", message, ", ".join(given), f"with {CONTRACT}", "contradiction"))
    if faults:
        raise InvalidInput(faults)
    return [field for field in FIELDS if field in given]


def published(consents: Iterable[Iterable[str]], *, by_round: bool) -> frozenset[str]:
    """What is shown to everybody: what each party consents to; nothing of a contract that is not published at all.

    ``consents``: those of all that are, or were, parties; who has said nothing consents to nothing.

    >>> both = [["contract", "volume", "value"], ["contract", "volume"]]
    >>> sorted(published(both, by_round=False)), sorted(published([["volume"], ["contract", "volume"]], by_round=False))
    (['contract', 'volume'], [])
    >>> sorted(published([["volume"], []], by_round=True))
    ['contract']
    """
    agreed = frozenset(FIELDS).intersection(*(frozenset(each) for each in consents))
    if by_round:
        agreed |= {CONTRACT}
    return agreed if CONTRACT in agreed else frozenset()


def _faults(field: Any, before: list[Any]) -> Iterable[tuple[str, str, str]]:
    if field not in FIELDS:
        yield "is nothing that can be published", ", ".join(FIELDS), "unknown-value"
    elif field in before:
        yield "is named before", "once each", "repeated"
