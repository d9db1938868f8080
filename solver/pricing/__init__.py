"""A price for every match: reference, formula, floor and cap; and the supporting prices of the report."""
