"""Sending over the network, to real servers on this machine: whom it reaches, what it follows, how long it takes."""

from __future__ import annotations

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from marketplace.webhooks.services import Outcome, post
from tests.factories.webhooks import HERE, receiving

HEADERS = {"webhook-id": "evt_1", "content-type": "application/json"}
NAME = "hooks.example.com"


class Resolver:
    """Answers for a name what it was told to, one answer after the other; addresses stand for themselves."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0
        self._real = socket.getaddrinfo

    def __call__(self, host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        try:
            ip_address(host)
        except ValueError:
            self.asked += 1
            if not self.answers:
                raise socket.gaierror(socket.EAI_NONAME, "no such name") from None
            return [entry for each in self.answers.pop(0) for entry in self._real(each, port, *rest, **options)]
        return self._real(host, port, *rest, **options)


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a resolver in the system's place."""

    def put(*answers: list[str]) -> Resolver:
        resolver = Resolver(*answers)
        monkeypatch.setattr(socket, "getaddrinfo", resolver)
        return resolver

    return put


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A file with a certificate of NAME's, and a server's side of it."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]), datetime.now(UTC)
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, folder / "key.pem")
    return file, context


def test_a_message_arrives_as_it_is() -> None:
    body = '{"名":1}'.encode()
    with receiving(202) as server:
        outcome = post(f"http://127.0.0.1:{server.port}/in?a=%20b", HEADERS, body, networks=HERE)
    assert outcome == Outcome(202)
    ((path, headers, got),) = server.got
    assert (path, got) == ("/in?a=%20b", body)
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["webhook-id"] == "evt_1"
    assert headers["user-agent"].startswith("changdan/")


@pytest.mark.parametrize("status", [301, 302, 307, 400, 410, 429, 500, 503])
def test_all_but_success_is_failure_and_nothing_is_followed(status: int) -> None:
    with receiving() as other:
        headers = {"Location": f"http://127.0.0.1:{other.port}/", "Retry-After": "7"}
        with receiving(status, headers) as server:
            outcome = post(f"http://127.0.0.1:{server.port}/", HEADERS, b"{}", networks=HERE)
    assert outcome == Outcome(status, "status", "7")
    assert (len(server.got), len(other.got)) == (1, 0)


def test_this_machine_is_not_reached_unless_it_is_allowed(resolving: Any) -> None:
    resolving(["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["::ffff:127.0.0.1"])
    with receiving() as server:
        assert post(f"http://127.0.0.1:{server.port}/", HEADERS, b"{}").error == "address-refused"
        for _ in range(3):
            outcome = post(f"https://{NAME}/", HEADERS, b"{}")
            assert outcome == Outcome(error="address-refused")
    assert server.got == []
    assert post(f"https://{NAME}/", HEADERS, b"{}") == Outcome(error="no-address")


def test_the_connection_goes_to_the_address_that_was_checked(
    resolving: Any, certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, context = certified
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    resolver = resolving(["127.0.0.1"], ["127.0.0.2"])  # another, if it were asked again
    with receiving(context=context) as server:
        outcome = post(f"https://{NAME}:{server.port}/in", HEADERS, b"{}", networks=HERE)
    assert outcome == Outcome(204)
    assert resolver.asked == 1
    assert server.got[0][1]["host"] == f"{NAME}:{server.port}"


def test_the_certificate_must_be_the_names_and_trusted(
    resolving: Any, certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, context = certified
    resolving(["127.0.0.1"], ["127.0.0.1"])
    with receiving(context=context) as server:
        assert post(f"https://{NAME}:{server.port}/", HEADERS, b"{}", networks=HERE) == Outcome(error="tls")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert post(f"https://other.com:{server.port}/", HEADERS, b"{}", networks=HERE) == Outcome(error="tls")
        assert post(f"https://127.0.0.1:{server.port}/", HEADERS, b"{}", networks=HERE) == Outcome(error="tls")
    assert server.got == []


def test_the_next_address_is_tried_when_one_takes_no_connection(resolving: Any) -> None:
    resolving(["127.0.0.2", "127.0.0.1"], ["127.0.0.2"])
    with receiving() as server:  # listens at 127.0.0.1 alone
        assert post(f"http://{NAME}:{server.port}/", HEADERS, b"{}", networks=HERE) == Outcome(204)
        assert post(f"http://{NAME}:{server.port}/", HEADERS, b"{}", networks=HERE) == Outcome(error="connect")


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever: no limit between two bytes is reached."""
    try:
        while True:
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.02)
    except OSError:
        pass


def test_a_receiver_that_drips_is_cut_off() -> None:
    began = time.monotonic()
    with receiving(answer=drip) as server:
        url = f"http://127.0.0.1:{server.port}/"
        outcome = post(url, HEADERS, b"{}", networks=HERE, total_seconds=0.3)
    assert outcome.error in ("timeout", "protocol")
    assert time.monotonic() - began < 3


def test_one_that_says_nothing_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for scheme in ("http", "https"):
            began = time.monotonic()
            outcome = post(f"{scheme}://127.0.0.1:{port}/", HEADERS, b"{}", networks=HERE, total_seconds=0.2)
            assert outcome == Outcome(error="timeout")
            assert time.monotonic() - began < 2


def test_what_is_no_http_is_no_success() -> None:
    with receiving(answer=lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")) as server:
        outcome = post(f"http://127.0.0.1:{server.port}/", HEADERS, b"{}", networks=HERE)
    assert outcome == Outcome(error="protocol")
