"""Addresses that open something without a token: an invoice's page, an uploaded file. Whoever holds one may look."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

import msgspec

PAGE: Final = "/_/link/"
IMAGES: Final = "/service/uploads/images/"

_IDS_BYTES: Final = 16
_MARK_BYTES: Final = 16
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_JWT_HEAD: Final = urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")


class Named(NamedTuple):
    """What a share link says it opens; ``mark`` proves it once the invoice is known (:meth:`Links.opens`)."""

    business_id: int
    invoice_id: int
    mark: bytes


class Links:
    """Makes and reads such addresses; ``public_url`` is what each begins with, set when the server knows its own.

    A share link names an invoice and proves it with a keyed mark over its uuid, so a link opens the invoice it was made
    for and never another one that came to carry its id (restored books). Nothing is stored: the page refuses an
    invoice that was deleted or became a draft again.
    """

    def __init__(self, key: bytes, public_url: str = "") -> None:
        self.public_url = public_url
        self._share_key, self._file_key = (hmac.digest(key, purpose, "sha256") for purpose in (b"share link", b"uploaded file"))

    def share(self, business_id: int, invoice_id: int, uuid: str) -> str:
        """Return the address of an invoice's page."""
        ids = business_id.to_bytes(8) + invoice_id.to_bytes(8)
        return f"{self.public_url}{PAGE}{_text(ids + self._mark(ids, uuid))}"

    def named(self, token: str) -> Named | None:
        """Return what the last part of a share link names, or None when it is none."""
        if not _TOKEN.fullmatch(token):
            return None
        raw = urlsafe_b64decode(token + "=")
        if _text(raw) != token:  # the last letter has bits to spare: one link has one spelling
            return None
        business_id, invoice_id = int.from_bytes(raw[:8]), int.from_bytes(raw[8:_IDS_BYTES])
        return Named(business_id, invoice_id, raw[_IDS_BYTES:]) if max(business_id, invoice_id) < 1 << 63 else None

    def opens(self, named: Named, uuid: str) -> bool:
        """Whether the link was made for the invoice of this uuid."""
        ids = named.business_id.to_bytes(8) + named.invoice_id.to_bytes(8)
        return hmac.compare_digest(named.mark, self._mark(ids, uuid))

    def image(self, token: str) -> str:
        """Return the address of an uploaded image."""
        return f"{self.public_url}{IMAGES}{token}"

    def file_token(self, account: str, filename: str, length: int, key: str) -> str:
        """Make the handle of an uploaded file: a JWT with the claims of the service's (accounting-more section 11).

        ``key`` is chance and makes it unguessable; ``filename`` is ours, so that an address never tells the original name.
        """
        claims = {"account": account, "filename": filename, "key": key, "length": length}
        signed = _JWT_HEAD + b"." + urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=")
        return f"{signed.decode()}.{_text(hmac.digest(self._file_key, signed, 'sha256'))}"

    def _mark(self, ids: bytes, uuid: str) -> bytes:
        return hmac.digest(self._share_key, ids + uuid.encode(), "sha256")[:_MARK_BYTES]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
