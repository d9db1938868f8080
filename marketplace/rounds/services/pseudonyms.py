"""From the names that staff see in a round to those of its market, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.rounds.rules.seals import pseudonym
from solver.form.market import Market

_BY_ITSELF = ("remove_order", "remove_organisation")
_NAMES = {"add_order": ("id", "organisation"), "copy_order": ("order", "id", "organisation")}  # others: order
_ASKED = "asked:"


class Pseudonyms:
    """The orders and organisations of one round's market under both of their names."""

    def __init__(self, round_id: str, market: Market) -> None:
        seed = market.policy.sealed_seed
        self._identifiers: dict[str, str] = {}
        for order in market.orders:
            self._identifiers[pseudonym(seed, round_id, order.side, order.id)] = order.id
            self._identifiers[pseudonym(seed, round_id, "party", order.organisation)] = order.organisation
        self._pseudonyms = {identifier: name for name, identifier in self._identifiers.items()}

    def unveiled(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """A change of a scenario with the market's own names.

        Any other name is marked, so that it names nothing in the market: whoever knows an identifier must not find out
        that it is in the round.
        """
        return {kind: self._named(kind, what) for kind, what in change.items()}

    def veiled(self, value: str) -> str:
        """A value of a fault as it was asked."""
        return self._pseudonyms.get(value, value.removeprefix(_ASKED))

    def _named(self, kind: str, what: Any) -> Any:
        if kind in _BY_ITSELF:
            return self._identifier(what)
        if not isinstance(what, Mapping):
            return what
        return {**what, **{name: self._identifier(what[name]) for name in _NAMES.get(kind, ("order",)) if name in what}}

    def _identifier(self, name: Any) -> Any:
        return self._identifiers.get(name, _ASKED + name) if isinstance(name, str) else name
