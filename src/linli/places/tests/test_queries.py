"""Where something is, as the other areas ask: points, texts, coordinate systems, what another process changed."""

import dataclasses
from datetime import date

import pytest

from linli.kernel.memo import forget
from linli.places import actions, queries
from linli.places.locating import LocatingError, from_wgs84
from linli.places.models import Building, Compound, MapLayer
from linli.testing import NOW, SQUARE


def test_a_point_finds_its_grid_and_community(town):
    (found,) = queries.locate_point(105.005, 30.005)
    assert found.exact
    assert found.label == "东门社区 第1网格"
    assert dataclasses.astuple(found.place) == (
        town.divisions["east"].pk,
        "990101001001",
        "",
        town.grids["east1"].pk,
        None,
        None,
        105.005,
        30.005,
    )


def test_the_sender_says_which_coordinates_these_are(town):
    lon, lat = from_wgs84(105.005, 30.005, "gcj02")
    (found,) = queries.locate_point(lon, lat, crs="gcj02")
    assert found.place.grid_id == town.grids["east1"].pk
    assert (found.place.lon, found.place.lat) == pytest.approx((105.005, 30.005), abs=1e-7)
    with pytest.raises(LocatingError, match="不认识的坐标系"):
        queries.locate_point(lon, lat, crs="mars")
    with pytest.raises(LocatingError, match="经度应为"):
        queries.locate_point(float("nan"), lat)


def test_a_border_is_a_choice_for_a_person(town):
    (found,) = queries.locate_point(105.01, 30.005)
    assert (found.exact, found.place.grid_id) == (False, town.grids["east1"].pk)


def test_outside_every_grid_the_neighbourhood_is_offered(town):
    near = queries.locate_point(104.999, 30.005)
    assert [(f.exact, f.place.grid_id) for f in near] == [(False, town.grids["east1"].pk)]
    assert near[0].distance_m == pytest.approx(96, abs=2)
    assert queries.locate_point(100.0, 30.0) == []


def test_outside_every_grid_the_outline_of_the_community_still_says_whose_it_is(town):
    outline = {
        "type": "Polygon",
        "coordinates": [[[105.05, 30], [105.06, 30], [105.06, 30.01], [105.05, 30.01], [105.05, 30]]],
    }
    MapLayer.objects.create(name="西园社区", kind="outline", division=town.divisions["west"], geometry=outline)
    (found,) = queries.locate_point(105.055, 30.005)
    assert (found.kind, found.exact, found.label) == ("community", False, "西园社区")
    assert (found.place.division_code, found.place.grid_id) == ("990101001002", None)


def test_texts(town):
    (found,) = queries.locate_text("解放路12号桂花园3号楼2单元501")
    assert (found.exact, found.place.building_id, found.place.grid_id) == (
        True,
        town.building.pk,
        town.grids["east1"].pk,
    )
    assert found.label == "东门社区 桂花园 3栋 第1网格"
    assert found.place.text == "解放路12号桂花园3号楼2单元501"
    west = Compound.objects.create(community=town.divisions["west"], name="桂花园", kind="commercial")
    Building.objects.create(community=town.divisions["west"], compound=west, name="3栋")
    forget()
    both = queries.locate_text("桂花园3栋")
    assert [f.exact for f in both] == [False, False]
    assert {f.place.division_code for f in both} == {"990101001001", "990101001002"}
    (only,) = queries.locate_text("桂花园3栋", community=town.divisions["west"].pk)
    assert only.place.compound_id == west.pk
    assert queries.locate_text("") == []
    with pytest.raises(LocatingError):
        queries.locate_text("路" * 501)


def test_a_change_is_seen_at_once_and_the_index_is_kept_otherwise(town, django_assert_num_queries):
    queries.locate_text("桂花园3栋")
    with django_assert_num_queries(0):
        for _turn in range(50):
            assert queries.locate_text("桂花园3栋")
            assert queries.locate_point(105.005, 30.005)
    actions.update_building(building=town.building, name="三号", by=town.actor("head"), at=NOW)
    assert queries.locate_text("桂花园三号")[0].place.building_id == town.building.pk


def test_grids_as_they_were_are_kept_by_the_days_on_which_something_changed(town, django_assert_max_num_queries):
    queries.grid_at(105.005, 30.005, date(2026, 5, 1))
    with django_assert_max_num_queries(2):
        assert queries.grid_at(105.005, 30.005, date(2026, 6, 1)) == town.grids["east1"].pk
    with django_assert_max_num_queries(0):
        assert queries.grid_at(105.005, 30.005, date(2026, 6, 1)) == town.grids["east1"].pk
    assert queries.grid_at(105.005, 30.005, date(2024, 6, 1)) is None
    assert town.grids["east1"].boundary == SQUARE
