"""The page of a case: facts left, history right, what can be done at the bottom with the reason for what cannot.

Whatever is refused comes back on the same page with everything that was typed.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from linli.kernel.ids import read_code
from linli.kernel.policy import Refused
from linli.kernel.text import whole
from linli.orgs.guards import staff_required
from linli.procedures import actions, files, queries, undoing
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.models import Case, CaseFile
from linli.procedures.policies import can_see
from linli.procedures.views.answering import answers_of, carry_out, since_of
from linli.procedures.views.showing import COMMENT, CORRECT, show


def find(request: HttpRequest, code: str) -> Case:
    """Return a case by its code if the asker may see it; otherwise it does not exist for them."""
    known = read_code(code)
    case = queries.by_code(known) if known else None
    if case is None or not can_see(request.actor, case):
        raise Http404
    return case


@require_safe
@staff_required
def page(request: HttpRequest, code: str) -> HttpResponse:
    try:
        case = find(request, code)
    except Http404:
        if "done" not in request.GET:
            raise
        return redirect("procedures:inbox")  # what this person just did passed the case on, out of their sight
    return show(request, case, chosen=request.GET.get("do", ""))


def _posted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever comes to the address of an act by following a link (after signing in again, say) is shown the case, its form open."""

    @wraps(view)
    def shown(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
        if request.method == "POST":
            return view(request, code, key) if key else view(request, code)
        return redirect(f"{_address(find(request, code))}{f'?do={key}#do' if key else ''}")

    return require_http_methods(["GET", "POST"])(staff_required(shown))


@_posted
def act(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Do what was chosen; what cannot be done comes back with everything that was typed."""
    case = find(request, code)
    typed: dict[str, Any] = {"chosen": key, "given": answers_of(request.POST), "reason": request.POST.get("reason", "")}
    try:
        carry_out(request, case, key, dict(typed["given"]), by=request.actor)
    except Changed as changed:
        return show(request, _seen(request, changed.case), **typed, conflict=changed.since, status=409)
    except BadAnswers as bad:
        return show(request, case, **typed, errors=bad.errors, status=422)
    except NotNow as refusal:
        return show(request, find(request, code), **typed, errors={"": refusal.reason}, status=409)
    except Refused as refusal:
        return show(request, find(request, code), **typed, errors={"": str(refusal)}, status=403)
    return redirect(f"{_address(case)}?done={quote(key)}")


def _seen(request: HttpRequest, case: Case) -> Case:
    """A case that moved under somebody's hands is shown to them only if they may still see it."""
    if not can_see(request.actor, case):
        raise Http404
    return case


def _address(case: Case) -> str:
    return reverse("procedures:case", args=[case.code])


@_posted
def undo(request: HttpRequest, code: str) -> HttpResponse:
    """Take back what this person just did, while that is safe."""
    case = find(request, code)
    try:
        undoing.undo(case_id=case.pk, by=request.actor, at=request.now, since=since_of(request) or 0)
    except Changed as changed:
        return show(request, _seen(request, changed.case), conflict=changed.since, status=409)
    except Refused as refusal:
        return show(request, find(request, code), errors={"": str(refusal)}, status=403)
    return redirect(f"{_address(case)}?done=undo")


@_posted
def comment(request: HttpRequest, code: str) -> HttpResponse:
    """Add a note or photos; with ``public`` the reporter sees it."""
    case = find(request, code)
    text = request.POST.get("text", "")
    try:
        actions.comment(
            case_id=case.pk,
            by=request.actor,
            at=request.now,
            text=text,
            public=request.POST.get("public") == "1",
            files=files.photos(request.FILES.getlist("photos"), field="photos"),
        )
    except BadAnswers as bad:
        return show(request, case, chosen=COMMENT, given={"text": text}, errors=bad.errors, status=422)
    return redirect(f"{_address(case)}?done={COMMENT}")


@_posted
def correct(request: HttpRequest, code: str) -> HttpResponse:
    """Say what is right instead of a record: a new one that names it; the old one stays."""
    case = find(request, code)
    seq, text = request.POST.get("record", ""), request.POST.get("text", "")
    number = whole(seq, digits=8) or 0
    chosen = f"{CORRECT}-{number}"
    try:
        actions.correct(case_id=case.pk, record_seq=number, text=text, by=request.actor, at=request.now)
    except BadAnswers as bad:
        return show(request, case, chosen=chosen, given={"text": text}, errors=bad.errors, status=422)
    except Refused as refusal:
        return show(request, case, chosen=chosen, given={"text": text}, errors={"": str(refusal)}, status=403)
    return redirect(f"{_address(case)}?done={chosen}")


@_posted
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """The second person approves or refuses."""
    case = find(request, code)
    reason = request.POST.get("reason", "")
    try:
        actions.decide(
            case_id=case.pk,
            approve=request.POST.get("verdict") == "approve",
            by=request.actor,
            at=request.now,
            reason=reason,
            since=since_of(request),
        )
    except Changed as changed:
        return show(request, _seen(request, changed.case), reason=reason, conflict=changed.since, status=409)
    except BadAnswers as bad:
        return show(request, case, reason=reason, errors=bad.errors, status=422)
    except NotNow as refusal:
        return show(request, find(request, code), reason=reason, errors={"": refusal.reason}, status=409)
    return redirect(f"{_address(case)}?done=decide")


@require_safe
def attachment(request: HttpRequest, file_id: UUID, size: str) -> HttpResponse:
    """Serve an attachment to whoever may see its case, or to everyone once it is public."""
    file = CaseFile.objects.select_related("case").filter(pk=file_id).first()
    if file is None or not (file.public or can_see(request.actor, file.case)):
        raise Http404
    digest = file.thumb_sha256 if size == "thumb" and file.thumb_sha256 else file.sha256
    if request.headers.get("If-None-Match") == f'"{digest}"':
        return HttpResponseNotModified()
    path = files.path_of(digest)
    if not path.is_file():
        raise Http404
    inline = file.mime == "image/jpeg"
    response = FileResponse(path.open("rb"), content_type=file.mime, as_attachment=not inline, filename=file.name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["ETag"] = f'"{digest}"'
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
