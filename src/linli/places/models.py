"""Where things are: the administrative tree, compounds, buildings, entrances, dwellings, grids with their history."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from linli.places.enums import CompoundKind, Level, MapKind

models.CharField.register_lookup(Length)

# An old compound, whose renovation is looked at, was built in this year or earlier.
OLD_COMPOUND_YEAR = 2005


class Division(models.Model):
    """A node of the tree province, city, county, street, community, by its 12-digit national code."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(_("区划代码"), max_length=12, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    level = models.PositiveSmallIntegerField(_("级别"), choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    urban_kind = models.CharField(_("城乡分类代码"), max_length=3, blank=True, default="")
    active = models.BooleanField(_("现行"), default=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(code__length=12), name="division_code_has_12_digits"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="division_level_known"),
            models.CheckConstraint(
                condition=Q(level=1) | Q(parent__isnull=False), name="division_below_province_has_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DivisionSuccession(models.Model):
    """Codes change over the years: which division took the place of which, from when.

    A merger is several predecessors of one successor, a split the other way round.
    """

    predecessor = models.ForeignKey(Division, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Division, models.PROTECT, related_name="origins")
    since = models.DateField(_("自"))
    note = models.CharField(_("依据"), max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("predecessor", "successor", name="succession_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="succession_of_another"),
        ]


class Compound(models.Model):
    """A gated or named group of buildings (小区), or a villagers' group."""

    id = models.BigAutoField(primary_key=True)
    community = models.ForeignKey(Division, models.PROTECT, related_name="compounds")
    name = models.CharField(_("小区名称"), max_length=100)
    aliases = models.JSONField(_("别名"), default=list, blank=True)
    kind = models.CharField(_("类型"), max_length=20, choices=CompoundKind.choices)
    year_built = models.PositiveSmallIntegerField(_("建成年份"), null=True, blank=True)
    property_company_id = models.BigIntegerField(_("物业服务企业"), null=True, blank=True)
    owners_committee_id = models.BigIntegerField(_("业主委员会"), null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("community", "name", name="compound_name_once_per_community")]

    def __str__(self) -> str:
        return self.name

    @property
    def due_for_renovation(self) -> bool:
        """Built in 2005 or earlier."""
        return self.year_built is not None and self.year_built <= OLD_COMPOUND_YEAR


class Grid(models.Model):
    """A part of a community with a team of its own: the community's code and a three-digit serial.

    ``boundary`` is a GeoJSON Polygon or MultiPolygon in WGS 84, as in force today; how it was and will be is in the versions.
    ``until`` is the first day on which the grid is no more.
    """

    id = models.BigAutoField(primary_key=True)
    community = models.ForeignKey(Division, models.PROTECT, related_name="grids")
    code = models.CharField(_("网格编码"), max_length=15, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    boundary = models.JSONField(_("边界"), null=True, blank=True)
    active = models.BooleanField(default=True)
    since = models.DateField(_("启用日期"))
    until = models.DateField(_("停用日期"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(code__length=15), name="grid_code_has_15_digits"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="grid_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GridVersion(models.Model):
    """How a grid was drawn from ``since`` until before ``until``, so that an old matter still knows the grid it happened in.

    A grid without versions was never re-drawn since it was loaded: its own boundary and dates are its only version.
    """

    grid = models.ForeignKey(Grid, models.PROTECT, related_name="versions")
    since = models.DateField()
    until = models.DateField(null=True)
    boundary = models.JSONField(null=True)
    building_ids = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="grid_version_lasts_a_day"
            ),
            models.UniqueConstraint("grid", "since", name="grid_version_once_a_day"),
            models.UniqueConstraint("grid", condition=Q(until__isnull=True), name="grid_has_one_version_in_force"),
        ]


class Building(models.Model):
    """A building (楼栋) of a compound, or a house of a village."""

    id = models.BigAutoField(primary_key=True)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+")
    compound = models.ForeignKey(Compound, models.PROTECT, null=True, blank=True, related_name="buildings")
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, blank=True, related_name="buildings")
    name = models.CharField(_("楼栋"), max_length=60)
    road = models.CharField(_("路名"), max_length=60, blank=True, default="")
    road_number = models.CharField(_("门牌号"), max_length=20, blank=True, default="")
    households = models.PositiveIntegerField(_("户数"), default=0)
    floors = models.PositiveSmallIntegerField(_("层数"), null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    footprint = models.JSONField(_("轮廓"), null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("compound", "name", name="building_name_once_per_compound")]
        indexes: ClassVar = [models.Index("lon", "lat", name="building_by_position")]

    def __str__(self) -> str:
        return self.name


class Entrance(models.Model):
    """An entrance (单元) of a building."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="entrances")
    name = models.CharField(_("单元"), max_length=20)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("building", "name", name="entrance_name_once_per_building")]


class Dwelling(models.Model):
    """A dwelling (房屋)."""

    id = models.BigAutoField(primary_key=True)
    building = models.ForeignKey(Building, models.PROTECT, related_name="dwellings")
    entrance = models.ForeignKey(Entrance, models.PROTECT, null=True, blank=True, related_name="dwellings")
    number = models.CharField(_("室号"), max_length=20)
    area = models.DecimalField(_("建筑面积"), max_digits=8, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("building", "entrance", "number", name="dwelling_once"),
        ]


class MapLayer(models.Model):
    """A line, area or point that makes the map readable without an outside server: a road, a river, an outline.

    ``geometry`` is GeoJSON in WGS 84. ``division`` is the place whose outline it is, or that it was loaded for; ``width`` is in
    metres, for a river or a road that is given by its middle line.
    """

    name = models.CharField(_("名称"), max_length=60, blank=True)
    kind = models.CharField(_("类型"), max_length=20, choices=MapKind.choices)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    geometry = models.JSONField()
    width = models.FloatField(_("宽度（米）"), null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index("kind", name="map_layer_by_kind")]
