"""The chain of configuration changes: what it keeps, what a change of the past looks like, who waits for whom."""

import dataclasses
import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction

from linli.kernel import audit
from linli.kernel.chain import GENESIS
from linli.kernel.models import AuditEntry, Setting

AT = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)
SUBJECT = audit.Subject("calendar", "2027", "2027年")


@dataclasses.dataclass(frozen=True)
class Someone:
    user_id: int | None = 7
    name: str = "唐䶮"


def note(action="edit", before=None, after=None, subject=SUBJECT):
    with transaction.atomic():
        return audit.note(by=Someone(), action=action, subject=subject, before=before, after=after, at=AT)


@pytest.mark.django_db
def test_entries_continue_each_other_and_verify() -> None:
    first = note("create", after={"days": 3})
    second = note(before={"days": 3}, after={"days": 4})
    assert first.previous_hash == GENESIS
    assert second.previous_hash == first.hash
    assert list(audit.chain()) == []
    assert [entry.action for entry in audit.history(SUBJECT)] == ["edit", "create"]


@pytest.mark.django_db
def test_a_changed_a_missing_and_a_cut_entry_are_named() -> None:
    entries = [note(after={"n": number}) for number in range(3)]
    AuditEntry.objects.filter(pk=entries[1].pk).update(after={"n": 9})
    assert list(audit.chain()) == [f"entry {entries[1].pk} (calendar 2027) was changed"]
    AuditEntry.objects.filter(pk=entries[1].pk).delete()
    assert list(audit.chain()) == [f"before entry {entries[2].pk} (calendar 2027) one or more are missing"]
    AuditEntry.objects.filter(pk=entries[2].pk).delete()
    assert list(audit.chain()) == ["the entries end after 1, not after 3"]


@pytest.mark.django_db
def test_values_are_kept_without_floats_and_by_name() -> None:
    row = Setting.objects.create(key="k", value=[1])
    assert audit.subject_of(row)[:2] == ("kernel.setting", "k")
    assert audit.snapshot(row, "key", "value") == {"key": "k", "value": [1]}
    assert audit.plain({"a": 0.1, "b": date(2026, 1, 2), "c": Decimal("1.50"), "d": {"y", "x"}}) == {
        "a": "0.1",
        "b": "2026-01-02",
        "c": "1.50",
        "d": ["x", "y"],
    }
    entry = note(before={"name": "甲", "same": 1, "secret": "x"}, after={"name": "𠅤", "same": 1, "secret": "y"})
    assert audit.changed_fields(entry) == [("name", "甲", "𠅤"), ("secret", "x", "y")]
    (record,) = audit.records([entry], actions={"edit": "修改"}, fields={"name": "名称"})
    assert (record["who"], record["text"], record["small"]) == ("唐䶮", "修改", "名称：甲 → 𠅤")
    assert record["time"] == "2026年11月24日 10:20"


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_stand_outside_the_transaction_of_the_change() -> None:
    with pytest.raises(RuntimeError):
        audit.note(by=Someone(), action="edit", subject=SUBJECT, before=None, after={}, at=AT)


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_moment_make_one_chain() -> None:
    barrier = threading.Barrier(6)
    failures: list[BaseException] = []

    def write() -> None:
        try:
            barrier.wait()
            for _turn in range(5):
                note(after={"thread": threading.get_ident()})
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert AuditEntry.objects.count() == 30
    assert list(audit.chain()) == []
