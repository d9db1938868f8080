"""``changdan serve``: waitress, and an orderly end in a moment although a solve cannot be interrupted."""

from __future__ import annotations

import signal
import time
from typing import Any

import click
import waitress
from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel

from marketplace.jobs.own_runs import put_back_own_runs
from marketplace.jobs.termination import leave, terminable

LAST_REPLIES_SECONDS = 1.0

Sockets = dict[int, Any]  # waitress's own map: file number -> listener, connection or trigger


def serve_app(app: Flask, host: str, port: int, threads: int = 8) -> None:
    """Serve an application until Ctrl-C or SIGTERM; then the process ends, the rounds that it was running put back."""
    sockets: Sockets = {}
    try:
        waitress.create_server(
            app,
            map=sockets,
            host=host,
            port=port,
            threads=threads,
            ident="changdan",
            # Forwarded addresses are judged by the application; waitress would take them all away.
            clear_untrusted_proxy_headers=not app.extensions["changdan-settings"].trusted_proxies,
        )
    except OSError as error:
        raise click.ClickException(f"cannot serve on {host}:{port}: {error.strerror}") from None
    click.echo(f"http://{host}:{port}/api/v1/docs")
    try:
        with terminable():
            wasyncore.loop(timeout=1, map=sockets)  # not waitress's run(), which waits 5 s for requests in a solve
    except (KeyboardInterrupt, SystemExit):
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever asks twice does not want to wait
        _stop(app, sockets)
    leave(0)


def _stop(app: Flask, sockets: Sockets) -> None:
    """Take no more connections, put the rounds back, and let the requests at hand have their replies."""
    for listener in [each for each in sockets.values() if each.accepting]:
        wasyncore.dispatcher.close(listener)  # the socket alone: replies still need the trigger beside it
    put_back_own_runs(app)
    deadline = time.monotonic() + LAST_REPLIES_SECONDS
    while time.monotonic() < deadline and any(map(_is_answered, sockets.values())):
        wasyncore.loop(timeout=0.05, map=sockets, count=1)
    put_back_own_runs(app)  # those that began with one of these requests


def _is_answered(each: Any) -> bool:
    return isinstance(each, HTTPChannel) and bool(each.requests or each.writable())
