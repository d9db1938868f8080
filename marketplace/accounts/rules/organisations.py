"""What an organisation says of itself, and who may change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marketplace.accounts.rules.kinds import OrganisationKind
from marketplace.shared.errors import Fault
from marketplace.shared.identifiers import is_credit_code
from marketplace.shared.texts import chinese_faults, latin_faults, line_faults

LONGEST_NAME = 200
MOST_TAGS = 20
LONGEST_TAG = 40
EARNED = "fulfilment:"  # tags that begin so are given by how contracts were fulfilled

# What an operator looks at when it verifies, and counterparties rely on: afterwards only an operator changes these.
CHECKED_FIELDS = frozenset({"name_zh", "name_latin", "group_parent", "small"})


def organisation_faults(given: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of the fields that are given (all of them at registration, some at a change)."""
    for field in ("name_zh", "name_latin"):
        if field in given:
            yield from line_faults(f"/{field}", given[field], LONGEST_NAME)
    if "credit_code" in given and not is_credit_code(given["credit_code"]):
        yield _no_credit_code("/credit_code", given["credit_code"])
    if given.get("group_parent") is not None and not is_credit_code(given["group_parent"]):
        yield _no_credit_code("/group_parent", given["group_parent"])
    if "tags" in given:
        yield from _tag_faults(given["tags"])


def script_faults(given: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of names in the wrong script; samples, named after what their files say, are not asked."""
    if "name_zh" in given:
        yield from chinese_faults("/name_zh", given["name_zh"])
    if "name_latin" in given:
        yield from latin_faults("/name_latin", given["name_latin"])


def registration_faults(given: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of a self-registration: operators are made at the command line only."""
    kinds = [str(kind) for kind in OrganisationKind if kind is not OrganisationKind.OPERATOR]
    if given["kind"] not in kinds:
        yield Fault("/kind", "is not a kind that can register", given["kind"], ", ".join(kinds), "not-a-choice")
    yield from organisation_faults(given)
    yield from script_faults(given)


def _no_credit_code(pointer: str, value: str) -> Fault:
    limit = "18 characters in upper case, with the right check digit (GB 32100-2015)"
    return Fault(pointer, "is not a unified social credit code", value, limit, "credit-code")


def _tag_faults(tags: Sequence[str]) -> Iterator[Fault]:
    if len(tags) > MOST_TAGS:
        yield Fault("/tags", "are too many", len(tags), MOST_TAGS, "too-many")
    for position, tag in enumerate(tags):
        yield from line_faults(f"/tags/{position}", tag, LONGEST_TAG)
        if tag.startswith(EARNED):
            limit = f"a tag that does not begin with {EARNED}"
            yield Fault(f"/tags/{position}", "is earned, not chosen", tag, limit, "reserved")
        if tag in tags[:position]:
            yield Fault(f"/tags/{position}", "is given twice", tag, code="duplicate")
