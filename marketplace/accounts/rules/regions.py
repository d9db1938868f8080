"""Region codes of GB/T 2260: six digits, two each for province, prefecture and county."""

from __future__ import annotations

from marketplace.shared.errors import Fault

# The 34 divisions at the level of provinces.  The levels below change every year; of these only the form is checked.
PROVINCES = {
    "11": ("北京市", "Beijing"),
    "12": ("天津市", "Tianjin"),
    "13": ("河北省", "Hebei"),
    "14": ("山西省", "Shanxi"),
    "15": ("内蒙古自治区", "Inner Mongolia"),
    "21": ("辽宁省", "Liaoning"),
    "22": ("吉林省", "Jilin"),
    "23": ("黑龙江省", "Heilongjiang"),
    "31": ("上海市", "Shanghai"),
    "32": ("江苏省", "Jiangsu"),
    "33": ("浙江省", "Zhejiang"),
    "34": ("安徽省", "Anhui"),
    "35": ("福建省", "Fujian"),
    "36": ("江西省", "Jiangxi"),
    "37": ("山东省", "Shandong"),
    "41": ("河南省", "Henan"),
    "42": ("湖北省", "Hubei"),
    "43": ("湖南省", "Hunan"),
    "44": ("广东省", "Guangdong"),
    "45": ("广西壮族自治区", "Guangxi"),
    "46": ("海南省", "Hainan"),
    "50": ("重庆市", "Chongqing"),
    "51": ("四川省", "Sichuan"),
    "52": ("贵州省", "Guizhou"),
    "53": ("云南省", "Yunnan"),
    "54": ("西藏自治区", "Tibet"),
    "61": ("陕西省", "Shaanxi"),
    "62": ("甘肃省", "Gansu"),
    "63": ("青海省", "Qinghai"),
    "64": ("宁夏回族自治区", "Ningxia"),
    "65": ("新疆维吾尔自治区", "Xinjiang"),
    "71": ("台湾省", "Taiwan"),
    "81": ("香港特别行政区", "Hong Kong"),
    "82": ("澳门特别行政区", "Macao"),
}


def region_fault(pointer: str, code: str) -> Fault | None:
    """What is wrong with a region code, if anything.

    >>> region_fault("/region_code", "510100") is None
    True
    >>> region_fault("/region_code", "510001").message
    'names a county without its prefecture'
    """
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return Fault(pointer, "is not a region code", code, "six digits (GB/T 2260), e.g. 510100", "region-code")
    if code[:2] not in PROVINCES:
        return Fault(pointer, "begins with no province", code, ", ".join(PROVINCES), "region-code")
    if code[2:4] == "00" and code[4:] != "00":
        return Fault(pointer, "names a county without its prefecture", code, f"{code[:2]}0000", "region-code")
    return None
