"""A record: everything a clearing was made of, so that it can be made again, and whether it can.

It holds no limit price and no secret: the market and the clearings are named by their hashes.  The form is described
by ``schema/record.schema.json``.
"""

from __future__ import annotations

from typing import Literal

from solver.form.clearing import WorkLimits
from solver.form.market import Policy
from solver.form.terms import Term

FORMAT = "changdan-record/1"


class NamedFile(Term, frozen=True):
    """A market or a clearing by its hash, and where it lay."""

    hash: str
    path: str | None = None  # from the record's folder


class Record(Term, frozen=True):
    """How a clearing was made."""

    format: Literal["changdan-record/1"]
    market: NamedFile
    policy: Policy  # the market's, without its sealed_seed: that is covered by the market's hash alone
    limits: WorkLimits
    solver: dict[str, str]  # names and versions of model, language, backend, modeller: the clearing's
    result: NamedFile
    seed: int | None = None  # of the backend
    machine: dict[str, str] = {}  # what else may move a bit: libraries, system, processor
    warm_start: NamedFile | None = None  # the clearing that the search began with
    clock_hit: bool = False
    interrupted: tuple[int, ...] = ()  # components that the machine ended (docs/model.md 6.2)

    @property
    def repeatable(self) -> bool:
        """Whether work alone has ended the search: then a search from the start gives the same bytes."""
        return not self.clock_hit and not self.interrupted
