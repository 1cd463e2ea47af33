"""Clocks: where their time comes from, what stops, moves and ends them, and what each change leaves behind."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel import outbox
from linli.kernel.calendar import Duration, Unit, WorkCalendar
from linli.orgs.actions.calendar import enter_days
from linli.procedures import clocks, dating, jobs, registry
from linli.procedures.definitions import of_case
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.parts import Clock
from linli.procedures.models import Case, CaseClock
from linli.procedures.registry import catalogue
from linli.procedures.side import open_beside
from linli.procedures.tests.engine import ME, NOW, begun, clock, do, fresh, history, in_force, later, steps, turn
from linli.procedures.upkeep import redate_open_clocks
from linli.procedures.verify import deadlines
from linli.testing import Town

pytestmark = pytest.mark.django_db

HEAD = """
    start: {by: [public], form: ['days?', 'day?', 'long?']}
    fields:
      days: {name: d, type: count}
      day: {name: 日期, type: date}
      long: {name: l, type: choice, options: {6 months: m, 2 working hours: h}}
"""


def timed(clock: str, *, more: str = "", head: str = HEAD) -> str:
    body = (
        f"work: {{holder: clerk of community, clock: {clock}, actions: {{done: {{to: over}}, again: {{to: work}}}}}}\n"
    )
    return steps(
        body
        + "late: {holder: dispatcher of street, actions: {back: {to: work}}}\nover: {kind: end, outcome: over}\n"
        + more,
        head=head,
    )


# Tuesday 24 November 2026, 10:20 in Shanghai
@pytest.mark.parametrize(
    ("spec", "form", "due", "why"),
    [
        ("2 working hours", {}, "2026-11-24T14:20", "definition"),
        ("{from: form.days}", {"days": 3}, "2026-11-27T18:00", "form.days"),
        ("{from: form.days, default: 30 days}", {"days": 3}, "2026-11-27T10:20", "form.days"),
        ("{from: form.days, default: 30 days}", {}, "2026-12-24T10:20", "default of form.days"),
        ("{from: form.long}", {"long": "6 months"}, "2027-05-24T10:20", "form.long"),
        ("{from: form.long}", {"long": "2 working hours"}, "2026-11-24T14:20", "form.long"),
        ("{from: catalogue.handle, default: 1 day}", {}, "2026-11-25T10:20", "default of catalogue.handle"),
        ("{before: {field: day, amount: 0 days}}", {"day": "2026-12-10"}, "2026-12-11T00:00", "0 days before day"),
        ("{before: {field: day, amount: 3 days}}", {"day": "2026-12-10"}, "2026-12-08T00:00", "3 days before day"),
        ("{after: {field: day, amount: 3 days}}", {"day": "2026-12-10"}, "2026-12-14T00:00", "3 days after day"),
        (
            # Thursday; the first working day after it is Friday, the third Tuesday
            "{after: {field: day, amount: 3 working days}}",
            {"day": "2026-12-10"},
            "2026-12-15T18:00",
            "3 working days after day",
        ),
        (
            "{before: {field: day, amount: 3 working days}}",
            {"day": "2026-12-10"},
            "2026-12-07T18:00",
            "3 working days before day",
        ),
        (
            "{before: {field: day, amount: 1 working day}}",
            {"day": "2026-12-13"},
            "2026-12-11T18:00",
            "1 working day before day",
        ),
    ],
)
def test_where_the_time_comes_from(town: Town, spec, form, due, why) -> None:
    in_force(timed(spec))
    made = clock(begun(town, form=form))
    assert made.due_at.astimezone(clocks.SHANGHAI).isoformat()[:16] == due
    assert (made.origin[0]["why"], made.origin[0]["seq"]) == (why, 1)


def test_a_clock_without_entry_or_date_does_not_start_and_too_long_a_time_is_refused(town: Town) -> None:
    for spec in ("{from: catalogue.handle}", "{from: form.days}", "{before: {field: day, amount: 3 days}}"):
        in_force(timed(spec))
        case = begun(town)
        assert (case.due_at, case.clocks.count()) == (None, 0)
    in_force(timed("{from: form.days}"))
    with pytest.raises(BadAnswers):
        begun(town, form={"days": 10**9})


def test_the_catalogue_of_the_procedure_is_asked(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_catalogues", {})
    catalogue("sample")(lambda case: {"handle": "3 working days" if case.data.get("days") == 7 else None})
    in_force(timed("{from: catalogue.handle, default: 1 day}"))
    assert clock(begun(town, form={"days": 7})).origin[0]["why"] == "catalogue.handle"
    assert clock(begun(town, form={"days": 8})).duration == "1 day"


def test_every_deadline_and_every_change_of_it_is_told_by_a_record(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_catalogues", {})
    catalogue("sample")(lambda data: {"handle": "3 days", "version": 7})
    text = timed("{from: catalogue.handle, default: 1 day}")
    in_force(text)
    in_force(
        steps(
            "ask: {holder: dispatcher of street, actions: {give: {to: given}}}\ngiven: {kind: end, outcome: given}",
            key="extension",
            head="start: {by: [holder of parent]}\nbeside: {of: [any], outcomes: {given: {extend: 1 day}}}",
        )
    )
    case = begun(town)
    first = {"why": "catalogue.handle", "duration": "3 days", "due": "2026-11-27T02:20:00Z", "version": 7}
    assert case.records.get(seq=1).data["clocks"] == [{"clock": "step", **first}]
    assert clock(case).origin == [{"seq": 1, **first}]
    more = open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=NOW)
    do(town, more, "dispatcher", "give")
    changed = {"why": f"extension {more.code}", "duration": "4 days", "due": "2026-11-28T02:20:00Z"}
    told = case.records.get(action="extend")
    assert (told.data["clocks"], clock(case).origin[1]) == (
        [{"clock": "step", **changed}],
        {"seq": told.seq, **changed},
    )
    language = [text for _seq, text in dating.origin_of(clock(case), of_case(case))]
    assert language == [
        "事项目录第 7 版：3 天，11月27日 10:20 到期",
        f"extension {more.code}：4 天，11月28日 10:20 到期",
    ]
    # an act that moves the case tells the new deadline with the move, and what the clock did before stays told
    do(town, case, "clerk", "again", at=later(days=1))
    assert case.records.order_by("seq").last().data["clocks"][0]["due"] == "2026-11-28T02:20:00Z"
    assert list(deadlines()) == []


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("2 days", "流程规定：2 天，11月26日 10:20 到期"),
        ("{from: form.days}", "按“d”：3 个工作日，11月27日 18:00 到期"),
        ("{from: catalogue.x, default: 1 day}", "流程的通常时限：1 天，11月25日 10:20 到期"),
        ("{before: {field: day, amount: 3 days}}", "按“日期”倒着算：3 天，12月8日 00:00 到期"),
    ],
)
def test_how_a_deadline_came_about_in_words(town: Town, spec, words) -> None:
    in_force(timed(spec))
    case = begun(town, form={"days": 3, "day": "2026-12-10"})
    assert dating.origin_of(clock(case), of_case(case)) == [(1, words)]
    assert dating.told_by(case.records.get(), of_case(case)) == [("本环节时限", words)]


@pytest.mark.parametrize(
    ("spec", "reminded_at"),
    [
        ("10 days", "2026-12-02T10:20"),
        ("{for: 10 days, remind: 50}", "2026-11-29T10:20"),
        ("{for: 10 days, remind: 100}", "2026-12-04T10:20"),
        # a fifth of two working hours is 24 minutes
        ("2 working hours", "2026-11-24T11:56"),
        ("5 working days", "2026-11-30T18:00"),
        ("{for: 5 working days, remind: 60}", "2026-11-27T18:00"),
    ],
)
def test_reminded_when_so_much_of_the_time_is_used(town: Town, spec, reminded_at) -> None:
    in_force(timed(spec))
    case = begun(town)
    moment = clock(case).next_at
    assert moment.astimezone(clocks.SHANGHAI).isoformat()[:16] == reminded_at
    turn(moment)
    if moment < clock(case).due_at:
        assert (history(case)[-1], clock(case).next_at) == ("reminded", clock(case).due_at)
    else:
        assert history(case)[1:] == ["overdue", "opened"]


@given(hours=st.integers(1, 40), percent=st.integers(1, 99), start=st.integers(0, 60 * 24 * 14))
def test_a_reminder_in_office_time_comes_at_its_part_to_the_minute(hours: int, percent: int, start: int) -> None:
    begin = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=start)
    calendar = WorkCalendar()
    made = CaseClock(duration=str(Duration(hours, Unit.WORKING_HOURS)), started_at=begin, suspensions=[])
    made.due_at = calendar.add(begin, Duration(hours, Unit.WORKING_HOURS))
    spec = Clock.model_validate({"for": made.duration, "remind": percent})
    at = clocks._reminder(made, spec, calendar)
    used = calendar.elapsed(begin, at, True) / timedelta(hours=hours)
    before = calendar.elapsed(begin, at - timedelta(minutes=1), True) / timedelta(hours=hours)
    assert used >= percent / 100 - 1e-9 >= before - 1e-9
    assert begin < at <= made.due_at


PROMISES = (
    HEAD
    + """
    clocks:
      answer: {name: a, clock: 7 days, met_by: [work.tell, over], promise: true}
      whole: {name: w, clock: 30 days, met_by: [over]}
