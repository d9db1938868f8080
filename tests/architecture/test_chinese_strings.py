"""Chinese texts for users are written with Chinese punctuation, and with the glossary's words."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HAN = "\u4e00-\u9fff"
FIRST_LETTER = re.compile(rf"[A-Za-z{HAN}]")
HALF_WIDTH = re.compile(rf"[{HAN}）”] ?[,;:()!?]|[,;()] ?[{HAN}（“]")
ANOTHER_WORD = {  # what the glossary calls otherwise
    "品级": "牌号",
    "数量弹性": "数量浮动",
    "最小变动量": "最小计量单位",
    "合同提案": "长单方案",
    "成交剩余": "总剩余",
}


def faults(text: str) -> list[str]:
    """The parts of a text that begin in Chinese and are punctuated as English is."""
    parts = re.split(r" / |\n", text)
    chinese = [part for part in parts if (first := FIRST_LETTER.search(part)) and re.match(f"[{HAN}]", first[0])]
    return [part for part in chinese if HALF_WIDTH.search(part)]


def texts_of_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def texts_within(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict | list):
        for each in document.values() if isinstance(document, dict) else document:
            yield from texts_within(each)


def texts() -> Iterator[tuple[Path, str]]:
    for room in ("marketplace", "solver"):
        for path in sorted((ROOT / room).rglob("*.py")):
            yield from ((path, text) for text in texts_of_code(path))
        for path in sorted((ROOT / room).rglob("*.toml")):
            yield from ((path, text) for text in texts_within(tomllib.loads(path.read_text(encoding="utf-8"))))


def test_chinese_is_punctuated_as_chinese() -> None:
    assert [(path.relative_to(ROOT), part) for path, text in texts() for part in faults(text)] == []


def test_the_glossarys_words_are_used() -> None:
    found = {(path.relative_to(ROOT), word) for path, text in texts() for word in ANOTHER_WORD if word in text}
    assert found == set()
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert not [word for word in ANOTHER_WORD if word in glossary]


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("审核企业（运营方） / Verify, reject (operators)", True),
        ("审核企业 (运营方) / Verify an organisation", False),
        ("贵单位未通过审核: {reason}", False),
        ("; 仅限会话 / in a session only", False),
        ("Incoterms this side accepts (EXW 自提, DAP 送到)", True),  # an English sentence
        ("Busy, try again / 系统繁忙, 请重试", False),
    ],
)
def test_what_is_a_fault(text: str, is_right: bool) -> None:
    assert (faults(text) == []) is is_right
