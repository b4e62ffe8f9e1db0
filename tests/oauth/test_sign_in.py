"""Signing in: cookies, forms, limits, and nothing that tells who has an account."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING

import pytest
from time_machine import travel

from bursar.oauth.passwords import hash_password
from bursar.throttling.sign_in import ONE_ADDRESS, ONE_EMAIL, WINDOW_S, SignIns, neighbourhood
from tests.oauth.place import PASSWORD, Browser, Flow, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.oauth.place import Place


@pytest.fixture
def signing_in(flow: Flow) -> Flow:
    flow.browser.get("/oauth/authorize", flow.query())
    return flow


@pytest.mark.parametrize(
    ("email", "password"),
    [
        pytest.param("{}", "wrong password", id="a wrong password"),
        pytest.param("{}", "", id="no password"),
        pytest.param("{}", "x" * 20_000, id="a password without end"),
        pytest.param("nobody@example.com", PASSWORD, id="an unknown address"),
        pytest.param("", "", id="nothing"),
        pytest.param("a\0b@example.com", PASSWORD, id="an address that cannot be"),
    ],
)
def test_nobody_gets_in_with(signing_in: Flow, email: str, password: str) -> None:
    page = signing_in.browser.sign_in(email.format(signing_in.email), password)
    assert page.status_code == 401
    assert "The e-mail address or the password is wrong." in page.text
    assert 'value="allow"' not in page.text
    assert password not in page.text or not password


def test_an_address_is_the_same_in_any_case_and_with_blanks_around(signing_in: Flow) -> None:
    page = signing_in.browser.sign_in(f"  {signing_in.email.upper()} ", PASSWORD)
    assert 'value="allow"' in page.text


def test_somebody_who_was_shut_out_does_not_get_in(signing_in: Flow) -> None:
    signing_in.place.run(signing_in.place.people.revoke_identity(signing_in.person.id, 1))
    assert signing_in.browser.sign_in(signing_in.email, PASSWORD).status_code == 401


def test_being_shut_out_ends_a_visit(flow: Flow) -> None:
    flow.consent()
    flow.place.run(flow.place.people.revoke_identity(flow.person.id, 1))
    assert flow.browser.press("allow").page.status_code == 403
    assert 'type="password"' in flow.browser.get("/oauth/authorize", flow.query()).text


def test_a_new_password_ends_visits_made_with_the_old_one(flow: Flow) -> None:
    flow.consent()
    flow.place.run(flow.place.people.set_password(flow.person.id, hash_password("another password")))
    assert flow.browser.press("allow").page.status_code == 403
    assert 'type="password"' in flow.browser.get("/oauth/authorize", flow.query()).text
    assert 'value="allow"' in flow.browser.sign_in(flow.email, "another password").text


def test_a_visit_ends_after_twelve_hours(flow: Flow) -> None:
    flow.consent()
    flow.place.clock.pass_s(12 * 3600)
    assert flow.browser.press("allow").page.status_code == 403


def test_signing_out_comes_back_to_the_same_request(flow: Flow) -> None:
    page = flow.consent(state="s")
    asked = page.url
    flow.browser.press("sign_out")
    assert flow.browser.page.status_code == 303
    page = flow.browser.get(*asked.removeprefix(flow.place.url).split("?"))
    assert 'type="password"' in page.text
    assert 'value="allow"' in flow.browser.sign_in(flow.email, PASSWORD).text


@pytest.mark.parametrize("step", ["sign_in", "sign_out", "allow", "deny"])
@pytest.mark.parametrize("form", ["", "0" * 64, "\u00fc"])
def test_a_form_that_is_not_ours_does_nothing(flow: Flow, step: str, form: str) -> None:
    flow.consent()
    page = flow.browser.post(form=form, step=step, email=flow.email, password=PASSWORD)
    assert page.status_code == 403
    assert "location" not in page.headers
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize("step", ["sign_in", "allow"])
def test_a_form_without_its_cookie_does_nothing(flow: Flow, step: str) -> None:
    flow.consent()
    flow.browser.session.cookies.clear()
    assert flow.browser.post(step=step, email=flow.email, password=PASSWORD).status_code == 403


def test_a_form_from_before_signing_in_means_nothing_after_it(signing_in: Flow) -> None:
    before = signing_in.browser.form_token
    cookies = signing_in.browser.session.cookies.copy()
    signing_in.browser.sign_in(signing_in.email, PASSWORD)
    assert signing_in.browser.session.cookies.get_dict() != cookies.get_dict(), "a cookie planted before is worth nothing"
    assert signing_in.browser.post(form=before, step="allow").status_code == 403


@pytest.mark.parametrize("step", ["", "own_everything"])
def test_an_unknown_step_does_nothing(flow: Flow, step: str) -> None:
    flow.consent()
    assert flow.browser.press(step).page.status_code == 403


def test_a_forged_cookie_is_nobodys(signing_in: Flow) -> None:
    cookies = signing_in.browser.session.cookies
    text = cookies["bursar"] or ""
    cookies.set("bursar", text[:-2] + ("AA" if text[-2:] != "AA" else "BB"), domain="127.0.0.1", path="/")
    assert signing_in.browser.sign_in(signing_in.email, PASSWORD).status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(flow: Flow) -> None:
    cookie = flow.browser.get("/oauth/authorize", flow.query()).headers["set-cookie"].lower()
    assert "; httponly" in cookie
    assert "; samesite=lax" in cookie
    assert "; path=/" in cookie
    assert "; secure" not in cookie


def test_over_https_the_cookie_never_leaves_it(strict: Place) -> None:
    flow = Flow(strict, 1)
    cookie = flow.browser.get("/oauth/authorize", flow.query()).headers["set-cookie"]
    assert cookie.startswith("__Host-bursar=")
    assert "; Secure" in cookie


def attempts(flow: Flow, count: int, email: str) -> list[int]:
    return [flow.browser.sign_in(email.format(number), "wrong password").status_code for number in range(count)]


@pytest.fixture
def limited(books_file: Path) -> Iterator[Flow]:
    with opened(books_file, limited=True) as place:
        flow = Flow(place, 1)
        flow.browser.get("/oauth/authorize", flow.query())
        yield flow


def test_one_address_tries_one_person_few_times(limited: Flow) -> None:
    assert attempts(limited, ONE_EMAIL, limited.email) == [401] * ONE_EMAIL
    page = limited.browser.sign_in(limited.email, PASSWORD)
    assert page.status_code == 429, "even with the right password"
    assert "Too many attempts" in page.text
    assert 1 <= int(page.headers["retry-after"]) <= 300
    assert limited.browser.sign_in("other@example.com", "wrong password").status_code == 401, "others may still try"


def test_one_address_tries_many_people_not_much_more(limited: Flow) -> None:
    assert attempts(limited, ONE_ADDRESS + 1, "somebody{}@example.com") == [401] * ONE_ADDRESS + [429]


def test_getting_in_clears_the_count(limited: Flow) -> None:
    for _ in range(2):
        attempts(limited, ONE_EMAIL - 1, limited.email)
        assert 'value="allow"' in limited.browser.sign_in(limited.email, PASSWORD).text
        limited.browser = Browser(limited.place.url)
        limited.browser.get("/oauth/authorize", limited.query())


def test_many_programs_of_one_person_sign_in_at_the_same_time(limited: Flow) -> None:
    def sign_in(_: int) -> bool:
        browser = Browser(limited.place.url)
        browser.get("/oauth/authorize", limited.query())
        return 'value="allow"' in browser.sign_in(limited.email, PASSWORD).text

    with ThreadPoolExecutor(3 * ONE_EMAIL) as programs:
        assert all(programs.map(sign_in, range(3 * ONE_EMAIL)))


def test_many_guesses_at_the_same_time_are_no_more_than_one_after_the_other(limited: Flow) -> None:
    def guess(number: int) -> int:
        browser = Browser(limited.place.url)
        browser.get("/oauth/authorize", limited.query())
        return browser.sign_in(limited.email, f"wrong password {number}").status_code

    with ThreadPoolExecutor(3 * ONE_EMAIL) as programs:
        assert sorted(programs.map(guess, range(3 * ONE_EMAIL))) == [401] * ONE_EMAIL + [429] * 2 * ONE_EMAIL


def test_who_waits_as_long_as_it_is_told_may_try_again() -> None:
    counted = SignIns()
    with travel(0, tick=False) as clock:
        counted.fail("127.0.0.1", "somebody@example.com")
        clock.shift(WINDOW_S / 2)
        for number in range(ONE_ADDRESS - 1):
            counted.forgive("127.0.0.1", "ann@example.com")
            counted.fail("127.0.0.1", f"somebody{number}@example.com")
        told = counted.wait_s("127.0.0.1", "ann@example.com")
        clock.shift(told - 1)
        assert counted.wait_s("127.0.0.1", "ann@example.com") == 1
        clock.shift(1)
        assert counted.wait_s("127.0.0.1", "ann@example.com") == 0


def test_only_who_is_wrong_is_counted() -> None:
    counted = SignIns()
    for number in range(ONE_ADDRESS):
        assert counted.wait_s("127.0.0.1", "ann@example.com") == 0
        counted.forgive("127.0.0.1", "ann@example.com")
        counted.fail("127.0.0.1", f"somebody{number}@example.com")
    assert 1 <= counted.wait_s("127.0.0.1", "ann@example.com") <= WINDOW_S
    assert counted.wait_s("127.0.0.2", "ann@example.com") == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        pytest.param("203.0.113.9", "203.0.113.9", id="IPv4"),
        pytest.param("::ffff:203.0.113.9", "203.0.113.9", id="IPv4 written as IPv6"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", id="IPv6: the whole net"),
        pytest.param("", "", id="a socket without address"),
    ],
)
def test_an_address_is_counted_as(address: str, counted: str) -> None:
    assert neighbourhood(address) == counted


def test_an_unknown_person_is_refused_as_slowly_as_a_known_one(signing_in: Flow) -> None:
    def refused_s(email: str) -> float:
        started = perf_counter()
        assert signing_in.browser.sign_in(email, "wrong password").status_code == 401
        return perf_counter() - started

    pairs = [(refused_s(signing_in.email), refused_s("nobody@example.com")) for _ in range(9)]
    known, unknown = min(known for known, _ in pairs), min(unknown for _, unknown in pairs)
    assert 0.6 < known / unknown < 1.7
