"""What clocks do by themselves: supervision that opens and climbs, and nothing that starves."""

from datetime import timedelta

import pytest
from django.db.models import F

from linli.kernel.chain import GENESIS, link
from linli.kernel.ids import new_code, uuid7
from linli.orgs.actors import Actor
from linli.procedures import ticks
from linli.procedures.enums import RecordKind
from linli.procedures.models import Case, CaseClock, CaseRecord, ProcedureVersion
from linli.procedures.tests.engine import (
    NOW,
    begun,
    clock,
    do,
    history,
    in_force,
    later,
    steps,
    turn,
)
from linli.procedures.ticks import tick
from linli.procedures.verify import histories
from linli.testing import Town

pytestmark = pytest.mark.django_db

LATE = "work: {holder: clerk of community, clock: CLOCK, actions: {done: {to: over}}}\nover: {kind: end, outcome: over}"


def supervision(case: Case) -> Case:
    return Case.objects.get(parent=case.pk, procedure="supervision", state="open")


def test_supervision_opens_by_itself_and_climbs_with_every_further_period(town: Town) -> None:
    in_force(steps(LATE.replace("CLOCK", "10 minutes")))
    case = begun(town)
    found = []
    for minutes in (9, 10, 19, 20, 30, 40, 50):
        turn(later(minutes=minutes))
        running = Case.objects.filter(parent=case.pk, state="open").first()
        found.append((minutes, running.step if running else None, clock(case).level))
    assert found == [
        (9, None, 0),
        (10, "explain", 1),
        (19, "explain", 1),
        (20, "street", 2),
        (30, "county", 3),
        (40, "city", 4),
        (50, "city", 5),
    ]
    assert supervision(case).holder_unit.name == "云溪市治理中心"
    # nobody is left above: from here on it is said once a working day
    turn(later(minutes=60))
    assert (clock(case).level, clock(case).next_at.isoformat()) == (6, "2026-11-25T10:00:00+00:00")
    assert list(histories()) == []


def test_lifted_and_still_late_it_opens_again_after_a_period(town: Town) -> None:
    in_force(steps(LATE.replace("CLOCK", "1 day")))
    case = begun(town)
    turn(later(days=1))
    first = supervision(case)
    turn(later(days=2))
    do(town, first, "street_supervisor", "lift", at=later(days=2, hours=1), finding="说明了原因")
    turn(later(days=2, hours=2))
    assert not Case.objects.filter(parent=case.pk, state="open").exists()
    turn(later(days=3))
    assert (supervision(case).pk != first.pk, supervision(case).step) == (True, "explain")
    do(town, case, "clerk", "done", at=later(days=3, hours=1))
    assert Case.objects.get(parent=case.pk, created_at=later(days=3)).outcome == "ended"


def test_a_case_that_nobody_took_or_can_take_is_supervised_like_any_other(town: Town) -> None:
    in_force(steps(LATE.replace("CLOCK", "1 day")))
    cases = [begun(town, by=Actor(key=f"key-{number}-key-of-browser")) for number in range(3)]
    Case.objects.filter(pk=cases[1].pk).update(holder_user=town.users["clerk"].pk)
    Case.objects.filter(pk=cases[2].pk).update(holder_role="nobody_has_this", holder_unit=town.units["empty"].pk)
    turn(later(days=1))
    assert [supervision(case).step for case in cases] == ["explain"] * 3


def test_a_supervision_that_asks_more_than_a_clock_can_say_does_not_stop_the_clock(town: Town) -> None:
    in_force(steps(LATE.replace("CLOCK", "1 day")))
    one = "ask: {holder: supervisor of street, actions: {off: {to: off}}}\noff: {kind: end, outcome: off}"
    head = (
        "start: {by: [supervisor], form: [how_many]}\nfields: {how_many: {name: h, type: count}}\nbeside: {of: [any]}"
    )
    in_force(steps(one, key="supervision", head=head))
    case = begun(town)
    turn(later(days=1))
    turn(later(days=2))
    assert (clock(case).level, Case.objects.filter(parent=case.pk).count()) == (2, 0)
    assert history(case) == ["start", "overdue", "overdue"]


@pytest.fixture
def many(town: Town) -> list[CaseClock]:
    """1,200 overdue clocks that became due one second after another; every hundredth case is broken."""
    in_force(steps(LATE.replace("CLOCK", "{for: 1 day, supervise: false}")))
    broken = ProcedureVersion.objects.create(
        key="broken", version=1, name="broken", text="not a definition", status="retired", created_at=NOW
    )
    plain = {field.attname: getattr(begun(town), field.attname) for field in Case._meta.fields}
    Case.objects.all().update(due_at=None)
    CaseClock.objects.all().delete()
    cases, made, records = [], [], []
    for number in range(1200):
        case = Case(**plain | {"id": uuid7(), "code": new_code()})
        if number % 100 == 50:
            case.version_id = broken.pk
        moment = NOW - timedelta(hours=1) + timedelta(seconds=number)
        clock = CaseClock(case=case, name="step", step="work", visit=1, duration="1 day", due_at=moment, next_at=moment)
        clock.started_at = moment - timedelta(days=1)
        record = CaseRecord(case=case, seq=1, at=NOW, kind=RecordKind.START, action="start", step="work")
        record.previous_hash, record.hash = GENESIS, ""
        case.last_hash = record.hash = link(GENESIS, record.content())
        cases.append(case)
        made.append(clock)
        records.append(record)
    Case.objects.bulk_create(cases)
    CaseRecord.objects.bulk_create(records)
    CaseClock.objects.bulk_create(reversed(made))
    return list(CaseClock.objects.order_by("next_at").select_related("case__version"))


def test_all_overdue_clocks_are_dealt_with_in_one_turn_in_order_past_those_that_are_broken(
    town: Town, many: list[CaseClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[int] = []
    really = ticks.turn

    def watched(work, clock):
        order.append(clock.pk)
        really(work, clock)

    monkeypatch.setattr(ticks, "turn", watched)
    assert tick(at=NOW) == 1200
    broken = {row.pk for row in many if row.case.version.key == "broken"}
    assert len(broken) == 12
    assert order == [row.pk for row in many if row.pk not in broken]
    # the broken ones come again in ten minutes; each other is one level up and its next period begins
    assert set(CaseClock.objects.filter(next_at=NOW + ticks.AGAIN).values_list("pk", flat=True)) == broken
    assert CaseClock.objects.filter(level=1, next_at=F("due_at") + timedelta(days=1)).count() == 1200 - 12
    assert not CaseClock.objects.filter(next_at__lte=NOW).exists()
    assert tick(at=NOW) == 0
    order.clear()
    tick(at=NOW + ticks.AGAIN)
    assert order == []
    assert list(histories()) == []


def test_after_a_long_stop_every_period_missed_is_not_gone_through(town: Town) -> None:
    in_force(steps(LATE.replace("CLOCK", "{for: 10 minutes, supervise: false}")))
    case = begun(town)
    turn(later(days=30))
    assert clock(case).level <= 3
    assert clock(case).next_at > later(days=30)
