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
        yield Fault(pointer, "is empty", text, limit, "wrong-length")
    elif text != text.strip():
        yield Fault(pointer, "begins or ends with a space", text, "no space at either end", "not-printable")
    if len(text) > longest:
        yield Fault(pointer, "is too long", f"{len(text)} characters", limit, "wrong-length")
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


def chinese_faults(pointer: str, text: str) -> Iterator[Fault]:
    """A fault of a Chinese name without a single Chinese character; an empty one is judged elsewhere.

    >>> [fault.message for fault in chinese_faults("/name_zh", "ABC")], list(chinese_faults("/name_zh", "ABC公司"))
    (['holds no Chinese character'], [])
    """
    if text.strip() and not any(_is_chinese(character) for character in text):
        yield Fault(pointer, "holds no Chinese character", text[:80], "at least one Chinese character", "not-chinese")


def latin_faults(pointer: str, text: str) -> Iterator[Fault]:
    """A fault of a Latin name with letters of another script, or wide characters; an empty one is judged elsewhere.

    >>> list(latin_faults("/name_latin", "Ünal & Søn (3) Co., Ltd.")), len(list(latin_faults("/name_latin", "Li公司")))
    ([], 1)
    """
    foreign = [character for character in text if not _is_latin(character)]
    if text.strip() and (foreign or not any(character.isalpha() for character in text)):
        limit = "Latin letters, digits and punctuation, at least one letter"
        yield Fault(pointer, "is not in Latin letters", text[:80], limit, "not-latin")


def _is_chinese(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK UNIFIED IDEOGRAPH") or character == "〇"


def _is_latin(character: str) -> bool:
    if character.isalpha():
        return unicodedata.name(character, "").startswith("LATIN ")
    return unicodedata.east_asian_width(character) not in ("W", "F")


def _invisible_faults(pointer: str, text: str) -> Iterator[Fault]:
    if any(unicodedata.category(character) in _INVISIBLE for character in text):
        message = "holds a control or invisible character"
        yield Fault(pointer, message, ascii(text[:80]), "visible characters only", "not-printable")
