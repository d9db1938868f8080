"""One order has one form: the order book's rules, its schemas and the solver's structures name the same terms."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
import msgspec
from marshmallow import fields
from msgspec import inspect

from marketplace.api.v1.orders.fields import AmountOr
from marketplace.api.v1.orders.schemas import OrderEntrySchema
from marketplace.api.v1.orders.terms import TermsSchema
from marketplace.indices.rules import quotes
from marketplace.orders.rules import limits
from marketplace.orders.rules.entry import HEAD
from marketplace.orders.rules.honoured import NOT_YET_CLEARED, SAME_AS_ABSENT
from marketplace.orders.rules.kinds import RELAXABLE_TERMS
from marketplace.orders.rules.terms import read_terms
from solver.form import limit_checks, priority_checks
from solver.form.honoured import HONOURED_TERMS, NOT_YET_HONOURED, unhonoured_terms
from solver.form.market import Order
from tests.factories.order_terms import facts, full_terms

# What the solver's order has beside its terms: the head, and what a snapshot adds of the owner.
OF_THE_HEAD = {"id", "side", "organisation", "grade", "site"}
OF_THE_OWNER = {"group_parent", "tags", "small_supplier", "holds"}
# Terms by month, attribute or name, whose values the schemas write as "*".
CONTAINERS = {"/volumes", "/specification", "/limit_price/premium_by_period", "/source/capacity", "/priority"}
BY_NAME = tuple(f"{name}/" for name in CONTAINERS)
# The solver's places: on a plane for generated markets alone.
PLANE = {"/delivery/place/x_km", "/delivery/place/y_km"}


def paths_of_struct(of: inspect.Type, path: str = "") -> set[str]:
    """Every field below a structure, as pointer patterns."""
    if isinstance(of, inspect.UnionType):
        choices = [choice for choice in of.types if not isinstance(choice, inspect.NoneType)]
        return set().union(*(paths_of_struct(choice, path) for choice in choices))
    if isinstance(of, inspect.VarTupleType):
        return paths_of_struct(of.item_type, f"{path}/*")
    if isinstance(of, inspect.DictType):
        return paths_of_struct(of.value_type, f"{path}/*")
    if not isinstance(of, inspect.StructType):
        return {path}
    found = {path} if path else set()
    for field in of.fields:
        found |= paths_of_struct(field.type, f"{path}/{field.encode_name}")
    return found


def paths_of_schema(part: Any, path: str = "") -> set[str]:
    """Every field below a schema, as pointer patterns."""
    if isinstance(part, ma.Schema):
        found = {path} if path else set()
        for name, field in part.fields.items():
            found |= paths_of_schema(field, f"{path}/{name}")
        return found
    if isinstance(part, fields.Nested | AmountOr):
        return paths_of_schema(part.schema, path)
    if isinstance(part, fields.List):
        return paths_of_schema(part.inner, f"{path}/*")
    if isinstance(part, fields.Dict):
        return paths_of_schema(part.value_field, f"{path}/*")
    return {path}


def solver_terms() -> set[str]:
    """The terms of the solver's order, wishes left out: the solver only carries them."""
    found = paths_of_struct(inspect.type_info(Order))
    skipped = OF_THE_HEAD | OF_THE_OWNER | {"contract_wishes", ""}
    return {path for path in found - PLANE if path.split("/")[1] not in skipped}


def test_schemas_and_solver_name_the_same_terms() -> None:
    schema = {path for path in paths_of_schema(TermsSchema()) if not path.startswith("/contract_wishes")}
    assert schema == solver_terms()


def test_rules_and_schemas_name_the_same_terms() -> None:
    """An order that states every field of every schema is right; one field more anywhere is not (tests/unit/orders)."""
    stated = set()
    for side in ("offer", "need"):
        terms = full_terms(side)
        assert read_terms(terms, facts(side)).faults == ()
        stated |= _patterns(terms)
    schema = {path for path in paths_of_schema(TermsSchema()) if not path.startswith(BY_NAME)}
    assert schema - stated == {"/delivery/place/id"}  # stands instead of coordinates
    assert {path for path in stated if not path.startswith(BY_NAME)} <= schema | CONTAINERS


def _patterns(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {path} - {""} | set().union(*(_patterns(below, f"{path}/{name}") for name, below in value.items()))
    if isinstance(value, list):
        return set().union(*(_patterns(below, f"{path}/*") for below in value))
    return {path}


def test_the_head_and_the_terms_make_an_entry() -> None:
    assert set(OrderEntrySchema().fields) == set(TermsSchema().fields) | set(HEAD)


def test_the_book_and_the_solver_judge_prices_by_the_same_bounds() -> None:
    """Else a round could leave out an order that was opened."""
    assert (limits.GREATEST_PRICE, quotes.GREATEST_INDEX) == (limit_checks.GREATEST_PRICE, limit_checks.GREATEST_INDEX)


def test_both_lists_of_terms_that_are_not_cleared_are_equal() -> None:
    assert set(NOT_YET_CLEARED) == set(NOT_YET_HONOURED)
    assert set(SAME_AS_ABSENT) <= set(NOT_YET_CLEARED)


def test_every_term_is_either_cleared_or_refused_by_name() -> None:
    """No term of the book falls under neither list, and none under both; either list names terms alone."""
    every = paths_of_schema(TermsSchema())
    innermost = {path for path in every if not any(other.startswith(f"{path}/") for other in every)}
    cleared, refused = (
        set().union(*(_under(p, innermost) for p in each)) for each in (HONOURED_TERMS, NOT_YET_CLEARED)
    )
    assert cleared | refused == innermost
    assert not cleared & refused
    of_the_solver_alone = {f"/{name}" for name in OF_THE_HEAD | OF_THE_OWNER}
    assert {p for p in (*HONOURED_TERMS, *NOT_YET_CLEARED) if not _under(p, innermost)} == of_the_solver_alone


def _under(pattern: str, paths: set[str]) -> set[str]:
    form = re.compile(pattern.replace("*", "[^/]+") + "(/.*)?")
    return {path for path in paths if form.fullmatch(path)}


def test_the_book_and_the_solver_relax_the_same_terms() -> None:
    assert priority_checks.RELAXABLE_TERMS == RELAXABLE_TERMS


def test_only_terms_can_be_relaxed() -> None:
    assert set(RELAXABLE_TERMS) <= set(TermsSchema().fields)


def test_the_solver_refuses_no_plain_order() -> None:
    """An order that the book opens has no term that the solver calls unhonoured."""
    order = msgspec.convert(
        {
            "id": "o",
            "side": "offer",
            "organisation": "a",
            "grade": "g",
            "volumes": ["1"],
            "limit_price": {"components": [{"fixed": "1"}]},
        },
        Order,
    )
    assert unhonoured_terms(order) == []


def test_every_term_is_described_with_an_example() -> None:
    for path in sorted(paths_of_schema(TermsSchema())):
        field = _field_at(TermsSchema(), path.split("/")[1:])
        if isinstance(field, fields.Nested) and path.endswith("/*"):
            assert field.schema.__doc__, path  # an entry of a list, which is described itself
            continue
        assert field.metadata.get("description"), path
        if not isinstance(field, fields.Nested | fields.List | AmountOr):
            assert "example" in field.metadata, path


def _field_at(part: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(part, fields.List):
            part = part.inner
        elif isinstance(part, fields.Dict):
            part = part.value_field
        else:
            schema = part if isinstance(part, ma.Schema) else part.schema
            part = schema.fields[step]
    return part
