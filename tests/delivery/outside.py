"""Run by test_outbound.py in a network where a public address lies on this machine; prints what came of four tries.

A public receiver that redirects to the loopback, a name that is rebound from it to the loopback, a public receiver that is fine,
and how many connected to the loopback in all that time.
"""

from __future__ import annotations

import asyncio
import sys

from bursar.delivery.outbound import Forbidden, Outbound
from tests.delivery.receiving import Receiver
from tests.support.attacks import NAME, PUBLIC


async def main() -> list[object]:
    answers = [(PUBLIC,), ("127.0.0.1",)]

    async def rebinding(host: str, port: int) -> tuple[str, ...]:
        del host, port
        return answers.pop(0)

    out = Outbound(allow_private=False, timeout_s=10, lookup=rebinding)
    seen: list[object] = []
    async with Receiver() as inside:
        away = f"HTTP/1.1 302 Found\r\nLocation: {inside.url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        async with Receiver(away.encode(), host=PUBLIC) as leading:
            seen.append(await out.post(f"http://{NAME}:{leading.port}/", b"a=1", {}))
        try:
            await out.post(f"http://{NAME}:{inside.port}/", b"a=1", {})
        except Forbidden:
            seen.append("forbidden")
        async with Receiver(host=PUBLIC) as fine:
            seen.append(await out.post(fine.url, b"a=1", {}))
        await inside.turn()
        seen.append(inside.callers)
    await out.close()
    return seen


if __name__ == "__main__":
    sys.stdout.write(" ".join(map(str, asyncio.run(main()))))
