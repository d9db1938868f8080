"""Proposals and contracts over HTTP."""

from marketplace.api.v1.contracts.contracts import blp

__all__ = ["blp"]
