"""What a decision returns: the rows to save, remove and touch, and the mails to send."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bursar.catalogue.facts import Facts
    from bursar.catalogue.record import Record


class Mail(NamedTuple):
    """A mail to be sent after the commit: kind of template, recipients, what the caller wrote, what it is about."""

    kind: str
    recipients: tuple[str, ...]
    subject: str = ""
    body: str = ""
    noun: str = ""
    object_id: int = 0


class File(NamedTuple):
    """An uploaded file to keep: its handle, ``kind`` (``image`` or ``attachment``), our name and the one it came with."""

    token: str
    kind: str
    uuid: str
    filename: str
    original: str
    media_type: str
    content: bytes


class Notice(Enum):
    """What the delivery of webhooks is to do about a callback that was saved: send it its code, or what waited for that."""

    CODE = auto()
    RELEASE = auto()


class Forget(NamedTuple):
    """Clear a column in every row of a noun that points at something that goes away, however many there are."""

    noun: str
    column: str
    object_id: int


class Change(NamedTuple):
    """A decision: the first saved or removed record is the answer; of touched records only ``updated`` moves.

    ``events`` are raised after the operation's own; ``instead`` takes the place of that; ``others`` are events about further
    saved records; ``forgets`` clears what points at a removed one; of ``marks`` only columns that nobody sees are written, so
    ``updated`` stays. ``shows`` is the answer of a decision that saves no
    record, such as one that keeps files, or of one that shows more than it saves. ``notices`` are about the answer, a callback.
    """

    saves: tuple[Record, ...] = ()
    removes: tuple[Record, ...] = ()
    touches: tuple[Record, ...] = ()
    mails: tuple[Mail, ...] = ()
    events: tuple[str, ...] = ()
    instead: str = ""
    files: tuple[File, ...] = ()
    shows: Record | None = None
    others: tuple[tuple[str, Record], ...] = ()
    forgets: tuple[Forget, ...] = ()
    marks: tuple[Record, ...] = ()
    notices: tuple[Notice, ...] = ()

    def and_then(self, done: Change, saves: tuple[Record, ...]) -> Change:
        """Return this change and one decided after it as one, with what both save."""
        return Change(
            saves,
            self.removes + done.removes,
            self.touches + done.touches,
            self.mails + done.mails,
            self.events + done.events,
            self.instead,
            self.files + done.files,
            self.shows,
            self.others + done.others,
            self.forgets + done.forgets,
            self.marks + done.marks,
            self.notices + done.notices,
        )

    @property
    def answer(self) -> Record:
        """The record the caller gets to see."""
        return self.shows or (self.saves or self.removes)[0]


def keep(record: Record, known: Facts) -> Change:
    """Save the record as it was read: the decision of resources without rules of their own."""
    del known
    return Change(saves=(record,))
