"""``python -m solver``: see solver/commands.py."""

from solver.commands import main

if __name__ == "__main__":
    raise SystemExit(main())
