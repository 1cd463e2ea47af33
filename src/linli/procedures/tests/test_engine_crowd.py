"""Steps at which many take part: thresholds to the last voice, objections that must be answered, open by the clock."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel.policy import Refused
from linli.orgs.actors import Actor
from linli.procedures import registry
from linli.procedures.crowd import answer_objection, conclude, invite, needed, object_to, speak
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.grammar.definition import Threshold
from linli.procedures.models import Case, Objection
from linli.procedures.registry import handler
from linli.procedures.tests.engine import ME, NOW, begun, clock, do, fresh, history, in_force, later, steps, turn
from linli.testing import Town

pytestmark = pytest.mark.django_db

HEAD = """
    start: {by: [public], form: ['households?']}
    fields:
      households: {name: h, type: count}
      score: {name: s, type: score}
      willing: {name: w, type: yes_no, required: false}
      mean: {name: m, type: number}
"""


def collecting(threshold: str, *, by: str = "[public]", then: str = "over") -> str:
    return steps(
        f"""
        collect:
          kind: collect
          holder: clerk of community
          by: {by}
          form: [score, willing]
          threshold: {threshold}
          gather: {{mean: {{of: score, by: mean}}}}
          clock: {{for: 10 days, supervise: false, on_expiry: {{to: short}}}}
          actions: {{close: {{branch: [{{when: {{field: mean, at_least: 3}}, to: good}}, {{to: short}}]}}}}
          then: {then}
        good: {{kind: end, outcome: good}}
        over: {{kind: end, outcome: over}}
        short: {{kind: end, outcome: short}}
        """,
        head=HEAD,
    )


def voice(number: int) -> Actor:
    return Actor(key=f"browser-{number:04d}-browser")


def say(case: Case, number: int, score: int = 3, willing: str = "yes", *, at=NOW) -> str:
    speak(case_id=case.pk, by=voice(number), at=at, form={"score": score, "willing": willing})
    return fresh(case).step


@pytest.mark.parametrize(
    ("threshold", "households", "voices"),
    [
        ("{at_least: 3}", None, 3),
        ("{at_least: form.households}", 4, 4),
        ("{share: 2/3, of: households}", 6, 4),
        ("{share: 2/3, of: households}", 7, 5),
        ("{share: 1/2, of: households}", 5, 3),
        ("{share: '1', of: households}", 3, 3),
    ],
)
def test_the_case_goes_on_at_the_threshold_and_not_one_voice_before(town: Town, threshold, households, voices) -> None:
    in_force(collecting(threshold))
    case = begun(town, form={"households": households} if households else {})
    for number in range(1, voices + 1):
        assert say(case, number) == ("over" if number == voices else "collect")
    case = fresh(case)
    assert (case.data["voices"], case.data["mean"]) == (voices, 3)
    assert history(case) == ["start", *["speak"] * voices, "threshold"]


@given(part=st.integers(1, 40), whole=st.integers(1, 40), total=st.integers(0, 100_000))
def test_shares_are_exact_and_rounded_up(part: int, whole: int, total: int) -> None:
    part = min(part, whole)
    found = needed(Threshold(share=f"{part}/{whole}", of="n"), {"n": total})
    assert Fraction(found - 1) < Fraction(part * total, whole) <= found or (found == 0 and total == 0)


def test_once_each_and_only_those_who_are_asked(town: Town) -> None:
    in_force(collecting("{at_least: 2}", by="[parties]"))
    case = begun(town)
    with pytest.raises(Refused):
        say(case, 1)
    invite(case_id=case.pk, keys=[voice(1).key, voice(2).key], by=ME, at=NOW)
    assert [say(case, 1, 5), say(case, 1, 1), say(case, 1, 1)] == ["collect"] * 3
    assert fresh(case).data["voices"] == 1
    assert say(case, 2, 4) == "over"
    assert fresh(case).data["mean"] == "4.50"
    with pytest.raises(NotNow):
        say(case, 3)


def test_only_who_holds_or_started_the_case_lets_parties_in(town: Town) -> None:
    in_force(collecting("{at_least: 2}", by="[parties]"))
    case = begun(town)
    for who in (town.actor("clerk"), ME):
        invite(case_id=case.pk, keys=["k" * 20], by=who, at=NOW)
    for stranger in (voice(1), town.actor("west_clerk"), town.actor("housing"), Actor()):
        with pytest.raises(Refused):
            invite(case_id=case.pk, keys=["l" * 20], by=stranger, at=NOW)
    with pytest.raises(BadAnswers):
        invite(case_id=case.pk, keys=["short"], by=ME, at=NOW)
    assert fresh(case).data["parties_keys"] == ["k" * 20]


def test_where_consents_count_a_no_is_an_answer_but_no_consent(town: Town) -> None:
    in_force(collecting("{at_least: 2, yes: willing}"))
    case = begun(town)
    said = [say(case, 1, willing="no"), say(case, 2, willing="yes"), say(case, 3, willing="no"), say(case, 4)]
    assert said == ["collect", "collect", "collect", "over"]
    assert fresh(case).data["voices"] == 4


def test_open_by_the_clock_not_by_what_closed_it(town: Town) -> None:
    in_force(collecting("{at_least: 2}"))
    case = begun(town)
    say(case, 1, 4, at=later(days=10))
    # one second after its end nobody has turned the clocks yet, and it is closed all the same
    with pytest.raises(NotNow):
        say(case, 2, at=later(days=10) + timedelta(seconds=1))
    turn(later(days=10, seconds=1))
    assert (fresh(case).outcome, fresh(case).data["mean"], fresh(case).data["voices"]) == ("short", 4, 1)


def test_figures_stand_when_an_act_closes_the_collection(town: Town) -> None:
    in_force(collecting("{at_least: 20}"))
    case = begun(town)
    say(case, 1, 2)
    say(case, 2, 4)
    do(town, case, "clerk", "close")
    assert (fresh(case).outcome, fresh(case).data["mean"]) == ("good", 3)


def test_a_suspended_case_collects_nothing(town: Town) -> None:
    in_force(collecting("{at_least: 1}"))
    case = begun(town)
    Case.objects.filter(pk=case.pk).update(suspended=True)
    with pytest.raises(NotNow):
        say(case, 1)


NOTICE = """
    public:
      kind: notice
      holder: clerk of community
      clock: {for: 7 days}
      objections: {by: [public], answer: community_head of community%s}
      then:
        - {when: {field: objections, at_least: 2}, to: again}
        - {to: over}
    again: {holder: clerk of community, actions: {put: {to: public}}}
    over: {kind: end, outcome: over}
