"""Fixed words of the area: levels of the tree, kinds of compounds and grids."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    """Levels of the administrative tree; the number is the count of code parts (2+2+2+3+3 digits)."""

    PROVINCE = 1, _("省")
    CITY = 2, _("市")
    COUNTY = 3, _("区县")
    STREET = 4, _("街道/乡镇")
    COMMUNITY = 5, _("社区/村")


CODE_LENGTHS = {Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6, Level.STREET: 9, Level.COMMUNITY: 12}


def wrong_with(code: str) -> str:
    """Return what keeps ``code`` from being a 12-digit division code (a sentence), or the empty string.

    The parts nest: below a part of zeros nothing may follow, except that a city without counties (不设区的市, such as 4419) has
    00 as its county.
    """
    if len(code) != 12 or not code.isascii() or not code.isdigit():
        return gettext("区划代码应是 12 位数字，这里是“%(code)s”。") % {"code": code[:30]}
    parts = [code[0:2], code[2:4], code[4:6], code[6:9], code[9:12]]
    if not parts[0].strip("0"):
        return gettext("区划代码不能以 00 开头：%(code)s。") % {"code": code}
    filled = [bool(part.strip("0")) for part in parts]
    last = len(filled) - 1 - filled[::-1].index(True)
    if all(filled[: last + 1]) or (filled[: last + 1].count(False) == 1 and not filled[2] and last > 2):
        return ""
    return gettext("区划代码 %(code)s 上下级不衔接：中间有一段全是 0。") % {"code": code}


def level_of(code: str) -> Level:
    """Return the level that a 12-digit division code names: the last part that is not zero. ValueError if it is no code."""
    if len(code) != 12 or not code.isascii() or not code.isdigit() or code[:2] == "00":
        raise ValueError("a division code has 12 digits and does not begin with 00")
    if code[9:] != "000":
        return Level.COMMUNITY
    if code[6:9] != "000":
        return Level.STREET
    if code[4:6] != "00":
        return Level.COUNTY
    return Level.CITY if code[2:4] != "00" else Level.PROVINCE


def parent_code(code: str) -> str | None:
    """Return the code one level up (two where the county part is 00), None for a province: 511602001002 -> 511602001000."""
    level = level_of(code)
    if level is Level.PROVINCE:
        return None
    return code[: CODE_LENGTHS[Level(level - 1)]].ljust(12, "0")


def prefix_of(code: str, level: Level) -> str:
    """Return the part of a code that names its ancestor at ``level``: prefix_of('511602001002', COUNTY) = '511602'."""
    return code[: CODE_LENGTHS[level]]


class CompoundKind(models.TextChoices):
    COMMERCIAL = "commercial", _("商品房")
    RESETTLEMENT = "resettlement", _("安置自建")
    FORMER_VILLAGE = "former_village", _("村改居")
    WORK_UNIT = "work_unit", _("单位院")
    VILLAGE_GROUP = "village_group", _("村组")


class MapKind(models.TextChoices):
    OUTLINE = "outline", _("区划轮廓")
    ARTERIAL = "arterial", _("主干道")
    STREET = "street", _("街道")
    LANE = "lane", _("巷")
    RAIL = "rail", _("铁路")
    RIVER = "river", _("河")
    WATER = "water", _("水面")
    GREEN = "green", _("绿地")
    LANDMARK = "landmark", _("地标")


URBAN_KINDS = ("111", "112", "121", "122", "123", "210", "220")
"""城乡分类代码 of the statistics office: urban core, urban fringe, town core, town fringe, special, township, village."""
