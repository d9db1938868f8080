"""The certificates that an order may require, by code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CertificateKind:
    """One certificate: of an organisation's system, of a product, or a place on a public list."""

    code: str
    subject: str  # system, product or list
    name_zh: str
    name_en: str


KINDS = {
    kind.code: kind
    for kind in (
        CertificateKind("ISO9001", "system", "质量管理体系认证", "quality management system"),
        CertificateKind("IATF16949", "system", "汽车行业质量管理体系认证", "automotive quality management system"),
        CertificateKind("ISO14001", "system", "环境管理体系认证", "environmental management system"),
        CertificateKind("ISO45001", "system", "职业健康安全管理体系认证", "occupational health and safety management"),
        CertificateKind("UN38.3", "product", "锂电池运输安全试验", "transport tests of lithium batteries"),
        CertificateKind(
            "GB31241", "product", "便携式电子产品用锂离子电池安全", "safety of portable lithium-ion batteries"
        ),
        CertificateKind("GB40165", "product", "固定式电子设备用锂电池安全", "safety of stationary lithium batteries"),
        CertificateKind("GB38031", "product", "电动汽车用动力蓄电池安全", "safety of traction batteries"),
        CertificateKind(
            "LITHIUM-BATTERY-INDUSTRY",
            "list",
            "锂离子电池行业规范条件企业",
            "listed under the lithium-ion battery industry conditions",
        ),
        CertificateKind(
            "NEV-BATTERY-UTILISATION",
            "list",
            "新能源汽车废旧动力蓄电池综合利用行业规范条件企业",
            "listed for comprehensive utilisation of retired traction batteries",
        ),
    )
}


def is_known(code: str) -> bool:
    """Whether an order may require this certificate.

    >>> is_known("UN38.3")
    True
    """
    return code in KINDS
