"""Clears a market of long-term offers and needs: who trades with whom, how much, at what price, and why not.

Knows no web framework and no database.  The mathematics is numbered in ``docs/model.md``.
"""
