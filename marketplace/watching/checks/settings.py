"""Whether the settings fit together, and fit a service that others reach."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from marketplace.config import LEAST_SECRET, Settings
from marketplace.shared.redaction import redacted
from marketplace.watching.checks.finding import Finding, ok, remark, wrong

HERE = ("127.0.0.1", "localhost")


def answers(store: str) -> bool:
    """Whether a shared store of limits does, within three seconds."""
    from limits.storage import storage_from_string

    try:
        return bool(storage_from_string(store, socket_connect_timeout=3, socket_timeout=3).check())
    except Exception:  # whatever the library for it raises
        return False


def settings_findings(
    settings: Settings, *, secret_given: bool, store_answers: Callable[[str], bool] = answers
) -> Iterator[Finding]:
    """``secret_given``: the secret key was set, and is not one that this process has drawn for itself."""
    yield _secret(settings, secret_given)
    yield _address(settings)
    yield from _proxies(settings)
    yield _prefix(settings)
    yield from _several_processes(settings)
    yield from _limits_store(settings, store_answers)
    yield from _shared_counts()


def _secret(settings: Settings, given: bool) -> Finding:
    name = "secret-key"
    if not given:
        return wrong(
            name,
            f"未设置 CHANGDAN_SECRET_KEY：各进程各用随机值，重启后登录失效；请设置至少 {LEAST_SECRET} 位随机字符",
            "CHANGDAN_SECRET_KEY is not set: each process draws its own, and a restart ends every session; "
            f"set {LEAST_SECRET} random characters or more, the same on every machine",
        )
    return ok(name, "已设置", "it is set")


def _address(settings: Settings) -> Finding:
    name, url = "public-url", settings.public_url
    secure = url.startswith("https://")
    if secure and not settings.https:
        return wrong(
            name,
            "对外地址为 https，但登录 Cookie 未限定 HTTPS；请设置 CHANGDAN_HTTPS=1",
            "the public address is https, but cookies also travel without it; set CHANGDAN_HTTPS=1",
        )
    if settings.https and not secure:
        return wrong(
            name,
            f"CHANGDAN_HTTPS=1，但对外地址为 {url}；请将 CHANGDAN_PUBLIC_URL 改为 https 地址",
            f"CHANGDAN_HTTPS=1, but the public address is {url}; give CHANGDAN_PUBLIC_URL its https address",
        )
    if secure:
        return ok(name, f"{url}，Cookie 仅限 HTTPS", f"{url}, cookies by HTTPS only")
    if urlsplit(url).hostname in HERE:
        return remark(
            name,
            f"{url} 仅本机可用；供他人使用时请设置 https 的 CHANGDAN_PUBLIC_URL 与 CHANGDAN_HTTPS=1",
            f"{url} is for this machine alone; for others set an https CHANGDAN_PUBLIC_URL and CHANGDAN_HTTPS=1",
        )
    return wrong(
        name,
        f"{url} 未加密，密码会明文传输；请置于 https 之后，并设置 CHANGDAN_HTTPS=1",
        f"{url} is not encrypted, passwords travel readably; put it behind https and set CHANGDAN_HTTPS=1",
    )


def _proxies(settings: Settings) -> Iterator[Finding]:
    if settings.https and not settings.trusted_proxies:
        yield remark(
            "proxies",
            "启用了 HTTPS 而 CHANGDAN_TRUSTED_PROXIES=0：若前有代理，所有来访者将共用同一地址的限额",
            "HTTPS with CHANGDAN_TRUSTED_PROXIES=0: behind a proxy all callers share the limits of its one address",
        )


def _prefix(settings: Settings) -> Finding:
    if settings.ocds_prefix == Settings.ocds_prefix:
        return remark(
            "ocds-prefix",
            f"{settings.ocds_prefix} 为试用前缀；公开发布前请登记并设置 CHANGDAN_OCDS_PREFIX",
            f"{settings.ocds_prefix} belongs to nobody; before publishing register one and set CHANGDAN_OCDS_PREFIX",
        )
    return ok("ocds-prefix", settings.ocds_prefix, settings.ocds_prefix)


def _shared_counts() -> Iterator[Finding]:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder and not os.access(folder, os.W_OK | os.X_OK):
        yield wrong(
            "metrics",
            f"PROMETHEUS_MULTIPROC_DIR：{folder} 不是可写的文件夹，网页进程无法启动；请先创建",
            f"PROMETHEUS_MULTIPROC_DIR: {folder} is no folder to be written to, and no web process starts; make it",
        )


def _limits_store(settings: Settings, store_answers: Callable[[str], bool]) -> Iterator[Finding]:
    """A shared store that does not answer refuses nobody, so nothing else would show it."""
    store = settings.effective_limits_store
    if store in ("memory", "none"):
        return
    place = redacted(store)
    if store_answers(store):
        yield ok("limits-store", f"{place} 可访问", f"{place} answers")
    else:
        yield wrong(
            "limits-store",
            f"{place} 无应答：各进程暂各自计数；请检查该服务及其地址",
            f"{place} does not answer, and each process counts for itself meanwhile; see to it, or to its address",
        )


def _several_processes(settings: Settings) -> Iterator[Finding]:
    """On PostgreSQL there are likely several web processes; how many, nobody can see from here."""
    if not settings.database_url.startswith("postgresql"):
        return
    if settings.jobs == "own":
        yield remark(
            "jobs",
            "CHANGDAN_JOBS=own：轮次由接到请求的网页进程运行，进程重启即中断；建议设为 workers 并运行 changdan worker",
            "CHANGDAN_JOBS=own: the web process that is asked runs the round, and its restart ends it; "
            "workers, with changdan worker beside it, outlives that",
        )
    if settings.effective_limits_store == "memory":
        yield remark(
            "limits-store",
            "CHANGDAN_LIMITS_STORE=memory：各进程分别计数，n 个进程即放宽为 n 倍；多进程请用 redis://",
            "CHANGDAN_LIMITS_STORE=memory: each process counts for itself, n processes allow n times as much; "
            "with several use redis://",
        )
