"""Organisations, sites, members, sessions and tokens over HTTP."""

from marketplace.api.v1.accounts import members, organisations, sessions, sites, tokens

BLUEPRINTS = (organisations.blp, sites.blp, members.blp, sessions.blp, tokens.blp)
