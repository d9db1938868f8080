"""What contracts cost, or earn, if prices went some way: path by path, contract by contract, month by month."""

from marketplace.contracts.rules.exposure.paths import (
    MOST_PATHS,
    GivenPath,
    Path,
    historical_months,
    index_pointer,
    missing_faults,
    read_paths,
)
from marketplace.contracts.rules.exposure.pricing import Priced, Quote, priced, quoted_otherwise, quotes_needed
from marketplace.contracts.rules.exposure.sums import (
    ContractExposure,
    ContractToPrice,
    MonthExposure,
    MonthToPrice,
    PathExposure,
    Sum,
    exposed,
)

__all__ = [
    "MOST_PATHS",
    "ContractExposure",
    "ContractToPrice",
    "GivenPath",
    "MonthExposure",
    "MonthToPrice",
    "Path",
    "PathExposure",
    "Priced",
    "Quote",
    "Sum",
    "exposed",
    "historical_months",
    "index_pointer",
    "missing_faults",
    "priced",
    "quoted_otherwise",
    "quotes_needed",
    "read_paths",
]
