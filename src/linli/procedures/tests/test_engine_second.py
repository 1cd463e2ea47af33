"""The second person of an action, and what happens to its files."""

import pytest

from linli.kernel import outbox
from linli.kernel.policy import Refused
from linli.procedures import registry
from linli.procedures.actions import act, decide, may_decide
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import Case, CaseFile, Notice
from linli.procedures.policies import can_see
from linli.procedures.registry import handler
from linli.procedures.tests.engine import NOW, begun, do, fresh, history, in_force, later, turn, working
from linli.testing import Town

pytestmark = pytest.mark.django_db


SECOND = "close: {form: [note, 'papers?'], reason: true, second: SECOND, tell: [reporter], to: over}\nskip: {to: above}"


def second(town: Town, words: str, who: str = "clerk") -> Case:
    in_force(working(SECOND.replace("SECOND", words)))
    return do(town, begun(town), who, "close", note="好", reason="办完")


def test_a_second_person_approves_never_the_one_who_asked(town: Town) -> None:
    case = second(town, "community_head of community", who="head")
    # the head asked, so whoever decides is found one level above: the street's head
    assert case.pending["unit"] == town.units["street"].pk
    able = {name for name in town.users if may_decide(town.actor(name), case)}
    assert able == {"street_head"}
    with pytest.raises(Refused):
        decide(case_id=case.pk, approve=True, by=town.actor("head"), at=NOW)
    # nothing else can be done meanwhile
    with pytest.raises(Refused, match="等待另一人审批"):
        do(town, case, "clerk", "skip")
    done = decide(case_id=case.pk, approve=True, by=town.actor("street_head"), at=NOW)
    assert (done.step, done.pending, done.data["note"]) == ("over", None, "好")
    assert history(case) == ["start", "asked:close", "approved:close", "close"]
    last = case.records.get(action="close")
    assert (last.user_id, last.text, case.records.get(action="asked:close").user_id) == (
        town.users["street_head"].pk,
        "办完",
        town.users["head"].pk,
    )


def test_refusing_needs_a_reason_and_leaves_everything_as_it_was(town: Town) -> None:
    case = second(town, "supervisor of street")
    with pytest.raises(BadAnswers):
        decide(case_id=case.pk, approve=False, by=town.actor("street_supervisor"), at=NOW)
    case = decide(case_id=case.pk, approve=False, by=town.actor("street_supervisor"), at=NOW, reason="材料不够")
    assert (case.step, case.pending, "note" in case.data, case.uses) == ("work", None, False, {})
    with pytest.raises(NotNow):
        decide(case_id=case.pk, approve=True, by=town.actor("street_supervisor"), at=NOW)


def test_whoever_decides_is_told_and_sees_the_case(town: Town) -> None:
    in_force(working("pick: {form: [unit]}\n" + SECOND.replace("SECOND", "unit_head of form.unit")))
    case = begun(town)
    do(town, case, "clerk", "pick", unit=town.units["housing"].pk)
    assert not can_see(town.actor("housing_head"), fresh(case))
    do(town, case, "clerk", "close", note="好", reason="办完")
    assert can_see(town.actor("housing_head"), fresh(case))
    outbox.drain(at=NOW)
    assert Notice.objects.filter(unit=town.units["housing"].pk, text="approval:work").count() == 1
    decide(case_id=case.pk, approve=True, by=town.actor("housing_head"), at=NOW)
    assert fresh(case).outcome == "over"


def test_what_waited_is_dropped_when_the_case_moves_on_by_itself(town: Town) -> None:
    definition = working(SECOND.replace("SECOND", "supervisor of street"))
    in_force(definition.replace("clock: 2 working days", "clock: {for: 2 days, on_expiry: {to: above}}"))
    case = do(town, begun(town), "clerk", "close", note="好", reason="办完")
    turn(later(days=2))
    assert (fresh(case).step, fresh(case).pending) == ("above", None)
    assert history(case)[-2:] == ["expired", "dropped:close"]
    with pytest.raises(NotNow):
        decide(case_id=case.pk, approve=True, by=town.actor("street_supervisor"), at=later(days=2))


def test_files_lie_with_the_record_that_asked_and_the_answer_names_them(town: Town) -> None:
    in_force(working(SECOND.replace("SECOND", "supervisor of street")))
    case = begun(town)
    file = CaseFile(field="papers", name="a.jpg", mime="image/jpeg", size=1, sha256="0" * 64)
    form = {"note": "好"}
    act(case_id=case.pk, action="close", by=town.actor("clerk"), at=NOW, form=form, reason="办完", files=[file])
    kept = CaseFile.objects.get(case=case.pk)
    assert case.records.get(seq=kept.seq).action == "asked:close"
    decide(case_id=case.pk, approve=True, by=town.actor("street_supervisor"), at=NOW)
    assert fresh(case).data["papers"] == [str(kept.pk)]
    assert case.records.get(action="close").data["answers"]["papers"] == [str(kept.pk)]


def test_files_lie_with_the_act_though_its_handler_writes_first_and_only_where_asked(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    handler("sample.note")(lambda work, answers: work.record("effect", action="handled"))
    in_force(working("send: {form: ['papers?'], handler: sample.note, to: over}\nother: {form: [note]}"))
    case = begun(town)
    file = CaseFile(field="papers", name="a.jpg", mime="image/jpeg", size=1, sha256="0" * 64)
    for action, field in (("other", "papers"), ("other", "note")):
        wrong = CaseFile(field=field, name="a.jpg", mime="image/jpeg", size=1, sha256="0" * 64)
        with pytest.raises(BadAnswers):
            act(case_id=case.pk, action=action, by=town.actor("clerk"), at=NOW, form={"note": "x"}, files=[wrong])
    # an id in the form names no file: only what was sent is one
    assert "papers" not in do(town, case, "clerk", "send", papers=["0" * 36]).data
    case = begun(town)
    act(case_id=case.pk, action="send", by=town.actor("clerk"), at=NOW, files=[file])
    assert history(case) == ["start", "handled", "send"]
    assert CaseFile.objects.get(case=case.pk).seq == 3
