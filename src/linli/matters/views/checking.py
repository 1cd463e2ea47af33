"""A person looks at every masked text (and its photos) before it becomes public, and can take it back later."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linli.kernel.ids import read_code
from linli.matters.checking import StillPrivate, again, decide, waiting
from linli.matters.models import Matter
from linli.orgs.guards import staff_required


@require_http_methods(["GET", "POST"])
@staff_required
def checking(request: HttpRequest) -> HttpResponse:
    """What waits, with how many in all; ``?code=``: one matter, also when it was decided before. What was typed survives a refusal."""
    code = read_code(request.POST.get("code") or request.GET.get("code", "")) or ""
    one = bool(request.GET.get("code"))
    error, typed = "", {}
    if request.method == "POST":
        matter = Matter.objects.select_related("case", "contact").filter(case__code=code).first() if code else None
        if matter is None:
            raise Http404
        typed = {"text": request.POST.get("text", ""), "files": request.POST.getlist("file")}
        try:
            decide(
                matter=matter,
                show=request.POST.get("verdict") == "show",
                text=typed["text"],
                file_ids=typed["files"],
                by=request.actor,
                at=request.now,
            )
            return redirect(f"{reverse('matters:checking')}?done={code}")
        except ValidationError as bad:
            error = bad.messages[0]
        except StillPrivate as bad:
            found = _("”“").join(bad.found[:4])
            error = _("还没有公开：“%(found)s”像是私人信息，已经遮住。请再读一遍，再点“公开”。") % {"found": found}
            typed["text"] = bad.text
    rows, total = (again(request.actor, code), 1) if one else waiting(request.actor)
    if one and not rows:
        raise Http404
    context = {
        "rows": rows,
        "total": total,
        "one": one,
        "error": error,
        "wrong": code if error else "",
        "typed": typed,
        "done": read_code(request.GET.get("done", "")) or "",
    }
    return render(request, "matters/checking.html", context, status=422 if error else 200)
