"""The demo books: opened once in an empty place, and a fresh working pair of tokens at every start."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from bursar.oauth import minting
from bursar.oauth.grant import ACCESS_S, SECOND_US
from bursar.oauth.passwords import hash_password, matches
from bursar.oauth.registration import register_app, register_identity
from bursar.oauth.scopes import GRANTABLE
from bursar.serving.books import HalfOpen
from bursar.serving.credentials import FILE, Credentials, read_credentials
from bursar.store.grants import ACCESS, REFRESH, Change, Token
from bursar.store.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.app import Application
    from bursar.store.people import Identity, People

    Progress = Callable[[str, int, int], None]

REDIRECT: Final = "http://127.0.0.1:8099/callback"
OWNER: Final = "owner@northlight.example.com"
_FILLED: Final = "filled"
_MATCHED: Final = "owner_password"


async def open_demo(application: Application, told: Progress) -> bool:
    """Open the sample books unless they are there; answers whether it did. ``told`` is told what was done, of how many steps.

    Raises HalfOpen for an opening that was interrupted.
    """
    people, kept = application.people, Kept(application.driver, application.tables)
    if await kept.get(_FILLED):
        return False
    if await people.identities():
        raise HalfOpen("An earlier start was interrupted while it made the sample books; give it an empty place.")
    from bursar.demo import fill, studio  # noqa: PLC0415 - only the first start has a use for them

    opened = studio(application.clock)
    owner = await register_identity(people, OWNER, ("Nora", "Lindqvist"), secrets.token_urlsafe(12), opened.created_us)
    business = await people.add_business(opened, owner.id)
    await fill(application, business.id, owner.id, told)
    await kept.keep(_FILLED, "1")
    return True


async def renew(application: Application, url: str) -> Credentials:
    """Make a working set of credentials: what the file of the last start still knows, with a new pair of tokens."""
    people = application.people
    known = read_credentials(application.settings.data / FILE)
    owner = await people.identity_by_email(OWNER)
    assert owner is not None, "the demo books were opened with their owner"
    _, business = (await people.memberships(owner.id))[0]
    password = await _password(application, owner, known.owner_password if known else "")
    app_id, client_id, secret = await _app(application, known)
    pair = await give_pair(application, owner.id, app_id, " ".join(GRANTABLE))
    return Credentials(
        base_url=url,
        account_id=str(business.accountid),
        business_id=business.id,
        business_uuid=business.uuid,
        client_id=client_id,
        client_secret=secret,
        redirect_uri=REDIRECT,
        access_token=pair.access,
        refresh_token=pair.refresh,
        owner_email=owner.email,
        owner_password=password,
    )


async def _password(application: Application, owner: Identity, password: str) -> str:
    """Answer the owner's password as the file knows it, or a new one when it has become another.

    Its slow hash is looked at once; that it matched is kept under a quick one, of no use without the key, and the file lies beside that.
    """
    people, kept = application.people, Kept(application.driver, application.tables)
    if await kept.get(_MATCHED) == _matching(people, owner.password_hash, password):
        return password
    password_hash = owner.password_hash
    if not matches(password_hash, password):
        password = secrets.token_urlsafe(12)
        password_hash = hash_password(password)
        await people.set_password(owner.id, password_hash)
    await kept.keep(_MATCHED, _matching(people, password_hash, password))
    return password


def _matching(people: People, password_hash: str, password: str) -> str:
    return people.hash(f"{password_hash} {password}").hex()


async def _app(application: Application, known: Credentials | None) -> tuple[int, str, str]:
    """Find the demo app by what the file knows of it, or register one."""
    people = application.people
    app = await people.app(known.client_id) if known else None
    if app and known and app.revoked_us is None and people.hash(known.client_secret) == app.secret_hash:
        return app.id, app.client_id, known.client_secret
    scopes, now_us = " ".join(GRANTABLE), application.clock.now_us()
    app, secret = await register_app(people, "Demo app", [REDIRECT], scopes, now_us, allow_http_localhost=True)
    return app.id, app.client_id, secret


async def give_pair(application: Application, owner_id: int, app_id: int, scopes: str) -> minting.Pair:
    """Give a person's app a pair of tokens with these scopes, as if the person had just consented."""
    people, now_us = application.people, application.clock.now_us()
    pair = minting.new_pair()
    hashes = pair.minted(people)
    expires_us = now_us + ACCESS_S * SECOND_US
    holder = (app_id, owner_id, scopes, "")
    access = Token(hashes.access, ACCESS, *holder, hashes.last_four, b"", hashes.refresh, now_us, expires_us)
    refresh = Token(hashes.refresh, REFRESH, *holder, "", b"", b"", now_us)
    await people.change_token("", lambda _none: Change(None, replaces=(owner_id, app_id), issues=(access, refresh)), now_us)
    return pair
