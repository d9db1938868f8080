"""Whether a PostgreSQL server keeps what it acknowledges, has room, and tells the same time as this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.shared.clock import Clock
from marketplace.watching.checks.finding import Finding, ok, remark, wrong

OLDEST = 14
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
CROWDED, FULL = 0.8, 0.95  # connections in use, as a share
NOTICEABLE, TOO_MUCH = timedelta(seconds=1), timedelta(seconds=5)


def postgresql_findings(connection: sa.Connection, *, clock: Clock) -> Iterator[Finding]:
    """``clock``: this machine's."""
    yield server_version(int(_one(connection, "SHOW server_version_num")))
    found = {name: str(_one(connection, f"SHOW {name}")) for name in DURABLE}
    yield from durability(found)
    yield writable(only_reads=_one(connection, "SHOW transaction_read_only") == "on")
    in_use = _one(connection, "SELECT sum(numbackends) FROM pg_stat_database")
    yield connections(int(in_use), int(_one(connection, "SHOW max_connections")))
    before = clock()
    there = _one(connection, "SELECT clock_timestamp()")
    after = clock()
    yield clocks(there, before, after)
    yield engine_tables(_one(connection, "SELECT to_regclass('procrastinate_jobs')") is not None)


def server_version(number: int) -> Finding:
    """``number`` as the server tells it, e.g. 160002."""
    major = number // 10_000
    if major < OLDEST:
        return wrong(
            "postgresql-version",
            f"版本 {major} 过旧；请升级至 {OLDEST} 或更高",
            f"version {major} is too old; {OLDEST} or later is needed",
        )
    return ok("postgresql-version", f"版本 {major}", f"version {major}")


def durability(found: Mapping[str, str]) -> Iterator[Finding]:
    """The settings by which a server keeps what it has acknowledged; all of DURABLE."""
    for setting in DURABLE:
        name = f"postgresql-{setting.replace('_', '-')}"
        if found[setting] == "off":
            yield wrong(
                name,
                f"{setting}={found[setting]}：断电可能丢失已确认的数据；请设为 on",
                f"{setting}={found[setting]}: a crash may lose what was acknowledged; set it to on",
            )
        else:
            yield ok(name, f"{setting}={found[setting]}", f"{setting}={found[setting]}")


def writable(*, only_reads: bool) -> Finding:
    """A replica, or a server that was told to change nothing."""
    if only_reads:
        return remark(
            "postgresql-writable",
            "此服务器只供读取：网页进程只能答复查询，changdan worker 不能在此运行",
            "it only reads: web processes answer what changes nothing, and no changdan worker runs on it",
        )
    return ok("postgresql-writable", "可写入", "it can be written")


def connections(in_use: int, most: int) -> Finding:
    """Those of clients, this one included."""
    told_zh, told_en = f"连接 {in_use}/{most}", f"{in_use} of {most} connections in use"
    if in_use >= FULL * most:
        return wrong(
            "postgresql-connections",
            f"{told_zh}，即将用尽；请减少进程，或调高 max_connections",
            f"{told_en}; run fewer processes or raise max_connections",
        )
    if in_use >= CROWDED * most:
        return remark("postgresql-connections", f"{told_zh}，余量不多", f"{told_en}; few are left")
    return ok("postgresql-connections", told_zh, told_en)


def clocks(there: datetime, before: datetime, after: datetime) -> Finding:
    """The server's time, and this machine's before and after it was asked."""
    off = max(before - there, there - after, timedelta(0))
    told_zh, told_en = (
        f"与数据库时钟相差 {off.total_seconds():.1f} 秒",
        f"{off.total_seconds():.1f} s off the database's",
    )
    if off >= TOO_MUCH:
        return wrong("clock", f"{told_zh}；请启用时间同步（NTP）", f"{told_en}; have both keep time by NTP")
    if off >= NOTICEABLE:
        return remark("clock", f"{told_zh}；请检查时间同步（NTP）", f"{told_en}; see whether both keep time by NTP")
    return ok("clock", told_zh, told_en)


def engine_tables(there: bool) -> Finding:
    """Those of the task engine, without which no round can be enqueued."""
    if there:
        return ok("engine-tables", "任务引擎的表齐备", "the task engine's tables are there")
    return wrong(
        "engine-tables",
        "缺少任务引擎的表；请运行 changdan db upgrade",
        "the task engine's tables are missing; changdan db upgrade makes them",
    )


def _one(connection: sa.Connection, statement: str) -> object:
    return connection.exec_driver_sql(statement).scalar()
