"""Settings turned into a running server: where things lie, opened books, demo credentials, the listening process."""

from __future__ import annotations


class NotReady(Exception):
    """Something to be set right before this can run; the text says what, in words for whoever typed the command."""


class NotFound(Exception):
    """What a command was to work on is not there; the text says what was looked for, and where to look."""
