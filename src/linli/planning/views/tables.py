"""Figures of several ways to divide beside each other, as rows of words."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from linli.planning.queries import Column, signed

WIDE = 250.0
"""Units of the line on which grids are dots."""


def compared(columns: Sequence[Column]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the rows of the table of comparison: what is compared, then (figure, small) for each column."""

    def end(one: Column, name: str) -> tuple[str, str]:
        found = one.figures[name]
        return ("—", "") if found is None else (_("%(n)s 户") % {"n": found["households"]}, signed(found["deviation"]))

    def moved(one: Column) -> tuple[str, str]:
        if one.plan is None:
            return "—", ""
        return _("%(n)s 户") % {"n": f"{one.figures['moved']:,}"}, f"{one.figures['moved_share'] * 100:.0f}%"

    return [
        (_("网格"), [(_("%(n)d 个") % {"n": one.figures["count"]}, "") for one in columns]),
        (_("最重的网格"), [end(one, "most") for one in columns]),
        (_("最轻的网格"), [end(one, "least") for one in columns]),
        (_("超过偏差的"), [(_("%(n)d 个") % {"n": len(one.figures["over"])}, "") for one in columns]),
        (_("跨河的网格"), [(_("%(n)d 个") % {"n": one.figures["across_water"]}, "") for one in columns]),
        (_("要换网格的户"), [moved(one) for one in columns]),
        (_("边界总长"), [(_("%(n)s 公里") % {"n": f"{one.figures['border_m'] / 1000:.1f}"}, "") for one in columns]),
        (_("多拆的小区块"), [(_("%(n)d 块") % {"n": one.figures["compound_pieces"]}, "") for one in columns]),
        (_("不相连的网格"), [(_("%(n)d 个") % {"n": len(one.figures["broken"])}, "") for one in columns]),
    ]


def spread(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return for each column its grids as dots on a line: how far from the mean, those at one place above each other."""
    most = max((abs(grid["deviation"]) for one in columns for grid in one.figures["grids"].values()), default=0.0)
    reach = max(most, 0.05)
    found = []
    for one in columns:
        dots: list[tuple[float, float]] = []
        for deviation in sorted(grid["deviation"] for grid in one.figures["grids"].values()):
            x = round(20 + (deviation / reach + 1) / 2 * WIDE, 1)
            level = sum(abs(x - other) < 7 for other, _y in dots)
            dots.append((x, max(20 - 7 * level, -8)))
        counts = [grid["households"] for grid in one.figures["grids"].values()]
        apart = max(counts, default=0) - min(counts, default=0)
        found.append({"name": one.name, "dots": dots, "apart": apart, "current": one.current, "middle": 20 + WIDE / 2})
    return found
