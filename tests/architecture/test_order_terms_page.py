"""docs/order-terms.md names every term, says truly whether it is cleared, and its examples are accepted."""

from __future__ import annotations

import json
import re
from pathlib import Path

from marketplace.api.v1.orders.terms import TermsSchema
from marketplace.orders.rules.entry import HEAD, read_entry
from marketplace.orders.rules.honoured import NOT_YET_CLEARED
from marketplace.orders.rules.lifecycle import ORDER, STATUS_NAMES_ZH
from marketplace.orders.rules.uploads.columns import COLUMNS
from tests.architecture.test_terms_agree import paths_of_schema
from tests.factories.order_terms import read

PAGE = (Path(__file__).parents[2] / "docs" / "order-terms.md").read_text(encoding="utf-8")
# Pointer, name, meaning, form, limits, example, cleared.
ROWS = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("| `/")]


def is_cleared(pointer: str) -> bool:
    """Whether no pattern of the list covers this term."""
    return not any(re.fullmatch(p.replace("*", "[^/]+") + "(/.*)?", pointer) for p in NOT_YET_CLEARED)


def test_every_term_has_its_row() -> None:
    pointers = [row[0] for row in ROWS]
    assert len(pointers) == len(set(pointers))
    schema = {path.removesuffix("/*") for path in paths_of_schema(TermsSchema())}  # one row for a list and its entries
    around = {path.rsplit("/", depth)[0] for path in schema for depth in range(path.count("/"))}
    assert schema <= set(pointers) <= schema | around


def test_what_is_cleared_is_said_truly() -> None:
    for pointer, name_zh, meaning, form, _limits, _example, cleared in ROWS:
        assert name_zh, pointer
        assert meaning, pointer
        assert form, pointer
        assert (cleared == "yes") == is_cleared(pointer), pointer


def test_head_statuses_and_columns_are_told() -> None:
    assert all(f"| `{name}` |" in PAGE for name in HEAD)
    assert all(f"`{status}`" in PAGE and STATUS_NAMES_ZH[status] in PAGE for status in ORDER.statuses)
    assert all(f"| `{column.heading}` | {column.heading_zh} |" in PAGE for column in COLUMNS)


def test_the_first_example_is_a_whole_order() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    entry, faults = read_entry(json.loads(example))
    assert faults == []
    assert read(entry.terms).faults == ()
