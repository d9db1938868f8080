"""One thing that was looked at, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

OK, REMARK, WRONG = "ok", "remark", "wrong"


@dataclass(frozen=True)
class Finding:
    """``state``: all is well, worth knowing, or to be mended.  ``name``: of what was looked at, for programs."""

    state: str
    name: str
    text_zh: str
    text_en: str

    @property
    def line(self) -> str:
        """For people.

        >>> Finding("ok", "database", "可访问", "it answers").line
        'ok      database: 可访问 / it answers'
        """
        return f"{self.state:<6}  {self.name}: {self.text_zh} / {self.text_en}"


def ok(name: str, text_zh: str, text_en: str) -> Finding:
    """All is well."""
    return Finding(OK, name, text_zh, text_en)


def remark(name: str, text_zh: str, text_en: str) -> Finding:
    """It may be meant so."""
    return Finding(REMARK, name, text_zh, text_en)


def wrong(name: str, text_zh: str, text_en: str) -> Finding:
    """It must be mended; the text says how."""
    return Finding(WRONG, name, text_zh, text_en)
