"""Scenarios of a market: changed, cleared under the same limits, and set side by side (docs/what-if.md)."""
