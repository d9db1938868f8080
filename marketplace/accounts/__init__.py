"""Organisations, their sites and members, sign-in and personal tokens."""
