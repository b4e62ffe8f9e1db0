"""Reads what was sent into a record, by the declared fields alone (architecture 5.1, order of reading)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar.catalogue.amounts import Currency
from bursar.catalogue.links import Action, Computed, Joined, Lines, Parts, Ref
from bursar.catalogue.scalars import whole
from bursar.errors import Kind, Problem, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bursar.catalogue.facts import Facts
    from bursar.catalogue.record import Record
    from bursar.domain.policy import Policy

CURRENCY = "currency_code"
ASKED = (Action, Computed, Joined)


class Reading:
    """One body on its way into one record: what was ignored, what is wrong with it; ``needs`` must be there on update."""

    __slots__ = ("ignored", "method", "needs", "policy", "problems", "sent")

    def __init__(self, sent: Mapping[str, Any], method: str, policy: Policy, needs: Iterable[str] = ()) -> None:
        self.sent, self.method, self.policy, self.needs = sent, method, policy, needs
        self.ignored: list[str] = []
        self.problems: list[Problem] = []

    def said(self, record: Record) -> frozenset[str]:
        """Return the keys that say something: null says nothing of a field that cannot be null (accounting 1.5)."""
        readers = record.readers
        return frozenset([key for key, raw in self.sent.items() if raw is not None or (key in readers and readers[key].options.nullable)])

    def references(self, record: Record) -> None:
        """Read the ids that point elsewhere, before anything is loaded; name every required field that is missing."""
        self._require(record)
        for ref in record.refs:
            raw = self.sent.get(ref.name, self.sent.get(ref.options.alias) if ref.options.alias else None)
            if not ref.writable_on(self.method):
                continue
            if raw is not None:
                try:
                    ref.read(raw, record.row, self.policy)
                except Refusal as refused:
                    self.problems += refused.problems
                else:
                    if ref.options.required and record.row[ref.name] is None:
                        self.problems.append(Problem(Kind.UNKNOWN, ref.name, raw, ref.noun))
            elif ref.options.nullable and ref.name in self.sent:
                record.row[ref.name] = None
        if self.problems and CURRENCY not in record.columns:
            self.rest(record, None)  # nothing is going to be loaded: what else is wrong can be told along with it
        self.settle()

    def _require(self, record: Record) -> None:
        """Name what is missing: of a new object every required field, of an update what it needs; null counts where it may be."""
        if self.method == "POST":
            missing = [name for name, alias in record.required if self.sent.get(name) is None and self.sent.get(alias) is None]
        else:
            nothing = [name for name in self.needs if self.sent.get(name) is None]
            missing = [name for name in nothing if name not in self.sent or not record.fields[name].options.nullable]
        self.problems += [Problem(Kind.REQUIRED, name) for name in missing]

    def rest(self, record: Record, known: Facts | None) -> None:
        """Read everything else; the currency first, since amounts are read in it."""
        if CURRENCY in record.columns and known is not None:
            self._currency(record, known)
        taken, row, policy = record.taken[self.method], record.row, self.policy
        for key, raw in self.sent.items():
            field = taken.get(key)
            if field is None:
                self.ignored.append(key)
            elif field.straight and raw is not None and field.options.refused is None:
                try:
                    field.read(raw, row, policy)
                except Refusal as refused:
                    self.problems += refused.problems
            elif isinstance(field, Ref):
                continue  # read before anything else
            elif field.options.refused is not None:
                self.problems.append(Problem(field.options.refused, field.name, raw))
            elif raw is not None or field.options.nullable:
                try:
                    self._read(record, field, raw, row, policy)
                except Refusal as refused:
                    self.problems += refused.problems
        self.settle()

    def _read(self, record: Record, field: Any, raw: Any, row: dict[str, Any], policy: Policy) -> None:
        if isinstance(field, Parts):
            record.asked[field.name] = tuple(self._part(field, number, part) for number, part in enumerate(field.parse(raw)))
        elif isinstance(field, ASKED):
            record.asked[field.name] = field.parse(raw)
        elif isinstance(field, Lines):
            lines = () if raw is None else tuple(self._line(field, number, line) for number, line in enumerate(field.parse(raw)))
            record.children = {**record.children, field.name: lines}
        elif raw is None:
            row[field.name] = None
        else:
            field.read(raw, row, policy)

    def _currency(self, record: Record, known: Facts) -> None:
        field, raw = record.taken[self.method].get(CURRENCY), self.sent.get(CURRENCY)
        if isinstance(field, Currency) and raw is not None:
            record.row[CURRENCY] = field.parse(raw)
        elif self.method == "POST":
            record.row[CURRENCY] = type(record).currency(self.sent, known)

    def _part(self, parts: Parts, number: int, sent: dict[str, Any]) -> Record:
        part = self._line(parts, number, sent)
        part.row["id"] = whole(sent.get("id")) or 0
        return part

    def _line(self, lines: Lines | Parts, number: int, sent: dict[str, Any]) -> Record:
        line = lines.record(dict(lines.record.blank), sent=frozenset(sent))
        taken, row, policy = line.taken["POST"], line.row, self.policy
        for key, raw in sent.items():
            field = taken.get(key)
            if field is None:
                self.ignored.append(f"{lines.name}.{key}")
            elif raw is not None:
                try:
                    field.read(raw, row, policy)
                except Refusal as refused:
                    self.problems += [p._replace(field=f"{lines.name}[{number}].{p.field}") for p in refused.problems]
            elif field.options.nullable:
                row[field.name] = None
        for name, _ in line.required if isinstance(lines, Lines) else ():
            if sent.get(name) is None:
                self.problems.append(Problem(Kind.REQUIRED, f"{lines.name}[{number}].{name}"))
        return line

    def settle(self) -> None:
        """Raise what was found wrong so far, all of it at once."""
        if self.problems:
            raise Refusal(*self.problems)
