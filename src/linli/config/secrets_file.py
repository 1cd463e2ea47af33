"""The secrets of an installation: drawn once, kept in `<var>/secrets.json`, readable by the owner alone.

They belong to the database: without `field_key` the contacts in it cannot be read, so a backup needs this file too.
"""

import base64
import contextlib
import json
import os
import secrets
import tempfile
from pathlib import Path

NAME = "secrets.json"
FIELDS = ("django_secret", "field_key", "blind_index_key")


def load(var_dir: Path | str) -> dict[str, str]:
    """Return `django_secret`, `field_key` (Fernet: 32 bytes in URL-safe base64) and `blind_index_key` (32 bytes, hex).

    Drawn and stored at the first call; two processes that start together get the same.
    Raises ValueError when the file is damaged.
    """
    path = Path(var_dir) / NAME
    if not path.exists():
        _create(path)
    return _read(path)


def _read(path: Path) -> dict[str, str]:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    try:
        values = json.loads(path.read_text("ascii"))
        found = {name: values[name] for name in FIELDS}
        key = base64.urlsafe_b64decode(found["field_key"])
        whole = (
            len(key) == 32 and len(bytes.fromhex(found["blind_index_key"])) == 32 and len(found["django_secret"]) >= 50
        )
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise ValueError(f"{path} is damaged: restore it from a backup (without it, stored contacts cannot be read)")
    return found


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    values = {
        "django_secret": secrets.token_urlsafe(64),
        "field_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "blind_index_key": secrets.token_hex(32),
    }
    # mkstemp makes the file 0600; the link appears whole or not at all, and only the first of several gets the name.
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{NAME}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(values, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
