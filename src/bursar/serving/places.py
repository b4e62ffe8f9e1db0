"""Where a server keeps things: the data directory, and the secret key in it."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from typing import TYPE_CHECKING, Final

from bursar.serving import NotReady

if TYPE_CHECKING:
    from pathlib import Path

    from bursar.settings import Settings

BOOKS: Final = "books.db"
KEY: Final = "secret_key"
_SHORTEST_KEY: Final = 32


def prepare_directory(path: Path) -> None:
    """Make the data directory, for nobody else to read. Raises NotReady when that cannot be."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotReady(f"The data directory {path} cannot be made: {error.strerror}.") from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise NotReady(f"The data directory {path} cannot be written to.")


def secret_key(settings: Settings, *, make: bool) -> bytes:
    """Return the key that hashes tokens and signs cookies: 32 bytes made of the setting, or of the file beside the books.

    ``make`` writes the file when there is none. Raises NotReady for a key that is missing, too short, or open to others.
    """
    if make and not settings.secret_key:
        write_private(settings.data / KEY, secrets.token_hex(32) + "\n", replace=False)
    text = settings.secret_key or kept_key(settings.data)
    if len(text) < _SHORTEST_KEY:
        raise NotReady(f"The secret key must have {_SHORTEST_KEY} characters or more; openssl rand -hex 32 makes a good one.")
    return hashlib.blake2b(text.encode(), digest_size=32, person=b"bursar.key").digest()


def keep_key(directory: Path, text: str) -> None:
    """Keep a key beside the books it belongs to. Raises NotReady when another one is there."""
    write_private(directory / KEY, text + "\n", replace=False)
    if kept_key(directory) != text:
        raise NotReady(f"Another secret key is in {directory}: move {KEY} away and put the one of the restored books there.")


def kept_key(directory: Path) -> str:
    """Read the key that is kept beside the books. Raises NotReady when it is missing or open to others."""
    path = directory / KEY
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise NotReady(f"Others can read the secret key: chmod 600 {path}")
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise NotReady(f"The secret key {path} is missing; without it no token and no sign-in is recognised.") from None
    except OSError as error:
        raise NotReady(f"The secret key {path} cannot be read: {error.strerror}.") from error


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file that only its owner can read, whole or not at all; ``replace`` False keeps one that is there."""
    if not replace and path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            os.link(draft, path)
    except FileExistsError:
        return  # somebody else was quicker, and theirs stands
    finally:
        draft.unlink(missing_ok=True)
