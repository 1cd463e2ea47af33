"""Names and keys of a plan's grids: one that continues a grid of today keeps its name and its id as key, others get the next number."""

import re
from collections.abc import Mapping
from typing import Any, TypedDict

from django.utils import translation
from django.utils.translation import gettext as _


class Named(TypedDict):
    """A grid of a plan: ``grid`` is the id of the grid in force that it continues, None for a new one."""

    name: str
    community: str
    grid: int | None


def named(
    data: Mapping[str, Any], raw: Mapping[str, str], continues: Mapping[str, str]
) -> tuple[dict[str, Named], dict[str, str]]:
    """Return the grids of a plan by key, and the key of each label that the library gave."""
    home = {raw[unit["id"]]: unit["community"] for unit in data["units"]}
    taken: dict[str, set[str]] = {}
    for one in data["todays"].values():
        taken.setdefault(one["community"], set()).add(one["name"])
    grids: dict[str, Named] = {}
    keys: dict[str, str] = {}
    for number, label in enumerate(sorted(home, key=lambda one: (home[one], _natural(one)))):
        before, community = continues.get(label), home[label]
        if before is not None and data["todays"][before]["community"] == community:
            keys[label] = before
            grids[before] = Named(name=data["todays"][before]["name"], community=community, grid=int(before))
        else:
            keys[label] = f"n{number + 1}"
            name = fresh(taken.setdefault(community, set()))
            grids[keys[label]] = Named(name=name, community=community, grid=None)
    return grids, keys


def fresh(taken: set[str]) -> str:
    """Return the next name that no grid of the community has, written as its others are, and take it.

    Names are data: they do not follow the reader's language.
    """
    with translation.override("zh-hans"):
        before, after = _("第%(number)d网格").split("%(number)d")
    for name in sorted(taken):
        if (found := re.fullmatch(r"(\D*)\d+(\D*)", name)) and (found[1] or found[2]):
            before, after = found[1], found[2]
            break
    known = {_plain(name) for name in taken}
    number = 1
    while _plain(name := f"{before}{number}{after}") in known:
        number += 1
    taken.add(name)
    return name


def _plain(name: str) -> str:
    return "".join(name.split())


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text) if part]
