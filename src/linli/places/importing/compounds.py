"""`linli import compounds`: compounds with their buildings, entrances and dwellings, one building a row.

Every row goes through the same actions as the pages. A dry run does all of it and rolls it back, so that it finds what the real
import would find.
"""

import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.kernel.importers import ImportRefused, Problems, Progress, Report
from linli.kernel.policy import Refused
from linli.kernel.tables import cell, columns, refuse, rows
from linli.places import actions, dwellings
from linli.places.enums import CompoundKind, Level
from linli.places.importing.author import CommandLine
from linli.places.models import Building, Compound, Division, Grid
from linli.places.policies import Manager
from linli.places.queries import dwellings_of

MOST_ROWS = 50_000
KNOWN = {
    "community_code": ("社区代码", "community", "村代码", "社区村代码", "区划代码"),
    "compound": ("小区", "小区名称", "compound_name"),
    "kind": ("类型", "小区类型"),
    "year_built": ("建成年份", "year", "建成年代"),
    "aliases": ("别名", "又名"),
    "building": ("楼栋", "楼栋名称", "楼号", "building_name"),
    "road": ("路名", "道路"),
    "road_number": ("门牌号", "门牌"),
    "units": ("单元", "单元数", "entrances"),
    "floors": ("层数", "楼层数"),
    "per_floor": ("每层户数", "每单元每层户数"),
    "dwellings": ("房屋", "室号", "房号", "rooms"),
    "households": ("户数", "住户数"),
    "grid": ("网格编码", "网格代码", "grid_code"),
    "lon": ("经度", "longitude"),
    "lat": ("纬度", "latitude"),
}
T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class BuildingRow:
    """A row with its cells read; None where the file says nothing."""

    row: int
    community_code: str
    compound: str
    kind: str | None
    year_built: int | None
    aliases: list[str] | None
    building: str
    road: str | None
    road_number: str | None
    floors: int | None
    households: int | None
    entrances: list[dwellings.EntranceLine] | None
    grid: str | None
    lon: float | None
    lat: float | None


def import_compounds(
    path: Path,
    *,
    dry_run: bool,
    progress: Progress,
    by: Manager | None = None,
    at: datetime | None = None,
    most: int = MOST_ROWS,
) -> Report:
    """Import compounds and buildings (the importer `compounds`). What exists is changed where the file says something else.

    ``most`` is how many rows are taken. Raises ImportRefused with every problem by row; then nothing was changed.
    """
    problems = Problems()
    read = _read(path, problems, most)
    writer = _Writer(by or CommandLine(), at or datetime.now(UTC))
    with transaction.atomic():
        for done, row in enumerate(read, start=1):
            try:
                with transaction.atomic():
                    writer.write(row)
            except ValidationError as error:
                problems.add(row.row, " ".join(error.messages))
            except (Refused, dwellings.Unreadable) as error:
                problems.add(row.row, str(error))
            progress(_("检查") if dry_run else _("写入"), done, len(read))
        if problems:
            raise ImportRefused(problems)
        transaction.set_rollback(dry_run)
    return Report(writer.figures)


def _read(path: Path, problems: Problems, most: int) -> list[BuildingRow]:
    found: list[BuildingRow] = []
    seen: dict[tuple[str, str, str], int] = {}
    with rows(path) as lines:
        header = next(lines, None)
        if header is None:
            raise refuse(_("文件是空的。"))
        at = columns(header[1], KNOWN)
        for name in ("community_code", "compound"):
            if name not in at:
                raise refuse(_("没有找到“%(name)s”这一列。") % {"name": _title(name)}, header[0])
        for number, cells in lines:
            if len(found) >= most:
                raise refuse(_("行数超过 %(most)d，请分成几个文件。") % {"most": most}, number)
            row = _row(number, {name: cell(cells, position) for name, position in at.items()}, problems)
            if row is None:
                continue
            first = seen.setdefault((row.community_code, row.compound, row.building), number)
            if first != number:
                problems.add(number, _("与第 %(row)d 行是同一栋楼。") % {"row": first})
            found.append(row)
    if not found and not problems:
        problems.add(0, _("文件里没有小区。"))
    return found


def _row(number: int, said: dict[str, str], problems: Problems) -> BuildingRow | None:
    """Read the cells of a row; every cell that cannot be read is a problem of its own."""
    before = problems.count

    def value(name: str, read: Callable[[str], T]) -> T | None:
        text = said.get(name, "")
        if not text:
            return None
        try:
            return read(text)
        except ValueError as error:
            problems.add(number, f"{_title(name)}：{error}")
            return None

    for name in ("community_code", "compound"):
        if not said.get(name):
            problems.add(number, _("“%(name)s”是空的。") % {"name": _title(name)})
    floors = value("floors", _whole)
    row = BuildingRow(
        row=number,
        community_code=said.get("community_code", ""),
        compound=said.get("compound", ""),
        kind=value("kind", _kind),
        year_built=value("year_built", _whole),
        aliases=value(
            "aliases", lambda text: [part for part in text.replace("、", ",").replace("，", ",").split(",") if part]
        ),
        building=said.get("building", ""),
        road=said.get("road") or None,
        road_number=said.get("road_number") or None,
        floors=floors,
        households=value("households", _whole),
        entrances=value("dwellings", _list) or _regular(value("units", _whole), floors, value("per_floor", _whole)),
        grid=said.get("grid") or None,
        lon=value("lon", _degrees),
        lat=value("lat", _degrees),
    )
    return row if problems.count == before else None


