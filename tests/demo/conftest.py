"""The sample books on a running server, filled once for each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bursar.demo import fill, studio
from bursar.oauth.registration import make_token
from bursar.oauth.scopes import GRANTABLE
from bursar.store.people import Identity
from tests.conftest import DATABASES
from tests.support.clock import START
from tests.support.tenant import Opened, Tenant

if TYPE_CHECKING:
    from bursar.app import Application
    from tests.conftest import Places


async def opened(application: Application) -> Opened:
    """Open and fill the sample books, and make a token for them."""
    people, now_us = application.people, application.clock.now_us()
    owner = await people.add_identity(Identity(0, "", "nora@northlight.example.com", "Nora", "Lindqvist", "", "en", "", now_us, now_us))
    business = await people.add_business(studio(application.clock), owner.id)
    await fill(application, business.id, owner.id)
    return Opened(business, owner.id, await make_token(people, owner.id, " ".join(GRANTABLE), "test", now_us, None))


@pytest.fixture(scope="session", params=DATABASES)
def filled(request: pytest.FixtureRequest, places: Places) -> Tenant:
    place = places.on(request.param)
    place.clock.set(START)
    return Tenant(place, place.url, place.application, place.run(opened(place.application)))


@pytest.fixture
def northlight(filled: Tenant) -> Tenant:
    """The sample books on the day they were filled, which no test changes."""
    filled.clock.set(START)
    return filled
