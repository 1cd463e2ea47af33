"""The Chinese working calendar and the arithmetic of clocks: pure functions of their inputs, no Django, no database.

Times go in as aware datetimes and come out as aware datetimes in UTC; days are `datetime.date` in the calendar's zone.
"""

from .days import DayEntry
from .durations import Duration, DurationError, Unit, parse_duration
from .officehours import OfficeHours
from .remaining import Remaining
from .suspensions import Suspension
from .workcalendar import Standing, WorkCalendar

__all__ = [
    "DayEntry",
    "Duration",
    "DurationError",
    "OfficeHours",
    "Remaining",
    "Standing",
    "Suspension",
    "Unit",
    "WorkCalendar",
    "parse_duration",
]
