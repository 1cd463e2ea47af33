"""At the desk: enter a matter for a caller or visitor, look at a contact."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.ids import read_code
from linli.matters import actions, catalogue, splitting
from linli.matters.enums import Channel
from linli.matters.models import Matter
from linli.matters.policies import can_register, can_reveal
from linli.orgs.guards import staff_required
from linli.people.actions import reveal as reveal_contact
from linli.people.policies import CaseFacts
from linli.places.enums import Level
from linli.places.models import Division, Grid
from linli.places.queries import Place
from linli.procedures import files
from linli.procedures.errors import BadAnswers
from linli.procedures.models import Case
from linli.procedures.policies import can_see

FIELDS = ("text", "community", "grid", "address", "category", "name", "phone", "channel", "danger", "hidden")


@require_http_methods(["GET", "POST"])
@staff_required
def register(request: HttpRequest) -> HttpResponse:
    """Enter a matter for a caller, a visitor, or found on the spot; the record says who entered it."""
    communities = _communities(request)
    given = (
        {name: request.POST.get(name, "") for name in FIELDS} if request.method == "POST" else dict.fromkeys(FIELDS, "")
    )
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            matter = _register(request, given, communities)
            return redirect("procedures:case", matter.case.code)
        except BadAnswers as bad:
            errors = bad.errors
    elif len(communities) == 1:
        given["community"] = str(next(iter(communities)))
    context = {
        "given": given,
        "errors": errors,
        "communities": [(str(pk), name) for pk, (_code, name) in communities.items()],
        "categories": [
            (str(rule.category_id), f"{rule.parent_name} / {rule.name}") for rule in catalogue.in_force().rules.values()
        ],
        "channels": [
            (Channel.HOTLINE.value, Channel.HOTLINE.label),
            (Channel.VISIT.value, Channel.VISIT.label),
            (Channel.GRID.value, Channel.GRID.label),
        ],
    }
    return render(request, "matters/register.html", context, status=422 if errors else 200)


def _communities(request: HttpRequest) -> dict[int, tuple[str, str]]:
    """The communities in whose places this person may enter matters: id -> (code, name)."""
    rows = (
        Division.objects.filter(level=Level.COMMUNITY, active=True, organisations__governs=True)
        .order_by("code")
        .values_list("pk", "code", "name")
    )
    return {pk: (code, name) for pk, code, name in rows if can_register(request.actor, code)}


def _register(request: HttpRequest, given: dict[str, str], communities: dict[int, tuple[str, str]]) -> Matter:
    chosen = int(given["community"]) if given["community"].isdigit() and len(given["community"]) < 18 else 0
    if chosen not in communities:
        raise BadAnswers({"community": _("请选择社区。")})
    grids = dict(Grid.objects.filter(community_id=chosen, active=True).values_list("pk", "name"))
    grid = int(given["grid"]) if given["grid"].isdigit() and int(given["grid"]) in grids else None
    place = Place(
        division_id=chosen, division_code=communities[chosen][0], text=given["address"].strip()[:200], grid_id=grid
    )
    category = int(given["category"]) if given["category"].isdigit() and len(given["category"]) < 18 else None
    return actions.report(
        text=given["text"],
        place=place,
        by=request.actor,
        at=request.now,
        category_id=category,
        channel=given["channel"] if given["channel"] in Channel.values else Channel.VISIT,
        name=given["name"],
        phone=given["phone"],
        hidden=given["hidden"] == "1",
        danger=given["danger"] == "1",
        files=files.photos(request.FILES.getlist("photos"), field="photos"),
    )


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
    said = request.POST.get("since", "")
    splitting.put_back(
        case_id=case.pk,
        by=request.actor,
        at=request.now,
        reason=request.POST.get("reason", ""),
        since=int(said) if said.isascii() and said.isdigit() and len(said) < 9 else None,
    )
    return redirect("procedures:case", case.code)
