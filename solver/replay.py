"""Replay: a clearing made again from its record, byte for byte; one that the machine ended is checked instead."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

from msgspec.structs import asdict, fields, replace

from solver.clear import clear, solver_named
from solver.form.clearing import Clearing
from solver.form.market import Market, content_hash
from solver.form.record import NamedFile, Record
from solver.search.backend import SEED
from solver.verify import verify

log = logging.getLogger(__name__)
LIBRARIES = ("highspy", "msgspec", "numpy", "scipy")


def record_of(
    market: Market,
    clearing: Clearing,
    *,
    market_path: str | None = None,
    clearing_path: str | None = None,
    warm_path: str | None = None,
    here: bool = True,
) -> Record:
    """The record of a clearing.  ``here``: whether it was made by this process, whose machine then is noted."""
    warm = clearing.warm_start
    return Record(
        format="changdan-record/1",
        market=NamedFile(hash=clearing.market_hash, path=market_path),
        policy=replace(market.policy, sealed_seed=""),
        limits=clearing.limits,
        solver=clearing.solver,
        result=NamedFile(hash=content_hash(clearing), path=clearing_path),
        seed=SEED if here else None,
        machine=this_machine() if here else {},
        warm_start=None if warm is None else NamedFile(hash=warm, path=warm_path),
        clock_hit=clearing.clock_hit,
        interrupted=tuple(part.number for part in clearing.components if part.interrupted),
    )


def this_machine() -> dict[str, str]:
    """What else than the versions in a clearing may move the last bit of a float."""
    libraries = {name: version(name) for name in LIBRARIES}
    return {**libraries, "system": platform.system(), "processor": platform.machine()}


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it: the clearing in hand, and everything in which it is not the recorded one (none: it is)."""

    searched: bool  # False: the machine had ended the search, so the recorded clearing was checked and verified
    clearing: Clearing | None
    differences: tuple[str, ...]


def replay(
    record: Record,
    market: Market,
    *,
    recorded: Clearing | None = None,
    warm: Clearing | None = None,
    threads: int = 1,
) -> Replay:
    """Make a clearing again and compare it with the record.

    ``recorded``: the clearing itself, where it is at hand: needed where the search cannot be repeated, else it tells
    where another result differs.  ``warm``: the clearing that the search began with.
    """
    wrong = [*_input_faults(record, market, warm), *_recorded_faults(record, recorded)]
    if not record.repeatable:
        return Replay(False, recorded, (*wrong, *_checked(record, market, recorded)))
    if wrong:
        return Replay(True, None, tuple(wrong))
    again = clear(market, record.limits, warm=warm, threads=threads)
    if content_hash(again) == record.result.hash:
        for change in _changes_since(record):
            log.warning("the same bytes all the same: %s", change)
        return Replay(True, again, tuple(_solver_faults(record, again)))
    return Replay(True, again, tuple(_differences(record, again, recorded)))


def _input_faults(record: Record, market: Market, warm: Clearing | None) -> Iterator[str]:
    found = content_hash(market)
    if found != record.market.hash:
        yield f"market: {found}, recorded {record.market.hash}"
    elif replace(market.policy, sealed_seed="") != record.policy:
        yield "policy: not the market's"
    due = None if record.warm_start is None else record.warm_start.hash
    given = None if warm is None else content_hash(warm)
    if given != due:
        yield f"warm start: {given or 'none'}, recorded {due or 'none'}"


def _recorded_faults(record: Record, recorded: Clearing | None) -> Iterator[str]:
    """Whether a clearing at hand is the one that the record speaks of."""
    if recorded is not None and content_hash(recorded) != record.result.hash:
        yield f"clearing: {content_hash(recorded)}, recorded {record.result.hash}"
    elif recorded is not None:
        yield from _solver_faults(record, recorded)


def _solver_faults(record: Record, clearing: Clearing) -> Iterator[str]:
    """Names and versions that the record gives otherwise than the clearing that it speaks of."""
    yield from _named_otherwise(clearing.solver, record.solver)


def _named_otherwise(found: Mapping[str, str], recorded: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(found.keys() | recorded.keys()):
        if found.get(name) != recorded.get(name):
            yield f"{name}: {found.get(name, 'none')}, recorded {recorded.get(name, 'none')}"


def _changes_since(record: Record) -> Iterator[str]:
    """How the machine and the backend's seed here differ from the recorded ones; a record may leave out both."""
    if not record.machine and record.seed is None:
        return
    if record.machine:
        yield from _named_otherwise(this_machine(), record.machine)
    else:
        yield "machine: none is recorded"
    if record.seed != SEED:
        yield f"seed: {SEED}, recorded {'none' if record.seed is None else record.seed}"


def _checked(record: Record, market: Market, recorded: Clearing | None) -> Iterator[str]:
    """A clearing that cannot be searched again, against its record and by the verifier."""
    if recorded is None:
        yield "clearing: needed, since the search cannot be repeated"
        return
    stated = record_of(market, recorded, here=False)
    for name in ("limits", "clock_hit", "interrupted"):  # the solver is compared wherever there is a clearing
        if getattr(stated, name) != getattr(record, name):
            yield f"{name}: {getattr(stated, name)}, recorded {getattr(record, name)}"
    for violation in verify(market, recorded):  # not its message, which may hold a figure of an order
        yield f"verifier: {violation.term} at {violation.pointer}"


def _differences(record: Record, again: Clearing, recorded: Clearing | None) -> Iterator[str]:
    """What may have moved the bytes, and which parts of the clearing moved."""
    yield f"clearing: {content_hash(again)}, recorded {record.result.hash}"
    yield from _named_otherwise(solver_named(record.limits.backend), record.solver)
    yield from _changes_since(record)
    if content_hash(replace(again, solver=record.solver)) == record.result.hash:
        yield "all else is the same: only the versions that the clearing names differ"
    elif recorded is not None:
        before, after = asdict(recorded), asdict(again)
        parts = [each.name for each in fields(Clearing) if before[each.name] != after[each.name]]
        yield f"differing parts: {', '.join(parts)}"
