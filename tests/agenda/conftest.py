"""Books for tests about scheduled work, apart from all others: moving the clock does whatever is due in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import DATABASES, Places
from tests.support.clock import START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.tenant import Tenant


class Apart(Places):
    """Places that tell where their PostgreSQL is, for servers beside the server."""

    postgresql_url = ""

    def _postgresql_url(self) -> str:
        self.postgresql_url = super()._postgresql_url()
        return self.postgresql_url


@pytest.fixture(scope="session")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    opened = Apart(tmp_path_factory)
    yield opened
    opened.close()


@pytest.fixture(params=DATABASES)
def books(request: pytest.FixtureRequest, apart: Apart) -> Tenant:
    place = apart.on(request.param)
    place.clock.set(START)
    return place.tenant(timezone="America/Toronto", currency_code="CAD")
