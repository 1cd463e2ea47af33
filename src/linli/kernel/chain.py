"""Hash chains: each record carries the hash of the one before it, so that a change of the past shows."""

import hashlib
import json
from typing import Any

GENESIS = "0" * 64


def canonical(content: dict[str, Any]) -> bytes:
    """Return one fixed byte form of ``content``: sorted keys, no spaces, UTF-8.

    ``content`` may hold strings, integers, booleans, None, lists and dicts. Floats are refused: two databases may write the
    same float differently (numbers with a fraction are stored as strings).
    """
    _refuse_floats(content)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def link(previous: str, content: dict[str, Any]) -> str:
    """Return the SHA-256 (64 hex digits) that binds ``content`` to the hash ``previous``."""
    return hashlib.sha256(previous.encode() + b"\n" + canonical(content)).hexdigest()


def _refuse_floats(value: Any) -> None:
    kind = type(value)
    if kind is str or kind is int:
        return
    if isinstance(value, float):
        raise TypeError("a chained record must not hold floats: write the number as a string")
    if isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str):
                raise TypeError("keys of a chained record are strings")
            _refuse_floats(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _refuse_floats(part)
