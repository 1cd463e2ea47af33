"""Importing staff on a page: a template to fill in, a check that writes nothing, and the import, all rows or none."""

import tempfile
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.exports import WORKBOOK, download, workbook_bytes
from linli.kernel.importers import ImportRefused, silent
from linli.orgs.enums import ROLES
from linli.orgs.guards import manager_required
from linli.orgs.staff_import import MOST_ROWS, SAMPLE, TEMPLATE, import_staff

MOST_BYTES = 5_000_000


@require_http_methods(["GET", "POST"])
@manager_required
def page(request: HttpRequest) -> HttpResponse:
    context = {
        "error": "",
        "problems": [],
        "report": None,
        "dry": False,
        "roles": [role.name for role in ROLES.values()],
        "most": MOST_ROWS,
    }
    if request.method != "POST":
        return render(request, "orgs/import.html", context)
    sent = request.FILES.get("file")
    if sent is None:
        context["error"] = _("请选一个文件。")
    elif sent.size > MOST_BYTES:
        context["error"] = _("文件超过 %(size)d MB。") % {"size": MOST_BYTES // 1_000_000}
    if context["error"]:
        return render(request, "orgs/import.html", context, status=422)
    dry = request.POST.get("act") != "import"
    # openpyxl opens only files that are called so; what is none is told by its first bytes
    with tempfile.NamedTemporaryFile(prefix="linli-staff-", suffix=".xlsx") as file:
        for block in sent.chunks():
            file.write(block)
        file.flush()
        try:
            report = import_staff(Path(file.name), dry_run=dry, progress=silent, by=request.actor, at=request.now)
        except ImportRefused as refused:
            context["problems"] = refused.problems.lines()
            context["count"] = refused.problems.count
            return render(request, "orgs/import.html", context, status=422)
    return render(request, "orgs/import.html", context | {"report": report.figures, "dry": dry})


@require_safe
@manager_required
def template(request: HttpRequest) -> HttpResponse:
    """An empty table with the columns and one invented row."""
    return download(
        workbook_bytes(TEMPLATE, [SAMPLE], title=_("人员")), name=_("人员导入模板") + ".xlsx", mime=WORKBOOK
    )
