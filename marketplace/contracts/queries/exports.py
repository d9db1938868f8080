"""The rows of the tables that a party exports of its own contracts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from marketplace.accounts.queries import organisation
from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, LotCertificate, Shipment
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.exports import COLUMNS, Assay, Cell, csv_file, headings, xlsx_file
from marketplace.contracts.rules.settlement.statement import KINDS
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.errors import InvalidInput, NotFound
from marketplace.shared.months import FORM, is_month

Form = Literal["csv", "xlsx"]
Row = dict[str, Cell]

MOST_ROWS = 50_000  # some ten seconds of writing XLSX


@dataclass(frozen=True)
class Months:
    """From which month to which; None: no end."""

    first: str | None = None
    last: str | None = None

    def __post_init__(self) -> None:
        """Raises InvalidInput for what is no month, or ends before it begins."""
        for name, month in (("from_month", self.first), ("to_month", self.last)):
            if month is not None and not is_month(month):
                raise InvalidInput.at(f"/{name}", "is not a month", month[:20], FORM, "not-a-month")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise InvalidInput.at("/to_month", "lies before from_month", self.last, self.first, "contradiction")

    def __contains__(self, month: str) -> bool:
        return (self.first is None or self.first <= month) and (self.last is None or month <= self.last)


def contract_table(what: str, contract_id: str, months: Months, *, form: Form, actor: Actor) -> tuple[bytes, str]:
    """A table of one contract of one's own, and a name for its file.

    Raises: NotFound for a contract of others, or no such table; InvalidInput where it has too many rows.
    """
    contract = queries.seen_contract(contract_id, actor)
    return _table(what, [contract], months, form, actor), f"{contract.number}-{what}.{form}"


def contracts_table(what: str, months: Months, *, form: Form, actor: Actor) -> tuple[bytes, str]:
    """The same of all one's own contracts, by conclusion.  Raises: as ``contract_table``."""
    return _table(what, queries.all_own_contracts(actor), months, form, actor), f"contracts-{what}.{form}"


def _table(what: str, contracts: Iterable[Contract], months: Months, form: Form, actor: Actor) -> bytes:
    if what not in _ROWS:
        raise NotFound("table", what[:40])
    rows: list[Row] = []
    for contract in contracts:
        seen = queries.months_seen(contract, actor.organisation_id)
        rows += (
            {**_head(contract, row["month"], actor), **row}
            for row in _ROWS[what](contract)
            if row["month"] in months and row["month"] in seen
        )
        if len(rows) > MOST_ROWS:
            message = "more rows than a file may have; ask for fewer months"
            raise InvalidInput.at("/from_month", message, months.first, f"at most {MOST_ROWS}", "too-many-rows")
    assays = _assays(rows)
    names = [name for name, _ in COLUMNS[what]]
    cells = [[row.get(name) for name in names] + [row.get(_assay_name(each)) for each in assays] for row in rows]
    if form == "csv":
        return csv_file(headings(what, assays), cells)
    return xlsx_file(what, headings(what, assays), cells)


def _head(contract: Contract, month: str, actor: Actor) -> Row:
    parties = queries.holders(contract, month)
    side, across = ("seller", "buyer") if parties["seller"] == actor.organisation_id else ("buyer", "seller")
    other = organisation(parties[across])
    return {
        "contract_number": contract.number,
        "side": side,
        "counterparty": other.name_zh,
        "counterparty_credit_code": other.credit_code,
        "grade": contract.grade_id,
        "unit": catalogue.grade(contract.grade_id).unit_code,
    }


def _schedules(contract: Contract) -> Iterator[Row]:
    agreed = {each["period"]: each["volume"] for each in queries.present_version(contract).terms["periods"]}
    names = ("month", "agreed", "called", "call_by", "under_way", "accepted", "rejected", "contested")
    # On the last of all days nothing may be called any more: what may be called today would change from day to day.
    for each in delivery_queries.scheduled_months(contract, date.max):
        volume = agreed[each["month"]]
        ends = {"agreed_least": Decimal(volume["minimum"]), "agreed_most": Decimal(volume["maximum"])}
        yield {**{name: each[name] for name in names}, **ends}


def _deliveries(contract: Contract) -> Iterator[Row]:
    units = catalogue.grade(contract.grade_id).unit_by_attribute
    certificates = {each.lot: each for each in delivery_queries.certificates(contract)}
    for each in delivery_queries.shipments(contract):
        yield {**_shipment(each), **_certificate(certificates.get(each.lot), units)}


def _shipment(shipment: Shipment) -> Row:
    names = ("month", "lot", "status", "shipped_on", "carrier", "waybill", "replaces", "received_on", "weighed")
    row: Row = {name: getattr(shipment, name) for name in names}
    row |= {"shipment": shipment.number, "shipped": shipment.volume}
    if shipment.counted is not None:
        accepted = shipment.counted - shipment.rejected
        row |= {"counted": shipment.counted, "rejected": shipment.rejected, "accepted": accepted}
        row["rejection"] = shipment.rejection
    return row


def _certificate(certificate: LotCertificate | None, units: dict[str, str]) -> Row:
    if certificate is None:
        return {}
    assays = {_assay_name((code, units.get(code, ""))): Decimal(value) for code, value in certificate.assays.items()}
    return {
        "certificate": certificate.number,
        "laboratory": certificate.laboratory,
        "certified_on": certificate.issued_on,
        "outside": "; ".join(certificate.outside) or None,
        **assays,
    }


_RECORDS = (
    ("line", "lines"),
    ("reversal", "reversed"),
    ("invoice", "invoice"),
    ("invoice_reversal", "invoice_reversed"),
)


def _settlements(contract: Contract) -> Iterator[Row]:
    for statement in delivery_queries.statements(contract):
        head: Row = {
            "statement": statement.number,
            "statement_kind": statement.kind,
            "statement_status": statement.status,
            "drawn_on": beijing_date(statement.drawn_at),
        }
        for entry in statement.document["months"]:
            for record, name in _RECORDS:
                for line in entry[name]:
                    yield {**head, "month": entry["month"], "record": record, **_line(line)}


def _line(line: dict[str, Any]) -> Row:
    """A line of a statement, or of an invoice, which alone states tax."""
    zh, en, _ = KINDS[line["kind"]]
    row: Row = {"kind": line["kind"], "description_zh": zh, "description_en": en, "working": line["working"]}
    if "amount" in line:
        return {**row, "amount_cny": Decimal(line["amount"])}
    return row | {name: Decimal(line[name]) for name in ("amount_cny", "tax_rate", "tax_cny", "total_cny")}


_ROWS = {"schedules": _schedules, "deliveries": _deliveries, "settlements": _settlements}


def _assay_name(assay: Assay) -> str:
    return "assay " + " ".join(assay)


def _assays(rows: Iterable[Row]) -> list[Assay]:
    """Every attribute that any row states, by code and unit."""
    found = {name for row in rows for name in row if name.startswith("assay ")}
    return sorted((code, unit) for _, code, unit in (name.split(" ", 2) for name in found))
