"""Terms about counterparties: how many, how much of one, which ones, which never."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marketplace.orders.rules.facts import OrderFacts
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import APPROVAL_KINDS, GROUP_MEASURES, GROUP_RULES, SHARE_BASES
from marketplace.orders.rules.limits import (
    GREATEST_PRICE,
    GREATEST_VOLUME,
    LONGEST_REASON,
    MOST_COUNTERPARTIES,
    MOST_MONTHS,
    ONE,
    ZERO,
)
from marketplace.shared.identifiers import is_credit_code


def read_counts_and_shares(terms: Fields) -> None:
    """``counterparties`` and ``maximum_share``; share x most below 1 could never fill the order."""
    most = None
    count = terms.below("counterparties")
    if count is not None:
        least = count.whole("least", 1, MOST_COUNTERPARTIES)
        most = count.whole("most", 1, MOST_COUNTERPARTIES)
        if count.is_object and not count.names():
            count.fault(None, "is empty", "{}", "least, most or both", "missing")
        if least is not None and most is not None and least > most:
            count.fault("least", "is above most", least, most, "contradiction")
        count.finish()
    share = terms.below("maximum_share")
    if share is not None:
        share.require("fraction")
        fraction = share.amount("fraction", above=ZERO, most=ONE)
        share.choice("of", SHARE_BASES)
        share.finish()
        if fraction is not None and most is not None and fraction * most < 1:
            message = f"times counterparties.most ({most}) is below 1: the order could never be filled"
            share.fault("fraction", message, fraction, f"at least 1/{most}", "contradiction")


def read_incumbents(terms: Fields, facts: OrderFacts) -> None:
    """``incumbents``: present partners, each with its least share or what leaving it costs."""
    seen: set[str] = set()
    total = Decimal(0)
    for incumbent in terms.each("incumbents"):
        incumbent.require("organisation")
        _read_other_organisation(incumbent, facts, seen)
        share = incumbent.amount("least_share", above=ZERO, most=ONE)
        incumbent.amount("switching_cost", least=ZERO, most=GREATEST_PRICE)
        if incumbent.is_object and "least_share" not in incumbent and "switching_cost" not in incumbent:
            incumbent.fault(None, "says nothing", "organisation alone", "least_share or switching_cost", "missing")
        incumbent.finish()
        total += share or 0
        if share is not None and total > ONE:
            message = "brings the shares of all incumbents above 1"
            incumbent.fault("least_share", message, share, ONE - (total - share), "contradiction")


def read_approved(terms: Fields, facts: OrderFacts) -> None:
    """``approved``: counterparties that this side has qualified, by site and grade, from a day on."""
    approved = terms.below("approved")
    if approved is None:
        return
    approved.require("kind", "counterparties")
    approved.choice("kind", APPROVAL_KINDS)
    approved.amount("trial_share", least=ZERO, most=ONE)
    seen: set[tuple[object, ...]] = set()
    for approval in approved.each("counterparties", most=MOST_COUNTERPARTIES):
        approval.require("organisation")
        organisation = _read_other_organisation(approval, facts)
        site = approval.text("site")
        grade = approval.text(
            "grade", check=facts.grades.__contains__, wanted="a grade of the catalogue", code="unknown-reference"
        )
        approval.day("since")
        approval.finish()
        key = (organisation, site, grade)
        if organisation is not None and key in seen:
            approval.fault("organisation", "is approved twice for the same", organisation, "once", "duplicate")
        seen.add(key)
    approved.finish()


def read_exclusions(terms: Fields, facts: OrderFacts) -> None:
    """``exclusions``: organisations not dealt with, and why; none of them may be approved or an incumbent."""
    wanted = dict.fromkeys(_organisations(terms.kept.get("approved", {}), "counterparties"), "approved")
    wanted |= dict.fromkeys(_organisations(terms.kept, "incumbents"), "an incumbent")
    seen: set[str] = set()
    for exclusion in terms.each("exclusions", most=MOST_COUNTERPARTIES):
        exclusion.require("organisation", "reason")
        organisation = _read_other_organisation(exclusion, facts, seen)
        exclusion.text("reason", longest=LONGEST_REASON)
        exclusion.flag("technical")
        exclusion.finish()
        if organisation in wanted:
            message = f"is excluded and {wanted[organisation]}"
            exclusion.fault("organisation", message, organisation, "one of both", "contradiction")


def read_groups(terms: Fields) -> None:
    """``groups``: rules over all counterparties with a tag; ``exactly`` goes with counts, or shares in a tolerance."""
    for group in terms.each("groups"):
        group.require("tag", "rule", "measure", "value")
        group.text("tag")
        rule = group.choice("rule", GROUP_RULES)
        measure = group.choice("measure", GROUP_MEASURES)
        if measure == "count":
            group.amount("value", least=ZERO, most=Decimal(MOST_COUNTERPARTIES), step=ONE)
        else:
            group.amount("value", least=ZERO, most=ONE if measure == "share" else GREATEST_VOLUME * MOST_MONTHS)
        group.amount("tolerance", above=ZERO, most=ONE)
        if rule == "exactly" and measure == "volume":
            group.fault("measure", "exactly goes with count or share", measure, "count, share", "contradiction")
        if rule == "exactly" and measure == "share":
            group.require("tolerance")
        elif "tolerance" in group:
            value = group.raw("tolerance")
            group.fault("tolerance", "goes with exactly a share only", value, "left out", "contradiction")
        group.finish()


def _read_other_organisation(entry: Fields, facts: OrderFacts, seen: set[str] | None = None) -> str | None:
    wanted = "a unified social credit code (GB 32100)"
    code = entry.text("organisation", longest=18, check=is_credit_code, wanted=wanted, code="not-a-credit-code")
    if code is None:
        return None
    if code == facts.own_code():
        entry.fault("organisation", "is the order's own organisation", code, "another organisation", "contradiction")
    if seen is not None:
        if code in seen:
            entry.fault("organisation", "is named twice", code, "once", "duplicate")
        seen.add(code)
    return code


def _organisations(kept: dict[str, Any], name: str) -> set[str]:
    return {entry["organisation"] for entry in kept.get(name, ()) if "organisation" in entry}
