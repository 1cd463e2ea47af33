"""What an action can say: branch, limit and beyond, require, set, publish, tell, handler, open."""

from datetime import timedelta

import pytest

from linli.kernel import outbox
from linli.kernel.policy import Refused
from linli.procedures import registry
from linli.procedures.actions import decide
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import Case, CaseUnit, Notice, PlannedCase
from linli.procedures.registry import handler
from linli.procedures.tests.engine import ME, NOW, begun, do, fresh, history, in_force, later, steps, turn, working
from linli.testing import Town

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("yuan", "step"), [("499.99", "over"), ("500", "over"), ("500.01", "above"), ("501", "above")])
def test_the_first_branch_that_holds_is_taken(town: Town, yuan: str, step: str) -> None:
    in_force(working("pay: {form: [amount], branch: [{when: {field: amount, at_most: 50000}, to: over}, {to: above}]}"))
    assert do(town, begun(town), "clerk", "pay", amount=yuan).step == step


def test_beyond_a_limit_it_goes_elsewhere_is_refused_or_needs_a_second(town: Town) -> None:
    in_force(
        working("""
        stay: {form: [note], limit: {times: 2}}
        go: {to: work, limit: {times: 1, beyond: {to: above, holder: dispatcher one level up}}}
        asked: {form: [times], to: work}
        often: {to: work, limit: {times: form.times, beyond: {second: supervisor of street}}}
    """)
    )
    case = begun(town)
    for _time in range(2):
        do(town, case, "clerk", "stay", note="x")
    with pytest.raises(Refused, match="已经用过 2 次"):
        do(town, case, "clerk", "stay", note="x")
    do(town, case, "clerk", "go")
    assert do(town, case, "clerk", "go").step == "above"
    do(town, case, "dispatcher", "back")
    # as often as was answered, then only with a second person
    assert do(town, case, "clerk", "often").pending is not None
    decide(case_id=case.pk, approve=False, by=town.actor("street_supervisor"), at=NOW, reason="先别")
    do(town, case, "clerk", "asked", times=1)
    assert do(town, case, "clerk", "often").pending is None
    assert do(town, case, "clerk", "often").pending is not None
    decide(case_id=case.pk, approve=True, by=town.actor("street_supervisor"), at=NOW)
    assert fresh(case).uses == {"work.stay": 2, "work.go": 2, "above.back": 1, "work.asked": 1, "work.often": 2}


def test_a_handler_that_is_not_installed_or_refuses_stops_the_act(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(working("pay: {form: [amount], handler: funds.pay, to: over}"))
    case = begun(town)
    monkeypatch.setattr(registry, "_handlers", {})
    with pytest.raises(NotNow):
        do(town, case, "clerk", "pay", amount=100)

    @handler("funds.pay")
    def pay(work, answers):
        raise BadAnswers({"amount": "没有这么多"})

    with pytest.raises(BadAnswers):
        do(town, case, "clerk", "pay", amount=100)
    assert (fresh(case).data, fresh(case).uses, history(case)) == ({}, {}, ["start"])


def test_require_set_and_questions_on_a_condition(town: Town) -> None:
    in_force(
        working("""
        send:
          form: [extra, flag, unit]
          set: {copy: form.unit, note: 写好的, times: 3}
          to: over
          require: [{that: {field: copy, given: true}, say: 请选单位}]
    """)
    )
    case = begun(town)
    with pytest.raises(BadAnswers) as bad:
        do(town, case, "clerk", "send", flag="yes", unit=town.units["water"].pk)
    assert set(bad.value.errors) == {"extra"}
    with pytest.raises(BadAnswers) as bad:
        do(town, case, "clerk", "send", flag="no", extra="不该问", unit="x")
    assert set(bad.value.errors) == {"unit"}
    unit = town.units["water"].pk
    case = do(town, case, "clerk", "send", flag="yes", extra="说明", unit=unit)
    assert case.data == {
        "extra": "说明",
        "flag": True,
        "unit": unit,
        "copy": unit,
        "note": "写好的",
        "times": 3,
        "came_from": "work",
    }
    in_force(working("send: {form: [times], to: over, require: [{that: {field: times, at_most: 3}, say: 太多次}]}"))
    case = begun(town)
    with pytest.raises(BadAnswers, match="太多次"):
        do(town, case, "clerk", "send", times=4)
    assert do(town, case, "clerk", "send", times=3).step == "over"


def test_everyone_named_is_told_once(town: Town) -> None:
    in_force(
        working(
            "send: {to: over, tell: [reporter, starter, parties, holder, watchers, supervisor of street, handler of form.unit]}\npick: {form: [unit]}"
        ).replace("clock: 2 working days", "watch: [clerk of community, dispatcher of county]")
    )
    case = begun(town)
    do(town, case, "clerk", "pick", unit=town.units["police"].pk)
    outbox.drain(at=NOW)
    Notice.objects.all().delete()
    do(town, case, "clerk", "send")
    outbox.drain(at=NOW)
    told = {row.key or row.unit.name for row in Notice.objects.select_related("unit")}
    # 'watchers' are those of the step come to: the end has none
    assert told == {ME.key, "东门社区居委会", "桂湖街道办事处", "桂湖派出所"}
    assert Notice.objects.count() == 4
    assert CaseUnit.objects.filter(case=case.pk, unit=town.units["county"].pk).exists()


def test_cases_open_by_themselves_at_once_and_later_each_once(town: Town) -> None:
    body = "ask: {holder: clerk of community, actions: {ok: {to: over}}}\nover: {kind: end, outcome: over}"
    head = "start: {by: [clerk], form: [day]}\nfields: {day: {name: d, type: count}}"
    in_force(steps(body, key="follow", head=head))
    opens = "[{procedure: follow, form: {day: 1}}, {procedure: follow, after: 7 days, form: {day: form.times}}]"
    in_force(working(f"plan: {{form: [times], open: {opens}, limit: {{times: 2}}}}\ndone: {{to: over}}"))
    case = begun(town)
    do(town, case, "clerk", "plan", times=7)
    do(town, case, "clerk", "plan", times=8, at=later(days=1))
    do(town, case, "clerk", "done", at=later(days=1))
    for days, count in ((0, 1), (1, 2), (6, 2), (7, 3), (8, 4), (9, 4)):
        turn(later(days=days))
        turn(later(days=days))
        assert Case.objects.filter(procedure="follow").count() == count, days
    found = Case.objects.filter(procedure="follow").order_by("created_at", "id")
    assert [(row.data["day"], row.parent_id, row.created_at - NOW) for row in found] == [
        (1, case.pk, timedelta(0)),
        (1, case.pk, timedelta(days=1)),
        (7, case.pk, timedelta(days=7)),
        (8, case.pk, timedelta(days=8)),
    ]
    assert not PlannedCase.objects.filter(opened=None).exists()
