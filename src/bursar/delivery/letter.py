"""Turns words into a message: plain text with the same in simple HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jinja2 import Template

    from bursar.delivery.words import Words
    from bursar.store.mails import Waiting
    from bursar.store.people import Business

_TEMPLATES: Final = Path(__file__).parent / "templates"


class BadAddress(ValueError):
    """What stands in an address field is none; trying again would not help."""


def letter(mail: Waiting, words: Words, business: Business, sender: str) -> EmailMessage:
    """Write the message; its id is the same at each attempt, so that mail programs notice a repetition. Raises BadAddress."""
    message = EmailMessage(policy=SMTP)
    from_whom = address(sender, business.name)
    message["From"] = from_whom
    message["To"] = tuple(address(recipient) for recipient in mail.recipients)
    if business.email:
        message["Reply-To"] = address(business.email, business.name)
    message["Subject"] = words.subject
    message["Date"] = datetime.fromtimestamp(mail.created_us // 1_000_000, UTC)
    message["Message-ID"] = f"<{business.uuid}.{mail.id}@{from_whom.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    text = f"{words.body}\n\nSee it here:\n{words.link}\n" if words.link else f"{words.body}\n"
    message.set_content(text)
    message.add_alternative(_html().render(words=words, paragraphs=words.body.split("\n\n")), subtype="html")
    return message


def address(spec: str, name: str = "") -> Address:
    """Read one address; raises BadAddress for none and for several."""
    clean = " ".join("".join(sign for sign in name if sign.isprintable()).split())
    try:
        return Address(clean, addr_spec=spec)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise BadAddress(f"{spec!r} is no e-mail address") from error


@cache
def _html() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - a server that sends nothing starts faster

    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined).get_template("mail.html")
