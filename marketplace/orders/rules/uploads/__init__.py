"""Many orders in one file, as CSV or JSON Lines: read strictly, row by row, every fault with its place."""
