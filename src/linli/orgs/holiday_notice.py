"""Reading the State Council's yearly notice on public holidays, pasted as it is published: days off and make-up working days.

The notice is a list such as 二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、
2月28日（周六）上班。 Nothing is guessed: what the notice says of itself (weekdays, counts of days) is held against what was read,
and each contradiction is named.
"""

import dataclasses
import re
import unicodedata
from datetime import date, timedelta

from django.utils.translation import gettext as _

MOST_SIGNS = 20_000
_DAY = re.compile(r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:\((?P<inside>[^()]{0,40})\))?")
_HEAD = re.compile(r"(?:^|\n)\s*[一二三四五六七八九十]{1,3}、\s*(?P<name>[^::\n。]{2,20}?)\s*:")
_COUNT = re.compile(r"共(\d{1,2})天")
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_WEEKDAYS = {sign: number for number, sign in enumerate("一二三四五六日")} | {"天": 6}


@dataclasses.dataclass(frozen=True, slots=True)
class NoticeDay:
    """A day that the notice names: off (a holiday or a day exchanged for one), or worked although it is a weekend."""

    day: date
    working: bool
    name: str


@dataclasses.dataclass(slots=True)
class Reading:
    """What was read: the days in order, and sentences on what does not fit. With problems nothing should be entered."""

    days: list[NoticeDay] = dataclasses.field(default_factory=list)
    problems: list[str] = dataclasses.field(default_factory=list)


def read_notice(text: str, *, year: int) -> Reading:
    """Return the days of a notice for ``year``. Days of the years before and after appear only where the notice names them."""
    reading = Reading()
    if len(text) > MOST_SIGNS:
        reading.problems.append(_("贴进来的文字太长，只要放假安排那一段。"))
        return reading
    text = unicodedata.normalize("NFKC", text).replace("\r", "\n")
    heads = list(_HEAD.finditer(text))
    if not heads:
        reading.problems.append(_("没有找到“一、元旦：……”这样的条目，请把通知里的放假安排整段贴进来。"))
        return reading
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        _read_item(head["name"].strip(), text[head.end() : end], year, reading)
    reading.days.sort(key=lambda one: one.day)
    _look_for_doubles(reading)
    return reading


def _read_item(name: str, text: str, year: int, reading: Reading) -> None:
    off: list[date] = []
    stated = 0
    for sentence in re.split(r"[。;\n]", text):
        resting, working = "放假" in sentence, "上班" in sentence
        if resting == working:
            continue
        for first, last in _ranges(sentence, name, year, reading):
            days = [first + timedelta(number) for number in range((last - first).days + 1)]
            reading.days += [NoticeDay(day, working, name) for day in days]
            if resting:
                off += days
        if resting and (count := _COUNT.search(sentence)):
            stated += int(count[1])
    if not off:
        reading.problems.append(_("“%(name)s”里没有读到放假的日期。") % {"name": name})
    elif stated and stated != len(off):
        reading.problems.append(
            _("“%(name)s”写着共 %(stated)d 天，读到的却是 %(found)d 天。")
            % {"name": name, "stated": stated, "found": len(off)}
        )


def _ranges(sentence: str, name: str, year: int, reading: Reading) -> list[tuple[date, date]]:
    """The days of a sentence as (first, last): '10月1日至7日' is one, '9月28日、10月11日' are two."""
    found: list[tuple[date, date]] = []
    month, in_year, end_of_last, last = 0, year, -1, None
    for match in _DAY.finditer(sentence):
        # a day in brackets (the eve of the lunar year) explains another one
        month = int(match["month"]) if match["month"] else month
        in_year = int(match["year"]) if match["year"] else in_year
        try:
            day = date(in_year, month, int(match["day"]))
        except ValueError:
            reading.problems.append(_("“%(name)s”里的“%(text)s”不是一个日期。") % {"name": name, "text": match[0]})
            continue
        said = _WEEKDAY.search(match["inside"] or "")
        if said and _WEEKDAYS[said[1]] != day.weekday():
            reading.problems.append(
                _("“%(name)s”里的“%(text)s”对不上：%(year)d年这一天不是周%(said)s。年份选对了吗？")
                % {"name": name, "text": match[0], "year": day.year, "said": said[1]}
            )
        between = sentence[end_of_last : match.start()] if end_of_last >= 0 else ""
        if last is not None and between.strip() in ("至", "到", "-", "—", "~"):
            if not timedelta(0) < day - last <= timedelta(20):
                reading.problems.append(
                    _("“%(name)s”里“%(text)s”之前的起止颠倒了。") % {"name": name, "text": match[0]}
                )
            else:
                found[-1] = (last, day)
            last = None
        else:
            found.append((day, day))
            last = day
        end_of_last = match.end()
    return found


def _look_for_doubles(reading: Reading) -> None:
    kinds: dict[date, bool] = {}
    for one in reading.days:
        if kinds.setdefault(one.day, one.working) != one.working:
            reading.problems.append(_("%(day)s 既放假又上班。") % {"day": one.day.isoformat()})
    unique = {one.day: one for one in reversed(reading.days)}
    reading.days = [unique[day] for day in sorted(unique)]
