"""The race: one market, every participant in a process of its own, every answer recounted."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.measure import Measured, measured
from bench.peers import PEERS
from bench.plan import LARGE, Case
from bench.recount import Recount, Recounted

OURS = "this solver"


@dataclass(frozen=True)
class Rules:
    """What holds for every participant alike."""

    threads: int
    gap: float
    grace: float  # seconds after the limit at which a participant is ended from outside
    links: str = "term"
    peers: tuple[str, ...] = tuple(PEERS)
    large_peers: bool = False


@dataclass(frozen=True)
class Entry:
    """One participant on one market."""

    case: Case
    participant: str
    outcome: str
    threads: int = 0
    objective: float | None = None  # CNY, recounted; None: nothing found
    bound: float | None = None  # CNY, as the participant says
    claimed: float | None = None  # CNY, the objective as the participant says
    quantum_worth: float = 0.0  # CNY
    broken: list[str] = field(default_factory=list)  # rows
    cost: Measured | None = None
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        """Whether there is an answer that keeps the rules."""
        return self.objective is not None and not self.broken


def race(case: Case, folder: Path, rules: Rules) -> list[Entry]:
    """This solver, then the peers that take the market, one after another."""
    market = _generated(case, folder)
    recount = Recount(market)
    ours = _run_ours(case, market, recount, rules)
    peers = [name for name in rules.peers if PEERS[name].linear == (case.law == "divisible")]
    if case.size >= LARGE and not rules.large_peers:
        peers = []
    entries = [ours, *(_run_peer(allowed(case, ours), market, recount, name, rules) for name in peers)]
    market.unlink()
    return entries


def allowed(case: Case, ours: Entry) -> Case:
    """The market with the time that peers have: the limit, or what this solver took if it was late."""
    return case if ours.cost is None else replace(case, seconds=max(case.seconds, ours.cost.wall_s))


def _generated(case: Case, folder: Path) -> Path:
    """The market file; not timed."""
    path = folder / f"{case.law}-{case.size}-{case.seed}.json"
    made = measured((sys.executable, "-m", "solver", "generate", *case.generating(), "-o", str(path)))
    if made.exit_status != 0:
        raise RuntimeError(f"generate ended with {made.exit_status} for {case}: {made.said}")
    return path


def _run_peer(case: Case, market: Path, recount: Recount, name: str, rules: Rules) -> Entry:
    """One peer, from the market file to its result file."""
    peer = PEERS[name]
    if missing := peer.missing():
        return Entry(case, peer.title, f"not installed: {', '.join(missing)}")
    answer = market.with_name("answer.json")
    limits = ["--seconds", str(case.seconds), "--threads", str(rules.threads), "--gap", str(rules.gap)]
    began = ["--links", rules.links, "--began", str(time.monotonic())]
    command = [sys.executable, "-m", "bench.peers", name, str(market), str(answer), *limits, *began]
    cost = _timed(command, case, rules)
    result = _result(answer)
    if result is None:
        return Entry(case, peer.title, _failure(cost), cost=cost, versions=peer.versions())
    counted = recount.of(result["contracts"]) if result["found"] else None
    return _entry(case, peer.title, result, counted, cost, rules.gap)


def _run_ours(case: Case, market: Path, recount: Recount, rules: Rules) -> Entry:
    clearing = market.with_name("clearing.json")
    limits = ["--gap", str(rules.gap), "--time-limit", str(case.seconds), "--threads", str(rules.threads)]
    command = [sys.executable, "-m", "solver", "clear", str(market), "-o", str(clearing), *limits]
    cost = _timed(command, case, rules)
    result = _result(clearing)
    if result is None:
        return Entry(case, OURS, _failure(cost), cost=cost)
    counted = recount.of((match["offer"], match["need"], match["volumes"]) for match in result["matches"])
    told = {**result, "threads": rules.threads, "versions": result["solver"]}
    return _entry(case, OURS, told, counted, cost, rules.gap)


def _timed(command: Sequence[str], case: Case, rules: Rules) -> Measured:
    return measured(command, case.seconds + rules.grace)


def _result(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None  # ended while it was writing
    finally:
        path.unlink()
    return result


def _failure(cost: Measured) -> str:
    if cost.exit_status is None:
        return f"had not returned after {cost.wall_s:.0f} s"
    last = cost.said.strip().splitlines()[-1:] or ["nothing said"]
    return f"failed with {cost.exit_status}: {last[0][:100]}"


def _entry(
    case: Case, title: str, told: dict[str, Any], counted: Recounted | None, cost: Measured, gap: float
) -> Entry:
    objective = None if counted is None else float(counted.objective)
    bound = None if told["bound"] is None else float(told["bound"])
    if counted is None:
        outcome = "nothing found"
    elif counted.broken:
        outcome = f"breaks {len(counted.broken)} rows"
    elif (proven := gap_of(objective, bound)) is not None and proven <= gap * (1 + 1e-9):
        outcome = "within the gap"
    elif not counted.contracts:
        outcome = "trades nothing"
    else:
        outcome = "found"
    return Entry(
        case=case,
        participant=title,
        outcome=outcome,
        threads=int(told["threads"]),
        objective=objective,
        bound=bound,
        claimed=None if told["objective"] is None else float(told["objective"]),
        quantum_worth=0.0 if counted is None else float(counted.quantum_worth),
        broken=[] if counted is None else counted.broken,
        cost=cost,
        versions=told["versions"],
    )


def gap_of(objective: float | None, bound: float | None) -> float | None:
    """4.2; None where one of both is missing.  No less than 0: what is above a bound is said by ``bench.verdict``."""
    return None if objective is None or bound is None else max(0.0, (bound - objective) / max(abs(bound), 1.0))
