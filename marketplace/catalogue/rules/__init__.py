"""Pure rules of the catalogue: units, what a grade must state, how quantities convert."""
