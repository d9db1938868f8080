"""Matching rounds over HTTP: one blueprint, its views in four files."""

from marketplace.api.v1.rounds import results, running, what_ifs
from marketplace.api.v1.rounds.resources import blp

__all__ = ["blp", "results", "running", "what_ifs"]
