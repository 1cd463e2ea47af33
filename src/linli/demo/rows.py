"""Many rows into one table fast: COPY on PostgreSQL, one prepared statement on SQLite. Values as the models' fields keep them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, models

Row = Sequence[Any]


class Table:
    """The columns of a model's table without the key that the database counts up itself."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = [
            field
            for field in model._meta.concrete_fields
            if not (isinstance(field, models.AutoField | models.BigAutoField) and field.primary_key)
        ]
        self.names = [field.attname for field in fields]
        quote = connection.ops.quote_name
        self._table = quote(model._meta.db_table)
        self._columns = ", ".join(quote(str(field.column)) for field in fields)
        postgresql = connection.vendor == "postgresql"
        self._change = [
            (place, change)
            for place, field in enumerate(fields)
            if (change := _json if _target(field) is models.JSONField else None if postgresql else _for_sqlite(field))
        ]

    def insert_objects(self, objects: Iterable[models.Model]) -> int:
        """Write unsaved objects; their keys are not filled in."""
        names = self.names
        return self.insert([[getattr(one, name) for name in names] for one in objects])

    def insert(self, rows: list[list[Any]]) -> int:
        """Write rows given as lists of values in the order of ``names``; the lists are changed on the way."""
        for place, change in self._change:
            for row in rows:
                row[place] = change(row[place])
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self._table} ({self._columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["?"] * len(self.names))
                connection.connection.executemany(f"INSERT INTO {self._table} ({self._columns}) VALUES ({marks})", rows)
        return len(rows)


def _target(field: models.Field[Any, Any]) -> type[models.Field[Any, Any]]:
    """The kind of column: of a foreign key that of the key it points to."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return type(field)


def _for_sqlite(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    return {models.UUIDField: _hex, models.DateTimeField: _moment, models.DateField: _day}.get(_target(field))


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def _hex(value: Any) -> str | None:
    return None if value is None else value.hex


def _moment(value: datetime | None) -> str | None:
    """As Django writes moments on SQLite: UTC without a zone, microseconds only where there are some."""
    return None if value is None else value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
