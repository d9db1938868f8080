"""What the document says of parties that have changed, and who confirms it."""

from __future__ import annotations

from marketplace.contracts.rules.document.facts import Facts, PartyChange, Row
from marketplace.contracts.rules.document.wording import Text, per_unit
from marketplace.contracts.rules.novation import INSOLVENCY

_SIDES: dict[str, Text] = {"seller": ("卖方", "seller"), "buyer": ("买方", "buyer")}
_GROUNDS: dict[str, Text] = {
    "insolvency": ("破产程序", "insolvency"),
    "reorganisation": ("集团重组", "reorganisation of a group"),
    "agreed": ("协商一致", "agreement"),
}


def party_changes(facts: Facts) -> list[Row]:
    """Who took whose place from when, and what stays with the party that left; nothing where nobody did."""
    rows: list[Row] = []
    for each in facts.novations:
        side, ground = _SIDES[each.side], _GROUNDS[each.ground]
        rows += [
            (
                (f"自 {each.from_month} 起", f"From {each.from_month} on"),
                (
                    f"{_code(each.incoming.name_zh, each, zh=True)}承继"
                    f"{_code(each.leaving.name_zh, each, zh=True, leaving=True)}的{side[0]}地位；事由：{ground[0]}",
                    f"{_code(each.incoming.name_latin, each)} is the {side[1]} in place of "
                    f"{_code(each.leaving.name_latin, each, leaving=True)}; ground: {ground[1]}",
                ),
            ),
            (
                ("此前各月", "The months before"),
                (
                    f"仍由{each.leaving.name_zh}以{each.leaving.site}（{each.leaving.address}）履行，其债权债务亦归该方",
                    f"stay with {each.leaving.name_latin}, at {each.leaving.site}, {each.leaving.address}, "
                    "and so does whatever is owed for them",
                ),
            ),
        ]
        if each.court_reference is not None:
            rows.append((("法院裁定", "Decision of the court"), (each.court_reference,) * 2))
        if each.collars:
            rows.append(_moved(each, facts.unit))
    return rows


def signing(facts: Facts) -> list[list[str]]:
    """Who confirms the document, by name; of a novation the party that leaves too, unless it is insolvent."""
    found = [["卖方 Seller", facts.seller.name_zh], ["买方 Buyer", facts.buyer.name_zh]]
    for each in facts.novations:
        if each.version == facts.version and each.ground != INSOLVENCY:
            zh, en = _SIDES[each.side]
            found.append([f"原{zh} Former {en}", each.leaving.name_zh])
    return found


def _moved(change: PartyChange, unit: str) -> Row:
    """Floor and cap that a re-opener had moved by then; what it moves later the contract states (moved_collars)."""
    months = [(each["period"], *(per_unit(each[name], unit) for name in ("floor", "cap"))) for each in change.collars]
    return (
        ("重新议价后的保底价与封顶价", "Floor and cap as re-opened"),
        (
            f"截至 {change.collars_on}：" + "；".join(f"{month} {floor} 至 {cap}" for month, floor, cap in months),
            f"as of {change.collars_on}: " + "; ".join(f"{month} {floor} to {cap}" for month, floor, cap in months),
        ),
    )


def _code(name: str, change: PartyChange, *, zh: bool = False, leaving: bool = False) -> str:
    code = (change.leaving if leaving else change.incoming).credit_code
    return f"{name}（{code}）" if zh else f"{name} ({code})"
