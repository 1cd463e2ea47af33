"""The file of a case to take away: as PDF, and as an archive package that can be verified anywhere."""

import tempfile

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from linli.kernel.address import client_address
from linli.kernel.ids import read_code
from linli.kernel.limits import count_use
from linli.procedures import archiving
from linli.procedures.models import Case
from linli.procedures.pdf import file_name, history_pdf

IN_MEMORY = 8_000_000
# Files that one person (or address, where nobody is signed in) takes away in an hour: each is set anew, pictures and all.
MOST_AN_HOUR = 60


def _dossier(request: HttpRequest, code: str) -> archiving.Dossier:
    known = read_code(code)
    case = Case.objects.select_related("version", "parent", "holder_unit").filter(code=known).first() if known else None
    found = archiving.dossier(case, by=request.actor) if case is not None else None
    if found is None:
        raise Http404
    by = request.actor
    count_use(
        purpose="dossier",
        address=f"user {by.user_id}" if by.user_id is not None else client_address(request),
        allowed=MOST_AN_HOUR,
        seconds=3600,
        at=request.now,
    )
    return found


@require_safe
def pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The history as PDF, for staff who may see the case in full and for whoever started it."""
    found = _dossier(request, code)
    response = HttpResponse(history_pdf(found, at=request.now), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{file_name(found.case, "pdf")}"'
    return response


@require_safe
def package(request: HttpRequest, code: str) -> HttpResponse:
    """The archive package (ZIP): written to a temporary file that goes away with the answer."""
    found = _dossier(request, code)
    made = history_pdf(found, at=request.now)
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, suffix=".zip")  # noqa: SIM115 - closed by the answer
    archiving.write_package(found, out, pdf=made, at=request.now)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=file_name(found.case, "zip"), content_type="application/zip")
