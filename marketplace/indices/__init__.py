"""Price indices: definitions, quotes with their vintages, monthly prices with fallback, the exact price formula."""
