"""A person looks at every masked text (and its photos) before it becomes public."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from linli.kernel.ids import read_code
from linli.matters.checking import decide, waiting
from linli.matters.models import Matter
from linli.orgs.guards import staff_required


@require_http_methods(["GET", "POST"])
@staff_required
def checking(request: HttpRequest) -> HttpResponse:
    error = ""
    if request.method == "POST":
        known = read_code(request.POST.get("code", ""))
        matter = Matter.objects.select_related("case").filter(case__code=known).first() if known else None
        if matter is None:
            raise Http404
        try:
            decide(
                matter=matter,
                show=request.POST.get("verdict") == "show",
                text=request.POST.get("text", ""),
                file_ids=request.POST.getlist("file"),
                by=request.actor,
            )
            return redirect("matters:checking")
        except ValidationError as bad:
            error = bad.messages[0]
    rows = waiting(request.actor)
    return render(request, "matters/checking.html", {"rows": rows, "error": error}, status=422 if error else 200)
