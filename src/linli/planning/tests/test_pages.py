"""The planner's pages: asked for, looked at, changed without script, decided, exchanged."""

import io
import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from linli.places.models import Grid
from linli.planning import actions
from linli.planning.enums import Step
from linli.planning.forms import PlanForm
from linli.planning.models import Plan
from linli.planning.tests.drawn import by_hand, lattice
from linli.testing import NOW, Town

pytestmark = pytest.mark.django_db


def client(town: Town, who: str) -> Client:
    found = Client()
    found.force_login(town.users[who])
    return found


FORM = {
    "target": "60",
    "tolerance": "5",
    "seconds": "20",
    "seed": "1",
    "weight_households": "1",
    "weight_matters": "2.5",
    "weight_visits": "0",
    "weight_care": "0",
}


def test_a_plan_is_asked_for_on_the_page(town):
    lattice(town)
    code = town.divisions["east"].code
    page = client(town, "head").get(f"/manage/planning/{code}/")
    assert page.status_code == 200 and "走访、照护现在没有数据，都按 0 算。" in page.content.decode()
    answer = client(town, "head").post(f"/manage/planning/{code}/", FORM | {"low": "50", "keep": "on"})
    plan = Plan.objects.get()
    assert answer.headers["Location"] == f"/manage/planning/plans/{plan.pk}/"
    asked = plan.settings
    assert (asked["target"], asked["band"], asked["keep"], asked["weights"]["matters"]) == (
        60,
        [50, 1_000_000],
        True,
        2.5,
    )
    page = client(town, "head").get(answer.headers["Location"])
    assert "排在队里" in page.content.decode()
    state = client(town, "head").get(f"{answer.headers['Location']}state/")
    assert state.headers["X-Run"] == "going"
    assert client(town, "head").post(f"{answer.headers['Location']}stop/").status_code == 302
    plan.refresh_from_db()
    assert plan.stopping
    again = PlanForm(None, last=plan.settings)
    assert (again["low"].value(), again["high"].value(), again["tolerance"].value()) == (50, None, 5.0)


def test_what_is_typed_wrong_is_said_and_kept(town):
    lattice(town)
    answer = client(town, "head").post(
        f"/manage/planning/{town.divisions['east'].code}/", FORM | {"low": "90", "high": "10"}
    )
    assert answer.status_code == 422 and "至多的户数不能少于至少的户数" in answer.content.decode()
    assert 'value="90"' in answer.content.decode() and Plan.objects.count() == 0


def test_a_building_is_moved_without_script_and_taken_back(town):
    houses = lattice(town)
    plan = by_hand(town)
    desk, here = client(town, "head"), f"/manage/planning/plans/{plan.pk}/"
    key = {name: str(town.grids[name].pk) for name in ("east1", "east2")}
    unit = str(houses[5].pk)
    assert plan.assignment[unit] == key["east1"]
    page = desk.get(f"{here}?building={unit}&to={key['east2']}").content.decode()
    assert "第1网格 ±0.0% → −16.7%" in page and "第2网格 ±0.0% → +16.7%" in page and "，变差" in page
    assert Plan.objects.get().assignment[unit] == key["east1"]
    part = desk.get(f"{here}?building={unit}&to={key['east2']}&part=try").content.decode()
    assert "就这样移" in part and "<html" not in part
    assert (
        desk.post(f"{here}move/", {"building": unit, "to": key["east2"], "community": "990101001001"}).status_code
        == 302
    )
    plan.refresh_from_db()
    assert (plan.assignment[unit], plan.figures["worst"], plan.figures["moved"]) == (key["east2"], 0.166667, 20)
    assert desk.post(f"{here}take-back/").status_code == 302
    plan.refresh_from_db()
    assert plan.assignment[unit] == key["east1"] and plan.moves.count() == 2
    assert desk.post(f"{here}take-back/").status_code == 409


def test_a_grid_cut_in_two_is_said_and_cannot_be_submitted(town):
    houses = lattice(town)
    plan = by_hand(town)
    desk, here = client(town, "head"), f"/manage/planning/plans/{plan.pk}/"
    corner, east2 = str(houses[0].pk), str(town.grids["east2"].pk)
    page = desk.get(f"{here}?building={corner}&to={east2}").content.decode()
    assert "“第2网格”不相连，分成了 2 块。这样不能送审。" in page
    desk.post(f"{here}move/", {"building": corner, "to": east2})
    answer = desk.post(f"{here}submit/", {"since": "2026-12-01"})
    assert answer.status_code == 409 and "改好才能送审" in answer.content.decode()


def test_submitted_given_back_submitted_published(town):
    houses = lattice(town)
    plan = by_hand(town)
    here = f"/manage/planning/plans/{plan.pk}/"
    head, street = client(town, "head"), client(town, "street_head")
    head.post(f"{here}move/", {"building": str(houses[5].pk), "to": str(town.grids["east2"].pk)})
    assert head.post(f"{here}submit/", {"since": ""}).status_code == 409
    assert head.post(f"{here}submit/", {"since": "2026-11-01"}).status_code == 409
    assert head.post(f"{here}submit/", {"since": "2026-12-01"}).status_code == 302
    assert "等审定" in street.get("/manage/planning/").content.decode()
    assert head.post(f"{here}decide/", {"do": "publish"}).status_code == 403
    assert street.post(f"{here}decide/", {"do": "return", "reason": " "}).status_code == 409
    assert street.post(f"{here}decide/", {"do": "return", "reason": "先问问居民"}).status_code == 302
    assert "先问问居民" in head.get(here).content.decode()
    head.post(f"{here}submit/", {"since": "2026-12-01"})
    assert street.post(f"{here}decide/", {"do": "publish"}).status_code == 302
    plan.refresh_from_db()
    assert (plan.step, plan.decided_by) == (Step.PUBLISHED, town.users["street_head"])
    assert "从 2026年12月1日 起用" in head.get(here).content.decode()
    assert (
        head.post(f"{here}move/", {"building": str(houses[5].pk), "to": str(town.grids["east1"].pk)}).status_code == 403
    )


