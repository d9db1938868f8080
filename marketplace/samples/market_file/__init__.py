"""A market file (changdan-market/1) as a sample market: the way back from the frozen market to the order book.

Whatever the book, the catalogue or a round cannot hold is refused with its place in the file; nothing is left away.
"""

from marketplace.samples.market_file.reading import as_written, read

__all__ = ["as_written", "read"]
