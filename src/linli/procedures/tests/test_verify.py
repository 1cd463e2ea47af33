"""`linli verify` names the first broken link of every kind of tampering."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from linli.matters import actions as matters
from linli.orgs.actors import Actor
from linli.procedures import files
from linli.procedures.actions import act
from linli.procedures.models import Case, CaseClock, CaseFile, CaseRecord
from linli.procedures.verify import attachments, deadlines, histories
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(town: Town) -> Case:
    matter = matters.report(
        text="楼下路灯不亮，请来修。", place=town.place(), by=Actor(key="me"), at=NOW, starter_key="me"
    )
    form = {"category": town.categories["lamp"].pk, "urgency": 3}
    act(case_id=matter.pk, action="accept", by=town.actor("clerk"), at=NOW, form=form)
    act(case_id=matter.pk, action="own", by=town.actor("clerk"), at=NOW)
    return Case.objects.get(pk=matter.pk)


def test_an_untouched_history_verifies(case: Case) -> None:
    assert list(histories()) == []
    call_command("verify")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": "别的"}, "record 2 was changed"),
        ({"data": {"answers": {"urgency": 4}}}, "record 2 was changed"),
        ({"user_id": None}, "record 2 was changed"),
        ({"public": False}, "record 2 was changed"),
        ({"hash": "0" * 64}, "record 2 was changed"),
    ],
)
def test_a_changed_record_is_named(case: Case, change, sentence: str) -> None:
    CaseRecord.objects.filter(case=case, seq=2).update(**change)
    assert list(histories()) == [f"{case.code}: {sentence}"]
    with pytest.raises(SystemExit):
        call_command("verify")


def test_a_removed_record_a_cut_end_and_a_missing_history_are_named(case: Case) -> None:
    CaseRecord.objects.filter(case=case, seq=3).delete()
    assert list(histories()) == [f"{case.code}: the history ends at record 2, not at 3"]
    CaseRecord.objects.filter(case=case, seq=1).delete()
    assert list(histories()) == [f"{case.code}: record 1 is missing"]
    CaseRecord.objects.filter(case=case).delete()
    assert list(histories()) == [f"{case.code}: it has no history"]


LATE = NOW + timedelta(days=300)
OTHER = "the clock step is not the one that the history tells"


@pytest.mark.parametrize(
    ("clock", "of_case", "sentence"),
    [
        ({"due_at": LATE}, {"due_at": LATE}, OTHER),
        ({"duration": "300 working days"}, {}, OTHER),
        ({"name": "other"}, {}, "the clock other is not the one that the history tells"),
        (
            {"state": "met", "ended_at": NOW, "next_at": None},
            {"due_at": None},
            "the clock of its step was ended while it is there",
        ),
        ({}, {"due_at": LATE}, "it is not due when its clocks are"),
    ],
)
def test_a_deadline_that_is_not_the_one_of_the_history_is_named(case: Case, clock, of_case, sentence: str) -> None:
    assert list(deadlines()) == []
    CaseClock.objects.filter(case=case, name="step", ended_at=None).update(**clock)
    Case.objects.filter(pk=case.pk).update(**of_case)
    assert list(histories()) == []
    assert list(deadlines()) == [f"{case.code}: {sentence}"]
    CaseClock.objects.filter(case=case, ended_at=None).delete()
    assert len(list(deadlines())) == 1
    with pytest.raises(SystemExit):
        call_command("verify")


def test_attachments_missing_or_changed_are_named(case: Case, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    digest = files.keep(b"whole")
    CaseFile.objects.create(case=case, seq=1, name="a.jpg", mime="image/jpeg", size=5, sha256=digest)
    assert list(attachments()) == []
    files.path_of(digest).write_bytes(b"other")
    assert list(attachments()) == [f"{case.code}: a.jpg was changed"]
    files.path_of(digest).unlink()
    assert list(attachments()) == [f"{case.code}: a.jpg is missing"]
