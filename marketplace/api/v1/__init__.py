"""Version 1 of the interface: one folder per domain, its blueprints listed here and wired in ``marketplace.app``."""

from __future__ import annotations

from marketplace.api.http.blueprint import ApiBlueprint

BLUEPRINTS: tuple[ApiBlueprint, ...] = ()
