"""What a grade must state, and what of it never changes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from marketplace.catalogue.rules.conversions import converted, converted_back
from marketplace.catalogue.rules.grades import check_change, read_commodity, read_grade
from marketplace.catalogue.services.shipped import documents
from marketplace.shared.errors import InvalidInput
from tests.factories.catalogue import attribute

GRADE: dict[str, Any] = {
    "id": "lithium-carbonate-fine",
    "commodity_id": "lithium-carbonate",
    "name_zh": "碳酸锂",
    "name_en": "Lithium carbonate, fine",
    "unit_code": "TNE",
    "quantum": "0.010",
    "hs_code": "2836.91",
    "standard": "YS/T 582-2023",
    "source": "read",
    "attributes": [attribute("Li2CO3_pct"), attribute("H2O_pct", typical_at_least=None, typical_at_most="0.25")],
    "conversions": [],
}
PIECES = {
    "code": "pieces",
    "name_zh": "件数",
    "name_en": "pieces",
    "unit_code": "C62",
    "factor": "0.001",
    "per": "target_unit",
    "attribute": "energy_Wh",
    "source": "read",
}


def faults(document: dict[str, Any]) -> dict[str, Any]:
    """Pointer -> limit of every fault of a grade document."""
    with pytest.raises(InvalidInput) as caught:
        read_grade(document)
    return {fault.pointer: fault.limit for fault in caught.value.faults}


def test_a_right_grade_is_read_exactly() -> None:
    terms = read_grade({**GRADE, "attributes": [attribute("Li2CO3_pct", typical_at_least="99.50")]})
    assert terms.quantum == Decimal("0.01")
    assert terms.attributes[0]["typical_at_least"] == "99.5"
    assert terms.attributes[0]["typical_at_most"] is None


@pytest.mark.parametrize(
    ("change", "pointer", "limit"),
    [
        ({"id": "Lithium Carbonate"}, "/id", "lower case words joined by hyphens, e.g. lithium-carbonate-battery"),
        ({"unit_code": "TON"}, "/unit_code", "TNE, KGM, KWH, MTK, C62"),
        ({"quantum": "0"}, "/quantum", "above 0"),
        ({"quantum": "1001"}, "/quantum", "at most 1000"),
        ({"quantum": "NaN"}, "/quantum", None),
        ({"quantum": 0.5}, "/quantum", None),
        ({"quantum": None}, "/quantum", None),
        ({"hs_code": "283691"}, "/hs_code", "digits and dots, e.g. 2836.91"),
        ({"name_zh": " "}, "/name_zh", "1 to 100 characters"),
        ({"name_zh": "碳" * 101}, "/name_zh", "1 to 100 characters"),
        ({"name_en": "Lithium\u202ecarbonate"}, "/name_en", "visible characters only"),
        ({"name_en": "Lithium\ncarbonate"}, "/name_en", "visible characters only"),
        ({"name_en": " Lithium"}, "/name_en", "no space at either end"),
        ({"attributes": [attribute(name_zh="\u200b纯度")]}, "/attributes/0/name_zh", "visible characters only"),
        ({"source": "hearsay"}, "/source", "read, common_knowledge"),
        ({"colour": "white"}, "/colour", None),
        ({"attributes": "Li"}, "/attributes", None),
        ({"attributes": [attribute("Li pct")]}, "/attributes/0/code", "letters, digits and _, e.g. Li2CO3_pct"),
        ({"attributes": [attribute("a"), attribute("a")]}, "/attributes/1/code", "each code once"),
        ({"attributes": [attribute(direction="up")]}, "/attributes/0/direction", "higher, lower, target"),
        (
            {"attributes": [attribute(typical_at_least="9", typical_at_most="8")]},
            "/attributes/0/typical_at_least",
            Decimal(8),
        ),
        ({"attributes": [attribute(typical="9")]}, "/attributes/0/typical", None),
        ({"conversions": [PIECES]}, "/conversions/0/attribute", "Li2CO3_pct, H2O_pct"),
    ],
)
def test_a_wrong_grade_names_field_and_limit(change: dict[str, Any], pointer: str, limit: Any) -> None:
    assert faults({**GRADE, **change}) == {pointer: limit}


def test_every_fault_is_named_at_once() -> None:
    assert set(faults({"id": "x", "quantum": "-1", "attributes": [{}]})) == {
        *(f"/{name}" for name in ("commodity_id", "name_zh", "name_en", "unit_code", "quantum", "source")),
        *(f"/attributes/0/{name}" for name in ("code", "name_zh", "name_en", "unit", "direction", "source")),
    }


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unit_code": "KGM"}, "/unit_code"),
        ({"commodity_id": "other"}, "/commodity_id"),
        ({"quantum": Decimal("0.02")}, "/quantum"),
        ({"quantum": Decimal("0.003")}, "/quantum"),
        ({"attributes": []}, "/attributes"),
        ({"attributes": [attribute("Li2CO3_pct", unit="ppm")]}, "/attributes"),
    ],
)
def test_what_orders_stand_on_does_not_change(change: dict[str, Any], pointer: str) -> None:
    before = read_grade(GRADE)
    with pytest.raises(InvalidInput) as caught:
        check_change(before, replace(before, **change))
    assert {fault.pointer for fault in caught.value.faults} == {pointer}


def test_a_quantum_may_become_finer_and_attributes_more() -> None:
    before = read_grade(GRADE)
    check_change(before, replace(before, quantum=Decimal("0.005"), attributes=[*before.attributes, attribute("x")]))


def test_shipped_files_are_right_and_complete() -> None:
    grades = {}
    for commodity, entries in documents(resources.files("marketplace.catalogue") / "data"):
        read_commodity(commodity)
        for entry in entries:
            terms = read_grade({**entry, "commodity_id": commodity["id"]})
            assert terms.id not in grades
            grades[terms.id] = terms
    assert len(grades) == 22
    assert {terms.unit_code for terms in grades.values()} == {"TNE", "MTK", "KWH"}
    assert all(terms.attributes for terms in grades.values())
    battery = {a["code"]: a for a in grades["lithium-carbonate-battery"].attributes}
    assert (battery["D50_um"]["typical_at_least"], battery["D50_um"]["typical_at_most"]) == ("3", "8")
    assert battery["Na_ppm"]["source"] == "common_knowledge"


def conversion(grade_id: str, code: str) -> dict[str, Any]:
    """A conversion of the shipped catalogue."""
    for _, entries in documents(resources.files("marketplace.catalogue") / "data"):
        for entry in entries:
            if entry["id"] == grade_id:
                return {"attribute": None, **next(c for c in entry["conversions"] if c["code"] == code)}
    raise AssertionError(grade_id)


def test_lithium_carbonate_equivalents_agree_with_stoichiometry() -> None:
    lithium, carbonate, hydroxide, oxide = 6.94, 73.891, 41.96, 29.88  # g/mol: Li, Li2CO3, LiOH.H2O, Li2O
    hydroxide_factor = converted(Decimal(1), conversion("lithium-hydroxide-monohydrate-battery", "lce"))
    assert float(hydroxide_factor) == pytest.approx(carbonate / 2 / hydroxide, abs=5e-4)
    ore = converted(Decimal(100), conversion("spodumene-concentrate-6", "lce"), Decimal(6))
    assert float(ore) == pytest.approx(6 * carbonate / oxide, abs=5e-3)
    black_mass = converted(Decimal(100), conversion("black-mass-lfp", "lce"), Decimal(4))
    assert float(black_mass) == pytest.approx(4 * carbonate / 2 / lithium, abs=5e-3)


def test_pieces_follow_from_the_energy_of_one() -> None:
    pieces = conversion("cell-lfp", "pieces")
    assert converted(Decimal(896), pieces, Decimal(896)) == 1000
    assert converted_back(Decimal(1000), pieces, Decimal(896)) == 896
    with pytest.raises(InvalidInput, match="no finite decimal"):
        converted(Decimal(1), pieces, Decimal(896) * 3)
    with pytest.raises(InvalidInput, match="/specification/energy_Wh: is needed"):
        converted(Decimal(1), pieces)
    with pytest.raises(InvalidInput, match="must be positive"):
        converted(Decimal(1), pieces, Decimal(0))
