"""A plan is set aside, submitted, taken back, published or given back."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.planning import actions
from linli.planning.forms import DayForm
from linli.planning.views.guards import plan_or_404, reader_required, refused
from linli.planning.views.plans import acted


@require_POST
@reader_required
def submit(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Send a plan to be decided, with the day from which it is to be in force."""
    one = plan_or_404(request, plan_id)
    form = DayForm(request.POST)
    if not form.is_valid():
        back = reverse("planning:plan", args=[one.pk])
        return refused(request, ValidationError(_("请填启用日期。")), back=back, title=_("没有送审"))
    since = form.cleaned_data["since"]
    return acted(
        request, one, _("没有送审"), lambda: actions.submit(plan=one, since=since, by=request.actor, at=request.now)
    )


@require_POST
@reader_required
def withdraw(request: HttpRequest, plan_id: int) -> HttpResponse:
    one = plan_or_404(request, plan_id)
    return acted(request, one, _("没有撤回"), lambda: actions.withdraw(plan=one, by=request.actor, at=request.now))


@require_POST
@reader_required
def decide(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Publish (``do=publish``) or give back (``do=return`` with a reason)."""
    one = plan_or_404(request, plan_id)
    if request.POST.get("do") == "publish":
        return acted(request, one, _("没有公布"), lambda: actions.publish(plan=one, by=request.actor, at=request.now))
    reason = request.POST.get("reason", "")
    return acted(
        request,
        one,
        _("没有退回"),
        lambda: actions.give_back(plan=one, reason=reason, by=request.actor, at=request.now),
    )


@require_POST
@reader_required
def drop(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Set a draft aside, and go back to the area."""
    one = plan_or_404(request, plan_id)
    answer = acted(request, one, _("没有作废"), lambda: actions.drop(plan=one, by=request.actor, at=request.now))
    return redirect("planning:area", one.division.code) if answer.status_code == 302 else answer
