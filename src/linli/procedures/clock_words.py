"""The clock of a row in a list: its state and what is left, in working time, from the moments kept with the case."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.calendar import Duration, Standing, Unit
from linli.procedures.clocks import SOON, calendar_of

WORKING = Duration(1, Unit.WORKING_DAYS)


class RowClocks:
    """Reads the clocks of the rows of one list at one moment."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._english = (get_language() or "").startswith("en")
        self._words = {"over": _("超期"), "soon": _("将到期"), "ok": _("在期")}
        self._suspended = {"state": "off", "word": _("挂账"), "text": _("停表"), "used": 0}
        self._timeless = {"state": "off", "word": _("不计时"), "text": "", "used": 0}
        self._standing: dict[int, Standing] = {}

    def read(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return {state ok|soon|over|off, word, text, used} for a case's row.

        What is left is said in the working time of the unit that holds it. A row is 'soon' from the moment that the case keeps for it,
        so that it has the colour of its page. What is used runs evenly up to that moment, and from it to the due moment.
        """
        if row["suspended"]:
            return self._suspended
        due = row["due_at"]
        if due is None:
            return self._timeless
        at, unit_id = self._at, row["holder_unit_id"]
        standing = self._standing.get(unit_id)
        if standing is None:
            standing = self._standing[unit_id] = calendar_of(unit_id).standing(at)
        left = standing.remaining(due, WORKING)
        soon = row["yellow_at"] or due
        if left.overdue:
            state, used = "over", 100
        elif at >= soon:
            state, used = "soon", SOON + _part(soon, at, due, 100 - SOON)
        else:
            state, used = "ok", min(SOON - 1, _part(row["entered_at"], at, soon, SOON))
        text = left.en() if self._english else left.zh()
        return {"state": state, "word": self._words[state], "text": text, "used": used}


def _part(first: datetime, at: datetime, last: datetime, of: int) -> int:
    """How much of a whole ``of`` is gone between two moments."""
    return max(0, int(of * ((at - first) / (last - first)))) if last > first else 0


def row_clock(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return the clock of one row (for several, ``RowClocks``)."""
    return RowClocks(at).read(row)
