"""The clock of a row in a list: its state and what is left, in working time, from the due moment alone."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.calendar import Duration, Unit
from linli.procedures.clocks import calendar_of

WORKING = Duration(1, Unit.WORKING_DAYS)
SOON = timedelta(hours=4)


def row_clock(row: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return {state ok|soon|over|off, word, text, used} for a case's row.

    What is left is said in the working time of the unit that holds it. A row is 'soon' from one working day before its due moment
    (or a fifth of its time, where that is shorter).
    """
    if row["suspended"]:
        return {"state": "off", "word": _("挂账"), "text": _("停表"), "used": 0}
    due = row["due_at"]
    if due is None:
        return {"state": "off", "word": _("不计时"), "text": "", "used": 0}
    calendar = calendar_of(row["holder_unit_id"])
    left = calendar.remaining(at, due, WORKING)
    total = max((due - row["entered_at"]).total_seconds(), 60)
    used = min(100, max(0, int(100 * (at - row["entered_at"]).total_seconds() / total)))
    if left.overdue:
        state, word, used = "over", _("超期"), 100
    elif used >= 80 or due - at <= SOON:
        state, word = "soon", _("将到期")
    else:
        state, word = "ok", _("在期")
    return {
        "state": state,
        "word": word,
        "text": left.en() if (get_language() or "").startswith("en") else left.zh(),
        "used": used,
    }
