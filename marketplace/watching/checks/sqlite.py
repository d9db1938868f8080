"""Whether a SQLite file keeps what was acknowledged, and can take more."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from marketplace.watching.checks.finding import Finding, ok, remark, wrong

FULL = 2  # PRAGMA synchronous
LITTLE_MB, TOO_LITTLE_MB = 2_000, 200  # 10^6 bytes


def sqlite_findings(connection: sa.Connection, file: Path | None, *, free_mb: int | None = None) -> Iterator[Finding]:
    """``free_mb``: what is free where the file lies, 10^6 bytes; looked up if not given."""
    yield from _durability(connection)
    yield _writable(connection)
    if file is not None:
        yield _space(shutil.disk_usage(file.parent).free // 1_000_000 if free_mb is None else free_mb)


def _durability(connection: sa.Connection) -> Iterator[Finding]:
    journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if journal == "wal":
        yield ok("sqlite-journal", "预写日志（WAL）", "write-ahead log")
    else:
        yield wrong(
            "sqlite-journal",
            f"日志模式为 {journal}，不是 WAL；请将文件放在本机磁盘上（网络文件系统不支持）",
            f"the journal is {journal}, not a write-ahead log; keep the file on a disk of this machine, no network's",
        )
    for name, pragma, wanted, text_zh, text_en in (
        (
            "sqlite-synchronous",
            "synchronous",
            FULL,
            "断电可能丢失已确认的数据",
            "a power cut may lose what was acknowledged",
        ),
        ("sqlite-foreign-keys", "foreign_keys", 1, "外键未检查", "foreign keys are not checked"),
    ):
        found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
        if found == wanted:
            yield ok(name, f"{pragma}={found}", f"{pragma}={found}")
        else:
            yield wrong(
                name,
                f"{pragma}={found}，应为 {wanted}：{text_zh}；请更换 SQLite 库",
                f"{pragma}={found}, not {wanted}: {text_en}; use another SQLite library",
            )


def _writable(connection: sa.Connection) -> Finding:
    """Takes the lock that every writer takes, begins to write, and takes it back."""
    connection.rollback()
    driver = connection.connection.cursor()  # below SQLAlchemy, which begins by reading
    try:
        driver.execute("PRAGMA busy_timeout=500")
        driver.execute("BEGIN IMMEDIATE")  # upon a file that can only be read this is a lock to read
        driver.execute("CREATE TABLE changdan_check (number INTEGER)")
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorname
        if code.startswith("SQLITE_BUSY"):
            return remark(
                "sqlite-writable", "正被另一进程写入，请稍后再查", "another process is writing; look again later"
            )
        return wrong(
            "sqlite-writable",
            f"无法写入（{code}）；请检查文件及其目录的属主与权限",
            f"it cannot be written ({code}); see who owns the file and its folder, and whether the disk is read-only",
        )
    finally:
        if driver.connection.in_transaction:
            driver.execute("ROLLBACK")
    return ok("sqlite-writable", "可写入", "it can be written")


def _space(free_mb: int) -> Finding:
    told_zh, told_en = f"磁盘剩余 {free_mb} MB", f"{free_mb} MB free on its disk"
    if free_mb < TOO_LITTLE_MB:
        return wrong("disk", f"{told_zh}；请立即清理或扩容", f"{told_en}; make room now")
    if free_mb < LITTLE_MB:
        return remark("disk", f"{told_zh}；请尽快清理或扩容", f"{told_en}; make room soon")
    return ok("disk", told_zh, told_en)
