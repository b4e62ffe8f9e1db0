"""A whole server inside this process: own thread and event loop, books in memory, a free port."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from bursar.oauth.passwords import hash_password
from bursar.oauth.registration import make_token, register_app
from bursar.oauth.scopes import GRANTABLE
from bursar.opening import open_business
from bursar.serving.books import open_application
from bursar.serving.credentials import Credentials
from bursar.serving.demo import REDIRECT, give_pair, open_demo, renew
from bursar.settings import UNLIMITED, Settings
from bursar.store.people import Business, Identity
from bursar.testing.books import Books
from bursar.testing.listening import Listening, listen
from bursar.testing.thread import LoopThread

if TYPE_CHECKING:
    from bursar.app import Application

_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a folder of our own is made inside
_PASSWORD: Final = "open books"  # noqa: S105  # of books that only a test sees
OPTIONS: Final = {"demo": True, "log": "off", "login_limits": False, "limits": UNLIMITED, "port": 0}
"""How such a server differs from one that is started."""


class OwnSettings(Settings):
    """Settings as given and nothing else: the variables and the ``bursar.toml`` around a test run are about another server."""

    surroundings = False


class LocalServer:
    """A server with the product's own rules, SQLite in memory where the system has such a place; use it as a context.

    ``sample=True`` opens the sample books, ``copied`` those of a folder that another server left behind. Further
    keywords are settings. A server is ready when it is made; nothing outlives :meth:`close`.
    """

    def __init__(self, *, sample: bool = False, copied: Path | None = None, **settings: Any) -> None:
        self._numbers = count(1)
        self._password_hash = ""
        self._sample = sample or copied is not None
        with contextlib.ExitStack() as opened:
            self.folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="bursar-", dir=memory())))
            if copied is not None:
                shutil.copytree(copied, self.folder, dirs_exist_ok=True)
            self._thread = LoopThread()
            opened.callback(self._thread.close)
            self._serving = opened.enter_context(contextlib.ExitStack())
            self.application, self.url = self._serve(OwnSettings(**{**OPTIONS, **settings, "data": self.folder}))
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving and forget the books."""
        self._opened.close()

    def keep(self, folder: Path) -> None:
        """Stop serving, and leave the books in a folder for ``copied``."""
        with self:
            self._serving.close()
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)

    def books(self, **fields: Any) -> Books:
        """Answer books: the sample books, else new ones of nobody else, in which keywords are fields of ``people.Business``.

        The clock shows the real time again.
        """
        self.application.clock.ahead_us = 0
        opened = self._again() if self._sample else self._fresh(next(self._numbers), fields)
        return Books(self._thread.run(opened), self._grant)

    def _serve(self, settings: Settings) -> tuple[Application, str]:
        run, closing = self._thread.run, self._serving
        application = run(open_application(settings, "serve", make=True))
        closing.callback(lambda: run(application.driver.close()))
        if self._sample:
            run(open_demo(application, lambda *_: None))
        listening = run(self._begin(application))
        closing.callback(lambda: run(application.stop()))
        closing.callback(lambda: run(listening.end()))
        return application, listening.url

    @staticmethod
    async def _begin(application: Application) -> Listening:
        application.start(logging=False)
        return await listen(application)

    async def _again(self) -> Credentials:
        return await self._granted(asdict(await renew(self.application, self.url)), (), expires=False)

    async def _fresh(self, number: int, fields: dict[str, Any]) -> Credentials:
        """Open the books of a new owner, as ``bursar init`` does."""
        application = self.application
        people, now = application.people, application.clock.now_us()
        self._password_hash = self._password_hash or hash_password(_PASSWORD)  # slow by design, so once
        email = f"owner{number}@example.com"
        owner = await people.add_identity(Identity(0, "", email, "Olive", "Owner", self._password_hash, "en", "", now, now))
        draft = Business(0, None, "", f"Books {number}", "USD", "America/New_York", "US", "yyyy-mm-dd", "active", "", "", email, now)
        business = await open_business(people, application.store, draft._replace(**fields), owner)
        names = {"account_id": str(business.accountid), "business_id": business.id, "business_uuid": business.uuid}
        return await self._granted({"base_url": self.url, "owner_email": email, "owner_password": _PASSWORD, **names}, (), expires=False)

    def _grant(self, known: dict[str, Any], scopes: tuple[str, ...], *, expires: bool) -> Credentials:
        return self._thread.run(self._granted(known, scopes, expires=expires))

    async def _granted(self, known: dict[str, Any], scopes: tuple[str, ...], *, expires: bool) -> Credentials:
        """Register an app of its own and let the owner consent to these scopes, all there are without any."""
        application, wanted = self.application, " ".join(scopes or GRANTABLE)
        owner = await application.people.identity_by_email(known["owner_email"])
        assert owner is not None, "books were opened with their owner"
        now = application.clock.now_us()
        app, secret = await register_app(application.people, "Test", [REDIRECT], wanted, now, allow_http_localhost=True)
        pair = await give_pair(application, owner.id, app.id, app.scopes)
        token = pair.access if expires else await make_token(application.people, owner.id, app.scopes, "Test", now, None)
        granted: dict[str, Any] = {"client_id": app.client_id, "client_secret": secret, "redirect_uri": REDIRECT}
        return Credentials(**{**known, **granted, "access_token": token, "refresh_token": pair.refresh})


def memory() -> Path | None:
    """Name the folder that lies in memory, None where the system has none (the books are then kept in its folder for temporary files)."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None
