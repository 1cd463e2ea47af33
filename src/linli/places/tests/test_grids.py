"""Drawing and re-drawing grids: history kept, overlaps refused, buildings in one grid at a time."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from linli.kernel.models import AuditEntry
from linli.kernel.policy import Refused
from linli.places import actions, queries
from linli.places.actions import Drawing
from linli.places.models import Building, Grid, GridVersion
from linli.testing import NOW, Town

TODAY = date(2026, 11, 24)
SOON = date(2027, 1, 1)


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)


def building(town: Town, name: str, lon: float | None, lat: float | None, grid: str | None = None) -> Building:
    return Building.objects.create(
        community=town.divisions["east"],
        compound=town.compound,
        name=name,
        lon=lon,
        lat=lat,
        grid=town.grids[grid] if grid else None,
    )


def versions(grid: Grid) -> list[tuple[date, date | None, list[int]]]:
    return [(row.since, row.until, row.building_ids) for row in grid.versions.order_by("since")]


def test_a_new_grid_gets_the_next_serial_and_the_buildings_inside(town):
    inside, outside = building(town, "9栋", 105.025, 30.005), building(town, "10栋", 105.04, 30.005)
    grid = actions.create_grid(
        community=town.divisions["east"],
        name="第三网格",
        since=TODAY,
        boundary=box(105.02, 30.0, 105.03, 30.01),
        by=town.actor("head"),
        at=NOW,
    )
    assert (grid.code, grid.active) == ("990101001001003", True)
    assert versions(grid) == [(TODAY, None, [inside.pk])]
    inside.refresh_from_db()
    outside.refresh_from_db()
    assert (inside.grid_id, outside.grid_id) == (grid.pk, None)
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.user_label, entry.after["buildings"]) == ("places.create", "罗长青", [inside.pk])


def test_redrawing_keeps_how_it_was(town):
    east1 = town.grids["east1"]
    homeless = building(town, "无坐标", None, None, "east1")
    moved = building(town, "5栋", 105.009, 30.005, "east1")
    actions.redraw(
        drawings_wanted=[Drawing(east1, box(105.0, 30.0, 105.007, 30.01))],
        since=TODAY,
        basis="社区网格调整",
        by=town.actor("head"),
        at=NOW,
    )
    assert versions(east1) == [
        (date(2025, 1, 1), TODAY, [town.building.pk, homeless.pk, moved.pk]),
        (TODAY, None, [town.building.pk, homeless.pk]),
    ]
    east1.refresh_from_db()
    moved.refresh_from_db()
    assert east1.boundary == box(105.0, 30.0, 105.007, 30.01)
    assert moved.grid_id is None
    for day, expected in [(date(2026, 11, 23), east1.pk), (TODAY, None), (date(2024, 12, 31), None)]:
        assert queries.grid_at(105.009, 30.005, day) == expected
        assert queries.grid_of_building(moved.pk, day) == expected
    assert queries.locate_point(105.009, 30.005)[0].exact is False
    assert queries.locate_point(105.009, 30.005, at=date(2026, 11, 1))[0].place.grid_id == east1.pk


def test_two_grids_trade_a_strip_in_one_act_and_the_buildings_follow(town):
    east1, east2 = town.grids["east1"], town.grids["east2"]
    strip = building(town, "7栋", 105.011, 30.005, "east2")
    actions.redraw(
        drawings_wanted=[
            Drawing(east1, box(105.0, 30.0, 105.012, 30.01)),
            Drawing(east2, box(105.012, 30.0, 105.02, 30.01)),
        ],
        since=TODAY,
        by=town.actor("head"),
        at=NOW,
    )
    assert versions(east1)[-1] == (TODAY, None, [town.building.pk, strip.pk])
    assert versions(east2) == [(date(2025, 1, 1), TODAY, [strip.pk]), (TODAY, None, [])]
    assert AuditEntry.objects.filter(action="places.redraw").count() == 2


def test_overlaps_are_refused_with_the_pair_named(town):
    with pytest.raises(ValidationError) as refused:
        actions.redraw(
            drawings_wanted=[Drawing(town.grids["east1"], box(105.0, 30.0, 105.012, 30.01))],
            since=TODAY,
            by=town.actor("head"),
            at=NOW,
        )
    assert refused.value.message_dict == {"boundary": ["“第1网格”和“第2网格”重叠了，请改其中一个的边界。"]}
    assert not GridVersion.objects.exists()
    with pytest.raises(ValidationError) as refused:
        actions.redraw(
            drawings_wanted=[Drawing(town.grids["west1"], box(105.0, 30.0, 105.005, 30.005))],
            since=TODAY,
            by=town.actor("street_head"),
            at=NOW,
        )
    assert refused.value.message_dict == {"boundary": ["“第1网格”和“东门社区第1网格”重叠了，请改其中一个的边界。"]}
    # a common border, and a sliver below a square metre, are no overlap
    actions.redraw(
        drawings_wanted=[Drawing(town.grids["west1"], box(104.99, 30.0, 105.0000000001, 30.01))],
        since=TODAY,
        by=town.actor("street_head"),
        at=NOW,
    )


def test_a_plan_for_a_later_day_takes_effect_on_that_day(town):
    east1 = town.grids["east1"]
    before = east1.boundary
    actions.redraw(
        drawings_wanted=[Drawing(east1, box(105.0, 30.0, 105.004, 30.01))], since=SOON, by=town.actor("head"), at=NOW
    )
    east1.refresh_from_db()
    town.building.refresh_from_db()
    assert (east1.boundary, town.building.grid_id) == (before, east1.pk)
    assert queries.grid_at(105.005, 30.005, date(2026, 12, 31)) == east1.pk
    assert queries.grid_at(105.005, 30.005, SOON) is None
    assert actions.turn_grids(at=at(date(2026, 12, 31))) == 0
    assert actions.turn_grids(at=at(SOON)) == 1
    assert actions.turn_grids(at=at(SOON)) == 0
    east1.refresh_from_db()
    town.building.refresh_from_db()
    assert (east1.boundary, town.building.grid_id) == (box(105.0, 30.0, 105.004, 30.01), None)


def test_a_new_grid_planned_ahead_opens_on_its_day(town):
    grid = actions.create_grid(
        community=town.divisions["east"],
        name="第三网格",
        since=SOON,
        boundary=box(105.02, 30.0, 105.03, 30.01),
        by=town.actor("head"),
        at=NOW,
    )
    assert (grid.active, grid.boundary) == (False, None)
    assert queries.locate_point(105.025, 30.005) == []
    # the ground that it will take cannot be given away before
    with pytest.raises(ValidationError, match="“甲”和“东门社区第三网格（2027年1月1日起）”重叠了"):
        actions.create_grid(
            community=town.divisions["west"],
            name="甲",
            since=TODAY,
            boundary=box(105.025, 30.0, 105.03, 30.01),
            by=town.actor("street_head"),
            at=NOW,
        )
    actions.turn_grids(at=at(SOON))
    assert queries.locate_point(105.025, 30.005)[0].place.grid_id == grid.pk


def test_drawn_again_for_the_same_day_is_a_correction(town):
    east1 = town.grids["east1"]
    for east in (105.004, 105.006):
        actions.redraw(
            drawings_wanted=[Drawing(east1, box(105.0, 30.0, east, 30.01))], since=TODAY, by=town.actor("head"), at=NOW
        )
    assert [row[:2] for row in versions(east1)] == [(date(2025, 1, 1), TODAY), (TODAY, None)]
    assert east1.versions.get(since=TODAY).boundary == box(105.0, 30.0, 105.006, 30.01)
    town.building.refresh_from_db()
    assert town.building.grid_id == east1.pk


def test_merging_a_grid_into_its_neighbour(town):
    east1, east2 = town.grids["east1"], town.grids["east2"]
    with pytest.raises(ValidationError, match="还有 1 栋楼"):
        actions.close_grid(grid=east1, until=TODAY, reason="合并", by=town.actor("head"), at=NOW)
    actions.redraw(
        drawings_wanted=[Drawing(east2, box(105.0, 30.0, 105.02, 30.01))],
        closed=[east1],
        since=TODAY,
        by=town.actor("head"),
        at=NOW,
    )
    east1.refresh_from_db()
    town.building.refresh_from_db()
    assert (east1.active, east1.until, town.building.grid_id) == (False, TODAY, east2.pk)
    assert queries.grid_at(105.005, 30.005, date(2026, 11, 23)) == east1.pk
    assert queries.grid_at(105.005, 30.005, TODAY) == east2.pk
    assert queries.locate_point(105.005, 30.005)[0].place.grid_id == east2.pk


def test_an_empty_grid_can_be_closed(town):
    east2 = town.grids["east2"]
    actions.close_grid(grid=east2, until=SOON, reason="没有住户", by=town.actor("head"), at=NOW)
    east2.refresh_from_db()
    assert (east2.active, east2.until) == (True, SOON)
    assert actions.turn_grids(at=at(SOON)) == 1
    east2.refresh_from_db()
    assert not east2.active


def test_one_building_moves_to_another_grid(town):
    east2 = town.grids["east2"]
    actions.assign_building(building=town.building, grid=east2, since=TODAY, by=town.actor("head"), at=NOW)
    town.building.refresh_from_db()
    assert town.building.grid_id == east2.pk
    assert versions(town.grids["east1"])[-1] == (TODAY, None, [])
    assert queries.grid_of_building(town.building.pk, date(2026, 11, 23)) == town.grids["east1"].pk


def test_a_new_building_joins_the_grid_it_stands_in(town):
    actions.redraw(
        drawings_wanted=[Drawing(town.grids["east2"], town.grids["east2"].boundary)],
        since=TODAY,
        by=town.actor("head"),
        at=NOW,
    )
    made = actions.create_building(
        community=town.divisions["east"],
        compound=town.compound,
        name="8栋",
        lon=105.015,
        lat=30.005,
        by=town.actor("head"),
        at=NOW,
    )
    assert made.grid_id == town.grids["east2"].pk
    assert versions(town.grids["east2"])[-1] == (TODAY, None, [made.pk])


@pytest.mark.parametrize(
    ("boundary", "said"),
    [
        ({"type": "Point", "coordinates": [105, 30]}, "边界应为 GeoJSON"),
        ("not json", "边界应为 GeoJSON"),
        (box(105.03, 30.0, 105.03, 30.01), "边界"),
        (
            {"type": "Polygon", "coordinates": [[[105, 30], [105.1, 30.1], [105.1, 30], [105, 30.1], [105, 30]]]},
            "自相交",
        ),
    ],
)
def test_a_bad_boundary_is_refused(town, boundary, said):
    with pytest.raises(ValidationError, match=said):
        actions.create_grid(
            community=town.divisions["east"], name="甲", since=TODAY, boundary=boundary, by=town.actor("head"), at=NOW
        )
    assert Grid.objects.count() == 3


def test_days_that_make_no_sense_are_refused(town):
    head, east1 = town.actor("head"), town.grids["east1"]
    drawing = [Drawing(east1, box(105.0, 30.0, 105.004, 30.01))]
    with pytest.raises(ValidationError, match="从2025年1月1日才有"):
        actions.redraw(drawings_wanted=drawing, since=date(2024, 12, 31), by=head, at=NOW)
    actions.redraw(drawings_wanted=drawing, since=SOON, by=head, at=NOW)
    with pytest.raises(ValidationError, match="已经安排从2027年1月1日起重划"):
        actions.redraw(drawings_wanted=drawing, since=TODAY, by=head, at=NOW)
    with pytest.raises(ValidationError, match="停用的日期要晚于"):
        actions.close_grid(grid=east1, until=SOON, reason="撤并", by=head, at=NOW)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [("head", True), ("street_head", True), ("admin", True), ("clerk", False), ("worker", False), ("leader", False), ("far_clerk", False)],
)  # fmt: skip
def test_who_may_draw(town, who, allowed):
    def draw() -> None:
        actions.rename_grid(grid=town.grids["east1"], name="桂花网格", by=town.actor(who), at=NOW)

    if allowed:
        draw()
    else:
        with pytest.raises(Refused):
            draw()


def test_a_grid_of_another_communitys_is_not_redrawn_along(town):
    with pytest.raises(ValidationError, match="一次只重划一个社区"):
        actions.redraw(
            drawings_wanted=[Drawing(town.grids["east1"], None), Drawing(town.grids["west1"], None)],
            since=TODAY,
            by=town.actor("admin"),
            at=NOW,
        )
