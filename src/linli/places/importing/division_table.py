"""What a table of divisions says, row by row: columns by their headings or by their content, every rule of the codes.

Two layouts are read. Long: one division a row, with code and name (and perhaps its parent's code). Wide: one community a row,
with the names of all the levels above it and sometimes their codes; the divisions above are known from the rows below them.
"""

import dataclasses
from collections.abc import Iterator, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from linli.kernel.importers import Problems
from linli.kernel.tables import Row, cell, columns, refuse
from linli.kernel.text import clean
from linli.places.enums import CODE_LENGTHS, URBAN_KINDS, Level, level_of, parent_code, wrong_with

NAME_LIMIT = 100
KNOWN: dict[str, tuple[str, ...]] = {
    "code": ("代码", "区划代码", "行政区划代码", "统计用区划代码", "编码"),
    "name": ("名称", "区划名称", "单位名称"),
    "parent": ("parent_code", "上级代码", "上级区划代码"),
    "kind": ("kind_code", "urban_kind", "城乡分类", "城乡分类代码"),
    "province": ("省", "省份", "省级", "province_name"),
    "city": ("市", "地市", "地级", "city_name"),
    "county": ("县", "区县", "县级", "区县名称", "county_name"),
    "street": ("town", "township", "街道", "乡镇", "街道乡镇", "乡级", "town_name", "street_name"),
    "community": ("village", "社区", "村", "社区村", "村社区", "村级", "居村委会", "village_name", "community_name"),
    "province_code": ("省代码", "省级代码"),
    "city_code": ("市代码", "地级代码"),
    "county_code": ("区县代码", "县级代码", "县代码"),
    "street_code": ("town_code", "township_code", "街道代码", "乡镇代码", "乡级代码"),
    "community_code": ("village_code", "社区代码", "村代码", "村级代码"),
}
LEVEL_KEYS = {
    Level.PROVINCE: "province",
    Level.CITY: "city",
    Level.COUNTY: "county",
    Level.STREET: "street",
    Level.COMMUNITY: "community",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """What a file says of a division above the communities: its name, its kind and the row that said it first."""

    name: str
    kind: str
    row: int


class DivisionTable:
    """Reads the rows of one file. What is wrong goes into ``problems``; ``above`` fills with levels 1 to 4 by code."""

    def __init__(self, places: dict[str, int], problems: Problems) -> None:
        self._at = places
        self._problems = problems
        self._wide = "name" not in places
        self._same: tuple[str, ...] | None = None  # what the row before said of the levels above: most rows repeat it
        self.above: dict[str, Named] = {}
        self.refused: set[str] = set()  # valid codes of rows with another problem: nothing below them is an orphan

    @property
    def has_kinds(self) -> bool:
        return "kind" in self._at

    def read(self, row: int, cells: Sequence[str]) -> tuple[str, str, str] | None:
        """Return (code, name, kind) of the division that a row is about, or None with its problem noted."""
        code = self._code(row, cells)
        if code is None:
            return None
        level = level_of(code)
        above_said = self._read_above(row, cells, code, level) if self._wide else self._parent_fits(row, cells, code)
        own = cell(cells, self._at.get(LEVEL_KEYS[level] if self._wide else "name"))
        name, kind = self._name(row, own, level), self._kind(row, cells)
        if name is None or kind is None or not above_said:
            self.refused.add(code)
            return None
        if level is not Level.COMMUNITY and not self._file(code, name, kind, row):
            return None
        return code, name, kind

    def _code(self, row: int, cells: Sequence[str]) -> str | None:
        code = cell(cells, self._at.get("code"))
        for level in reversed(Level) if self._wide else ():
            code = code or cell(cells, self._at.get(f"{LEVEL_KEYS[level]}_code"))
        wrong = wrong_with(code)
        if not wrong and cell(cells, self._at.get("community_code")) and level_of(code) is not Level.COMMUNITY:
            wrong = _("%(code)s 不是社区（村）的代码：末三位是 000。") % {"code": code}
        if wrong:
            self._problems.add(row, wrong if code else _("区划代码是空的。"))
            return None
        return code

    def _name(self, row: int, text: str, level: Level) -> str | None:
        if not text:
            self._problems.add(row, _("%(level)s的名称是空的。") % {"level": level.label})
            return None
        try:
            return clean(text, limit=NAME_LIMIT, lines=False)
        except ValidationError as error:
            self._problems.add(row, " ".join(error.messages))
            return None

    def _kind(self, row: int, cells: Sequence[str]) -> str | None:
        kind = cell(cells, self._at.get("kind"))
        if kind and kind not in URBAN_KINDS:
            self._problems.add(row, _("城乡分类代码“%(kind)s”不在国家标准里。") % {"kind": kind[:20]})
            return None
        return kind

    def _parent_fits(self, row: int, cells: Sequence[str], code: str) -> bool:
        """Long: a parent that is named must be the one that the code itself names."""
        said, meant = cell(cells, self._at.get("parent")), parent_code(code) or "0" * 12
        if said and said.ljust(12, "0") != meant:
            self._problems.add(
                row, _("%(code)s 不在 %(parent)s 之下：代码不衔接。") % {"code": code, "parent": said[:20]}
            )
            return False
        return True

    def _read_above(self, row: int, cells: Sequence[str], code: str, level: Level) -> bool:
        """Wide: take the names of the levels above from the row; they must agree with the rows before."""
        said = tuple(
            cell(cells, self._at.get(key))
            for above in Level
            if above < level
            for key in (LEVEL_KEYS[above], f"{LEVEL_KEYS[above]}_code")
        )
        whole = (code[: CODE_LENGTHS[Level(level - 1)]] if level > 1 else "", *said)
        if whole == self._same:
            return True
        fits = True
        for above in Level:
            if above >= level:
                break
            fits = self._one_above(row, code, above, *said[2 * above - 2 : 2 * above]) and fits
        self._same = whole if fits else None
        return fits

    def _one_above(self, row: int, code: str, above: Level, name: str, said_code: str) -> bool:
        meant = code[: CODE_LENGTHS[above]].ljust(12, "0")
        if said_code and said_code != meant:
            wrong = wrong_with(said_code) or _("%(code)s 不在 %(parent)s 之下：代码不衔接。") % {
                "code": code,
                "parent": said_code,
            }
            self._problems.add(row, wrong)
            return False
        if level_of(meant) is not above or LEVEL_KEYS[above] not in self._at:
            return True  # a city without counties, or a file that begins further down
        cleaned = self._name(row, name, above)
        return cleaned is not None and self._file(meant, cleaned, "", row)

    def _file(self, code: str, name: str, kind: str, row: int) -> bool:
        known = self.above.get(code)
        if known is None or (known.name == name and kind):
            self.above[code] = Named(name, kind or (known.kind if known else ""), known.row if known else row)
            return True
        if known.name == name:
            return True
        self._problems.add(
            row,
            _("%(code)s 在第 %(row)d 行叫“%(before)s”，这里叫“%(here)s”。")
            % {"code": code, "row": known.row, "before": known.name, "here": name},
        )
        return False


def open_table(rows: Iterator[Row], problems: Problems) -> tuple[DivisionTable, Iterator[Row]]:
    """Return the reader for a file and the rows after its heading. ImportRefused if the columns cannot be told."""
    first = next(rows, None)
    if first is None:
        raise refuse(_("文件是空的。"))
    number, header = first
    if any(_is_code(text) for text in header):
        places = _by_content(header)
        return DivisionTable(places, problems), _with_first(first, rows)
    places = columns(header, KNOWN)
    if not any(key in places for key in ("code", *(f"{key}_code" for key in LEVEL_KEYS.values()))):
        raise refuse(
            _("没有找到区划代码这一列。表头可以写：code,name 或 province,city,county,town,village,village_code。"),
            number,
        )
    if "name" not in places and not any(key in places for key in LEVEL_KEYS.values()):
        raise refuse(_("没有找到名称这一列。"), number)
    return DivisionTable(places, problems), rows


def _with_first(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _is_code(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit()


def _by_content(cells: Sequence[str]) -> dict[str, int]:
    """Tell the columns of a file without a heading: code and name in two or three columns, or names of five levels and a code."""
    codes = [position for position, text in enumerate(cells) if _is_code(text)]
    if len(cells) == 6 and codes == [5]:
        return {key: position for position, key in enumerate((*LEVEL_KEYS.values(), "code"))}
    if len(cells) in (2, 3) and len(codes) == 1:
        rest = [position for position in range(len(cells)) if position not in codes]
        kinds = [position for position in rest if cells[position] in URBAN_KINDS]
        names = [position for position in rest if position not in kinds]
        if len(names) == 1:
            return {"code": codes[0], "name": names[0]} | ({"kind": kinds[0]} if kinds else {})
    raise refuse(_("文件没有表头，看不出哪一列是什么。请在第一行写上列名，例如 code,name。"), 1)
