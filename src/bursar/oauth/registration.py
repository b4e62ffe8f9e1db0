"""Letting people, apps and personal tokens in: what the command line asks for. Secrets are returned once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.errors import Kind, refuse
from bursar.oauth import minting, redirect, scopes
from bursar.oauth.passwords import LONGEST, SHORTEST, hash_password
from bursar.store.grants import PERSONAL, App, Token
from bursar.store.people import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar.store.people import People


async def register_identity(people: People, email: str, names: tuple[str, str], password: str, now_us: int) -> Identity:
    """Add a person (``names``: first, last). Raises Refusal for an e-mail or password that will not do, or a known e-mail."""
    check_email(email)
    check_password(password)
    first, last = names
    draft = Identity(0, "", email, first, last, hash_password(password), "en", "", now_us, now_us)
    return await people.add_identity(draft)


async def renew_password(people: People, identity: Identity, password: str) -> None:
    """Give a person another password. Raises Refusal for one that will not do."""
    check_password(password)
    await people.set_password(identity.id, hash_password(password))


def check_email(email: str) -> None:
    """Refuse what cannot be an e-mail address; whether it exists is not for us to say."""
    name, _, host = email.strip().rpartition("@")
    if not name or not host or len(email) > 254 or not email.strip().isprintable() or " " in email.strip():
        raise refuse(Kind.INVALID, "email", email, "identity", f"'{email}' is not an e-mail address.")


def check_password(password: str) -> None:
    """Refuse a password that is too short to be worth hashing or too long to be one."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise refuse(Kind.INVALID, "password", "", "identity", f"A password has {SHORTEST} to {LONGEST} characters.")


async def register_app(
    people: People, name: str, redirect_uris: Iterable[str], wanted: str, now_us: int, *, allow_http_localhost: bool
) -> tuple[App, str]:
    """Register a client program with the scopes ``wanted`` (separated by spaces); the second answer is its secret.

    Raises Refusal for a redirect URI or scope that will not do.
    """
    uris = tuple(dict.fromkeys(redirect_uris))
    if not uris:
        raise refuse(Kind.REQUIRED, "redirect_uris", "", "app", "An app needs at least one redirect URI.")
    for uri in uris:
        flaw = redirect.flaw(uri, allow_http_localhost=allow_http_localhost)
        if flaw:
            raise refuse(Kind.INVALID, "redirect_uris", uri, "app", f"The redirect URI '{uri}' {flaw}.")
    check_scopes(wanted, "app")
    secret = minting.new_secret()
    kept = " ".join(dict.fromkeys(wanted.split()))
    draft = App(0, minting.new_secret(), people.hash(secret), name, " ".join(uris), kept, now_us)
    return await people.add_app(draft), secret


async def make_token(people: People, identity_id: int, wanted: str, name: str, now_us: int, expires_us: int | None) -> str:
    """Make a personal token with the scopes ``wanted`` and answer it. Raises Refusal for a scope that does not exist."""
    check_scopes(wanted, "token")
    text = minting.new_personal()
    kept = " ".join(dict.fromkeys((scopes.PROFILE, *wanted.split())))
    token = Token(people.hash(text), PERSONAL, 0, identity_id, kept, name, text[-4:], b"", b"", now_us, expires_us)
    await people.add_token(token)
    return text


def check_scopes(wanted: str, noun: str) -> None:
    """Refuse a scope that nobody can hold."""
    for scope in scopes.unknown(wanted):
        raise refuse(Kind.INVALID, "scopes", scope, noun, f"There is no scope '{scope}'.")
