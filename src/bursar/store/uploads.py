"""Uploaded files, read by their handles; they are written by the unit that keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from bursar.store.statements import compile_statement

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from bursar.store.driver import Driver


class Stored(NamedTuple):
    """A stored file: our name, the media type its bytes showed when it came, the bytes."""

    filename: str
    media_type: str
    content: bytes


class Uploads:
    """The store's door to uploaded files, whatever business they belong to."""

    def __init__(self, driver: Driver, tables: MetaData) -> None:
        self._driver = driver
        uploads = tables.tables["uploads"]
        mine = (uploads.c.token == bindparam("token"), uploads.c.kind == bindparam("kind"))
        chosen = select(uploads.c.filename, uploads.c.media_type, uploads.c.content).where(*mine)
        self._find = compile_statement(chosen, driver.dialect)

    async def find(self, kind: str, token: str) -> Stored | None:
        """Find an ``image`` or ``attachment`` by its handle. Raises Unavailable."""
        rows = await self._driver.fetch(self._find, {"kind": kind, "token": token})
        return Stored(rows[0][0], rows[0][1], bytes(rows[0][2])) if rows else None
