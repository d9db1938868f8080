"""Proposals and contracts over HTTP: one blueprint, its views by what they are about."""

from marketplace.api.v1.contracts import (
    contracts,
    coverage,
    deliveries,
    exports,
    exposure,
    fulfilment,
    kept_exports,
    notices,
    novations,
    publication,
    reopenings,
    statements,
)
from marketplace.api.v1.contracts.proposals import blp

__all__ = [
    "blp",
    "contracts",
    "coverage",
    "deliveries",
    "exports",
    "exposure",
    "fulfilment",
    "kept_exports",
    "notices",
    "novations",
    "publication",
    "reopenings",
    "statements",
]
