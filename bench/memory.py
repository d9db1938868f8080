"""The memory of all processes of a session, from Linux's /proc; elsewhere nothing is found and 0 is said."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")
SESSION = 3  # field of /proc/<pid>/stat, counted from after the name


def processes_of(session: int) -> list[int]:
    """The processes of a session, dead ones that nobody has waited for left out."""
    if not PROC.is_dir():
        return [session]  # at least the first one
    found: list[int] = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, *fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if state not in "ZX" and int(fields[SESSION - 1]) == session:
            found.append(int(entry.name))
    return found


def tree_mb(session: int) -> float:
    """What the processes hold together; a page that several share counts once (proportional set size)."""
    if not PROC.is_dir():
        return 0.0
    return sum(_proportional_kb(number) for number in processes_of(session)) / 1024


def _proportional_kb(number: int) -> int:
    try:
        for line in (PROC / str(number) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass  # it has just ended
    return 0
