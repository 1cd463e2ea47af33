"""From the address of a list to what it shows, and the chips above it that change the address."""

import dataclasses
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from django.http import HttpRequest, QueryDict
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.addresses import address
from linli.kernel.display import day
from linli.kernel.memo import remember
from linli.kernel.text import whole
from linli.orgs.units import units
from linli.procedures import queries
from linli.procedures.definitions import in_force
from linli.procedures.enums import State, Urgency
from linli.procedures.paging import ORDERS
from linli.procedures.registry import facets
from linli.procedures.rows import names_of_grids

WHOSE = ("todo", "waiting", "others", "approve", "unit", "mine", "watched", "took_part")
STATES = {"open": State.OPEN, "ended": State.ENDED, "all": ""}
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Chip(NamedTuple):
    """A filter above a list: whether it narrows, what is chosen, and the choices as (label, address, whether it is chosen)."""

    label: str
    on: bool
    chosen: str
    choices: tuple[tuple[str, str, bool], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: the filter, the order, and the parameters that say so (without the page)."""

    filter: queries.Filter
    order: str
    said: dict[str, str]

    @property
    def narrowed(self) -> bool:
        """Whether anything but whose list it is was chosen."""
        return bool(self.said.keys() - {"whose", "sort"})

    def link(self, **changes: str) -> str:
        """Return the address of the same list with some parameters changed (dropped where empty)."""
        kept = {key: value for key, value in {**self.said, **changes}.items() if value}
        return address("procedures:inbox") + (f"?{urlencode(kept)}" if kept else "")

    def links(self, name: str, values: Iterable[str]) -> Iterator[str]:
        """Yield the addresses of the same list with one parameter set to each of some values (dropped where empty)."""
        without = self.link(**_with(name, ""))
        joined = f"{without}{'&' if '?' in without else '?'}{name}="
        for value in values:
            yield joined + quote_plus(value) if value else without


def read(request: HttpRequest) -> Asked:
    """Read a list's address."""
    return parse(request.GET)


def parse(asked: QueryDict) -> Asked:
    """Read the parameters of a list; what makes no sense is left out, so that the page never shows more than it says."""
    get = {key: value.strip()[:100] for key, value in asked.items() if value.strip() and key != "cursor"}
    said: dict[str, str] = {}

    def take(name: str, fits: bool) -> str:
        if fits and name in get:
            said[name] = get[name]
            return get[name]
        return ""

    def number(name: str) -> int | None:
        return whole(take(name, whole(get.get(name, "")) is not None))

    def on(name: str) -> date | None:
        try:
            found = date.fromisoformat(get.get(name, ""))
        except ValueError:
            return None
        take(name, True)
        return found

    outcomes = take("outcome", all(KEY.fullmatch(one) for one in get.get("outcome", "").split(",")))
    place = get.get("place", "")
    wanted = queries.Filter(
        whose=take("whose", get.get("whose") in WHOSE) or "todo",
        unit_id=number("unit"),
        when=take("when", get.get("when") in ("overdue", "today")),
        procedure=take("procedure", bool(KEY.fullmatch(get.get("procedure", "")))),
        step=take("step", bool(KEY.fullmatch(get.get("step", "")))),
        urgency=number("urgency"),
        grid_id=number("grid"),
        state=STATES[take("state", get.get("state") in STATES) or "open"],
        outcomes=tuple(outcomes.split(",")) if outcomes else (),
        place=take("place", place.isascii() and place.isdecimal() and 2 <= len(place) <= 12),
        through=number("through"),
        dated=take("dated", get.get("dated") in {*queries.DATES, *queries.registry.dates()}),
        since=on("since"),
        until=on("until"),
        facets=tuple(
            (key, value)
            for key, facet in facets().items()
            if (value := take(key, get.get(key) in {one for one, _label in facet.choices()}))
        ),
        text=take("text", True),
    )
    return Asked(wanted, take("sort", get.get("sort") in ORDERS) or "due", said)


def chips(asked: Asked, by: Any) -> tuple[Chip, ...]:
    """Return the filters above a list."""
    groups = [
        ("grid", _("网格"), [(str(pk), name) for pk, name in _own_grids(by)]),
        *((key, str(one.label), one.choices()) for key, one in facets().items() if one.offered),
        ("step", _("环节"), _steps(asked)),
    ]
    every = _("全部")
    return tuple(_chip(asked, key, label, [("", every), *choices]) for key, label, choices in groups if choices)


def more(asked: Asked) -> tuple[bool, str, tuple[Chip, ...]]:
    """Return the filters that are rarely wanted, behind one chip (procedure, urgency, running or ended): whether one narrows, which, all."""
    language = get_language()
    kinds = [(key, one.definition.name.in_(language)) for key, one in in_force().items()]
    groups = [
        _chip(asked, "procedure", _("流程"), [("", _("全部")), *kinds]),
        _chip(
            asked, "urgency", _("紧急"), [("", _("全部")), *((str(key), str(name)) for key, name in Urgency.choices)]
        ),
        _chip(asked, "state", _("状态"), [("", _("在办")), ("ended", _("已结束")), ("all", _("在办和已结束"))]),
    ]
    chosen = [one.chosen for one in groups if one.on]
    return bool(chosen), _("、").join(chosen), tuple(groups)


def orders(asked: Asked) -> Chip:
    """Return the chip by which the list is sorted."""
    return _chip(asked, "sort", _("排序"), [("", _("先到期")), ("urgency", _("最紧急")), ("newest", _("最新"))])


def _chip(asked: Asked, key: str, label: str, choices: Iterable[tuple[str, str]]) -> Chip:
    return _made(tuple(asked.said.items()), key, label, tuple(choices))


@lru_cache(maxsize=2000)
def _made(said: tuple[tuple[str, str], ...], key: str, label: str, choices: tuple[tuple[str, str], ...]) -> Chip:
    """The same parameters and words make the same chip: its addresses are worked out once."""
    asked = Asked(queries.Filter(), "", dict(said))
    chosen = asked.said.get(key, "")
    links = asked.links(key, [value for value, _name in choices])
    return Chip(
        label,
        bool(chosen),
        next((name for value, name in choices if value == chosen), choices[0][1]),
        tuple((name, href, value == chosen) for (value, name), href in zip(choices, links, strict=True)),
    )


def _with(key: str, value: str) -> dict[str, str]:
    """A step belongs to its procedure: another procedure drops it."""
    return {key: value, "step": ""} if key == "procedure" else {key: value}


def _own_grids(by: Any) -> list[tuple[int, str]]:
    """The grids of the communities in which somebody works."""
    mine = sorted({post.unit.division_code for post in by.posts if post.unit.level == 5})
    return [grid for code in mine for grid in _grids_below(code)]


def _grids_below(code: str) -> list[tuple[int, str]]:
    def load() -> list[tuple[int, str]]:
        return [(pk, name) for pk, (name, below) in names_of_grids().items() if below.startswith(code)]

    return remember(f"procedures:grids:{code}", load, seconds=60)


def _steps(asked: Asked) -> list[tuple[str, str]]:
    found = in_force().get(asked.filter.procedure or "matter")
    if found is None:
        return []
    language = get_language()
    return [
        (key, found.definition.step_name(key, language))
        for key, step in found.definition.steps.items()
        if step.kind != "end"
    ]


def conditions(asked: Asked) -> list[dict[str, str]]:
    """Return what else narrows the list, in words, each with the address that drops it."""
    wanted, found = asked.filter, []

    def condition(label: str, *names: str) -> None:
        found.append({"label": label, "href": asked.link(**dict.fromkeys(names, ""))})

    if wanted.when:
        condition({"overdue": _("超期"), "today": _("今天到期")}[wanted.when], "when")
    if wanted.text:
        condition(_("有“%(text)s”的") % {"text": wanted.text}, "text")
    if wanted.place:
        unit = units().governing.get(wanted.place.ljust(12, "0"))
        condition(unit.label if unit else wanted.place, "place")
    if wanted.through and (unit := units().get(wanted.through)):
        condition(_("%(unit)s 经手的") % {"unit": unit.label}, "through")
    if wanted.unit_id and (unit := units().get(wanted.unit_id)):
        condition(_("在 %(unit)s 手里的") % {"unit": unit.label}, "unit")
    for key, value in wanted.facets:
        if not facets()[key].offered:
            condition(dict(facets()[key].choices())[value], key)
    if wanted.outcomes:
        condition(
            _("结果：%(outcomes)s") % {"outcomes": _("、").join(_outcome(one) for one in wanted.outcomes)}, "outcome"
        )
    if wanted.dated and (wanted.since or wanted.until):
        words = {"created": _("提交于"), "ended": _("结束于"), "rated": _("评价于")}.get(wanted.dated, wanted.dated)
        condition(f"{words} {day(wanted.since)} – {day(wanted.until)}", "dated", "since", "until")
    return found


def _outcome(key: str) -> str:
    """An outcome by the name of the end that has it."""
    for one in in_force().values():
        for name, step in one.definition.steps.items():
            if step.kind == "end" and step.outcome == key:
                return one.definition.step_name(name, get_language())
    return key
