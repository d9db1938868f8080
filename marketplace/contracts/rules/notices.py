"""What parties may give notice of, on which ground, and when it takes effect.

Agreed: when the other party consents.  Force majeure: a suspension at once, an end once it has been suspended for so
long.  Breach: an end, unless it is mended in the days that the contract gives.  Re-opener: an end at once, where the
contract says so if no price was agreed on (rules.reopener).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.lifecycle import Lifecycle

SUSPENSION, RESUMPTION, TERMINATION = KINDS = ("suspension", "resumption", "termination")
AGREED, FORCE_MAJEURE, BREACH, REOPENER = GROUNDS = ("agreed", "force_majeure", "breach", "reopener")
ACTIONS = {SUSPENSION: "suspend", RESUMPTION: "resume", TERMINATION: "terminate"}  # of the contract's lifecycle
ALLOWED = frozenset(
    {
        (SUSPENSION, AGREED),
        (SUSPENSION, FORCE_MAJEURE),
        (RESUMPTION, AGREED),
        (RESUMPTION, FORCE_MAJEURE),
        (TERMINATION, AGREED),
        (TERMINATION, FORCE_MAJEURE),
        (TERMINATION, BREACH),
        (TERMINATION, REOPENER),
    }
)

NOTICE = Lifecycle(
    "notice",
    "given",
    {
        ("given", "take_effect"): "effective",
        ("given", "refuse"): "refused",
        ("given", "withdraw"): "withdrawn",
        ("given", "lapse"): "lapsed",  # one of those whom it is between has left the contract
    },
)


def check_ground(kind: str, ground: str) -> None:
    """Raises InvalidInput unless there are such notices on such a ground.

    >>> check_ground("termination", "breach")
    """
    grounds = [each for each in GROUNDS if (kind, each) in ALLOWED]
    if kind not in KINDS:
        raise InvalidInput.at("/kind", "is no kind of notice", kind, ", ".join(KINDS), "not-a-choice")
    if ground not in grounds:
        fault = Fault("/ground", f"is no ground of a {kind}", ground, ", ".join(grounds), "not-a-choice")
        raise InvalidInput([fault])


def effective_from(
    kind: str, ground: str, clauses: Mapping[str, Any], *, now: datetime, suspended_since: datetime | None
) -> datetime | None:
    """From when a notice takes effect without the other party; None: by its consent alone.

    ``suspended_since``: when the contract was suspended for force majeure, if it is.

    >>> from datetime import UTC
    >>> now = datetime(2027, 1, 1, tzinfo=UTC)
    >>> clauses = {"cure_days": 30, "force_majeure_longest_days": 90}
    >>> effective_from("termination", "breach", clauses, now=now, suspended_since=None).isoformat()
    '2027-01-31T00:00:00+00:00'
    >>> effective_from("termination", "agreed", clauses, now=now, suspended_since=None)
    """
    if ground == AGREED:
        return None
    if ground == BREACH:
        return now + timedelta(days=clauses["cure_days"])
    if kind != TERMINATION or ground == REOPENER:
        return now
    since = now if suspended_since is None else suspended_since
    return since + timedelta(days=clauses["force_majeure_longest_days"])
