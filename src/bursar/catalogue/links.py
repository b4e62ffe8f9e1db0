"""Fields that reach beyond their own column: references, lines, derived and joined values, includes, actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bursar.catalogue.amounts import MONEY_SCHEMA
from bursar.catalogue.field import Field
from bursar.catalogue.scalars import LARGEST, Int, as_flag
from bursar.catalogue.shown import amount_shown
from bursar.domain.when import Rule, columns_of, python_of, rests_on_today
from bursar.errors import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bursar.catalogue.field import Row
    from bursar.catalogue.record import Record
    from bursar.domain.policy import Policy
    from bursar.domain.when import Condition


class Alias(Field[int]):
    """A second name for another field's value (``invoiceid`` = ``id``): shown, not stored."""

    def __init__(self, of: str, **options: Any) -> None:
        super().__init__(**{"writable": False, **options})
        self.of = of

    def value(self, row: Row) -> int:
        return int(row[self.of])

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        return column(self.of)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer"}


class FromCall(Field[str]):
    """A value of the path or the call (``accountid``, ``business_id``): shown, not stored."""

    def __init__(self, of: str, **options: Any) -> None:
        super().__init__(**{"writable": False, **options})
        self.of = of

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        del column
        return f"call.{self.of}"

    def schema(self) -> dict[str, Any]:
        return {"type": "integer" if self.of == "business_id" else "string"}


class Ref(Int):
    """The id of a row of another resource of the same books.

    ``none`` is what stands for "no row" on the wire: 0 or None; stored it is null. A sent id is looked up before anything else
    is read; an unknown
    or foreign one is UNKNOWN, naming this field (semantics section 6).
    """

    straight = False

    def __init__(self, noun: str, *, none: int | None = 0, **options: Any) -> None:
        super().__init__(**{"nullable": none is None, "indexed": True, **options, "default": None})
        self.noun, self.none = noun, none

    def value(self, row: Row) -> int:
        return row[self.name] or 0

    def put(self, row: Row, value: int | None) -> None:
        row[self.name] = value or None

    def read(self, raw: Any, row: Row, policy: Policy) -> None:
        del policy
        row[self.name] = self.parse(raw)

    def parse(self, raw: Any) -> Any:
        return super().parse(raw) or None

    def shows(self, column: Callable[[str], str]) -> str:
        return f"({column(self.name)} or 0)" if self.none == 0 else column(self.name)


class Lines(Field[Any]):
    """The parts of a document: rows of their own table, replaced as a whole, shown by include."""

    straight = False

    def __init__(self, record: type[Record], *, most: int = 1_000, **options: Any) -> None:
        super().__init__(**options)
        self.record, self.most = record, most

    def columns(self) -> dict[str, str]:
        return {}

    def parse(self, raw: Any) -> Any:
        return list_of_objects(self, raw)

    def shows(self, column: Callable[[str], str]) -> str:
        del column
        return f"extra[{self.name!r}]"

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"$ref": self.record.noun}}


def list_of_objects(field: Lines | Parts, raw: Any) -> list[dict[str, Any]]:
    """Return what a body holds for lines or parts; raises NOT_A_LIST, WRONG_TYPE or TOO_MANY."""
    if not isinstance(raw, list):
        raise field.wrong(raw, Kind.NOT_A_LIST)
    if not all(isinstance(line, dict) for line in raw):
        raise field.wrong("", Kind.WRONG_TYPE)
    if len(raw) > field.most:
        raise field.wrong(len(raw), Kind.TOO_MANY, limit=field.most)
    return raw


