"""Callbacks: where news of changes is sent, once whoever is there has given back the code it was sent (platform section 9)."""

from __future__ import annotations

import hmac

from bursar.catalogue import Change, Facts, Record, Resource, facts, op
from bursar.catalogue import fields as f
from bursar.catalogue import filters as s
from bursar.catalogue.change import Notice
from bursar.catalogue.resource import Narrowed
from bursar.domain.events import SUBSCRIPTIONS, scopes_of
from bursar.errors import Kind, refuse

MISMATCH = "verifier: Value error, Verification code does not match."


class Callback(Record, noun="callback"):
    """One registration: an event, or a bare noun for all its events, and the address that hears of it."""

    callback_id = f.Action("int")
    callbackid = f.Alias("id")
    event = f.Text(required=True, choices=SUBSCRIPTIONS, says="Value error, Unrecognized event.")
    id = f.Id(shown=False)
    resend = f.Action(effect="resend")
    secret = f.Secret()
    updated_at = f.Instant("iso_z", nullable=True, auto="save")
    uri = f.Url(required=True)
    verified = f.Flag(writable=False)
    verifier = f.Action("text", effect="verify")


class Changing(Facts):
    """What a change rests on: the code that the address was sent."""

    code: str = facts.opened("secret")


def register(callback: Callback, known: Facts) -> Change:
    """Keep a new registration and send it its code; nothing else is sent before that comes back."""
    del known
    return Change(saves=(callback,), notices=(Notice.CODE,))


def change(callback: Callback, known: Changing) -> Change:
    """Verify, send the code again, or edit; another event or address has to be verified anew (inferred)."""
    code = callback.asked.get("verifier")
    if code is not None and not hmac.compare_digest(code.encode(), known.code.encode()):
        raise refuse(Kind.INVALID, "verifier", text=MISMATCH)
    if callback.changed("event", "uri"):
        return Change(saves=(callback.replace(verified=False, secret=""),), notices=(Notice.CODE,))
    resent = (Notice.CODE,) if callback.asked.get("resend") else ()
    if code is None:
        return Change(saves=(callback,), notices=resent)
    return Change(saves=(callback.replace(verified=True),), notices=(Notice.RELEASE, *resent))


CALLBACKS = Resource(
    record=Callback,
    plural="callbacks",
    group="Events & Callbacks",
    id_field="callbackid",
    family="events",
    path="events/callbacks",
    scope="user:events",
    soft=False,
    narrowed=Narrowed("event", SUBSCRIPTIONS, scopes_of),
    filters=s.eq("event"),
    operations=(
        op.list_("listed callbacks", row=36),
        op.get("looked at the callback to {uri}", row=36),
        op.create("asked for {event} to be sent to {uri}", row=37, risk=3, decide=register),
        op.update("changed, verified or re-sent the callback to {uri}", row=38, risk=3, decide=change, facts=Changing),
        op.delete("stopped sending {event} to {uri}", row=39, decide=op.remove),
    ),
)
