"""Published contracts in the Open Contracting Data Standard 1.1: releases of one contract, and packages of them."""

from marketplace.contracts.rules.open_contracting.events import Event, Goods, Judged, Kind
from marketplace.contracts.rules.open_contracting.package import (
    PAGING,
    Publisher,
    package,
    package_json,
    release_json,
    write_package,
)
from marketplace.contracts.rules.open_contracting.releases import releases

__all__ = [
    "PAGING",
    "Event",
    "Goods",
    "Judged",
    "Kind",
    "Publisher",
    "package",
    "package_json",
    "release_json",
    "releases",
    "write_package",
]
