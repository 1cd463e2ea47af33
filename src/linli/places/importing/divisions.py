"""`linli import divisions`: the administrative tree from a file, checked in a first pass and written in a second.

The first pass reads every row and writes nothing; only a file without a problem is written, in one transaction that touches
what is new or different. Divisions that the file no longer has are named, never deleted: history points at them.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.db import connection, transaction
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.audit import Author
from linli.kernel.importers import ImportRefused, Problems, Progress, Report
from linli.kernel.memo import forget
from linli.kernel.tables import rows
from linli.places.enums import Level, level_of, parent_code
from linli.places.importing.author import CommandLine
from linli.places.importing.division_table import Named, open_table
from linli.places.models import Division

T = TypeVar("T")
CHUNK = 5_000
STEP = 20_000
MOST_NAMED = 500  # codes kept in the audit entry
_UPSERT = (
    "INSERT INTO places_division (code, name, level, parent_id, urban_kind, active) VALUES (%s, %s, %s, %s, %s, %s) "
    "ON CONFLICT (code) DO UPDATE SET name = excluded.name, urban_kind = excluded.urban_kind, active = excluded.active"
)
Known = dict[int, str]  # what the database has: code as a number to kind and name in one string, to be compared


@dataclasses.dataclass(slots=True)
class Checked:
    """What the first pass found: levels 1 to 4 by code, the row of every code said, and whether kinds are given."""

    above: dict[str, Named]
    row_of: dict[int, int]
    has_kinds: bool

    @property
    def total(self) -> int:
        return len(self.row_of) + sum(int(code) not in self.row_of for code in self.above)


@dataclasses.dataclass(slots=True)
class Counts:
    added: int = 0
    changed: int = 0
    unchanged: int = 0


def import_divisions(
    path: Path, *, dry_run: bool, progress: Progress, by: Author | None = None, at: datetime | None = None
) -> Report:
    """Import a file of divisions (the importer `divisions`). Raises ImportRefused with every problem by row."""
    checked = _check(path, progress)
    known = _known(checked, progress)
    gone = _gone(checked, known)
    counts = Counts()
    if dry_run:
        for _row in _differing(path, checked, known, counts):
            pass
        return _report(counts, gone)
    with transaction.atomic():
        _write(path, checked, known, counts, progress)
        scope = _scope(checked)
        audit.note(
            by=by or CommandLine(),
            action="places.import_divisions",
            subject=audit.Subject("places.division", scope.ljust(12, "0"), path.name),
            before=None,
            after={
                **dataclasses.asdict(counts),
                "gone": len(gone),
                "gone_codes": [code for code, _n in gone[:MOST_NAMED]],
            },
            at=at or datetime.now(UTC),
        )
    forget("places:")
    return _report(counts, gone)


def _check(path: Path, progress: Progress) -> Checked:
    problems = Problems()
    row_of: dict[int, int] = {}
    with rows(path) as lines:
        table, lines = open_table(lines, problems)
        for row, cells in lines:
            read = table.read(row, cells)
            if read is not None:
                before = row_of.setdefault(int(read[0]), row)
                if before != row:
                    problems.add(row, _("代码 %(code)s 与第 %(row)d 行重复。") % {"code": read[0], "row": before})
            if len(row_of) % STEP == 0:
                progress(_("检查"), len(row_of), 0)
    checked = Checked(table.above, row_of, table.has_kinds)
    if not row_of and not problems:
        problems.add(0, _("文件里没有区划。"))
    _find_orphans(checked, table.refused, problems)
    if problems:
        raise ImportRefused(problems)
    progress(_("检查"), len(row_of), len(row_of))
    return checked


def _find_orphans(checked: Checked, refused: set[str], problems: Problems) -> None:
    """A division whose parent is neither in the file nor in the database."""
    wanted = {
        parent
        for code in {*(int(code) for code in checked.above), *checked.row_of}
        if (parent := parent_code(f"{code:012d}")) is not None and parent not in checked.above
    }
    missing = wanted - refused - set(_ids(wanted))
    if not missing:
        return
    said = checked.row_of | {
        int(code): named.row for code, named in checked.above.items() if int(code) not in checked.row_of
    }
    for code, row in said.items():
        parent = parent_code(f"{code:012d}")
        if parent in missing:
            problems.add(
                row, _("%(code)012d 的上级 %(parent)s 不在文件里，库里也没有。") % {"code": code, "parent": parent}
            )


def _ids(codes: Iterable[str]) -> dict[str, int]:
    """Return the ids of divisions by code."""
    found: dict[str, int] = {}
    for some in _chunks(iter(codes), 500):
        found.update(Division.objects.filter(code__in=some).values_list("code", "id"))
    return found


def _known(checked: Checked, progress: Progress) -> Known:
    """What the database has in the file's provinces."""
    known: Known = {}
    for province in sorted({f"{code:012d}"[:2] for code in checked.row_of}):
        inside = Division.objects.filter(code__gte=province.ljust(12, "0"), code__lte=province.ljust(12, "9"))
        stored = inside.order_by().values_list("code", "urban_kind", "name", "active")
        for code, kind, name, active in stored.iterator(chunk_size=CHUNK):
            known[int(code)] = _as_stored(kind, name, active)
            if len(known) % STEP == 0:
                progress(_("对照"), len(known), 0)
    return known


