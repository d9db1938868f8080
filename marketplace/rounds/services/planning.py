"""A round before it opens: written down, revised, then fixed and shown to all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from marketplace.catalogue import queries as catalogue
from marketplace.indices import queries as indices
from marketplace.rounds import queries
from marketplace.rounds.models import Round
from marketplace.rounds.rules.calendar import check_calendar, check_deadlines
from marketplace.rounds.rules.contracting import normal_contracting
from marketplace.rounds.rules.feedback import Feedback
from marketplace.rounds.rules.fields import pointer_to, shown
from marketplace.rounds.rules.freight import normal_freight
from marketplace.rounds.rules.paths import index_of, normal_index_paths, stated_series
from marketplace.rounds.rules.policy import normal_policy
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, Fault, InvalidInput, NotFound
from marketplace.shared.identifiers import new_id
from marketplace.shared.texts import chinese_faults, line_faults

LONGEST_NAME = 200
REVISABLE = (
    "name_zh",
    "name_en",
    "grade_ids",
    "calendar",
    "policy",
    "freight",
    "index_paths",
    "contracting",
    "feedback",
    "opens_at",
    "freezes_at",
    "publishes_by",
)


def create_round(
    *,
    name_zh: str,
    name_en: str,
    grade_ids: Sequence[str],
    calendar: Sequence[str],
    policy: Mapping[str, Any] | None = None,
    freight: Mapping[str, Any] | None = None,
    index_paths: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    contracting: Mapping[str, Any] | None = None,
    feedback: str = Feedback.CATEGORY,
    opens_at: datetime | None = None,
    freezes_at: datetime | None = None,
    publishes_by: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Round:
    """Write down a round as a draft.

    Allowed: operators.  Raises: InvalidInput with every field that cannot stand.
    """
    actor.must_be(Role.OPERATOR)
    round_ = Round(id=new_id("rnd", now), created_at=now)
    plan = {
        "name_zh": name_zh,
        "name_en": name_en,
        "grade_ids": grade_ids,
        "calendar": calendar,
        "policy": policy or {},
        "freight": freight or {},
        "index_paths": index_paths or {},
        "contracting": contracting or {},
        "feedback": feedback,
        "opens_at": opens_at,
        "freezes_at": freezes_at,
        "publishes_by": publishes_by,
    }
    _write(round_, plan, now=now)
    db.session.add(round_)
    db.session.flush()
    audit.record("rounds:round:created", round_.id, actor=actor, now=now)
    return round_


def revise_round(round_id: str, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> Round:
    """Change fields of a draft; those not named stay, a document that is named is replaced whole.

    Allowed: operators.  Raises: NotFound; TransitionNotAllowed once it is open; InvalidInput.
    """
    actor.must_be(Role.OPERATOR)
    round_ = queries.round_to_change(round_id)
    round_.take("revise")
    unknown = [
        Fault(f"/{name}", "cannot be changed", name, ", ".join(REVISABLE), "fixed")
        for name in changes.keys() - REVISABLE
    ]
    if unknown:
        raise InvalidInput(unknown)
    present = {name: getattr(round_, name) for name in REVISABLE}
    present["freight"] = {**round_.freight, "lanes": round_.lanes}
    _write(round_, {**present, **changes}, now=now)
    db.session.flush()
    audit.record("rounds:round:revised", round_.id, actor=actor, now=now, payload={"fields": sorted(changes)})
    return round_


def open_round(round_id: str, *, actor: Actor, now: datetime) -> Round:
    """Show the round to all members; from now on its rules are fixed.

    Allowed: operators.  Raises: NotFound; TransitionNotAllowed; Conflict before ``opens_at``; InvalidInput when
    a month of delivery or a deadline has passed since it was written down.
    """
    actor.must_be(Role.OPERATOR)
    round_ = queries.round_to_change(round_id)
    round_.take("open")
    if round_.opens_at is not None and now < round_.opens_at:
        raise Conflict(f"the round opens at {round_.opens_at.isoformat()}; it is {now.isoformat()}")
    check_calendar(round_.calendar, today=beijing_date(now))
    check_deadlines(round_.opens_at, round_.freezes_at, round_.publishes_by, now=now)
    round_.opened_at = now
    db.session.flush()
    audit.record("rounds:round:opened", round_.id, actor=actor, now=now)
    return round_


def _write(round_: Round, plan: Mapping[str, Any], *, now: datetime) -> None:
    faults: list[Fault] = []

    def checked(check: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return check(*args, **kwargs)
        except InvalidInput as error:
            faults.extend(error.faults)
            return None

    for name in ("name_zh", "name_en"):
        faults += line_faults(f"/{name}", plan[name], LONGEST_NAME)
    faults += chinese_faults("/name_zh", plan["name_zh"])
    faults += _grade_faults(plan["grade_ids"])
    checked(check_calendar, plan["calendar"], today=beijing_date(now))
    policy = checked(normal_policy, plan["policy"])
    freight = checked(normal_freight, plan["freight"])
    paths = checked(normal_index_paths, plan["index_paths"], plan["calendar"])
    faults += _index_faults(plan["index_paths"])
    contracting = checked(normal_contracting, plan["contracting"])
    levels = ", ".join(Feedback)
    if plan["feedback"] not in list(Feedback):
        faults.append(Fault("/feedback", f"must be one of {levels}", shown(plan["feedback"]), levels, "not-a-choice"))
    deadlines = {name: plan[name] for name in ("opens_at", "freezes_at", "publishes_by")}
    checked(check_deadlines, **deadlines, now=now)
    if faults:
        raise InvalidInput(faults)
    round_.name_zh, round_.name_en = plan["name_zh"], plan["name_en"]
    round_.grade_ids, round_.calendar = sorted(plan["grade_ids"]), list(plan["calendar"])
    round_.policy, round_.index_paths, round_.feedback = policy, paths, str(plan["feedback"])
    round_.contracting = contracting
    round_.lanes = freight.pop("lanes")
    round_.freight = freight
    for name, moment in deadlines.items():
        setattr(round_, name, moment)


def _grade_faults(grade_ids: Sequence[str]) -> list[Fault]:
    if not grade_ids:
        return [Fault("/grade_ids", "must name at least one grade", "[]", "at least 1", "missing")]
    faults = []
    for place, grade_id in enumerate(grade_ids):
        if grade_id in grade_ids[:place]:
            faults.append(Fault(f"/grade_ids/{place}", "is named twice", shown(grade_id), "once", "duplicate"))
        elif not _exists(catalogue.grade, grade_id):
            faults.append(
                Fault(
                    f"/grade_ids/{place}",
                    "is no grade of the catalogue",
                    shown(grade_id),
                    "an id of /grades",
                    "unknown-reference",
                )
            )
    return faults


def _index_faults(stated: Any) -> list[Fault]:
    wanted = "an id of /indices, or with @settlement, @futures or days after it"
    return [
        Fault(pointer_to(*place), "is no price index known here", shown(series), wanted, "unknown-reference")
        for place, series in stated_series(stated)
        if (index_id := index_of(series)) is None or not _exists(indices.index, index_id)
    ]


def _exists(find: Callable[[str], object], identifier: str) -> bool:
    try:
        find(identifier)
    except NotFound:
        return False
    return True
