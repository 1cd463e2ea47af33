"""The designer: a sample case, walked by hand; nothing of it is kept."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linli.procedures import charting, trying
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.definition import Definition
from linli.procedures.grammar.simulate import Stop
from linli.procedures.trying import Trial
from linli.procedures.views.designer import designer_required, find, frame, given_of


@require_http_methods(["GET", "POST"])
@designer_required
def walk(request: HttpRequest, version_id: int) -> HttpResponse:
    """Choose actions and answers one after the other; the moves so far come and go with the form."""
    context = frame(request, find(version_id), tab="try")
    review = context["review"]
    if review.definition is None or review.mistakes:
        return render(request, "procedures/designer_try.html", context | {"definition": None})
    definition, errors, status, trial, chosen = review.definition, {}, 200, Trial(), ""
    if request.method == "POST":
        chosen = request.POST.get("how", "")
        try:
            trial = trying.read_trial(request.POST.get("trial", ""))
            trial = _moved(request, definition, trial, chosen)
            chosen = ""
        except BadAnswers as bad:
            errors, status = bad.errors, 422
    try:
        stops = trying.walked(definition, trial) if trial.start is not None else []
    except BadAnswers as bad:
        errors, status, trial, stops = bad.errors, 422, Trial(), []
    context |= _shown(request, definition, trial, stops) | {
        "errors": errors,
        "chosen": chosen,
        "definition": definition,
    }
    return render(request, "procedures/designer_try.html", context, status=status)


def _moved(request: HttpRequest, definition: Definition, trial: Trial, how: str) -> Trial:
    """Return the trial after what was asked for: begin, one move, one move back, anew."""
    given = given_of(request.POST)
    if how == ":again":
        return Trial()
    if how == ":back":
        return Trial(trial.start, trial.moves[:-1]) if trial.moves else Trial()
    if trial.start is None:
        return Trial(trying.answers(definition, trying.asked_at_start(definition), given, {}))
    stop = trying.walked(definition, trial)[-1]
    if how not in (*stop.actions, *stop.by_itself):
        raise BadAnswers({"": _("这一步没有这个办法。")})
    asked = trying.asked_by(definition, stop.step, how)
    answers = trying.answers(definition, asked, given, stop.answers)
    new = Trial(trial.start, (*trial.moves, (how, answers)))
    trying.walked(definition, new)
    return new


def _shown(request: HttpRequest, definition: Definition, trial: Trial, stops: list[Stop]) -> dict[str, Any]:
    """The way so far and what can be done now."""
    if not stops:
        asked = trying.asked_at_start(definition)
        return {
            "trial": trial,
            "way": [],
            "begin": trying.questions(definition, asked, {}),
            "choices": [],
            "at_step": None,
        }
    way = []
    for place, stop in enumerate(stops):
        before = stops[place - 1].step if place else stop.step
        given = trial.moves[place - 1][1] if place else trial.start or {}
        way.append(
            {
                "how": trying.how_words(definition, before, stop.how),
                "step": definition.step_name(stop.step, charting.language()),
                "answers": trying.said(definition, given, list(given)),
            }
        )
    now = stops[-1]
    visited = {stop.step for stop in stops}
    return {
        "trial": trial,
        "way": way,
        "begin": [],
        "at_step": definition.steps[now.step],
        "at_name": definition.step_name(now.step, charting.language()),
        "holder": next((row.holder for row in charting.rows(definition) if row.key == now.step), ""),
        "choices": [_choice(definition, now, how) for how in (*now.actions, *now.by_itself)],
        "svg": charting.svg(definition, current=now.step, visited=visited - {now.step}),
    }


def _choice(definition: Definition, stop: Stop, how: str) -> dict[str, Any]:
    asked = trying.asked_by(definition, stop.step, how)
    return {
        "how": how,
        "label": trying.how_words(definition, stop.step, how),
        "by_itself": how in stop.by_itself,
        "questions": trying.questions(definition, asked, stop.answers),
    }
