"""Version 1 of the interface: one folder per domain, its blueprints listed here and wired in ``marketplace.app``."""

from __future__ import annotations

from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.v1.accounts import BLUEPRINTS as ACCOUNTS
from marketplace.api.v1.audit.resources import blp as audit
from marketplace.api.v1.capacity.resources import blp as capacity
from marketplace.api.v1.catalogue.resources import blp as catalogue
from marketplace.api.v1.contracts import blp as contracts
from marketplace.api.v1.evidence.resources import blp as evidence
from marketplace.api.v1.indices.resources import blp as indices
from marketplace.api.v1.notifications.events import blp as events
from marketplace.api.v1.notifications.resources import blp as notifications
from marketplace.api.v1.orders import BLUEPRINTS as ORDERS
from marketplace.api.v1.rounds import blp as rounds
from marketplace.api.v1.webhooks.resources import blp as webhooks

BLUEPRINTS: tuple[ApiBlueprint, ...] = (
    *ACCOUNTS,
    audit,
    capacity,
    catalogue,
    contracts,
    events,
    evidence,
    indices,
    notifications,
    *ORDERS,
    rounds,
    webhooks,
)
