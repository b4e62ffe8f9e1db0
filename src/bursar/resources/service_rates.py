"""Service rates: what an hour of a service costs; a service has one or none (platform section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.catalogue import Change, Facts, Record, Resource, facts, op
from bursar.catalogue import fields as f

if TYPE_CHECKING:
    from bursar.resources.services import Service


class ServiceRate(Record, noun="service_rate"):
    """One rate, under the id of its service; a plain number in whatever currency is billed."""

    business_id = f.FromCall("business_id")
    id = f.Id(shown=False)
    rate = f.Decimal(required=True, least=0, cents=True)
    service_id = f.Alias("id")


class Rating(Facts):
    """The service, and the rate it has already."""

    service: Service = facts.one("service", by="id")
    before: tuple[ServiceRate, ...] = facts.many("service_rate", id="id")


def rate(sent: ServiceRate, known: Rating) -> Change:
    """Set the rate of a service, in the place of the one it has."""
    for before in known.before:
        return Change(saves=(before.replace(rate=sent.rate),))
    return Change(saves=(sent,))


SERVICE_RATES = Resource(
    record=ServiceRate,
    plural="service_rates",
    group="Services",
    family="comments",
    path="service_rates",
    item="service/{id}/rate",
    id_field="service_id",
    scope="user:billable_items",
    soft=False,
    whole=True,
    operations=(
        op.list_("listed the rates of services"),
        op.get("looked at the rate of service {service_id}"),
        op.create("set the rate of service {service_id} to {rate}", decide=rate, facts=Rating),
        op.update("changed the rate of service {service_id} to {rate}"),
    ),
)
