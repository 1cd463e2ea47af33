import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Division",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=12, unique=True, verbose_name="区划代码")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "省"), (2, "市"), (3, "区县"), (4, "街道/乡镇"), (5, "社区/村")],
                        verbose_name="级别",
                    ),
                ),
                ("urban_kind", models.CharField(blank=True, default="", max_length=3, verbose_name="城乡分类代码")),
                ("active", models.BooleanField(default=True, verbose_name="现行")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="places.division",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Compound",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100, verbose_name="小区名称")),
                ("aliases", models.JSONField(blank=True, default=list, verbose_name="别名")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("commercial", "商品房"),
                            ("resettlement", "安置自建"),
                            ("former_village", "村改居"),
                            ("work_unit", "单位院"),
                            ("village_group", "村组"),
                        ],
                        max_length=20,
                        verbose_name="类型",
                    ),
                ),
                ("year_built", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="建成年份")),
                ("property_company_id", models.BigIntegerField(blank=True, null=True, verbose_name="物业服务企业")),
                ("owners_committee_id", models.BigIntegerField(blank=True, null=True, verbose_name="业主委员会")),
                ("lon", models.FloatField(blank=True, null=True)),
                ("lat", models.FloatField(blank=True, null=True)),
                ("active", models.BooleanField(default=True)),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="compounds", to="places.division"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Building",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60, verbose_name="楼栋")),
                ("road", models.CharField(blank=True, default="", max_length=60, verbose_name="路名")),
                ("road_number", models.CharField(blank=True, default="", max_length=20, verbose_name="门牌号")),
                ("households", models.PositiveIntegerField(default=0, verbose_name="户数")),
                ("floors", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="层数")),
                ("lon", models.FloatField(blank=True, null=True)),
                ("lat", models.FloatField(blank=True, null=True)),
                ("footprint", models.JSONField(blank=True, null=True, verbose_name="轮廓")),
                ("active", models.BooleanField(default=True)),
                (
                    "compound",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="buildings",
                        to="places.compound",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.division"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DivisionSuccession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField(verbose_name="自")),
                ("note", models.CharField(blank=True, default="", max_length=200, verbose_name="依据")),
                (
                    "predecessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="successions", to="places.division"
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="origins", to="places.division"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Entrance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20, verbose_name="单元")),
                (
                    "building",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entrances", to="places.building"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dwelling",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=20, verbose_name="室号")),
                (
                    "area",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="建筑面积"),
                ),
                (
                    "building",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="dwellings", to="places.building"
                    ),
                ),
                (
                    "entrance",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dwellings",
                        to="places.entrance",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Grid",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=15, unique=True, verbose_name="网格编码")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("boundary", models.JSONField(blank=True, null=True, verbose_name="边界")),
                ("active", models.BooleanField(default=True)),
                ("since", models.DateField(verbose_name="启用日期")),
                ("until", models.DateField(blank=True, null=True, verbose_name="停用日期")),
                (
                    "community",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="grids", to="places.division"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="building",
            name="grid",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="buildings",
                to="places.grid",
            ),
        ),
        migrations.CreateModel(
            name="GridVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("boundary", models.JSONField(null=True)),
                ("building_ids", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                (
                    "grid",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="places.grid"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MapLayer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=60, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("outline", "区划轮廓"),
                            ("arterial", "主干道"),
                            ("street", "街道"),
                            ("lane", "巷"),
                            ("rail", "铁路"),
                            ("river", "河"),
                            ("water", "水面"),
                            ("green", "绿地"),
                            ("landmark", "地标"),
                        ],
                        max_length=20,
                        verbose_name="类型",
                    ),
                ),
                ("geometry", models.JSONField()),
                ("width", models.FloatField(blank=True, null=True, verbose_name="宽度（米）")),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.division"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="division",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__length", 12)), name="division_code_has_12_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="division",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__gte", 1), ("level__lte", 5)), name="division_level_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="division",
            constraint=models.CheckConstraint(
                condition=models.Q(("level", 1), ("parent__isnull", False), _connector="OR"),
                name="division_below_province_has_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="compound",
            constraint=models.UniqueConstraint(
                models.F("community"), models.F("name"), name="compound_name_once_per_community"
            ),
        ),
        migrations.AddConstraint(
            model_name="divisionsuccession",
            constraint=models.UniqueConstraint(models.F("predecessor"), models.F("successor"), name="succession_once"),
        ),
        migrations.AddConstraint(
            model_name="divisionsuccession",
            constraint=models.CheckConstraint(
                condition=models.Q(("predecessor", models.F("successor")), _negated=True), name="succession_of_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="entrance",
            constraint=models.UniqueConstraint(
                models.F("building"), models.F("name"), name="entrance_name_once_per_building"
            ),
        ),
        migrations.AddConstraint(
            model_name="dwelling",
            constraint=models.UniqueConstraint(
                models.F("building"), models.F("entrance"), models.F("number"), name="dwelling_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="grid",
            constraint=models.CheckConstraint(condition=models.Q(("code__length", 15)), name="grid_code_has_15_digits"),
        ),
        migrations.AddConstraint(
            model_name="grid",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"),
                name="grid_ends_after_it_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="building",
            index=models.Index(models.F("lon"), models.F("lat"), name="building_by_position"),
        ),
        migrations.AddConstraint(
            model_name="building",
            constraint=models.UniqueConstraint(
                models.F("compound"), models.F("name"), name="building_name_once_per_compound"
            ),
        ),
        migrations.AddConstraint(
            model_name="gridversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__isnull", True), ("until__gt", models.F("since")), _connector="OR"),
                name="grid_version_lasts_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="gridversion",
            constraint=models.UniqueConstraint(models.F("grid"), models.F("since"), name="grid_version_once_a_day"),
        ),
        migrations.AddConstraint(
            model_name="gridversion",
            constraint=models.UniqueConstraint(
                models.F("grid"), condition=models.Q(("until__isnull", True)), name="grid_has_one_version_in_force"
            ),
        ),
        migrations.AddIndex(
            model_name="maplayer",
            index=models.Index(models.F("kind"), name="map_layer_by_kind"),
        ),
    ]
