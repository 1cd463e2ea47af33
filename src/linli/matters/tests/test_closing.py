"""What is objected to is not closed by one person; a merged matter comes back; who may act sees; units within reach only."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from linli.kernel import outbox
from linli.kernel.memo import forget
from linli.kernel.policy import Refused
from linli.matters.actions import report
from linli.matters.models import MatterLink
from linli.orgs.actors import Actor
from linli.orgs.enums import OrgKind
from linli.orgs.models import Organisation, Post
from linli.places.models import Division
from linli.procedures.actions import decide, reopen, withdraw
from linli.procedures.errors import BadAnswers
from linli.procedures.models import Case, Notice
from linli.procedures.policies import can_see, holds
from linli.procedures.side import open_beside
from linli.procedures.tests.definition_files import FILES, text_of
from linli.procedures.tests.engine import ME, NOW, clock, do, fresh, history, in_force
from linli.procedures.undoing import can_undo_end, undo_end
from linli.testing import Town

pytestmark = pytest.mark.django_db

OTHER = Actor(key="another-browser-another")
UNHAPPY = {"reached": "yes", "settled": "no", "satisfied": "2"}
HAPPY = {"reached": "yes", "settled": "yes", "satisfied": "5"}


@pytest.fixture(autouse=True)
def definitions(db: None) -> None:
    for key in ("matter", "whistle", "supervision", "void"):
        in_force(text_of(key))


def made(town: Town, by: Actor = ME, at: datetime = NOW) -> Case:
    return report(text="楼下路灯不亮，请来修。", place=town.place(), by=by, at=at, starter_key=by.key).case


def accepted(town: Town, case: Case) -> Case:
    return do(town, case, "clerk", "accept", category=str(town.categories["lamp"].pk), urgency="3")


def rated(town: Town, answers: dict[str, str]) -> Case:
    """A matter that went all the way and was rated."""
    case = accepted(town, made(town))
    do(town, case, "clerk", "own")
    do(town, case, "clerk", "done", result="修好了")
    do(town, case, "clerk", "pass")
    return do(town, case, ME, "rate", **answers)


def deliver() -> None:
    while outbox.relay(at=NOW + timedelta(hours=1)):
        pass


def test_a_matter_called_unsettled_is_merged_only_by_a_second_person(town: Town) -> None:
    target, case = made(town, OTHER), rated(town, UNHAPPY)
    assert case.step == "assign"
    case = do(town, case, "clerk", "merge", into=target.code)
    assert (case.state, case.pending["unit"], case.pending["role"]) == ("open", town.units["street"].pk, "supervisor")
    assert not MatterLink.objects.exists()
    done = decide(case_id=case.pk, approve=True, by=town.actor("street_supervisor"), at=NOW)
    assert (done.outcome, MatterLink.objects.get().target_id) == ("merged", target.pk)


def test_a_matter_opened_again_is_neither_merged_nor_returned_nor_let_run_out_by_one_person(town: Town) -> None:
    target = made(town, OTHER)
    case = do(town, made(town), "clerk", "return", reason="不归社区")
    assert case.outcome == "returned"
    reopen(case_id=case.pk, by=ME, at=NOW, reason="就归社区")
    assert (fresh(case).step, fresh(case).data["reopened"]) == ("accept", 1)
    assert do(town, case, "clerk", "merge", into=target.code).pending is not None
    decide(case_id=case.pk, approve=False, by=town.actor("street_supervisor"), at=NOW, reason="不是一回事")
    assert do(town, case, "clerk", "return", reason="不归社区").pending is not None
    decide(case_id=case.pk, approve=False, by=town.actor("street_supervisor"), at=NOW, reason="归社区")
    accepted(town, case)
    do(town, case, "clerk", "own")
    do(town, case, "clerk", "done", result="修好了")
    assert do(town, case, "clerk", "pass").step == "rate_again"


def test_the_first_time_one_person_merges(town: Town) -> None:
    target, case = made(town, OTHER), made(town)
    assert do(town, case, "clerk", "merge", into=target.code).outcome == "merged"


def end_target(town: Town, target: Case, how: str) -> None:
    if how == "withdrawn":
        withdraw(case_id=target.pk, by=OTHER, at=NOW + timedelta(hours=1))
    elif how == "returned":
        do(town, target, "clerk", "return", reason="不归社区")
    elif how == "void":
        form = {"cause": "wrong", "grounds": "录错了"}
        beside = open_beside(case_id=target.pk, act="void", by=town.actor("clerk"), at=NOW, form=form)
        do(town, beside, "dispatcher", "approve")
        do(town, beside, "county_supervisor", "approve")
    else:
        accepted(town, target)
        do(town, target, "clerk", "own")
        do(town, target, "clerk", "done", result="修好了")
        do(town, target, "clerk", "pass")
        do(town, target, OTHER, "rate", **HAPPY)


@pytest.mark.parametrize("how", ["withdrawn", "returned", "void", "settled"])
def test_a_merged_matter_comes_back_when_the_other_ends_unsettled(town: Town, how: str) -> None:
    target, case = made(town, OTHER), made(town)
    do(town, case, "clerk", "merge", into=target.code)
    end_target(town, target, how)
    assert fresh(target).outcome == how
    Notice.objects.all().delete()
    deliver()
    case = fresh(case)
    link = MatterLink.objects.get()
    if how == "settled":
        assert (case.outcome, link.undone_at) == ("merged", None)
        return
    assert (case.state, case.step, case.outcome) == ("open", "accept", "")
    assert link.undone_at is not None and history(case)[-1] == "undo"
    assert case.records.get(action="undo").text == "并入的那一件没有办完就结束了，这一件接着办。"
    assert Notice.objects.filter(case=case, key=ME.key, text="undo:accept").count() == 1
    assert Notice.objects.filter(case=target, key=OTHER.key, text__startswith="void").count() == int(how == "void")
    assert "merge_undone" in history(fresh(target))


def test_a_merge_is_undone_by_who_could_have_held_the_matter(town: Town) -> None:
    target, case = made(town, OTHER), made(town)
    do(town, case, "clerk", "merge", into=target.code)
    case = fresh(case)
    able = {name for name in town.users if can_undo_end(town.actor(name), case, at=NOW)}
    assert able == {
        "clerk",
        "clerk2",
        "head",
        "dispatcher",
        "street_supervisor",
        "county_dispatcher",
        "county_supervisor",
        "city_dispatcher",
        "city_supervisor",
    }
    with pytest.raises(Refused):
        undo_end(case_id=case.pk, by=town.actor("worker"), at=NOW, reason="不是一回事")


def test_nobody_hands_a_matter_to_themselves(town: Town) -> None:
    case = accepted(town, made(town))
    do(town, case, "clerk", "dispatch", unit=str(town.units["housing"].pk))
    due = clock(case).due_at
    with pytest.raises(BadAnswers) as refused:
        do(town, case, "housing", "transfer", unit=str(town.units["housing"].pk), reason="再来一遍")
    assert list(refused.value.errors) == ["unit"]
    assert (clock(case).due_at, fresh(case).uses.get("handle.transfer")) == (due, None)
    moved = do(town, case, "housing", "transfer", unit=str(town.units["water"].pk), reason="归供水")
    assert moved.holder_unit_id == town.units["water"].pk


def test_nobody_climbs_where_nobody_is_above(town: Town) -> None:
    case = accepted(town, made(town))
    for who in ("clerk", "dispatcher", "county_dispatcher"):
        do(town, case, who, "escalate", reason="办不了")
    assert fresh(case).holder_unit_id == town.units["city"].pk
    with pytest.raises(BadAnswers, match="已经是最高一级"):
        do(town, case, "city_dispatcher", "escalate", reason="办不了")


def test_a_unit_of_another_county_is_not_taken(town: Town) -> None:
    county = Division.objects.create(code="990102000000", name="临山县", level=3, parent=town.divisions["city"])
    far = Organisation.objects.create(kind=OrgKind.DEPARTMENT, name="临山县住建局", division=county)
    forget()
    case = accepted(town, made(town))
    with pytest.raises(BadAnswers) as refused:
        do(town, case, "clerk", "dispatch", unit=str(far.pk))
    assert refused.value.errors == {"unit": "这个单位不在可以选的范围内。"}
    with pytest.raises(BadAnswers) as refused:
        near = str(town.units["housing"].pk)
        form: dict[str, Any] = {"units": [near, str(far.pk)], "lead": near, "meeting_place": "门口"}
        do(town, case, "clerk", "whistle", meeting_time="2026-11-25T10:00", **form)
    assert list(refused.value.errors) == ["units"]


def test_the_caller_desk_rates_for_any_caller_of_its_place(town: Town) -> None:
    caller = town.actor("caller")
    case = accepted(town, made(town))
    do(town, case, "clerk", "own")
    do(town, case, "clerk", "done", result="修好了")
    Post.objects.filter(role__in=("supervisor", "dispatcher")).delete()
    assert not can_see(caller, fresh(case))
    do(town, case, "clerk", "pass")
    assert can_see(caller, fresh(case))
    done = do(town, case, caller, "rate", **HAPPY)
    assert done.outcome == "settled"
    assert done.records.get(action="rate").actor["on_behalf"] is True
    assert can_see(caller, done)


def whistled(town: Town) -> tuple[Case, dict[str, Case]]:
    case = accepted(town, made(town))
    names = ("housing", "water")
    form = {"units": [town.units[name].pk for name in names], "lead": town.units["housing"].pk}
    do(town, case, "clerk", "whistle", meeting_place="门口", meeting_time="2026-11-25T10:00", **form)
    parts = {row.holder_unit_id: row for row in Case.objects.filter(parent=case.pk)}
    return case, {name: parts[town.units[name].pk] for name in names}


def excuse(town: Town, part: Case, who: str) -> None:
    do(town, part, who, "decline", reason="不归我们")
    do(town, part, "dispatcher", "excuse", reason="确实不归")


def test_excusing_the_lead_does_not_dismiss_the_others(town: Town) -> None:
    case, parts = whistled(town)
    excuse(town, parts["housing"], "housing")
    assert (fresh(case).step, fresh(parts["water"]).state) == ("whistled", "open")
    do(town, parts["water"], "water", "arrive", arrival_place="门口", arrival_signature="方圆")
    do(town, parts["water"], "clerk", "settle", result="接好了")
    assert fresh(case).step == "check"


def test_where_every_unit_is_excused_the_level_above_decides(town: Town) -> None:
    case, parts = whistled(town)
    for name, part in parts.items():
        excuse(town, part, name)
    case = fresh(case)
    assert (case.step, case.holder_unit_id, case.holder_role) == ("assign", town.units["street"].pk, "dispatcher")


def test_one_person_leads_two_grids(town: Town) -> None:
    Post.objects.create(
        user=town.users["grid"],
        role="grid_leader",
        organisation=town.units["east"],
        grid=town.grids["east2"],
        since=NOW.date(),
    )
    case = made(town)
    case.grid_id, case.holder_role = town.grids["east2"].pk, "grid_leader"
    assert holds(town.actor("grid"), case)
    case.grid_id = town.grids["west1"].pk
    assert not holds(town.actor("grid"), case)


def test_every_definition_is_found() -> None:
    assert {"matter", "void"} <= set(FILES)
