"""What is wrong with a deployment, found by looking: settings, database, work that waits.  Nothing is changed."""

from marketplace.watching.checks.finding import OK, REMARK, WRONG, Finding
from marketplace.watching.checks.postgresql import postgresql_findings
from marketplace.watching.checks.settings import settings_findings
from marketplace.watching.checks.sqlite import sqlite_findings
from marketplace.watching.checks.work import work_findings

__all__ = [
    "OK",
    "REMARK",
    "WRONG",
    "Finding",
    "postgresql_findings",
    "settings_findings",
    "sqlite_findings",
    "work_findings",
]
