"""Orders as they are told: a head, and the terms beside it as they are stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.api.v1.orders.terms import TermsSchema

_AS_IT_IS = (str, int, bool, type(None))  # what a field of these kinds would give back unchanged


class StoredTermsSchema(TermsSchema):
    """What has terms, with a head of its own.

    Terms are stored in the very form in which they are told (``fields.py``), so they are not written field by field
    once more: with a page of fifty orders that would be two thirds of the work.  The head goes through its fields.
    """

    head: Callable[[Any], dict[str, Any]]  # of each kind: what stands beside the terms, by the names of its fields

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """The document of a thing with ``terms``, or of each of many."""
        if self.many if many is None else many:
            return [self.dump(each, many=False) for each in obj]
        head = self.head(obj)
        told = {
            name: value if type(value) in _AS_IT_IS else self.fields[name].serialize(name, head)
            for name, value in head.items()
        }
        return {**obj.terms, **told}
