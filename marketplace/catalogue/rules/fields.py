"""Reading of a catalogue document field by field, so that every fault is named at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from marketplace.shared.errors import Fault
from marketplace.shared.quantities import read_amount
from marketplace.shared.texts import line_faults


class Fields:
    """One document's fields; what is wrong with them is added to ``faults`` under ``pointer``."""

    def __init__(self, document: Mapping[str, Any], pointer: str, faults: list[Fault]) -> None:
        self._document, self._pointer, self._faults = document, pointer, faults
        self._read: set[str] = set()

    def text(self, name: str, *, most: int, pattern: re.Pattern[str] | None = None, form: str = "") -> str:
        """A line of text that must be there, of at most so many characters, in the form of ``pattern``."""
        value = self._take(name)
        if value is None:
            self.fault(name, "is missing", code="required")
            return ""
        if not isinstance(value, str):
            self.fault(name, "must be a text", value, code="wrong-type")
            return ""
        faults = list(line_faults(f"{self._pointer}/{name}", value, most))
        self._faults += faults
        if not faults and pattern is not None and not pattern.fullmatch(value):
            self.fault(name, "has the wrong form", value, form, "wrong-form")
        return value

    def optional_text(
        self, name: str, *, most: int, pattern: re.Pattern[str] | None = None, form: str = ""
    ) -> str | None:
        """A text that may be missing."""
        if self._document.get(name) is None:
            self._take(name)
            return None
        return self.text(name, most=most, pattern=pattern, form=form)

    def choice(self, name: str, options: Collection[str]) -> str:
        """One of some words."""
        value = self._take(name)
        if value is None:
            self.fault(name, "is missing", code="required")
        elif value not in options:
            self.fault(name, "is not one of those known", value, ", ".join(options), "not-a-choice")
        return str(value)

    def amount(self, name: str, *, above: Decimal | None = None, most: Decimal | None = None) -> Decimal:
        """An exact amount that must be there, greater than ``above``, not greater than ``most``."""
        amount = self.optional_amount(name, above=above, most=most)
        if amount is None:
            if self._document.get(name) is None:
                self.fault(name, "is missing", code="required")
            return Decimal(0)
        return amount

    def optional_amount(
        self, name: str, *, above: Decimal | None = None, most: Decimal | None = None
    ) -> Decimal | None:
        """An exact amount that may be missing."""
        value = self._take(name)
        if value is None:
            return None
        try:
            amount = read_amount(value)
        except (ValueError, TypeError) as error:
            self.fault(name, str(error), value, code="not-a-number")
            return None
        if above is not None and amount <= above:
            self.fault(name, "is too small", amount, f"above {above}", "out-of-range")
        if most is not None and amount > most:
            self.fault(name, "is too great", amount, f"at most {most}", "out-of-range")
        return amount

    def children(self, name: str, *, most: int) -> list[Fields]:
        """A list of documents, each to be read in its turn."""
        value = self._take(name) or []
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            self.fault(name, "must be a list of objects", value, code="wrong-type")
            return []
        if len(value) > most:
            self.fault(name, "has too many entries", len(value), f"at most {most}", "too-many")
        return [Fields(item, f"{self._pointer}/{name}/{i}", self._faults) for i, item in enumerate(value)]

    def finish(self) -> None:
        """Every field that nobody asked for is unknown."""
        for name in self._document:
            if name not in self._read:
                self.fault(str(name), "is not a field of this", code="unknown-field")

    def fault(self, name: str, message: str, value: Any = None, limit: Any = None, code: str = "invalid") -> None:
        """Note what is wrong with one field."""
        self._faults.append(Fault(f"{self._pointer}/{name}", message, value, limit, code))

    def _take(self, name: str) -> Any:
        self._read.add(name)
        return self._document.get(name)
