"""Pages of the register and the map: who sees them, what they do, that they cost a fixed number of statements."""

import json
import re
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.kernel.models import Setting
from linli.places import actions, layers
from linli.places.models import Building, Compound, Division, DivisionSuccession, Dwelling, Grid, MapLayer
from linli.testing import NOW, SQUARE, Town

EAST = "/manage/places/990101001001/"
STREET = "/manage/places/990101001000/"


def client(town: Town, who: str | None) -> Client:
    made = Client()
    if who is not None:
        made.force_login(town.users[who])
    return made


def pages(town: Town) -> list[str]:
    return [
        "/manage/places/",
        "/manage/places/?q=社区",
        STREET,
        f"{STREET}children/",
        f"{STREET}new/",
        f"{STREET}edit/",
        EAST,
        f"{EAST}compounds/",
        f"{EAST}compounds/new/",
        f"{EAST}buildings/",
        f"{EAST}buildings/new/",
        f"{EAST}grids/new/",
        f"{EAST}import/",
        f"/manage/places/compounds/{town.compound.pk}/",
        f"/manage/places/compounds/{town.compound.pk}/edit/",
        f"/manage/places/buildings/{town.building.pk}/",
        f"/manage/places/buildings/{town.building.pk}/edit/",
        f"/manage/places/grids/{town.grids['east1'].pk}/",
        f"/manage/places/grids/{town.grids['east1'].pk}/redraw/",
        "/manage/places/base-map/",
    ]


def test_every_page_opens_for_the_one_who_manages_the_place(town: Town) -> None:
    for address in pages(town):
        answer = client(town, "admin").get(address)
        assert answer.status_code == 200, address
        assert "style=" not in answer.content.decode(), address


def test_who_oversees_may_look_but_finds_no_form(town: Town) -> None:
    clerk = client(town, "clerk")
    for address in (EAST, f"{EAST}compounds/", f"/manage/places/buildings/{town.building.pk}/"):
        answer = clerk.get(address)
        assert answer.status_code == 200
        assert "只能查看" in answer.content.decode() or "新增" not in answer.content.decode()
    assert clerk.get(f"{EAST}grids/new/").status_code == 403
    assert clerk.post(f"/manage/places/compounds/{town.compound.pk}/switch/", {"reason": "甲"}).status_code == 403
    assert Compound.objects.get(pk=town.compound.pk).active


@pytest.mark.parametrize("who", ["west_clerk", "far_dispatcher"])
def test_neighbours_find_nothing_here(town: Town, who: str) -> None:
    for address in pages(town):
        if "990101001001" in address or re.search(r"/\d+/", address):
            assert client(town, who).get(address).status_code in (403, 404), address


@pytest.mark.parametrize("who", ["worker", "housing", "property"])
def test_posts_without_a_place_are_told_why(town: Town, who: str) -> None:
    answer = client(town, who).get("/manage/places/")
    assert answer.status_code == 403
    assert "您的岗位不包括这项" in answer.content.decode()


def test_whoever_is_not_signed_in_is_asked_to(town: Town) -> None:
    answer = client(town, None).get(EAST)
    assert answer.status_code == 302
    assert "sign-in" in answer.headers["Location"]
    posted = client(town, None).post(f"{STREET}new/", {"code": "990101001003", "name": "䶮家社区"})
    assert posted.status_code == 401


def test_a_post_that_came_after_the_session_ended_is_kept_for_after_the_sign_in(town: Town) -> None:
    page = client(town, None).post(f"{STREET}new/", {"code": "990101001003", "name": "䶮家社区"}).content.decode()
    assert 'name="resume"' in page


# --- divisions


