"""Release packages: releases, and who publishes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from marketplace.contracts.rules.open_contracting.releases import moment_text

VERSION = "1.1"
PAGING = "https://raw.githubusercontent.com/open-contracting-extensions/ocds_pagination_extension/master/extension.json"

_ENCODER = msgspec.json.Encoder(decimal_format="number")  # the standard asks for numbers; no float comes between


@dataclass(frozen=True)
class Publisher:
    """Who publishes.  ``prefix``: of its open contracting identifiers; ``url``: where this service is reached."""

    prefix: str
    url: str

    @property
    def releases_url(self) -> str:
        """Where all releases are read."""
        return f"{self.url}/api/v1/open-contracting/releases"


def package(
    releases: Sequence[dict[str, Any]],
    publisher: Publisher,
    *,
    consented_at: Iterable[datetime] = (),
    query: str = "",
    next_query: str | None = None,
) -> dict[str, Any]:
    """A release package, dated by the last thing that it tells; at least one release.

    ``consented_at``: when consents were last stated, which change what it tells as well.
    ``query``, ``next_query``: of the address of a page of all releases, and of the page after it.
    """
    moments = [datetime.fromisoformat(release["date"]) for release in releases]
    made: dict[str, Any] = {
        "uri": publisher.releases_url + query,
        "version": VERSION,
        "publishedDate": moment_text(max([*moments, *consented_at])),
        "publisher": {"name": "长单 Changdan", "uri": publisher.url},
        "releases": list(releases),
    }
    if next_query is not None:
        made |= {"extensions": [PAGING], "links": {"next": publisher.releases_url + next_query}}
    return made


def package_json(package: dict[str, Any]) -> bytes:
    """The package as it is sent: every decimal written out exactly.

    >>> from decimal import Decimal
    >>> package_json({"amount": Decimal("29700000.10")})
    b'{"amount":29700000.10}'
    """
    return _ENCODER.encode(package)
