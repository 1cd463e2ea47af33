"""A report being written: kept on the server step by step, so that going back, a lost signal or a second press loses nothing.

The draft's id is the idempotency key of the matter that it becomes: submitted twice, it is one matter.
"""

import dataclasses
import shutil
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from linli.kernel.images import MAX_PHOTO_BYTES, MAX_VIDEO_BYTES, RecordingRefused, sanitise_recording
from linli.matters.actions import report
from linli.matters.models import Matter, ReportDraft
from linli.matters.placing import position_in_photo, resolve
from linli.orgs.actors import Actor
from linli.orgs.browser import account_key
from linli.orgs.models import User
from linli.people.registry import forgets
from linli.procedures import files
from linli.procedures.errors import BadAnswers, NotNow
from linli.procedures.models import CaseFile

MOST_PHOTOS = files.MOST_PHOTOS
KEPT, KEPT_IF_CROWDED = timedelta(days=7), timedelta(days=1)
# the share of what drafts may keep from which on room is short
CROWDED = 0.5
_FILE_FIELDS = ("field", "name", "mime", "size", "sha256", "thumb_sha256", "width", "height")


def begin(*, key: str, at: datetime) -> ReportDraft:
    """Return a new draft of a browser."""
    return ReportDraft.objects.create(key=key, updated_at=at)


def find(draft_id: UUID, *, key: str) -> ReportDraft | None:
    """Return a browser's draft, or None if it is not this browser's (or was swept)."""
    return ReportDraft.objects.filter(pk=draft_id, key=key).first() if key else None


def hand_over(draft_id: UUID, *, key: str, to: str) -> ReportDraft | None:
    """Let a browser's unsent draft go on under the key of whoever signed in while writing it."""
    if not key or not ReportDraft.objects.filter(pk=draft_id, key=key, matter__isnull=True).update(key=to):
        return None
    return find(draft_id, key=to)


def unfinished(*, key: str) -> ReportDraft | None:
    """Return the browser's latest draft that is not sent and holds something."""
    rows = ReportDraft.objects.filter(key=key, matter__isnull=True).order_by("-updated_at")[:5] if key else ()
    return next((row for row in rows if row.photos or row.data.get("text")), None)


@transaction.atomic
def change(draft: ReportDraft, *, at: datetime, by: Callable[[ReportDraft], None]) -> ReportDraft:
    """Lock a draft, let ``by`` change it, write it; what two requests add at once is then kept of both."""
    row = _locked(draft)
    if row.matter_id is None:
        by(row)
        row.updated_at = at
        row.kept_bytes = sum(kept["size"] for kept in row.photos)
        row.save(update_fields=["data", "photos", "kept_bytes", "updated_at"])
    return row


def _locked(draft: ReportDraft) -> ReportDraft:
    """Return a draft's row, locked; NotNow if it was dropped meanwhile (followed another matter instead, swept)."""
    # nothing is joined: PostgreSQL reads a joined row as it was before the wait for the lock
    row = ReportDraft.objects.select_for_update().filter(pk=draft.pk).first()
    if row is None:
        raise NotNow(_("这份没写完的反映已经不在了，请重新开始。"))
    return row


def answer(draft: ReportDraft, *, at: datetime, **answers: Any) -> ReportDraft:
    """Keep answers in a draft; None takes one out."""

    def put(row: ReportDraft) -> None:
        row.data = {name: value for name, value in {**row.data, **answers}.items() if value is not None}

    return change(draft, at=at, by=put)


@dataclasses.dataclass(frozen=True, slots=True)
class Upload:
    """What came of sent files: the draft with those that were taken, and why each other was refused."""

    draft: ReportDraft
    refused: list[str]


def add_files(
    draft: ReportDraft, *, photos: Iterable[UploadedFile], recordings: Iterable[UploadedFile], at: datetime
) -> Upload:
    """Take photos and a recording into a draft, each for itself: one bad file costs the others nothing.

    Photos are re-encoded without metadata; the place that a photo names is read first, to be proposed, and not kept with it.
    Where there is no room for more, none is taken, and the report goes on without.
    """
    photos, recordings = list(photos)[: MOST_PHOTOS + 1], list(recordings)[:1]
    if (photos or recordings) and not has_room():
        return Upload(draft, [no_room()])
    made: list[dict[str, Any]] = []
    refused: list[str] = []
    position: tuple[float, float] | None = None
    for upload in photos:
        data = upload.read(MAX_PHOTO_BYTES + 1)
        try:
            made.append(_as_data(files.photo(data, name=upload.name or "", field="photos")))
            position = position or position_in_photo(data)
        except BadAnswers as bad:
            refused += [_named(upload, text) for text in bad.errors.values()]
    for upload in recordings:
        try:
            made.append(_as_data(recording(upload.read(MAX_VIDEO_BYTES + 1), name=upload.name or "")))
        except BadAnswers as bad:
            refused += [_named(upload, text) for text in bad.errors.values()]

    def put(row: ReportDraft) -> None:
        for one in made:
            if one["field"] == "recording":
                row.photos = [kept for kept in row.photos if kept["field"] != "recording"] + [one]
            elif any(kept["sha256"] == one["sha256"] for kept in row.photos):
                continue
            elif sum(kept["field"] == "photos" for kept in row.photos) >= MOST_PHOTOS:
                refused.append(_("最多 %(limit)d 张照片。") % {"limit": MOST_PHOTOS})
                break
            else:
                row.photos = [*row.photos, one]
        if position is not None and "place" not in row.data:
            row.data = {**row.data, "here": [*position, "photo"]}

    return Upload(change(draft, at=at, by=put), refused)


