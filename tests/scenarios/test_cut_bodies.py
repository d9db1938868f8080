"""A sender that dies in the middle of a file, before a real server: nothing of the file is stored."""

from __future__ import annotations

import http.client
import json
import socket
import time
from pathlib import Path

from bench.deployment.databases import SECRET, UNLIMITED
from bench.deployment.traders import Trader, admit_traders
from bench.deployment.web import Web, call
from marketplace.config import Settings


def test_a_file_of_which_the_end_is_missing_is_not_stored(tmp_path: Path) -> None:
    environment = {
        "CHANGDAN_DATABASE_URL": f"sqlite:///{tmp_path}/cut.sqlite",
        "CHANGDAN_SECRET_KEY": SECRET,
        **UNLIMITED,
    }
    (trader,) = admit_traders(Settings.from_environment(environment), 1)
    line = json.dumps(trader.year_offer).encode() + b"\n"
    web = Web(environment, tmp_path / "web.log", processes=1)
    try:
        for query in ("", "?wait=false"):
            _cut_off(web.port, trader, f"/api/v1/orders/uploads{query}", line * 3, cut=len(line))
        time.sleep(1)
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
        assert call(connection, "GET", "/orders", token=trader.token)[1]["items"] == []
        assert call(connection, "GET", "/orders/uploads", token=trader.token)[1]["items"] == []
        connection.close()
    finally:
        web.stop()


def _cut_off(port: int, trader: Trader, path: str, body: bytes, *, cut: int) -> None:
    """Send all but the end, and hang up."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {trader.token}\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode() + body[:-cut])
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        answer = connection.recv(1000)
    assert b" 400 " in answer.partition(b"\r\n")[0], answer
