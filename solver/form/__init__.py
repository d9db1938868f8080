"""What stands in the files: markets, clearings, their terms, and how they are read and refused."""
