"""The life of a certificate on the platform, and what its declaration must hold."""

from __future__ import annotations

from datetime import date

from marketplace.evidence.rules.kinds import KINDS, is_known
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.lifecycle import Lifecycle
from marketplace.shared.texts import line_faults, paragraph_faults

CERTIFICATE = Lifecycle(
    "certificate",
    "declared",
    {
        ("declared", "accept"): "accepted",
        ("declared", "refuse"): "refused",
        ("declared", "withdraw"): "withdrawn",
        ("accepted", "revoke"): "revoked",
        ("accepted", "withdraw"): "withdrawn",
    },
)

DECISIONS = ("accept", "refuse", "revoke")  # an operator's; withdrawing is the owner's
LIVE = ("declared", "accepted")  # of one document there is at most one in these

LONGEST_YEARS = 10  # no certificate of the trade runs longer
_LONGEST_TEXT = {"number": 100, "issuer": 200}
_LONGEST_REASON = 1000
_MOST_SCOPES = 500


def check_declaration(
    *,
    code: str,
    number: str,
    issuer: str,
    valid_from: date,
    valid_to: date,
    grades: list[str],
    sites: list[str],
    today: date,
) -> None:
    """Raises InvalidInput with everything that is wrong with a declaration, but for grades and sites unknown."""
    faults = []
    if not is_known(code):
        faults.append(Fault("/code", "is not a certificate known here", code, ", ".join(KINDS), "unknown-reference"))
    for name, text in (("number", number), ("issuer", issuer)):
        faults += line_faults(f"/{name}", text, _LONGEST_TEXT[name])
    if valid_to < valid_from:
        faults.append(Fault("/valid_to", "is before valid_from", valid_to, valid_from, "contradiction"))
    elif valid_to < today:
        faults.append(Fault("/valid_to", "has passed", valid_to, today, "expired"))
    elif valid_to.year - valid_from.year > LONGEST_YEARS:
        limit = f"at most {LONGEST_YEARS} years after {valid_from}"
        faults.append(Fault("/valid_to", "is too far from valid_from", valid_to, limit, "out-of-range"))
    for name, scope in (("grades", grades), ("sites", sites)):
        if len(scope) > _MOST_SCOPES:
            faults.append(Fault(f"/{name}", "has too many entries", len(scope), f"at most {_MOST_SCOPES}", "too-many"))
        if len(set(scope)) < len(scope):
            faults.append(Fault(f"/{name}", "names one twice", None, "each once", "duplicate"))
    if faults:
        raise InvalidInput(faults)


def check_reason(decision: str, reason: str | None) -> None:
    """Raises InvalidInput when a decision against the organisation says no why, or one is too long."""
    if not (reason or "").strip():
        if decision == "accept":
            return
        raise InvalidInput.at("/reason", f"is needed to {decision} a certificate", code="required")
    faults = list(paragraph_faults("/reason", reason or "", _LONGEST_REASON))
    if faults:
        raise InvalidInput(faults)
