"""Attachments: bytes under the media folder by their checksum, written whole before the transaction that names them.

A file that no row names (the transaction failed, the server was killed) is harmless and is swept after a day; a row whose file is not
whole cannot exist.
"""

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from linli.kernel.images import MAX_PHOTO_BYTES, PhotoRefused, sanitise_photo
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import CaseFile

MOST_PHOTOS = 9


def path_of(digest: str) -> Path:
    """Return where the bytes with a SHA-256 lie."""
    return Path(settings.MEDIA_ROOT) / digest[:2] / digest


def keep(data: bytes) -> str:
    """Write bytes whole (a temporary file, flushed to the disk, then renamed) and return their SHA-256."""
    digest = hashlib.sha256(data).hexdigest()
    path = path_of(digest)
    if path.exists():
        os.utime(path)  # so that the sweep sees it is wanted
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    os.replace(temporary, path)
    return digest


def bind(
    definition: Definition, asked: Collection[str], form: dict[str, Any], made: Iterable[CaseFile]
) -> dict[str, Any]:
    """Return a form in which fields for files list the ids of those really sent; ids that were typed into them are dropped.

    Raises BadAnswers naming the field of a file that was not ``asked`` for.
    """
    takes = {name for name, field in definition.fields.items() if field.type in ("photos", "files")}
    given = {name: value for name, value in form.items() if name not in takes}
    for file in made:
        if file.field not in takes or file.field not in asked:
            raise BadAnswers({file.field: _("这一步不收文件。")})
        given.setdefault(file.field, []).append(str(file.id))
    return given


def photos(uploads: Iterable[UploadedFile], *, field: str) -> list[CaseFile]:
    """Return unsaved attachments made of uploaded photos: checked by content, re-encoded, without metadata.

    Raises BadAnswers naming the field when one of them is refused; nothing is stored then that a row names.
    """
    uploads = list(uploads)
    if len(uploads) > MOST_PHOTOS:
        raise BadAnswers({field: _("最多 %(limit)d 张照片。") % {"limit": MOST_PHOTOS}})
    return [photo(upload.read(MAX_PHOTO_BYTES + 1), name=upload.name or "", field=field) for upload in uploads]


def photo(data: bytes, *, name: str, field: str) -> CaseFile:
    """Return one unsaved attachment made of the bytes of a photo; BadAnswers if they are refused."""
    try:
        made = sanitise_photo(data, name=name)
    except PhotoRefused as refusal:
        raise BadAnswers({field: str(refusal.message_zh)}) from refusal
    return CaseFile(
        field=field,
        name=f"{made.sha256[:12]}.jpg",
        mime="image/jpeg",
        size=len(made.jpeg),
        sha256=keep(made.jpeg),
        thumb_sha256=keep(made.thumbnail),
        width=made.width,
        height=made.height,
    )


def sweep(*, at: datetime, wanted: Collection[str] = ()) -> int:
    """Remove files that no attachment names and that are more than a day old; return how many.

    ``wanted``: checksums of files that something else still names (reports being written).
    """
    root, removed = Path(settings.MEDIA_ROOT), 0
    named = set(CaseFile.objects.values_list("sha256", flat=True)) | set(
        CaseFile.objects.values_list("thumb_sha256", flat=True)
    )
    named |= set(wanted)
    before = (at - timedelta(days=1)).timestamp()
    for path in root.glob("*/*") if root.is_dir() else ():
        if path.is_file() and path.name not in named and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
