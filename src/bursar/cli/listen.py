"""``bursar listen``: brings webhooks of a running server to a program on this machine, and shows them."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bursar.cli.calling import Books, TokenOption, TurnedDown, UrlOption, books_on
from bursar.cli.options import BusinessOption, ConfigOption, DataOption, settings_of
from bursar.domain.events import EVERY, VERIFY, noun_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bursar.catalogue.resource import Resource
    from bursar.cli.receiving import Received, Receiving

FILE: Final = "listen.json"
"""Which callback is ours and what signs it: the port and path it was registered with, and the code it was sent."""


def listen(
    *,
    forward_to: Annotated[str | None, typer.Option("--forward-to", help="Where each request goes on to.", metavar="URL")] = None,
    events: Annotated[str, typer.Option("--events", help="Events or nouns, separated by commas.", metavar="EVENTS")] = EVERY,
    print_json: Annotated[bool, typer.Option("--print-json", help="One JSON object for each request instead of a line.")] = False,
    url: UrlOption = None,
    token: TokenOption = None,
    business: BusinessOption = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Hand a running server's webhooks to a local program.

    Until interrupted. There is one callback for all of them, so one verifier signs them, the same from one start to the next.
    """
    from bursar.app import declarations
    from bursar.cli.receiving import Receiving
    from bursar.cli.trigger import causes

    if forward_to and not forward_to.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{forward_to} is no URL.", param_hint="--forward-to")
    wanted = frozenset(filter(None, (word.strip() for word in events.split(","))))
    known = {EVERY, *(part for event in causes(declarations()[0]) for part in (event, noun_of(event)))}
    for unknown in sorted(wanted - known):
        raise typer.BadParameter(f"There is no event {unknown}; bursar trigger list names those that happen here.", param_hint="--events")
    settings = settings_of(config, data=data)
    books = books_on(settings, url, token, business)
    kept = Kept(settings.data / FILE, books)
    with Receiving(kept.port, kept.path) as receiving:
        kept.keep(port=receiving.port)
        listening = Listening(books, kept, receiving, forward_to, wanted, print_json=print_json)
        listening.register()
        listening.run()


class Kept:
    """What outlasts a restart, in a file that only its owner reads: for each server and account port, path, callback and verifier."""

    def __init__(self, file: Path, books: Books) -> None:
        self._file = file
        try:
            self._all: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._all = {}
        fresh = {"port": 0, "path": f"/{secrets.token_urlsafe(12)}", "id": 0, "verifier": ""}
        self._own = self._all.setdefault(f"{books.url} {books.account}", fresh)

    @property
    def port(self) -> int:
        """Where we listened last, 0 for nowhere yet."""
        return int(self._own["port"])

    @property
    def path(self) -> str:
        """What our address ends with, which nobody guesses."""
        return str(self._own["path"])

    @property
    def callback_id(self) -> int:
        """The callback, 0 for none yet."""
        return int(self._own["id"])

    @property
    def verifier(self) -> str:
        """What it signs with, "" while that has not come."""
        return str(self._own["verifier"])

    def keep(self, **changed: Any) -> None:
        """Change something and write the file, whole or not at all."""
        from bursar.serving.places import prepare_directory, write_private

        self._own |= changed
        prepare_directory(self._file.parent)
        write_private(self._file, json.dumps(self._all, indent=2) + "\n")


class Listening:
    """The callback, registered and verified, and what it brings passed on."""

    def __init__(
        self, books: Books, kept: Kept, receiving: Receiving, forward_to: str | None, wanted: frozenset[str], *, print_json: bool
    ) -> None:
        from bursar.app import declarations

        self._books, self._kept, self._receiving = books, kept, receiving
        self._forward_to, self._wanted, self._print_json = forward_to, wanted, print_json
        self._callbacks: Resource = declarations()[0].resources["callback"]
        self._verified = False

    def register(self) -> None:
        """Register the callback unless an earlier start did; have the code sent again where it was never given back."""
        from bursar.cli.talk import tell

        uri = f"http://127.0.0.1:{self._kept.port}{self._kept.path}"
        found = self._found()
        if found is None:
            self._kept.keep(id=self._at_home("create", {"event": EVERY, "uri": uri})["callbackid"], verifier="")
        elif found["uri"] != uri:
            self._at_home("update", {"uri": uri}, found["callbackid"])
        elif found["verified"] and self._kept.verifier:
            self._ready()
        else:
            self._call("update", found["callbackid"], {"resend": True})
        if not self._verified:
            tell("Waiting for the server to send its code.")

    def run(self) -> None:
        """Show and pass on what comes, until interrupted."""
        for received in self._receiving:
            fields = received.fields
            name = fields.get("name", "")
            if name == VERIFY:
                self._verify(int(fields["object_id"]), fields["verifier"])
            elif self._wanted & {name, noun_of(name), EVERY}:
                self._pass_on(received, fields)
            else:
                received.answer(None)

    def _verify(self, callback_id: int, verifier: str) -> None:
        if callback_id == self._kept.callback_id and not self._verified:
            self._call("update", callback_id, {"verifier": verifier})
            self._kept.keep(verifier=verifier)
            self._ready()

    def _ready(self) -> None:
        from bursar.cli.talk import tell

        self._verified = True
        tell(f"Listening; Ctrl-C ends it and keeps the callback. What comes is signed with the verifier {self._kept.verifier}")

    def _pass_on(self, received: Received, fields: Mapping[str, str]) -> None:
        status = received.answer(self._forward_to)
        if self._print_json:
            typer.echo(json.dumps({"event": fields, "headers": dict(received.headers), "body": received.body.decode(), "status": status}))
        else:
            typer.echo(f"{fields.get('name', '?')}  {fields.get('object_id', '?')}" + (f"  -> {status}" if self._forward_to else ""))

    def _found(self) -> Any:
        """Look up the callback of an earlier start; None when there is none, or not any more."""
        try:
            return self._call("get", self._kept.callback_id) if self._kept.callback_id else None
        except TurnedDown as refused:
            if refused.status != 404:
                raise
            return None

    def _at_home(self, verb: str, body: dict[str, str], object_id: int | None = None) -> Any:
        """Have news sent to this machine. Raises NotReady where the server sends to public addresses only."""
        from bursar.domain.targets import against_url
        from bursar.serving import NotReady

        try:
            return self._call(verb, object_id, body)
        except TurnedDown as refused:
            if against_url(body["uri"]) not in refused.said:
                raise
            raise NotReady(f"{self._books.url} sends to public addresses only; serve it with --allow-private-targets.") from None

    def _call(self, verb: str, object_id: int | None = None, body: dict[str, Any] | None = None) -> Any:
        operation = next(each for each in self._callbacks.operations if each.verb == verb)
        return self._books.perform(self._callbacks, operation, object_id, body)
