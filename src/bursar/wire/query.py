"""Reads query strings: filter texts become values in stored terms, by the declared fields."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from bursar.catalogue.amounts import Decimal, Money, Price
from bursar.catalogue.links import Alias
from bursar.catalogue.query import Query, Search
from bursar.catalogue.scalars import DAY_LONG, Date, Flag, Instant, Int, as_flag, whole
from bursar.catalogue.sums import Asked
from bursar.domain.instants import parse_datetime
from bursar.domain.money import parse_scaled
from bursar.domain.when import columns_of
from bursar.errors import Kind, Refusal, refuse

if TYPE_CHECKING:
    from bursar.catalogue.field import Field
    from bursar.catalogue.filters import Filter
    from bursar.catalogue.resource import Resource

MOST_PER_PAGE = 100
MOST_WHOLE = 10_000
MOST_LISTED = 500
SCALES = (2, 3, 4)
DAY_US = 86_400_000_000
UNCODED_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")  # Python's SDK sends an offset's + as it is, which a query reads as a blank
PAGING = {"page": Kind.BAD_PAGE, "per_page": Kind.BAD_PER_PAGE}


def read_bracketed(pairs: list[tuple[str, str]], resource: Resource, per_page: int, *, date_max_exclusive: bool) -> Query:
    """Read the accounting grammar: ``search[key]=v``, ``search[key][]=v``, ``include[]=name``, ``sort=key_desc``, bare booleans.

    Raises BAD_PAGE, BAD_PER_PAGE and the FILTER kinds; unknown keys are named in ``ignored`` (accounting fact 7).
    """
    if not pairs:
        return Query(per_page=per_page)
    page, size = 1, per_page
    sort, descending = "", False
    includes: set[str] = set()
    ignored: list[str] = []
    found: dict[str, list[str]] = {}
    known = include_names(resource)
    for name, value in pairs:
        if name in PAGING:
            number = _page_number(name, value)
            page, size = (number or 1, size) if name == "page" else (page, min(number or per_page, MOST_PER_PAGE))
        elif name in ("include[]", "include"):
            wanted = value.replace("-", "_")
            (includes.add(wanted) if wanted in known else None if wanted in resource.record.fields else ignored.append(name))
        elif name == "sort":
            sort, descending = sort_column(value, resource)
        elif (key := _search_key(name)) in resource.filters and (key != name or _stands_bare(resource, key)):
            found.setdefault(key, []).append(value)
        else:
            ignored.append(name)
    searches = tuple(search(key, values, resource, date_max_exclusive=date_max_exclusive) for key, values in found.items())
    return Query(page, size, searches, sort, descending, frozenset(includes), shows_hidden="vis_state" in found, ignored=tuple(ignored))


def _search_key(name: str) -> str:
    """Return the key inside ``search[key]``, ``search[key][]`` or, as PHP writes lists, ``search[key][0]``; "" for other shapes."""
    if not name.startswith("search["):
        return name.removesuffix("[]")
    key, closed, rest = name[7:].partition("]")
    whole_key = closed and (not rest or (rest[0] == "[" and rest[-1] == "]" and (rest == "[]" or rest[1:-1].isdigit())))
    return key if whole_key else ""


def _stands_bare(resource: Resource, key: str) -> bool:
    """Whether a key may be sent outside ``search[]``, as the SDKs send booleans (accounting 1.3)."""
    filter_ = resource.filters[key]
    return not filter_.words and (filter_.how in ("holds", "exists") or isinstance(_field(resource, filter_), Flag))


def _page_number(name: str, value: str) -> int:
    number = whole(value)
    if number is None or number < 0:
        raise refuse(PAGING[name], name, value)
    return number


@cache
def include_names(resource: Resource) -> frozenset[str]:
    """Return what a query may ask to be shown or left out."""
    fields = resource.record.fields.values()
    names = {name for field in fields for name in (field.options.include, field.options.unless) if name}
    return frozenset(names | {field.asked for field in fields if isinstance(field, Asked)})


def sort_column(value: str, resource: Resource) -> tuple[str, bool]:
    """Return the stored column and direction of ``key_asc`` or ``key_desc``; an unknown one is id ascending (accounting fact 7)."""
    for suffix, descending in (("_desc", True), ("_asc", False)):
        column = resource.sorts.get(value.removesuffix(suffix)) if value.endswith(suffix) else None
        if column:
            return column, descending
    return "id", False


def search(key: str, values: list[str], resource: Resource, *, date_max_exclusive: bool = False) -> Search:
    """Read one searched key; raises the FILTER kinds naming the key as it was sent."""
    filter_ = resource.filters[key]
    if any("\0" in value for value in values):
        raise refuse(Kind.FILTER_SCALAR, key, "")  # no text of the books has it, and PostgreSQL has no word for it
    if filter_.how == "any":
        listed = [part for value in values for part in value.split(",")]
        if len(listed) > MOST_LISTED:
            raise refuse(Kind.FILTER_LIST, key, len(listed))
        return Search(filter_, [_value(key, value, _field(resource, filter_), filter_) for value in listed])
    if len(values) > 1:
        raise refuse(Kind.FILTER_SCALAR, key, values[-1])
    if filter_.how in ("holds", "exists"):
        return Search(filter_, _yes_or_no(key, values[0], filter_))
    if filter_.how in ("like", "through"):
        return Search(filter_, values[0])
    field = _field(resource, filter_)
    if filter_.how == "max" and (isinstance(field, Instant) or (isinstance(field, Date) and date_max_exclusive)):
        filter_ = filter_._replace(how="below")
    value = _value(key, values[0], field, filter_)
    return Search(filter_, value + DAY_US - 1 if filter_.how == "until" and len(values[0].strip()) == DAY_LONG else value)


def _yes_or_no(key: str, text: str, filter_: Filter) -> bool:
    """Return what a flag says; one about other rows may stand alone, without a value (accounting section 4)."""
    if filter_.words:
        if text not in filter_.words:
            raise refuse(Kind.INVALID, key, text)
        return text == filter_.words[0]
    if not text and filter_.how == "exists":
        return True
    flag = as_flag(text) if text else None
    if flag is None:
        raise refuse(Kind.FILTER_FLAG, key, text)
    return flag


def _field(resource: Resource, filter_: Filter) -> Field[Any] | None:
    field = resource.record.fields.get(filter_.columns[0])
    return resource.record.fields[field.of] if isinstance(field, Alias) else field


def _value(key: str, text: str, field: Field[Any] | None, filter_: Filter) -> Any:
    """Return one filter value in stored terms; money becomes one value per stored scale, since minor units differ."""
    del filter_
    try:
        if isinstance(field, Price):
            return parse_scaled(text, 6)
        if isinstance(field, Money):
            return [parse_scaled(text, scale) for scale in SCALES]
        if isinstance(field, Decimal):
            return parse_scaled(text, 6)
        if isinstance(field, Date):
            return field.parse(text)
        if isinstance(field, Instant):
            return parse_datetime(UNCODED_PLUS.sub(r"\1+\2", text), field.shape)
    except (ValueError, TypeError, Refusal):
        raise refuse(Kind.FILTER_DATE if isinstance(field, Date | Instant) else Kind.FILTER_NUMBER, key, text) from None
    if isinstance(field, Flag):
        flag = as_flag(text)
        if flag is None:
            raise refuse(Kind.FILTER_FLAG, key, text)
        return int(flag)
    if isinstance(field, Int):
        number = whole(text)
        if number is None:
            raise refuse(Kind.FILTER_NUMBER, key, text)
        return number
    return text


def read_bare(pairs: list[tuple[str, str]], resource: Resource, per_page: int) -> Query:
    """Read the grammar of the business families: ``field=v``, ``include=true``, ``sort=-key`` (platform section 5).

    Raises BAD_PAGE, BAD_PER_PAGE and the FILTER kinds; unknown keys are named in ``ignored``.
    """
    page, size = 1, MOST_WHOLE if resource.whole else per_page
    sort, descending, echo = "", False, ()  # type: tuple[str, bool, tuple[str, ...]]
    includes: set[str] = set()
    switches: set[str] = set()
    sized = False
    ignored: list[str] = []
    found: dict[str, list[str]] = {}
    known = include_names(resource)
    for name, value in pairs:
        if name in PAGING and not resource.whole:
            number = whole(value)
            if number is None:
                raise refuse(PAGING[name], name, value)
            page, size = (max(number, 1), size) if name == "page" else (page, min(max(number, 1), MOST_PER_PAGE))
            sized = sized or name == "per_page"
        elif name in resource.switches:
            (switches.add(name) if as_flag(value) else None)
        elif name == "sort" and not resource.steady:
            sort, descending, echo = resource.sorts.get(value.removeprefix("-"), "id"), value.startswith("-"), (value,)
            descending = descending and value.removeprefix("-") in resource.sorts
        elif name == "include[]" and value in known:
            includes.add(value)
        elif name in known:
            (includes.add(name) if as_flag(value) else None)
        elif name in resource.filters:
            found.setdefault(name, []).append(value)
        else:
            ignored.append(name)
    searches = tuple(search(key, values, resource) for key, values in found.items())
    hidden = columns_of(resource.hidden) if resource.hidden else set()
    shows_hidden = any(not hidden.isdisjoint(each.filter.columns) for each in searches)
    found_includes, switched = frozenset(includes), frozenset(switches)
    return Query(page, size, searches, sort, descending, found_includes, shows_hidden, tuple(ignored), echo, sized=sized, switches=switched)
