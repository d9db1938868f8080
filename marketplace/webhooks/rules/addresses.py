"""Which addresses a message may be sent to: those of the open internet, and networks that this service was given.

Whoever registers an address makes this service connect to it.  So what only this service can reach is refused: its own
machine, its network, the cloud's metadata.  What is checked is the address that is connected to, never a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = (443, 8443)

# Where clouds tell a machine its own credentials; most lie in refused ranges, some in none.
METADATA: frozenset[Address] = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",  # of containers
        "169.254.0.23",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
)
_OPEN_V6 = IPv6Network("2000::/3")  # all global unicast addresses there are
_NAT64 = IPv6Network("64:ff9b::/96")
_CLOSED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",  # shared among a carrier's customers, and by clouds for their services
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays to 6to4
        "2001::/23",  # protocols, Teredo among them: an IPv4 address is hidden in it
        "2002::/16",  # 6to4: as well
        "3fff::/20",  # documentation
    )
)


def read_address(text: str) -> Address:
    """An address; an IPv4 address written as IPv6 (mapped, or for NAT64) is the IPv4 address that is reached by it.

    >>> read_address("::ffff:10.0.0.1"), read_address("64:ff9b::7f00:1")
    (IPv4Address('10.0.0.1'), IPv4Address('127.0.0.1'))

    Raises: ValueError.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_open(address: Address) -> bool:
    """Whether it is one of the open internet.

    >>> [is_open(read_address(text)) for text in ("203.0.114.1", "192.168.0.1", "fe80::1", "2606:4700::1111")]
    [True, False, False, True]
    """
    if any(address in network for network in _CLOSED) or address in METADATA:
        return False
    if isinstance(address, IPv6Address) and address not in _OPEN_V6:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def may_reach(address: Address, port: int, networks: Sequence[Network] = ()) -> bool:
    """Whether a message may go there; ``networks`` are those of a deployment on premises, where every port is right.

    >>> may_reach(read_address("10.1.2.3"), 8080, [ip_network("10.1.0.0/16")])
    True
    >>> may_reach(read_address("203.0.114.1"), 22)
    False
    """
    if address in METADATA or address.is_multicast or address.is_unspecified:
        return False
    if any(address in network for network in networks):
        return True
    return port in PORTS and is_open(address)
