"""Fields that hold exact numbers: money in minor units, prices, quantities and percents in millionths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.field import Field
from bursar.catalogue.shown import amount_shown, price_shown
from bursar.domain import money
from bursar.domain.money import MILLION, decimal_text, is_currency, millionths_of, parse_scaled, price_text
from bursar.errors import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar.catalogue.field import Row
    from bursar.domain.policy import Policy

LARGEST_MINOR = 10**15
LARGEST_MILLIONTHS = 10**9 * MILLION
DECIMAL_SCHEMA = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
CODE_SCHEMA = {"type": "string", "pattern": "^[A-Z]{3}$"}
MONEY_SCHEMA = {
    "type": "object",
    "properties": {"amount": DECIMAL_SCHEMA, "code": CODE_SCHEMA},
    "required": ["amount", "code"],
    "additionalProperties": False,
}


class Decimal(Field[int]):
    """An exact number in millionths, shown as a minimal decimal text (``"13"``, ``"1.5"``).

    With ``cents`` it is money whose currency nobody names, shown with two places at least (``"85.00"``).
    """

    stored = "int"

    def __init__(
        self,
        *,
        least: int = -LARGEST_MILLIONTHS,
        most: int = LARGEST_MILLIONTHS,
        malformed: Kind = Kind.NOT_A_DECIMAL,
        cents: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**{"default": None if options.get("nullable") else 0, **options})
        self.least, self.most, self.malformed, self.cents = least, most, malformed, cents

    def read(self, raw: Any, row: Row, policy: Policy) -> None:
        number = millionths_of(raw) if type(raw) is str else None
        if number is not None and self.least <= number <= self.most:
            row[self.name] = number
        else:
            super().read(raw, row, policy)

    def parse(self, raw: Any) -> Any:
        try:
            number = parse_scaled(raw, 6)
        except (ValueError, TypeError):
            raise self.wrong(raw, self.malformed) from None
        if number < 0 <= self.least:
            raise self.wrong(raw, Kind.NEGATIVE)
        if not self.least <= number <= self.most:
            raise self.wrong(raw)
        return number

    def shows(self, column: Callable[[str], str]) -> str:
        text = f"price_text({column(self.name)}, '')" if self.cents else f"decimal_text({column(self.name)})"
        return self.orblank(text, column(self.name))

    def words(self) -> dict[str, Any]:
        return {"price_text": price_text} if self.cents else {"decimal_text": decimal_text}

    def schema(self) -> dict[str, Any]:
        return DECIMAL_SCHEMA

    def sent_schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, {"type": "number"}]}


class Percent(Decimal):
    """A percentage in millionths of a percent: 9.975 % is 9_975_000; 0 to 100 unless told otherwise."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"least": 0, "most": 100 * MILLION, "malformed": Kind.BAD_PERCENT, **options})


def sent_amount(raw: Any) -> tuple[Any, str]:
    """Split what was sent for an amount into number and currency code ("" when none); shapes are not judged here."""
    if isinstance(raw, dict):
        code = raw.get("code")
        return raw.get("amount"), code.upper() if isinstance(code, str) else ""
    return raw, ""


class Money(Field[money.Money]):
    """An amount in minor units of the currency that another column of the row names.

    ``currency`` is that column; it is set before any amount is read (architecture 5.1). An amount sent in another
    currency is INVALID. ``of`` names another amount that is repeated here (``net_paid_amount`` is ``paid``).
    """

    stored = "int"

    def __init__(self, *, currency: str = "currency_code", least: int = -LARGEST_MINOR, of: str = "", **options: Any) -> None:
        super().__init__(**{"default": None if options.get("nullable") else 0, **options})
        self.currency, self.least, self.of = currency, least, of

    def columns(self) -> dict[str, str]:
        return {} if self.of else super().columns()

    def value(self, row: Row) -> money.Money:
        return money.Money(row[self.of or self.name] or 0, row[self.currency])

    def put(self, row: Row, value: money.Money | None) -> None:
        row[self.name] = None if value is None else value.minor

    def read(self, raw: Any, row: Row, policy: Policy) -> None:
        amount, code = sent_amount(raw)
        if amount is None:
            raise self.wrong(amount, Kind.REQUIRED)
        if code and code != row[self.currency]:
            raise self.wrong(code)
        row[self.name] = self.parse_minor(amount, row[self.currency], policy)

    def parse_minor(self, amount: Any, code: str, policy: Policy) -> int:
        """Return a sent amount in minor units of ``code``; raises NOT_A_NUMBER, NEGATIVE or INVALID."""
        try:
            minor = money.parse_minor(amount, code, policy)
        except (ValueError, TypeError):
            raise self.wrong(amount, Kind.NOT_A_DECIMAL) from None
        if minor < 0 <= self.least:
            raise self.wrong(amount, Kind.NEGATIVE)
        if not self.least <= minor <= LARGEST_MINOR:
            raise self.wrong(amount)
        return minor

    def shows(self, column: Callable[[str], str]) -> str:
        mine = column(self.of or self.name)
        return self.orblank(f"amount_shown({mine}, {column(self.currency)})", mine)

    def words(self) -> dict[str, Any]:
        return {"amount_shown": amount_shown}

    def schema(self) -> dict[str, Any]:
        return MONEY_SCHEMA

    def sent_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"amount": {"anyOf": [{"type": "string"}, {"type": "number"}]}, "code": {"type": "string"}},
            "required": ["amount"],
        }


class Price(Money):
    """A price of one unit in millionths of the currency, kept to six places (semantics 1.5).

    ``currency`` names the column that takes the sent code; the decision settles what it means when none was sent.
    """

    def value(self, row: Row) -> Any:
        return row[self.name]

    def put(self, row: Row, value: Any) -> None:
        row[self.name] = value

    def read(self, raw: Any, row: Row, policy: Policy) -> None:
        del policy
        if type(raw) is dict and len(raw) == 2 and type(code := raw.get("code")) is str and type(text := raw.get("amount")) is str:
            number = millionths_of(text)
            if number is not None and -LARGEST_MILLIONTHS <= number <= LARGEST_MILLIONTHS and is_currency(code):
                row[self.name], row[self.currency] = number, code
                return
        self._read_unusual(raw, row)

    def _read_unusual(self, raw: Any, row: Row) -> None:
        amount, code = sent_amount(raw)
        try:
            row[self.name] = parse_scaled(amount, 6)
        except (ValueError, TypeError):
            raise self.wrong(amount, Kind.REQUIRED if amount is None else Kind.NOT_A_DECIMAL) from None
        if not -LARGEST_MILLIONTHS <= row[self.name] <= LARGEST_MILLIONTHS:
            raise self.wrong(amount)
        if code:
            if not is_currency(code):
                raise self.wrong(code)
            row[self.currency] = code

    def shows(self, column: Callable[[str], str]) -> str:
        mine = column(self.name)
        return self.orblank(f"price_shown({mine}, {column(self.currency)})", mine)

    def words(self) -> dict[str, Any]:
        return {"price_shown": price_shown}


class Currency(Field[str]):
    """An ISO 4217 code; a body may leave it out, then the record's own rule decides (``Record.currency``)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": "", **options})

    def parse(self, raw: Any) -> Any:
        if not isinstance(raw, str) or not is_currency(raw.upper()):
            raise self.wrong(raw)
        return raw.upper()

    def schema(self) -> dict[str, Any]:
        return CODE_SCHEMA
