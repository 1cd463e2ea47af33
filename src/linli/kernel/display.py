"""How days, moments and texts are written on pages: Shanghai time, 2026年11月22日, relative times in lists."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from linli.kernel.calendar import parse_duration

SHANGHAI = ZoneInfo("Asia/Shanghai")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def _english() -> bool:
    return (get_language() or "").startswith("en")


def local(at: datetime) -> datetime:
    """Return the moment in Shanghai time."""
    return at.astimezone(SHANGHAI)


def day(at: datetime | date | None, *, year: bool = True) -> str:
    """2026年11月22日, or 22 November 2026."""
    if at is None:
        return ""
    on = local(at) if isinstance(at, datetime) else at
    if _english():
        return f"{on.day} {_MONTHS[on.month - 1]}" + (f" {on.year}" if year else "")
    return (f"{on.year}年" if year else "") + f"{on.month}月{on.day}日"


def clock_time(at: datetime | None) -> str:
    """09:05."""
    return "" if at is None else local(at).strftime("%H:%M")


def moment(at: datetime | None, *, year: bool = False) -> str:
    """11月22日 09:05."""
    return "" if at is None else f"{day(at, year=year)} {clock_time(at)}"


def iso(at: datetime | None) -> str:
    """The moment for machines, in UTC."""
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds")[:-6] + "Z"


def ago(at: datetime | None, now: datetime) -> str:
    """刚刚 / 5分钟前 / 3小时前 / 昨天 / 4天前, and the day itself when it is longer ago than a month (with its year if that is another)."""
    if at is None:
        return ""
    seconds = int((now - at).total_seconds())
    if seconds < 3600:
        return _since(get_language(), max(0, seconds // 60), 0, 0)
    here, there = local(now), local(at)
    days = here.toordinal() - there.toordinal()
    if days < 31:
        return _since(get_language(), 60, seconds // 3600, days)
    return day(at, year=here.year != there.year)


@lru_cache(maxsize=1000)
def _since(language: str | None, minutes: int, hours: int, days: int) -> str:
    """The words of ``ago`` for so many whole minutes (60: an hour or more), hours (of the same day) and days."""
    if minutes < 60:
        return ngettext("%(count)d分钟前", "%(count)d分钟前", minutes) % {"count": minutes} if minutes else _("刚刚")
    if days == 0:
        return ngettext("%(count)d小时前", "%(count)d小时前", hours) % {"count": hours}
    return _("昨天") if days == 1 else ngettext("%(count)d天前", "%(count)d天前", days) % {"count": days}


def paragraphs(text: str) -> SafeString:
    """Plain text as HTML paragraphs; everything in it is escaped."""
    parts = [part.strip() for part in text.split("\n") if part.strip()]
    return mark_safe("".join(f"<p>{escape(part)}</p>" for part in parts))


def duration(text: str) -> str:
    """A stored duration ('3 working days') in the reader's language."""
    if not text:
        return ""
    found = parse_duration(text)
    return str(found) if _english() else found.zh
