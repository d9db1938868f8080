"""What an export is of, in which form, and the life of one that is made in the background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.contracts.rules.exports.columns import COLUMNS
from marketplace.shared.errors import Conflict, Fault, InvalidInput
from marketplace.shared.lifecycle import Lifecycle
from marketplace.shared.months import FORM, is_month

MOST_ROWS = 50_000  # while the caller waits: some ten seconds of writing XLSX
MOST_ROWS_LATER = 500_000  # in the background; a spreadsheet has room for twice as many

OPEN_CONTRACTING = "open-contracting"  # all published contracts, which everybody may read

FORMS: dict[str, tuple[str, ...]] = {**dict.fromkeys(COLUMNS, ("csv", "xlsx")), OPEN_CONTRACTING: ("json",)}

EXPORT = Lifecycle(
    "export",
    "waiting",
    {
        ("waiting", "begin"): "running",
        ("running", "begin"): "running",  # by another, when whoever had it gave no sign of life
        ("running", "make"): "made",
        ("running", "refuse"): "refused",
        ("running", "fail"): "failed",
    },
)


@dataclass(frozen=True)
class Months:
    """From which month to which; None: no end."""

    first: str | None = None
    last: str | None = None

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no month, or ends before it begins."""
        for name, month in (("from_month", self.first), ("to_month", self.last)):
            if month is not None and not is_month(month):
                raise InvalidInput.at(f"/{name}", "is not a month", month[:20], FORM, "not-a-month")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise InvalidInput.at("/to_month", "lies before from_month", self.last, self.first, "contradiction")

    def __contains__(self, month: str) -> bool:
        return (self.first is None or self.first <= month) and (self.last is None or month <= self.last)


@dataclass(frozen=True)
class Wish:
    """Which table, in which form, of which contract (None: of all one's own) and months."""

    what: str
    form: str
    contract_id: str | None = None
    months: Months = Months()

    def __post_init__(self) -> None:
        """Raises InvalidInput for what no export is, with every fault.

        >>> Wish("settlements", "json")
        Traceback (most recent call last):
        marketplace.shared.errors.InvalidInput: /form: is no form of this table
        """
        if faults := list(self._faults()):
            raise InvalidInput(faults)

    def _faults(self) -> Iterator[Fault]:
        if self.what not in FORMS:
            yield Fault("/what", "is no such table", self.what[:40], ", ".join(FORMS), "not-a-choice")
        elif self.form not in FORMS[self.what]:
            limit = ", ".join(FORMS[self.what])
            yield Fault("/form", "is no form of this table", self.form[:40], limit, "not-a-choice")
        if self.what == OPEN_CONTRACTING:
            parts = {"contract": self.contract_id, "from_month": self.months.first, "to_month": self.months.last}
            for name, given in parts.items():
                if given is not None:
                    message = "is of no use here: all published contracts are told, whole"
                    yield Fault(f"/{name}", message, given[:40], "left out", "contradiction")


class ExportNotMade(Conflict):
    """There is no file: not yet, or nothing came of it."""

    code = "export-not-made"

    def __init__(self, status: str) -> None:
        self.status = status
        super().__init__(f"there is no file: the export is {status}")


class ExportOutdated(Conflict):
    """What the organisation may read is not what it was when the file was made."""

    code = "export-outdated"

    def __init__(self) -> None:
        super().__init__("what may be read has changed since the file was made; ask for another")
