"""Proposals and contracts over HTTP: one blueprint, its views in a few files."""

from marketplace.api.v1.contracts import contracts, deliveries, fulfilment, notices, reopenings, statements
from marketplace.api.v1.contracts.proposals import blp

__all__ = ["blp", "contracts", "deliveries", "fulfilment", "notices", "reopenings", "statements"]
