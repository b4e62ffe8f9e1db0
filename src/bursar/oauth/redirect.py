"""Where an authorisation may be sent: the rules for redirect URIs, and how an answer is written onto one (platform 2.3)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode, urlsplit

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# What a URI may consist of (RFC 3986); anything else would be read differently by somebody.
_PLAIN: Final = re.compile(r"[A-Za-z0-9\-._~:/@!$&'()*+,;=%\[\]]+")
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\]")
_LONGEST: Final = 2000


def flaw(uri: str, *, allow_http_localhost: bool) -> str:
    """Say what keeps a redirect URI from being registered or used; "" when nothing does."""
    if len(uri) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    if "?" in uri or "#" in uri:
        return "must have no query and no fragment"
    if not _PLAIN.fullmatch(uri):
        return "contains characters that a URI cannot have"
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "is not a URI"
    if "@" in parts.netloc:
        return "must not contain a user name"
    host, _, port = _divided(parts.netloc)
    if not parts.hostname or not _HOST.fullmatch(host) or (port and not port.isdigit()):
        return "must be an absolute URI with a host"
    if parts.scheme == "https" or (parts.scheme == "http" and allow_http_localhost and parts.hostname in _LOOPBACK):
        return ""
    return "must begin with https://" if not allow_http_localhost else "must begin with https://, or http:// on this machine"


def _divided(netloc: str) -> tuple[str, str, str]:
    if netloc.startswith("["):
        host, bracket, rest = netloc.partition("]")
        return host + bracket, rest[:1], rest[1:]
    return netloc.partition(":")


def host_of(uri: str) -> str:
    """Name whom an answer goes to: the host, with its port if it has one."""
    return urlsplit(uri).netloc


def source_of(uri: str) -> str:
    """Write the origin as a source of a content security policy, which has no words for IPv6 addresses."""
    parts = urlsplit(uri)
    return f"{parts.scheme}:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"


def answer(uri: str, state: str | None, **values: str) -> str:
    """Write an answer onto a redirect URI, the client's state unchanged behind it."""
    if state is not None:
        values["state"] = state
    return f"{uri}?{urlencode(values)}"


def is_loopback(uri: str) -> bool:
    """Tell whether an answer stays on the machine that the browser runs on."""
    return urlsplit(uri).hostname in _LOOPBACK
