"""``python -m bench badfiles``: each file to the real application in a process of its own, which is measured."""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import select
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.badfiles.files import Upload, uploads
from bench.deployment.databases import SECRET
from bench.deployment.traders import Trader, admit_traders
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.shared.database import Base, db, unit_of_work

GIVEN_UP_SECONDS = 60
PEAK_RESET = Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Answer:
    """What came back for one file, and what it cost the process that answered."""

    family: str
    path: str
    content_type: str
    body_bytes: int
    status: int
    seconds: float
    memory_mb: float  # peak beyond what was held before
    told: str
    violations: list[str]


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("badfiles", help="files that must be refused", formatter_class=formatter)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0, help="in which each must be answered")
    parser.add_argument("--memory-mb", type=float, default=200.0, help="that each may take")
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where badfiles.jsonl goes")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Send all and print what is amiss, and what each family took at most; 1 if anything is amiss."""
    found: list[Answer] = []
    for answer in answers(given.files, seed=given.seed, seconds=given.seconds, memory_mb=given.memory_mb):
        found.append(answer)
        for violation in answer.violations:
            print(f"!!! {answer.family}, {answer.content_type}, {answer.body_bytes} bytes: {violation}", flush=True)
    for family in dict.fromkeys(answer.family for answer in found):
        of = [answer for answer in found if answer.family == family]
        codes = sorted({answer.status for answer in of})
        print(
            f"{family:10} {len(of):3} files, status {codes}; seconds at most {max(each.seconds for each in of):.2f}, "
            f"median {statistics.median(each.seconds for each in of):.2f}; "
            f"memory at most +{max(each.memory_mb for each in of):.0f} MB"
        )
    wrong = sum(len(answer.violations) for answer in found)
    if given.output is not None:
        given.output.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(asdict(answer), ensure_ascii=False) for answer in found]
        (given.output / "badfiles.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(found)} files, {wrong} violations")
    return 1 if wrong else 0


def answers(count: int, *, seed: int, seconds: float, memory_mb: float) -> Iterator[Answer]:
    """Each file's answer, judged."""
    with tempfile.TemporaryDirectory(prefix="changdan-bench-") as folder:
        settings = Settings.from_environment(
            {
                "CHANGDAN_DATABASE_URL": f"sqlite:///{folder}/badfiles.sqlite",
                "CHANGDAN_SECRET_KEY": SECRET,
                "CHANGDAN_LIMITS_STORE": "none",
            }
        )
        (trader,) = admit_traders(settings, 1)
        app = create_app(settings)
        with app.app_context():
            _rows()  # whatever is made at the first use is made before the first measurement
            db.session.remove()
            db.engine.dispose()  # connections do not outlive a fork
        for upload in uploads(trader.site_id, count, seed=seed):
            found = _in_a_child(app, trader, upload)
            yield Answer(
                upload.family,
                upload.path,
                upload.content_type,
                len(upload.body),
                found["status"],
                found["seconds"],
                found["memory_mb"],
                found["told"][:500],
                list(_violations(upload, found, seconds, memory_mb)),
            )


def _violations(upload: Upload, found: dict[str, Any], seconds: float, memory_mb: float) -> Iterator[str]:
    if found["failure"]:
        yield f"the process failed: {found['failure']}"
        return
    if upload.stored:
        if found["status"] != 200 or found["orders"] != upload.stored:
            yield f"a good file: status {found['status']}, orders {found['orders']}: {found['told'][:200]}"
    else:
        in_parts = "mode=partial" in upload.path and found["status"] == 200  # every row was refused by itself
        if not (in_parts or 400 <= found["status"] < 500):
            yield f"status {found['status']}: {found['told'][:200]}"
        elif not (in_parts or found["place"]):
            yield f"says no place: {found['told'][:200]}"
        if found["stored"]:
            yield f"was refused, and stored: {found['stored']}"
    if found["seconds"] > seconds:
        yield f"took {found['seconds']:.1f} s"
    if found["memory_mb"] > memory_mb:
        yield f"took {found['memory_mb']:.0f} MB"


def _in_a_child(app: Flask, trader: Trader, upload: Upload) -> dict[str, Any]:
    """Send one file in a fork of this process, whose peak of memory is thus that file's."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(_sent(app, trader, upload), pipe)
        os._exit(0)
    os.close(writing)
    began = time.monotonic()
    killed = _killed_in_time(child, reading)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    if text:
        told: dict[str, Any] = json.loads(text)
        return told
    failure = "was still at it after a minute" if killed else "ended without an answer"
    nothing = {"status": 0, "memory_mb": 0.0, "told": "", "place": False, "stored": {}, "orders": 0}
    return {**nothing, "failure": failure, "seconds": time.monotonic() - began}


def _killed_in_time(child: int, reading: int) -> bool:
    """Wait until the child says something or ends; kill it if it does neither."""
    if select.select([reading], [], [], GIVEN_UP_SECONDS)[0]:
        return False
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    return True


def _sent(app: Flask, trader: Trader, upload: Upload) -> dict[str, Any]:
    try:
        with app.app_context():
            before = _rows()
        headers = {"Authorization": f"Bearer {trader.token}", **dict(upload.headers)}
        client = app.test_client()
        ctypes.CDLL(None).malloc_trim(0)  # what the parent has freed is no room for this file
        PEAK_RESET.write_text("5")  # the peak begins anew
        held = _status_mb("VmRSS")
        began = time.monotonic()
        answer = client.post(upload.path, data=upload.body, content_type=upload.content_type or None, headers=headers)
        seconds = time.monotonic() - began
        memory = _status_mb("VmHWM") - held
        with app.app_context():
            after = _rows()
        document = answer.get_json(silent=True) or {}
        problem = answer.mimetype == "application/problem+json"
        return {
            "status": answer.status_code,
            "seconds": seconds,
            "memory_mb": memory,
            "told": answer.get_data(as_text=True)[:2000],
            "place": problem and bool(document.get("errors") or document.get("detail")),
            "stored": {name: after[name] - before[name] for name in after if after[name] != before[name]},
            "orders": after["orders"] - before["orders"],
            "failure": "",
        }
    except BaseException as error:  # the child ends here, whatever it was
        nothing = {"status": 0, "seconds": 0.0, "memory_mb": 0.0, "told": "", "place": False, "stored": {}, "orders": 0}
        return {**nothing, "failure": repr(error)}


def _rows() -> dict[str, int]:
    """How many rows each table has."""
    counts = [
        sa.select(sa.literal(name), sa.func.count()).select_from(table) for name, table in Base.metadata.tables.items()
    ]
    with unit_of_work(writes=False):
        return dict(db.session.execute(sa.union_all(*counts)).all())  # type: ignore[arg-type]


def _status_mb(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1000
    raise LookupError(name)
