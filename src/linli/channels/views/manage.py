"""The management page of how notices leave the house: what stands, what is let, what was sent and what was not."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from linli.channels import actions, policies, queries, ways
from linli.channels.enums import State, Way
from linli.channels.models import Message
from linli.kernel import audit
from linli.kernel.crypto import masked_phone
from linli.orgs.guards import manager_required

ACTIONS = {"settings": gettext_lazy("修改通知渠道")}
FIELDS = {str(way): way.label for way in (Way.EMAIL, Way.SMS)}


@require_http_methods(["GET", "POST"])
@manager_required
def page(request: HttpRequest) -> HttpResponse:
    policies.can_manage(request.actor).enforce()
    if request.method == "POST":
        if request.POST.get("what") == "again":
            actions.try_again(message_id=_id(request.POST.get("message", "")), by=request.actor, at=request.now)
        else:
            email, sms = request.POST.get("email") == "1", request.POST.get("sms") == "1"
            actions.allow_ways(email=email, sms=sms, by=request.actor, at=request.now)
        return redirect("channels:manage")
    counted = queries.counts(at=request.now)
    states = (State.SENT, State.WAITING, State.SENDING, State.FAILED, State.DROPPED)
    known = [Way.EMAIL, Way.SMS]
    context = {
        "ways": [
            {"key": str(way), "name": way.label, "allowed": ways.allowed(way), "state": _state(way)} for way in known
        ],
        "figures": [[way.label, *(counted.get((way, state), 0) for state in states)] for way in known],
        "states": [state.label for state in states],
        "trouble": [_row(one) for one in queries.in_trouble().select_related("choice__user")[: queries.SHOWN]],
        "failed": State.FAILED,
        "records": audit.records(audit.history(actions.SUBJECT), actions=ACTIONS, fields=FIELDS, words=_words),
    }
    return render(request, "channels/manage.html", context)


def _state(way: Way) -> str:
    """Whether a way stands, and what is missing if not."""
    if not ways.stands(way):
        if way == Way.EMAIL:
            return _("还没有接通：要设 LINLI_ADDRESS 和 LINLI_EMAIL_HOST。")
        return _("还没有接通：要设 LINLI_ADDRESS、LINLI_SMS_ADDRESS 和 LINLI_SMS_SECRET。")
    return _("这是演示：不真的发出去，写在服务器日志里。") if ways.pretends(way) else _("接通了。")


def _words(_field: str, value: object) -> str:
    return _("可以选") if value else _("不可以选")


def _row(message: Message) -> dict:
    """A message as the page shows it: no words of it, and of the person no more than is needed to see what is wrong."""
    to = queries.reached_at(message.choice)
    return {
        "id": message.pk,
        "way": Way(message.way).label,
        "to": (ways.masked_email(to) if "@" in to else masked_phone(to)) if to else "",
        "state": message.state,
        "word": State(message.state).label,
        "made_at": message.made_at,
        "next_at": message.next_at,
        "attempts": message.attempts,
        "error": message.error,
    }


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
