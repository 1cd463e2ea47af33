"""What somebody had written when their session ended: kept, signed, through the sign-in, and handed in again with one press.

Only texts are kept, never files or passwords. The token goes through the sign-in form as a hidden field; nothing is stored for
somebody who has not signed in.
"""

import dataclasses
import re

from django.core import signing
from django.http import HttpRequest, QueryDict

MOST_BYTES = 50_000
LIFE = 2 * 3600
_SALT = "linli.resume"
# at the beginning of a word of the name: client_secret is one, opinion is none
_SECRET = re.compile("(?:^|[^a-z])(password|otp|secret|pin)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """A posted form: where it was going, its fields in order, and the names of the files that have to be chosen again."""

    path: str
    fields: list[tuple[str, str]]
    files: list[str]


def pack(request: HttpRequest) -> str:
    """Return the posted form of a request as a signed text, or the empty string if it holds secrets or too much."""
    form: QueryDict = request.POST
    fields = [(name, value) for name, values in form.lists() if name != "csrfmiddlewaretoken" for value in values]
    if any(_SECRET.search(name) for name, _value in fields):
        return ""
    if sum(len(name.encode()) + len(value.encode(errors="replace")) for name, value in fields) > MOST_BYTES:
        return ""
    files = [file.name or "" for _name, values in request.FILES.lists() for file in values]
    kept = {"p": request.get_full_path(), "f": fields, "n": [name[:120] for name in files]}
    return signing.dumps(kept, salt=_SALT, compress=True)


def unpack(token: str) -> Kept | None:
    """Return what ``pack`` kept, or None if it is older than two hours, or not ours."""
    if not token or len(token) > 2 * MOST_BYTES:
        return None
    try:
        kept = signing.loads(token, salt=_SALT, max_age=LIFE)
    except signing.BadSignature:
        return None
    return Kept(kept["p"], [(name, value) for name, value in kept["f"]], list(kept["n"]))
