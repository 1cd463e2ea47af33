"""The layer of matters on the public map: nothing that is not public, nobody's door, a fixed number of statements."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from linli.kernel.memo import forget
from linli.matters import actions
from linli.matters.enums import PublicState
from linli.matters.mapped import open_by_community, points
from linli.matters.models import Matter
from linli.orgs.actors import Actor
from linli.places.models import MapLayer
from linli.procedures.models import Case
from linli.testing import NOW, Town

WINDOW = (105.0, 30.0, 105.02, 30.01)


@pytest.fixture
def installed(town: Town) -> Town:
    from linli.procedures.publishing import install_shipped

    install_shipped(at=NOW)
    return town


def reported(town: Town, text: str, lon: float, lat: float, *, shown: bool = True, **case: Any) -> Matter:
    matter = actions.report(text=text, place=town.place(), by=Actor(key="me"), at=NOW, starter_key="me")
    state = PublicState.SHOWN if shown else PublicState.WAITING
    Matter.objects.filter(pk=matter.pk).update(lon=lon, lat=lat, public_state=state, public_text=text)
    Case.objects.filter(pk=matter.pk).update(**case)
    return Matter.objects.get(pk=matter.pk)


def titles(*window: float) -> list[str]:
    return [one.title for one in points(*window, at=NOW, limit=50)]  # type: ignore[call-arg]


def test_only_what_is_public_and_recent(installed: Town) -> None:
    reported(installed, "路灯不亮", 105.0051, 30.0052)
    reported(installed, "还没核对的事", 105.005, 30.005, shown=False)
    reported(installed, "不公开的事", 105.005, 30.005, restricted=True)
    reported(
        installed, "刚办好的事", 105.006, 30.005, state="ended", outcome="settled", ended_at=NOW - timedelta(days=3)
    )
    reported(
        installed, "早办好的事", 105.006, 30.005, state="ended", outcome="settled", ended_at=NOW - timedelta(days=99)
    )
    reported(installed, "退回的事", 105.006, 30.005, state="ended", outcome="returned", ended_at=NOW)
    reported(installed, "超期的事", 105.007, 30.005, due_at=NOW - timedelta(hours=4))
    found = {one.title: one for one in points(*WINDOW, at=NOW, limit=50)}
    assert {title: one.state for title, one in found.items()} == {
        "路灯不亮": "open",
        "刚办好的事": "done",
        "超期的事": "over",
    }
    lamp = found["路灯不亮"]
    assert (lamp.lon, lamp.lat, lamp.state_text) == (105.005, 30.005, "正在办")
    assert lamp.href.endswith(f"{lamp.code}/")


def test_from_afar_there_are_numbers(installed: Town) -> None:
    reported(installed, "路灯不亮", 105.0051, 30.0052)
    reported(installed, "超期的事", 105.007, 30.005, due_at=NOW - timedelta(hours=4))
    reported(installed, "超期但挂起", 105.007, 30.005, due_at=NOW - timedelta(hours=4), suspended=True)
    reported(installed, "等反映人", 105.007, 30.005, due_at=NOW - timedelta(hours=4), holder_role="starter")
    reported(installed, "还没核对", 105.007, 30.005, shown=False)
    west = installed.divisions["west"]
    reported(installed, "西边的事", 105.03, 30.005, division=west, division_code=west.code)
    forget()
    assert open_by_community(at=NOW) == {"990101001001": (4, 1), "990101001002": (1, 0)}
    outline = {
        "type": "Polygon",
        "coordinates": [[[105.02, 30], [105.04, 30], [105.04, 30.01], [105.02, 30.01], [105.02, 30]]],
    }
    MapLayer.objects.create(kind="outline", division=west, geometry=outline)
    forget()
    page = Client().get("/map/").content.decode()
    assert re.findall(r"在办 \d 件", page) == ["在办 4 件", "在办 1 件"] * 2
    shown = points(*WINDOW, at=NOW, limit=50)
    assert sum(one.state == "over" for one in shown) == 1


def test_a_narrow_window_tells_no_more_than_the_point(installed: Town) -> None:
    reported(installed, "路灯不亮", 105.00534, 30.00468)
    for step in range(-8, 9):
        # windows of ten metres around the exact position: only one that holds the shown position has it
        west = 105.00534 + step * 0.0001
        inside = west <= 105.005 <= west + 0.0001
        assert titles(west, 30.0049, west + 0.0001, 30.0051) == (["路灯不亮"] if inside else [])


def test_the_map_shows_them_in_a_fixed_number_of_statements(installed: Town, django_assert_num_queries: Any) -> None:
    for number in range(6):
        reported(installed, f"路灯{number}不亮", 105.005 + number / 1000, 30.005)
    titles(*WINDOW)
    with django_assert_num_queries(1):
        assert len(titles(*WINDOW)) == 6
    page = Client().get("/map/?community=990101001001").content.decode()
    assert "路灯3不亮" in page
    data = Client().get("/map/data/matters.geojson?bbox=105,30,105.02,30.01").json()
    assert len(data["features"]) == 6
