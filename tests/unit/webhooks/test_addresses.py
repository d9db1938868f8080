"""Which addresses are refused, whatever way they are written."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.config import Settings
from marketplace.shared.errors import Fault
from marketplace.webhooks.rules.addresses import is_open, may_reach, read_address
from marketplace.webhooks.rules.endpoints import endpoint_faults, is_wanted, read_url

REFUSED = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.0.1 169.254.0.1
    169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
    198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 168.63.129.16
    :: ::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe ::7f00:1 ::10.0.0.1 64:ff9b::127.0.0.1 64:ff9b::a00:1
    64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:db8::1 2002:7f00:1::1 2002:a00:1:: 3fff::1
    5f00::1 fc00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1
"""
TAKEN = "1.1.1.1 8.8.8.8 47.95.1.1 172.32.0.1 192.167.255.255 2606:4700::1111 2400:3200::1 64:ff9b::101:101"


@pytest.mark.parametrize("text", REFUSED.split())
def test_refused(text: str) -> None:
    assert not may_reach(read_address(text), 443)


@pytest.mark.parametrize("text", TAKEN.split())
def test_taken(text: str) -> None:
    assert may_reach(read_address(text), 443)
    assert may_reach(read_address(text), 8443)
    assert not may_reach(read_address(text), 22)


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_judged_as_itself(address: IPv4Address) -> None:
    plain = read_address(str(address))
    for disguise in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert read_address(disguise) == plain
    assert is_open(plain) <= plain.is_global


def test_networks_on_premises() -> None:
    own = [ip_network("10.1.0.0/16"), ip_network("fd00::/8"), ip_network("0.0.0.0/0")]
    assert may_reach(read_address("10.1.9.9"), 8080, own[:1])
    assert may_reach(read_address("::ffff:10.1.9.9"), 8080, own[:1])
    assert not may_reach(read_address("10.2.9.9"), 443, own[:1])
    for text in ("169.254.169.254", "fd00:ec2::254", "224.0.0.1", "0.0.0.0"):  # not even then
        assert not may_reach(read_address(text), 443, own)


URLS = {
    "https://hooks.example.com": None,
    "https://hooks.example.com:8443/a/b?key=%E9%95%BF&x=1": None,
    "https://1.1.1.1/a": None,
    "https://[2606:4700::1111]/a": None,
    "http://hooks.example.com/": "is not encrypted",
    "http://127.0.0.1:8080/": "is not encrypted",
    "https://127.0.0.1/": "is an address that is not open",
    "https://[::1]/": "is an address that is not open",
    "https://[::ffff:10.0.0.1]/": "is an address that is not open",
    "https://hooks.example.com:444/": "has a port that is not open",
    "https://hooks.example.com:99999/": "has the wrong form",
    "https://localhost/": "names no public host",
    "https://2130706433/": "names no public host",
    "https://0x7f.0.0.0x1/": "names no public host",
    "https://127.1/": "names no public host",
    "https://user:pass@hooks.example.com/": "has the wrong form",
    "https://hooks.example.com/#part": "has the wrong form",
    "https://hooks.example.com\\@10.0.0.1/": "has the wrong form",
    "https://hooks.example.com/a b": "has the wrong form",
    "https://hooks.example.com/a\r\nHost: x": "has the wrong form",
    "https://长单.example.com/": "has the wrong form",
    "https://hooks..example.com/": "has the wrong form",
    f"https://{'a' * 64}.example.com/": "has the wrong form",
    "ftp://hooks.example.com/": "has the wrong form",
    "file:///etc/passwd": "has the wrong form",
    "": "has the wrong form",
    "https://hooks.example.com/" + "a" * 500: "is too long",
}


@pytest.mark.parametrize(("url", "message"), URLS.items())
def test_what_may_be_registered(url: str, message: str | None) -> None:
    assert [fault.message for fault in endpoint_faults({"url": url})] == ([] if message is None else [message])


def test_for_development_and_on_premises() -> None:
    settings = Settings.from_environment({"CHANGDAN_WEBHOOK_NETWORKS": "127.0.0.1/32, fd00::/8"})
    assert settings.webhook_networks == (ip_network("127.0.0.1/32"), ip_network("fd00::/8"))
    here = settings.webhook_networks
    assert list(endpoint_faults({"url": "http://127.0.0.1:8080/"}, here)) == []
    assert list(endpoint_faults({"url": "https://intranet:9443/"}, here)) == []
    assert [f.message for f in endpoint_faults({"url": "http://localhost/"}, here)] == ["is not encrypted"]
    assert read_url("http://127.0.0.1:8080/").authority == "127.0.0.1:8080"


def test_kinds() -> None:
    def faults(kinds: list[str]) -> list[Fault]:
        return list(endpoint_faults({"kinds": kinds}))

    assert faults(["proposal.received", "orders.*", "orders.offer.created"]) == []
    found = faults(["*", "orders.*", "orders.*", "Orders", "a..b"])
    assert [(fault.pointer, fault.code) for fault in found] == [
        ("/kinds/0", "unknown-reference"),
        ("/kinds/2", "duplicate"),
        ("/kinds/3", "unknown-reference"),
        ("/kinds/4", "unknown-reference"),
    ]
    assert [fault.code for fault in faults([])] == ["missing"]
    assert [fault.code for fault in faults(["a"] * 51)] == ["too-many"]
    assert is_wanted("proposal.received", ["proposal.received"])
    assert not is_wanted("proposal.received", ["proposal"])
