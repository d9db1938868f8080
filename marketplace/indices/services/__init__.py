"""Writing indices: operators define them, enter their quotes, and changes of their base."""

from marketplace.indices.services.definitions import change_index, create_index
from marketplace.indices.services.quotes import QuoteReport, load_quotes
from marketplace.indices.services.rebasings import enter_rebasing

__all__ = ["QuoteReport", "change_index", "create_index", "enter_rebasing", "load_quotes"]
