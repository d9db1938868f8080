"""Release packages: releases, and who publishes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

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
    made = {**_head(publisher, [*moments, *consented_at], query), "releases": list(releases)}
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


def release_json(release: dict[str, Any]) -> bytes:
    """One release as it stands in such a package."""
    return _ENCODER.encode(release)


def write_package(
    file: BinaryIO, releases: Iterable[bytes], publisher: Publisher, *, dates: Iterable[datetime]
) -> None:
    """Write the package of releases that are written already: the bytes of ``package_json``, in little memory.

    ``dates``: of the last release and of the last consent.

    >>> from datetime import UTC
    >>> from io import BytesIO
    >>> file, told = BytesIO(), [{"date": "2027-01-01T00:00:00+00:00", "id": 1}, {"date": "2027-02-01T00:00:00+00:00"}]
    >>> here, at = Publisher("ocds-000000", "http://x"), datetime(2027, 2, 1, tzinfo=UTC)
    >>> write_package(file, map(release_json, told), here, dates=[at])
    >>> file.getvalue() == package_json(package(told, here))
    True
    """
    empty = package_json({**_head(publisher, dates, ""), "releases": []})
    file.write(empty.removesuffix(b"]}"))
    for number, release in enumerate(releases):
        file.write(b"," + release if number else release)
    file.write(b"]}")


def _head(publisher: Publisher, dates: Iterable[datetime], query: str) -> dict[str, Any]:
    return {
        "uri": publisher.releases_url + query,
        "version": VERSION,
        "publishedDate": moment_text(max(dates)),
        "publisher": {"name": "长单 Changdan", "uri": publisher.url},
    }
