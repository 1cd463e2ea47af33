"""Photos of a form that could not be taken: the form carries them, signed, until it is sent again.

Their bytes lie under the media folder already; what no attachment names is swept after a day, and so long a form carries them.
"""

from collections.abc import Sequence
from uuid import UUID

from django.core import signing

from linli.procedures.models import CaseFile

FIELDS = ("field", "name", "mime", "size", "sha256", "thumb_sha256", "width", "height")
LONGEST = 20 * 3600


def pack(files: Sequence[CaseFile], case_id: UUID) -> str:
    """Return unsaved attachments as a value for a hidden field, good for this case only; '' for none."""
    rows = [[getattr(file, name) for name in FIELDS] for file in files]
    return signing.dumps(rows, salt=_salt(case_id), compress=True) if rows else ""


def unpack(text: str, case_id: UUID) -> list[CaseFile]:
    """Return the attachments that a form carries; none where it carries nothing, or nothing that this platform signed in time."""
    try:
        rows = signing.loads(text, salt=_salt(case_id), max_age=LONGEST) if text else []
    except signing.BadSignature:
        return []
    return [CaseFile(**dict(zip(FIELDS, row, strict=True))) for row in rows]


def _salt(case_id: UUID) -> str:
    return f"linli.matters.carried:{case_id.hex}"
