"""Matching rounds over HTTP: one blueprint, its views in three files."""

from marketplace.api.v1.rounds import results, running
from marketplace.api.v1.rounds.resources import blp

__all__ = ["blp", "results", "running"]
