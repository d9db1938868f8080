"""Pure rules of indices: what a definition and a quote must hold, monthly prices, the price formula."""
