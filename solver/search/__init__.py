"""The best matches: model, relaxation, bound, and the search between them."""
