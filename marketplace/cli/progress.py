"""Long work on the command line: what shows how far it is, and what ends it at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def interruptible() -> Iterator[None]:
    """Have Ctrl-C and SIGTERM end the process at once; else Python waits for the solver's threads before it exits."""
    from marketplace.jobs.termination import Terminated, leave

    try:
        yield
    except KeyboardInterrupt:
        click.echo("Aborted!", err=True)
        leave(128 + signal.SIGINT)
    except Terminated:
        leave(Terminated.status)


@contextmanager
def progress_bar() -> Iterator[Callable[[dict[str, Any]], None] | None]:
    """Something that draws the components' progress, or None when standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit="component", leave=False) as bar:

        def advance(step: dict[str, Any]) -> None:
            bar.total = step["of"]
            bar.set_postfix_str(f"gap {step['gap']:.3%}" if step.get("gap") is not None else "", refresh=False)
            bar.update(step["component"] - bar.n)

        yield advance
