"""Units that grades are traded in, by code of UN/CEFACT Recommendation 20."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """One unit of quantity."""

    code: str
    symbol: str
    name_zh: str
    name_en: str


UNITS = {
    unit.code: unit
    for unit in (
        Unit("TNE", "t", "吨", "tonne"),
        Unit("KGM", "kg", "千克", "kilogram"),
        Unit("KWH", "kWh", "千瓦时", "kilowatt hour"),
        Unit("MTK", "m²", "平方米", "square metre"),
        Unit("C62", "pcs", "件", "piece"),
    )
}
