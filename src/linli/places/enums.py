"""Fixed words of the area: levels of the tree, kinds of compounds and grids."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    """Levels of the administrative tree; the number is the count of code parts (2+2+2+3+3 digits)."""

    PROVINCE = 1, _("省")
    CITY = 2, _("市")
    COUNTY = 3, _("区县")
    STREET = 4, _("街道/乡镇")
    COMMUNITY = 5, _("社区/村")


CODE_LENGTHS = {Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6, Level.STREET: 9, Level.COMMUNITY: 12}


def level_of(code: str) -> Level:
    """Return the level that a 12-digit division code names: the last part that is not zero. ValueError if it is no code."""
    if len(code) != 12 or not code.isascii() or not code.isdigit() or code[:2] == "00":
        raise ValueError("a division code has 12 digits and does not begin with 00")
    found = Level.PROVINCE
    for level, end in CODE_LENGTHS.items():
        start = CODE_LENGTHS.get(Level(level - 1), 0) if level > 1 else 0
        if code[start:end].strip("0"):
            found = level
    return found


def prefix_of(code: str, level: Level) -> str:
    """Return the part of a code that names its ancestor at ``level``: prefix_of('511602001002', COUNTY) = '511602'."""
    return code[: CODE_LENGTHS[level]]


class CompoundKind(models.TextChoices):
    COMMERCIAL = "commercial", _("商品房")
    RESETTLEMENT = "resettlement", _("安置自建")
    FORMER_VILLAGE = "former_village", _("村改居")
    WORK_UNIT = "work_unit", _("单位院")
    VILLAGE_GROUP = "village_group", _("村组")
