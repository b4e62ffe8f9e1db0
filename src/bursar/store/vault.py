"""Secrets that have to be read again: made here, kept encrypted under the secret key of the books (architecture section 12)."""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_SIGNS: Final = string.ascii_letters + string.digits
_LENGTH: Final = 33
"""As long as the one code that was ever published (platform 9.2)."""


class Vault:
    """Seals and opens secrets; the first of ``keys`` seals, all of them open."""

    def __init__(self, *keys: bytes) -> None:
        self._keys = keys
        self.open = lru_cache(4_096)(self._open)

    def make(self) -> str:
        """Make a new secret and return it sealed."""
        return self.seal("".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)))

    def seal(self, secret: str) -> str:
        """Return a secret as it may be stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def _open(self, sealed: str) -> str:
        return self._fernet.decrypt(sealed).decode()

    @cached_property
    def _fernet(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - books without callbacks never need it

        return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in self._keys])


def _derived(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=32, person=b"bursar.vault").digest()
