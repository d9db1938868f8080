"""A backup holds every row as of one moment, and either database is restored from it exactly, or not at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs.join_round import join_round
from marketplace.rounds import services as rounds
from marketplace.rounds.models import RoundClearing, RoundPiece
from marketplace.shared import audit, audit_verification
from marketplace.shared.actor import SYSTEM
from marketplace.shared.audit import AuditEntry
from marketplace.shared.backups import (
    NotABackup,
    NotRestored,
    check_backup,
    restore_backup,
    shapes,
    write_backup,
    writing,
)
from marketplace.shared.backups.kinds import Kind, kind_of
from marketplace.shared.database import Base, database_now, db, unit_of_work
from solver.form.market import content_hash
from tests.conftest import NOW, SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.every_table import fill_every_table
from tests.factories.rounds import make_market, make_round

KINDS = database_urls()
of_one = pytest.mark.parametrize("full", KINDS[:1], indirect=True)  # where its kind is of no account


@contextmanager
def database(kind: str, factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application whose database has no table yet, in its context."""
    with prepare(kind, factory) as url:
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY, testing=True), clock=lambda: NOW)
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def written(path: Path) -> Path:
    with path.open("wb") as file:
        write_backup(file, now=NOW)
    return path


@pytest.fixture(scope="module", params=KINDS)
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a database with rows in every table."""
    with database(request.param, tmp_path_factory):
        flask_migrate.upgrade()
        with unit_of_work():
            fill_every_table()
        return written(tmp_path_factory.mktemp("full") / "full.backup")


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(path: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same archive with other members; sound as a ZIP."""
    found = members(path)
    change(found)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return target


def leave_out(found: dict[str, bytes], table: dict[str, Any], columns: set[str]) -> None:
    """Take these columns out of a table's rows and of what the manifest says of it."""
    kept = [place for place, (name, _) in enumerate(table["columns"]) if name not in columns]
    member = f"tables/{table['name']}.jsonl"
    rows = [[json.loads(line)[place] for place in kept] for line in found[member].splitlines()]
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows]
    found[member] = "".join(lines).encode()
    table["columns"] = [table["columns"][place] for place in kept]
    table["sha256"] = hashlib.sha256(found[member]).hexdigest()


def nothing_stored() -> bool:
    return not sa.inspect(db.engine).get_table_names()


