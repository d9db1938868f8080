"""What is owed for a month of deliveries, line by line, exactly."""

from marketplace.contracts.rules.settlement.price import NoIndexPrice, contract_price
from marketplace.contracts.rules.settlement.statement import (
    Balances,
    Credit,
    Line,
    MonthVolumes,
    Statement,
    reversed_lines,
    settle_month,
    true_up,
)

__all__ = [
    "Balances",
    "Credit",
    "Line",
    "MonthVolumes",
    "NoIndexPrice",
    "Statement",
    "contract_price",
    "reversed_lines",
    "settle_month",
    "true_up",
]