class Derived(Field[str]):
    """A value that rules make of the row: the first rule whose condition holds, else ``otherwise``.

    ``kept`` names a stored column that holds the answer without the rules that rest on the day; it is written at every
    save, so that searching needs no computation (architecture 5.2).
    """

    def __init__(self, rules: Sequence[tuple[Condition, str]], otherwise: str, *, kept: str = "", **options: Any) -> None:
        super().__init__(**{"writable": False, **options})
        self.rules = tuple(Rule(*rule) for rule in rules)
        self.otherwise, self.kept = otherwise, kept
        steady = [rule for rule in self.rules if not rests_on_today(rule.condition)]
        self.decide: Callable[[Row], str] = _ladder(steady, otherwise)
        self.whole: Callable[[Row, str], str] = _ladder(self.rules, otherwise)

    def value(self, row: Row) -> str:
        return self.decide(row)

    def columns(self) -> dict[str, str]:
        return {self.kept: "text"} if self.kept else {}

    def blank(self) -> dict[str, Any]:
        return {self.kept: self.otherwise} if self.kept else {}

    def moving(self) -> Rule | None:
        """Return the one rule that rests on the day, if any."""
        return next((rule for rule in self.rules if rests_on_today(rule.condition)), None)

    def later(self) -> tuple[str, ...]:
        """Return the kept values that the day's rule can overtake: those of the rules below it."""
        rule = self.moving()
        below = self.rules[self.rules.index(rule) + 1 :] if rule else ()
        return (*dict.fromkeys(each.value for each in below), self.otherwise)

    def shows(self, column: Callable[[str], str]) -> str:
        rule = self.moving()
        if not self.kept or rule is None:
            return _ladder_text(self.rules, self.otherwise, column)
        kept = column(self.kept)
        return f"({rule.value!r} if {kept} in {self.later()!r} and {python_of(rule.condition, column)} else {kept})"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(dict.fromkeys((*(rule.value for rule in self.rules), self.otherwise)))}

    def reads(self) -> set[str]:
        """Return the columns the rules read."""
        return set().union(*(columns_of(rule.condition) for rule in self.rules))


def _ladder_text(rules: Sequence[Rule], otherwise: str, column: Callable[[str], str]) -> str:
    text = "".join(f"{rule.value!r} if {python_of(rule.condition, column)} else " for rule in rules)
    return f"({text}{otherwise!r})"


def _ladder(rules: Sequence[Rule], otherwise: str) -> Callable[..., str]:
    text = _ladder_text(rules, otherwise, "row[{!r}]".format)
    return eval(f"lambda row, today='': {text}")  # type: ignore[no-any-return]  # noqa: S307 - text made of declared rules only


class Joined(Field[Any]):
    """A value computed from a linked row as it is now (``current_organization``): one join in the statement of get and list."""

    straight = False

    def __init__(
        self, noun: str, *, by: str, of: tuple[str, ...], through: Callable[..., Any], shape: dict[str, Any] | None = None, **options: Any
    ) -> None:
        super().__init__(**{"writable": False, **options})
        self.noun, self.by, self.of, self.through, self.shape = noun, by, of, through, shape or {"type": "string"}

    def value(self, row: Row) -> Any:
        return self.through(*(row[f"{self.by}.{column}"] for column in self.of))

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        return f"{self.name}_through({', '.join(column(f'{self.by}.{name}') for name in self.of)})"

    def words(self) -> dict[str, Any]:
        return {f"{self.name}_through": self.through}

    def schema(self) -> dict[str, Any]:
        return self.shape


class Computed(Field[Any]):
    """A value made by a pure function of some columns of the row (``discount`` of an invoice): shown, not stored."""

    straight = False

    def __init__(self, of: tuple[str, ...], through: Callable[..., Any], shape: dict[str, Any], **options: Any) -> None:
        super().__init__(**{"writable": False, **options})
        self.of, self.through, self.shape = of, through, shape

    def value(self, row: Row) -> Any:
        return self.through(*(row[column] for column in self.of))

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        return f"{self.name}_through({', '.join(column(name) for name in self.of)})"

    def words(self) -> dict[str, Any]:
        return {f"{self.name}_through": self.through}

    def schema(self) -> dict[str, Any]:
        return self.shape


class State(Computed):
    """A number computed from the row that a body may ask to change: a decision finds the wish in ``record.asked``.

    Only ``may`` are taken, as numbers; anything else is INVALID with the text ``says`` (accounting 2.2). A decision takes the
    ``first`` of them alone for a new row.
    """

    def __init__(
        self, of: tuple[str, ...], through: Callable[..., Any], *, may: tuple[int, ...], first: tuple[int, ...], says: str, **options: Any
    ) -> None:
        super().__init__(of, through, {"type": "integer"}, **{"writable": True, **options})
        self.may, self.first, self.says = may, first, says

    def parse(self, raw: Any) -> Any:
        if type(raw) is not int:
            raise self.wrong(raw, Kind.NOT_A_NUMBER)
        if raw not in self.may:
            raise self.wrong(raw, text=self.says)
        return raw

    def sent_schema_on(self, method: str) -> dict[str, Any]:
        return {"type": "integer", "enum": list(self.first if method == "POST" else self.may)}


