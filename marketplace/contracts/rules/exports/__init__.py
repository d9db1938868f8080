"""Tables of a contract's schedule, deliveries and settlement, for spreadsheets: exact, and the same bytes each time."""

from marketplace.contracts.rules.exports.columns import COLUMNS, Assay, Cell, headings
from marketplace.contracts.rules.exports.csv_file import csv_file, write_csv
from marketplace.contracts.rules.exports.spool import Spool
from marketplace.contracts.rules.exports.wishes import (
    EXPORT,
    FORMS,
    MOST_ROWS,
    MOST_ROWS_LATER,
    OPEN_CONTRACTING,
    ExportNotMade,
    ExportOutdated,
    Months,
    Wish,
)
from marketplace.contracts.rules.exports.xlsx_file import write_xlsx, xlsx_file

__all__ = [
    "COLUMNS",
    "EXPORT",
    "FORMS",
    "MOST_ROWS",
    "MOST_ROWS_LATER",
    "OPEN_CONTRACTING",
    "Assay",
    "Cell",
    "ExportNotMade",
    "ExportOutdated",
    "Months",
    "Spool",
    "Wish",
    "csv_file",
    "headings",
    "write_csv",
    "write_xlsx",
    "xlsx_file",
]
