"""What a commodity and a grade must state, and what of a grade never changes once orders stand on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.catalogue.rules.fields import Fields
from marketplace.catalogue.rules.units import UNITS
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.quantities import amount_text, is_multiple

STAGES = {
    "resource": ("资源", "resource"),
    "second_order_material": ("二阶材料", "second-order material"),
    "first_order_material": ("一阶材料", "first-order material"),
    "auxiliary_material": ("辅助材料", "auxiliary material"),
    "cell": ("电芯", "cell"),
    "pack": ("电池组", "pack"),
    "recycling": ("回收利用", "recycling"),
}
DIRECTIONS = ("higher", "lower", "target")  # which way of an attribute is the better one
SOURCES = ("read", "common_knowledge")  # whether a figure was read in a source, or is known to the trade and unchecked
RATIOS = ("grade_unit", "target_unit")

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SLUG_FORM = "lower case words joined by hyphens, e.g. lithium-carbonate-battery"
_ATTRIBUTE_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")
_HS_CODE = re.compile(r"\d{4}\.\d{2}(\.\d{2}){0,2}", re.ASCII)
_COARSEST_QUANTUM = Decimal(1000)
_ZERO = Decimal(0)


@dataclass(frozen=True)
class CommodityTerms:
    """A commodity as it is stated."""

    id: str
    name_zh: str
    name_en: str
    stage: str


@dataclass(frozen=True)
class GradeTerms:
    """A grade as it is stated.  ``attributes`` and ``conversions`` are plain documents, amounts as text."""

    id: str
    commodity_id: str
    name_zh: str
    name_en: str
    unit_code: str
    quantum: Decimal
    hs_code: str | None
    standard: str | None
    source: str
    note: str | None
    attributes: list[dict[str, Any]]
    conversions: list[dict[str, Any]]


def read_commodity(document: Mapping[str, Any]) -> CommodityTerms:
    """The commodity that a document states; raises InvalidInput with every fault."""
    faults: list[Fault] = []
    fields = Fields(document, "", faults)
    terms = CommodityTerms(
        id=fields.text("id", most=60, pattern=SLUG, form=SLUG_FORM),
        name_zh=fields.text("name_zh", most=100),
        name_en=fields.text("name_en", most=100),
        stage=fields.choice("stage", STAGES),
    )
    fields.finish()
    if faults:
        raise InvalidInput(faults)
    return terms


def read_grade(document: Mapping[str, Any]) -> GradeTerms:
    """The grade that a document states; raises InvalidInput with every fault."""
    faults: list[Fault] = []
    fields = Fields(document, "", faults)
    attributes = [_attribute(child) for child in fields.children("attributes", most=60)]
    codes = [attribute["code"] for attribute in attributes]
    terms = GradeTerms(
        id=fields.text("id", most=60, pattern=SLUG, form=SLUG_FORM),
        commodity_id=fields.text("commodity_id", most=60),
        name_zh=fields.text("name_zh", most=100),
        name_en=fields.text("name_en", most=100),
        unit_code=fields.choice("unit_code", UNITS),
        quantum=fields.amount("quantum", above=_ZERO, most=_COARSEST_QUANTUM),
        hs_code=fields.optional_text("hs_code", most=13, pattern=_HS_CODE, form="digits and dots, e.g. 2836.91"),
        standard=fields.optional_text("standard", most=100),
        source=fields.choice("source", SOURCES),
        note=fields.optional_text("note", most=500),
        attributes=attributes,
        conversions=[_conversion(child, codes) for child in fields.children("conversions", most=20)],
    )
    fields.finish()
    _refuse_repeats(codes, "attributes", faults)
    _refuse_repeats([conversion["code"] for conversion in terms.conversions], "conversions", faults)
    if faults:
        raise InvalidInput(faults)
    return terms


def check_change(before: GradeTerms, after: GradeTerms) -> None:
    """Raises InvalidInput if a change would alter the meaning of orders that already name this grade.

    Commodity and unit stay; the quantum may only become finer, by a whole factor; attributes keep code and unit.
    """
    faults = [
        Fault(f"/{name}", "cannot change once the grade exists", getattr(after, name), getattr(before, name), "fixed")
        for name in ("commodity_id", "unit_code")
        if getattr(after, name) != getattr(before, name)
    ]
    if not is_multiple(before.quantum, after.quantum):
        limit = f"{amount_text(before.quantum)}, or a whole part of it"
        faults.append(Fault("/quantum", "can only become finer", after.quantum, limit, "fixed"))
    units = {attribute["code"]: attribute["unit"] for attribute in after.attributes}
    for attribute in before.attributes:
        code, unit = attribute["code"], attribute["unit"]
        if units.get(code) != unit:
            faults.append(Fault("/attributes", f"{code} must stay, in its unit", units.get(code), unit, "fixed"))
    if faults:
        raise InvalidInput(faults)


def _attribute(fields: Fields) -> dict[str, Any]:
    at_least = fields.optional_amount("typical_at_least")
    at_most = fields.optional_amount("typical_at_most")
    if at_least is not None and at_most is not None and at_least > at_most:
        fields.fault("typical_at_least", "is above typical_at_most", at_least, at_most, "contradiction")
    attribute = {
        "code": fields.text("code", most=40, pattern=_ATTRIBUTE_CODE, form="letters, digits and _, e.g. Li2CO3_pct"),
        "name_zh": fields.text("name_zh", most=60),
        "name_en": fields.text("name_en", most=60),
        "unit": fields.text("unit", most=20),
        "direction": fields.choice("direction", DIRECTIONS),
        "typical_at_least": None if at_least is None else amount_text(at_least),
        "typical_at_most": None if at_most is None else amount_text(at_most),
        "source": fields.choice("source", SOURCES),
    }
    fields.finish()
    return attribute


def _conversion(fields: Fields, attribute_codes: list[str]) -> dict[str, Any]:
    attribute = fields.optional_text("attribute", most=40)
    if attribute is not None and attribute not in attribute_codes:
        fields.fault(
            "attribute", "is not an attribute of this grade", attribute, ", ".join(attribute_codes), "unknown-reference"
        )
    conversion = {
        "code": fields.text("code", most=40, pattern=SLUG, form="lower case words joined by hyphens"),
        "name_zh": fields.text("name_zh", most=60),
        "name_en": fields.text("name_en", most=60),
        "unit_code": fields.choice("unit_code", UNITS),
        "factor": amount_text(fields.amount("factor", above=_ZERO)),
        "per": fields.choice("per", RATIOS),
        "attribute": attribute,
        "source": fields.choice("source", SOURCES),
    }
    fields.finish()
    return conversion


def _refuse_repeats(codes: list[str], name: str, faults: list[Fault]) -> None:
    for position, code in enumerate(codes):
        if code in codes[:position]:
            faults.append(Fault(f"/{name}/{position}/code", "is there twice", code, "each code once", "duplicate"))
