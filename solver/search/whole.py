"""The search of all components: each until it is as near to its bound as it has to be, then where most is missing.

Where rules make beginnings long they, too, are pieces of work: those that have begun go on meanwhile.  Results
count in the order in which they should come by what each piece of work costs, not in that in which they do:
so what is chosen next depends on no process, on no other's pace, and not on how many there are.
What is lost with one component (its process, memory, time) is that component's alone: what an earlier piece of work
found stands, and the others go on.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from heapq import heappop, heappush
from itertools import islice

import msgspec

from solver.form.clearing import Clearing, WorkLimits
from solver.search.aims import own_gaps, shared_out, shares_of
from solver.search.begun import rules_decide
from solver.search.component import Component
from solver.search.found import Found, nothing_found
from solver.search.process import Outcome, Stop
from solver.search.shortened import of_the_whole
from solver.search.stages import Search
from solver.search.warm import Warm, warm_starts
from solver.search.workers import Pool, Workers

LARGE = 0.1  # part of all that there is to gain from which the largest component goes on while the others begin
WHILE_OTHERS_BEGIN = 2  # stages of a large one
AT_ONCE = 6  # pieces of work that are under way together, however many processes there are
WORTH_A_PROCESS = 20_000  # pairs x periods of a market from which processes of their own gain more than they cost
UNHURRIED = 0.35  # part of the time in which components begin with a model; later with a dive, so that all begin
TIME_OVER = "the time of one component was over"
BEGIN_PACE = 40_000  # pairs x periods of a component that begins in about a second
BEGIN_RULED_PACE = 4_000  # the same where rules decide
GRACE_SECONDS = 20.0  # beyond its time, until a process that does not end by itself is ended
GRACE_PAIRS = 20_000  # and a second more for each so many pairs

Tell = Callable[[int, float], None]  # number of a component, its gap
Done = Callable[[Decimal, Decimal], bool]  # objective and bound of the whole market: whether they are near enough


@dataclass(frozen=True, slots=True)
class Guard:
    """Safety nets, beside the limits on work: what a machine may spend.  None: no limit."""

    seconds: float | None = None  # for the whole search
    component_seconds: float | None = None  # for any one component, over all that is done for it
    memory_mb: int | None = None  # address space of each process

    @property
    def apart(self) -> bool:
        """Whether even a single search is done in a process of its own, which can be ended."""
        return self.component_seconds is not None or self.memory_mb is not None


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a process is given: a component, or a search that has begun."""

    component: Component
    limits: WorkLimits
    deadline: float | None  # on the monotonic clock, of the whole
    component_seconds: float | None  # what the component has left
    memory_limited: bool
    hurry_from: float | None = None  # on the monotonic clock
    warm: Warm | None = None
    search: Search | None = None
    stages: int = 1  # how many it goes on for

    def ends(self) -> float | None:
        """When the search has to end by itself."""
        own = None if self.component_seconds is None else time.monotonic() + self.component_seconds
        return min((each for each in (self.deadline, own) if each is not None), default=None)

    def patience(self) -> float | None:
        """Seconds from now after which its process is given up."""
        ends = self.ends()
        left = None if ends is None else max(0.0, ends - time.monotonic())
        return None if left is None else left + GRACE_SECONDS + len(self.component) / GRACE_PAIRS

    def after(self, begun: float, search: Search) -> _Piece:
        """What may be given next."""
        left = self.component_seconds
        left = None if left is None else max(0.0, left - (time.monotonic() - begun))
        return replace(self, component=search.component, component_seconds=left, search=search, warm=None, stages=1)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How far a component is, and what there is to go on with."""

    found: Found
    piece: _Piece | None = None


def _begin(piece: _Piece) -> Iterator[_Standing]:
    begun = time.monotonic()
    search = Search(piece.component, piece.limits, piece.ends(), piece.warm, piece.hurry_from)
    yield _Standing(search.found)
    search.start()
    yield _Standing(_found(search, piece), piece.after(begun, search))


def _go_on(piece: _Piece) -> Iterator[_Standing]:
    begun, search = time.monotonic(), piece.search
    assert search is not None
    search.limits, search.deadline = piece.limits, piece.ends()
    more = True
    for _ in range(piece.stages):
        more = more and search.refine()
    yield _Standing(_found(search, piece), piece.after(begun, search) if more else None)


def _found(search: Search, piece: _Piece) -> Found:
    """What a search came to; that the clock of the component alone has ended it, is said by name."""
    found = search.found
    if found.failure is not None and piece.memory_limited:
        return replace(found, outside=True)  # a backend that fails may have met the limit
    late = piece.deadline is not None and time.monotonic() >= piece.deadline
    if search.clock_hit and found.failure is None and not late and piece.component_seconds is not None:
        return found.stopped(Stop(TIME_OVER, outside=True))
    return found


def search_all(
    parts: Sequence[Component],
    limits: WorkLimits,
    guard: Guard,
    earlier: Clearing | None = None,
    *,
    threads: int,
    tell: Tell,
    done: Done,
    pool: Pool | None = None,
) -> list[Found]:
    """The best of every component, until ``done`` or until nothing more is to be had.

    ``earlier``: a clearing whose volumes and multipliers each begins with, as far as they fit.
    ``pool`` does the pieces of work in place of processes of this one's own.
    Neither the pool nor the number of threads changes a result.
    """
    begun = time.monotonic()
    net = (None if guard.seconds is None else begun + part * guard.seconds for part in (1.0, UNHURRIED))
    deadline, hurry_from = net
    cells = sum(part.pairs.gain.size for part in parts)
    processes = threads if cells >= WORTH_A_PROCESS else 1
    with pool or Workers(processes, apart=guard.apart, memory_mb=guard.memory_mb) as workers:
        warm = [None] * len(parts) if earlier is None else warm_starts(earlier, parts)
        limited, shares = guard.memory_mb is not None, shares_of(parts)
        pieces = [
            _Piece(
                part,
                msgspec.structs.replace(limits, gap=gap),
                deadline,
                guard.component_seconds,
                limited,
                hurry_from,
                start,
            )
            for part, gap, start in zip(parts, own_gaps(parts, limits.gap), warm, strict=True)
        ]
        most_first = sorted(range(len(parts)), key=lambda k: -shares[k])
        waiting, ruled = deque(most_first), bool(parts) and rules_decide(parts[most_first[0]])
        flight: list[tuple[float, int, int]] = []  # when it should end, number of the work, component
        standing: dict[int, _Standing] = {}
        now = 0.0
        while len(standing) < len(parts) or not done(*_figures(standing.values())):
            # Each begins first, and all are waited for; where rules make the largest long, others go on meanwhile.
            while waiting and (len(flight) < AT_ONCE or not ruled):
                k = waiting.popleft()
                number = workers.submit(_begin, pieces[k], name=f"begin {k}", seconds=_Piece.patience)
                heappush(flight, (now + _cost_of_begin(parts[k]) if ruled else now, number, k))
            busy = {k for _, _, k in flight}
            following = _next_pieces(standing, limits, busy)
            if deadline is not None and time.monotonic() >= deadline:
                standing |= {k: _cut_short(standing[k]) for k, _, _ in following}
                following = iter(())
            for k, next_piece, cost in islice(following, max(0, AT_ONCE - len(flight))):
                number = workers.submit(_go_on, next_piece, name=f"go on with {k}", seconds=_Piece.patience)
                heappush(flight, (now + cost, number, k))
            if not flight:
                break
            now, number, k = heappop(flight)
            first = k not in standing
            standing[k] = _so_far(workers.outcome(number), standing.get(k), parts[k])
            piece, found = standing[k].piece, standing[k].found
            if first or piece is not None:
                tell(k, found.gap)
            # One alone, so that the others can begin beside it; with rules each piece takes long.
            large = first and k == most_first[0] and shares[k] > LARGE and not parts[k].rules
            if large and piece is not None and piece.search is not None and found.gap > limits.gap:
                longer = replace(piece, stages=WHILE_OTHERS_BEGIN)
                name = f"go on at length with {k}"
                number = workers.submit(_go_on, longer, name=name, seconds=_Piece.patience, before_others=True)
                heappush(flight, (now + piece.search.promise.cost, number, k))
    return [of_the_whole(standing[k].found, part) for k, part in enumerate(parts)]


def _cost_of_begin(component: Component) -> float:
    """Seconds or so."""
    return 1 + component.pairs.gain.size / (BEGIN_RULED_PACE if rules_decide(component) else BEGIN_PACE)


def _cut_short(standing: _Standing) -> _Standing:
    """What stands when the clock says so, though there was more to do."""
    return _Standing(replace(standing.found, clock_hit=True))


def _figures(standing: Iterable[_Standing]) -> tuple[Decimal, Decimal]:
    """Objective and bound of the whole market."""
    objective = sum((each.found.objective for each in standing), Decimal(0))
    return objective, sum((each.found.bound for each in standing), Decimal(0))


def _next_pieces(
    standing: Mapping[int, _Standing], limits: WorkLimits, busy: Container[int]
) -> Iterator[tuple[int, _Piece, float]]:
    """The most urgent work on components that are not yet near enough to their bound, and what it costs."""
    # What was lost with a process no other makes good: the rest has to come near its own bound.
    kept = {
        k: each.found for k, each in sorted(standing.items()) if each.piece is not None or each.found.failure is None
    }
    bound = float(sum((found.bound for found in kept.values()), Decimal(0)))
    missing = {k: float(found.bound - found.objective) for k, found in kept.items()}
    open_ones = [k for k in missing if standing[k].piece is not None and missing[k] > 0]
    left = limits.gap * bound - sum(missing[k] for k in missing if k not in set(open_ones))
    aims = shared_out(max(0.0, left), [standing[k].found.component for k in open_ones])
    waiting = []
    for k, aim in zip(open_ones, aims, strict=True):
        piece = standing[k].piece
        if k not in busy and piece is not None and piece.search is not None and missing[k] > aim:
            gap = aim / max(float(standing[k].found.bound), 1.0)
            limits_then = msgspec.structs.replace(limits, gap=gap)
            waiting.append((piece.search.promise, k, replace(piece, limits=limits_then)))
    for promise, k, piece in sorted(waiting, key=lambda each: (-each[0].urgency, each[1])):
        yield k, piece, promise.cost


def _so_far(outcome: Outcome[_Standing], before: _Standing | None, component: Component) -> _Standing:
    """What a component comes to after a piece of work, or after what was lost of it."""
    last = outcome.result or before
    if outcome.stop is None and last is not None:
        return last
    found = nothing_found(component) if last is None else last.found
    return _Standing(found if outcome.stop is None else found.stopped(outcome.stop))
