"""The Chinese of every problem and of every refused value: one text per code.

A text says what is wrong; value and limit follow it, and their words come from ``chinese_limits``.
"""

from __future__ import annotations

import re
from typing import Any

from marketplace.api.http.chinese_limits import in_chinese
from marketplace.orders.rules.lifecycle import STATUS_NAMES_ZH
from marketplace.shared.errors import DomainError, NotFound, TransitionNotAllowed

# What is wrong with one value.
FAULTS = {
    "above-limit": "超过上限",
    "below-limit": "低于下限",
    "contradiction": "与其他内容相互矛盾",
    "credit-code": "不是有效的统一社会信用代码",
    "cursor": "不是本列表的翻页标记",
    "duplicate": "重复",
    "email": "不是有效的邮箱地址",
    "encoding": "文件编码无法读取",
    "expired": "已过有效期",
    "fixed": "此项不可再修改",
    "foreign-site": "不是本单位可用的地点",
    "formula-cell": "单元格不得以公式符号开头",
    "index-without-price": "该价格指数尚无可用报价（或不以人民币计价、暂不公布），暂不能据此挂单",
    "invalid": "内容不符合要求",
    "missing": "缺少此项",
    "no-price": "该月没有价格",
    "no-rows": "文件中没有数据行",
    "not-a-choice": "不在可选范围内",
    "not-a-credit-code": "不是有效的统一社会信用代码",
    "not-a-date": "不是有效日期",
    "not-a-month": "不是有效月份",
    "not-a-multiple": "不是最小计量单位的整数倍",
    "not-a-number": "不是规定格式的数字",
    "not-allowed": "当前角色无权填写此项",
    "not-chinese": "中文名称须含汉字",
    "not-csv": "无法按 CSV 读取",
    "not-found": "没有此项",
    "not-honoured": "本版本尚不支持",
    "not-json": "不是有效的 JSON",
    "not-latin": "外文名称须用拉丁字母书写",
    "not-printable": "含首尾空格或不可见字符",
    "nothing-rests": "没有可再挂单的余量：未来各月数量均已为已有方案预留，可关闭该订单",
    "orders-paused": "该牌号的订单暂不得挂出",
    "out-of-range": "超出允许范围",
    "outside-band": "超出买方浮动权的范围",
    "outside-own-order": "超出本单位订单的该项条款；如确属本意，请在 consent 中列明",
    "over-delivery": "超过该月已要货而未发运的数量",
    "past": "时间已过",
    "quoted-already": "该日已有不同的报价",
    "entered-already": "该日已有录入，如需更正请注明",
    "region-code": "不是有效的行政区划代码（GB/T 2260）",
    "repeated": "参数重复",
    "required": "缺少此项",
    "role": "该类企业没有此角色",
    "scope": "没有此令牌范围",
    "small-supplier": "卖方为中小微企业：商业承兑汇票须由其自行提出或明示同意",
    "sealed-limits": "含真实订单的轮次不可作此改变，以免推知限价",
    "reserved": "此类标签由履约情况自动授予，不能自行填写",
    "term-not-cleared-yet": "该条款可保存，但本版本尚不参与撮合；删去后方可挂单",
    "beyond-the-feed": "超出最后一个事件：其间曾由备份恢复，请从更早的编号重新读取",
    "too-many": "条数过多",
    "too-many-cells": "表格单元格过多",
    "too-many-columns": "表格列数过多",
    "too-many-decimals": "小数位数过多",
    "too-many-faults": "错误过多，其余未列出",
    "too-many-rows": "数据行过多",
    "unknown": "此处不接受该内容",
    "unknown-charset": "不支持该字符集",
    "unknown-field": "没有此字段",
    "unknown-heading": "表头无法识别",
    "unknown-reference": "所指内容不存在",
    "weak-password": "密码过于简单，容易被猜出",
    "wrong-cell-count": "该行单元格数与表头不一致",
    "wrong-form": "格式不正确",
    "wrong-length": "长度不符",
    "wrong-password": "当前密码不正确",
    "wrong-separator": "各列须以英文半角逗号分隔",
    "wrong-side": "该条款不适用于本方向的订单",
    "wrong-type": "类型不正确",
    "wrong-unit": "与牌号的计量单位不一致",
}

