"""The empty order table that a user fills in."""

from __future__ import annotations

import csv
import io
from datetime import date

from marketplace.orders.rules.uploads.columns import COLUMNS, TEMPLATE, heading_of
from marketplace.shared.months import month_of, shifted

_EXAMPLES = {column.heading: column.example for column in COLUMNS}


def table_template(today: date, *, chinese: bool, months: int = 12) -> str:
    """Headings, the months to come, and one example row, which is refused as it stands: its site is nobody's."""
    coming = [shifted(month_of(today), number) for number in range(1, months + 1)]
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow([*(heading_of(name, chinese=chinese) for name in TEMPLATE), *coming])
    examples = [_EXAMPLES[name] for name in TEMPLATE]
    examples[TEMPLATE.index("limit_price.fixed")] = "98000"
    table.writerow([*examples, *("120" for _ in coming)])
    return text.getvalue()
