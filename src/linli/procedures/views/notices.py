"""What one's units and oneself were told: newest first, with why, and ticked off when read."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.display import local
from linli.kernel.exports import WORKBOOK, csv_bytes, download, workbook_bytes
from linli.orgs.guards import staff_required
from linli.procedures import notifying

PAGE = 50
MOST_EXPORTED = 5000
MOST_TICKED = 200


def _asked(request: HttpRequest) -> tuple[Any, str, bool]:
    """The notices asked for, the words searched, whether those read already are wanted too."""
    q, every = request.GET.get("q", "")[:60].strip(), request.GET.get("all") == "1"
    rows = notifying.search(notifying.mine(request.actor), q)
    return rows if every else rows.filter(read_at__isnull=True), q, every


@require_safe
@staff_required
def listing(request: HttpRequest) -> HttpResponse:
    rows, q, every = _asked(request)
    before = request.GET.get("before", "")
    found, following = notifying.page_of(rows, before=_id(before) if before else None, size=PAGE)
    kept = {"q": q} | ({"all": "1"} if every else {})
    path = reverse("procedures:notices")
    context = {
        "notices": [notifying.told(one) for one in found],
        "q": q,
        "every": every,
        "next": f"{path}?{urlencode({**kept, 'before': following})}" if following else None,
        "first": f"{path}?{urlencode(kept)}" if before else None,
        "exports": [
            (words, f"{reverse(f'procedures:notices_{name}')}?{urlencode(kept)}")
            for words, name in (("Excel", "export_excel"), ("CSV", "export"))
        ],
        "here": request.get_full_path(),
    }
    return render(request, "procedures/notices.html", context)


def _id(text: str) -> UUID:
    try:
        return UUID(text[:40])
    except ValueError as error:
        raise Http404 from error


@require_safe
@staff_required
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The same list as a table, CSV or Excel (``kind``)."""
    rows, _q, _every = _asked(request)
    found, _more = notifying.page_of(rows, before=None, size=MOST_EXPORTED)
    columns = [_("时间"), _("编号"), _("事项"), _("什么事"), _("通知谁"), _("为什么"), _("看过")]
    told = [notifying.told(one) for one in found]
    lines = [
        [
            f"{local(one.at):%Y-%m-%d %H:%M}",
            one.case.code,
            one.case.title,
            one.what,
            one.whom or _("本人"),
            one.why,
            _("是") if one.read else _("否"),
        ]
        for one in told
    ]
    name = f"{_('通知')}-{local(request.now):%Y%m%d-%H%M}.{kind}"
    if kind == "xlsx":
        return download(workbook_bytes(columns, lines, title=_("通知")), name=name, mime=WORKBOOK)
    return download(csv_bytes(columns, lines), name=name)


@require_POST
@staff_required
def read(request: HttpRequest) -> HttpResponse:
    """Tick off some notices, or all of one's."""
    everything = request.POST.get("all") == "1"
    ids = None if everything else [_id(text) for text in request.POST.getlist("notice")[:MOST_TICKED]]
    notifying.mark_read(by=request.actor, at=request.now, ids=ids)
    target = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if here and target.startswith("/") else "procedures:notices")
