"""Tables of a contract's schedule, deliveries and settlement, for spreadsheets: exact, and the same bytes each time."""

from marketplace.contracts.rules.exports.columns import COLUMNS, Assay, Cell, headings
from marketplace.contracts.rules.exports.csv_file import csv_file
from marketplace.contracts.rules.exports.xlsx_file import xlsx_file

__all__ = ["COLUMNS", "Assay", "Cell", "csv_file", "headings", "xlsx_file"]
