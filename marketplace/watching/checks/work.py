"""Whether what is to be done gets done: workers, jobs, rounds, anchors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.config import Settings
from marketplace.shared.audit import AuditHead
from marketplace.shared.audit_anchors import AuditAnchor
from marketplace.shared.database import db
from marketplace.watching.checks.finding import Finding, ok, remark, wrong
from marketplace.watching.queues import has_engine, living_workers, stalled_jobs
from marketplace.watching.rounds import silent

ANCHORS_EVERY = timedelta(days=7)


def work_findings(settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Reads the session's database, in the caller's transaction; its tables must be there."""
    if settings.jobs == "workers":
        yield _workers()
    if has_engine():
        yield _stalled()
    yield _rounds(now)
    yield _anchor(now)


def _workers() -> Finding:
    if not has_engine():
        return remark(
            "workers",
            "SQLite 上看不到工作进程；请确认 changdan worker 正在运行",
            "a SQLite file does not tell whether there is a worker; see that changdan worker runs",
        )
    alive = living_workers()
    if not alive:
        return wrong(
            "workers",
            "CHANGDAN_JOBS=workers，但没有存活的工作进程；请运行 changdan worker",
            "CHANGDAN_JOBS=workers, and none gives a sign of life; run changdan worker",
        )
    return ok("workers", f"存活 {alive} 个", f"{alive} alive")


def _stalled() -> Finding:
    stalled = stalled_jobs()
    if stalled:
        return wrong(
            "stalled-jobs",
            f"{stalled} 个任务的工作进程已失联；有存活的工作进程时会自动接手，否则请运行 changdan worker",
            f"{stalled} jobs were left by their worker; living workers take them up, else run changdan worker",
        )
    return ok("stalled-jobs", "无", "none")


def _rounds(now: datetime) -> Finding:
    count = silent(now)
    if count:
        return wrong(
            "silent-rounds",
            f"{count} 个运行中的轮次已超过一分钟无响应；请重新运行或取消",
            f"{count} running rounds gave no sign of life for a minute; run them again or cancel them",
        )
    return ok("silent-rounds", "无", "none")


def _anchor(now: datetime) -> Finding:
    name = "audit-anchor"
    if db.session.scalar(sa.select(AuditHead.organisation_id).limit(1)) is None:
        return ok(name, "尚无审计记录", "there is no audit trail yet")
    newest = db.session.scalar(sa.select(AuditAnchor.moment).order_by(AuditAnchor.number.desc()).limit(1))
    if newest is None:
        return remark(
            name,
            "审计链尚未锚定；请运行 changdan audit anchor -o 文件，并另处保存",
            "the audit trail was never anchored; run changdan audit anchor -o FILE and keep the file elsewhere",
        )
    days = (now - newest).days
    if now - newest > ANCHORS_EVERY:
        return remark(
            name,
            f"最近一次锚定在 {days} 天前；请运行 changdan audit anchor",
            f"the newest is {days} days old; run changdan audit anchor",
        )
    return ok(name, f"最近一次在 {days} 天前", f"the newest is {days} days old")
