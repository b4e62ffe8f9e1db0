"""Where mails go: to an SMTP server, or into a folder where they can be looked at."""

from __future__ import annotations

import asyncio
import os
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from bursar.settings import Smtp

_TIMEOUT_S: Final = 30
_MOST_LISTED: Final = 100


class Refused(Exception):
    """The mail was refused for good; trying again would not help."""


class Outlet(Protocol):
    """Takes messages. ``name`` is the same at each attempt to send the same mail."""

    async def take(self, message: EmailMessage, name: str) -> str:
        """Send one message; answers a remark, "" when there is none. Raises whatever went wrong, Refused when for good."""
        ...


class SmtpOutlet:
    """Sends by SMTP, one connection for each message."""

    def __init__(self, smtp: Smtp) -> None:
        self._smtp = smtp

    async def take(self, message: EmailMessage, name: str) -> str:
        """Send one message; the remark names recipients that were refused while others were not."""
        del name
        import aiosmtplib  # noqa: PLC0415 - only a server that sends mail loads it

        smtp = self._smtp
        try:
            refused, _ = await aiosmtplib.send(
                message,
                hostname=smtp.host,
                port=smtp.port,
                username=smtp.username or None,
                password=smtp.password or None,
                use_tls=smtp.tls == "tls",
                start_tls=smtp.tls == "starttls",
                timeout=_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            reasons = "; ".join(f"{each.recipient}: {each.code} {each.message}" for each in error.recipients)
            if all(each.code >= 500 for each in error.recipients):
                raise Refused(reasons) from error
            raise
        return "; ".join(f"{recipient}: {response.code} {response.message}" for recipient, response in refused.items())


class Caught:
    """Keeps mails as files that every mail program opens, for trying things out and for servers without SMTP."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def take(self, message: EmailMessage, name: str) -> str:
        """Write one message, whole or not at all."""
        await asyncio.get_running_loop().run_in_executor(None, self._write, message.as_bytes(policy=policy.SMTPUTF8), name)
        return ""

    def _write(self, content: bytes, name: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft, final = self._folder / f".{name}.draft", self._folder / f"{name}.eml"
        with open(draft, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(final)

    def listed(self) -> list[dict[str, Any]]:
        """Return the newest mails first, each as headers and texts."""
        files = sorted(self._folder.glob("*.eml"), key=_age, reverse=True)[:_MOST_LISTED]
        return [self._read(file) for file in files]

    @staticmethod
    def _read(file: Path) -> dict[str, Any]:
        message = BytesParser(policy=policy.SMTPUTF8).parsebytes(file.read_bytes())
        parts = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
        return {
            "file": file.name,
            "from": str(message["From"]),
            "to": [each.addr_spec for each in message["To"].addresses],
            "subject": str(message["Subject"]),
            "date": message["Date"].datetime.isoformat(),
            "text": parts["plain"].get_content() if parts["plain"] else "",
            "html": parts["html"].get_content() if parts["html"] else "",
        }


def _age(file: Path) -> tuple[int, ...]:
    """Order files by the numbers their names are made of: a mail 10 came after a mail 9."""
    return tuple(int(part) if part.isdecimal() else 0 for part in file.stem.split("-"))
