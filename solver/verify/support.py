"""The report on supporting prices: what of it can be counted without solving anything (5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solver.form.clearing import Clearing
from solver.verify.matches import Deal
from solver.verify.violation import Violation


def support_faults(clearing: Clearing, deals: Sequence[Deal]) -> Iterator[Violation]:
    """A report that is missing, or counts that its own matches contradict."""
    report = clearing.support
    if report is None:
        if clearing.matches:
            yield Violation("5.1 support", "/support", f"missing, though there are {len(clearing.matches)} matches")
        return
    uniform = sum(1 for match in clearing.matches if match.price is not None and match.price.uniform)
    if report.matches != len(clearing.matches):
        yield Violation("5.1 support", "/support/matches", f"{report.matches}, due {len(clearing.matches)}")
    if report.uniform != uniform:
        yield Violation("5.1 support", "/support/uniform", f"{report.uniform}, due {uniform}")
    if not 0 <= report.supported <= len(clearing.matches):
        yield Violation("5.1 support", "/support/supported", f"{report.supported} of {len(clearing.matches)} matches")
    order_periods = {
        (order, period)
        for deal in deals
        for order in (deal.offer.id, deal.need.id)
        for period, volume in enumerate(deal.volumes)
        if volume > 0
    }
    if not 0 <= report.without_width <= len(order_periods):
        text = f"{report.without_width} of {len(order_periods)} order-periods"
        yield Violation("5.1 support", "/support/without_width", text)
