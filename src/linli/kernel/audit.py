"""Who changed which record of the configuration, when, from what to what: appended only, each entry hashed onto the one before.

``note`` is called inside the transaction of the action. One row (the setting ``audit_head``) holds the count and the hash of the
last entry: whoever appends locks it, so that two writers never continue the same entry, and a cut end shows in `linli verify`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from linli.kernel.chain import GENESIS, link
from linli.kernel.display import iso, moment
from linli.kernel.models import AuditEntry, Setting
from linli.kernel.verifying import check

HEAD = "audit_head"
Values = Mapping[str, Any]


class Author(Protocol):
    """Whoever changes something: an actor of the area orgs."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def name(self) -> str: ...


class Subject(NamedTuple):
    """What was changed, where it is no single row: ``Subject("calendar", "2027", "2027年")``."""

    type: str
    id: str
    label: str


def subject_of(record: models.Model | Subject) -> Subject:
    """Return a row as the subject of entries: ``orgs.post``, its key, its name at that moment."""
    if isinstance(record, Subject):
        return record
    return Subject(record._meta.label_lower, str(record.pk), str(record))


def snapshot(record: models.Model, *fields: str) -> dict[str, Any]:
    """Return some fields of a row as they are now, for ``before`` and ``after`` (a foreign key as its id)."""
    return {name: plain(record.serializable_value(name)) for name in fields}


def plain(value: Any) -> Any:
    """Return a value as JSON without floats, which two databases may write differently."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        parts = [plain(part) for part in value]
        return sorted(parts) if isinstance(value, (set, frozenset)) else parts
    if value is None or isinstance(value, (str, int)):
        return value
    return str(value)


def note(
    *,
    by: Author,
    action: str,
    subject: models.Model | Subject,
    before: Values | None,
    after: Values | None,
    at: datetime,
) -> AuditEntry:
    """Append one entry. ``before`` is None for what is new, ``after`` for what is gone; neither may hold what must stay secret."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("note() belongs into the transaction that makes the change")
    head = Setting.objects.select_for_update().filter(key=HEAD).first()
    if head is None:
        Setting.objects.get_or_create(key=HEAD, defaults={"value": {"count": 0, "hash": GENESIS}})
        head = Setting.objects.select_for_update().get(key=HEAD)
    about = subject_of(subject)
    entry = AuditEntry(
        at=at,
        user_id=by.user_id,
        user_label=by.name[:120],
        action=action,
        subject_type=about.type,
        subject_id=about.id,
        subject_label=about.label[:200],
        before=None if before is None else plain(before),
        after=None if after is None else plain(after),
        previous_hash=head.value["hash"],
    )
    entry.hash = link(entry.previous_hash, content(entry))
    entry.save(force_insert=True)
    Setting.objects.filter(key=HEAD).update(value={"count": head.value["count"] + 1, "hash": entry.hash})
    return entry


def content(entry: AuditEntry) -> dict[str, Any]:
    """Return what the hash of an entry binds."""
    return {
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "user": entry.user_id,
        "label": entry.user_label,
        "action": entry.action,
        "subject": [entry.subject_type, entry.subject_id, entry.subject_label],
        "before": entry.before,
        "after": entry.after,
    }


def history(subject: models.Model | Subject, *, most: int = 100) -> list[AuditEntry]:
    """Return the latest entries about a record, newest first."""
    about = subject_of(subject)
    return list(AuditEntry.objects.filter(subject_type=about.type, subject_id=about.id).order_by("-id")[:most])


def changed_fields(entry: AuditEntry) -> list[tuple[str, Any, Any]]:
    """Return (field, before, after) for each field that an entry changed."""
    old, new = entry.before or {}, entry.after or {}
    return [(name, old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)]


def records(
    entries: list[AuditEntry], *, actions: Mapping[str, Any], fields: Mapping[str, Any], words: Any = None
) -> list[dict[str, Any]]:
    """Return entries as the page macro ``history`` shows them: when, who, what, and which fields from what to what.

    ``actions`` and ``fields`` give names in words; fields without a name are left out. ``words(field, value)`` says a value.
    """

    def said(name: str, value: Any) -> str:
        if value in (None, "", []):
            return "—"
        return str(words(name, value)) if words else str(value)

    rows = []
    for entry in entries:
        parts = [
            f"{fields[name]}{_('：')}{said(name, old)} → {said(name, new)}"
            if entry.before
            else f"{fields[name]}{_('：')}{said(name, new)}"
            for name, old, new in changed_fields(entry)
            if name in fields and not (entry.before is None and new in (None, "", []))
        ]
        rows.append(
            {
                "time": moment(entry.at, year=True),
                "iso": iso(entry.at),
                "who": entry.user_label,
                "text": str(actions.get(entry.action, entry.action)),
                "small": _("；").join(parts),
                "hash": f"{entry.hash[:4]}…{entry.hash[-2:]}",
            }
        )
    return rows


@check("changes of the configuration")
def chain() -> Iterator[str]:
    """Yield one sentence where the chain of entries first breaks, or nothing."""
    previous, count = GENESIS, 0
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.previous_hash != previous:
            yield f"before entry {entry.pk} ({entry.subject_type} {entry.subject_id}) one or more are missing"
            return
        if link(previous, content(entry)) != entry.hash:
            yield f"entry {entry.pk} ({entry.subject_type} {entry.subject_id}) was changed"
            return
        previous, count = entry.hash, count + 1
    head = Setting.objects.filter(key=HEAD).values_list("value", flat=True).first() or {"count": 0, "hash": GENESIS}
    if (count, previous) != (head["count"], head["hash"]):
        yield f"the entries end after {count}, not after {head['count']}"
