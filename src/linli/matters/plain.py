"""Where a matter stands, in the words of a resident: who has it now, the one promise, the stages."""

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.display import clock_time, day, local
from linli.matters.masking import mask
from linli.orgs.units import Unit, units
from linli.procedures import clocks
from linli.procedures.enums import State, Urgency
from linli.procedures.models import Case, CaseClock
from linli.procedures.queries import Detail
from linli.procedures.rows import names_of_grids

_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_ENGLISH_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENGLISH_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
# Steps of the definition by the four stages that a resident sees.
STAGES = (
    ("accept", "supplement"),
    ("assign",),
    ("handle", "whistled", "check", "dispute"),
    ("rate", "rate_again"),
)
GRID_ROLES = ("grid_leader", "grid_worker", "micro_grid_worker")
GOOD_ENDS = ("settled", "disputed")


def english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def weekday(at: datetime, *, full: bool = False) -> str:
    """周二 (in full 星期二) / Tuesday."""
    said = (_ENGLISH_WEEKDAYS if english() else _WEEKDAYS)[local(at).weekday()]
    return said.replace("周", "星期") if full else said


def dated(at: datetime) -> str:
    """11月24日 星期二 / Tuesday 24 November."""
    said = (day(at, year=False), weekday(at, full=True))
    return " ".join(reversed(said) if english() else said)


def month_name(first: date) -> str:
    """10月 / October."""
    return _ENGLISH_MONTHS[first.month - 1] if english() else f"{first.month}月"


