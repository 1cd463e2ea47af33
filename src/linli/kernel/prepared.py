"""Query sets whose SQL is made once and run many times with other values: for the few reads that every page makes.

Django builds the SQL of a query set anew each time, which for a wide table costs more than running it. ``Prepared`` lets it do so
once per thread and keeps what came of it::

    posts_of = Prepared(lambda user, day: Post.objects.filter(user_id=user, since__lte=day).values_list("id", "role"))
    rows = posts_of(user=7, day=date(2026, 11, 24))

Values are named arguments: numbers, strings, UUIDs, moments, days, and lists of these (the SQL is made once for each length).
The shape of the query must not depend on them otherwise; None is no value. Everything that a query set can be iterated as is
possible (models with ``select_related``, ``values``, ``values_list``), except ``prefetch_related``.
"""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import QuerySet

T = TypeVar("T")
Adapt = Callable[[Any], Any]
# the place of a value among the arguments: its name, and its number in a list
Place = tuple[str, int | None]


class Prepared(Generic[T]):
    """A query set by the values that it depends on; calling it runs it and returns its rows as a list."""

    def __init__(self, build: Callable[..., QuerySet[Any, T]]) -> None:
        self._build = build
        self._kept = threading.local()

    def __call__(self, **values: Any) -> list[T]:
        shape = tuple(len(value) if isinstance(value, list) else -1 for value in values.values())
        plans = self._kept.__dict__.setdefault("plans", {})
        # the wrapper itself: another database (of a test) has another one
        key = (connections[DEFAULT_DB_ALIAS], shape)
        plan = plans.get(key)
        if plan is None:
            plan = plans[key] = _Plan(self._build, values)
        return plan.run(values)


class _Plan:
    """One SQL text of one connection, with the places at which the values stand in it."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], like: dict[str, Any]) -> None:
        marks: dict[str, Any] = {}
        places: dict[Any, tuple[Place, Adapt]] = {}
        for name, value in like.items():
            if isinstance(value, list):
                marks[name] = [_mark(len(places) + number, part) for number, part in enumerate(value)]
                for number, mark in enumerate(marks[name]):
                    adapt = _adapter(mark)
                    places[adapt(mark)] = (name, number), adapt
            else:
                mark = marks[name] = _mark(len(places), value)
                adapt = _adapter(mark)
                places[adapt(mark)] = (name, None), adapt
        self._rows = build(**marks).all()
        compiler = self._rows.query.get_compiler(self._rows.db)
        self._sql, found = compiler.as_sql()
        self._constants = list(found)
        self._places = [(index, *places[value]) for index, value in enumerate(found) if _hashable(value) in places]
        missing = {place for place, _adapt in places.values()} - {place for _index, place, _adapt in self._places}
        if missing:
            raise ValueError(f"these values are not in the query, or not as they are: {sorted(missing, key=str)}")
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        fixed = {index: (list(map(_faster, one)), of) for index, (one, of) in converters.items()}
        # From here on this compiler gives what it has, with the values of the moment.
        changed: Any = compiler
        changed.as_sql = self._now
        changed.get_converters = lambda _columns: fixed
        query: Any = self._rows.query
        query.get_compiler = lambda *_using, **_named: compiler
        self._values: list[Any] = []

    def _now(self, *_: Any, **__: Any) -> tuple[str, list[Any]]:
        return self._sql, self._values

    def run(self, values: dict[str, Any]) -> list[Any]:
        self._values = list(self._constants)
        for index, (name, number), adapt in self._places:
            value = values[name]
            self._values[index] = adapt(value if number is None else value[number])
        rows: Any = self._rows
        return list(rows._iterable_class(rows))


def _hashable(value: Any) -> Any:
    return value if isinstance(value, (int, float, str, datetime, date, UUID)) else None


def _mark(number: int, like: Any) -> Any:
    """A value of the kind of ``like`` that stands in no query by itself; whole numbers fit the smallest column."""
    if isinstance(like, bool) or like is None:
        raise TypeError("a truth or nothing changes the shape of a query: write it into the query")
    if isinstance(like, int):
        return 31_001 + number
    if isinstance(like, float):
        return 31_001.0625 + number
    if isinstance(like, str):
        return f"\x1f{number}\x1f"
    if isinstance(like, UUID):
        return UUID(int=(7 << 76) | (2 << 62) | (number + 1))
    if isinstance(like, datetime):
        return datetime(1901, 2, 3, 4, 5, 6, 1 + number, UTC)
    if isinstance(like, date):
        return date(1901, 1, 1 + number)
    raise TypeError(f"not a value of a prepared query: {type(like).__name__}")


def _adapter(value: Any) -> Adapt:
    """How this database takes a value, as Django's fields would hand it over."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return _hex
    return _same


def _hex(value: UUID) -> str:
    return value.hex


def _same(value: Any) -> Any:
    return value


def _faster(convert: Any) -> Any:
    """SQLite's moments come naive, in UTC, from the driver: Django's own way to say so asks the settings for each."""
    return _in_utc if getattr(convert, "__name__", "") == "convert_datetimefield_value" else convert


def _in_utc(value: datetime | str | None, _expression: Any, _connection: Any) -> datetime | None:
    if isinstance(value, str):  # what was computed, such as a minimum
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
