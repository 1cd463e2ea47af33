"""`linli import predecessors`: which division took the place of which, from when."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.importers import ImportRefused, Problems, Progress, Report
from linli.kernel.tables import Row, cell, columns, refuse, rows
from linli.kernel.text import clean
from linli.places.actions import record_succession
from linli.places.enums import level_of, parent_code, wrong_with
from linli.places.importing.author import CommandLine
from linli.places.models import Division, DivisionSuccession
from linli.places.policies import Manager

KNOWN = {
    "predecessor": ("原代码", "原区划代码", "旧代码", "old_code"),
    "successor": ("新代码", "现代码", "现区划代码", "new_code"),
    "since": ("自", "日期", "变更日期", "date"),
    "note": ("依据", "说明", "basis"),
    "predecessor_name": ("原名称", "原区划名称", "旧名称", "old_name"),
}
MOST_ROWS = 50_000


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    row: int
    predecessor: str
    successor: str
    since: date
    note: str
    name: str


def import_predecessors(
    path: Path, *, dry_run: bool, progress: Progress, by: Manager | None = None, at: datetime | None = None
) -> Report:
    """Import succession links (the importer `predecessors`). Raises ImportRefused with every problem by row.

    A predecessor that the database does not know is opened as a division out of use if the file gives its name.
    """
    problems = Problems()
    links = _read(path, problems)
    divisions = {row.code: row for row in _divisions(links)}
    opening = {link.predecessor for link in links if link.name}
    for link in links:
        _check(link, divisions, opening, problems)
    if problems:
        raise ImportRefused(problems)
    pairs = set(
        DivisionSuccession.objects.filter(successor__code__in=[link.successor for link in links]).values_list(
            "predecessor__code", "successor__code"
        )
    )
    new = [link for link in links if (link.predecessor, link.successor) not in pairs]
    opened = {link.predecessor for link in new if link.predecessor not in divisions}
    report = Report(
        {_("新增沿革"): len(new), _("补登原区划"): len(opened), _("已有"): len(links) - len(new)},
    )
    if dry_run:
        return report
    _write(new, divisions, by or CommandLine(), at or datetime.now(UTC), progress)
    return report


def _read(path: Path, problems: Problems) -> list[Link]:
    links: list[Link] = []
    seen: dict[tuple[str, str], int] = {}
    with rows(path) as lines:
        header = next(lines, None)
        if header is None:
            raise refuse(_("文件是空的。"))
        at = columns(header[1], KNOWN)
        for name in ("predecessor", "successor", "since"):
            if name not in at:
                raise refuse(_("没有找到“%(name)s”这一列。") % {"name": name}, header[0])
        for line in lines:
            if len(links) >= MOST_ROWS:
                raise refuse(_("行数超过 %(most)d。") % {"most": MOST_ROWS}, line[0])
            link = _link(line, at, problems)
            if link is None:
                continue
            first = seen.setdefault((link.predecessor, link.successor), link.row)
            if first != link.row:
                problems.add(link.row, _("与第 %(row)d 行重复。") % {"row": first})
                continue
            links.append(link)
    if not links and not problems:
        problems.add(0, _("文件里没有沿革。"))
    return links


def _link(line: Row, at: dict[str, int], problems: Problems) -> Link | None:
    row, cells = line
    predecessor, successor = cell(cells, at["predecessor"]), cell(cells, at["successor"])
    wrong = [text for code in (predecessor, successor) if (text := wrong_with(code))]
    since = _date(cell(cells, at["since"]))
    if since is None:
        wrong.append(_("日期应写成 2026-01-31 的样子。"))
    for text in wrong:
        problems.add(row, text)
    if wrong or since is None:
        return None
    try:
        note = clean(cell(cells, at.get("note")), limit=200, lines=False)
        name = clean(cell(cells, at.get("predecessor_name")), limit=100, lines=False)
    except ValidationError as error:
        problems.add(row, " ".join(error.messages))
        return None
    return Link(row, predecessor, successor, since, note, name)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.replace("/", "-").replace(".", "-"))
    except ValueError:
        return None


def _divisions(links: Sequence[Link]) -> list[Division]:
    codes = {
        code for link in links for code in (link.predecessor, link.successor, parent_code(link.predecessor)) if code
    }
    wanted = sorted(codes)
    found: list[Division] = []
    for start in range(0, len(wanted), 500):
        found += Division.objects.filter(code__in=wanted[start : start + 500])
    return found


def _check(link: Link, divisions: dict[str, Division], opening: set[str], problems: Problems) -> None:
    if link.predecessor == link.successor:
        problems.add(link.row, _("前后不能是同一个区划。"))
    elif level_of(link.predecessor) is not level_of(link.successor):
        problems.add(link.row, _("前后两个区划的级别要相同。"))
    if link.successor not in divisions:
        problems.add(link.row, _("库里没有区划 %(code)s。") % {"code": link.successor})
    if link.predecessor in divisions:
        return
    if not link.name:
        problems.add(
            link.row, _("库里没有原区划 %(code)s；要补登它，请填写 predecessor_name。") % {"code": link.predecessor}
        )
    elif (above := parent_code(link.predecessor)) is not None and above not in divisions and above not in opening:
        problems.add(link.row, _("原区划 %(code)s 的上级也不在库里。") % {"code": link.predecessor})


@transaction.atomic
def _write(new: Sequence[Link], divisions: dict[str, Division], by: Manager, at: datetime, progress: Progress) -> None:
    problems = Problems()
    for done, link in enumerate(sorted(new, key=lambda link: level_of(link.predecessor)), start=1):
        if link.predecessor not in divisions:
            divisions[link.predecessor] = _opened(link, divisions)
        try:
            record_succession(
                predecessor=divisions[link.predecessor],
                successor=divisions[link.successor],
                since=link.since,
                basis=link.note,
                by=by,
                at=at,
            )
        except ValidationError as error:
            problems.add(link.row, " ".join(error.messages))
        progress(_("写入"), done, len(new))
    if problems:
        raise ImportRefused(problems)


def _opened(link: Link, divisions: dict[str, Division]) -> Division:
    """A division of the past, so that the link has somewhere to point."""
    above = parent_code(link.predecessor)
    return Division.objects.create(
        code=link.predecessor,
        name=link.name,
        level=level_of(link.predecessor),
        parent=None if above is None else divisions[above],
        active=False,
    )
