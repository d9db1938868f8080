"""Capacity over HTTP."""
