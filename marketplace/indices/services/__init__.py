"""Writing indices: operators define them and enter their quotes."""

from marketplace.indices.services.definitions import change_index, create_index
from marketplace.indices.services.quotes import QuoteReport, load_quotes

__all__ = ["QuoteReport", "change_index", "create_index", "load_quotes"]
