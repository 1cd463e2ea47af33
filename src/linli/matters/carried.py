"""Photos of a form that could not be taken: the form carries them, signed, until it is sent again.

Their bytes lie under the media folder already; what no attachment names is swept after a day, and so long a form carries them.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from linli.procedures import files
from linli.procedures.errors import BadAnswers
from linli.procedures.models import CaseFile

FIELDS = ("field", "name", "mime", "size", "sha256", "thumb_sha256", "width", "height")
LONGEST = 20 * 3600


def pack(attached: Sequence[CaseFile], form_id: UUID) -> str:
    """Return unsaved attachments as a value for a hidden field, good for this form only (by the id of its case, or its own); '' for none."""
    rows = [[getattr(file, name) for name in FIELDS] for file in attached]
    return signing.dumps(rows, salt=_salt(form_id), compress=True) if rows else ""


def unpack(text: str, form_id: UUID) -> list[CaseFile]:
    """Return the attachments that a form carries; none where it carries nothing, or nothing that this platform signed in time."""
    try:
        rows = signing.loads(text, salt=_salt(form_id), max_age=LONGEST) if text else []
    except signing.BadSignature:
        return []
    return [CaseFile(**dict(zip(FIELDS, row, strict=True))) for row in rows]


def photos(text: str, form_id: UUID, uploads: Iterable[UploadedFile]) -> list[CaseFile]:
    """Return the photos that came with a form, after those that it carries from when it was sent before; BadAnswers where one is refused."""
    kept = unpack(text, form_id)
    known = {file.sha256 for file in kept}
    found = kept + [file for file in files.photos(uploads, field="photos") if file.sha256 not in known]
    if len(found) > files.MOST_PHOTOS:
        raise BadAnswers({"photos": _("最多 %(limit)d 张照片。") % {"limit": files.MOST_PHOTOS}})
    return found


def _salt(form_id: UUID) -> str:
    return f"linli.matters.carried:{form_id.hex}"
