"""Many people at once on one case: each act is applied or told what changed; nothing is lost, nothing happens twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from linli.kernel.policy import Refused
from linli.matters import actions as matters
from linli.orgs.actors import Actor
from linli.procedures.actions import act, comment
from linli.procedures.errors import Changed, NotNow
from linli.procedures.models import Case, CaseRecord
from linli.procedures.verify import broken_link, histories
from linli.testing import NOW, Town, build_town

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def town(transactional_db: None) -> Town:
    from linli.procedures.publishing import install_shipped

    install_shipped(at=NOW)
    return build_town()


def at_once(jobs, threads: int = 20) -> list[str]:
    """Run jobs in threads that begin together; return what each came to: the result's name or the refusal's."""
    gate = threading.Barrier(threads)
    seen = set()

    def run(job) -> str:
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            gate.wait()
        try:
            job()
        except (Changed, NotNow, Refused) as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, jobs))


def report(town: Town, key: str = "me", **more):
    return matters.report(
        text="楼下路灯不亮，请来修。", place=town.place(), by=Actor(key=key), at=NOW, starter_key=key, **more
    )


def test_two_hundred_acts_on_one_version_apply_once_and_every_note_is_kept(town: Town) -> None:
    matter = report(town)
    clerk = town.actor("clerk")
    form = {"category": town.categories["lamp"].pk, "urgency": 3}

    def accept():
        act(case_id=matter.pk, action="accept", by=clerk, at=NOW, form=form, since=1)

    def note(number: int):
        return lambda: comment(case_id=matter.pk, by=clerk, at=NOW, text=f"第{number}条")

    jobs = [accept if number % 2 else note(number) for number in range(200)]
    said = at_once(jobs)
    # an accept applies only while the case still is at version 1; notes always do
    applied = CaseRecord.objects.filter(case_id=matter.pk, action="accept").count()
    assert applied in (0, 1)
    assert said.count("Changed") == 100 - applied
    notes = CaseRecord.objects.filter(case_id=matter.pk, action="comment").order_by("seq")
    assert sorted(int(row.text[1:-1]) for row in notes) == list(range(0, 200, 2))
    case = Case.objects.get(pk=matter.pk)
    assert case.last_seq == 1 + 100 + applied
    assert broken_link(list(case.records.order_by("seq")), case.last_seq, case.last_hash) == ""


def test_acts_without_a_version_queue_up_and_only_the_first_fits_the_step(town: Town) -> None:
    matter = report(town)
    form = {"category": town.categories["lamp"].pk, "urgency": 3}
    said = at_once([lambda: act(case_id=matter.pk, action="accept", by=town.actor("clerk"), at=NOW, form=form)] * 40)
    assert (said.count("done"), said.count("NotNow")) == (1, 39)


def test_parent_and_children_acted_on_at_once_never_wait_in_a_circle(town: Town) -> None:
    matter = report(town)
    clerk = town.actor("clerk")
    act(
        case_id=matter.pk,
        action="accept",
        by=clerk,
        at=NOW,
        form={"category": town.categories["lamp"].pk, "urgency": 3},
    )
    units = [town.units[name].pk for name in ("housing", "police", "water")]
    whistle = {"units": units, "lead": units[0], "meeting_place": "楼下", "meeting_time": "2026-11-24T15:00"}
    act(case_id=matter.pk, action="whistle", by=clerk, at=NOW, form=whistle)
    children = list(Case.objects.filter(parent=matter.pk).order_by("holder_unit_id"))
    who = {town.units[name].pk: town.actor(name) for name in ("housing", "police", "water")}
    later = NOW + timedelta(hours=1)
    arrive = {"arrival_place": "楼下", "arrival_signature": "到"}

    def child(case):
        return lambda: act(case_id=case.pk, action="arrive", by=who[case.holder_unit_id], at=later, form=arrive)

    jobs = [child(case) for case in children] + [
        lambda: act(case_id=matter.pk, action="call_off", by=clerk, at=later, reason="已经修好")
    ]
    at_once(jobs * 5)
    assert Case.objects.get(pk=matter.pk).step == "assign"
    assert not Case.objects.filter(parent=matter.pk, state="open").exists()
    assert list(histories()) == []


def test_one_idempotency_key_is_one_matter_however_often_and_fast_it_is_sent(town: Town) -> None:
    found = []

    def send():
        found.append(report(town, idempotency_key="same").pk)

    assert at_once([send] * 40) == ["done"] * 40
    assert len(set(found)) == 1
    assert Case.objects.filter(procedure="matter").count() == 1
