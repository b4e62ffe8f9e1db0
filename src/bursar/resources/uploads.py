"""Uploads: images and attachments, known by the handle (``jwt``) that the upload answers (accounting-more section 11).

The handle is the permission: whoever holds it may read the file, as pages and mails must. It cannot be guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bursar.catalogue import Change, Record, View
from bursar.catalogue import fields as f
from bursar.catalogue.change import File
from bursar.errors import Kind, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

IMAGES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}
ATTACHMENTS: Final = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
PARENTS: Final = ("user:invoices", "user:estimates", "user:expenses")
LONGEST_NAME: Final = 255


class Image(Record, noun="image"):
    """An uploaded image; ``link`` stands beside it in the answer."""

    jwt = f.Text()
    public_id = f.Text()
    filename = f.Text()
    media_type = f.Text()
    uuid = f.Text()
    link = f.Text(shown=False)


class Attachment(Record, noun="attachment"):
    """An uploaded attachment."""

    jwt = f.Text()
    public_id = f.Text()
    filename = f.Text()
    media_type = f.Text()
    uuid = f.Text()


def keep_image(about: Any, known: Any) -> Change:
    """Keep an uploaded image; raises INVALID for anything else."""
    del about
    file = kept("image", IMAGES, known)
    return Change(files=(file,), shows=Image.new(link=known.links.image(file.token), **told(file)))


def keep_attachment(about: Any, known: Any) -> Change:
    """Keep an uploaded attachment; raises INVALID for a kind that is not taken."""
    del about
    file = kept("attachment", ATTACHMENTS, known)
    return Change(files=(file,), shows=Attachment.new(**told(file)))


def kept(kind: str, taken: Mapping[str, str], known: Any) -> File:
    """Return the file to keep: its kind is what its bytes say, its name ours."""
    received = known.file
    if received.media_type not in taken:
        text = f"The file is of no kind that is accepted here: {', '.join(taken)}."
        raise refuse(Kind.INVALID, "content", received.media_type, kind, text)
    filename = f"upload-{known.uuid}.{taken[received.media_type]}"
    token = known.links.file_token(known.call.accountid, filename, len(received.content), known.key)
    original = received.filename.replace("\0", "")[:LONGEST_NAME]
    return File(token, kind, known.uuid, filename, original, received.media_type, received.content)


def told(file: File) -> dict[str, str]:
    """Return what an upload answers."""
    return {"jwt": file.token, "public_id": file.token, "filename": file.filename, "media_type": file.media_type, "uuid": file.uuid}


def upload(record: type[Record], plural: str, show: Callable[[Any, Any], Change], beside: tuple[str, ...] = ()) -> View:
    """Declare the upload of one kind of files."""
    return View(
        record=record,
        name=f"{plural}.upload",
        group="Uploads",
        family="uploads",
        path=plural,
        scope="user:uploads",
        phrase=f"uploaded an {record.noun}",
        show=show,
        loads="file",
        method="POST",
        access="write",
        takes="file",
        covered_by=PARENTS,
        beside=beside,
    )


IMAGE_UPLOAD = upload(Image, "images", keep_image, ("link",))
ATTACHMENT_UPLOAD = upload(Attachment, "attachments", keep_attachment)
