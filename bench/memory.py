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
    return sum(_figures_mb(session, "smaps_rollup", "Pss"))


def largest_mb(session: int) -> float:
    """The most that one process has held since it began; the system's own count in ``wait4`` starts with what the
    process that began it held, and is of no use here."""
    return max(_figures_mb(session, "status", "VmHWM"), default=0.0)


def _figures_mb(session: int, file: str, name: str) -> list[float]:
    return [_kb(PROC / str(number) / file, name) / 1024 for number in processes_of(session)] if PROC.is_dir() else []


def _kb(path: Path, name: str) -> int:
    try:
        for line in path.read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    except OSError:
        pass  # it has just ended
    return 0
