"""The kinds of fields a record may declare, under one short name: ``from bursar.catalogue import fields as f``."""

from __future__ import annotations

from bursar.catalogue.amounts import Currency, Decimal, Money, Percent, Price
from bursar.catalogue.links import Action, Alias, Balance, Computed, Derived, Embed, FromCall, Joined, Lines, Ours, Parts, Ref, State
from bursar.catalogue.outside import Secret, Url
from bursar.catalogue.scalars import Constant, Date, Flag, Id, Instant, Int, NullableInt, Object, Status, Text, Uuid
from bursar.catalogue.scheduled import Scheduled
from bursar.catalogue.sums import AskedMoment, AskedSum, Present, Summed

__all__ = [
    "Action",
    "Alias",
    "AskedMoment",
    "AskedSum",
    "Balance",
    "Computed",
    "Constant",
    "Currency",
    "Date",
    "Decimal",
    "Derived",
    "Embed",
    "Flag",
    "FromCall",
    "Id",
    "Instant",
    "Int",
    "Joined",
    "Lines",
    "Money",
    "NullableInt",
    "Object",
    "Ours",
    "Parts",
    "Percent",
    "Present",
    "Price",
    "Ref",
    "Scheduled",
    "Secret",
    "State",
    "Status",
    "Summed",
    "Text",
    "Url",
    "Uuid",
]
