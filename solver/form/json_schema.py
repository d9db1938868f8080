"""JSON Schema of the file forms, made from the types that read them.

The files in ``schema/`` are this module's output; write them anew with ``python -m solver.form.json_schema``.
What a schema cannot say (volumes per period, known indices, lots of quanta) is checked on reading.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from solver.form.changes import Changes
from solver.form.clearing import Clearing
from solver.form.market import Market
from solver.form.paths import StressPaths
from solver.form.record import Record
from solver.form.rule_costs import RuleCosts, RuleShares
from solver.form.scenarios import Scenarios
from solver.form.shape import DECIMAL_PATTERN, STATED
from solver.form.stability import Stability
from solver.form.stress import Stress, StressInside
from solver.form.whatif import WhatIf

FOLDER = Path(__file__).with_name("schema")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMS: dict[str, type[msgspec.Struct]] = {
    "market.schema.json": Market,
    "clearing.schema.json": Clearing,
    "changes.schema.json": Changes,
    "rule-costs.schema.json": RuleCosts,
    "rule-shares.schema.json": RuleShares,
    "stability.schema.json": Stability,
    "scenarios.schema.json": Scenarios,
    "whatif.schema.json": WhatIf,
    "paths.schema.json": StressPaths,
    "stress.schema.json": Stress,
    "stress-inside.schema.json": StressInside,
    "record.schema.json": Record,
}
WRITTEN_BY_PEOPLE = (Market, Scenarios, StressPaths, Record)  # read within the limits of what is stated
LINE = {"maxLength": STATED.longest, "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"}


def schema_of(form: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a form; an amount is a string that matches the pattern of a decimal, a stated text is one line."""
    found: dict[str, Any] = _with_limits(msgspec.json.schema(form), LINE if form in WRITTEN_BY_PEOPLE else {})
    return {"$schema": DIALECT, "title": form.__name__, **found}


def text_of(form: type[msgspec.Struct]) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema_of(form), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _with_limits(part: Any, line: dict[str, Any]) -> Any:
    if isinstance(part, dict):
        if part.get("format") == "decimal":
            return {"type": "string", "pattern": DECIMAL_PATTERN}
        found = {name: _with_limits(value, line) for name, value in part.items()}
        return {**found, **line} if part.get("type") == "string" else found
    if isinstance(part, list):
        return [_with_limits(value, line) for value in part]
    return part


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, form in FORMS.items():
        (FOLDER / name).write_text(text_of(form), encoding="utf-8")
