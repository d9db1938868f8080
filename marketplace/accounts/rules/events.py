"""What accounts tell the domains above."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.shared.events import Event


@dataclass(frozen=True)
class AdmissionDecided(Event):
    """An operator has verified, rejected or suspended an organisation; ``status`` is the new one."""

    organisation_id: str
    status: str
