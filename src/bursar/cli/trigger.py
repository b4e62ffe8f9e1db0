"""``bursar trigger``: does what causes an event, over the wire as any program would."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from bursar.cli.calling import Books, TokenOption, UrlOption, books_on
from bursar.cli.options import BusinessOption, ConfigOption, DataOption, JsonOption, settings_of
from bursar.cli.samples import MAIL, SAMPLES

if TYPE_CHECKING:
    from bursar.catalogue.book import Book
    from bursar.catalogue.operation import Operation
    from bursar.catalogue.resource import Resource

MAILING: Final = "sendByEmail"
_WORDS: Final = {"true": True, "false": False, "null": None}


SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="A field of the body: notes=Hello, amount.amount=5.00; may be repeated.", metavar="FIELD=VALUE"),
]


class Cause(NamedTuple):
    """What causes an event: an operation of a resource, and whether it mails the object."""

    resource: Resource
    operation: Operation
    mails: bool = False


def trigger(
    events: Annotated[list[str], typer.Argument(metavar="EVENT...", help="Such as invoice.create; list names all there are.")],
    *,
    sets: SetOption = None,
    as_json: JsonOption = False,
    url: UrlOption = None,
    token: TokenOption = None,
    business: BusinessOption = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Do what causes events, on a running server.

    Makes what it needs, so an update or a delete begins with a create and its event.
    """
    from bursar.app import declarations
    from bursar.cli.talk import show
    from bursar.serving import NotFound

    book, _ = declarations()
    known = causes(book)
    if events == ["list"]:
        show([{"event": name} for name in known], as_json=as_json)
        return
    for event in events:
        if event not in known:
            raise NotFound(f"Nothing causes {event} here. There are: {', '.join(known)}.")
    if sets and len(events) > 1:
        raise typer.BadParameter("It goes with one event.", param_hint="--set")
    given = _given(known[events[0]].resource, sets or [])
    books = books_on(settings_of(config, data=data), url, token, business)
    for event in events:
        cause = known[event]
        made = Triggering(book, books).cause(cause, given)
        if as_json:
            show([{"event": event, cause.resource.wrapper: made}], as_json=True)
        else:
            typer.echo(f"{event}: {cause.resource.noun} {_id_of(cause.resource, made)}")


def causes(book: Book) -> dict[str, Cause]:
    """Find what causes each event, as the catalogue declares it."""
    found = {}
    for resource, operation in book.operations():
        if operation.event and operation.built and resource.noun in SAMPLES:
            found[operation.event] = Cause(resource, operation)
            if operation.verb == "update" and "action_email" in resource.record.fields:
                found[f"{resource.noun}.{MAILING}"] = Cause(resource, operation, mails=True)
    return dict(sorted(found.items()))


class Triggering:
    """One event being caused in some books; everything it makes carries the same random number."""

    def __init__(self, book: Book, books: Books) -> None:
        self._book, self._books = book, books
        now = time.gmtime()
        self._words = {"n": secrets.token_hex(3), "day": time.strftime("%Y-%m-%d", now), "moment": time.strftime("%Y-%m-%dT%H:%M:%SZ", now)}

    def cause(self, cause: Cause, given: dict[str, Any]) -> dict[str, Any]:
        """Do it and return what was made, changed or deleted. Raises what Books.call raises."""
        resource, operation = cause.resource, cause.operation
        if operation.verb == "create":
            return self._make(resource, given)
        made = self._make(resource, {} if operation.verb == "update" else given)
        object_id = _id_of(resource, made)
        if operation.verb == "delete":
            self._books.perform(resource, operation, object_id)
            return made
        sample = SAMPLES[resource.noun]
        kept = {name: made[name] for name in (*operation.needs, *operation.replaces) if made.get(name) is not None}
        change: dict[str, Any] = dict(MAIL) if cause.mails else {sample.change: f"{sample.body[sample.change]} changed"}
        body = self._filled({**kept, **change})
        changed: dict[str, Any] = self._books.perform(resource, operation, object_id, _merged(body, given))
        return changed

    def _make(self, resource: Resource, given: dict[str, Any]) -> dict[str, Any]:
        create = _operation(resource, "create")
        body = {name: value for name, value in SAMPLES[resource.noun].body.items() if name not in given or isinstance(value, dict)}
        made: dict[str, Any] = self._books.perform(resource, create, body=_merged(self._filled(body), given))
        return made

    def _filled(self, value: Any) -> Any:
        """Put words and ids where a sample names them."""
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if not isinstance(value, str):
            return value
        if value.startswith("<"):
            return self._referred(value.strip("<>"))
        for name, word in self._words.items():
            value = value.replace(f"{{{name}}}", word)
        return value

    def _referred(self, words: str) -> int:
        """Find an object there is, or make one."""
        resource = self._book.resources[words.rsplit(maxsplit=1)[-1]]
        found = [] if words.startswith("new ") else self._books.perform(resource, _operation(resource, "list"))
        live = [each for each in found if not each.get("vis_state")]
        return _id_of(resource, live[0] if live else self._make(resource, {}))


def _operation(resource: Resource, verb: str) -> Operation:
    return next(operation for operation in resource.operations if operation.verb == verb)


def _id_of(resource: Resource, made: dict[str, Any]) -> int:
    return int(made.get(resource.id_field) or made["id"])


def _given(resource: Resource, sets: list[str]) -> dict[str, Any]:
    """Read what --set says; a dot leads into an object. Raises BadParameter for what is no field of it."""
    given: dict[str, Any] = {}
    for each in sets:
        path, equals, text = each.partition("=")
        first, *rest = path.split(".")
        if not equals:
            raise typer.BadParameter(f"{each} is not FIELD=VALUE.", param_hint="--set")
        if first not in resource.record.fields and first not in resource.record.lines:
            names = ", ".join(name for name, field in resource.record.fields.items() if field.writable_on("POST"))
            raise typer.BadParameter(f"{resource.noun} has no field {first}; it has {names}.", param_hint="--set")
        value = _value(text)
        for name in reversed(rest):
            value = {name: value}
        given = _merged(given, {first: value})
    return given


def _value(text: str) -> Any:
    """Read JSON where it begins like an object, a list or a word of it; all else is text, which the wire takes for numbers too."""
    if text in _WORDS:
        return _WORDS[text]
    if text.startswith(("{", "[")):
        try:
            return json.loads(text)
        except ValueError as error:
            raise typer.BadParameter(f"{text} is no JSON: {error}.", param_hint="--set") from None
    return text


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Put one object over another, into the objects inside as well."""
    inside = {
        name: _merged(below[name], value) if isinstance(value, dict) and isinstance(below.get(name), dict) else value
        for name, value in above.items()
    }
    return {**below, **inside}
