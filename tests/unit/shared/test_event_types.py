"""The types of events that receivers are told of."""

from __future__ import annotations

import re
from pathlib import Path

from marketplace.shared.event_types import EVENT_TYPES, meant


def test_the_document_names_each_of_them_and_no_other() -> None:
    text = (Path(__file__).parents[3] / "docs" / "event-types.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    named = [name for line in lines for name in re.findall(r"`([^`]+)`", line)]
    assert sorted(named) == sorted(EVENT_TYPES)


def test_a_wish_means_those_that_it_names() -> None:
    assert set(meant("orders.*")) == {known for known in EVENT_TYPES if known.startswith("orders.")}
    assert {known.split(".")[0] for known in meant("proposal.*")} == {"proposal"}
    for nothing in ("orders", "orders.", "*", ".*", "order.*x", "", "proposal.recieved"):
        assert list(meant(nothing)) == []
