"""When an option that one side requires lies within the one that the other grants (docs/model.md 1.2)."""

from __future__ import annotations

from solver.form import calendar
from solver.form.terms import Option

NOTHING = Option()


def is_within(required: Option, granted: Option, kind: calendar.Kind) -> bool:
    """Whether whatever the holder of ``required`` may call could also be called under ``granted``.

    ``kind``: of the calendar's periods.  Notice runs the other way: the granter's may not be the longer.
    """
    return (
        required.down <= granted.down
        and required.up <= granted.up
        and (months_of(required, kind) <= months_of(granted, kind) or _spans_alike(required, granted))
        and (required.make_up_months or 0) <= (granted.make_up_months or 0)
        and (required.notice_days is None or (granted.notice_days or 0) <= required.notice_days)
    )


def months_of(option: Option, kind: calendar.Kind) -> int:
    """Months over which the option's lower end is counted."""
    return calendar.MONTHS[kind if option.per == "period" else option.per]


def _spans_alike(required: Option, granted: Option) -> bool:
    """Where the span makes no difference: nothing may be left or added, or every period may be left altogether."""
    return required.down == required.up == 0 or granted.down == 1
