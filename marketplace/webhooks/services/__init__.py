"""Registering endpoints, sending to them, and sending again."""

from marketplace.webhooks.rules.deliveries import DELIVERED_ARE_KEPT
from marketplace.webhooks.services.endpoints import (
    change_endpoint,
    register_endpoint,
    remove_endpoint,
    rotate_secret,
)
from marketplace.webhooks.services.forgetting import forget_deliveries
from marketplace.webhooks.services.posting import Outcome, post
from marketplace.webhooks.services.replaying import ping, replay_dead, replay_delivery, replay_from
from marketplace.webhooks.services.secrets import SecretBox
from marketplace.webhooks.services.turns import Parcel, Turn, end_turn, next_parcel, record_outcome, take_turn

__all__ = [
    "DELIVERED_ARE_KEPT",
    "Outcome",
    "Parcel",
    "SecretBox",
    "Turn",
    "change_endpoint",
    "end_turn",
    "forget_deliveries",
    "next_parcel",
    "ping",
    "post",
    "record_outcome",
    "register_endpoint",
    "remove_endpoint",
    "replay_dead",
    "replay_delivery",
    "replay_from",
    "rotate_secret",
    "take_turn",
]
