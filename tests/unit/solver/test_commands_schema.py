"""The JSON Schemas in the package: the types' own, and the files that are read match them."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from solver.form.json_schema import FORMS, text_of
from solver.form.market import canonical_bytes
from solver.form.reading import read_clearing, read_market
from solver.generate import generate
from solver.replay import record_of
from tests.unit.solver.test_commands_format import CLEARING, MARKET


def packaged(name: str) -> Any:
    return json.loads(files("solver.form").joinpath("schema", name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FORMS)
def test_files_are_the_types_schemas(name: str) -> None:
    stated = files("solver.form").joinpath("schema", name).read_text(encoding="utf-8")
    assert stated == text_of(FORMS[name]), "write them anew: python -m solver.form.json_schema"
    jsonschema.Draft202012Validator.check_schema(packaged(name))


def test_example_and_generated_markets_match() -> None:
    jsonschema.validate(json.loads(MARKET), packaged("market.schema.json"))
    jsonschema.validate(json.loads(canonical_bytes(generate(3, 3, 2, seed=1))), packaged("market.schema.json"))
    jsonschema.validate(json.loads(CLEARING), packaged("clearing.schema.json"))
    record = record_of(read_market(MARKET), read_clearing(CLEARING), market_path="market.json")
    jsonschema.validate(json.loads(canonical_bytes(record)), packaged("record.schema.json"))


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ('"quantum": "0.001"', '"quantum": 0.001'),
        ('"quantum": "0.001"', '"quantum": "a gram"'),
        ('"side": "offer"', '"side": "seller"'),
        ('"calendar"', '"calender"'),
        ('"minimum_fill": "0.5"', '"minimum_fill": "NaN"'),
        ('"format": "changdan-market/1"', '"format": "changdan-market/2"'),
    ],
)
def test_other_forms_do_not_match(found: str, instead: str) -> None:
    changed = re.sub(re.escape(found), instead, MARKET, count=1)
    assert changed != MARKET
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(changed), packaged("market.schema.json"))


@pytest.mark.parametrize("name", ["a" * 1001, "a\nb", "\x00"])
def test_long_texts_and_control_characters_do_not_match(name: str) -> None:
    changed = json.loads(MARKET) | {"name": name}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed, packaged("market.schema.json"))
