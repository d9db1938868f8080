"""What the ``changdan`` command says when something is wrong: lines that a user can act on, no traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from marketplace.shared.errors import Fault


class Commands(click.Group):
    """A group whose commands answer what a user can act on with clear lines and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors that a user can act on leave without a traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            message = told(error)
            if message is None:
                raise
            raise click.ClickException(message) from None


def told(error: Exception) -> str | None:
    """An error in lines for the one who ran the command; None for one that is the program's own."""
    from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

    from marketplace.shared.errors import DomainError, InvalidInput

    if isinstance(error, InvalidInput):
        return "\n".join(fault_line(fault) for fault in error.faults)
    if isinstance(error, DomainError):
        return str(error)
    if isinstance(error, OperationalError | ProgrammingError | InternalError):  # the last: PostgreSQL that only reads
        reason = str(error.orig).strip().partition("\n")[0]
        unmigrated = isinstance(error, ProgrammingError) or reason.startswith(("no such table", "no such column"))
        return f"the database: {reason}" + (" (changdan db upgrade makes its tables)" if unmigrated else "")
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return None


def fault_line(fault: Fault) -> str:
    """A bad value on one line: where, what is wrong, the value, what is allowed."""
    given = [
        f"{name} {value!r}" for name, value in (("value", fault.value), ("limit", fault.limit)) if value is not None
    ]
    return f"{fault.pointer or '/'}: {fault.message}" + (f" ({', '.join(given)})" if given else "")
