"""A receiver of webhooks as bare as can be: it counts who connects, keeps what they send and answers the same bytes."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiver:
    """Listens on a free port; ``answer`` None stays silent, b"" hangs up."""

    def __init__(self, answer: bytes | None = OK, host: str = "127.0.0.1", port: int = 0) -> None:
        self._answer, self._host, self.port = answer, host, port
        self.callers = 0
        self.requests: list[bytes] = []
        self._open: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}
        self._called = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self.port}/"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self._host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        for writer in self._open.values():
            writer.close()
        await asyncio.gather(*filter(None, self._open), return_exceptions=True)
        await self._server.wait_closed()

    async def turn(self) -> None:
        """Wait until whoever connected before now was counted: a caller of our own comes after all of them."""
        self._called.clear()
        _, writer = await asyncio.open_connection(self._host, self.port)
        async with asyncio.timeout(10):
            await self._called.wait()
        writer.close()
        await writer.wait_closed()
        self.callers -= 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers += 1
        self._called.set()
        self._open[asyncio.current_task()] = writer
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(re.findall(rb"(?i)content-length: (\d+)", head)[0])
                self.requests.append(head + await reader.readexactly(length))
                if self._answer is None:
                    await reader.read()
                    break
                writer.write(self._answer)
                await writer.drain()
                if not self._answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            self._open.pop(asyncio.current_task())