class Embed(Field[Any]):
    """Another row (``many=False``) or rows shown whole by include: a link by ``by`` here, or by ``their`` column there.

    ``by`` names several columns where the first that points somewhere counts.
    """

    def __init__(self, noun: str, *, by: str = "", their: str = "", many: bool = False, **options: Any) -> None:
        super().__init__(**{"writable": False, **options})
        self.noun, self.by, self.their, self.many = noun, tuple(by.split()), their, many

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        del column
        return f"extra[{self.name!r}]"

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"$ref": self.noun}} if self.many else {"$ref": self.noun}


class Parts(Embed):
    """Rows that point here through ``their``, always shown whole; a body may hold such rows.

    A decision finds them in ``record.asked`` as records that say which keys were sent, each with the id it was sent with or 0.
    """

    straight = False

    def __init__(self, record: type[Record], *, their: str, most: int = 1_000, **options: Any) -> None:
        super().__init__(record.noun, their=their, many=True, **{"writable": True, **options})
        self.record, self.most = record, most

    def parse(self, raw: Any) -> Any:
        return list_of_objects(self, raw)


class Ours(Field[Any]):
    """The business itself as another record shows it, by include; ``through(books, today)`` makes that record of its stored row."""

    def __init__(self, record: type[Record], through: Callable[[Row, str], Record], **options: Any) -> None:
        super().__init__(**{"writable": False, **options})
        self.record, self.through = record, through

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        del column
        return f"extra[{self.name!r}]"

    def schema(self) -> dict[str, Any]:
        return {"$ref": self.record.noun}


class Balance(Field[Any]):
    """Sums per currency over rows that point here, shown by include as ``[{"amount": money}]`` (semantics 2.6).

    ``noun`` and ``their`` find the rows, ``where`` keeps some, ``amount`` is the summed column, ``less`` one taken off it,
    ``code`` the column of the currency.
    """

    def __init__(
        self,
        noun: str,
        *,
        their: str,
        where: Condition,
        amount: str,
        less: str = "",
        code: str = "currency_code",
        **options: Any,
    ) -> None:
        super().__init__(**{"writable": False, **options})
        self.noun, self.their, self.where, self.amount, self.less, self.code = noun, their, where, amount, less, code

    def columns(self) -> dict[str, str]:
        return {}

    def shows(self, column: Callable[[str], str]) -> str:
        del column
        return f"extra[{self.name!r}]"

    @staticmethod
    def money(minor: int, code: str) -> dict[str, Any]:
        """Return one entry of the shown list."""
        return {"amount": amount_shown(minor, code)}

    def schema(self) -> dict[str, Any]:
        entry = {"type": "object", "properties": {"amount": MONEY_SCHEMA}, "required": ["amount"]}
        return {"type": "array", "items": entry}


_UNFIT: Final = {"object": Kind.WRONG_TYPE, "int": Kind.NOT_A_NUMBER, "text": Kind.NOT_TEXT}


class Action(Field[Any]):
    """A key of a body that asks for something and is never stored: a decision finds it in ``record.asked``.

    ``kind`` is ``flag``, ``object``, ``texts``, ``ints`` or ``int``.
    """

    straight = False

    def __init__(self, kind: str = "flag", **options: Any) -> None:
        super().__init__(**{"writable": "only", "shown": False, **options})
        self.kind = kind

    def columns(self) -> dict[str, str]:
        return {}

    def asks(self, raw: Any) -> bool:
        return raw is not None and not (self.kind == "flag" and as_flag(raw) is False)

    def parse(self, raw: Any) -> Any:
        if self.kind == "flag":
            if (flag := as_flag(raw)) is None:
                raise self.wrong(raw, Kind.NOT_A_FLAG)
            return flag
        fits = {
            "object": lambda: isinstance(raw, dict),
            "texts": lambda: isinstance(raw, list) and all(isinstance(part, str) for part in raw),
            "ints": lambda: isinstance(raw, list) and all(type(part) is int and abs(part) <= LARGEST for part in raw),
            "int": lambda: type(raw) is int,
            "text": lambda: isinstance(raw, str),
        }[self.kind]()
        if not fits:
            raise self.wrong(raw, _UNFIT.get(self.kind, Kind.NOT_A_LIST))
        return raw

    def schema(self) -> dict[str, Any]:
        schemas: dict[str, dict[str, Any]] = {
            "flag": {"type": "boolean"},
            "object": {"type": "object"},
            "texts": {"type": "array", "items": {"type": "string"}},
            "ints": {"type": "array", "items": {"type": "integer"}},
            "int": {"type": "integer"},
            "text": {"type": "string"},
        }
        return schemas[self.kind]
