"""Addresses of pages by name: as Django's ``reverse``, which a page asks for dozens of times, but worked out once per name."""

import re
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, get_urlconf, reverse

# Arguments that stand in an address as they are: codes, keys, numbers, ids.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*", re.ASCII)
_PROBE = "0probe{}0"


def address(name: str, *arguments: Any) -> str:
    """Return the address of a named page; NoReverseMatch if there is none."""
    urlconf = get_urlconf()
    if not arguments:
        return _plain(name, urlconf)
    said = [str(argument) for argument in arguments]
    parts = _parts(name, len(said), urlconf) if all(map(_PLAIN.fullmatch, said)) else None
    if parts is None:
        return reverse(name, urlconf=urlconf, args=arguments)
    return "".join([part for pair in zip(parts, said, strict=False) for part in pair]) + parts[-1]


@lru_cache(maxsize=2000)
def _plain(name: str, urlconf: str | None) -> str:
    return reverse(name, urlconf=urlconf)


@lru_cache(maxsize=2000)
def _parts(name: str, count: int, urlconf: str | None) -> list[str] | None:
    """The pieces of an address between its arguments; None where they are not any text (a number, an id, a path)."""
    probes = [_PROBE.format(number) for number in range(count)]
    try:
        text = reverse(name, urlconf=urlconf, args=probes)
    except NoReverseMatch:
        return None
    parts = re.split("|".join(probes), text)
    return (
        parts
        if len(parts) == count + 1 and text == "".join(map("".join, zip(parts, [*probes, ""], strict=True)))
        else None
    )
