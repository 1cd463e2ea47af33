"""The inbox: one list per person and unit, 50 rows in a fixed number of statements; the same list as a table to take away."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.display import local
from linli.kernel.exports import WORKBOOK, csv_bytes, download, workbook_bytes
from linli.orgs.guards import staff_required
from linli.procedures import paging, queries, saved
from linli.procedures.enums import Urgency
from linli.procedures.rows import Teller
from linli.procedures.views import filters

TITLES = {
    "todo": lambda: _("待我办"),
    "waiting": lambda: _("等居民"),
    "others": lambda: _("本单位其他"),
    "approve": lambda: _("等我审批"),
    "unit": lambda: _("本单位在办"),
    "mine": lambda: _("我认领的"),
    "watched": lambda: _("辖区在办"),
    "took_part": lambda: _("经手过的"),
}
ENDED_TITLES = {
    "mine": lambda: _("我认领的"),
    "watched": lambda: _("辖区的"),
    "took_part": lambda: _("经手过的"),
}
MOST_EXPORTED = 10_000


@require_safe
@staff_required
def inbox(request: HttpRequest) -> HttpResponse:
    """Statements: session, user, posts, counts, rows, own filters; one more where the list is narrowed or of a whole place, for its number."""
    by, at = request.actor, request.now
    asked = filters.read(request)
    wanted, whose = asked.filter, asked.filter.whose
    # where every working day begins is prepared; only another list needs a query of its own
    rows = queries.inbox(by, wanted, at=at) if request.GET else None
    try:
        page = (
            queries.first_page(by, at=at)
            if rows is None
            else queries.page_of(rows, cursor=request.GET.get("cursor", ""), order=asked.order)
        )
    except ValueError as error:
        raise Http404 from error
    counts = queries.counts(by, at=at)
    request.inbox_counts = counts
    if rows is not None and (asked.narrowed or whose == "watched"):
        total, exact = queries.count_up_to(rows)
    else:
        total, exact = counts.get(whose), True
    teller = Teller(at)
    query, kept = urlencode(asked.said), saved.of(by)
    request.saved_filters = kept
    context = {
        "query": query,
        "kept": next((one for one in kept if one.query == query), None),
        "keeps": bool(asked.said) and (asked.narrowed or "sort" in asked.said),
        "title": TITLES[whose]() if wanted.state == "open" else ENDED_TITLES.get(whose, lambda: _("本单位的"))(),
        "total": None if total is None else f"{total:,}" if exact else f"{total:,}+",
        "counts": counts,
        "own": whose in ("todo", "mine", "waiting", "others") and wanted.state == "open" and len(by.unit_ids) == 1,
        "quick": whose in ("todo", "mine") and not asked.narrowed,
        "rows": [_columns(teller.say(row)) for row in page.rows],
        "asked": asked,
        "whose": whose,
        "hidden": [(key, value) for key, value in asked.said.items() if key != "text"],
        "next": asked.link(cursor=page.next) if page.next else None,
        "previous": asked.link(cursor=page.previous) if page.previous else None,
        "filters": filters.chips(asked, by),
        "more": filters.more(asked),
        "order": filters.orders(asked),
        "sorts": (asked.order, *(asked.link(sort=key) for key in ("", "urgency", "newest"))),
        "conditions": filters.conditions(asked),
        "watches": bool(by.overseen),
    }
    return render(request, "procedures/inbox.html", context)


def _columns(row: dict[str, Any]) -> tuple[Any, ...]:
    """A row as the table takes it apart (see the macro ``lines``)."""
    clock = row["clock"]
    return (
        row["id"],
        row["last_seq"],
        row["code"],
        row["href"],
        row["title"],
        row["state"] == "open",
        row["danger"],
        row["pending"],
        clock["state"],
        clock["word"],
        clock["text"],
        clock["used"],
        row["place"],
        row["kind"],
        row["grid_name"],
        row["step_name"],
        row["held"],
        row["source"],
        row["created_at"],
    )


@require_safe
@staff_required
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The list as it is filtered and sorted, all its pages, as CSV or Excel (``kind``): the same permission, the same words."""
    by, at = request.actor, request.now
    asked = filters.read(request)
    rows = paging.sorted_by(queries.inbox(by, asked.filter, at=at), asked.order)
    teller = Teller(at)
    found = [teller.say(row) for row in queries.as_rows(rows)[: MOST_EXPORTED + 1]]
    columns = [
        _("编号"), _("事项"), _("流程"), _("类别"), _("来源"), _("紧急"), _("时限状态"), _("到期"), _("地点"), _("网格"),
        _("区划代码"), _("环节"), _("在谁手里"), _("提交"), _("结果"),
    ]  # fmt: skip
    lines = [_line(row) for row in found[:MOST_EXPORTED]]
    if len(found) > MOST_EXPORTED:
        lines.append([_("只导出了前 %(most)d 件，请缩小范围再导出。") % {"most": MOST_EXPORTED}])
    name = f"{_('办件')}-{local(at):%Y%m%d-%H%M}.{kind}"
    if kind == "xlsx":
        return download(workbook_bytes(columns, lines, title=_("办件")), name=name, mime=WORKBOOK)
    return download(csv_bytes(columns, lines), name=name)


def _line(row: dict[str, Any]) -> list[Any]:
    """A row of the table; moments in Shanghai time, as a spreadsheet reads them."""
    return [
        row["code"],
        row["title"],
        row["procedure_name"],
        row["kind_label"],
        row["source"],
        Urgency(row["urgency"]).label,
        row["clock"]["word"] if row["state"] == "open" else "",
        f"{local(row['due_at']):%Y-%m-%d %H:%M}" if row["due_at"] else "",
        row["place"],
        row["grid"],
        row["division_code"],
        row["step_name"],
        row["held"] if row["state"] == "open" else "",
        f"{local(row['created_at']):%Y-%m-%d %H:%M}",
        row["step_name"] if row["state"] == "ended" else "",
    ]