"""
)
STOPPING = """
work:
  holder: clerk of community
  clock: 2 days
  actions: {tell: {}, ask: {to: waiting}, skip: {to: past}, done: {to: over}}
waiting:
  holder: reporter
  stops: [answer]
  actions: {give: {to: work}}
past: {holder: clerk of community, ends_clocks: [answer], actions: {done: {to: over}}}
over: {kind: end, outcome: over}
"""


def test_promises_run_across_steps_stop_where_said_and_are_met(town: Town) -> None:
    in_force(steps(STOPPING, head=PROMISES))
    case = begun(town)
    assert (clock(case, "answer").due_at, clock(case, "whole").due_at, fresh(case).due_at) == (
        later(days=7),
        later(days=30),
        later(days=2),
    )
    do(town, case, "clerk", "ask", at=later(days=1))
    # while the resident is asked the promise stands still, the other clock does not
    assert (clock(case, "answer").state, fresh(case).due_at) == ("suspended", later(days=30))
    do(town, case, ME, "give", at=later(days=4))
    assert clock(case, "answer").due_at == later(days=10)
    do(town, case, "clerk", "tell", at=later(days=5))
    assert case.clocks.get(name="answer").state == "met"
    do(town, case, "clerk", "done", at=later(days=31))
    assert case.clocks.get(name="whole").state == "late"


def test_ended_by_coming_to_a_step(town: Town) -> None:
    in_force(steps(STOPPING, head=PROMISES))
    case = begun(town)
    do(town, case, "clerk", "skip", at=later(days=1))
    assert (case.clocks.get(name="answer").state, clock(case, "whole").state) == ("met", "running")


def test_a_step_that_stops_a_clock_keeps_it_stopped_through_a_suspension(town: Town) -> None:
    first = STOPPING.replace("work:\n", "work:\n  stops: [answer]\n", 1)
    in_force(steps(first, head=PROMISES))
    case = begun(town)
    assert clock(case, "answer").state == "suspended"
    suspend_and_resume(town, case, 1, 3)
    assert (clock(case, "answer").state, clock(case).due_at) == ("suspended", later(days=4))
    do(town, case, "clerk", "skip", at=later(days=3))
    assert case.clocks.get(name="answer").ended_at == later(days=3)


def suspend_and_resume(town: Town, case: Case, first: int, last: int) -> None:
    in_force(
        steps(
            "hold: {holder: dispatcher of street, actions: {off: {to: off}}}\noff: {kind: end, outcome: off}",
            key="suspension",
            head="start: {by: [holder of parent]}\nbeside: {of: [any], meanwhile: stop_clock}",
        )
    )
    child = open_beside(case_id=case.pk, act="suspend", by=town.actor("clerk"), at=later(days=first))
    do(town, child, "dispatcher", "off", at=later(days=last))


def extend(town: Town, case: Case, more: str, at: datetime) -> None:
    in_force(
        steps(
            "ask: {holder: dispatcher of street, actions: {grant: {to: granted}}}\ngranted: {kind: end, outcome: granted}",
            key="extension",
            head=f"start: {{by: [holder of parent]}}\nbeside: {{of: [any], outcomes: {{granted: {{extend: {more}}}}}}}",
        )
    )
    child = open_beside(case_id=case.pk, act="extend", by=town.actor("clerk"), at=at)
    do(town, child, "dispatcher", "grant", at=at)


def test_an_extension_survives_a_suspension_whatever_its_unit(town: Town) -> None:
    in_force(timed("10 days"))
    case = begun(town)
    extend(town, case, "5 days", later(days=1))
    assert (clock(case).due_at, clock(case).duration) == (later(days=15), "15 days")
    extend(town, case, "48 hours", later(days=1))
    assert clock(case).due_at == later(days=17)
    suspend_and_resume(town, case, 2, 5)
    assert clock(case).due_at == later(days=20)
    assert [part["why"].split()[0] for part in clock(case).origin] == [
        "definition",
        "extension",
        "extension",
        "resumed",
    ]
    assert all(part["seq"] <= fresh(case).last_seq for part in clock(case).origin)


def test_a_deadline_before_a_date_stays_with_the_date(town: Town) -> None:
    in_force(timed("{before: {field: day, amount: 3 working days}}"))
    case = begun(town, form={"day": "2026-12-10"})
    due = clock(case).due_at
    suspend_and_resume(town, case, 1, 5)
    assert (clock(case).due_at, clock(case).state) == (due, "running")
    extend(town, case, "1 day", later(days=6))
    assert clock(case).due_at == due + timedelta(days=1)


def test_more_time_makes_a_late_clock_run_again_and_reminds_anew(town: Town) -> None:
    in_force(timed("10 days"))
    case = begun(town)
    for day in (8, 10):
        turn(later(days=day))
    assert (clock(case).level, clock(case).reminded) == (1, True)
    extend(town, case, "10 days", later(days=11))
    now = clock(case)
    assert (now.level, now.reminded, now.due_at, now.next_at) == (0, False, later(days=20), later(days=16))


def test_a_changed_calendar_dates_open_clocks_anew_and_leaves_others_alone(town: Town) -> None:
    in_force(timed("3 working days"))
    case, other = begun(town), begun(town)
    do(town, other, "clerk", "done")
    extend(town, case, "24 hours", later(hours=1))
    assert clock(case).due_at.isoformat() == "2026-11-28T10:00:00+00:00"
    enter_days(days={date(2026, 11, 26): False}, by=town.actor("admin"), at=later(hours=2))
    outbox.drain(at=later(hours=2))
    jobs.redate(None, "2026-11-26", "2026-11-26", "days")
    # Thursday is off: to Friday's end and Monday, then a day more
    assert clock(case).due_at.isoformat() == "2026-12-01T10:00:00+00:00"
    assert clock(case).origin[-1]["why"] == "calendar:days"
    assert history(case)[-1] == "redated"
    assert redate_open_clocks(at=later(hours=3), why="again") == 0
    assert jobs.redate(None, "2026-12-05", "2026-12-05", "days") == "0 clocks"
    assert other.clocks.get().due_at.isoformat() == "2026-11-27T10:00:00+00:00"


@pytest.mark.parametrize("whole", [False, True])
def test_a_changed_calendar_dates_what_is_counted_back_anew(town: Town, whole: bool) -> None:
    back = "{before: {field: day, amount: 3 working days}}"
    head = HEAD + f"    clocks: {{ready: {{name: r, clock: {back}, met_by: [over]}}}}\n" if whole else HEAD
    in_force(timed("30 days" if whole else back, head=head))
    case = begun(town, form={"day": "2026-12-14"})
    name = "ready" if whole else "step"
    assert clock(case, name).due_at.isoformat() == "2026-12-09T10:00:00+00:00"
    # the Saturday and the Friday before the date lie behind the due moment: one is worked, then the other off
    enter_days(days={date(2026, 12, 12): True}, by=town.actor("admin"), at=NOW)
    assert jobs.redate(None, "2026-12-12", "2026-12-12", "days") == "1 clocks"
    assert clock(case, name).due_at.isoformat() == "2026-12-10T10:00:00+00:00"
    enter_days(days={date(2026, 12, 11): False, date(2026, 12, 10): False}, by=town.actor("admin"), at=NOW)
    assert jobs.redate(None, "2026-12-10", "2026-12-11", "days") == "1 clocks"
    assert clock(case, name).due_at.isoformat() == "2026-12-08T10:00:00+00:00"
    assert [part["why"] for part in clock(case, name).origin[1:]] == ["calendar:days"] * 2
    assert jobs.redate(None, "2026-12-10", "2026-12-11", "days") == "0 clocks"
    assert list(deadlines()) == []


def test_a_clock_that_expires_moves_the_case_opens_others_and_is_counted_late(town: Town) -> None:
    body = "ask: {holder: clerk of community, actions: {ok: {to: over}}}\nover: {kind: end, outcome: over}"
    in_force(steps(body, key="follow", head="start: [clerk]"))
    in_force(timed("{for: 1 day, on_expiry: {to: late, open: [{procedure: follow}]}}"))
    case = begun(town)
    turn(later(days=1))
    assert (fresh(case).step, Case.objects.filter(procedure="follow", parent=case.pk).count()) == ("late", 1)
    assert history(case)[:3] == ["start", "overdue", "expired"]
    in_force(timed("{for: 1 day, supervise: false, on_expiry: {open: [{procedure: follow}]}}"))
    case = begun(town)
    for day in (1, 2, 3):
        turn(later(days=day))
    # late again and again, but what it opens is opened once; nobody supervises it
    assert [row.procedure for row in Case.objects.filter(parent=case.pk)] == ["follow"]
    assert (fresh(case).step, clock(case).level) == ("work", 3)
