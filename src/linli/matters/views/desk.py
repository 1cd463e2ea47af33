"""At the desk: look at a contact, put a part back into the matter it was split from."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.kernel.ids import read_code
from linli.kernel.text import whole
from linli.matters import splitting
from linli.matters.models import Matter
from linli.matters.policies import can_reveal
from linli.orgs.guards import staff_required
from linli.people.actions import reveal as reveal_contact
from linli.people.policies import CaseFacts
from linli.procedures.models import Case
from linli.procedures.policies import can_see


@require_POST
@staff_required
def reveal(request: HttpRequest, code: str) -> HttpResponse:
    """Show a reporter's contact to whoever must reach them; every look is written down where the reporter can read it."""
    known = read_code(code)
    matter = (
        Matter.objects.select_related("case__parent", "contact").filter(case__code=known).first() if known else None
    )
    if matter is None or matter.contact is None:
        raise Http404
    decision = can_reveal(request.actor, matter)
    decision.enforce()
    shown = reveal_contact(
        contact=matter.contact,
        by=request.actor,
        purpose=_("办理 %(code)s") % {"code": matter.case.code},
        case_id=matter.case.pk,
        case=CaseFacts(sees=True, holds=decision.allowed),
        at=request.now,
        unit_id=matter.case.holder_unit_id,
    )
    context = {"matter": matter, "name": shown.name, "phone": shown.phone}
    return render(request, "matters/contact.html", context)


@require_POST
@staff_required
def put_back(request: HttpRequest, code: str) -> HttpResponse:
    """Put a part that was split off back into the matter it came from."""
    known = read_code(code)
    case = Case.objects.filter(code=known).first() if known else None
    if case is None or not can_see(request.actor, case):
        raise Http404
    splitting.put_back(
        case_id=case.pk,
        by=request.actor,
        at=request.now,
        reason=request.POST.get("reason", ""),
        since=whole(request.POST.get("since", ""), digits=8),
    )
    return redirect("procedures:case", case.code)
