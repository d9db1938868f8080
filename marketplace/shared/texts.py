"""What a name or another text may look like: one rule for all that people read and the database sorts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from marketplace.shared.errors import Fault

# Control, format (U+202E turns what follows around), half surrogates, line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def line_faults(pointer: str, text: str, longest: int) -> Iterator[Fault]:
    """Faults of one line of text: empty, too long, spaces at its ends, control or invisible characters.

    >>> [fault.message for fault in line_faults("/name", " x", 80)]
    ['begins or ends with a space']
    """
    limit = f"1 to {longest} characters"
    if not text.strip():
        yield Fault(pointer, "is empty", text, limit)
    elif text != text.strip():
        yield Fault(pointer, "begins or ends with a space", text)
    if len(text) > longest:
        yield Fault(pointer, "is too long", f"{len(text)} characters", limit)
    yield from _invisible_faults(pointer, text)


def paragraph_faults(pointer: str, text: str, longest: int, *, shortest: int = 1) -> Iterator[Fault]:
    r"""Faults of a text of one or more lines, such as a reason: too short or long, invisible characters in a line.

    >>> list(paragraph_faults("/reason", "first\n\tsecond\r\n", 80))
    []
    """
    length = len(text.strip())
    if not shortest <= length <= longest:
        limit = f"{shortest} to {longest} characters"
        yield Fault(pointer, "has the wrong length", f"{length} characters", limit, "wrong-length")
    yield from _invisible_faults(pointer, text.replace("\r\n", "\n").replace("\n", "").replace("\t", ""))


def _invisible_faults(pointer: str, text: str) -> Iterator[Fault]:
    if any(unicodedata.category(character) in _INVISIBLE for character in text):
        yield Fault(pointer, "holds a control or invisible character", ascii(text[:80]))
