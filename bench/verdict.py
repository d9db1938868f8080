"""Who is refuted by whom: no answer that keeps the rules may be worth more than anybody's bound."""

from __future__ import annotations

from collections.abc import Sequence

from bench.race import OURS, Entry

RELATIVE = 1e-6  # of the bound: what the recount's tolerance of rows and the peers' own may add to an answer

CLAIM_CNY = 0.01  # the objective is stated rounded down to a cent


def exceeds(answer: Entry, bounding: Entry) -> bool:
    """Whether an answer refutes a bound.

    A bound may count whole quanta, an answer need not: one quantum in every period with volume is allowed for.
    """
    if not answer.answered or answer.objective is None or bounding.bound is None:
        return False
    return answer.objective > bounding.bound + answer.quantum_worth + RELATIVE * abs(bounding.bound)


def refuted(entries: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Pairs of an answer and a bound that it refutes, all of one market."""
    return [(answer, bounding) for bounding in entries for answer in entries if exceeds(answer, bounding)]


def best_bound(entries: Sequence[Entry]) -> float | None:
    """The least bound that no answer refutes."""
    wrong = {id(bounding) for _, bounding in refuted(entries)}
    bounds = [entry.bound for entry in entries if entry.bound is not None and id(entry) not in wrong]
    return min(bounds, default=None)


def faults_of_ours(entries: Sequence[Entry]) -> list[str]:
    """What must never happen, said of one market; nothing where all is well."""
    said = [
        f"{answer.participant} found {answer.objective:,.2f} CNY, above this solver's bound {bounding.bound:,.2f} CNY"
        for answer, bounding in refuted(entries)
        if bounding.participant == OURS
    ]
    for entry in entries:
        if entry.participant == OURS:
            said += [f"this solver's clearing breaks a row: {row}" for row in entry.broken[:5]]
            if not entry.answered and not entry.broken:
                said.append(f"this solver gave no clearing: {entry.outcome}")
            if entry.claimed is not None and entry.objective is not None:
                claimed, counted = entry.claimed, entry.objective
                if abs(claimed - counted) > CLAIM_CNY:
                    said.append(f"this solver claims {claimed:,.2f} CNY, recounted are {counted:,.2f} CNY")
    return said


def notes(entries: Sequence[Entry]) -> list[str]:
    """What else a reader should know of one market."""
    said = [
        f"{bounding.participant}'s bound {bounding.bound:,.2f} is refuted by "
        f"{answer.participant}'s {answer.objective:,.2f}"
        for answer, bounding in refuted(entries)
        if bounding.participant != OURS
    ]
    said += [f"{entry.participant}: {row}" for entry in entries for row in entry.broken[:2]]
    for entry in entries:
        over = 0.0 if entry.cost is None else entry.cost.wall_s - entry.case.seconds
        if over > 1.0 + 0.02 * entry.case.seconds:
            said.append(f"{entry.participant} took {over:.1f} s more than the limit of {entry.case.seconds:g} s")
    return said
