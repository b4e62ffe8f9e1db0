"""The peers in the same run: reads against reads, writes against writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import peers
from bench.rounds import Series, interleave
from bench.speed import against
from bench.table import Bar

if TYPE_CHECKING:
    from bench.stage import Stage
    from bench.table import Row

AHEAD = Bar(at_least=1)


def peer_rows(stage: Stage) -> list[Row]:
    """Our GET and create against localstripe's and moto's simplest calls, all held in memory there."""
    subject = stage.subject()
    stage.tell("starting localstripe and moto")
    stripe, dynamo = peers.localstripe(stage), peers.moto(stage)
    plan = stage.plan.shorter(3)
    stage.tell("reading: ours, localstripe, moto")
    reads = interleave({"ours": subject.gets(), "localstripe": stripe.read, "moto": dynamo.read}, plan)
    stage.tell("writing: ours, localstripe, moto")
    writes = interleave({"ours": subject.creates(), "localstripe": stripe.write, "moto": dynamo.write}, plan)
    return [
        row(reads, "GET invoice / localstripe, GET customer", "localstripe"),
        row(writes, "create / localstripe, POST customer", "localstripe"),
        row(reads, "GET invoice / moto, DynamoDB GetItem", "moto"),
        row(writes, "create / moto, DynamoDB PutItem", "moto"),
    ]


def row(series: Series, measure: str, peer: str) -> Row:
    """Make one peer's row."""
    return against(measure, series, peer, AHEAD)
