"""Counts calls in Redis, for several processes together; when it does not answer, each process counts for itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from bursar.log import Log
from bursar.throttling.throttle import InMemory

if TYPE_CHECKING:
    from limits.aio.storage import RedisStorage

_PATIENCE_S: Final = 0.5
_PAUSE_S: Final = 1.0
_DOWN: Final = "Redis does not answer: each process counts for itself"
log = Log("bursar.throttling")


class InRedis:
    """Counts through the ``limits`` library. A key names token and window and goes by itself some time after the window.

    A server that slows nobody down because Redis is away would be no better than one that answers nobody: so calls are
    then counted in this process, and Redis is asked again a second later.
    """

    def __init__(self, url: str, window_s: int) -> None:
        self._url, self._lives_s = url, 2 * window_s
        self._storage: RedisStorage | None = None
        self._pool: Any = None
        self._errors: tuple[type[Exception], ...] = ()
        self._alone = InMemory()
        self._again_at = 0.0
        self.trouble = ""

    async def count(self, token: bytes, window: int, *, post: bool) -> tuple[int, int]:
        """Count one call."""
        loop = asyncio.get_running_loop()
        if self.trouble and loop.time() < self._again_at:
            return await self._alone.count(token, window, post=post)
        storage = self._storage or self._open()
        key = f"{token.hex()}/{window}"
        try:
            calls = await storage.incr(key, self._lives_s)
            posts = await storage.incr(f"{key}/post", self._lives_s) if post else 0
        except self._errors as error:
            if not self.trouble:
                log.warning("redis is away", reason=str(error))
            self.trouble, self._again_at = _DOWN, loop.time() + _PAUSE_S
            return await self._alone.count(token, window, post=post)
        if self.trouble:
            log.warning("redis is back")
            self.trouble = ""
        return calls, posts

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.aclose()
            self._storage = self._pool = None

    def _open(self) -> RedisStorage:
        from limits.aio.storage import RedisStorage  # noqa: PLC0415 - only who configures Redis has it installed
        from redis.asyncio import ConnectionPool  # noqa: PLC0415 - the same
        from redis.asyncio.retry import Retry  # noqa: PLC0415 - the same
        from redis.backoff import NoBackoff  # noqa: PLC0415 - the same
        from redis.exceptions import RedisError  # noqa: PLC0415 - the same

        once_more = Retry(NoBackoff(), 1)  # a connection that Redis closed while nobody called
        url = self._url.replace("redis+unix://", "unix://")
        self._pool = ConnectionPool.from_url(url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S, retry=once_more)
        self._storage = RedisStorage(self._url, implementation="redispy", key_prefix="bursar", connection_pool=self._pool)
        self._errors = (RedisError, OSError)
        return self._storage
