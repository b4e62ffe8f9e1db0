"""Where what is sent out may go (dependencies 2.2)."""

from __future__ import annotations

import pytest

from bursar.domain.targets import against_address, against_url
from tests.support.attacks import ATTACKS, NAME, PUBLIC, Attack


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.title) for attack in ATTACKS])
def test_what_leads_inside_is_refused(attack: Attack) -> None:
    said = [against_url(attack.url.replace("{port}", "8123")), *map(against_address, attack.records)]
    assert any(said)


@pytest.mark.parametrize(
    "url",
    [
        f"https://{NAME}/hook",
        f"https://{NAME}./hook",
        f"http://{NAME}:80/",
        f"http://{NAME}:443/",
        f"http://{NAME}:1024/",
        f"http://{NAME}:65535/",
        f"https://{NAME}:8443/in?token=a%2Fb&x=1#part",
        f"https://{NAME}:/",
        f"https://{NAME.upper()}",
        "https://xn--bcher-kva.example/",
        "https://under_score.example.com/",
        "https://127.0.0.1.nip.example/",
        "https://0x7f.example/",
        "https://localhost.example.com/",
        f"http://{PUBLIC}/",
        "http://[2606:4700::1111]:8080/",
        f"http://[::ffff:{PUBLIC}]/",
        "https://" + "a." * 125 + "com/",
    ],
)
def test_what_leads_outside_is_not(url: str) -> None:
    assert against_url(url) == against_url(url, private=True) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/",
        "http://[::1]:8000/",
        "http://localhost:8000/",
        "http://app:22/",
        "http://192.168.0.4/",
        "http://h.localhost/",
    ],
)
def test_where_the_settings_allow_it_a_program_on_the_same_machine_is_reached(url: str) -> None:
    assert against_url(url, private=True) == ""


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://one:two@127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://[::1%lo]/",
        "http://a\tb/",
        "http://h:0/",
    ],
)
def test_what_is_odd_is_refused_even_there(url: str) -> None:
    assert against_url(url, private=True)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        pytest.param("9.255.255.255 11.0.0.0", "10.0.0.0 10.255.255.255", id="ten"),
        pytest.param("172.15.255.255 172.32.0.0", "172.16.0.0 172.31.255.255", id="172.16"),
        pytest.param("100.63.255.255 100.128.0.0", "100.64.0.0 100.127.255.255", id="carrier-grade NAT"),
        pytest.param("126.255.255.255 128.0.0.1", "127.0.0.0 127.255.255.255", id="loopback"),
        pytest.param("169.253.255.255 169.255.0.0", "169.254.0.0 169.254.255.255", id="link local"),
        pytest.param("223.255.255.255", "224.0.0.0", id="multicast"),
        pytest.param("2001:200:: 2003::", "2001:1ff:: 2002::", id="Teredo and 6to4"),
    ],
)
def test_the_edges_of_networks(inside: str, outside: str) -> None:
    assert [address for address in inside.split() if against_address(address)] == []
    assert [address for address in outside.split() if not against_address(address)] == []


def test_the_reason_says_what_the_address_is() -> None:
    assert against_address("169.254.169.254") == "169.254.169.254 is a link-local address, where clouds keep their secrets"
    assert against_address("::ffff:10.0.0.1") == "::ffff:10.0.0.1 is a private address"
    assert against_url("http://127.1/") == "it writes an address in an unusual way"