def _as_stored(kind: str, name: str, active: bool = True) -> str:
    return f"{'' if active else '-'}{kind}|{name}"


def _scope(checked: Checked) -> str:
    """The prefix that all codes of the file share, cut to a level: what a file of one prefecture speaks of."""
    low, high = f"{min(checked.row_of):012d}", f"{max(checked.row_of):012d}"
    return low[: max(length for length in (0, 2, 4, 6, 9) if low[:length] == high[:length])]


def _gone(checked: Checked, known: Known) -> list[tuple[str, str]]:
    """Return (code, name) of what the database has within the file's scope and the file has not."""
    scope = _scope(checked)
    missing = (code for code in known if code not in checked.row_of)
    padded = ((f"{code:012d}", known[code]) for code in missing)
    return sorted(
        (code, stored.partition("|")[2])
        for code, stored in padded
        if code.startswith(scope) and code not in checked.above and not stored.startswith("-")
    )


def _differing(path: Path, checked: Checked, known: Known, counts: Counts) -> Iterator[tuple[str, str, str]]:
    """Yield (code, name, kind) of what is new or different, upper levels first; count everything."""
    for code, named in sorted(checked.above.items(), key=lambda item: (level_of(item[0]), item[0])):
        if (kind := _to_write(code, named.name, named.kind, checked, known, counts)) is not None:
            yield code, named.name, kind
    with rows(path) as lines:
        table, lines = open_table(lines, Problems())
        for row, cells in lines:
            read = table.read(row, cells)
            if read is None:
                raise RuntimeError(f"{path.name} changed while it was read (row {row})")
            code, name, kind = read
            if code[9:] != "000" and (kept := _to_write(code, name, kind, checked, known, counts)) is not None:
                yield code, name, kept


def _to_write(code: str, name: str, kind: str, checked: Checked, known: Known, counts: Counts) -> str | None:
    """Return the kind to store, or None if nothing changes; a file without kinds keeps those that are known."""
    stored = known.get(int(code))
    if stored is None:
        counts.added += 1
        return kind
    kept = kind if checked.has_kinds and kind else stored.lstrip("-").partition("|")[0]
    if stored == _as_stored(kept, name):
        counts.unchanged += 1
        return None
    counts.changed += 1
    return kept


def _write(path: Path, checked: Checked, known: Known, counts: Counts, progress: Progress) -> None:
    ids = _ids(
        parent for code in _tops(checked) if (parent := parent_code(code)) is not None and parent not in checked.above
    )
    total = checked.total
    level: Level | None = None
    differing = _differing(path, checked, known, counts)
    for chunk in _chunks(differing, CHUNK):
        # A chunk is cut where a level ends, so that the ids of its parents are known.
        for some in _by_level(chunk):
            here = level_of(some[0][0])
            if here is not level:
                ids.update(_ids(code for code in checked.above if level_of(code) < here and code not in ids))
                level = here
            with connection.cursor() as cursor:
                cursor.executemany(_UPSERT, [_values(code, name, kind, ids) for code, name, kind in some])
        progress(_("写入"), counts.added + counts.changed + counts.unchanged, total)


def _values(code: str, name: str, kind: str, ids: dict[str, int]) -> tuple[str, str, int, int | None, str, bool]:
    parent = parent_code(code)
    return code, name, int(level_of(code)), None if parent is None else ids[parent], kind, True


def _tops(checked: Checked) -> Iterator[str]:
    yield from checked.above
    yield from (f"{code:012d}" for code in checked.row_of)


def _by_level(chunk: list[tuple[str, str, str]]) -> Iterator[list[tuple[str, str, str]]]:
    """Cut a list into runs of one level."""
    start = 0
    for position in range(1, len(chunk) + 1):
        if position == len(chunk) or level_of(chunk[position][0]) is not level_of(chunk[start][0]):
            yield chunk[start:position]
            start = position


def _chunks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while some := list(islice(items, size)):
        yield some


def _report(counts: Counts, gone: list[tuple[str, str]]) -> Report:
    figures = {
        _("新增"): counts.added,
        _("改动"): counts.changed,
        _("未变"): counts.unchanged,
        _("文件里没有"): len(gone),
    }
    notes = []
    if gone:
        named = _("、").join(f"{code} {name}" for code, name in gone[:20])
        more = _("等") if len(gone) > 20 else ""
        notes.append(
            _("库里有、文件里没有的区划 %(count)d 个，没有删除，请登记沿革后停用：%(named)s%(more)s")
            % {"count": len(gone), "named": named, "more": more}
        )
    return Report(figures, notes)