def recording(data: bytes, *, name: str) -> CaseFile:
    """Return one unsaved attachment made of a voice note or short video; BadAnswers if it is refused."""
    try:
        made = sanitise_recording(data, name=name)
    except RecordingRefused as refusal:
        raise BadAnswers({"recording": str(refusal.message_zh)}) from refusal
    ending = made.mime.split("/")[1].replace("quicktime", "mov")
    return CaseFile(
        field="recording",
        name=f"{made.sha256[:12]}.{ending}",
        mime=made.mime,
        size=len(made.data),
        sha256=files.keep(made.data),
    )


def _named(upload: UploadedFile, text: str) -> str:
    name = "".join(sign for sign in (upload.name or "")[:200] if sign.isprintable())[:60]
    return f"{name}：{text}" if name else text


def _as_data(file: CaseFile) -> dict[str, Any]:
    return {name: getattr(file, name) for name in _FILE_FIELDS}


def remove_file(draft: ReportDraft, sha256: str, *, at: datetime) -> ReportDraft:
    """Take a photo or recording out of a draft."""

    def put(row: ReportDraft) -> None:
        row.photos = [kept for kept in row.photos if kept["sha256"] != sha256]

    return change(draft, at=at, by=put)


@transaction.atomic
def submit(
    draft: ReportDraft, *, by: Actor, at: datetime, name: str = "", phone: str = "", pin: str = "", hidden: bool = False
) -> Matter:
    """Make the matter of a draft; a second time gives the same matter. Raises BadAnswers naming the field."""
    row = _locked(draft)
    if row.matter is not None:
        return row.matter
    place = resolve(row.data.get("place", ""), text=row.data.get("address", ""), here=row.data.get("here"))
    if place is None:
        raise BadAnswers({"place": _("请先说在什么地方。")})
    matter = report(
        text=row.data.get("text", ""),
        place=place,
        by=by,
        at=at,
        category_id=row.data.get("category"),
        danger=bool(row.data.get("danger")),
        name=name,
        phone=phone,
        pin=pin,
        hidden=hidden,
        files=[CaseFile(**kept) for kept in row.photos],
        starter_key=row.key,
        idempotency_key=f"draft:{row.pk}",
    )
    row.matter, row.data, row.photos, row.kept_bytes, row.updated_at = matter, {}, [], 0, at
    row.save(update_fields=["matter", "data", "photos", "kept_bytes", "updated_at"])
    return matter


@forgets
def forget(user: User) -> None:
    """Take away what somebody had not sent yet, when their account is erased."""
    ReportDraft.objects.filter(key=account_key(user), matter__isnull=True).delete()


def no_room() -> str:
    """What is said where files are not taken."""
    return _("现在存不下更多照片和录音了。先把事情写下来，照样可以提交。")


def has_room(share: float = 1) -> bool:
    """Whether what drafts keep is within ``share`` of what all of them may, and the disk has as much left as it should."""
    kept = ReportDraft.objects.filter(matter__isnull=True).aggregate(size=Sum("kept_bytes"))["size"] or 0
    free = shutil.disk_usage(settings.VAR).free
    return kept < settings.LINLI_DRAFTS_MB * share * 1_000_000 and free >= settings.LINLI_KEEP_FREE_MB * 1_000_000


def sweep(*, at: datetime) -> int:
    """Remove drafts untouched for a week, where room is short for a day; return how many.

    The files that only they named go with the next sweep of files.
    """
    kept = KEPT if has_room(CROWDED) else KEPT_IF_CROWDED
    return ReportDraft.objects.filter(updated_at__lt=at - kept).delete()[0]


def named_files() -> set[str]:
    """Return the checksums of all files that drafts name: they are wanted."""
    named: set[str] = set()
    for photos in ReportDraft.objects.filter(matter__isnull=True).values_list("photos", flat=True).iterator():
        named |= {kept[name] for kept in photos for name in ("sha256", "thumb_sha256") if kept.get(name)}
    return named
