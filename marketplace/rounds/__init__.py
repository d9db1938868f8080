"""Matching rounds: orders are frozen into a market, cleared, verified, reviewed and published."""
