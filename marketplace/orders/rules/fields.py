"""Strict reading of one JSON object: every fault with its pointer, a canonical copy of what is right.

Nothing is repaired: a number of the wrong form, an unknown name, a blank text are faults.
Canonical means only: amounts as their shortest decimal string.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.orders.rules.limits import LONGEST_AMOUNT, LONGEST_NAME, MOST_DECIMALS, MOST_ENTRIES
from marketplace.shared.errors import Fault
from marketplace.shared.quantities import amount_text, is_multiple, read_amount

_PLAIN = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def step_of(name: str | int) -> str:
    """One step of an RFC 6901 pointer.

    >>> step_of("Fe/ppm")
    '/Fe~1ppm'
    """
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


def is_day(given: Any) -> bool:
    """Whether this is a day of the calendar, written YYYY-MM-DD.

    >>> [is_day(x) for x in ("2027-02-28", "2027-02-29", "20270228")]
    [True, False, False]
    """
    try:
        return isinstance(given, str) and date.fromisoformat(given).isoformat() == given
    except ValueError:
        return False


class Fields:
    """The fields of one JSON object at ``pointer``; ``kept`` is the canonical copy of those read so far."""

    def __init__(self, given: Any, pointer: str, faults: list[Fault]) -> None:
        self.pointer, self.faults = pointer, faults
        self.kept: dict[str, Any] = {}
        self.is_object = isinstance(given, dict)
        if not self.is_object:
            faults.append(Fault(pointer, "must be an object", _shown(given), "{...}", "wrong-type"))
        self._given: dict[str, Any] = given if self.is_object else {}
        self._read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def names(self) -> list[str]:
        """All names given, in their order."""
        return list(self._given)

    def raw(self, name: str) -> Any:
        """What stands under a name, unread."""
        return self._given.get(name)

    def fault(self, name: str | int | None, message: str, value: Any, limit: Any, code: str) -> None:
        """Add a fault at a field, or at the object itself (None)."""
        at = self.pointer if name is None else self.pointer + step_of(name)
        self.faults.append(Fault(at, message, value, limit, code))

    def require(self, *names: str) -> None:
        """A fault for each of these that is not given; none if this is no object at all."""
        for name in names:
            if self.is_object and name not in self._given:
                self.fault(name, "is missing", None, "required", "missing")

    def amount(
        self,
        name: str,
        *,
        least: Decimal | None = None,
        most: Decimal | None = None,
        above: Decimal | None = None,
        step: Decimal | None = None,
    ) -> Decimal | None:
        """An exact amount within its limits, ends included; ``above`` excludes its end, ``step`` must divide it."""
        given = self._take(name)
        if given is None:
            return None
        amount = self._number(name, given)
        if amount is None:
            return None
        if least is not None and amount < least:
            self.fault(name, "is below the least allowed", amount, least, "below-limit")
        elif above is not None and amount <= above:
            self.fault(name, f"must be above {above}", amount, above, "below-limit")
        elif most is not None and amount > most:
            self.fault(name, "is above the most allowed", amount, most, "above-limit")
        elif step is not None and not is_multiple(amount, step):
            message = f"is not a whole multiple of {amount_text(step)}"
            self.fault(name, message, amount, step, "not-a-multiple")
        else:
            self.kept[name] = amount_text(amount)
            return amount
        return None

    def whole(self, name: str, least: int, most: int) -> int | None:
        """A whole JSON number within limits, ends included."""
        given = self._take(name)
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int):
            self.fault(name, "must be a whole number", _shown(given), f"{least} to {most}", "wrong-type")
        elif not least <= given <= most:
            code = "below-limit" if given < least else "above-limit"
            self.fault(name, "is outside the allowed range", str(given)[:40], f"{least} to {most}", code)
        else:
            self.kept[name] = given
            return given
        return None

    def flag(self, name: str) -> bool | None:
        """true or false."""
        given = self._take(name)
        if given is None:
            return None
        if not isinstance(given, bool):
            self.fault(name, "must be true or false", _shown(given), "true, false", "wrong-type")
            return None
        self.kept[name] = given
        return given

    def text(
        self,
        name: str,
        *,
        longest: int = LONGEST_NAME,
        check: Callable[[str], bool] | None = None,
        wanted: str = "",
        code: str = "invalid",
    ) -> str | None:
        """A text of 1 to ``longest`` printable characters for which ``check`` holds; ``wanted`` says what would."""
        given = self._take(name)
        text = None if given is None else self._checked_text(name, given, longest)
        if text is None:
            return None
        if check is not None and not check(text):
            self.fault(name, f"is not {wanted}", text, wanted, code)
            return None
        self.kept[name] = text
        return text

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """One of some words."""
        given = self._take(name)
        if given is None:
            return None
        if not isinstance(given, str) or given not in choices:
            self.fault(name, "is not one of the choices", _shown(given), ", ".join(choices), "not-a-choice")
            return None
        self.kept[name] = given
        return given

    def day(self, name: str) -> date | None:
        """A day of the calendar, YYYY-MM-DD."""
        given = self._take(name)
        if given is None:
            return None
        if not is_day(given):
            self.fault(name, "is not a date", _shown(given), "YYYY-MM-DD", "not-a-date")
            return None
        self.kept[name] = given
        return date.fromisoformat(given)

    def below(self, name: str) -> Fields | None:
        """The object under a name; its canonical copy is kept in this one's."""
        given = self._take(name)
        if given is None:
            return None
        fields = Fields(given, self.pointer + step_of(name), self.faults)
        self.kept[name] = fields.kept
        return fields

    def each(self, name: str, *, most: int = MOST_ENTRIES, least: int = 1) -> Iterator[Fields]:
        """The objects of a list, one after the other."""
        kept: list[Any] = []
        for position, item in enumerate(self._list(name, least, most)):
            fields = Fields(item, f"{self.pointer}{step_of(name)}/{position}", self.faults)
            kept.append(fields.kept)
            self.kept[name] = kept
            yield fields

    def texts(
        self,
        name: str,
        *,
        most: int = MOST_ENTRIES,
        check: Callable[[str], bool] | None = None,
        wanted: str = "",
        code: str = "invalid",
    ) -> list[str] | None:
        """A list of different texts, at least one, for each of which ``check`` holds."""
        if name not in self._given:
            return None
        items = Fields(dict.fromkeys(()), self.pointer + step_of(name), self.faults)
        seen: list[str] = []
        for position, item in enumerate(self._list(name, 1, most)):
            text = items._checked_text(position, item, LONGEST_NAME)
            if text is None:
                continue
            if check is not None and not check(text):
                items.fault(position, f"is not {wanted}", text, wanted, code)
            elif text in seen:
                items.fault(position, "is named twice", text, "once", "duplicate")
            else:
                seen.append(text)
        self.kept[name] = seen
        return seen

    def finish(self) -> None:
        """A fault for every name that was given and that nothing has read."""
        for name in self._given:
            if name not in self._read:
                self.fault(name, "is not a known field", name, None, "unknown-field")

    def _take(self, name: str) -> Any:
        self._read.add(name)
        if name not in self._given:
            return None
        given = self._given[name]
        if given is None:
            self.fault(name, "is null; leave it out instead", None, None, "wrong-type")
        return given

    def _list(self, name: str, least: int, most: int) -> list[Any]:
        given = self._take(name)
        if given is None:
            return []
        if not isinstance(given, list | tuple):
            self.fault(name, "must be a list", _shown(given), "[...]", "wrong-type")
            return []
        if not least <= len(given) <= most:
            code = "below-limit" if len(given) < least else "above-limit"
            self.fault(name, "has the wrong number of entries", f"{len(given)} entries", f"{least} to {most}", code)
            return []
        return list(given)

    def _number(self, name: str, given: Any) -> Decimal | None:
        limit = f'a decimal such as "120.5", at most {MOST_DECIMALS} digits after the point'
        if isinstance(given, bool) or not isinstance(given, str | int):
            message = 'must be a decimal number written as a string, e.g. "120.5"'
            self.fault(name, message, _shown(given), limit, "not-a-number")
            return None
        if isinstance(given, int) and abs(given) >= 10**LONGEST_AMOUNT:  # before any text is made of it
            self.fault(name, "is beyond any amount of this trade", "a very great number", limit, "above-limit")
            return None
        text = str(given)
        if len(text) > LONGEST_AMOUNT:
            self.fault(name, f"has more than {LONGEST_AMOUNT} characters", text[:80], limit, "not-a-number")
            return None
        try:
            amount = read_amount(text)
        except ValueError as error:
            code = "above-limit" if "beyond" in str(error) else "not-a-number"
            self.fault(name, str(error), text, limit, code)
            return None
        if _PLAIN.fullmatch(text) is None:
            self.fault(name, "must be written in plain digits", text, limit, "not-a-number")
            return None
        exponent = amount.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -MOST_DECIMALS:
            self.fault(name, f"has more than {MOST_DECIMALS} digits after the point", text, limit, "not-a-number")
            return None
        return amount

    def _checked_text(self, name: str | int, given: Any, longest: int) -> str | None:
        limit = f"1 to {longest} characters"
        if not isinstance(given, str):
            self.fault(name, "must be a text", _shown(given), limit, "wrong-type")
        elif not given or len(given) > longest:
            self.fault(name, f"has {len(given)} characters", given[:80], limit, "wrong-length")
        elif given != given.strip() or not given.isprintable():
            message = "must be printable and neither begin nor end with a space"
            self.fault(name, message, repr(given[:80]), limit, "not-printable")
        else:
            return given
        return None


def _shown(given: Any) -> str:
    if isinstance(given, dict):
        return "an object"
    if isinstance(given, list | tuple):
        return "a list"
    if isinstance(given, int) and abs(given) >= 10**LONGEST_AMOUNT:
        return "a very great number"
    return str(given)[:80]
