"""Values and limits of refusals in Chinese, as far as they are words; names, numbers and codes stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable

_WORDS = {
    "a day, as in 2027-01-01": "日期，如 2027-01-01",
    "a decimal number as text": "以字符串书写的小数",
    "a grade of the catalogue": "目录中的牌号",
    "a list": "列表",
    "a month with prices from there on": "此后各月均有价格的月份",
    "a need": "需求",
    "a need of yours": "本单位的需求",
    "a price": "价格",
    "a reference not used yet": "尚未使用的编号",
    "a site of your organisation": "本单位的地点",
    "a site of your own": "本单位的地点",
    "a unified social credit code (GB 32100)": "统一社会信用代码（GB 32100）",
    "a very great number": "极大的数",
    "a whole number": "整数",
    "an active site": "可用的地点",
    "an e-mail address": "邮箱地址",
    "an id of /grades": "/grades 中的编号",
    "an id of /indices": "/indices 中的编号",
    "an object": "对象",
    "an offer": "供应",
    "another grade": "另一牌号",
    "another order of yours": "本单位的另一订单",
    "another organisation": "另一企业",
    "at least one Chinese character": "至少一个汉字",
    "each code once": "每个代码一次",
    "each day once": "每日一次",
    "each once": "各一次",
    "left out": "删去",
    "Latin letters, digits and punctuation, at least one letter": "拉丁字母、数字与标点，至少一个字母",
    "no common passwords, words or names": "不用常见密码、单词或姓名",
    "no dates or years": "不用日期或年份",
    "no patterns of the keyboard": "不用键盘上相邻的按键组合",
    "no repeats": "不重复同样的内容",
    "no sequences such as abc or 6543": "不用 abc、6543 之类的顺序",
    "nothing made of one's own names, e-mail address or organisation": "不含本人姓名、邮箱或单位名称",
    "several words that do not belong together": "由几个互不相关的词组成",
    "no field": "不接受任何字段",
    "no space at either end": "首尾无空格",
    "once": "一次",
    "one JSON object": "一个 JSON 对象",
    "one of both": "二者之一",
    "one of them": "其中之一",
    "required": "必填",
    "required to open": "挂单必填",
    "text": "文本",
    "the comma ,": "英文半角逗号",
    "true or false": "true 或 false",
    "visible characters only": "仅可见字符",
}

_UNITS = {
    "characters": "个字符",
    "decimals": "位小数",
    "different characters": "种不同字符",
    "entries": "项",
    "lanes": "条线路",
    "months": "个月",
    "values": "个值",
}

_NUMBER = r"-?[0-9][0-9,.:TZ+-]*"
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))

# The first that fits the whole text counts.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"({_NUMBER}) ({_UNIT})"), lambda m: f"{m[1]} {_UNITS[m[2]]}"),
    (re.compile(rf"({_NUMBER}) to ({_NUMBER}) ({_UNIT})"), lambda m: f"{m[1]} 至 {m[2]} {_UNITS[m[3]]}"),
    (re.compile(rf"({_NUMBER}) to ({_NUMBER})"), lambda m: f"{m[1]} 至 {m[2]}"),
    (re.compile(rf"at least ({_NUMBER}) ({_UNIT})"), lambda m: f"至少 {m[1]} {_UNITS[m[2]]}"),
    (re.compile(rf"at most ({_NUMBER}) ({_UNIT})"), lambda m: f"至多 {m[1]} {_UNITS[m[2]]}"),
    (re.compile(rf"at least ({_NUMBER})"), lambda m: f"不小于 {m[1]}"),
    (re.compile(rf"at most ({_NUMBER})"), lambda m: f"不大于 {m[1]}"),
    (re.compile(rf"above ({_NUMBER})"), lambda m: f"大于 {m[1]}"),
    (re.compile(rf"({_NUMBER}) or later"), lambda m: f"{m[1]} 或以后"),
    (re.compile(rf"from ({_NUMBER})"), lambda m: f"自 {m[1]} 起"),
    (re.compile(rf"until ({_NUMBER})"), lambda m: f"至 {m[1]} 止"),
    (re.compile(r"YYYY-MM, from (\S+) to (\S+)"), lambda m: f"YYYY-MM，{m[1]} 至 {m[2]}"),
    (re.compile(r"a list of at most (\d+)"), lambda m: f"至多 {m[1]} 项的列表"),
    (re.compile(r"one of /certificate-kinds: (.*)"), lambda m: f"/certificate-kinds 之一：{m[1]}"),
    (
        re.compile(r'a decimal such as "(.*)", at most (\d+) digits after the point'),
        lambda m: f'小数字符串，如 "{m[1]}"，小数点后至多 {m[2]} 位',
    ),
    (re.compile(r"a whole number, (.*)"), lambda m: f"整数，{in_chinese(m[1])}"),
    (re.compile(r"a decimal number(?: as text)?, (.*)"), lambda m: f"小数字符串，{in_chinese(m[1])}"),
    (re.compile(r"text, (.*)"), lambda m: f"文本，{in_chinese(m[1])}"),
)


def in_chinese(said: str) -> str:
    """A value or limit in Chinese; what is no known phrase stays as it is.

    >>> [in_chinese(x) for x in ("1 to 64 characters", "a whole number, 1 to 200", "offer, need", "required")]
    ['1 至 64 个字符', '整数，1 至 200', 'offer, need', '必填']
    """
    if said in _WORDS:
        return _WORDS[said]
    found = ((pattern.fullmatch(said), form) for pattern, form in _FORMS)
    return next((form(match) for match, form in found if match is not None), said)