# What is wrong with a whole request; braces are filled from the error where it says more.
PROBLEMS = {
    "already-answered": "此前已作同样答复，或双方均已接受",
    "bad-request": "请求内容无法读取，请检查其格式",
    "no-index-price": "该指数在所取月份（或指定日）没有报价，也没有可替代的指数",
    "beyond-capacity": "卖方供货地的产能不足以履行所约定的数量",
    "busy": "系统繁忙，请稍后重试",
    "conflict": "与当前数据冲突，未作更改",
    "error": "请求未能完成",
    "export-not-made": "导出文件尚未生成，或未能生成（状态：{status}）",
    "export-outdated": "自文件生成以来可查阅的范围已变（有企业退出合同，或公开同意被撤回），请重新导出",
    "internal": "服务出错，错误已记录",
    "invalid-input": "有 {count} 处内容被拒绝",
    "limit-reached": "数量将达 {value}，至多 {limit}，请稍后再试",
    "media-type": "不支持该内容类型，请检查 Content-Type",
    "method-not-allowed": "此地址不支持该方法",
    "not-allowed": "无权进行此操作：角色、令牌范围、审核状态或校验令牌不符",
    "not-found": "没有此项，或不属于贵单位",
    "not-ready": "数据库无应答或尚未升级",
    "not-signed-in": "请先登录，或提供有效的个人令牌",
    "nothing-to-correct": "按现有数据重新计算，结果与原结算单一致，无需更正",
    "orders-paused": "该牌号的订单在 {until}（北京时间）前不得挂出：近期多次拒绝未超出本单位订单限额的方案",
    "read-only": "此服务器只供读取，请将更改发往主服务器",
    "run-failed": "撮合未得出可用的结果",
    "sign-in-refused": "邮箱或密码不正确，或该账号不可登录",
    "sign-in-paused": "登录尝试过多，请在 {retry_after_s} 秒后再试",
    "single-sign-on-failed": "单点登录未成功：身份提供方的答复无效，或该邮箱不是本平台成员",
    "stale-revision": "所答复的条款已被后来的版本取代，请重新读取后再答",
    "stale-version": "内容已被他人修改，请重新读取后再试",
    "superseded": "该轮次已由另一次运行接手",
    "too-large": "请求内容过大，上限为 {limit} 字节",
    "too-late": "答复期限已过",
    "too-many-requests": "请求过于频繁，请按 Retry-After 所示秒数稍后再试",
    "too-many-revisions": "还价次数已达上限",
    "transition-not-allowed": "当前状态为“{status}”，不允许此操作（{action}）",
    "version-required": "修改须带 If-Match，其值为所见版本的 ETag",
}

_LIMIT_NAMES = {"above-limit": "上限", "below-limit": "下限", "wrong-cell-count": "表头数"}
_CELL = re.compile(r"cell ([A-Z]+[0-9]+): ")


def fault_zh(code: str, message: str = "", value: Any = None, limit: Any = None) -> str:
    """What is wrong with a value, its cell in a table before it, value and limit after it.

    >>> fault_zh("above-limit", "cell H3: is above the most allowed", "1200", "1000")
    '单元格 H3：超过上限（填写：1200；上限：1000）'
    >>> fault_zh("wrong-length", "has too few characters", "5 characters", "12 to 128 characters")
    '长度不符（填写：5 个字符；要求：12 至 128 个字符）'
    """
    cell = _CELL.match(message)
    said = [
        f"{name}：{in_chinese(str(given))}"
        for name, given in (("填写", value), (_LIMIT_NAMES.get(code, "要求"), limit))
        if given is not None
    ]
    text = FAULTS.get(code, FAULTS["invalid"]) + (f"（{'；'.join(said)}）" if said else "")
    return text if cell is None else f"单元格 {cell[1]}：{text}"


def problem_zh(code: str, error: DomainError | None = None, **said: Any) -> str:
    """What is wrong with a request.

    >>> problem_zh("transition-not-allowed", TransitionNotAllowed("order", "frozen", "revise"))
    '当前状态为“撮合中”，不允许此操作（revise）'
    >>> problem_zh("not-found", NotFound("order", "ord_1"))
    '没有此项，或不属于贵单位（order ord_1）'
    """
    text = PROBLEMS.get(code, PROBLEMS["error"])
    if isinstance(error, TransitionNotAllowed):
        name = STATUS_NAMES_ZH.get(error.status, error.status) if error.kind == "order" else error.status
        return text.format(status=name, action=error.action)
    if isinstance(error, NotFound):
        return f"{text}（{error.kind} {error.identifier[:80]}）"
    return text.format(**({} if error is None else vars(error)), **said)
