"""At the desk, what belongs to steps at which many take part: objections answered, parties invited, how a vote came out; and whom a case is for."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.policy import Refused
from linli.orgs.guards import staff_required
from linli.people.actions import reveal
from linli.people.models import Contact
from linli.people.policies import CaseFacts
from linli.procedures import crowd
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import Case, Objection
from linli.procedures.policies import holds
from linli.procedures.views.case import find
from linli.procedures.views.open_case import people_of
from linli.procedures.views.showing import show

TYPED = ("text", "way", "people")


def _posted(view: Callable[..., str]) -> Callable[..., HttpResponse]:
    """An act of the panel: done, and the case again; what cannot be done comes back with everything that was typed."""

    @require_http_methods(["GET", "POST"])
    @staff_required
    @wraps(view)
    def posted(request: HttpRequest, code: str, **more: Any) -> HttpResponse:
        case = find(request, code)
        address = reverse("procedures:case", args=[case.code])
        if request.method != "POST":
            return redirect(f"{address}#crowd")
        typed = {name: request.POST.get(name, "") for name in TYPED}
        typed["chosen"] = f"{view.__name__}-{more['objection_id']}" if more else view.__name__
        try:
            return redirect(f"{address}{view(request, case, **more)}")
        except BadAnswers as bad:
            return show(request, case, taking=typed, errors=bad.errors, status=422)
        except NotNow as refusal:
            return show(request, find(request, code), taking=typed, errors={"": refusal.reason}, status=409)
        except Refused as refusal:
            return show(request, find(request, code), taking=typed, errors={"": str(refusal)}, status=403)

    return posted


@_posted
def answer(request: HttpRequest, case: Case, *, objection_id: int) -> str:
    """Answer an objection to the notice that the case is at."""
    if not Objection.objects.filter(pk=objection_id, case=case).exists():
        raise Http404
    text = request.POST.get("text", "")
    crowd.answer_objection(objection_id=objection_id, by=request.actor, at=request.now, text=text)
    return f"?done=answer-{objection_id}"


@_posted
def invite(request: HttpRequest, case: Case) -> str:
    """Write an invitation for parties: a link to hand on."""
    word = crowd.write_letter(case_id=case.pk, by=request.actor, at=request.now, people=people_of(request))
    return f"?letter={word}#crowd"


@_posted
def conclude(request: HttpRequest, case: Case) -> str:
    """Enter how a vote came out, and where that is written down."""
    text = request.POST.get("text", "")
    if not text.strip():
        raise BadAnswers({"text": _("请写明表决的票数和记录在哪里。")})
    way = request.POST.get("way", "")
    if way not in ("passed", "failed", "no_quorum"):
        raise BadAnswers({"way": _("请选择表决结果。")})
    crowd.conclude(case_id=case.pk, way=way, by=request.actor, at=request.now, text=text)
    return "?done=conclude"


@require_POST
@staff_required
def contact(request: HttpRequest, code: str) -> HttpResponse:
    """Show how the person is reached for whom a case was started; every look is written down."""
    case = find(request, code)
    kept = str(case.data.get("contact", ""))
    found = Contact.objects.filter(pk=UUID(kept)).first() if kept else None
    if found is None:
        raise Http404
    shown = reveal(
        contact=found,
        by=request.actor,
        purpose=_("办理 %(code)s") % {"code": case.code},
        case_id=case.pk,
        case=CaseFacts(sees=True, holds=holds(request.actor, case)),
        at=request.now,
        unit_id=case.holder_unit_id,
    )
    return render(request, "procedures/contact.html", {"case": case, "name": shown.name, "phone": shown.phone})
