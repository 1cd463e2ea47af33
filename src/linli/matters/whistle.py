"""A whistle on the matter's page: who was called, whether they came and with what proof, each on a clock of its own."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.display import moment
from linli.orgs.units import units
from linli.procedures import telling
from linli.procedures.clocks import shown
from linli.procedures.definitions import of_case
from linli.procedures.enums import State
from linli.procedures.models import Case, CaseClock, CaseFile, CaseRecord
from linli.procedures.policies import can_act
from linli.procedures.registry import family_panel
from linli.procedures.telling import words

# steps of the whistle at which its unit has not come, has come, and was seen to have come
AWAITED, ARRIVED, SEEN = ("summoned", "street", "county"), ("arrived",), ("work",)


@family_panel("whistle")
def whistle_panel(parent: Case, children: Sequence[Case], request: HttpRequest) -> dict[str, Any]:
    """Return the units called, in the order in which they were (three statements however many there are)."""
    ids = [child.pk for child in children]
    arrivals: dict[Any, CaseRecord] = {}
    for record in CaseRecord.objects.filter(case_id__in=ids, action="arrive").order_by("seq"):
        arrivals[record.case_id] = record
    photos: dict[Any, int] = {}
    for case_id in CaseFile.objects.filter(case_id__in=ids, field="arrival_photos").values_list("case_id", flat=True):
        photos[case_id] = photos.get(case_id, 0) + 1
    running = {
        clock.case_id: clock
        for clock in CaseClock.objects.filter(case_id__in=ids, name="step", ended_at__isnull=True).order_by("id")
    }
    rows = [
        _row(child, arrivals.get(child.pk), photos.get(child.pk, 0), running.get(child.pk), request)
        for child in children
    ]
    came = sum(row["came"] for row in rows)
    return {
        "template": "matters/whistle.html",
        "rows": rows,
        "came": came,
        "meeting": _meeting(parent),
        "instructions": parent.data.get("instructions") or "",
    }


def _meeting(parent: Case) -> str:
    when = str(parent.data.get("meeting_time") or "").replace("T", " ")[:16]
    return _("，").join(part for part in (when, str(parent.data.get("meeting_place") or "")) if part)


def _row(
    child: Case, arrival: CaseRecord | None, photos: int, clock: CaseClock | None, request: HttpRequest
) -> dict[str, Any]:
    definition, language, at = of_case(child), get_language(), request.now  # type: ignore[attr-defined]
    unit = units().get(child.data.get("unit"))
    timed = shown(clock, now=at, language=language or "zh") if clock else None
    over = timed is not None and timed["state"] == "over"
    word, state = _word(child, definition.step_name(child.step, language), over=over)
    where = arrival.data.get("answers", {}).get("arrival_place") if arrival else None
    proof = [words("place", where, None, language)] if where else []
    if photos:
        proof.append(_("照片 %(count)d 张") % {"count": photos})
    if arrival and arrival.data.get("answers", {}).get("arrival_signature"):
        proof.append(_("签名"))
    address = reverse("procedures:case", args=[child.code])
    act = next(
        (key for key in ("confirm", "arrive", "order") if can_act(request.actor, child, definition, key)),  # type: ignore[attr-defined]
        None,
    )
    return {
        "unit": unit.label if unit else child.code,
        "code": child.code,
        "href": address,
        "word": word,
        "state": state,
        "over": over,
        "came": arrival is not None and child.step not in AWAITED,
        "when": moment(arrival.at) if arrival else "",
        "who": telling.who(arrival) if arrival else "",
        "proof": _("，").join(part for part in proof if part),
        "clock": timed,
        "act": {"label": _act_name(child, act, language), "href": f"{address}?do={act}#do"} if act else None,
    }


def _word(child: Case, step_name: str, *, over: bool) -> tuple[str, str]:
    """What is said of a unit, and how it is drawn: ok, over, soon or nothing."""
    if child.state == State.ENDED:
        return step_name, "ok" if child.outcome == "settled" else ""
    if child.step in SEEN:
        return _("已报到，社区已确认"), "ok"
    if child.step in ARRIVED:
        return _("已报到，等社区确认"), ""
    if child.step == "summoned":
        return (_("超时没有报到"), "over") if over else (_("还没有报到"), "")
    return _("没有报到，%(step)s") % {"step": step_name}, "over"


def _act_name(child: Case, key: str, language: str | None) -> str:
    action = of_case(child).steps[child.step].actions[key]
    return action.name.in_(language) if action.name else key
