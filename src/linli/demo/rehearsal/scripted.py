"""The words of the generated scripts as acts of the procedures: 'report_in' is the whistle's 'arrive', and so on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from linli.demo.loading.rules import URGENCIES
from linli.demo.rehearsal.life import Life
from linli.demo.world.types import Step
from linli.matters.enums import LinkKind
from linli.matters.events import MattersMerged
from linli.procedures import actions, flow, side
from linli.procedures.enums import State
from linli.procedures.models import Case

Performer = Callable[[Life, Step, datetime], None]


def perform(life: Life, step: Step, at: datetime) -> None:
    """Carry out one step of a script, if the matter is where the script believes it to be."""
    PERFORMERS[step.action](life, step, at)


def _plain(action: str, *where: str, **form: str) -> Performer:
    """An action of the matter itself. ``form``: name of the answer in the procedure = name in the script."""

    def performer(life: Life, step: Step, at: datetime) -> None:
        case = life.case
        if case.state != State.OPEN or case.step not in where or case.suspended:
            life.lose(f"{step.action} at {case.step}")
            return
        given: dict[str, Any] = {name: step.form[key] for name, key in form.items()}
        by = life.scripted(step, case, action, at)
        life.do(case, action, by=by, at=at, reason=step.reason, **given)

    return performer


def _accept(life: Life, step: Step, at: datetime) -> None:
    case = life.case
    by = life.scripted(step, case, "accept", at)
    category = life.register.categories[step.form["category"]]
    life.do(case, "accept", by=by, at=at, category=category, urgency=int(URGENCIES[step.form["urgency"]]))


def _to_unit(action: str, where: str) -> Performer:
    def performer(life: Life, step: Step, at: datetime) -> None:
        case, unit = life.case, life.register.units[step.form["unit"]]
        if case.state != State.OPEN or case.step != where or case.suspended:
            life.lose(f"{step.action} at {case.step}")
            return
        life.do(case, action, by=life.scripted(step, case, action, at), at=at, reason=step.reason, unit=unit)

    return performer


def _merge(life: Life, step: Step, at: datetime) -> None:
    """What the handler of the procedure does, with the other matter looked up in the play instead of the database."""
    target = life.find(step.form["into"])
    case = life.case
    with life.theatre.on(case.pk, by=life.scripted(step, case, "merge", at), at=at) as work:
        answers = {"into": target.code}
        work.case.data = {**work.case.data, **answers, "merged_into": target.code}
        work.case.uses = {**work.case.uses, "accept.merge": 1}
        work.publish(MattersMerged(source=case.pk, target=target.root))
        flow.go(work, "merged", how="merge", data=answers, tell=["reporter"])
        by = work.by
    life.links.append((LinkKind.MERGE, case.pk, target.root, at, by.user_id))
    target.hear_of(case, at)


def _whistle(life: Life, step: Step, at: datetime) -> None:
    case, ids = life.case, life.register.units
    life.do(
        case,
        "whistle",
        by=life.scripted(step, case, "whistle", at),
        at=at,
        units=[ids[unit] for unit in step.form["units"]],
        lead=ids[step.form["lead"]],
        meeting_place=step.form["meeting_place"],
        meeting_time=step.form["meeting_time"].isoformat(timespec="minutes"),
    )


def _report_in(life: Life, step: Step, at: datetime) -> None:
    child = _called(life, step)
    if child is None:
        life.lose("report_in without a call")
        return
    child = _ordered(life, child, at - timedelta(minutes=20))
    by = life.scripted(step, child, "arrive", at)
    place = {"text": life.script.address, "lon": str(step.form["lon"]), "lat": str(step.form["lat"])}
    life.do(child, "arrive", by=by, at=at, arrival_place=place, arrival_signature=by.name)
    life.note(child, by=by, at=at, text=step.form["note"])


def _called(life: Life, step: Step) -> Case | None:
    return life.child("whistle", unit_of_joint=life.register.units[step.form["unit"]])


def _ordered(life: Life, child: Case, at: datetime) -> Case:
    """A unit that did not come in time is ordered to by the level that the call had climbed to."""
    for _climbed in range(3):
        if child.step not in ("street", "county"):
            break
        by = life.holder(child, max(at, child.entered_at))
        life.do(child, "order", by=by, at=max(at, child.entered_at), reason="请立即派人到现场，半小时内报到。")
        child = life.theatre.cases(life.root)[child.pk]
    return child


def _confirm(life: Life, step: Step, at: datetime) -> None:
    child = _called(life, step)
    if child is None or child.step != "arrived":
        life.lose("confirm without an arrival")
        return
    life.do(child, "confirm", by=life.scripted(step, child, "confirm", at), at=at)


def _unit_done(life: Life, step: Step, at: datetime) -> None:
    child = _called(life, step)
    if child is None or child.step != "work":
        life.lose("unit_done without work")
        return
    life.do(child, "done", by=life.scripted(step, child, "done", at), at=at, result=step.form["result"])


def _done(life: Life, step: Step, at: datetime) -> None:
    case = life.case
    suspension = life.child("suspension")
    if case.suspended and suspension is not None and suspension.step == "suspended":
        life.do(suspension, "resume", by=life.holder(suspension, at), at=at - timedelta(minutes=5))
    if case.step == "whistled":
        _done_again_by_lead(life, step, at)
    else:
        _plain("done", "handle", result="result")(life, step, at)


def _done_again_by_lead(life: Life, step: Step, at: datetime) -> None:
    """Sent back after a whistle: the lead comes again and puts it right on the spot."""
    child = life.child("whistle", unit_of_joint=life.case.data["lead"])
    if child is None:
        life.lose("done without the lead")
        return
    early = max(child.created_at, at - timedelta(hours=1))
    child = _ordered(life, child, early)
    by = life.holder(child, at)
    life.do(child, "arrive", by=by, at=at, arrival_place=life.script.address, arrival_signature=by.name)
    child = life.theatre.cases(life.root)[child.pk]
    life.do(child, "settle", by=life.holder(child, at), at=at + timedelta(minutes=8), result=step.form["result"])


def _rate(life: Life, step: Step, at: datetime) -> None:
    case = life.case
    if case.state != State.OPEN or case.step not in ("rate", "rate_again"):
        life.lose(f"rate at {case.step}")
        return
    form = step.form | {"satisfied": str(step.form["satisfied"]), "remark": step.form["words"]}
    del form["words"]
    # who phoned or came is called back by the hotline; what a grid worker found, that worker looks at again
    called = life.script.channel in ("hotline", "visit")
    by = life.caller(at) if called else life.reporter
    life.do(case, "rate", by=by, at=at, **form)


def _reopen(life: Life, step: Step, at: datetime) -> None:
    if life.case.state != State.ENDED:
        life.lose(f"reopen at {life.case.step}")
        return
    with life.theatre.on(life.root, by=life.reporter, at=at) as work:
        actions.open_again(work, reason=step.reason)


def _comment(life: Life, step: Step, at: datetime) -> None:
    assert step.by is not None
    life.note(life.case, by=life.person(step.by, at), at=at, text=step.form["text"])


def _beside(act: str) -> Performer:
    """Suspension and extension begin with the holder's request; the street's answer is in ``answers``."""

    def performer(life: Life, step: Step, at: datetime) -> None:
        case = life.case
        if case.state != State.OPEN or case.step != "handle" or case.suspended or life.child(f"{act}sion"):
            life.lose(f"{act} at {case.step}")
            return
        form: dict[str, Any] = {"grounds": step.reason}
        if act == "suspen":
            days = (step.form["until"] - at.date()).days
            form |= {"days": max(1, days), "condition": life.rng.choice(CONDITIONS)}
        else:
            form |= {"days": min(30, step.form["days"])}
        by = life.scripted(step, case, "done", at)
        with life.theatre.on(case.pk, by=by, at=at) as work:
            side.begin_beside(work, {"suspen": "suspend", "exten": "extend"}[act], by=by, form=form)

    return performer


CONDITIONS = (
    "配件到货后立即恢复施工",
    "专项资金批复后恢复办理",
    "汛期结束、路面干燥后恢复",
    "与产权单位签订协议后恢复",
    "设计方案公示期满后恢复",
)


def _resume(life: Life, step: Step, at: datetime) -> None:
    suspension = life.child("suspension")
    if suspension is not None and suspension.step == "suspended":
        life.do(suspension, "resume", by=life.holder(suspension, at), at=at)


def _supervise(life: Life, step: Step, at: datetime) -> None:
    """The clock has opened a supervision already: the unit explains, the supervisor urges."""
    supervision = life.child("supervision")
    if supervision is None:
        case = life.case
        if case.state == State.OPEN and step.by is not None:
            by = life.person(step.by, at)
            with life.theatre.on(case.pk, by=by, at=at) as work:
                if side.can_open_beside(by, work.case, work.definition, "supervise", at=work.at, reads=work.reads):
                    side.begin_beside(work, "supervise", by=by, form={"demand": step.form["text"]})
        return
    if supervision.step != "explain":
        life.do(supervision, "urge", by=life.holder(supervision, at), at=at, demand=step.form["text"])


def _nothing(life: Life, step: Step, at: datetime) -> None:
    """Silence is the clock's to deal with."""


_HANDLED = _plain("answer", "handle", answer_text="note")
PERFORMERS: dict[str, Performer] = {
    "accept": _accept,
    "return": _plain("return", "accept"),
    "merge": _merge,
    "assign_self": _plain("own", "assign"),
    "assign_grid": _plain("grid", "assign"),
    "assign_department": _to_unit("dispatch", "assign"),
    "whistle": _whistle,
    "escalate": _plain("escalate", "assign"),
    "report_in": _report_in,
    "confirm": _confirm,
    "unit_done": _unit_done,
    "handle": _HANDLED,
    "comment": _comment,
    "transfer": _to_unit("transfer", "handle"),
    "done": _done,
    "pass": _plain("pass", "check"),
    "redo": _plain("redo", "check"),
    "rate": _rate,
    "lapse": _nothing,
    "reopen": _reopen,
    "suspend": _beside("suspen"),
    "resume": _resume,
    "extend": _beside("exten"),
    "supervise": _supervise,
}
