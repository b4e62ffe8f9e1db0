"""The password of the sample books' owner over several starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.oauth.passwords import hash_password, matches
from bursar.oauth.registration import register_identity
from bursar.serving.credentials import FILE
from bursar.serving.demo import OWNER, renew

if TYPE_CHECKING:
    from tests.support.tenant import Tenant


def test_it_stays_until_somebody_changes_it(server: Tenant) -> None:
    application, run = server.application, server.place.run
    people, now_us, file = application.people, application.clock.now_us(), application.settings.data / FILE

    def started() -> tuple[str, bool]:
        password = run(renew(application, server.url)).owner_password
        owner = run(people.identity_by_email(OWNER))
        assert owner is not None
        return password, matches(owner.password_hash, password)

    owner = run(register_identity(people, OWNER, ("Nora", "Lindqvist"), "first of all", now_us))
    run(people.add_membership(server.business_id, owner.id, "owner", now_us))
    run(renew(application, server.url)).write(file)
    first, again = started(), started()
    assert first == again
    assert again[1]
    run(people.set_password(owner.id, hash_password("one of my own")))
    changed, works = started()
    assert changed not in {first[0], "one of my own"}
    assert works
    file.unlink()
    lost, works = started()
    assert lost != changed
    assert works
