"""What people outside of the scripts do when the engine asks them: approvals, explanations, decisions on disagreements."""

from collections.abc import Callable
from datetime import datetime

from linli.demo.rehearsal.life import Life
from linli.procedures import actions
from linli.procedures.enums import State
from linli.procedures.models import Case

Answer = Callable[[Life, Case], None]
EXPLANATIONS = (
    ("维修备件缺货，等待厂家发货", "已催促厂家，到货当天安装"),
    ("现场涉及多家产权单位，责任还在核实", "本周内召集各方现场确认责任"),
    ("近期同类问题集中，施工队排期紧", "已调整排期，优先处理本件"),
    ("居民之间意见不一致，协商用时较长", "继续入户沟通，形成书面意见后施工"),
)
DECISIONS = (
    "经现场复核，问题已按规定处理，已向反映人说明政策依据。",
    "反映事项超出现行标准，已书面答复并告知其他途径。",
    "多次联系未能再取得反映人意见，现场已恢复正常，予以办结。",
)


def _later(life: Life, case: Case, hours: int, act: Callable[[Case, datetime], None]) -> None:
    """Plan an act on a case for some office hours from now, if it is still at this step then."""
    step, visit = case.step, case.visit

    def when_there(at: datetime) -> None:
        now = life.theatre.cases(life.root)[case.pk]
        if now.state == State.OPEN and (now.step, now.visit) == (step, visit):
            act(now, at)

    life.plan(life.after_hours(case.entered_at, case.holder_unit_id, hours), when_there)


def _approve(life: Life, case: Case) -> None:
    _later(life, case, life.rng.choice((1, 1, 2, 3)), lambda now, at: _held_do(life, now, at, "approve"))


def _grant(life: Life, case: Case) -> None:
    days = case.data["days"]
    _later(
        life,
        case,
        life.rng.choice((1, 1, 2, 3)),
        lambda now, at: life.do(now, "grant", by=life.holder(now, at), at=at, granted_days=days),
    )


def _held_do(life: Life, case: Case, at: datetime, action: str) -> None:
    life.do(case, action, by=life.holder(case, at), at=at)


def _explain(life: Life, case: Case) -> None:
    if life.rng.random() < 0.35:
        return  # some never explain: the clock takes it to the street
    cause, plan = life.rng.choice(EXPLANATIONS)

    def act(now: Case, at: datetime) -> None:
        promised = life.after_hours(at, now.holder_unit_id, 21).date().isoformat()
        by = life.holder(now, at)
        life.do(now, "explain", by=by, at=at, cause=cause, plan=plan, promised_on=promised)

    _later(life, case, life.rng.choice((2, 3, 5)), act)


def _urge(life: Life, case: Case) -> None:
    if life.rng.random() < 0.5:
        demand = "请在两个工作日内办结，并报告办理情况。"
        _later(life, case, 3, lambda now, at: life.do(now, "urge", by=life.holder(now, at), at=at, demand=demand))


def _decide(life: Life, case: Case) -> None:
    """A disagreement: the street's supervisor closes it with reasons, the street's head agrees."""
    words = life.rng.choice(DECISIONS)

    def ask(now: Case, at: datetime) -> None:
        life.do(now, "close", by=life.holder(now, at), at=at, reason=words, answer_text=words)
        life.plan(life.after_hours(at, now.holder_unit_id, 3), agree)

    def agree(at: datetime) -> None:
        now = life.case
        if now.pending is not None:
            head = life.memory.holder_of(life.street_unit, "street_head", at)
            with life.theatre.on(now.pk, by=life.memory.actor(head, at), at=at) as work:
                actions.judge(work, approve=True, reason="")

    _later(life, case, life.rng.choice((4, 9, 16)), ask)


ANSWERS: dict[tuple[str, str], Answer] = {
    ("suspension", "street"): _approve,
    ("suspension", "county"): _approve,
    ("extension", "street"): _grant,
    ("extension", "county"): _grant,
    ("supervision", "explain"): _explain,
    ("supervision", "street"): _urge,
    ("supervision", "county"): _urge,
    ("supervision", "city"): _urge,
    ("matter", "dispute"): _decide,
}
