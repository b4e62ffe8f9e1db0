"""Files: taken by kind and size, kept, and read by whoever has the handle (accounting-more section 11)."""

from __future__ import annotations

import base64
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bursar.oauth.registration import make_token

if TYPE_CHECKING:
    from tests.support.tenant import Tenant

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(40)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
GIF = b"GIF89a" + bytes(40)
PDF = b"%PDF-1.4\n" + bytes(40)
HTML = b"<!doctype html><script>alert(1)</script>" + bytes(40)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
LIMIT = 5_000


def upload(server: Tenant, plural: str, content: bytes, name: str = "holiday.png", **more: Any) -> tuple[int, Any]:
    """Upload a file and answer status and body."""
    files = more.pop("files", {"content": (name, content)})
    status, body, _ = server.call("POST", f"/uploads/account/{server.account_id}/{plural}", files=files, **more)
    return status, body


def read(server: Tenant, path: str) -> Any:
    """Read a file as a browser does: without a token."""
    return server.place.http.get(server.url + path, timeout=20)


@pytest.mark.parametrize(
    ("plural", "content", "media_type", "ending"),
    [
        pytest.param("images", JPEG, "image/jpeg", ".jpg", id="a JPEG image"),
        pytest.param("images", PNG, "image/png", ".png", id="a PNG image"),
        pytest.param("images", GIF, "image/gif", ".gif", id="a GIF image"),
        pytest.param("attachments", JPEG, "image/jpeg", ".jpg", id="a JPEG attached"),
        pytest.param("attachments", PNG, "image/png", ".png", id="a PNG attached"),
        pytest.param("attachments", PDF, "application/pdf", ".pdf", id="a PDF attached"),
    ],
)
def test_a_file_comes_back_as_it_went(server: Tenant, plural: str, content: bytes, media_type: str, ending: str) -> None:
    status, body = upload(server, plural, content)
    told = body[plural.removesuffix("s")]
    assert (status, told["media_type"], told["public_id"]) == (201, media_type, told["jwt"])
    assert told["filename"].endswith(ending)
    answer = read(server, f"/uploads/{plural}/{told['jwt']}")
    assert (answer.status_code, answer.content) == (200, content)
    headers = answer.headers
    assert (headers["Content-Type"], headers["X-filename"], headers["X-Content-Type-Options"]) == (media_type, told["filename"], "nosniff")
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.unverified
@pytest.mark.parametrize(
    ("plural", "content"),
    [
        pytest.param("images", PDF, id="a PDF is no image"),
        pytest.param("images", HTML, id="a page is no image, whatever its name"),
        pytest.param("images", SVG, id="a drawing that can run scripts is none"),
        pytest.param("images", b"just some words", id="words are none"),
        pytest.param("attachments", GIF, id="a GIF is no attachment"),
        pytest.param("attachments", HTML, id="a page is no attachment"),
        pytest.param("attachments", b"MZ" + bytes(80), id="a program is none"),
    ],
)
def test_a_kind_that_is_not_taken(server: Tenant, plural: str, content: bytes) -> None:
    status, body = upload(server, plural, content, "innocent.png")
    assert (status, set(body)) == (422, {"error"})
    assert "no kind that is accepted here" in body["error"]


@pytest.mark.parametrize(
    ("size", "status"),
    [
        pytest.param(LIMIT - 1, 201, id="just under"),
        pytest.param(LIMIT, 201, id="exactly"),
        pytest.param(LIMIT + 1, 413, id="just over"),
        pytest.param(LIMIT * 100, 413, id="far over"),
    ],
)
def test_the_limit(server: Tenant, size: int, status: int) -> None:
    tenant = server.under(upload_limit=LIMIT)
    content = PNG + bytes(size - len(PNG))
    answered, body = upload(tenant, "images", content)
    assert answered == status
    if status == 201:
        assert read(tenant, f"/uploads/images/{body['image']['jwt']}").content == content
    else:
        assert body == {"error": f"The file is larger than {LIMIT} bytes."}


def test_a_file_larger_than_any_other_body_is_taken(server: Tenant) -> None:
    content = PNG + bytes(3_000_000)
    status, body = upload(server, "images", content)
    assert status == 201
    assert read(server, f"/uploads/images/{body['image']['jwt']}").content == content


