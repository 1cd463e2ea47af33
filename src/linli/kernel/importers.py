"""What `linli import` can read: areas register a function per kind of record, the command and the pages call it.

An importer reads the whole file, names every problem with its row, and writes all of it or nothing: it is called as
``run(path, dry_run=…, progress=…)``, returns a ``Report`` and raises ``ImportRefused`` with everything that was wrong.
"""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

# the step at hand, rows done, rows in all (0: not known)
Progress = Callable[[str, int, int], None]
MOST_SHOWN = 200


@dataclasses.dataclass(slots=True)
class Problems:
    """What is wrong in a file, by row as a spreadsheet counts them (0: the file as a whole); the first ones in words, all counted."""

    count: int = 0
    shown: list[tuple[int, str]] = dataclasses.field(default_factory=list)

    def add(self, row: int, text: str) -> None:
        self.count += 1
        if len(self.shown) < MOST_SHOWN:
            self.shown.append((row, text))

    def __bool__(self) -> bool:
        return self.count > 0

    def lines(self) -> list[str]:
        """Return the problems in words, and how many more there are."""
        said = [_("第 %(row)d 行：%(text)s") % {"row": row, "text": text} if row else text for row, text in self.shown]
        if self.count > len(self.shown):
            said.append(_("……还有 %(count)d 处。") % {"count": self.count - len(self.shown)})
        return said


class ImportRefused(Exception):
    """A file that was not imported, with all that is wrong in it."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("; ".join(problems.lines()[:3]))
        self.problems = problems


@dataclasses.dataclass(slots=True)
class Report:
    """What an import did, or would do: figures by what they count, and notes for the person who started it."""

    figures: dict[str, int] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)


class Run(Protocol):
    def __call__(self, path: Path, *, dry_run: bool, progress: Progress) -> Report: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Importer:
    """An importer with its help: one line, then perhaps the columns that it reads."""

    run: Run
    help: str


_importers: dict[str, Importer] = {}


def register(name: str, function: Run, help: str) -> None:
    """Make ``linli import NAME FILE`` call a function (from an app's ``ready``)."""
    _importers[name] = Importer(function, help)


def importers() -> Mapping[str, Importer]:
    """Return every importer by name, sorted."""
    return dict(sorted(_importers.items()))


def silent(_step: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""
