"""Opening books and saying who may use them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import WAIT_S, bursar, serving
from tests.cli.conftest import COMPANY, PASSWORD, PLACE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.commands import Done
    from tests.cli.conftest import Books

ME = "/auth/api/v1/users/me"


def test_init_opens_one_business_and_no_more(books: Books) -> None:
    again = bursar("init", *COMPANY, *PLACE, *books.flags, "--password-file", "-", cwd=books.folder, stdin=PASSWORD)
    assert (again.code, "bursar business add" in again.err) == (4, True)
    business = bursar("business", "list", *books.flags, "--json", cwd=books.folder).row
    assert [business[name] for name in ("name", "currency", "timezone", "country")] == ["Lee Studio", "CAD", "America/Toronto", "CA"]
    assert business["business_id"] > 40_000


def test_a_password_is_made_when_none_is_given(tmp_path: Path) -> None:
    opened = bursar("init", *COMPANY, *PLACE, "--data", tmp_path / "data", "--json", cwd=tmp_path)
    assert len(opened.row["password"]) >= 16
    assert opened.row["password"] not in opened.err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        pytest.param([*COMPANY, *PLACE[2:]], "Missing option --currency", id="a currency not said"),
        pytest.param([*COMPANY, *PLACE, "--currency", "XYZ"], "XYZ is no ISO 4217 currency code", id="a currency nobody has"),
        pytest.param([*COMPANY, *PLACE, "--timezone", "Toronto"], "Toronto is no time zone", id="a city as a time zone"),
        pytest.param([*COMPANY, *PLACE, "--country", "Canada"], "Canada is no ISO 3166 country code", id="a country by its name"),
        pytest.param([*COMPANY, *PLACE, "--email", "ann"], "'ann' is not an e-mail address", id="an e-mail address that is none"),
    ],
)
def test_init_names_what_is_missing_or_wrong(tmp_path: Path, flags: list[str], said: str) -> None:
    refused = bursar("init", *flags, "--data", tmp_path / "data", cwd=tmp_path)
    assert (refused.code, said in refused.err) == (2, True)
    assert not (tmp_path / "data").exists()


def test_without_flags_real_books_lie_in_the_platform_s_directory(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "home" / "share")}
    assert bursar("init", *COMPANY, *PLACE, cwd=tmp_path, env=env).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert list((tmp_path / "home").rglob("books.db"))
    (tmp_path / "bursar_data").mkdir()
    assert bursar("business", "list", cwd=tmp_path, env=env).code == 4


def test_a_weak_password_is_refused(tmp_path: Path) -> None:
    refused = bursar("init", *COMPANY, *PLACE, "--data", tmp_path / "data", "--password-file", "-", cwd=tmp_path, stdin="short")
    assert (refused.code, "10 to 512 characters" in refused.err) == (1, True)


def test_a_second_business_of_the_same_owner_is_seen_by_the_same_token(company: Books) -> None:
    token = bursar("token", "add", *company.flags, cwd=company.folder).out.strip()
    with serving(*company.flags, cwd=company.folder) as server:
        added = bursar("business", "add", "--name", "Second", *PLACE, "--currency", "EUR", *company.flags, "--json", cwd=company.folder)
        memberships = server.get(ME, token).json()["response"]["business_memberships"]
        assert [each["business"]["name"] for each in memberships] == ["Lee Studio", "Second"]
        categories = server.get(f"/accounting/account/{added.row['account_id']}/expenses/categories", token).json()
        assert categories["response"]["result"]["total"] >= 56
        trigger = ("trigger", "tax.create", "--url", server.url, "--token", token)
        for words, code in ((trigger, 4), ((*trigger, "--business", "7"), 3), (("rate", "list"), 4)):
            refused = bursar(*words, *company.flags, cwd=company.folder)
            assert (refused.code, refused.err.startswith("bursar: There "), refused.err.count("\n")) == (code, True, 1), refused.err
        made = bursar(*trigger, "--business", added.row["business_id"], *company.flags, "--json", cwd=company.folder)
        assert made.code == 0, made.err
        taxes = [server.get(f"/accounting/account/{each['business']['account_id']}/taxes/taxes", token).json() for each in memberships]
        assert [each["response"]["result"]["total"] for each in taxes] == [0, 1]


def test_tokens_open_until_they_are_revoked(company: Books) -> None:
    limited = ("--name", "till", "--scope", "user:clients:read", "--expires-after", "8h")
    token = bursar("token", "add", *limited, *company.flags, cwd=company.folder).out.strip()
    with serving(*company.flags, cwd=company.folder) as server:
        account = server.get(ME, token).json()["response"]["business_memberships"][0]["business"]["account_id"]
        assert server.get(f"/accounting/account/{account}/users/clients", token).status_code == 200
        assert server.get(f"/accounting/account/{account}/invoices/invoices", token).status_code == 403
        (listed,) = bursar("token", "list", *company.flags, "--json", cwd=company.folder).rows
        assert (listed["name"], listed["for"], listed["ends_in"]) == ("till", "ann@example.com", token[-4:])
        assert listed["expires"] > listed["made"]
        revoked = bursar("token", "revoke", listed["id"], *company.flags, cwd=company.folder)
        assert revoked.code == 0
        assert server.get(ME, token).status_code == 401
    assert bursar("token", "revoke", listed["id"], *company.flags, cwd=company.folder).code == 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(["token", "add", "--expires-after", "soon"], 2, "soon is no span of time", id="a span of time that is none"),
        pytest.param(["token", "add", "--scope", "user:gold:read"], 1, "There is no scope 'user:gold:read'", id="a scope nobody knows"),
        pytest.param(["token", "add", "--user", "bob@example.com"], 3, "Nobody signs in as bob@example.com", id="a token for nobody"),
        pytest.param(["app", "revoke", "zz"], 3, "bursar app list", id="an app nobody registered"),
        pytest.param(["user", "add", "--email", "b@example.com", "--role", "king"], 2, "king is no role", id="a role nobody has"),
        pytest.param(["rate", "list", "--business", "7"], 3, "There is no business 7", id="a business nobody opened"),
        pytest.param(["sing"], 2, "No such command 'sing'", id="a command there is not"),
    ],
)
def test_wrong_words_end_in_a_sentence_and_a_code(company: Books, words: list[str], code: int, said: str) -> None:
    flags = company.flags if len(words) > 1 else ()
    refused = bursar(*words, *flags, cwd=company.folder)
    assert (refused.code, said in refused.err) == (code, True), refused.err


def test_an_app_is_registered_with_a_secret_shown_once(company: Books) -> None:
    added = bursar(
        "app", "add", "--name", "Till", "--redirect-uri", "https://till.example/back", *company.flags, "--json", cwd=company.folder
    ).row
    with serving(*company.flags, cwd=company.folder) as server:
        body = {name: added[name] for name in ("client_id", "client_secret")} | {"grant_type": "refresh_token", "refresh_token": "none"}
        assert server.http.post(f"{server.url}/auth/oauth/token", json=body, timeout=WAIT_S).json()["error"] == "invalid_grant"
        bursar("app", "revoke", added["client_id"][:12], *company.flags, cwd=company.folder)
        assert server.http.post(f"{server.url}/auth/oauth/token", json=body, timeout=WAIT_S).json()["error"] == "invalid_client"
    listed = bursar("app", "list", *company.flags, cwd=company.folder).out
    assert added["client_id"] in listed
    assert added["client_secret"] not in listed


def test_real_books_take_no_redirect_without_tls(company: Books) -> None:
    refused = bursar("app", "add", "--name", "Till", "--redirect-uri", "http://127.0.0.1:9/", *company.flags, cwd=company.folder)
    assert (refused.code, "must begin with https://" in refused.err) == (1, True)


def test_people_are_let_in_and_shut_out(company: Books) -> None:
    who = ("--email", "bob@example.com", "--name", "Bob Ray", "--role", "business_employee")
    added = bursar("user", "add", *who, *company.flags, "--json", cwd=company.folder).row
    assert (added["staff_id"], len(added["password"])) == (2, 16)
    token = bursar("token", "add", "--user", "bob@example.com", *company.flags, cwd=company.folder).out.strip()
    with serving(*company.flags, cwd=company.folder) as server:
        me = server.get(ME, token).json()["response"]
        assert (me["first_name"], me["business_memberships"][0]["role"]) == ("Bob", "business_employee")
        assert bursar("user", "revoke", "bob@example.com", *company.flags, cwd=company.folder).code == 0
        assert server.get(ME, token).status_code == 401
    roles = [(row["email"], row["role"]) for row in bursar("user", "list", *company.flags, "--json", cwd=company.folder).rows]
    assert roles == [("ann@example.com", "owner"), ("bob@example.com", "business_employee")]


def test_who_was_shut_out_comes_back_by_a_word_of_its_own(company: Books) -> None:
    def said(*words: object) -> Done:
        return bursar(*words, *company.flags, cwd=company.folder)

    ann = "ann@example.com"
    assert said("user", "revoke", ann).code == 0
    added = said("user", "add", "--email", ann)
    assert (added.code, f"bursar user restore {ann}" in added.err) == (4, True), added.err
    assert [row["revoked"] != "" for row in said("user", "list", "--json").rows] == [True]
    assert said("token", "add", "--user", ann).code == 3
    assert said("user", "restore", ann).code == 0
    assert said("token", "add", "--user", ann).code == 0
    again = said("user", "restore", ann)
    assert (again.code, "Nobody was shut out" in again.err) == (3, True), again.err


def test_init_lets_nobody_in_who_was_shut_out(tmp_path: Path) -> None:
    flags = ("--data", tmp_path / "data")
    opened = bursar("init", *COMPANY, *PLACE, *flags, "--password-file", "-", cwd=tmp_path, stdin=PASSWORD)
    assert opened.code == 0, opened.err
    with sqlite3.connect(tmp_path / "data" / "books.db") as books:  # as an interrupted init leaves it
        books.execute("DELETE FROM memberships")
        books.execute("DELETE FROM businesses")
    books.close()
    assert bursar("user", "revoke", "ann@example.com", *flags, cwd=tmp_path).code == 0
    refused = bursar("init", *COMPANY, *PLACE, *flags, "--password-file", "-", cwd=tmp_path, stdin=PASSWORD)
    assert (refused.code, "was shut out of these books" in refused.err) == (4, True), refused.err
    assert bursar("business", "list", "--json", *flags, cwd=tmp_path).out == ""


def test_env_of_real_books_names_no_secret(company: Books) -> None:
    said = bursar("env", *company.flags, cwd=company.folder, env={"BURSAR_PUBLIC_URL": "https://books.example"}).out
    names = [line.partition("=")[0].removeprefix("export FRESHBOOKS_") for line in said.splitlines()]
    assert names == ["API_URL", "AUTH_URL", "ACCOUNT_ID", "BUSINESS_ID", "BUSINESS_UUID"]
    assert "export FRESHBOOKS_API_URL=https://books.example\n" in said
    with sqlite3.connect(company.file) as file:  # as a business that only tracks time has none
        file.execute("UPDATE businesses SET accountid = NULL")
    file.close()
    assert "ACCOUNT_ID" not in bursar("env", *company.flags, cwd=company.folder).out


def test_rates_are_loaded_and_replaced(books: Books) -> None:
    file = books.folder / "rates.csv"
    file.write_text("code,date,rate\nUSD,2026-01-02,1.3705\neur,2026-01-02,1.6\n")
    assert bursar("rate", "load", file, *books.flags, cwd=books.folder).code == 0
    file.write_text("date,code,rate,source\n2026-01-02,USD,1.370000001,bank\n")
    assert bursar("rate", "load", file, *books.flags, cwd=books.folder).code == 0
    listed = [(row["code"], row["rate"]) for row in bursar("rate", "list", *books.flags, "--json", cwd=books.folder).rows]
    assert listed == [("EUR", "1.6"), ("USD", "1.370000001")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("code,rate\nUSD,1\n", "names no column date", id="a column is missing"),
        pytest.param("code,date,rate\nUSD,2026-01-02,1.3\nUSD,yesterday,1.3\n", "line 3: USD,yesterday,1.3", id="a day that is none"),
        pytest.param("code,date,rate\nUSD,2026-01-02,0\n", "line 2", id="worth nothing"),
        pytest.param("code,date,rate\nGOLD,2026-01-02,1\n", "line 2", id="a code that is none"),
    ],
)
def test_rates_that_will_not_do_are_named_and_none_is_loaded(company: Books, text: str, said: str) -> None:
    file = company.folder / "rates.csv"
    file.write_text(text)
    refused = bursar("rate", "load", file, *company.flags, cwd=company.folder)
    assert (refused.code, said in refused.err) == (2, True), refused.err
    assert bursar("rate", "list", *company.flags, "--json", cwd=company.folder).out == ""
