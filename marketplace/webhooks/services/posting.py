"""Sending one message: to the address that was checked and no other, within ten seconds, following nothing.

The host is resolved once.  All addresses must be such as messages may be sent to; the connection is made to one of
these, so that a name that resolves to something else a moment later leads nowhere else.  The certificate must be the
name's.  What the receiver answers is not read beyond its status line and headers.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from marketplace import __version__
from marketplace.webhooks.rules.addresses import Network, may_reach, read_address
from marketplace.webhooks.rules.endpoints import Target, read_url

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
MOST_ADDRESSES = 2  # that are tried, of a name that has several


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: a status, or the class of what went wrong before there was one.

    ``error``: ``status`` (none of 2xx), ``no-address``, ``address-refused``, ``connect``, ``tls``, ``timeout`` or
    ``protocol``.
    """

    status_code: int | None = None
    error: str | None = None
    retry_after: str | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver has it."""
        return self.error is None


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    networks: Sequence[Network] = (),
    total_seconds: float = TOTAL_SECONDS,
) -> Outcome:
    """Send a message; never raises for what the network or the receiver does."""
    target, ends = read_url(url), time.monotonic() + total_seconds
    try:
        addresses = _resolved(target)
    except (OSError, UnicodeError):
        return Outcome(error="no-address")
    if not all(may_reach(read_address(address), target.port, networks) for address in addresses):
        return Outcome(error="address-refused")
    outcome = Outcome(error="no-address")
    for address in addresses[:MOST_ADDRESSES]:
        outcome = _posted(target, address, headers, body, ends)
        if outcome.error != "connect":
            break
    return outcome


def _resolved(target: Target) -> list[str]:
    """Addresses of the host, of each family the first, in the system's order."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    every = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    firsts = list({":" in address: address for address in reversed(every)}.values())
    return sorted(every, key=lambda address: address not in firsts)


def _posted(target: Target, address: str, headers: Mapping[str, str], body: bytes, ends: float) -> Outcome:
    from urllib3.exceptions import HTTPError

    seconds = ends - time.monotonic()
    if seconds <= 0:
        return Outcome(error="timeout")
    try:
        plain = socket.create_connection((address, target.port), min(CONNECT_SECONDS, seconds))
    except OSError:
        return Outcome(error="connect")
    watched = _Watched(plain, ends)
    connection = _connection(target, plain)
    try:
        connection.request("POST", target.path, body=body, headers=_all_headers(target, headers))
        response = connection.getresponse()
        status, retry_after = response.status, response.headers.get("Retry-After")
    except ssl.SSLError:
        return Outcome(error="timeout" if watched.over else "tls")
    except TimeoutError:
        return Outcome(error="timeout")
    except (OSError, HTTPError, HTTPException, ValueError):  # a receiver that breaks off, or does not speak HTTP
        return Outcome(error="timeout" if watched.over else "protocol")
    finally:
        watched.end()
        connection.close()
    return Outcome(status, None if 200 <= status < 300 else "status", (retry_after or "")[:100] or None)


def _all_headers(target: Target, headers: Mapping[str, str]) -> dict[str, str]:
    return {
        **headers,
        "host": target.authority,
        "user-agent": f"changdan/{__version__}",
        "accept-encoding": "identity",
        "connection": "close",
    }


def _connection(target: Target, plain: socket.socket) -> HTTPConnection:
    """A connection over this socket; names, certificates and headers are those of the host."""
    from urllib3.connection import HTTPConnection, HTTPSConnection

    kind: Any = HTTPSConnection if target.scheme == "https" else HTTPConnection

    class Pinned(kind):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            return plain

    given = {"ssl_context": ssl.create_default_context()} if target.scheme == "https" else {}
    connection: HTTPConnection = Pinned(target.host, target.port, timeout=TOTAL_SECONDS, **given)
    return connection


class _Watched:
    """Cuts a socket off at its end, since time limits of sockets begin anew with each byte."""

    def __init__(self, plain: socket.socket, ends: float) -> None:
        self._same = plain.dup()  # the plain one is given up when it is wrapped
        self.over = False
        self._timer = threading.Timer(max(0.0, ends - time.monotonic()), self._cut)
        self._timer.daemon = True
        plain.settimeout(max(0.001, ends - time.monotonic()))
        self._timer.start()

    def _cut(self) -> None:
        self.over = True
        with suppress(OSError):
            self._same.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """All went well, or ended otherwise."""
        self._timer.cancel()
        self._timer.join()
        self._same.close()