def test_opening_renaming_and_retiring_a_community(town: Town) -> None:
    head = client(town, "street_head")
    answer = head.post(f"{STREET}new/", {"code": "990101001003", "name": "䶮家社区", "urban_kind": "111"})
    assert answer.headers["Location"] == "/manage/places/990101001003/"
    bad = head.post(f"{STREET}new/", {"code": "990101001003", "name": "别的"})
    assert bad.status_code == 422
    assert "代码 990101001003 已经登记过了。" in bad.content.decode()
    assert "别的" in bad.content.decode()
    head.post("/manage/places/990101001003/edit/", {"name": "龙家社区", "urban_kind": ""})
    page = head.get("/manage/places/990101001003/").content.decode()
    assert "龙家社区" in page
    assert "名称：䶮家社区 → 龙家社区" in page
    refused = head.post(f"{EAST}switch/", {"reason": "撤并"})
    assert refused.status_code == 409
    assert "里面还有1 个小区、2 个网格在用" in refused.content.decode()
    assert head.post("/manage/places/990101001003/switch/", {"reason": "撤并"}).status_code == 302
    assert not Division.objects.get(code="990101001003").active
    head.post("/manage/places/990101001003/switch/", {"to": "active"})
    assert Division.objects.get(code="990101001003").active


def test_successions_are_added_and_taken_back(town: Town) -> None:
    admin = client(town, "admin")
    form = {"other": "990101002201", "direction": "from", "since": "2026-01-01", "basis": "民政函9号", "retire": "1"}
    assert admin.post(f"{EAST}successions/", form).status_code == 302
    link = DivisionSuccession.objects.get()
    assert (link.predecessor.name, link.successor.name) == ("石桥村", "东门社区")
    assert not Division.objects.get(code="990101002201").active
    page = admin.get(EAST).content.decode()
    assert "接续自" in page and "民政函9号" in page
    assert admin.post(f"{EAST}successions/", form).status_code == 409
    assert "没有代码是" in admin.post(f"{EAST}successions/", form | {"other": "990101009999"}).content.decode()
    assert admin.post(f"{EAST}successions/", {"other": "1"}).status_code == 409
    assert admin.post(f"/manage/places/successions/{link.pk}/remove/", {"here": "990101001001"}).status_code == 302
    assert not DivisionSuccession.objects.exists()


def test_lists_are_filtered_sorted_searched_and_taken_away(town: Town) -> None:
    admin, east = client(town, "admin"), town.divisions["east"]
    for name, year, kind in (
        ("水岸名居", 2015, "commercial"),
        ("棉纺宿舍", 1986, "work_unit"),
        ("=甲", None, "commercial"),
    ):
        Compound.objects.create(
            community=east, name=name, year_built=year, kind=kind, aliases=["老棉纺"] if year == 1986 else []
        )

    def names(query: str) -> list[str]:
        page = admin.get(f"{EAST}compounds/{query}").content.decode()
        return re.findall(r"data-open>([^<]*)</a>", page)

    assert set(names("")) == {"桂花园", "水岸名居", "棉纺宿舍", "=甲"}
    assert set(names("?age=old")) == {"桂花园", "棉纺宿舍"}
    assert names("?kind=work_unit") == ["棉纺宿舍"]
    assert names("?q=老棉") == ["棉纺宿舍"] or names("?q=棉纺") == ["棉纺宿舍"]
    assert names("?sort=-year&age=all&kind=commercial")[-1] in ("=甲", "桂花园")
    assert names("?sort=nonsense&page=999999999") == names("")
    table = admin.get(f"{EAST}compounds/?age=old&sort=year&export=csv").content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in table] == ["小区", "棉纺宿舍", "桂花园"]
    assert "'=甲" in admin.get(f"{EAST}compounds/?export=csv").content.decode()
    below = admin.get(f"{STREET}?within=西&export=csv").content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in below] == ["名称", "西园社区"]
    assert "3栋" in admin.get(f"{EAST}buildings/?q=解放&export=csv").content.decode()
    assert "第2网格" in admin.get(f"{EAST}?export=csv").content.decode()