def spent(time: timedelta) -> str:
    """1 天 3 小时, 5 小时, 20 分钟."""
    minutes = max(1, int(time.total_seconds() // 60))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return (
            _("%(days)d 天 %(hours)d 小时") % {"days": days, "hours": hours}
            if hours
            else _("%(days)d 天") % {"days": days}
        )
    return _("%(hours)d 小时") % {"hours": hours} if hours else _("%(minutes)d 分钟") % {"minutes": minutes}


def _near(at: datetime, now: datetime) -> str:
    days = (local(at).date() - local(now).date()).days
    return {-1: _("昨天"), 0: _("今天"), 1: _("明天"), 2: _("后天")}.get(days, "")


def when(at: datetime, now: datetime) -> str:
    """今天 09:12, 昨天 15:31, 11月20日 09:12, and with the year where it is another."""
    near = _near(at, now)
    other_year = local(at).year != local(now).year
    return f"{near if near and near != _('后天') else day(at, year=other_year)} {clock_time(at)}"


def by_when(at: datetime, now: datetime) -> str:
    """明天（11月25日，周三）17:30, or 11月30日（周一）17:30."""
    near, date = _near(at, now), day(at, year=local(at).year != local(now).year)
    if english():
        return f"{near} ({weekday(at)} {date}), {clock_time(at)}" if near else f"{weekday(at)} {date}, {clock_time(at)}"
    return f"{near}（{date}，{weekday(at)}）{clock_time(at)}" if near else f"{date}（{weekday(at)}）{clock_time(at)}"


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One of the two facts at the head of the page: its question, its answer, a line below, whether it is overdue or provisional."""

    term: str
    value: str
    small: str = ""
    over: bool = False
    provisional: bool = False


def holder(case: Case, family: Sequence[Case] = (), *, mine: bool = True) -> Line:
    """Return who has the matter now."""
    term = _("现在由谁办")
    if case.state == State.ENDED:
        return Line(_("结果"), _ended_words(case))
    unit = units().get(case.holder_unit_id)
    name = unit.name if unit else ""
    if case.step == "supplement":
        return Line(term, _("等您补充") if mine else _("等反映人补充"), _("补充以后回到%(unit)s") % {"unit": name})
    if case.step in ("rate", "rate_again"):
        return Line(term, _("办好了，请您评")) if mine else Line(_("办到哪一步"), _("办好了，等反映人评"))
    if case.step == "whistled":
        # a unit that has come is waited on by the community: the child's own answer says which unit it is
        called = [
            unit.label
            for child in family
            if child.procedure == "whistle"
            and child.parent_id == case.pk
            and (unit := units().get(child.data.get("unit")))
        ]
        return Line(term, name, _("请来了%(units)s一起办") % {"units": _("、").join(called)} if called else "")
    grid = names_of_grids().get(case.grid_id) if case.holder_role in GRID_ROLES and case.grid_id else None
    small = [grid[0] if grid else "", _("已经提醒上一级督办") if _supervised(family, case) else ""]
    return Line(term, name, " · ".join(filter(None, small)))


def telephone(case: Case) -> str:
    """Return the number at which one may ask about a matter: of the unit that has it, else of the community that governs the place."""
    unit = units().get(case.holder_unit_id)
    there = units().governing.get(case.division_code)
    return (unit.phone if unit else "") or (there.phone if there else "")


def _supervised(family: Sequence[Case], case: Case) -> bool:
    return any(
        child.procedure == "supervision" and child.parent_id == case.pk and child.state == State.OPEN
        for child in family
    )


def _ended_words(case: Case) -> str:
    return {
        "settled": _("办结了"),
        "disputed": _("办结了，意见不一致已记录"),
        "returned": _("没有受理"),
        "merged": _("并入了另一件一起办"),
        "withdrawn": _("已经撤回"),
    }.get(case.outcome, _("已经结束"))


_TERMS: dict[str, tuple[Callable[[], str], Callable[[], str]]] = {
    "accept": (lambda: _("什么时候受理"), lambda: _("什么时候受理")),
    "supplement": (lambda: _("请您在什么时候以前补充"), lambda: _("反映人最晚什么时候补充")),
    "assign": (lambda: _("什么时候定下由谁办"), lambda: _("什么时候定下由谁办")),
    "handle": (lambda: _("什么时候办好"), lambda: _("什么时候办好")),
    "whistled": (lambda: _("什么时候给您答复"), lambda: _("什么时候答复")),
    "check": (lambda: _("什么时候核查完"), lambda: _("什么时候核查完")),
    "dispute": (lambda: _("什么时候有结论"), lambda: _("什么时候有结论")),
    "rate": (lambda: _("请您在什么时候以前评"), lambda: _("反映人最晚什么时候评")),
    "rate_again": (lambda: _("请您在什么时候以前评"), lambda: _("反映人最晚什么时候评")),
}


def promise(detail: Detail, *, now: datetime, mine: bool = True) -> Line | None:
    """Return the one promise: the moment of the next thing that the reporter will see. None once the matter has ended."""
    case = detail.case
    if case.state == State.ENDED:
        return None
    if case.suspended:
        return _suspended(detail, now, mine=mine)
    step, answer = detail.clock("step"), detail.clock("answer")
    clock, what = (step if _runs(step) else None), case.step
    if case.step in ("handle", "whistled") and _runs(answer) and (clock is None or _due(answer) < _due(clock)):
        clock, what = answer, "whistled"
    if clock is None or clock.due_at is None or what not in _TERMS:
        return None
    shown = clocks.shown(clock, now=now, language="en" if english() else "zh")
    moment = by_when(clock.due_at, now)
    return Line(
        _TERMS[what][0 if mine else 1](),
        _("%(moment)s前") % {"moment": moment},
        shown["text"],
        shown["state"] == "over",
        shown["provisional"],
    )


def taken_in(case: Case, unit: Unit | None, now: datetime) -> tuple[str, str]:
    """Return by when who takes a matter in that just came, and what is told then."""
    name = unit.label if unit else ""
    if case.urgency == Urgency.DANGER:
        return _("%(unit)s收到就受理") % {"unit": name}, _("不分昼夜，马上告诉您谁来办。")
    if case.step != "accept" or case.due_at is None:
        return _("%(unit)s收到了") % {"unit": name}, _("谁在办、办到哪一步，进度页上都有。")
    headline = _("%(unit)s最晚%(moment)s前受理") % {"unit": name, "moment": when(case.due_at, now)}
    return headline, _("最晚%(moment)s前告诉您谁来办。") % {"moment": by_when(case.due_at, now)}


def _suspended(detail: Detail, now: datetime, *, mine: bool) -> Line:
    held = next(
        (
            one
            for one in detail.family
            if one.procedure == "suspension" and one.state == State.OPEN and one.step == "suspended"
        ),
        None,
    )
    condition = str(held.data.get("condition", "")) if held else ""
    condition = condition if mine else mask(condition).text
    small = _("等：%(condition)s") % {"condition": condition} if condition else ""
    if held is not None and held.due_at is not None:
        return Line(_("暂时挂起，什么时候恢复"), _("最晚%(moment)s") % {"moment": by_when(held.due_at, now)}, small)
    return Line(_("暂时挂起，什么时候恢复"), _("条件具备就恢复"), small)


def _runs(clock: CaseClock | None) -> bool:
    return clock is not None and clock.state == "running" and clock.due_at is not None


def _due(clock: CaseClock | None) -> datetime:
    assert clock is not None and clock.due_at is not None
    return clock.due_at


def rail(detail: Detail, *, now: datetime, mine: bool = True) -> list[dict[str, str]]:
    """Return the stages with when each was passed: {label, small, state: done | now | ''}."""
    case = detail.case
    labels = (_("受理"), _("派单"), _("办理"), _("您来评") if mine else _("评价"))
    ended = case.state == State.ENDED
    at = next((n for n, steps in enumerate(STAGES) if case.step in steps), len(STAGES) if ended else 0)
    if ended and case.outcome not in GOOD_ENDS:
        at = max((n for n, steps in enumerate(STAGES) if any(row.step in steps for row in detail.records)), default=0)
        passed = _passed(detail, now)
        stages = [{"label": labels[n], "small": passed.get(n, ""), "state": "done"} for n in range(at)]
        return [
            *stages,
            {"label": _ended_words(case), "small": when(case.ended_at, now) if case.ended_at else "", "state": "now"},
        ]
    passed = _passed(detail, now)
    stages = []
    for n, label in enumerate(labels):
        if n < at:
            stages.append({"label": label, "small": passed.get(n, ""), "state": "done"})
        elif n == at:
            days = (local(now).date() - local(case.entered_at).date()).days + 1
            small = _("第 %(n)d 天") % {"n": days}
            stages.append({"label": _("正在办理") if n == 2 else label, "small": small, "state": "now"})
        else:
            stages.append({"label": label, "small": "", "state": ""})
    return stages


def _passed(detail: Detail, now: datetime) -> dict[int, str]:
    """When each stage was left for a later one, the last time."""
    passed: dict[int, str] = {}
    for record in detail.records:
        before = next((n for n, steps in enumerate(STAGES) if record.step in steps), None)
        after = next((n for n, steps in enumerate(STAGES) if record.step_to in steps), len(STAGES))
        if before is not None and record.step_to and after > before:
            passed[before] = when(record.at, now)
    return passed
