"""``python -m solver generate|clear|verify|explain``."""

from solver.commands import main

if __name__ == "__main__":
    raise SystemExit(main())
