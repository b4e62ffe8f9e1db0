"""Sample books moved in state and time from the command line, while they are served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cli.commands import bursar, serving
from tests.cli.conftest import credentials

if TYPE_CHECKING:
    from tests.cli.commands import Serving
    from tests.cli.conftest import Books


def clients(server: Serving, known: dict[str, Any]) -> int:
    """Count the clients."""
    answer = server.get(f"/accounting/account/{known['account_id']}/users/clients", known["access_token"])
    total: int = answer.json()["response"]["result"]["total"]
    return total


def test_books_go_back_go_on_and_are_copied(demo: Books) -> None:
    def said(*words: object, code: int = 0) -> str:
        done = bursar(*words, *demo.flags, cwd=demo.folder)
        assert (done.code, "Traceback" in done.err) == (code, False), done.err
        return done.out.strip() if code == 0 else done.err.strip()

    assert said("snapshot", "list", code=4).endswith("bursar serve --demo")
    with serving("--demo", *demo.flags, cwd=demo.folder) as server:
        known = credentials(demo.folder / "data" / "demo.json")
        before = clients(server, known)
        said("snapshot", "save", "before")
        assert bursar("trigger", "client.create", *demo.flags, cwd=demo.folder).code == 0
        now = said("clock", "advance", "90d")
        assert "never goes back" in said("clock", "set", "2020-01-01T00:00:00Z", code=4)
        said("snapshot", "load", "before")
        assert clients(server, known) == before
        assert said("clock") < now, "the clock goes back with the books"
        folder = said("snapshot", "fork", "before", "other")
        assert "other" in said("snapshot", "fork", "before", "other", code=4)
        assert [line.split()[0] for line in said("snapshot", "list").splitlines()] == ["name", "before", "fresh"]
    with serving("--demo", "--data", folder, cwd=demo.folder) as other:
        assert clients(other, credentials(demo.folder / folder / "demo.json")) == before
