"""What lets somebody in: apps, authorisation codes and tokens. Their secrets are kept as keyed hashes only."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from sqlalchemy import bindparam, select, update

from bursar.store.statements import compile_statement, insert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ClauseElement, MetaData

    from bursar.store.driver import Driver, Session
    from bursar.store.statements import Statement

T = TypeVar("T")

ACCESS: Final = "access"
REFRESH: Final = "refresh"
PERSONAL: Final = "personal"

_HASH_BYTES: Final = 32


class App(NamedTuple):
    """A registered client program; ``redirect_uris`` and ``scopes`` are separated by spaces."""

    id: int
    client_id: str
    secret_hash: bytes
    name: str
    redirect_uris: str
    scopes: str
    created_us: int
    revoked_us: int | None = None


class Code(NamedTuple):
    """An authorisation code as issued: ``challenge`` is the S256 one or ""."""

    hash: bytes
    app_id: int
    identity_id: int
    scopes: str
    redirect_uri: str
    challenge: str
    created_us: int
    expires_us: int
    used_us: int | None = None


class Token(NamedTuple):
    """An access, refresh or personal token.

    ``code_hash`` is the code at the beginning of its chain, ``refresh_hash`` the refresh token that came with an access
    token; ``app_id`` is 0 and both hashes are empty for a personal token; ``expires_us`` None means never.
    """

    hash: bytes
    kind: str
    app_id: int
    identity_id: int
    scopes: str
    name: str
    last_four: str
    code_hash: bytes
    refresh_hash: bytes
    created_us: int
    expires_us: int | None = None
    revoked_us: int | None = None


class Change(NamedTuple, Generic[T]):
    """What a decision about codes and tokens comes to: the answer, and the rows that follow from it.

    ``uses`` is a code to mark as used; ``ends`` are tokens to revoke; ``replaces`` is (identity, app) whose live refresh
    tokens end; ``undoes`` is a code all of whose tokens end; ``issues`` are new tokens, written after all that.
    """

    answer: T
    uses: bytes = b""
    ends: tuple[bytes, ...] = ()
    replaces: tuple[int, int] | None = None
    undoes: Code | Token | None = None
    issues: tuple[Token, ...] = ()


class _Statements:
    """Every statement about apps, codes and tokens, compiled once."""

    def __init__(self, tables: MetaData, dialect: str) -> None:
        def ready(core: ClauseElement) -> Statement:
            return compile_statement(core, dialect)

        self._apps_and_codes(tables.tables, ready)
        self._tokens(tables.tables["tokens"], ready)
        self.caller = ready(_caller(tables.tables))
        counts = tables.tables["call_counts"]
        self.prune_counts = ready(counts.delete().where(counts.c.ends_us < bindparam("before_us")))

    def _apps_and_codes(self, of: Any, ready: Callable[[ClauseElement], Statement]) -> None:
        apps, codes = of["apps"], of["codes"]
        self.apps = ready(select(apps).order_by(apps.c.id))
        self.app = ready(select(apps).where(apps.c.client_id == bindparam("client_id")))
        self.add_app = ready(insert(apps))
        self.revoke_app = ready(update(apps).where(apps.c.id == bindparam("one")).values(revoked_us=bindparam("now_us")))
        self.code = ready(select(codes).where(codes.c.hash == bindparam("hash")))
        self.add_code = ready(insert(codes))
        use = update(codes).where(codes.c.used_us.is_(None)).values(used_us=bindparam("now_us"))
        self.use_code = ready(use.where(codes.c.hash == bindparam("one")))
        self.use_codes_of_identity = ready(use.where(codes.c.identity_id == bindparam("one")))
        self.use_codes_of_app = ready(use.where(codes.c.app_id == bindparam("one")))
        self.prune_codes = ready(codes.delete().where(codes.c.expires_us < bindparam("before_us")))

    def _tokens(self, tokens: Any, ready: Callable[[ClauseElement], Statement]) -> None:
        self.tokens = ready(select(tokens).where(tokens.c.kind != REFRESH).order_by(tokens.c.created_us))
        self.token = ready(select(tokens).where(tokens.c.hash == bindparam("hash")))
        self.add_token = ready(insert(tokens))
        end = update(tokens).where(tokens.c.revoked_us.is_(None)).values(revoked_us=bindparam("now_us"))
        of_grant = (tokens.c.identity_id == bindparam("of_identity"), tokens.c.app_id == bindparam("of_app"))
        self.end_token = ready(end.where(tokens.c.hash == bindparam("one")))
        self.end_refresh = ready(end.where(*of_grant, tokens.c.kind == REFRESH))
        self.end_chain = ready(end.where(*of_grant, tokens.c.code_hash == bindparam("of_code")))
        self.end_of_identity = ready(end.where(tokens.c.identity_id == bindparam("one")))
        self.end_of_app = ready(end.where(tokens.c.app_id == bindparam("one")))
        ended = (tokens.c.expires_us < bindparam("before_us")) | (tokens.c.revoked_us < bindparam("before_us"))
        self.prune_tokens = ready(tokens.delete().where(ended))


def _caller(of: Any) -> ClauseElement:
    """Build the one statement of every request; never a refresh token, which opens nothing by itself."""
    tokens, members, books = of["tokens"], of["memberships"], of["businesses"]
    token = (tokens.c.identity_id, tokens.c.kind, tokens.c.scopes, tokens.c.expires_us, tokens.c.revoked_us, tokens.c.app_id)
    member = (members.c.business_id, members.c.role, members.c.staff_id)
    business = (books.c.accountid, books.c.uuid, books.c.name, books.c.currency_code, books.c.timezone, books.c.country, books.c.address)
    joined = tokens.outerjoin(members, members.c.identity_id == tokens.c.identity_id).outerjoin(books, books.c.id == members.c.business_id)
    return select(*token, *member, *business).select_from(joined).where(tokens.c.hash == bindparam("hash"), tokens.c.kind != REFRESH)


class Grants:
    """The store's door to apps, codes and tokens; ``People`` is its only heir."""

    def __init__(self, driver: Driver, tables: MetaData, pepper: bytes) -> None:
        self._driver = driver
        self._keyed = hashlib.blake2b(key=pepper, digest_size=_HASH_BYTES)
        self._granted = _Statements(tables, driver.dialect)

    def hash(self, secret: str) -> bytes:
        """Hash a random secret for keeping or looking up."""
        keyed = self._keyed.copy()
        keyed.update(secret.encode(errors="surrogatepass"))
        return keyed.digest()

    async def caller(self, token_hash: bytes) -> Sequence[Sequence[Any]]:
        """Find whom the bearer token of this hash speaks for: one row per membership, one with nulls for none, no row for no such token.

        A row is identity_id, kind, scopes, expires_us, revoked_us, app_id, then business_id, role, staff_id, then the
        business's accountid, uuid, name, currency_code, timezone, country, address.
        """
        return await self._driver.fetch(self._granted.caller, {"hash": token_hash})

    async def add_app(self, app: App) -> App:
        """Register a client program; the id is taken. Raises Violation when the client id is known."""

        async def add(session: Session) -> App:
            added = app._replace(id=await session.take_id("app"))
            await session.run(self._granted.add_app, added._asdict())
            return added

        return await self._driver.write(0, add)

    async def app(self, client_id: str) -> App | None:
        """Find a client program by its public id, also a revoked one."""
        if not client_id.isascii() or not client_id.isprintable():
            return None  # PostgreSQL has no words for some of these
        rows = await self._driver.fetch(self._granted.app, {"client_id": client_id})
        return App(*rows[0]) if rows else None

    async def apps(self) -> list[App]:
        """List every client program, by id."""
        return [App(*row) for row in await self._driver.fetch(self._granted.apps, {})]

    async def revoke_app(self, app_id: int, now_us: int) -> None:
        """Shut a client program out: every code and token it holds ends."""
        ends = (self._granted.use_codes_of_app, self._granted.end_of_app)
        await self._run({"one": app_id, "now_us": now_us}, self._granted.revoke_app, *ends)

    async def add_code(self, code: Code) -> None:
        """Keep an authorisation code that was just given out."""
        await self._run(code._asdict(), self._granted.add_code)

    async def exchange_code(self, code: str, decide: Callable[[Code | None], Change[T]], now_us: int) -> T:
        """Decide about a code, if there is one, and save what follows; of two at once the second sees the first's change."""

        async def exchange(session: Session) -> T:
            rows = await session.fetch(self._granted.code, {"hash": hashed})
            return await self._save(session, decide(Code(*rows[0]) if rows else None), now_us)

        hashed = self.hash(code)
        return await self._driver.write(0, exchange)

    async def change_token(self, token: str, decide: Callable[[Token | None], Change[T]], now_us: int) -> T:
        """Decide about a token of any kind, if there is one, and save what follows; the same promise as for codes."""

        async def change(session: Session) -> T:
            rows = await session.fetch(self._granted.token, {"hash": hashed})
            return await self._save(session, decide(Token(*rows[0]) if rows else None), now_us)

        hashed = self.hash(token)
        return await self._driver.write(0, change)

    async def token(self, token: str) -> Token | None:
        """Find a token of any kind and state."""
        rows = await self._driver.fetch(self._granted.token, {"hash": self.hash(token)})
        return Token(*rows[0]) if rows else None

    async def tokens(self) -> list[Token]:
        """List access and personal tokens of any state, oldest first."""
        return [Token(*row) for row in await self._driver.fetch(self._granted.tokens, {})]

    async def add_token(self, token: Token) -> None:
        """Keep a personal token that was just made."""
        await self._run(token._asdict(), self._granted.add_token)

    async def revoke_token(self, token_hash: bytes, now_us: int) -> None:
        """End one token, named by its hash."""
        await self._run({"one": token_hash, "now_us": now_us}, self._granted.end_token)

    async def prune(self, before_us: int) -> None:
        """Forget codes and tokens that ended before an instant; a code is needed while its reuse should end its tokens."""
        await self._run({"before_us": before_us}, self._granted.prune_codes, self._granted.prune_tokens)

    async def prune_counts(self, before_us: int) -> None:
        """Forget the counts of calls whose window was over by an instant."""
        await self._run({"before_us": before_us}, self._granted.prune_counts)

    async def _save(self, session: Session, change: Change[T], now_us: int) -> T:
        if change.uses:
            await session.run(self._granted.use_code, {"one": change.uses, "now_us": now_us})
        for token_hash in change.ends:
            await session.run(self._granted.end_token, {"one": token_hash, "now_us": now_us})
        if change.replaces:
            identity_id, app_id = change.replaces
            await session.run(self._granted.end_refresh, {"of_identity": identity_id, "of_app": app_id, "now_us": now_us})
        if change.undoes:
            chain = change.undoes.hash if isinstance(change.undoes, Code) else change.undoes.code_hash
            owner = {"of_identity": change.undoes.identity_id, "of_app": change.undoes.app_id}
            await session.run(self._granted.end_chain, {**owner, "of_code": chain, "now_us": now_us})
        for token in change.issues:
            await session.run(self._granted.add_token, token._asdict())
        return change.answer

    async def _run(self, values: dict[str, Any], *statements: Statement) -> None:
        """Run writing statements, one after the other, with the same values in one transaction."""

        async def run(session: Session) -> None:
            for statement in statements:
                await session.run(statement, values)

        await self._driver.write(0, run)