def _title(name: str) -> str:
    """A column as a person may have headed it: 社区代码（community_code）."""
    return f"{KNOWN[name][0]}（{name}）"


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError(_("“%(text)s”不是整数。") % {"text": text[:20]})
    return int(text)


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(_("“%(text)s”不是经纬度。") % {"text": text[:20]}) from None


def _kind(text: str) -> str:
    for value, name in CompoundKind.choices:
        with translation.override("zh-hans"):  # a table is in Chinese whatever language the reader of messages has
            in_chinese = str(name)
        if text in (value, str(name), in_chinese):
            return str(value)
    names = _("、").join(str(name) for name in CompoundKind.labels)
    raise ValueError(_("“%(text)s”不是小区类型，可以是：%(names)s。") % {"text": text[:20], "names": names})


def _list(text: str) -> list[dwellings.EntranceLine]:
    """Dwellings in one cell: entrances parted by line breaks or |."""
    return dwellings.read(text.replace("|", "\n"))


def _regular(units: int | None, floors: int | None, per_floor: int | None) -> list[dwellings.EntranceLine] | None:
    """Entrances by number; with floors and dwellings per floor their dwellings too."""
    if not units:
        return None
    if units > dwellings.MOST_ENTRANCES or (floors or 0) * (per_floor or 0) * units > dwellings.MOST_DWELLINGS:
        return [dwellings.EntranceLine(str(n)) for n in range(dwellings.MOST_ENTRANCES + 1)]  # refused when written
    return dwellings.regular(entrances=units, floors=floors or 0, per_floor=per_floor or 0)


class _Writer:
    """Writes one row after the other and counts."""

    def __init__(self, by: Manager, at: datetime) -> None:
        self._by, self._at = by, at
        self._communities: dict[str, Division] = {}
        self._compounds: dict[tuple[int, str], Compound] = {}
        self.figures = {_("新增小区"): 0, _("改动小区"): 0, _("新增楼栋"): 0, _("改动楼栋"): 0, _("新增房屋"): 0}

    def write(self, row: BuildingRow) -> None:
        community = self._community(row.community_code)
        compound = self._compound(row, community)
        if row.building:
            self._building(row, community, compound)

    def _community(self, code: str) -> Division:
        if code not in self._communities:
            found = Division.objects.filter(code=code, level=Level.COMMUNITY, active=True).first()
            if found is None:
                raise ValidationError(_("没有代码是 %(code)s 的现行社区或村。") % {"code": code[:20]})
            self._communities[code] = found
        return self._communities[code]

    def _compound(self, row: BuildingRow, community: Division) -> Compound:
        said = _said(kind=row.kind, year_built=row.year_built, aliases=row.aliases)
        if not row.building:
            said |= _said(lon=row.lon, lat=row.lat)
        key = (community.pk, row.compound)
        here = self._compounds.get(key) or Compound.objects.filter(community=community, name=row.compound).first()
        if here is None:
            made = actions.create_compound(community=community, name=row.compound, by=self._by, at=self._at, **said)
            self._count(_("新增小区"))
            self._compounds[key] = made
            return made
        if key in self._compounds and (clash := [name for name, value in said.items() if getattr(here, name) != value]):
            words = _("、").join(KNOWN[name][0] for name in clash)
            raise ValidationError(_("“%(name)s”的%(words)s与前面的行不同。") % {"name": row.compound, "words": words})
        if any(getattr(here, name) != value for name, value in said.items()):
            here = actions.update_compound(compound=here, by=self._by, at=self._at, **said)
            self._count(_("改动小区"))
        self._compounds[key] = here
        return here

    def _building(self, row: BuildingRow, community: Division, compound: Compound) -> None:
        said = _said(
            road=row.road,
            road_number=row.road_number,
            floors=row.floors,
            households=row.households,
            lon=row.lon,
            lat=row.lat,
        )
        grid = self._grid(row.grid, community)
        here = Building.objects.filter(compound=compound, name=row.building).first()
        if here is None:
            here = actions.create_building(
                community=community, compound=compound, name=row.building, grid=grid, by=self._by, at=self._at, **said
            )
            self._count(_("新增楼栋"))
        else:
            if grid is not None and here.grid_id != grid.pk:
                raise ValidationError(_("“%(name)s”已在别的网格，请在网格页面上改划。") % {"name": here.name})
            if any(getattr(here, name) != value for name, value in said.items()):
                actions.update_building(building=here, by=self._by, at=self._at, **said)
                self._count(_("改动楼栋"))
        if row.entrances:
            self._dwellings(here, row.entrances)

    def _dwellings(self, building: Building, entrances: Sequence[dwellings.EntranceLine]) -> None:
        """Add what is missing; an import deletes no dwelling."""
        merged = {line.name: {d.number: d.area for d in line.dwellings} for line in dwellings_of(building)}
        before = sum(map(len, merged.values()))
        for line in entrances:
            here = merged.setdefault(line.name, {})
            for dwelling in line.dwellings:
                here[dwelling.number] = dwelling.area or here.get(dwelling.number)
        lines = [
            dwellings.EntranceLine(name, tuple(dwellings.DwellingLine(number, area) for number, area in inside.items()))
            for name, inside in merged.items()
        ]
        dwellings.check(lines)
        actions.set_dwellings(building=building, entrances=lines, by=self._by, at=self._at)
        self._count(_("新增房屋"), sum(map(len, merged.values())) - before)

    def _grid(self, code: str | None, community: Division) -> Grid | None:
        if code is None:
            return None
        found = Grid.objects.filter(code=code, community=community, active=True).first()
        if found is None:
            raise ValidationError(_("这个社区没有编码是 %(code)s 的现行网格。") % {"code": code[:20]})
        return found

    def _count(self, figure: str, count: int = 1) -> None:
        self.figures[figure] += count


def _said(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
