"""Markets, clearings and records from and to JSON files; a file with any fault is refused with all of its faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from solver.form.checks import faults_of_market
from solver.form.clearing import FORMAT as CLEARING_FORMAT
from solver.form.clearing import Clearing
from solver.form.faults import Fault, MarketError, shown
from solver.form.json_text import parse_json
from solver.form.market import FORMAT as MARKET_FORMAT
from solver.form.market import Market, Order, canonical_bytes
from solver.form.record import FORMAT as RECORD_FORMAT
from solver.form.record import Record
from solver.form.shape import COMPUTED, build
from solver.form.writing import write_whole

__all__ = ["Fault", "MarketError", "parsed", "read_clearing", "read_market", "read_record", "write_json"]


def read_market(data: bytes | str | Path) -> Market:
    """A market from JSON text or from the file at a path.

    Raises: MarketError with every fault of form, else with every fault of content (pointer, value, what would be
    right); OSError for the path.
    """
    raw = parsed(data, MARKET_FORMAT)
    orders = raw.get("orders")
    faults: list[Fault] = []
    built: list[Order] = []
    for index, each in enumerate(orders if isinstance(orders, list) else ()):
        order, wrong = build(each, Order, "orders", index)
        faults += wrong
        if order is not None:
            built.append(order)
    head, wrong = build({**raw, "orders": []} if isinstance(orders, list) else raw, Market)
    faults += wrong
    if faults or head is None:
        raise MarketError(faults)
    market = msgspec.structs.replace(head, orders=tuple(built))
    faults = faults_of_market(market)
    if faults:
        raise MarketError(faults)
    return market


def read_clearing(data: bytes | str | Path) -> Clearing:
    """A clearing from JSON text or from the file at a path; its form is checked, not its truth (see verify).

    Raises: MarketError with the faults found; OSError for the path.
    """
    clearing, faults = build(parsed(data, CLEARING_FORMAT), Clearing, limits=COMPUTED)
    if clearing is None:
        raise MarketError(faults)
    return clearing


def read_record(data: bytes | str | Path) -> Record:
    """A record of a clearing from JSON text or from the file at a path.

    Raises: MarketError with the faults found; OSError for the path.
    """
    record, faults = build(parsed(data, RECORD_FORMAT), Record)
    if record is None:
        raise MarketError(faults)
    return record


def write_json(value: Any, path: Path) -> None:
    """Write a market, a clearing or a record for people to read: the canonical bytes, indented.

    Raises: OSError naming the path; a file that was there is whole, the earlier or the new.
    """
    write_whole(msgspec.json.format(canonical_bytes(value), indent=1) + b"\n", path)


def parsed(data: bytes | str | Path, form: str) -> dict[str, Any]:
    """The object in a file; one of another form is not looked into any further.

    Raises: MarketError; OSError for the path.
    """
    raw = parse_json(data.read_bytes() if isinstance(data, Path) else data)
    if not isinstance(raw, dict):
        raise MarketError([Fault("", shown(raw), "must be a JSON object")])
    if raw.get("format") != form:
        value = shown(json.dumps(raw["format"])) if "format" in raw else "missing"
        raise MarketError([Fault("/format", value, f"must be {form}")])
    return raw
