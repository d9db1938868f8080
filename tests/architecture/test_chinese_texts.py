"""Every code of a refusal, wherever it is written, has its Chinese text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.api.http.chinese import FAULTS, PROBLEMS, fault_zh, problem_zh
from marketplace.api.http.chinese_limits import in_chinese
from marketplace.api.http.problems import _CODES, TITLES
from marketplace.api.http.schema_problems import _CODES as SCHEMA_CODES

CODE = Path(__file__).parents[2] / "marketplace"
MAKERS = {"Fault", "fault", "at"}  # Fault(...), Fields.fault(...), InvalidInput.at(...): the code is the fifth
FORM = re.compile(r"[a-z]+(-[a-z0-9]+)*")


def _constants(node: ast.AST) -> Iterator[str]:
    """The codes that an expression may be: both ends of a condition."""
    ends = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    for end in ends:
        if isinstance(end, ast.Constant) and isinstance(end.value, str) and FORM.fullmatch(end.value):
            yield end.value


def _codes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            given = [word.value for word in node.keywords if word.arg == "code" and called != "CertificateKind"]
            given += node.args[4:5] if called in MAKERS else []
            for each in given:
                yield from _constants(each)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:  # code = "…", also of a class
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(getattr(target, "id", "") == "code" for target in targets):
                yield from _constants(node.value)


def used() -> set[str]:
    return {code for path in CODE.rglob("*.py") for code in _codes(ast.parse(path.read_text(encoding="utf-8")))}


def test_every_code_in_use_has_a_chinese_text() -> None:
    found = used()
    assert {"above-limit", "below-limit", "contradiction", "missing", "transition-not-allowed", "superseded"} <= found
    assert sorted(found - FAULTS.keys() - PROBLEMS.keys()) == []
    assert {*TITLES, *_CODES.values()} <= PROBLEMS.keys()
    assert {code for _, code in SCHEMA_CODES} <= FAULTS.keys()


def test_every_text_is_of_a_code_in_use() -> None:
    """A text that nothing says any more would be dead weight."""
    schemas = {code for _, code in SCHEMA_CODES}
    assert sorted(FAULTS.keys() - used() - schemas) == []


@pytest.mark.parametrize("text", [*FAULTS.values(), *PROBLEMS.values()])
def test_the_texts_are_chinese(text: str) -> None:
    assert re.search(r"[\u4e00-\u9fff]", text)


def test_value_and_limit_stand_in_the_text() -> None:
    assert fault_zh("not-a-choice", "is not one of the choices", "sell", "offer, need") == (
        "不在可选范围内（填写：sell；要求：offer, need）"
    )
    assert fault_zh("missing") == "缺少此项"
    assert fault_zh("no-such-code", "is odd", "x") == "内容不符合要求（填写：x）"
    assert problem_zh("http-418") == "请求未能完成"


@pytest.mark.parametrize(
    ("said", "chinese"),
    [
        ("0 to 10000", "0 至 10000"),
        ("at least 1 lane", "at least 1 lane"),  # no known phrase: it stays
        ("at most 500", "不大于 500"),
        ("2026-12-01 or later", "2026-12-01 或以后"),
        ('a decimal such as "120.5", at most 12 digits after the point', '小数字符串，如 "120.5"，小数点后至多 12 位'),
        ("a decimal number as text, above 0", "小数字符串，大于 0"),
    ],
)
def test_limits_in_chinese(said: str, chinese: str) -> None:
    assert in_chinese(said) == chinese
