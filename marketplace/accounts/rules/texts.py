"""What a name or another line of text may look like."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from marketplace.shared.errors import Fault


def line_faults(pointer: str, text: str, longest: int) -> Iterator[Fault]:
    """Faults of one line of text: empty, too long, spaces at its ends, control or invisible characters.

    >>> [fault.message for fault in line_faults("/name", " x", 80)]
    ['begins or ends with a space']
    """
    if not text.strip():
        yield Fault(pointer, "is empty", text)
    elif text != text.strip():
        yield Fault(pointer, "begins or ends with a space", text)
    if len(text) > longest:
        yield Fault(pointer, "is too long", f"{len(text)} characters", f"{longest} characters")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text):
        yield Fault(pointer, "holds a control or invisible character", ascii(text[:80]))
