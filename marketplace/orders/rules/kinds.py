"""The choices that an order's terms offer, each named once for rules, schemas and documentation."""

from __future__ import annotations

from enum import StrEnum

from marketplace.indices.rules.quotes import BASES


class Side(StrEnum):
    """Offers sell, needs buy."""

    OFFER = "offer"
    NEED = "need"


SIDE_NAMES_ZH = {Side.OFFER: "供应", Side.NEED: "需求"}

# Incoterms 2020; EXW is 自提, DAP 送到.
INCOTERMS = ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")

# Classes and divisions of the UN Model Regulations (GB 6944).
DANGEROUS_GOODS_CLASSES = (
    *("1.1", "1.2", "1.3", "1.4", "1.5", "1.6"),
    *("2.1", "2.2", "2.3", "3", "4.1", "4.2", "4.3", "5.1", "5.2", "6.1", "6.2", "7", "8", "9"),
)

OPTION_SPANS = ("period", "quarter", "year")
QUOTATION_MONTHS = ("M-1", "M", "M+1")
QUOTATION_BASES = BASES
TAX_BASES = ("inclusive", "exclusive")
INSTRUMENTS = ("transfer", "bank_acceptance", "commercial_acceptance")
PARTIES = ("seller", "buyer")
SHARE_BASES = ("requested", "awarded")
APPROVAL_KINDS = ("only", "preferred")
GROUP_RULES = ("at_least", "at_most", "exactly")
GROUP_MEASURES = ("count", "volume", "share")
TIER_KINDS = ("all_unit", "incremental")
REOPENER_RESULTS = ("unchanged", "index", "terminate")

PRIORITY_CLASSES = ("hard", "commercial_1", "commercial_2", "commercial_3", "preference_4", "preference_5")

# Volumes, limits, specifications, certificates and validity are hard always; these may be given a class.
RELAXABLE_TERMS = (
    "flexibility",
    "minimum_contract",
    "maximum_contract",
    "minimum_per_period",
    "lot",
    "minimum_fill",
    "counterparties",
    "maximum_share",
    "incumbents",
    "approved",
    "groups",
    "ramp",
    "storage",
    "credit_limit",
    "must_serve",  # how early it is relaxed; hard belongs to the round, for one order must not stop all
)