def test_every_table_is_in_it(full: Path) -> None:
    manifest = check_backup(full)
    assert {table.name for table in manifest.tables} == set(Base.metadata.tables) - {"round_pieces"}
    empty = [table.name for table in manifest.tables if not table.rows]
    assert empty == []
    assert manifest.audit_chains == 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_restored_is_what_was_backed_up(
    kind: str, full: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """From either database into either: a backup of the restored one has the same members, byte for byte."""
    with database(kind, tmp_path_factory):
        restored = restore_backup(full)
        assert restored.revision == restored.manifest.revision
        again = members(written(tmp_path / "again.backup"))
        first = members(full)
        assert {name for name in again if again[name] != first[name]} <= {"manifest.json"}
        with unit_of_work(writes=False):
            assert list(audit_verification.findings()) == []
        with unit_of_work():  # numbers go on where they had come to
            last = db.session.scalar(sa.select(sa.func.max(AuditEntry.id)))
            audit.record("tests:thing:done", "x", actor=SYSTEM, now=NOW, organisation_id="org_a")
        with unit_of_work(writes=False):
            assert db.session.scalar(sa.select(sa.func.max(AuditEntry.id))) > last
            assert list(audit_verification.findings()) == []
        if kind == "sqlite":
            with db.engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_the_same_rows_give_the_same_members_on_both_databases(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = []
    for kind in KINDS:
        with database(kind, tmp_path_factory):
            flask_migrate.upgrade()
            with unit_of_work():
                fill_every_table()
            found.append(members(written(tmp_path / f"{kind}.backup")))
    assert all({**each, "manifest.json": b""} == {**found[0], "manifest.json": b""} for each in found)


@of_one
def test_null_and_the_document_null_stay_apart(full: Path) -> None:
    found = members(full)
    nullable = [
        (table.name, list(table.columns).index(column))
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.nullable and kind_of(column.type) is Kind.JSON and table.name != "round_pieces"
    ]
    told = [json.loads(line)[place] for name, place in nullable for line in found[f"tables/{name}.jsonl"].splitlines()]
    assert None in told
    assert "null" in told


@of_one
@pytest.mark.parametrize("kind", KINDS)
def test_only_into_an_empty_database(
    kind: str, full: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with database(kind, tmp_path_factory):
        flask_migrate.upgrade()
        with unit_of_work():
            audit.record("tests:thing:done", "x", actor=SYSTEM, now=NOW, organisation_id="org_z")
        with pytest.raises(NotRestored, match=r"not empty; rows in audit_entries \(1\), audit_heads \(1\)$"):
            restore_backup(full)
        with unit_of_work(writes=False):
            assert db.session.scalars(sa.select(AuditEntry.organisation_id)).all() == ["org_z"]
    with database(kind, tmp_path_factory):
        flask_migrate.upgrade()
        restore_backup(full)  # tables without rows are as good as none
    with database(kind, tmp_path_factory):
        flask_migrate.upgrade(revision="0009")
        with pytest.raises(NotRestored, match=r"tables of revision 0009"):
            restore_backup(full)


@of_one
@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_of_an_older_revision_is_brought_to_this_one(
    kind: str, full: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Made as it would have been then: the tables and columns that later revisions added left out."""
    later = {"audit_anchors", "login_failures", "order_uploads", "order_upload_rows", "round_lost_leases"}
    later |= {"webhook_endpoints", "webhook_outboxes", "webhook_deliveries", "exports", "export_pieces"}
    columns = {
        "round_what_ifs": {"shared", "token", "leased_until", "request_id"},
        "round_progress": {"request_id"},
        "publication_consents": {"withdrawals"},
    }

    def age(found: dict[str, bytes]) -> None:
        manifest = json.loads(found["manifest.json"])
        manifest["revision"], manifest["program"] = "0010", "0.0.1"
        manifest["tables"] = [table for table in manifest["tables"] if table["name"] not in later]
        for table in manifest["tables"]:
            if table["name"] in columns:
                leave_out(found, table, columns[table["name"]])
        found["manifest.json"] = json.dumps(manifest).encode()
        for name in later:
            del found[f"tables/{name}.jsonl"]

    old = repacked(full, tmp_path / "old.backup", age)
    with database(kind, tmp_path_factory):
        restored = restore_backup(old)
        assert restored.manifest.revision == "0010"
        assert restored.revision == check_backup(full).revision
        again, first = members(written(tmp_path / "again.backup")), members(full)
        assert again["tables/login_failures.jsonl"] == b""
        assert again["tables/orders.jsonl"] == first["tables/orders.jsonl"]


@of_one
def test_a_revision_that_is_not_known_names_the_version_to_take(
    full: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def renew(found: dict[str, bytes]) -> None:
        found["manifest.json"] = json.dumps(
            {**json.loads(found["manifest.json"]), "revision": "9999", "program": "7.1"}
        ).encode()

    new = repacked(full, tmp_path / "new.backup", renew)
    with database("sqlite", tmp_path_factory):
        with pytest.raises(NotRestored, match=r"revision 9999 by version 7\.1 of the program"):
            restore_backup(new)
        assert nothing_stored()


def of_manifest(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def change(found: dict[str, bytes]) -> None:
        found["manifest.json"] = json.dumps({**json.loads(found["manifest.json"]), **changes}).encode()

    return change


def of_member(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def apply(found: dict[str, bytes]) -> None:
        found[name] = change(found[name])

    return apply


ORDERS = "tables/orders.jsonl"


@of_one
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (of_member(ORDERS, lambda text: text.replace(b"ord", b"odr", 1).replace(b"0", b"1", 1)), "SHA-256 of its rows"),
        (of_member(ORDERS, lambda text: text.partition(b"\n")[2]), r"table orders: rows 2, not 3"),
        (of_member(ORDERS, lambda text: text[:-1]), r"tables/orders\.jsonl: line 3: is no list"),
        (of_member(ORDERS, lambda text: text + b"[1]\n"), r"tables/orders\.jsonl: line 4: is no list of 14"),
        (of_member(ORDERS, lambda text: text + b"{oh\n"), r"tables/orders\.jsonl: after line 4"),
        (of_member(ORDERS, lambda text: b"\xff" + text), r"tables/orders\.jsonl: after line 1"),
        (lambda found: found.pop(ORDERS), r"tables/orders\.jsonl: is missing"),
        (lambda found: found.update({"more": b""}), "other members"),
        (lambda found: found.pop("manifest.json"), r"no backup of Changdan"),
        (of_manifest(format="other/1"), r"its format is 'other/1'"),
        (of_manifest(tables=7), r"Expected `array`, got `int`"),
        (of_manifest(surprise=1), r"unknown field `surprise`"),
        (of_manifest(audit_root="00"), "heads of the audit chains"),
        (of_member("manifest.json", lambda text: text[:100]), r"manifest\.json: "),
        (of_member("manifest.json", lambda text: b"[1]"), r"manifest\.json: "),
    ],
)
def test_a_changed_file_is_refused_with_its_place(
    change: Callable[[dict[str, bytes]], None], told: str, full: Path, tmp_path: Path
) -> None:
    bad = repacked(full, tmp_path / "bad.backup", change)
    with pytest.raises(NotABackup, match=told):
        check_backup(bad)


@of_one
def test_a_changed_file_is_not_restored(full: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    bad = repacked(full, tmp_path / "bad.backup", of_member(ORDERS, lambda text: text.partition(b"\n")[2]))
    with database("sqlite", tmp_path_factory):
        with pytest.raises(NotABackup, match=r"table orders: rows 2, not 3"):
            restore_backup(bad)
        assert nothing_stored()


@of_one
def test_cut_off_or_damaged_anywhere_it_is_refused(full: Path, tmp_path: Path) -> None:
    whole, bad = full.read_bytes(), tmp_path / "bad.backup"
    for end in range(0, len(whole), max(1, len(whole) // 40)):
        bad.write_bytes(whole[:end])
        with pytest.raises(NotABackup):
            check_backup(bad)
    with zipfile.ZipFile(full) as archive:
        spots = [
            info.header_offset + 60 + info.compress_size // 2 for info in archive.infolist() if info.compress_size > 99
        ]
    assert len(spots) > 20
    for spot in spots:
        bad.write_bytes(whole[:spot] + bytes([whole[spot] ^ 0x55]) + whole[spot + 1 :])
        with pytest.raises(NotABackup):
            check_backup(bad)


def forged(found: dict[str, bytes]) -> None:
    """Change an audit entry, and all that the manifest says of it."""
    name = "tables/audit_entries.jsonl"
    found[name] = found[name].replace(b"tests:thing:done", b"tests:thing:gone", 1)
    manifest = json.loads(found["manifest.json"])
    for table in manifest["tables"]:
        if table["name"] == "audit_entries":
            table["sha256"] = hashlib.sha256(found[name]).hexdigest()
    found["manifest.json"] = json.dumps(manifest).encode()


@of_one
@pytest.mark.parametrize("kind", KINDS)
def test_what_only_the_audit_chain_shows_is_rolled_back(
    kind: str, full: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bad = repacked(full, tmp_path / "forged.backup", forged)
    check_backup(bad)  # by itself it fits
    with database(kind, tmp_path_factory):
        with pytest.raises(NotRestored, match=r"^chain org_a: entries changed, missing or out of place: 1"):
            restore_backup(bad)
        assert nothing_stored()


def without_sites(found: dict[str, bytes]) -> None:
    """Take away rows that others refer to, and fit the manifest."""
    found["tables/sites.jsonl"] = b""
    manifest = json.loads(found["manifest.json"])
    for table in manifest["tables"]:
        if table["name"] == "sites":
            table.update(rows=0, sha256=hashlib.sha256(b"").hexdigest(), by_status={})
            table["sums"] = dict.fromkeys(table["sums"], "0")
    found["manifest.json"] = json.dumps(manifest).encode()


@of_one
@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_refer_to_nothing_are_rolled_back(
    kind: str, full: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bad = repacked(full, tmp_path / "torn.backup", without_sites)
    with database(kind, tmp_path_factory):
        with pytest.raises(NotRestored, match=r"refers to sites|foreign key constraint"):
            restore_backup(bad)
        assert nothing_stored()


def test_a_backup_is_of_one_moment_though_others_write(own_app: Flask, tmp_path: Path) -> None:
    """What is committed while it is written is not in it: no table knows more than those read before it."""
    later = NOW + timedelta(hours=1)
    read_rows = shapes.rows
    seen: list[str] = []

    def disturbed(connection: sa.Connection, shape: shapes.Shape) -> Iterator[list[Any]]:
        if not seen:
            with unit_of_work():
                fill_every_table()
        seen.append(shape.name)
        return read_rows(connection, shape)

    with own_app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "rows", disturbed)
        with (tmp_path / "quiet.backup").open("wb") as file:
            assert write_backup(file, now=later).rows == 0
        with (tmp_path / "full.backup").open("wb") as file:
            assert write_backup(file, now=later).rows > 100


@pytest.mark.parametrize("kind", KINDS)
def test_a_round_that_ran_is_taken_up_from_its_beginning(
    kind: str, own_app: Flask, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its pieces are left out with all leases; the clearing is the same as without any backup."""
    with own_app.app_context():
        with unit_of_work():
            market = make_market()
            round_id = make_round(market.grade, until="frozen").id
        with unit_of_work():
            claim = rounds.claim_run(round_id, actor=SYSTEM, now=NOW, shared=True)
        with unit_of_work():
            rounds.put_piece(claim, 1, "begin 0")
            piece = rounds.open_pieces(claim, now=database_now())[0]
            assert rounds.lease_piece(claim, piece, holder="lost/1", now=database_now()) == 1
        alone = rounds.solve(claim.market, seconds=60)
        file = written(tmp_path / "running.backup")
        db.session.remove()
    with database(kind, tmp_path_factory):
        restore_backup(file)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(RoundPiece)) == 0
        db.session.remove()
        assert rounds.shared_runs() == [round_id]  # found by looking: no engine's job came along
        assert join_round(round_id) == "solved"
        db.session.remove()
        assert db.session.get_one(RoundClearing, round_id).hash == content_hash(alone.clearing)
        assert list(audit_verification.findings()) == []
