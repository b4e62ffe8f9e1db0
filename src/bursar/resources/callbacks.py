"""Callbacks: where news of changes is sent; declared ahead of the delivery of webhooks (platform section 9)."""

from __future__ import annotations

from bursar.catalogue import Record, Resource, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s


class Callback(Record, noun="callback"):
    """One registration: an event, or a bare noun for all its events, and the address that hears of it."""

    callback_id = f.Action("int")
    callbackid = f.Alias("id")
    event = f.Text(required=True)
    id = f.Id(shown=False)
    resend = f.Action(effect="resend")
    updated_at = f.Instant("iso_z", nullable=True, auto="save")
    uri = f.Text(required=True, most=2_000)
    verified = f.Flag(writable=False)
    verifier = f.Action("text", effect="verify")


CALLBACKS = Resource(
    record=Callback,
    plural="callbacks",
    group="Events & Callbacks",
    id_field="callbackid",
    family="events",
    path="events/callbacks",
    scope="user:events",
    soft=False,
    filters=s.eq("event"),
    operations=(
        op.list_("listed callbacks", row=36, built=False),
        op.get("looked at the callback to {uri}", row=36, built=False),
        op.create("asked for {event} to be sent to {uri}", row=37, risk=3, built=False),
        op.update("changed, verified or re-sent the callback to {uri}", row=38, risk=3, built=False),
        op.delete("stopped sending {event} to {uri}", row=39, decide=op.remove, built=False),
    ),
)
