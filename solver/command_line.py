"""What all commands share: exit codes, input that cannot be used, options whose limits are said."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from solver.form.clearing import MOST_NODES

DONE, REFUSED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

Number = TypeVar("Number", int, float)


class Bad(Exception):
    """Input that cannot be used; the text is what the user reads."""


def usage_error(arguments: argparse.Namespace, argument: str, wrong: str) -> Bad:
    """What argparse says of a wrong argument, for what shows only when all are known."""
    return Bad(f"python -m solver {arguments.name}: argument {argument}: {wrong}")


def read(reader: Callable[[Path], Any], path: Path) -> Any:
    """What a file holds.  Raises: Bad; OSError."""
    return refused_by_name(path, lambda: reader(path))


def refused_by_name(path: Path, work: Callable[[], Any]) -> Any:
    """Do some work; a file that is refused leaves one line per fault: file, pointer, value, limit.  Raises: Bad."""
    from solver.form.faults import MarketError

    try:
        return work()
    except MarketError as error:
        raise Bad("\n".join(f"{path}: {fault}" for fault in error.faults)) from None


def violations_of(market: Any, clearing: Any) -> list[Any]:
    """All that the verifier finds; of another market's clearing that alone, since nothing else in it can hold."""
    from solver.verify import verify

    found = verify(market, clearing)
    return [violation for violation in found if violation.pointer == "/market_hash"] or found


def verified_or_refused(market: Any, clearing: Any, otherwise: str) -> bool:
    """Whether a clearing verifies; else its violations, and what is ``otherwise``, stand on stderr."""
    violations = violations_of(market, clearing)
    if violations:
        sys.stderr.write("".join(f"{violation}\n" for violation in violations))
        sys.stderr.write(f"the clearing does not verify: {len(violations)} violations; {otherwise}\n")
    return not violations


def within(kind: type[Number], least: float, most: float) -> Callable[[str], Number]:
    """A number between two limits, both included; the message names value and limit."""

    def read(text: str) -> Number:
        limit = f"must be at least {least}" if most == math.inf else f"must lie between {least} and {most}"
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no {kind.__name__}; it {limit}") from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text}: it {limit}")
        return value

    return read


NODES = within(int, 1, MOST_NODES)
