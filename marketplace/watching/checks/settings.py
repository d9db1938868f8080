"""Whether the settings fit together, and fit a service that others reach."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from marketplace.config import Settings
from marketplace.watching.checks.finding import Finding, ok, remark, wrong

LEAST_SECRET = 32  # characters
HERE = ("127.0.0.1", "localhost")


def settings_findings(settings: Settings, *, secret_given: bool) -> Iterator[Finding]:
    """``secret_given``: the secret key was set, and is not one that this process has drawn for itself."""
    yield _secret(settings, secret_given)
    yield _address(settings)
    yield from _proxies(settings)
    yield _prefix(settings)
    yield from _several_processes(settings)


def _secret(settings: Settings, given: bool) -> Finding:
    name = "secret-key"
    if not given:
        return wrong(
            name,
            "未设置 CHANGDAN_SECRET_KEY：每个进程各用一个随机值，重启后登录失效；请设置 32 位以上的随机字符",
            "CHANGDAN_SECRET_KEY is not set: each process draws its own, and a restart ends every session; "
            "set 32 random characters or more, the same on every machine",
        )
    if len(settings.secret_key) < LEAST_SECRET:
        return wrong(
            name,
            f"CHANGDAN_SECRET_KEY 仅 {len(settings.secret_key)} 个字符；请设置 {LEAST_SECRET} 位以上的随机字符",
            f"CHANGDAN_SECRET_KEY has {len(settings.secret_key)} characters; set {LEAST_SECRET} random ones or more",
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
