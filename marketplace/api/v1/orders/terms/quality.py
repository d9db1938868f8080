"""Terms of quality."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.http.schemas import Schema
from marketplace.api.v1.orders.fields import AmountOr, AmountText, Text, list_of
from marketplace.catalogue.rules.attributes import GREATEST_ATTRIBUTE
from marketplace.evidence.rules.kinds import KINDS
from marketplace.orders.rules.limits import (
    GREATEST_FACTOR,
    GREATEST_PRICE,
    LONGEST_NAME,
    MOST_ENTRIES,
    ZERO,
)

_ENDS = {"least": -GREATEST_ATTRIBUTE, "most": GREATEST_ATTRIBUTE}
_WORTH = {"least": -GREATEST_PRICE, "most": GREATEST_PRICE}


class AcceptedRangeSchema(Schema):
    """What a need accepts of one attribute, and what a distance from its target is worth."""

    at_least = AmountText("不低于 / at least", example="99.5", **_ENDS)
    at_most = AmountText("不高于 / at most", example="100", **_ENDS)
    target = AmountText("目标值 / target", example="99.6", **_ENDS)
    above_cny_per_unit = AmountText("每高于目标1单位加价 / added per unit above", example="100", **_WORTH)
    below_cny_per_unit = AmountText("每低于目标1单位加价 / added per unit below", example="-200", **_WORTH)


class AlternateSchema(Schema):
    """Another grade that a need accepts."""

    grade = Text("牌号 / grade", example="lithium-carbonate-industrial", longest=LONGEST_NAME, required=True)
    ratio = AmountText(
        "每单位需求所需量 / units of it per unit asked", example="1.02", above=ZERO, most=GREATEST_FACTOR, required=True
    )
    adjustment = AmountText("限价调整 / added to the limit", example="-1500", **_WORTH)


class QualityTermsSchema(Schema):
    """What is delivered."""

    specification = fields.Dict(
        keys=fields.String(metadata={"example": "Li2CO3_pct"}),
        values=AmountOr(
            AcceptedRangeSchema,
            AmountText("供应：保证值 / an offer's guaranteed value", example="99.62", **_ENDS),
            "供应填保证值，需求填可接受范围 / an offer states a value, a need a range",
        ),
        metadata={
            "description": "按牌号的指标代码 / by the grade's attribute codes",
            "example": {"Li2CO3_pct": {"at_least": "99.5"}},
        },
    )
    certificates = list_of(
        Text("代码，见 /certificate-kinds / code", example="ISO9001", longest=LONGEST_NAME, choices=list(KINDS)),
        "要求对方全期持有的证书 / certificates the counterparty must hold through the term",
        most=MOST_ENTRIES,
    )
    alternates = list_of(AlternateSchema, "可替代牌号 / other grades (needs)", most=MOST_ENTRIES)
