"""What the metrics page tells beside the requests: the store's groups, the mails, the process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric


class Collector(Protocol):
    """Anything that yields metrics."""

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics as they are now."""
        ...


class Number(NamedTuple):
    """One number: ``grows`` for one that only ever grows."""

    name: str
    text: str
    value: float
    grows: bool = False


class Numbers:
    """Numbers that were read just before the page is made."""

    def __init__(self, numbers: Iterable[Number]) -> None:
        self._numbers = tuple(numbers)

    def collect(self) -> Iterator[Metric]:
        """Yield a counter or a gauge for each."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - only who asks loads it

        for number in self._numbers:
            family = CounterMetricFamily if number.grows else GaugeMetricFamily
            yield family(number.name, number.text, value=number.value)


async def page(collectors: Iterable[Collector]) -> bytes:
    """Write the page of all metrics, those of the process included."""
    return await asyncio.get_running_loop().run_in_executor(None, _written, list(collectors))


def _written(collectors: list[Collector]) -> bytes:
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest  # noqa: PLC0415 - only who asks loads it

    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)
