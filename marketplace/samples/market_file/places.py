"""The sites of a market file: each has one owner and one place; orders, certificates and lanes name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from marketplace.accounts.rules.sites import site_faults
from marketplace.orders.rules.delivery import is_region
from marketplace.samples.model import SampleSite
from marketplace.shared.errors import Fault

_IN_FILE = {"/name": "/id", "/region_code": "/region", "/latitude_deg": "/lat", "/longitude_deg": "/lon"}
_ON_A_PLANE = ("x_km", "y_km")


def key_of_id(identifier: str) -> str:
    """The key of a site that the file names."""
    return f"id {identifier}"


def key_of(place: Mapping[str, Any], organisation: str) -> str:
    """The key of a place that is a site of the organisation; without a name it is one by where it lies."""
    if "id" in place:
        return key_of_id(place["id"])
    return f"{(place.get('region'), place.get('lat'), place.get('lon'))} of {organisation}"


@dataclass
class Places:
    """What is found of sites in the file, by key, with the faults met on the way."""

    sites: dict[str, SampleSite] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def by_owner(self) -> dict[str, tuple[SampleSite, ...]]:
        """The sites of each organisation that has any."""
        found: dict[str, list[SampleSite]] = {}
        for key, site in self.sites.items():
            found.setdefault(self.owners[key], []).append(site)
        return {owner: tuple(sites) for owner, sites in found.items()}

    def add(self, place: Mapping[str, Any], organisation: str, at: str) -> None:
        """Note a place as a site of the organisation; ``at`` is where it stands in the file."""
        named, key = place.get("id"), key_of(place, organisation)
        site = SampleSite(
            key=key,
            name=f"样例场地{len(self.sites) + 1}" if named is None else named,
            address="（样例地址）",
            region_code=place.get("region", ""),
            latitude_deg=_degrees(place.get("lat")),
            longitude_deg=_degrees(place.get("lon")),
        )
        if key not in self.sites:
            self.sites[key], self.owners[key] = site, organisation
            self.faults += _site_faults(site, place, at)
        elif self.owners[key] != organisation:
            message = f"is a site of {self.owners[key]} as well; a site has one owner"
            self.faults.append(Fault(f"{at}/id", message, named, "a site of its own"))
        elif named is not None and self.sites[key] != site:
            self.faults.append(Fault(at, "is elsewhere in another order", named, "one place for one site"))


def read_places(orders: Sequence[Mapping[str, Any]]) -> Places:
    """The sites of all orders, and the named places of delivery that are no bare coordinates."""
    places = Places()
    for position, order in enumerate(orders):
        at, organisation = f"/orders/{position}", order["organisation"]
        places.add(order.get("site", {}), organisation, f"{at}/site")
        place = order.get("delivery", {}).get("place")
        if place is None:
            continue
        if is_site(place):
            places.add(place, organisation, f"{at}/delivery/place")
        else:
            places.faults += _plane_faults(place, f"{at}/delivery/place")
    return places


def is_site(place: Mapping[str, Any]) -> bool:
    """Whether a place of delivery has to be a site: the book knows all others by their coordinates alone."""
    return "id" in place or "lat" not in place or "lon" not in place


def read_lanes(lanes: Iterable[Mapping[str, Any]], places: Places) -> list[dict[str, Any]]:
    """Lanes whose ends are keys of sites or region codes; faults go to ``places``."""
    read = []
    for position, lane in enumerate(lanes):
        ends = {}
        for name in ("origin", "destination"):
            end, at = lane[name], f"/freight/lanes/{position}/{name}"
            ends[name] = key_of_id(end) if key_of_id(end) in places.sites else end
            if ends[name] != end and is_region(end):
                places.faults.append(Fault(at, "is both a site and a region", end, "one of both"))
            elif ends[name] == end and not is_region(end):
                places.faults.append(Fault(at, "is no site of the file's orders and no region", end, "a place of both"))
        read.append({**lane, **ends})
    return read


def _site_faults(site: SampleSite, place: Mapping[str, Any], at: str) -> Iterable[Fault]:
    yield from _plane_faults(place, at)
    if "region" not in place:
        yield Fault(f"{at}/region", "is missing: every site has one", None, "six digits (GB/T 2260)", "missing")
        site = replace(site, region_code="110000")
    for fault in site_faults(vars(site)):
        yield replace(fault, pointer=at + _IN_FILE.get(fault.pointer, fault.pointer))


def _plane_faults(place: Mapping[str, Any], at: str) -> Iterable[Fault]:
    for name in _ON_A_PLANE:
        if name in place:
            yield Fault(f"{at}/{name}", "is on a plane; a site lies on the earth", place[name], "lat and lon")


def _degrees(given: float | None) -> Decimal | None:
    return None if given is None else Decimal(str(given))
