"""Proposals and contracts over HTTP: one blueprint, its views in three files."""

from marketplace.api.v1.contracts import contracts, notices
from marketplace.api.v1.contracts.proposals import blp

__all__ = ["blp", "contracts", "notices"]