def test_what_is_too_large_is_not_even_read(server: Tenant) -> None:
    """A body that never ends is refused once it is over the limit, without a length to go by."""
    tenant = server.under(upload_limit=LIMIT)
    at = urlsplit(tenant.url)
    head = (
        f"POST /uploads/account/{tenant.account_id}/images HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {tenant.token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    part = b'--b\r\nContent-Disposition: form-data; name="content"; filename="x.png"\r\n\r\n'
    with socket.create_connection((at.hostname or "", at.port or 0), timeout=20) as line:
        line.sendall(head.encode() + b"%x\r\n%s\r\n" % (len(part), part))
        try:
            for _ in range(1_000):
                line.sendall(b"2000\r\n" + bytes(0x2000) + b"\r\n")
        except OSError:
            pass  # the server has hung up, as it should
        assert line.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"files": {"other": ("a.png", PNG)}}, id="under another name"),
        pytest.param({"files": {"content": ("a.png", b"")}}, id="empty"),
        pytest.param(
            {"files": None, "data": b"content=x", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, id="as a form"
        ),
        pytest.param({"files": None, "json": {"content": "x"}}, id="as JSON"),
        pytest.param({"files": None}, id="not at all"),
        pytest.param({"files": None, "data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, id="without a boundary"),
        pytest.param({"files": None, "data": b"--b\r\nx", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, id="broken off"),
        pytest.param({"files": {"content": (None, "text")}}, id="a field instead of a file"),
        pytest.param({"files": [("content", ("a.png", PNG)), ("content", ("b.png", PNG))]}, id="two files"),
    ],
)
def test_a_request_without_its_file(server: Tenant, sent: dict[str, Any]) -> None:
    assert upload(server, "images", b"", **sent) == (400, {"error": "Content required"})


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        pytest.param("GET", "/uploads/images/nothing", 404, "File not found", id="an unknown handle"),
        pytest.param("GET", "/uploads/nothing", 404, "File not found", id="an unknown address"),
        pytest.param("GET", "/uploads/images/%00", 404, "File not found", id="no handle at all"),
        pytest.param("POST", "/uploads/images/nothing", 422, "Method not allowed", id="another method"),
        pytest.param("PUT", "/uploads/account/{account}/images", 422, "Method not allowed", id="another method on the account"),
    ],
)
def test_refusals_are_one_text(server: Tenant, method: str, path: str, status: int, text: str) -> None:
    assert server.call(method, path.format(account=server.account_id))[:2] == (status, {"error": text})


def test_a_handle_of_another_kind_opens_nothing(server: Tenant) -> None:
    token = upload(server, "images", PNG)[1]["image"]["jwt"]
    assert read(server, f"/uploads/attachments/{token}").status_code == 404


def test_an_image_has_a_link_that_shows_it(server: Tenant) -> None:
    _, body = upload(server, "images", PNG)
    assert body["link"] == f"{server.url}/service/uploads/images/{body['image']['jwt']}"
    assert server.place.http.get(body["link"], timeout=10).content == PNG


def test_the_handle_is_a_jwt_that_tells_no_name(server: Tenant) -> None:
    head, claims, _ = upload(server, "images", PNG, "Divorce settlement.png")[1]["image"]["jwt"].split(".")
    read_claims = json.loads(base64.urlsafe_b64decode(claims + "==="))
    assert json.loads(base64.urlsafe_b64decode(head + "==="))["alg"] == "HS256"
    assert (read_claims["account"], read_claims["length"]) == (server.account_id, len(PNG))
    assert "Divorce" not in str(read_claims)


def test_the_same_file_twice_has_two_handles(server: Tenant) -> None:
    assert upload(server, "images", PNG)[1]["image"]["jwt"] != upload(server, "images", PNG)[1]["image"]["jwt"]


def test_a_repeated_upload_with_a_key_is_the_same(server: Tenant) -> None:
    first = upload(server, "images", PNG, headers={"Idempotency-Key": "once"})
    assert upload(server, "images", PNG, headers={"Idempotency-Key": "once"})[1]["image"] == first[1]["image"]
    assert upload(server, "images", JPEG, headers={"Idempotency-Key": "once"})[0] == 422


@pytest.mark.unverified
@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        pytest.param("user:uploads:write", 201, id="the scope of uploads"),
        pytest.param("user:invoices:write", 201, id="the scope of what it is attached to"),
        pytest.param("user:expenses:write", 201, id="the scope of a receipt's expense"),
        pytest.param("user:uploads:read", 403, id="only reading"),
        pytest.param("user:clients:write", 403, id="another scope"),
    ],
)
def test_who_may_upload(server: Tenant, scopes: str, status: int) -> None:
    people = server.application.people
    token = server.place.run(make_token(people, server.identity_id, scopes, "narrow", server.clock.now_us(), None))
    answered, body = upload(server, "images", PNG, token=token)
    assert answered == status
    if status == 403:
        assert "Required scopes: user:uploads:write." in body["error"]
        assert server.post(f"/uploads/account/{server.account_id}/images", token=token)[:2] == (403, body), "before what is sent is read"


def test_nobody_uploads_without_a_token_or_into_other_books(server: Tenant) -> None:
    assert upload(server, "images", PNG, token="none") == (401, {"error": "unauthenticated"})
    other = server.another()
    status, _, _ = server.call("POST", f"/uploads/account/{other.account_id}/images", files={"content": ("a.png", PNG)})
    assert status == 404


def test_a_receipt_hangs_on_its_expense(server: Tenant) -> None:
    token = upload(server, "attachments", PDF)[1]["attachment"]["jwt"]
    made = server.create(
        "expense",
        amount={"amount": "12.00"},
        categoryid=server.found("category")[0]["id"],
        staffid=1,
        date="2026-03-03",
        attachment={"jwt": token, "media_type": "application/pdf"},
        include=("attachment",),
    )
    assert (made["attachment"]["jwt"], made["has_receipt"]) == (token, True)


def test_a_file_of_other_books_cannot_be_attached(server: Tenant) -> None:
    token = upload(server.another(), "attachments", PDF)[1]["attachment"]["jwt"]
    customer = server.create("client", organization="Acme")["id"]
    body = {
        "invoice": {"customerid": customer, "create_date": "2026-03-03", "attachments": [{"jwt": token, "media_type": "application/pdf"}]}
    }
    assert server.post("invoices/invoices", body)[0] == 404
