"""The language of declarations: fields, records, facts, operations, resources; nothing here touches anything."""

from __future__ import annotations

from bursar.catalogue import facts
from bursar.catalogue import operation as op
from bursar.catalogue.change import Change, Mail
from bursar.catalogue.facts import Facts
from bursar.catalogue.operation import Phase
from bursar.catalogue.record import Record
from bursar.catalogue.resource import Posts, Resource, View

__all__ = ["Change", "Facts", "Mail", "Phase", "Posts", "Record", "Resource", "View", "facts", "op"]
