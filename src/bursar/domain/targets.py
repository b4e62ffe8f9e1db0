"""Where what is sent out may go: which URLs, and which addresses of the network (dependencies 2.2).

A name says nothing about where it leads, so a URL that nothing speaks against is only half of the decision; the other half is
taken on the address, at the moment of connecting to it.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ipaddress import IPv4Network

_NETLOC: Final = re.compile(
    r"(?:\[(?P<literal>[0-9A-Fa-f:.]+)\]|(?P<name>[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*\.?))(?::(?P<port>[0-9]{0,5}))?"
)
_UNSAFE: Final = re.compile(r"[\x00-\x20\\\x7f]")
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_LONGEST_NAME: Final = 253
_ORDINARY: Final = (80, 443)
_PRIVILEGED: Final = 1024
_GLOBAL: Final = IPv6Network("2000::/3")
"""What of IPv6 was ever handed out to the public; everything else is reserved, and may lead anywhere."""
_KINDS: Final[tuple[tuple[str, tuple[IPv4Network | IPv6Network, ...]], ...]] = tuple(
    (kind, tuple(map(ip_network, networks.split())))
    for kind, networks in (
        ("a loopback address", "127.0.0.0/8 ::1/128"),
        ("the address of no machine", "0.0.0.0/8 ::/128"),
        ("a link-local address, where clouds keep their secrets", "169.254.0.0/16 fe80::/10"),
        ("an address inside a cloud", "168.63.129.16/32 192.0.0.192/32"),  # Azure's and Oracle's, outside the private networks
        ("a private address", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10"),
        ("an address inside a provider's network", "100.64.0.0/10"),
        ("a multicast address", "224.0.0.0/4 ff00::/8"),
        ("an IPv4 address behind NAT64", "64:ff9b::/96 64:ff9b:1::/48"),
        ("an IPv4 address behind 6to4", "2002::/16 192.88.99.0/24"),
        ("an IPv4 address behind Teredo", "2001::/32"),
        # Python knows the registries of its own year only, and calls some of these public.
        ("a reserved address", "192.0.0.0/24 198.18.0.0/15 2001::/23 3fff::/20"),
    )
)


def against_url(url: str, *, private: bool = False) -> str:
    """Say what speaks against sending to a URL, as far as it shows before its name is resolved; "" for nothing.

    ``private`` allows what leads to this machine and its network. An address stands in it as ``against_address`` knows it and no
    other way: what reads 0177.1 or a full-width digit differently than we do would connect to something nobody has looked at.
    """
    if not url.isascii() or _UNSAFE.search(url):
        return "it holds characters that no URL has; names of other alphabets are written as xn--…"
    try:
        split = urlsplit(url)
    except ValueError:
        return "it is no URL"
    if split.scheme not in ("http", "https"):
        return "it begins with neither https:// nor http://"
    if "@" in split.netloc:
        return "it holds a user name or password"
    found = _NETLOC.fullmatch(split.netloc)
    if found is None or len(found["name"] or "") > _LONGEST_NAME:
        return "it names no host"
    return _against_host(found["literal"], found["name"], private=private) or _against_port(found["port"], private=private)


def _against_host(literal: str | None, name: str | None, *, private: bool) -> str:
    written = literal or name or ""
    if literal is not None or _NUMBER.fullmatch(written.rstrip(".").rpartition(".")[2]):
        try:
            (IPv4Address if literal is None else IPv6Address)(written)
        except ValueError:
            return "it writes an address in an unusual way"
        return "" if private else against_address(written)
    local = written.lower().rstrip(".").rpartition(".")[2] == "localhost"
    return "it leads to the machine itself" if local and not private else ""


def _against_port(port: str | None, *, private: bool) -> str:
    number = int(port or _ORDINARY[0])
    if not 0 < number < 65_536:
        return f"there is no port {number}"
    if number < _PRIVILEGED and number not in _ORDINARY and not private:
        return f"port {number} belongs to another service"
    return ""


def against_address(address: str) -> str:
    """Say what speaks against connecting to an address of the public network, "" for nothing."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "what its name stands for is no address"
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id:
            return f"{address} is an address of one network interface"
        parsed = parsed.ipv4_mapped or parsed
    for kind, networks in _KINDS:
        if any(parsed in network for network in networks):
            return f"{address} is {kind}"
    if not parsed.is_global or (parsed.version == 6 and parsed not in _GLOBAL):
        return f"{address} is a reserved address"
    return ""
