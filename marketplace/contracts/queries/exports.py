"""The rows of the tables that a party exports of its own contracts."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, Literal

from marketplace.accounts.queries import organisation
from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, LotCertificate, Shipment
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.exports import (
    COLUMNS,
    MOST_ROWS,
    Assay,
    Cell,
    Months,
    Spool,
    Wish,
    headings,
    write_csv,
    write_xlsx,
)
from marketplace.contracts.rules.settlement.statement import KINDS
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.errors import InvalidInput, NotFound

Form = Literal["csv", "xlsx"]
Row = dict[str, Cell]


def contract_table(what: str, contract_id: str, months: Months, *, form: Form, actor: Actor) -> tuple[bytes, str]:
    """A table of one contract of one's own, and a name for its file.

    Raises: NotFound for a contract of others, or no such table; InvalidInput where it has too many rows.
    """
    return _at_once(what, contract_id, months, form, actor)


def contracts_table(what: str, months: Months, *, form: Form, actor: Actor) -> tuple[bytes, str]:
    """The same of all one's own contracts, by conclusion.  Raises: as ``contract_table``."""
    return _at_once(what, None, months, form, actor)


def write_table(
    file: BinaryIO,
    wish: Wish,
    *,
    actor: Actor,
    most_rows: int,
    progress: Callable[[int], object] = lambda _: None,
) -> str:
    """Write such a table into an empty file, in little memory; a name for the file.

    ``progress`` is called with how many rows there are so far.
    Raises: as ``contract_table``.
    """
    if wish.contract_id is None:
        contracts, whose = queries.each_own_contract(actor), "contracts"
    else:
        contract = queries.seen_contract(wish.contract_id, actor)
        contracts, whose = iter([contract]), contract.number
    with Spool() as rows:
        assays = set[Assay]()
        for row in _rows(wish.what, contracts, wish.months, actor):
            rows.add(row)
            assays |= _assays(row)
            if len(rows) > most_rows:
                message, limit = "more rows than a file may have; ask for fewer months", f"at most {most_rows}"
                raise InvalidInput.at("/from_month", message, wish.months.first, limit, "too-many-rows")
            progress(len(rows))
        _write(file, wish.what, wish.form, rows, sorted(assays))
    return f"{whose}-{wish.what}.{wish.form}"


def _at_once(what: str, contract_id: str | None, months: Months, form: Form, actor: Actor) -> tuple[bytes, str]:
    if what not in _ROWS:
        raise NotFound("table", what[:40])
    file = io.BytesIO()
    name = write_table(file, Wish(what, form, contract_id, months), actor=actor, most_rows=MOST_ROWS)
    return file.getvalue(), name


def _write(file: BinaryIO, what: str, form: str, rows: Iterable[Row], assays: list[Assay]) -> None:
    names = [name for name, _ in COLUMNS[what]] + [_assay_name(each) for each in assays]
    cells = ([row.get(name) for name in names] for row in rows)
    if form == "csv":
        write_csv(file, headings(what, assays), cells)
    else:
        write_xlsx(file, what, headings(what, assays), cells)


def _rows(what: str, contracts: Iterable[Contract], months: Months, actor: Actor) -> Iterator[Row]:
    for contract in contracts:
        seen = queries.months_seen(contract, actor.organisation_id)
        heads: dict[str, Row] = {}
        for row in _ROWS[what](contract):
            month = str(row["month"])
            if month in months and month in seen:
                if month not in heads:
                    heads[month] = _head(contract, month, actor)
                yield {**heads[month], **row}


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


def _assays(row: Row) -> set[Assay]:
    """Every attribute that a row states, by code and unit."""
    return {(code, unit) for _, code, unit in (name.split(" ", 2) for name in row if name.startswith("assay "))}
