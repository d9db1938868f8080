"""Spans of options: over how many months the lower end is counted (docs/model.md 1.2b)."""

from __future__ import annotations

from solver.form import calendar
from solver.form.terms import Option

NOTHING = Option()
ANY_SPAN = max(calendar.MONTHS.values())


def span_asked(required: Option, kind: calendar.Kind) -> int:
    """Months over which the holder asks the lower end to be counted; 0 if it asks for nothing.

    ``kind``: of the calendar's periods.
    """
    return 0 if required.down == required.up == 0 else _months(required, kind)


def span_given(granted: Option, kind: calendar.Kind) -> int:
    """The longest span that is granted; any, where every period may be left altogether."""
    return ANY_SPAN if granted.down == 1 else _months(granted, kind)


def _months(option: Option, kind: calendar.Kind) -> int:
    return calendar.MONTHS[kind if option.per == "period" else option.per]
