"""What is left of a clock, or how far past it is, in words."""

from datetime import timedelta
from typing import NamedTuple

from .durations import Unit, english_count


class Remaining(NamedTuple):
    """Time between now and a deadline; all amounts are zero or more and `overdue` says on which side of it now is.

    working_days: working days from the earlier one's day (not counted) to the later one's day (counted).
    working_minutes: whole office minutes between. clock: time between by the wall clock.
    spoken: the unit it is best said in (WORKING_DAYS, WORKING_HOURS, DAYS or HOURS).
    """

    overdue: bool
    working_days: int
    working_minutes: int
    clock: timedelta
    spoken: Unit

    def zh(self) -> str:
        """'还剩 1 个工作日', '还剩 2 工作小时 30 分', '已超 3 个工作日', '还剩 5 小时 20 分'."""
        words = self._chinese_amount()
        if not words:
            return "已超期" if self.overdue else "还剩不到 1 分钟"
        return f"{'已超' if self.overdue else '还剩'} {words}"

    def en(self) -> str:
        """'1 working day left', '2 working hours 30 minutes left', '3 working days overdue'."""
        words = self._english_amount()
        if not words:
            return "overdue" if self.overdue else "less than a minute left"
        return f"{words} {'overdue' if self.overdue else 'left'}"

    def _parts(self) -> tuple[int, int]:
        """The two numbers said: (days, hours) by the clock, else (hours, minutes)."""
        if self.spoken is Unit.DAYS:
            return self.clock.days, self.clock.seconds // 3600
        working = self.spoken is Unit.WORKING_HOURS
        return divmod(self.working_minutes if working else self.clock // timedelta(minutes=1), 60)

    def _chinese_amount(self) -> str:
        if self.spoken is Unit.WORKING_DAYS:
            return f"{self.working_days} 个工作日"
        large, small = self._parts()
        if self.spoken is Unit.DAYS:
            names = ("天", "小时")
        elif self.spoken is Unit.WORKING_HOURS:
            names = ("工作小时", "分" if large else "工作分钟")
        else:
            names = ("小时", "分" if large else "分钟")
        said = zip((large, small), names, strict=True)
        return " ".join(f"{amount} {name}" for amount, name in said if amount)

    def _english_amount(self) -> str:
        if self.spoken is Unit.WORKING_DAYS:
            return english_count(self.working_days, "working day")
        large, small = self._parts()
        if self.spoken is Unit.DAYS:
            names = ("day", "hour")
        elif self.spoken is Unit.WORKING_HOURS:
            names = ("working hour", "minute" if large else "working minute")
        else:
            names = ("hour", "minute")
        said = zip((large, small), names, strict=True)
        return " ".join(english_count(amount, name) for amount, name in said if amount)
