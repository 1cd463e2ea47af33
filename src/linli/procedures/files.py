"""Attachments: bytes under the media folder by their checksum, written whole before the transaction that names them.

A file that no row names (the transaction failed, the server was killed) is harmless and is swept after a day; a row whose file is not
whole cannot exist.
"""

import base64
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from linli.kernel.images import MAX_PHOTO_BYTES, PhotoRefused, sanitise_photo
from linli.procedures.documents import MAX_BYTES, DocumentRefused, checked, is_photo
from linli.procedures.errors import BadAnswers
from linli.procedures.grammar.definition import Definition
from linli.procedures.models import CaseFile

MOST_PHOTOS = MOST_FILES = 9
MOST_DRAWN = 400_000
# types of fields that files answer
_TAKES = ("photos", "files", "signature")


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
    kinds = {name: field.type for name, field in definition.fields.items() if field.type in _TAKES}
    given = {name: value for name, value in form.items() if kinds.get(name) not in ("photos", "files")}
    for name in [name for name, value in given.items() if kinds.get(name) == "signature" and is_file_id(value)]:
        del given[name]
    for file in made:
        if file.field not in kinds or file.field not in asked:
            raise BadAnswers({file.field: _("这一步不收文件。")})
        if kinds[file.field] == "signature":
            given[file.field] = str(file.id)
        else:
            given.setdefault(file.field, []).append(str(file.id))
    return given


def is_file_id(value: Any) -> bool:
    """Whether an answer is the id of a file (a signature that was drawn; one that was typed is a name)."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None


def photos(uploads: Iterable[UploadedFile], *, field: str) -> list[CaseFile]:
    """Return unsaved attachments made of uploaded photos: checked by content, re-encoded, without metadata.

    Raises BadAnswers naming the field when one of them is refused; nothing is stored then that a row names.
    """
    uploads = list(uploads)
    if len(uploads) > MOST_PHOTOS:
        raise BadAnswers({field: _("最多 %(limit)d 张照片。") % {"limit": MOST_PHOTOS}})
    return [photo(upload.read(MAX_PHOTO_BYTES + 1), name=upload.name or "", field=field) for upload in uploads]


def documents(uploads: Iterable[UploadedFile], *, field: str, most: int = MOST_FILES) -> list[CaseFile]:
    """Return unsaved attachments made of uploaded documents, checked by content and kept as sent, and photos among them as photos.

    Raises BadAnswers naming the field, and the file, when one of them is refused.
    """
    uploads = list(uploads)
    if len(uploads) > most:
        raise BadAnswers({field: _("最多 %(limit)d 个文件。") % {"limit": most}})
    return [_document(upload.read(MAX_BYTES + 1), name=upload.name or "", field=field) for upload in uploads]


def _document(data: bytes, *, name: str, field: str) -> CaseFile:
    if is_photo(data):
        return photo(data, name=name, field=field)
    try:
        made = checked(data, name=name)
    except DocumentRefused as refusal:
        shown = "".join(sign for sign in name[:200] if sign.isprintable())[:60]
        raise BadAnswers({field: f"{shown}：{refusal}" if shown else str(refusal)}) from refusal
    return CaseFile(field=field, name=made.name, mime=made.mime, size=len(data), sha256=keep(data))


def signature(drawn: str, *, field: str) -> CaseFile:
    """Return one unsaved attachment made of a signature drawn on a page (a data URL of a PNG); BadAnswers if it is none."""
    head, _comma, body = drawn.partition(",")
    try:
        if head != "data:image/png;base64" or len(body) > MOST_DRAWN:
            raise ValueError
        data = base64.b64decode(body, validate=True)
    except ValueError as error:
        raise BadAnswers({field: _("签名没有存下来，请重新签，或者键入姓名。")}) from error
    made = photo(data, name="", field=field)
    made.name = "signature.jpg"
    return made


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
