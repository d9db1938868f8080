"""Changdan (长单): supply-demand matchmaking for the lithium-ion battery chain."""

__version__ = "0.1.0"
