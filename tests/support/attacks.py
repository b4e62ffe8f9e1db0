"""URLs somebody could register to make the server reach what only it can reach, with what their names stand for."""

from __future__ import annotations

from typing import Final, NamedTuple

PUBLIC: Final = "93.184.216.34"
NAME: Final = "hooks.example.com"


class Attack(NamedTuple):
    """A URL with ``{port}`` for that of a listener on the loopback; ``records`` is what its name stands for."""

    title: str
    url: str
    records: tuple[str, ...] = ()


LITERALS: Final = (
    Attack("loopback", "http://127.0.0.1:{port}/"),
    Attack("loopback, another of them", "http://127.8.9.10:{port}/"),
    Attack("loopback without a port", "http://127.0.0.1/"),
    Attack("loopback over TLS", "https://127.0.0.1:{port}/"),
    Attack("one decimal number", "http://2130706433:{port}/"),
    Attack("octal", "http://0177.0.0.1:{port}/"),
    Attack("octal with many zeros", "http://0000000177.0.0.1:{port}/"),
    Attack("octal, one number", "http://017700000001:{port}/"),
    Attack("hexadecimal", "http://0x7f.0.0.1:{port}/"),
    Attack("hexadecimal and short", "http://0x7f.1:{port}/"),
    Attack("hexadecimal, one number", "http://0x7F000001:{port}/"),
    Attack("hexadecimal at the end", "http://127.0.0.0x1:{port}/"),
    Attack("short, two parts", "http://127.1:{port}/"),
    Attack("short, three parts", "http://127.0.1:{port}/"),
    Attack("zero for short", "http://0:{port}/"),
    Attack("a part too many", "http://127.0.0.0.1:{port}/"),
    Attack("a part that wraps around", "http://383.0.0.1:{port}/"),
    Attack("a trailing dot", "http://127.0.0.1.:{port}/"),
    Attack("two trailing dots", "http://127.0.0.1..:{port}/"),
    Attack("full-width digits", "http://１２７.０.０.１:{port}/"),  # noqa: RUF001 - that they look alike is the attack
    Attack("Arabic digits", "http://١٢٧.٠.٠.١:{port}/"),  # noqa: RUF001 - that they look alike is the attack
    Attack("ideographic full stops", "http://127。0。0。1:{port}/"),
    Attack("circled letters", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/"),
    Attack("a soft hyphen", "http://127.0.0.1\u00ad:{port}/"),
    Attack("an escaped digit", "http://127.0.0.%31:{port}/"),
    Attack("IPv6 loopback", "http://[::1]:{port}/"),
    Attack("IPv6 loopback in full", "http://[0:0:0:0:0:0:0:1]:{port}/"),
    Attack("IPv6 nowhere", "http://[::]:{port}/"),
    Attack("IPv6 with a zone", "http://[::1%lo]:{port}/"),
    Attack("IPv6 with an escaped zone", "http://[fe80::1%25lo]:{port}/"),
    Attack("IPv6 without brackets", "http://::1:{port}/"),
    Attack("brackets around IPv4", "http://[127.0.0.1]:{port}/"),
    Attack("brackets around a future", "http://[v1.127.0.0.1]:{port}/"),
    Attack("brackets and more", "http://[::1].example.com:{port}/"),
    Attack("IPv4-mapped", "http://[::ffff:127.0.0.1]:{port}/"),
    Attack("IPv4-mapped in hexadecimal", "http://[::ffff:7f00:1]:{port}/"),
    Attack("IPv4-compatible", "http://[::127.0.0.1]:{port}/"),
    Attack("IPv4-translated", "http://[::ffff:0:127.0.0.1]:{port}/"),
    Attack("NAT64", "http://[64:ff9b::7f00:1]:{port}/"),
    Attack("NAT64 of a site", "http://[64:ff9b:1::7f00:1]:{port}/"),
    Attack("6to4", "http://[2002:7f00:1::]:{port}/"),
    Attack("6to4 relay", "http://192.88.99.1:{port}/"),
    Attack("Teredo", "http://[2001::7f00:1]:{port}/"),
    Attack("ORCHID", "http://[2001:10::1]:{port}/"),
    Attack("documentation", "http://[2001:db8::1]:{port}/"),
    Attack("documentation, the new block", "http://[3fff::1]:{port}/"),
    Attack("discard only", "http://[100::1]:{port}/"),
    Attack("segment routing", "http://[5f00::1]:{port}/"),
    Attack("unique local", "http://[fd00:ec2::254]:{port}/"),
    Attack("site local", "http://[fec0::1]:{port}/"),
    Attack("IPv6 link local", "http://[fe80::1]:{port}/"),
    Attack("IPv6 multicast", "http://[ff02::1]:{port}/"),
    Attack("this network", "http://0.0.0.0:{port}/"),
    Attack("this network, another", "http://0.1.2.3:{port}/"),
    Attack("private, ten", "http://10.0.0.1:{port}/"),
    Attack("private, the last of 172.16", "http://172.31.255.255:{port}/"),
    Attack("private, the first of 172.16", "http://172.16.0.0:{port}/"),
    Attack("private, 192.168", "http://192.168.1.1:{port}/"),
    Attack("cloud metadata", "http://169.254.169.254/latest/meta-data/"),
    Attack("cloud metadata, mapped", "http://[::ffff:169.254.169.254]/latest/meta-data/"),
    Attack("Azure's own", "http://168.63.129.16:{port}/"),
    Attack("Oracle's own", "http://192.0.0.192:{port}/"),
    Attack("carrier-grade NAT", "http://100.64.0.1:{port}/"),
    Attack("carrier-grade NAT, the last", "http://100.127.255.255:{port}/"),
    Attack("protocol assignments", "http://192.0.0.9:{port}/"),
    Attack("benchmarking", "http://198.19.255.255:{port}/"),
    Attack("documentation of IPv4", "http://203.0.113.7:{port}/"),
    Attack("multicast", "http://224.0.0.1:{port}/"),
    Attack("multicast, the last", "http://239.255.255.255:{port}/"),
    Attack("reserved", "http://240.0.0.1:{port}/"),
    Attack("broadcast", "http://255.255.255.255:{port}/"),
    Attack("localhost", "http://localhost:{port}/"),
    Attack("localhost in capitals with a dot", "http://LocalHost.:{port}/"),
    Attack("below localhost", "http://hooks.localhost:{port}/"),
    Attack("a user before the host", "http://" + NAME + "@127.0.0.1:{port}/"),
    Attack("user and password", "http://one:two@127.0.0.1:{port}/"),
    Attack("a user and a public host", "http://user@" + NAME + "/", (PUBLIC,)),
    Attack("a backslash before the real host", "http://127.0.0.1:{port}\\@" + NAME + "/"),
    Attack("a tab in the host", "http://127.0.\t0.1:{port}/"),
    Attack("a line break in the host", "http://127.0.0.1\r\nX-Evil: 1:{port}/"),
    Attack("a blank before everything", " http://127.0.0.1:{port}/"),
    Attack("a null in the host", "http://127.0.0.1\x00." + NAME + ":{port}/"),
    Attack("a UNIX socket", "unix:///var/run/docker.sock"),
    Attack("HTTP over a UNIX socket", "http+unix://%2Fvar%2Frun%2Fdocker.sock/"),
    Attack("a file", "file:///etc/passwd"),
    Attack("gopher", "gopher://127.0.0.1:{port}/_GET"),
    Attack("FTP", "ftp://127.0.0.1:{port}/"),
    Attack("a web socket", "ws://127.0.0.1:{port}/"),
    Attack("no scheme", "//127.0.0.1:{port}/"),
    Attack("no host", "http:///127.0.0.1:{port}/"),
    Attack("no URL at all", "127.0.0.1:{port}"),
    Attack("an empty text", ""),
    Attack("port nought", "http://" + NAME + ":0/", (PUBLIC,)),
    Attack("a port too high", "http://" + NAME + ":65536/", (PUBLIC,)),
    Attack("a port that is no number", "http://" + NAME + ":8o/", (PUBLIC,)),
    Attack("the port of mail", "http://" + NAME + ":25/", (PUBLIC,)),
    Attack("the last port of others", "http://" + NAME + ":1023/", (PUBLIC,)),
    Attack("a name longer than names are", "http://" + "a." * 126 + "com/", (PUBLIC,)),
)
NAMES: Final = tuple(
    Attack(title, "http://" + NAME + ":{port}/", tuple(records.split()))
    for title, records in (
        ("a name for loopback", "127.0.0.1"),
        ("a name for IPv6 loopback", "::1"),
        ("a name for a mapped loopback", "::ffff:127.0.0.1"),
        ("a name for cloud metadata", "169.254.169.254"),
        ("a name for the house", "192.168.0.10"),
        ("a name for nowhere", "0.0.0.0"),  # noqa: S104 - an address to refuse, bound by nobody
        ("a name for an address of an interface", "fe80::1%lo"),
        ("a name for NAT64", "64:ff9b::7f00:1"),
        ("a name for 6to4", "2002:7f00:1::"),
        ("a name for Teredo", "2001:0:7f00:1::"),
        ("a name for multicast", "224.0.0.251"),
        ("a name for something that is no address", "127.1"),
        ("public first, then loopback", f"{PUBLIC} 127.0.0.1"),
        ("loopback first, then public", f"127.0.0.1 {PUBLIC}"),
        ("public IPv4 and private IPv6", f"{PUBLIC} fd00::1"),
    )
)
ATTACKS: Final = LITERALS + NAMES
