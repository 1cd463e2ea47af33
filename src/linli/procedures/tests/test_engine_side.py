"""Side acts: return, transfer, escalate, correct, take, and those switched off."""

import pytest

from linli.kernel.policy import Refused
from linli.orgs.actors import Actor
from linli.procedures.actions import act, comment, correct, take
from linli.procedures.errors import BadAnswers, Changed, NotNow
from linli.procedures.models import CaseFile
from linli.procedures.side import pass_on
from linli.procedures.tests.engine import NOW, begun, do, fresh, history, in_force, working
from linli.testing import Town

pytestmark = pytest.mark.django_db


def test_return_goes_back_once_and_never_forwards(town: Town) -> None:
    in_force(working("up: {to: above}"))
    case = begun(town)
    clerk, dispatcher = town.actor("clerk"), town.actor("dispatcher")
    with pytest.raises(Refused, match="没有可退回"):
        pass_on(case_id=case.pk, act="return", by=clerk, at=NOW, reason="退")
    take(case_id=case.pk, by=clerk, at=NOW)
    do(town, case, "clerk", "up")
    with pytest.raises(BadAnswers):
        pass_on(case_id=case.pk, act="return", by=dispatcher, at=NOW, reason=" ")
    back = pass_on(case_id=case.pk, act="return", by=dispatcher, at=NOW, reason="不全")
    assert (back.step, back.holder_user_id) == ("work", clerk.user_id)
    with pytest.raises(Refused, match="没有可退回"):
        pass_on(case_id=case.pk, act="return", by=clerk, at=NOW, reason="退")


def test_transfers_are_counted_then_the_level_above_decides(town: Town) -> None:
    in_force(working("done: {to: over}"))
    case = begun(town)

    def transfer(who: str, to: str) -> tuple[str, str]:
        unit = town.units[to].pk
        now = pass_on(case_id=case.pk, act="transfer", by=town.actor(who), at=NOW, reason="不归我们", unit_id=unit)
        return now.holder_unit.name, now.holder_role

    for wrong in (town.units["east"].pk, None, 10**9):
        with pytest.raises(BadAnswers):
            pass_on(case_id=case.pk, act="transfer", by=town.actor("clerk"), at=NOW, reason="x", unit_id=wrong)
    assert transfer("clerk", "housing") == ("临江区住建局", "handler")
    # nobody works in the archive office: whoever is above holds it
    assert transfer("housing", "empty") == ("临江区治理中心", "handler")
    assert transfer("leader", "water") == ("云溪市治理中心", "dispatcher")
    assert fresh(case).uses == {"side.transfer": 2}


def test_escalation_climbs_one_level_at_a_time_and_ends_at_the_top(town: Town) -> None:
    in_force(working("done: {to: over}"))
    case = begun(town)
    found = []
    for who in ("clerk", "dispatcher", "county_dispatcher"):
        now = pass_on(case_id=case.pk, act="escalate", by=town.actor(who), at=NOW, reason="办不了")
        found.append((now.holder_unit.name, now.holder_level))
    assert found == [("桂湖街道办事处", 4), ("临江区治理中心", 3), ("云溪市治理中心", 2)]
    with pytest.raises(Refused, match="最高一级"):
        pass_on(case_id=case.pk, act="escalate", by=town.actor("city_dispatcher"), at=NOW, reason="办不了")
    assert do(town, case, "city_dispatcher", "done").outcome == "over"


def test_side_acts_switched_off(town: Town) -> None:
    text = working("done: {to: over}")
    off = "side: {comment: false, attach: false, correct: false, transfer: false, escalate: false, withdraw: false}\n"
    in_force(text.replace("steps:", off + "steps:", 1))
    case = begun(town)
    clerk = town.actor("clerk")
    file = CaseFile(name="a.jpg", mime="image/jpeg", size=1, sha256="0" * 64)
    for call in (
        lambda: comment(case_id=case.pk, by=clerk, at=NOW, text="留言"),
        lambda: comment(case_id=case.pk, by=clerk, at=NOW, text="", files=[file]),
        lambda: correct(case_id=case.pk, record_seq=1, text="更正", by=clerk, at=NOW),
        lambda: pass_on(case_id=case.pk, act="escalate", by=clerk, at=NOW, reason="x"),
    ):
        with pytest.raises((NotNow, Refused)):
            call()
    assert history(case) == ["start"]


def test_records_are_corrected_by_who_wrote_them_or_their_head(town: Town) -> None:
    in_force(working("note: {form: [note]}\ndone: {to: over}"))
    case = begun(town)
    do(town, case, "clerk", "note", note="三栋")
    for who, allowed in (("clerk", True), ("head", True), ("clerk2", False), ("street_head", False)):
        if allowed:
            correct(case_id=case.pk, record_seq=2, text="是四栋", by=town.actor(who), at=NOW)
        else:
            with pytest.raises(Refused):
                correct(case_id=case.pk, record_seq=2, text="是四栋", by=town.actor(who), at=NOW)
    with pytest.raises(BadAnswers):
        correct(case_id=case.pk, record_seq=99, text="x", by=town.actor("clerk"), at=NOW)
    assert [row.data for row in case.records.filter(action="correct")] == [{"of": 2, "tell": []}] * 2


def test_taken_by_one_and_given_by_the_head_to_people_of_the_unit_only(town: Town) -> None:
    in_force(working("done: {to: over}"))
    case = begun(town)
    for stranger in ("west_clerk", "dispatcher", "grid"):
        with pytest.raises(Refused):
            take(case_id=case.pk, by=town.actor(stranger), at=NOW)
    assert take(case_id=case.pk, by=town.actor("clerk"), at=NOW).holder_user_id == town.users["clerk"].pk
    with pytest.raises(Refused):
        do(town, case, "clerk2", "done")
    with pytest.raises(Refused):
        take(case_id=case.pk, by=town.actor("clerk"), at=NOW, to_user_id=town.users["clerk2"].pk)
    for wrong in (town.users["housing"].pk, 10**9):
        with pytest.raises(BadAnswers):
            take(case_id=case.pk, by=town.actor("head"), at=NOW, to_user_id=wrong)
    take(case_id=case.pk, by=town.actor("head"), at=NOW, to_user_id=town.users["clerk2"].pk)
    assert do(town, case, "clerk2", "done").outcome == "over"


def test_texts_that_cannot_be_kept_are_refused_and_versions_are_compared(town: Town) -> None:
    in_force(working("done: {reason: true, to: over}\nnote: {form: [note]}"))
    case = begun(town)
    for reason in ("", "  ", "x" * 2001, "a\x00b", "\ud800"):
        with pytest.raises(BadAnswers):
            do(town, case, "clerk", "done", reason=reason)
    with pytest.raises(BadAnswers):
        comment(case_id=case.pk, by=town.actor("clerk"), at=NOW, text="a\x07b")
    with pytest.raises(Changed):
        act(case_id=case.pk, action="done", by=town.actor("clerk"), at=NOW, reason="x", since=7)
    with pytest.raises(Refused):
        do(town, case, Actor(key="someone-else-entirely"), "done", reason="x")
    assert history(case) == ["start"]
