"""Who applied does not decide, and nobody decides at two levels: extension, suspension, void."""

from datetime import date

import pytest

from linli.kernel.policy import Refused
from linli.matters.actions import report
from linli.orgs.models import Post
from linli.procedures.actions import take
from linli.procedures.definitions import of_case
from linli.procedures.errors import BadAnswers
from linli.procedures.models import Case
from linli.procedures.options import options
from linli.procedures.policies import can_act
from linli.procedures.side import open_beside
from linli.procedures.tests.definition_files import text_of
from linli.procedures.tests.engine import ME, NOW, begun, do, fresh, in_force, later, steps
from linli.testing import Town

pytestmark = pytest.mark.django_db

EXTENSION = {"days": 10, "grounds": "等配件"}
SUSPENSION = {"days": 300, "grounds": "等改造", "condition": "立项批下来"}
VOID = {"cause": "wrong", "grounds": "录错了"}


def post(town: Town, who: str, role: str, unit: str) -> None:
    Post.objects.create(user=town.users[who], role=role, organisation=town.units[unit], since=date(2025, 1, 1))


@pytest.fixture
def matter(town: Town) -> Case:
    """A matter that was escalated: the street's dispatcher has it."""
    for key in ("matter", "extension", "suspension", "void"):
        in_force(text_of(key))
    made = report(text="楼下路灯不亮，请来修。", place=town.place(), by=ME, at=NOW, starter_key=ME.key).case
    do(town, made, "clerk", "accept", category=str(town.categories["lamp"].pk), urgency="3")
    return do(town, made, "clerk", "escalate", reason="社区办不了")


def applied(town: Town, case: Case, act: str, form: dict, who: str = "dispatcher") -> Case:
    return open_beside(case_id=case.pk, act=act, by=town.actor(who), at=NOW, form=form)


def refusal(town: Town, who: str, case: Case, action: str) -> str:
    return can_act(town.actor(who), fresh(case), of_case(case), action).reason


@pytest.mark.parametrize(
    ("act", "form", "action", "answers"),
    [
        ("extend", EXTENSION, "grant", {"granted_days": 5}),
        ("suspend", SUSPENSION, "approve", {}),
        ("void", VOID, "approve", {}),
    ],
)
def test_who_applied_does_not_decide(
    town: Town, matter: Case, act: str, form: dict, action: str, answers: dict
) -> None:
    asked = applied(town, matter, act, form)
    # nobody else at the street is a dispatcher: its head may act
    assert (asked.holder_unit_id, asked.step) == (town.units["street"].pk, "street")
    assert refusal(town, "dispatcher", asked, action) == "这一件是您发起的，须由另一人办理。"
    by = town.actor("dispatcher")
    shown = {one.key: one for one in options(by, asked, of_case(asked), at=NOW)}
    assert (shown[action].allowed, shown[action].reason) == (False, "这一件是您发起的，须由另一人办理。")
    assert "take" not in shown
    with pytest.raises(Refused):
        do(town, asked, "dispatcher", action, **answers)
    with pytest.raises(Refused):
        take(case_id=asked.pk, by=by, at=NOW)
    with pytest.raises(BadAnswers):
        take(case_id=asked.pk, by=town.actor("street_head"), at=NOW, to_user_id=by.user_id)
    do(town, asked, "street_head", action, **answers)
    assert fresh(asked).step != "street"


def test_where_only_the_applicant_has_the_role_the_level_above_decides(town: Town, matter: Case) -> None:
    Post.objects.filter(role="street_head").delete()
    asked = applied(town, matter, "extend", EXTENSION)
    assert (asked.holder_unit_id, asked.holder_role) == (town.units["county"].pk, "dispatcher")
    do(town, asked, "county_dispatcher", "grant", granted_days=3)
    assert fresh(asked).outcome == "granted"


def test_nobody_decides_at_two_levels(town: Town, matter: Case) -> None:
    post(town, "street_head", "dispatcher", "county")
    asked = applied(town, matter, "suspend", SUSPENSION)
    do(town, asked, "street_head", "approve")
    assert fresh(asked).step == "county"
    assert refusal(town, "street_head", asked, "approve") == "前面的环节是您办的，这一环节须由另一人办理。"
    do(town, asked, "county_dispatcher", "approve")
    assert (fresh(asked).step, fresh(matter).suspended) == ("suspended", True)


def test_a_handler_who_is_dispatcher_too_does_not_grant_their_own(town: Town, matter: Case) -> None:
    post(town, "housing", "dispatcher", "street")
    do(town, matter, "dispatcher", "dispatch", unit=str(town.units["housing"].pk))
    asked = applied(town, matter, "extend", EXTENSION, "housing")
    assert refusal(town, "housing", asked, "grant") == "这一件是您发起的，须由另一人办理。"
    do(town, asked, "dispatcher", "grant", granted_days=5)
    assert fresh(asked).outcome == "granted"


def test_what_a_resident_sent_is_void_only_by_two_levels(town: Town, matter: Case) -> None:
    asked = applied(town, matter, "void", VOID)
    assert asked.data["parent_by_resident"] is True
    do(town, asked, "street_head", "approve")
    assert (fresh(asked).step, fresh(matter).state) == ("county", "open")
    do(town, asked, "county_supervisor", "approve")
    assert (fresh(matter).outcome, fresh(asked).outcome) == ("void", "voided")


def test_what_a_unit_started_is_void_at_the_street(town: Town, matter: Case) -> None:
    in_force(steps("work: {holder: clerk of community, actions: {done: {to: over}}}\nover: {kind: end, outcome: over}"))
    own = begun(town, by=town.actor("clerk"), starter_key="", starter_unit_id=town.units["east"].pk)
    asked = applied(town, own, "void", VOID, "clerk")
    do(town, asked, "dispatcher", "approve", at=later(minutes=1))
    assert fresh(own).outcome == "void"


def test_a_second_person_is_not_one_who_is_kept_out(town: Town) -> None:
    in_force(
        steps(
            """
            first: {holder: clerk of community, actions: {on: {to: last}}}
            last: {holder: dispatcher of street, not_by: [starter, first], actions: {close: {to: over, second: clerk of community}}}
            over: {kind: end, outcome: over}
            """
        )
    )
    case = begun(town)
    do(town, case, "clerk", "on")
    do(town, case, "dispatcher", "close")
    from linli.procedures.actions import may_decide

    able = {name for name in ("clerk", "clerk2", "head") if may_decide(town.actor(name), fresh(case))}
    assert able == {"clerk2", "head"}


def test_a_second_person_only_where_its_condition_holds(town: Town) -> None:
    in_force(
        steps(
            """
            work:
              holder: clerk of community
              actions:
                close: {form: [flag], to: over, second: supervisor of street, second_when: {field: flag, is: true}}
            over: {kind: end, outcome: over}
            """,
            head="start: [public]\nfields: {flag: {name: f, type: yes_no}}",
        )
    )
    assert do(town, begun(town), "clerk", "close", flag="no").outcome == "over"
    waits = do(town, begun(town), "clerk", "close", flag="yes")
    assert (waits.state, waits.pending["unit"]) == ("open", town.units["street"].pk)


def test_void_is_shipped() -> None:
    from linli.procedures.publishing import shipped

    assert set(shipped()) == {"call_back", "extension", "matter", "supervision", "suspension", "void", "whistle"}
