"""Whether a port can be served on, asked before long work begins."""

from __future__ import annotations

import os
import socket

import click


def must_be_free(host: str, port: int) -> None:
    """Raises ClickException when somebody listens there, or the address is none of this machine's."""
    with socket.socket() as probe:
        if os.name == "posix":  # as the server will: a port that is being left is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"cannot serve on {host}:{port}: {error.strerror}; --port takes another, --no-serve none"
            ) from None
