"""Signed webhooks: an organisation's own events, sent to where it wants them."""
