"""What libraries log goes the way of our own lines."""

from __future__ import annotations

import logging

import structlog


class _Bridge(logging.Handler):
    """Hands a record of Python's logging to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line of it."""
        structlog.get_logger(record.name).log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def join_logs() -> None:
    """From now on whatever uses Python's logging writes such lines as the product does, warnings and worse."""
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)
