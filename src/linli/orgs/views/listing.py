"""Lists of the management pages: filter, sort, page by page, and the same as a file. One count and one page, whatever is in it."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from linli.kernel.exports import csv_bytes, download
from linli.kernel.text import whole

PAGE = 50
MOST_EXPORTED = 20_000


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, what it says of a row, and by which fields it sorts (none: it does not)."""

    key: str
    label: str
    value: Callable[[Any], Any]
    order: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list as templates show it."""

    rows: list[Any]
    total: int
    heads: list[dict[str, Any]]
    previous: str | None
    next: str | None
    text: tuple[int, int]
    export: str
    query: QueryDict


def address(request: HttpRequest, **changes: str) -> str:
    """Return this page's address with some of its parameters changed ('' takes one away)."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def listing(request: HttpRequest, rows: QuerySet, columns: Sequence[Column], *, default: str) -> Listing:
    """Return the page of ``rows`` that the request asks for: ``sort`` (a column's key, '-' before it for down) and ``page``."""
    rows, sort = _sorted(request, rows, columns, default)
    total = rows.count()
    last = max(1, -(-total // PAGE))
    page = min(whole(request.GET.get("page", ""), digits=6) or 1, last)
    start = (page - 1) * PAGE
    shown = list(rows[start : start + PAGE])
    heads = []
    for column in columns:
        state = {column.key: "asc", f"-{column.key}": "desc"}.get(sort, "")
        target = f"-{column.key}" if state == "asc" else column.key
        heads.append(
            {
                "label": column.label,
                "href": address(request, sort=target, page="") if column.order else None,
                "sort": state,
            }
        )
    return Listing(
        rows=shown,
        total=total,
        heads=heads,
        previous=address(request, page=str(page - 1) if page > 2 else "") if page > 1 else None,
        next=address(request, page=str(page + 1)) if page < last else None,
        text=(start + 1 if total else 0, start + len(shown)),
        export=address(request, export="csv", page=""),
        query=request.GET,
    )


def export(request: HttpRequest, rows: QuerySet, columns: Sequence[Column], *, default: str, name: str) -> HttpResponse:
    """Return everything that the list would show, filtered and sorted the same, as CSV."""
    rows, _sort = _sorted(request, rows, columns, default)
    lines = ([column.value(row) for column in columns] for row in rows[:MOST_EXPORTED])
    return download(csv_bytes([str(column.label) for column in columns], lines), name=f"{name}.csv")


def _sorted(request: HttpRequest, rows: QuerySet, columns: Sequence[Column], default: str) -> tuple[QuerySet, str]:
    sort = request.GET.get("sort", "")
    known = {column.key: column.order for column in columns if column.order}
    if sort.removeprefix("-") not in known:
        sort = default
    down = sort.startswith("-")
    fields = [f"-{field}" if down else field for field in known[sort.removeprefix("-")]]
    return rows.order_by(*fields, "pk"), sort


def chip(
    request: HttpRequest, name: str, label: str, options: Sequence[tuple[str, Any]], *, current: str
) -> dict[str, Any]:
    """Return a filter as the macro ``filter_chip`` takes it. ``options``: (value, words); '' stands for all."""
    words = {value: str(word) for value, word in options}
    return {
        "label": label,
        "value": words.get(current, words.get("", "")),
        "on": current != options[0][0],
        "options": [
            (str(word), address(request, **{name: value or "all", "page": ""}), None, value == current)
            for value, word in options
        ],
    }


def chosen(request: HttpRequest, name: str, options: Sequence[tuple[str, Any]]) -> str:
    """Return which of the options the request names, the first if none; 'all' names the empty one."""
    asked = request.GET.get(name)
    if asked is None:
        return options[0][0]
    value = "" if asked == "all" else asked
    return value if any(value == option for option, _word in options) else options[0][0]
