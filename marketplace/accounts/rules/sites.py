"""What a site says of its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from marketplace.accounts.rules.regions import region_fault
from marketplace.shared.errors import Fault
from marketplace.shared.texts import line_faults

LONGEST_NAME = 100
LONGEST_ADDRESS = 300
MOST_DECIMALS = 6  # a tenth of a metre
_RANGES = {"latitude_deg": Decimal(90), "longitude_deg": Decimal(180)}


def site_faults(site: Mapping[str, Any]) -> Iterator[Fault]:
    """Faults of a whole site, as it would be stored."""
    yield from line_faults("/name", site["name"], LONGEST_NAME)
    yield from line_faults("/address", site["address"], LONGEST_ADDRESS)
    fault = region_fault("/region_code", site["region_code"])
    if fault is not None:
        yield fault
    yield from _coordinate_faults(site)


def _coordinate_faults(site: Mapping[str, Any]) -> Iterator[Fault]:
    given = {name: site[name] for name in _RANGES if site.get(name) is not None}
    if len(given) == 1:
        missing = next(name for name in _RANGES if name not in given)
        yield Fault(f"/{missing}", "is missing: coordinates are given both or not at all", code="missing")
    for name, degrees in given.items():
        most = _RANGES[name]
        if abs(degrees) > most:
            yield Fault(f"/{name}", "is no place on earth", degrees, f"-{most} to {most}", "out-of-range")
        exponent = degrees.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > MOST_DECIMALS:
            yield Fault(f"/{name}", "has too many decimals", degrees, f"{MOST_DECIMALS} decimals", "too-many-decimals")
