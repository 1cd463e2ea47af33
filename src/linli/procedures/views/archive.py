"""The file of a case to take away: as PDF, and as an archive package that can be verified anywhere."""

import tempfile

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from linli.kernel.ids import read_code
from linli.procedures import archiving
from linli.procedures.models import Case
from linli.procedures.pdf import file_name, history_pdf

IN_MEMORY = 8_000_000


def _dossier(request: HttpRequest, code: str) -> archiving.Dossier:
    known = read_code(code)
    case = Case.objects.select_related("version", "parent", "holder_unit").filter(code=known).first() if known else None
    found = archiving.dossier(case, by=request.actor) if case is not None else None
    if found is None:
        raise Http404
    return found


@require_GET
def pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The history as PDF, for staff who may see the case in full and for whoever started it."""
    found = _dossier(request, code)
    response = HttpResponse(history_pdf(found, at=request.now), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{file_name(found.case, "pdf")}"'
    return response


@require_GET
def package(request: HttpRequest, code: str) -> HttpResponse:
    """The archive package (ZIP): written to a temporary file that goes away with the answer."""
    found = _dossier(request, code)
    made = history_pdf(found, at=request.now)
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, suffix=".zip")  # noqa: SIM115 - closed by the answer
    archiving.write_package(found, out, pdf=made, at=request.now)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=file_name(found.case, "zip"), content_type="application/zip")
