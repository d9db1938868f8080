"""Taking part in a shared run: the search of a market whose pieces are done by whoever has leased them.

The search is the same function everywhere, and asks for the same pieces in the same order.  So nobody needs to be told
what a piece is: who has submitted it here too, can do it.  What others have done is read back, if its seal is right.
"""

from __future__ import annotations

import hashlib
import hmac
import pickle
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from marketplace.rounds.services.pieces import ASSEMBLY, Claim, OpenPiece
from marketplace.rounds.services.solving import Step, Verified, or_failed, verified
from solver.form.reading import read_market
from solver.search.workers import Outcome, Stop, Workers

if TYPE_CHECKING:
    from solver.clear import Searched

MOST_LEASES = 10  # of one piece; whoever took it, so often, has not come to its end
BETWEEN_LOOKS_SECONDS = 0.1
_DIGEST = hashlib.sha256().digest_size


class PieceStore(Protocol):
    """Where the pieces of one run stand.  Each call is a transaction of its own; all raise Superseded."""

    def put(self, number: int, work: str) -> None:
        """Note that there is this work."""

    def open(self) -> list[OpenPiece]:
        """The pieces that have no result."""

    def held(self, piece: OpenPiece) -> AbstractContextManager[int | None]:
        """Lease a piece, and renew the lease as long as this is open; None if somebody was quicker."""

    def record(self, number: int, token: int, result: bytes) -> None:
        """Write a result down; another's stands."""

    def result(self, number: int) -> bytes | None:
        """What was recorded."""


@dataclass(frozen=True)
class Seal:
    """Results leave and return as bytes that only holders of the service's secret key can have made.

    They are pickles, which whoever reads them executes: so none is read before its seal is checked.

    >>> seal = Seal.of("a secret of sixteen", Claim("rnd_1", 1, b""))
    >>> seal.opened(2, seal.closed(2, ["found"]))
    ['found']
    >>> seal.opened(3, seal.closed(2, ["found"]))
    Traceback (most recent call last):
    ...
    ValueError: the result of piece 3 was not sealed by this service
    """

    key: bytes
    name: str

    @classmethod
    def of(cls, secret: str, claim: Claim) -> Seal:
        """For one run of one round."""
        key = hmac.digest(secret.encode(), b"changdan round pieces", "sha256")
        return cls(key, f"{claim.round_id}/{claim.attempt}")

    def closed(self, number: int, result: Any) -> bytes:
        """A result as it is stored."""
        packed = zlib.compress(pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL), level=1)
        return self._digest(number, packed) + packed

    def opened(self, number: int, sealed: bytes) -> Any:
        """A result that was stored.  Raises: ValueError when it is not ours, or not of this piece."""
        packed = sealed[_DIGEST:]
        if not hmac.compare_digest(sealed[:_DIGEST], self._digest(number, packed)):
            raise ValueError(f"the result of piece {number} was not sealed by this service")
        return pickle.loads(zlib.decompress(packed))

    def _digest(self, number: int, packed: bytes) -> bytes:
        return hmac.digest(self.key, f"{self.name}/{number}/".encode() + packed, "sha256")


@dataclass(frozen=True)
class _Task:
    number: int
    work: Callable[[Any], Iterator[Any]]
    item: Any
    seconds: Callable[[Any], float | None]


class LeasedPieces:
    """A pool for the solver's search whose pieces are done by all who take part (solver.search.workers.Pool).

    ``memory_mb``: address space of the process in which pieces are done here.
    """

    def __init__(self, store: PieceStore, seal: Seal, *, memory_mb: int | None = None) -> None:
        self._store, self._seal = store, seal
        self._here = Workers(1, apart=True, memory_mb=memory_mb)
        self._tasks: list[_Task] = []  # in the order in which they should be done
        self._count = ASSEMBLY

    def __enter__(self) -> LeasedPieces:
        self._here.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._here.__exit__(kind, error, traceback)

    def submit(
        self,
        work: Callable[[Any], Iterator[Any]],
        item: Any,
        *,
        name: str = "",
        seconds: Callable[[Any], float | None] = lambda _: None,
        before_others: bool = False,
    ) -> int:
        """Tell of a piece of work; its number."""
        self._count += 1
        self._store.put(self._count, name)
        self._tasks.insert(0 if before_others else len(self._tasks), _Task(self._count, work, item, seconds))
        return self._count

    def outcome(self, number: int) -> Outcome[Any]:
        """What became of a piece; until it is done, do what there is to do."""
        while (sealed := self._store.result(number)) is None:
            if not self._does_one():
                time.sleep(BETWEEN_LOOKS_SECONDS)
        self._tasks = [task for task in self._tasks if task.number != number]
        outcome: Outcome[Any] = self._seal.opened(number, sealed)
        return outcome

    def _does_one(self) -> bool:
        """Do the first piece that is free, and that is known here; whether there was one."""
        free = {piece.number: piece for piece in self._store.open() if piece.free}
        task = next((task for task in self._tasks if task.number in free), None)
        if task is None:
            return False
        piece = free[task.number]
        with self._store.held(piece) as token:
            if token is not None:
                self._store.record(task.number, token, self._seal.closed(task.number, self._done(task, piece)))
        return True

    def _done(self, task: _Task, piece: OpenPiece) -> Outcome[Any]:
        if piece.token >= MOST_LEASES:
            return Outcome(None, Stop(f"whoever did it was lost, {piece.token} times", outside=True))
        return self._here.outcome(self._here.submit(task.work, task.item, seconds=task.seconds))


def search_together(
    market_document: bytes, pool: LeasedPieces, *, seconds: float, progress: Callable[[Step], object]
) -> Searched:
    """Search a market together with all who do the same.

    Raises: RunFailed; Superseded when the run has ended.
    """
    from solver.clear import search

    return or_failed(lambda: search(read_market(market_document), seconds=seconds, progress=progress, pool=pool))


def conclude_together(searched: Searched, *, progress: Callable[[Step], object]) -> Verified:
    """Prices, reasons and the verifier's word: the assembly, done by who has leased it.  Raises: RunFailed."""
    from solver.clear import conclude

    return verified(searched.market, or_failed(lambda: conclude(searched)), progress=progress)