"""


def oppose(case: Case, number: int, *, at=NOW) -> Objection:
    return object_to(case_id=case.pk, by=voice(number), at=at, text=f"不同意{number}")


def test_a_notice_without_objections_ends_with_its_days(town: Town) -> None:
    in_force(steps(NOTICE % ""))
    case = begun(town)
    turn(later(days=6, hours=23))
    assert fresh(case).step == "public"
    turn(later(days=7))
    assert (fresh(case).outcome, fresh(case).data["objections"]) == ("over", 0)


def test_an_objection_must_be_answered_before_the_notice_ends(town: Town) -> None:
    in_force(steps(NOTICE % ""))
    case = begun(town)
    made = oppose(case, 1, at=later(days=6))
    turn(later(days=8))
    assert fresh(case).step == "public"
    # the notice is over for everyone but those who have to answer
    with pytest.raises(NotNow):
        oppose(case, 2, at=later(days=8))
    for stranger in ("west_clerk", "housing"):
        with pytest.raises(Refused):
            answer_objection(objection_id=made.pk, by=town.actor(stranger), at=later(days=8), text="答复")
    with pytest.raises(BadAnswers):
        answer_objection(objection_id=made.pk, by=town.actor("head"), at=later(days=8), text="  ")
    answer_objection(objection_id=made.pk, by=town.actor("head"), at=later(days=8), text="已经说明")
    case = fresh(case)
    assert (case.outcome, case.data["objections"]) == ("over", 1)
    with pytest.raises(NotNow):
        answer_objection(objection_id=made.pk, by=town.actor("head"), at=later(days=8), text="再答")


def test_answered_in_time_it_still_runs_its_days(town: Town) -> None:
    in_force(steps(NOTICE % ""))
    case = begun(town)
    made = oppose(case, 1)
    # whoever holds the notice may answer too, so that an empty post cannot keep it open
    answer_objection(objection_id=made.pk, by=town.actor("clerk"), at=later(days=1), text="已经说明")
    assert fresh(case).step == "public"
    turn(later(days=7))
    assert fresh(case).outcome == "over"


def test_people_are_counted_not_objections_and_one_person_has_five(town: Town) -> None:
    in_force(steps(NOTICE % ", must_answer: false"))
    case = begun(town)
    for _time in range(5):
        oppose(case, 1)
    with pytest.raises(NotNow):
        oppose(case, 1)
    turn(later(days=7))
    assert (fresh(case).outcome, fresh(case).data["objections"]) == ("over", 1)
    other = begun(town)
    oppose(other, 1)
    oppose(other, 2)
    turn(later(days=7))
    assert (fresh(other).step, fresh(other).data["objections"]) == ("again", 2)
    # the second round begins with no objections
    do(town, other, "clerk", "put", at=later(days=7))
    turn(later(days=14))
    assert fresh(other).outcome == "over"


VOTE = """
    vote:
      kind: vote
      holder: clerk of community
      clock: {for: 60 days, supervise: false}
      rule: simple
      passed: won
      failed: lost
    won: {kind: end, outcome: won}
    lost: {kind: end, outcome: lost}
"""


def test_a_vote_is_opened_by_its_handler_and_left_as_it_came_out(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    in_force(steps(VOTE))
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    registry._handlers.pop("deliberation.vote", None)
    with pytest.raises(NotNow):
        begun(town)
    opened = []
    handler("deliberation.vote")(lambda work, answers: opened.append((work.case.step, answers)))
    for way, outcome in (("passed", "won"), ("failed", "lost"), ("no_quorum", "lost")):
        case = begun(town)
        conclude(case_id=case.pk, way=way, at=NOW, by=town.actor("clerk"), data={"votes": 3})
        assert (fresh(case).outcome, fresh(case).data["votes"]) == (outcome, 3)
        with pytest.raises(NotNow):
            conclude(case_id=case.pk, way=way, at=NOW, by=town.actor("clerk"))
    assert opened == [("vote", {"rule": "simple"})] * 3
    assert clock(begun(town)).state == "running"