@pytest.mark.parametrize(
    "address", [EAST, f"{EAST}compounds/", f"{EAST}buildings/", "/manage/places/", f"{STREET}children/"]
)
def test_more_rows_cost_no_more_statements(town: Town, address: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    admin, east = client(town, "admin"), town.divisions["east"]

    def statements() -> int:
        admin.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert admin.get(address).status_code == 200
        return len(seen)

    before = statements()
    for n in range(12):
        compound = Compound.objects.create(community=east, name=f"小区{n}", kind="commercial")
        Building.objects.create(community=east, compound=compound, grid=town.grids["east1"], name="1栋")
        Grid.objects.create(community=east, code=f"990101001001{n + 500}", name=f"网格{n}", since="2025-01-01")
        Division.objects.create(
            code=f"990101001{n + 500:03d}", name=f"社区{n}", level=5, parent=town.divisions["street"]
        )
    assert statements() == before


# --- compounds, buildings, dwellings


def test_a_compound_with_a_building_from_empty_to_retired(town: Town) -> None:
    head = client(town, "head")
    made = head.post(
        f"{EAST}compounds/new/",
        {"name": "水岸名居", "kind": "commercial", "year_built": "2003", "aliases": "水岸，名居"},
    )
    compound = Compound.objects.get(name="水岸名居")
    assert made.headers["Location"] == f"/manage/places/compounds/{compound.pk}/"
    assert "可改造的老旧小区" in head.get(made.headers["Location"]).content.decode()
    bad = head.post(f"{EAST}compounds/new/", {"name": "桂花园", "kind": "commercial", "lon": "105"})
    assert bad.status_code == 422
    assert "经度和纬度要一起填写。" in bad.content.decode()
    head.post(
        f"{EAST}buildings/new/?compound={compound.pk}",
        {"name": "1栋", "compound": compound.pk, "lon": "105.015", "lat": "30.005"},
    )
    building = Building.objects.get(compound=compound)
    assert building.grid_id == town.grids["east2"].pk
    page = f"/manage/places/buildings/{building.pk}/"
    proposed = head.post(
        f"{page}dwellings/", {"do": "regular", "r-entrances": "1", "r-floors": "2", "r-per_floor": "2"}
    )
    assert "1单元：101 102 201 202" in proposed.content.decode()
    assert not Dwelling.objects.exists()
    head.post(f"{page}dwellings/", {"dwellings": "1单元：101=88.37 102"})
    assert Dwelling.objects.count() == 2
    wrong = head.post(f"{page}dwellings/", {"dwellings": "1单元：101 101"})
    assert wrong.status_code == 422
    assert "101 写了两遍" in wrong.content.decode() and "1单元：101 101" in wrong.content.decode()
    moved = head.post(f"{page}move/", {"grid": town.grids["east1"].pk, "since": "2026-11-20"})
    assert moved.status_code == 302
    building.refresh_from_db()
    assert building.grid_id == town.grids["east1"].pk
    assert head.post(f"{page}switch/", {"reason": "拆除"}).status_code == 302
    assert head.post(f"/manage/places/compounds/{compound.pk}/switch/", {"reason": "拆迁"}).status_code == 302
    assert not Compound.objects.get(pk=compound.pk).active


def test_a_file_is_checked_then_imported(town: Town) -> None:
    head = client(town, "head")
    good = "社区代码,小区,类型,楼栋\n990101001001,水岸名居,商品房,1栋\n".encode()

    def send(content: bytes, do: str) -> Any:
        return head.post(f"{EAST}import/", {"file": SimpleUploadedFile("小区.csv", content), "do": do})

    assert "检查过了，没有问题" in send(good, "check").content.decode()
    assert Compound.objects.count() == 1
    assert "导入完成" in send(good, "import").content.decode()
    assert Compound.objects.filter(name="水岸名居").exists()
    bad = send("社区代码,小区,类型\n990101001002,西边,商品房\n".encode(), "import")
    assert bad.status_code == 422
    assert "第 2 行：这个地方不在您管理的范围里。" in bad.content.decode()
    assert send(b"PK\x03\x04zip bomb", "import").status_code == 422
    assert head.post(f"{EAST}import/", {}).status_code == 422


def test_companies_and_committees_come_from_the_organisations(town: Town) -> None:
    head = client(town, "head")
    page = f"/manage/places/compounds/{town.compound.pk}/"
    assert "安和物业" in head.get(f"{page}edit/").content.decode()
    form = {"name": "桂花园", "kind": "commercial", "property_company_id": town.units["property"].pk}
    assert head.post(f"{page}edit/", form).status_code == 302
    assert "安和物业" in head.get(page).content.decode()
    assert head.post(f"{page}edit/", form | {"property_company_id": town.units["housing"].pk}).status_code == 422


# --- grids


def test_drawing_by_pasting_geojson_without_a_script(town: Town) -> None:
    head, east1 = client(town, "head"), town.grids["east1"]
    narrow = {"type": "Polygon", "coordinates": [[[105, 30], [105.008, 30], [105.008, 30.01], [105, 30.01], [105, 30]]]}
    form = {"since": "2026-11-24", "boundary": json.dumps(narrow), "buildings": "inside", "basis": "社区网格调整"}
    page = f"/manage/places/grids/{east1.pk}/"
    assert head.post(f"{page}redraw/", form).headers["Location"] == page
    shown = head.get(page).content.decode()
    assert "2025年1月1日" in shown and "2026年11月24日" in shown and "m-former" in shown
    overlapping = form | {"boundary": json.dumps(town.grids["east2"].boundary)}
    refused = head.post(f"{page}redraw/", overlapping)
    assert refused.status_code == 422
    assert "“第1网格”和“第2网格”重叠了" in refused.content.decode()
    assert "105.01, 30.0" in refused.content.decode()
    assert head.post(f"{page}redraw/", form | {"boundary": "{", "since": "昨天"}).status_code == 422
    made = head.post(
        f"{EAST}grids/new/",
        {
            "name": "第三网格",
            "since": "2026-11-24",
            "boundary": "",
            "buildings": "listed",
            "listed": [town.building.pk],
        },
    )
    assert Building.objects.get(pk=town.building.pk).grid.name == "第三网格"
    assert "990101001001003" in head.get(made.headers["Location"]).content.decode()


def test_renaming_and_closing_a_grid(town: Town) -> None:
    head = client(town, "head")
    page = f"/manage/places/grids/{town.grids['east2'].pk}/"
    assert head.post(f"{page}rename/", {"name": "桂花网格"}).status_code == 302
    assert head.post(f"{page}rename/", {"name": "第1网格"}).status_code == 409
    assert head.post(f"{page}close/", {"until": "2026-12-01", "reason": ""}).status_code == 409
    assert head.post(f"{page}close/", {"until": "2026-12-01", "reason": "合并"}).status_code == 302
    busy = head.post(f"/manage/places/grids/{town.grids['east1'].pk}/close/", {"until": "2026-12-01", "reason": "合并"})
    assert "还有 1 栋楼" in busy.content.decode()


# --- the map


def test_the_public_map_needs_neither_account_nor_script(town: Town) -> None:
    anyone = client(town, None)
    page = anyone.get("/map/").content.decode()
    assert "<svg" in page and "东门社区" in page
    one = anyone.get("/map/?community=990101001001").content.decode()
    assert "第1网格" in one and "990101001001002" in one
    assert anyone.get("/map/?community=990101009999").status_code == 404
    assert "http" not in re.sub(r"http://www\.w3\.org/\S+", "", page)


def test_an_empty_map_says_what_will_be_there(db: None) -> None:
    assert "社区画好网格以后" in Client().get("/map/").content.decode()


def test_layers_come_in_windows_with_a_tag(town: Town) -> None:
    anyone = client(town, None)
    road = {"type": "LineString", "coordinates": [[105.0, 30.0], [105.02, 30.01]]}
    MapLayer.objects.create(name="解放路", kind="arterial", division=town.divisions["city"], geometry=road)
    Building.objects.filter(pk=town.building.pk).update(footprint=SQUARE)
    Compound.objects.filter(pk=town.compound.pk).update(lon=105.005, lat=30.005)

    def ids(layer: str, bbox: str) -> list[Any]:
        data = anyone.get(f"/map/data/{layer}.geojson?bbox={bbox}").json()
        assert (data["type"], data["truncated"]) == ("FeatureCollection", False)
        return [feature["id"] for feature in data["features"]]

    west_half = "105.0,30.0,105.005,30.01"
    assert ids("grids", west_half) == [town.grids["east1"].pk]
    assert ids("grids", "104,29,106,31") == [town.grids["east1"].pk, town.grids["east2"].pk]
    assert ids("communities", west_half) == [town.divisions["east"].pk]
    assert (
        len(ids("ways", west_half))
        == len(ids("compounds", "105,30,105.006,30.006"))
        == len(ids("buildings", west_half))
        == 1
    )
    assert ids("areas", west_half) == ids("grids", "0,0,1,1") == []
    first = anyone.get(f"/map/data/grids.geojson?bbox={west_half}")
    assert first.headers["Content-Type"] == "application/geo+json"
    again = anyone.get(f"/map/data/grids.geojson?bbox={west_half}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    actions.rename_grid(grid=town.grids["east1"], name="桂花网格", by=town.actor("head"), at=NOW)
    changed = anyone.get(f"/map/data/grids.geojson?bbox={west_half}", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.json()["features"][0]["properties"]["name"] == "桂花网格"


@pytest.mark.parametrize(
    "bbox", ["1,2,3", "a,b,c,d", "2,0,1,1", "nan,0,1,1", "-999,0,1,1", "0,0,1,1,1", "1" * 30 + ",0,1,1"]
)
def test_a_window_that_is_none(town: Town, bbox: str) -> None:
    assert client(town, None).get(f"/map/data/grids.geojson?bbox={bbox}").status_code == 400
    assert client(town, None).get(f"/map/data/residents.geojson?bbox={bbox}").status_code == 404


def test_what_another_area_brings_is_on_the_map_and_in_the_list(town: Town) -> None:
    def points(
        west: float, south: float, east: float, north: float, /, *, at: datetime, limit: int
    ) -> list[layers.MapPoint]:
        found = [
            layers.MapPoint(
                "7Q4M-2KX9", 105.005, 30.005, "路灯不亮", state="over", state_text="超期", href="/matters/x/"
            )
        ]
        return [one for one in found if west <= one.lon <= east and south <= one.lat <= north][:limit]

    before = layers.registered()
    layers.register("test_points", points)
    try:
        anyone = client(town, None)
        page = anyone.get("/map/").content.decode()
        assert "路灯不亮" in page and "c-over" in page
        answer = anyone.get("/map/data/test_points.geojson?bbox=105,30,105.01,30.01")
        assert answer.json()["features"][0]["properties"] == {
            "title": "路灯不亮", "code": "", "state": "over", "state_text": "超期", "detail": "", "href": "/matters/x/",
        }  # fmt: skip
        tag = answer.headers["ETag"]
        same = anyone.get("/map/data/test_points.geojson?bbox=105,30,105.01,30.01", headers={"If-None-Match": tag})
        assert same.status_code == 304
    finally:
        layers._layers.clear()
        layers._layers.update(before)


def test_the_base_map_is_decided_by_who_manages_every_place_and_named_in_the_policy_of_the_map_only(town: Town) -> None:
    tiles = "https://tiles.example.cn/{z}/{x}/{y}.png"
    assert client(town, "head").post("/manage/places/base-map/", {"tiles": tiles}).status_code == 403
    admin = client(town, "admin")
    for bad in (
        "http://tiles.example.cn/{z}/{x}/{y}.png",
        "//evil/{z}/{x}/{y}",
        "/tiles/{z}/{x}.png",
        "https://a'b/{z}/{x}/{y}",
        "https://a b/{z}/{x}/{y}",
    ):
        assert admin.post("/manage/places/base-map/", {"tiles": bad}).status_code == 422, bad
    assert admin.post("/manage/places/base-map/", {"tiles": tiles, "attribution": "图源甲"}).status_code == 302
    page = client(town, None).get("/map/")
    assert "img-src 'self' https://tiles.example.cn" in page.headers["Content-Security-Policy"]
    assert "connect-src 'self' https://tiles.example.cn" in page.headers["Content-Security-Policy"]
    assert "图源甲" in page.content.decode()
    assert "tiles.example.cn" not in client(town, None).get("/").headers["Content-Security-Policy"]
    admin.post("/manage/places/base-map/", {"tiles": "", "attribution": ""})
    assert Setting.objects.get(key="base_map").value["tiles"] == ""
    assert "tiles.example.cn" not in client(town, None).get("/map/").headers["Content-Security-Policy"]


# --- the API


def test_locating_over_the_api(town: Town) -> None:
    anyone = client(town, None)
    (found,) = anyone.get("/api/v1/places/locate/point?lon=105.005&lat=30.005").json()["candidates"]
    assert (found["grid_id"], found["exact"], found["community"]) == (town.grids["east1"].pk, True, "990101001001")
    (found,) = anyone.get("/api/v1/places/locate/text?text=桂花园3号楼").json()["candidates"]
    assert (found["building_id"], found["label"]) == (town.building.pk, "东门社区 桂花园 3栋 第1网格")
    assert anyone.get("/api/v1/places/locate/text?text=桂花园3栋&community=990101001002").json() == {"candidates": []}
    for query in ("lon=200&lat=0", "lon=x&lat=0", "lon=105", "lon=105&lat=30&crs=mars", "lon=nan&lat=1"):
        answer = anyone.get(f"/api/v1/places/locate/point?{query}")
        assert answer.status_code == 422, query
        assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert anyone.get(f"/api/v1/places/locate/text?text={'路' * 201}").status_code == 422
    assert anyone.get("/api/v1/places/locate/text?text=甲&community=1").status_code == 404


def test_divisions_compounds_and_grids_over_the_api(town: Town) -> None:
    anyone = client(town, None)
    assert [row["name"] for row in anyone.get("/api/v1/places/divisions").json()["items"]] == ["示范省"]
    first = anyone.get("/api/v1/places/divisions?parent=990101001000&limit=1").json()
    assert ([row["code"] for row in first["items"]], first["next"]) == (["990101001001"], "990101001001")
    rest = anyone.get(f"/api/v1/places/divisions?parent=990101001000&limit=1&cursor={first['next']}").json()
    assert ([row["code"] for row in rest["items"]], rest["next"]) == (["990101001002"], None)
    assert anyone.get("/api/v1/places/divisions?parent=123").status_code == 404
    detail = anyone.get("/api/v1/places/divisions/990101001001").json()
    assert (detail["parent"], detail["level"], detail["successions"]) == ("990101001000", 5, [])
    compounds = anyone.get("/api/v1/places/compounds?community=990101001001").json()
    assert [(row["name"], row["due_for_renovation"]) for row in compounds["items"]] == [("桂花园", True)]
    grids = anyone.get("/api/v1/places/grids?community=990101001001").json()
    assert [feature["properties"]["code"] for feature in grids["features"]] == ["990101001001001", "990101001001002"]
    assert anyone.get("/api/v1/places/grids?community=990101001000").status_code == 404