def test_plans_are_compared_side_by_side(town):
    lattice(town)
    plans = [by_hand(town) for _ in range(4)]
    proof = {
        "community": "990101001001",
        "grids": 2,
        "status": "optimal",
        "gap": 0.0,
        "bound": 0.0,
        "zh": "已证明。",
        "en": "Proven.",
    }
    Plan.objects.filter(pk=plans[0].pk).update(proof=[proof])
    query = "&".join(f"plan={plan.pk}" for plan in plans)
    page = client(town, "head").get(f"/manage/planning/{town.divisions['east'].code}/compare/?{query}").content.decode()
    assert page.count('<svg class="c-svg m-svg"') == 3 and "只取了前三个" in page and page.count("已证明。") == 1
    empty = client(town, "head").get(f"/manage/planning/{town.divisions['east'].code}/compare/?plan=x").content.decode()
    assert "没有选方案" in empty


@pytest.mark.parametrize("kind", ["geojson", "xlsx", "csv"])
def test_a_plan_goes_out_and_comes_back_the_same(town, kind):
    lattice(town)
    plan, desk = by_hand(town), client(town, "head")
    sent = desk.get(f"/manage/planning/plans/{plan.pk}/export/{kind}/")
    assert sent.status_code == 200
    if kind == "geojson":
        kinds = [one["geometry"]["type"] for one in json.loads(sent.content)["features"]]
        assert (kinds.count("Polygon"), kinds.count("Point")) == (2, 12)
    if kind == "xlsx":
        sheet = load_workbook(io.BytesIO(sent.content)).active
        assert [cell.value for cell in sheet[1]][::9] == ["楼栋编号", "网格"]
    file = SimpleUploadedFile(f"a.{kind}", sent.content)
    answer = desk.post(f"/manage/planning/{town.divisions['east'].code}/import/", {"file": file, "name": "回来的"})
    assert answer.status_code == 302, answer.content.decode()
    back = Plan.objects.get(name="回来的")
    assert back.assignment == plan.assignment and back.grids == plan.grids


def test_a_wrong_file_is_refused_with_row_numbers(town):
    houses = lattice(town)
    rows = "楼栋编号,网格\nx,第1网格\n7,\n" + f"{houses[0].pk},第1网格\n{houses[0].pk},第2网格\n"
    file = SimpleUploadedFile("a.csv", rows.encode())
    answer = client(town, "head").post(f"/manage/planning/{town.divisions['east'].code}/import/", {"file": file})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "第 2 行：楼栋编号应是数字。" in text and "第 3 行" in text and "第 5 行：同一栋楼写了两个网格。" in text
    some = SimpleUploadedFile("a.csv", f"楼栋编号,网格\n{houses[0].pk},甲\n".encode())
    answer = client(town, "head").post(f"/manage/planning/{town.divisions['east'].code}/import/", {"file": some})
    assert "有 11 栋楼没有写网格" in answer.content.decode() and Plan.objects.count() == 0


def test_new_names_in_a_file_are_new_grids(town):
    houses = lattice(town)
    labels = {str(one.pk): ("第1网格" if number < 6 else "滨河") for number, one in enumerate(houses)}
    plan = actions.take_in(division=town.divisions["east"], name="", labels=labels, by=town.actor("head"), at=NOW)
    assert {one["name"]: one["grid"] for one in plan.grids.values()} == {
        "第1网格": town.grids["east1"].pk,
        "滨河": None,
    }
    actions.submit(plan=plan, since=date(2026, 11, 24), by=town.actor("head"), at=NOW)
    actions.publish(plan=plan, by=town.actor("street_head"), at=NOW)
    made = Grid.objects.get(name="滨河")
    assert made.active and made.buildings.count() == 6
    town.grids["east2"].refresh_from_db()
    assert (town.grids["east2"].active, town.grids["east2"].until) == (False, date(2026, 11, 24))


def test_lists_take_a_fixed_number_of_statements(town, django_assert_max_num_queries):
    lattice(town)
    by_hand(town)
    desk = client(town, "head")
    desk.get("/manage/planning/")
    for path in (
        "/manage/planning/",
        f"/manage/planning/{town.divisions['east'].code}/",
        f"/manage/planning/plans/{Plan.objects.get().pk}/",
    ):
        with django_assert_max_num_queries(40):
            desk.get(path)


def test_the_workload_of_each_building_is_shown_and_goes_out(town):
    lattice(town)
    desk, path = client(town, "head"), f"/manage/planning/{town.divisions['east'].code}/workload/"
    assert "桂花园0-0" in desk.get(path).content.decode()
    sheet = load_workbook(io.BytesIO(desk.get(f"{path}?export=xlsx").content)).active
    assert sheet.max_row == 13
