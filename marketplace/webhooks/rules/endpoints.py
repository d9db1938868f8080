"""An endpoint: where an organisation wants its events, and which of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marketplace.shared.errors import Fault
from marketplace.shared.event_types import meant
from marketplace.shared.lifecycle import Lifecycle
from marketplace.shared.texts import line_faults
from marketplace.webhooks.rules.addresses import PORTS, Address, Network, may_reach, read_address

MOST_ENDPOINTS = 10  # of one organisation
MOST_KINDS = 50
LONGEST_URL = 500
LONGEST_DESCRIPTION = 200
BOTH_SECRETS_FOR = timedelta(hours=24)  # after a rotation, while receivers go over to the new one

ENDPOINT = Lifecycle(
    "endpoint",
    "enabled",
    {
        ("enabled", "disable"): "disabled",
        ("enabled", "give_up"): "disabled",  # by the service: it is gone, or has failed for too long
        ("enabled", "ping"): "enabled",
        ("enabled", "replay"): "enabled",
        ("disabled", "enable"): "enabled",
    },
)

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_URL = re.compile(
    r"(?P<scheme>https?)://"
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]{{2,45}}\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<target>/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?"
)


@dataclass(frozen=True)
class Target:
    """An address in its parts, read the same way when it is registered and whenever it is called."""

    scheme: str
    host: str  # without brackets, in lower case
    port: int
    path: str  # with its query

    @property
    def authority(self) -> str:
        """What a request names as its host.

        >>> read_url("https://[2606:4700::1111]:8443/a").authority
        '[2606:4700::1111]:8443'
        """
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"


def read_url(url: str) -> Target:
    """The parts of an address.

    >>> read_url("https://Hooks.example.com/a?b=c")
    Target(scheme='https', host='hooks.example.com', port=443, path='/a?b=c')

    Raises: ValueError for whatever has another form: user names, fragments, other characters than ASCII.
    """
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError("no address of the form https://host/path")
    port = int(found["port"] or {"https": 443, "http": 80}[found["scheme"]])
    if port > 65535:
        raise ValueError("no such port")
    return Target(found["scheme"], found["host"].strip("[]").lower(), port, found["target"] or "/")


def endpoint_faults(given: Mapping[str, Any], networks: Sequence[Network] = ()) -> Iterator[Fault]:
    """Faults of the fields that are given (all of them at registration, some at a change)."""
    if "url" in given:
        yield from _url_faults(given["url"], networks)
    if given.get("description"):
        yield from line_faults("/description", given["description"], LONGEST_DESCRIPTION)
    if given.get("kinds") is not None:
        yield from _kind_faults(given["kinds"])


def is_wanted(event_type: str, kinds: Sequence[str] | None) -> bool:
    """Whether an endpoint wants events of this type: all, those that it names, or those that begin as it says.

    >>> is_wanted("orders.offer.created", ["orders.*"]), is_wanted("ordersx.offer", ["orders.*"])
    (True, False)
    """
    if kinds is None:
        return True
    return any(event_type.startswith(kind[:-1]) if kind.endswith(".*") else event_type == kind for kind in kinds)


def _url_faults(url: str, networks: Sequence[Network]) -> Iterator[Fault]:
    if len(url) > LONGEST_URL:
        yield Fault(
            "/url", "is too long", f"{len(url)} characters", f"1 to {LONGEST_URL} characters", code="wrong-length"
        )
        return
    try:
        target = read_url(url)
    except ValueError:
        yield Fault("/url", "has the wrong form", url, "https://host/path, in ASCII characters", "wrong-form")
        return
    address = _written_address(target)
    if address is None:
        last = target.host.rsplit(".", 1)[-1]
        if last.isdecimal() or last.startswith("0x") or ("." not in target.host and not networks):
            yield Fault("/url", "names no public host", url, "a full host name such as hooks.example.com", "wrong-form")
            return
    reached = address is not None and may_reach(address, target.port, networks)
    if target.scheme == "http" and not (reached and target.host == "127.0.0.1"):
        yield Fault("/url", "is not encrypted", url, "https://", "wrong-form")
    elif address is not None and not reached:
        yield Fault("/url", "is an address that is not open", url, "an address of the open internet", "out-of-range")
    elif address is None and not networks and target.port not in PORTS:
        yield Fault("/url", "has a port that is not open", target.port, " or ".join(map(str, PORTS)), "out-of-range")


def _written_address(target: Target) -> Address | None:
    try:
        return read_address(target.host)
    except ValueError:
        return None


def _kind_faults(kinds: Sequence[str]) -> Iterator[Fault]:
    if not kinds:
        yield Fault("/kinds", "are empty: nothing would be sent", limit="null for all events", code="missing")
    if len(kinds) > MOST_KINDS:
        yield Fault("/kinds", "are too many", len(kinds), MOST_KINDS, "too-many")
        return
    for position, kind in enumerate(kinds):
        if not any(meant(kind)):
            limit = "one of docs/event-types.md such as proposal.received, or orders.*"
            yield Fault(f"/kinds/{position}", "is no type of event", kind[:100], limit, "unknown-reference")
        elif kind in kinds[:position]:
            yield Fault(f"/kinds/{position}", "is given twice", kind, code="duplicate")
