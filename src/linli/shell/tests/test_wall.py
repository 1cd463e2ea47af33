"""The wall screen: figures against an independent count, nothing that is not public, the same cost for a village and a city."""

import random
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from linli.kernel.display import SHANGHAI
from linli.kernel.memo import forget
from linli.matters import actions
from linli.matters.enums import PublicState
from linli.matters.models import Matter, UnitFigure
from linli.matters.queries import board
from linli.orgs.actors import Actor
from linli.orgs.units import units
from linli.places.enums import MapKind
from linli.places.models import MapLayer
from linli.procedures.actions import act
from linli.procedures.models import Case
from linli.shell import wall_map
from linli.shell.views_wall import _columns
from linli.testing import EAST, NOW, SQUARE, Town

pytestmark = pytest.mark.django_db
PLACES = (("east", "east1"), ("east", "east2"), ("west", "west1"), ("far", None))


def report(town: Town, at: datetime, community: str = "east", grid: str | None = "east1", **more: Any) -> Matter:
    given = {"text": "路灯不亮，晚上看不见。", "category_id": town.categories["lamp"].pk} | more
    return actions.report(place=town.place(community, grid), by=Actor(key="me"), at=at, starter_key="me", **given)


def sign_in(town: Town, name: str) -> Client:
    client = Client()
    client.force_login(town.users[name])
    return client


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html.split("<main")[1].split(">", 1)[1]))).strip()


def outline(town: Town, *names: str) -> None:
    for number, name in enumerate(names):
        MapLayer.objects.create(
            kind=MapKind.OUTLINE,
            name=town.divisions[name].name,
            division=town.divisions[name],
            geometry=box(105 + number * 0.01, 30, 105.01 + number * 0.01, 30.01).__geo_interface__,
        )


def test_counts_agree_with_counting_one_by_one(town: Town) -> None:
    """Forty matters at random moments of three weeks; the oracle looks at each of them in Python."""
    draw = random.Random(20261124)
    kinds = ["lamp", "lift", "water", None]
    made: list[tuple[datetime, str, str | None, Matter]] = []
    for _number in range(40):
        at = NOW - timedelta(minutes=draw.randrange(21 * 24 * 60))
        community, grid = draw.choice(PLACES)
        kind = draw.choice(kinds)
        pk = town.categories[kind].pk if kind else None
        made.append((at, community, kind, report(town, at, community, grid, category_id=pk)))
    for at, community, _kind, matter in draw.sample(made, 8):
        clerk = {"east": "clerk", "west": "west_clerk", "far": "far_clerk"}[community]
        act(case_id=matter.pk, action="return", by=town.actor(clerk), at=at, reason="不属社区")
    inside = {"city": {"east", "west", "far"}, "street": {"east", "west"}, "west": {"west"}}
    first = NOW.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=13)
    for name, communities in inside.items():
        unit = units().by_id[town.units[name].pk]
        here = [one for one in made if one[1] in communities]
        topics = {topic.key: topic for topic in board.received(unit, at=NOW)}
        for kind in kinds:
            mine = [at for at, _community, one, _matter in here if one == kind]
            expected = (
                sum(NOW - timedelta(days=7) < at for at in mine),
                sum(NOW - timedelta(days=14) < at <= NOW - timedelta(days=7) for at in mine),
                tuple(
                    sum(first + timedelta(days=day) <= at < first + timedelta(days=day + 1) for at in mine)
                    for day in range(14)
                ),
            )
            topic = topics.get(kind or "")
            assert ((topic.week, topic.before, topic.days) if topic else (0, 0, (0,) * 14)) == expected
        loads = board.open_by(unit, at=NOW)
        expected_loads: dict[str, tuple[int, int]] = {}
        for _at, community, _kind, matter in here:
            case = Case.objects.get(pk=matter.pk)
            if case.state == "open":
                code = town.divisions[community].code
                found, late = expected_loads.get(code, (0, 0))
                expected_loads[code] = found + 1, late + int(case.due_at is not None and case.due_at < NOW)
        assert {code: (load.open, load.overdue) for code, load in loads.items()} == expected_loads


def test_the_page_says_what_is_open_late_new_and_rising(town: Town) -> None:
    now = datetime.now(UTC)
    outline(town, "east", "west", "far")
    for number in range(7):
        report(town, now - timedelta(days=1, minutes=number))
    report(town, now - timedelta(days=9))
    report(town, now - timedelta(days=8), "west", "west1", category_id=town.categories["lift"].pk)
    report(town, now, category_id=town.categories["lift"].pk)
    month = now.astimezone(SHANGHAI).date().replace(day=1)
    last = (month - timedelta(days=1)).replace(day=1)
    street = town.units["street"]
    UnitFigure.objects.create(
        unit=street,
        month=month,
        rated=8,
        reached=8,
        settled=7,
        satisfied=5,
        satisfied_answers=8,
        at_community=5,
        at_county=1,
    )
    UnitFigure.objects.create(unit=street, month=last, rated=4, reached=2, settled=3, satisfied=4, satisfied_answers=4)
    UnitFigure.objects.create(unit=town.units["east"], month=month, received=40, overdue=9)
    UnitFigure.objects.create(unit=town.units["west"], month=month, received=29, overdue=29)
    client = sign_in(town, "street_supervisor")
    page = client.get("/wall/").content.decode()
    said = words(page)
    for part in (
        "桂湖街道 治理态势", "在办 10", "联系到人 100.0 % 8 / 8 件 上月 50.0%", "解决 87.5 % 7 / 8 件 上月 75.0%", "满意 62.5 % 5 / 8 件 上月 100.0%",
        "在哪一级办好 本月 6 件 网格 0 社区 5 街道 0 区县 1 市 0", "来件最多 近七天 8 件，前七天 2 件",
        "1 路灯不亮 近七天 7 件，前七天 1 件 明显增多", "2 电梯故障 近七天 1 件，前七天 1 件",
        "东门社区居委会 超期 9 / 收到 40",
    ):  # fmt: skip
        assert part in said, part
    assert "西园社区居委会 超期" not in said  # too few to say anything
    assert page.count('<li class="is-usual">') == 1
    assert 'aria-label="东门：在办 9 件，超期' in page and 'aria-label="西园：在办 1 件' in page
    assert "石桥" not in page  # another street
    links = [unescape(one) for one in re.findall(r'href="(/desk/\?[^"]+)"', page)]
    assert f"/desk/?whose=watched&procedure=matter&place={town.divisions['west'].code}" in links
    rising = next(one for one in links if "category=lamp" in one)
    assert client.get(rising).content.decode().count("<tr data-row") == 7
    assert 'data-refresh="60"' in page and '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page
    assert 'data-bs-theme="dark"' in page


def test_only_what_was_checked_is_read_out_and_by_its_checked_words(town: Town) -> None:
    now = datetime.now(UTC)
    for text, state, words_shown in (
        ("翡翠鹦鹉飞进了楼道。", PublicState.WAITING, ""),
        ("琥珀蜻蜓停在电线上。", PublicState.HIDDEN, ""),
        ("玛瑙蝴蝶挡住了王建国家的门。", PublicState.SHOWN, "有东西挡住了门。谢谢"),
    ):
        matter = report(town, now, text=text)
        Matter.objects.filter(pk=matter.pk).update(public_state=state, public_text=words_shown or matter.public_text)
    page = sign_in(town, "city_supervisor").get("/wall/").content.decode()
    assert ">有东西挡住了门</a><small>东门社区</small>" in page
    for secret in ("翡翠", "琥珀", "玛瑙", "王建国"):
        assert secret not in page


def test_who_may_stand_before_it_and_what_opens(town: Town) -> None:
    now = datetime.now(UTC)
    outline(town, "east", "west")
    report(town, now)
    assert Client().get("/wall/").status_code in (200, 302)
    assert "治理态势" not in Client().get("/wall/").content.decode()
    resident = town.users["clerk"].__class__.objects.create_user(username="somebody", name="路人")
    outsider = Client()
    outsider.force_login(resident)
    assert outsider.get("/wall/").status_code == 403
    # the far clerk may read the street's figures, and opens none of its cases
    page = sign_in(town, "far_clerk").get(f"/wall/?unit={town.units['street'].pk}").content.decode()
    assert "桂湖街道 治理态势" in words(page)
    assert "/desk/?" not in page
    for query in ("?unit=x", "?unit=999999", f"?unit={town.units['housing'].pk}"):
        assert "石桥村 治理态势" in words(sign_in(town, "far_clerk").get(f"/wall/{query}").content.decode())


def test_a_community_is_drawn_by_its_grids(town: Town) -> None:
    now = datetime.now(UTC)
    report(town, now)
    report(town, now, grid="east2")
    page = sign_in(town, "clerk").get("/wall/").content.decode()
    assert 'aria-label="第1网格：在办 1 件"' in page and 'aria-label="第2网格：在办 1 件"' in page
    grid = town.grids["east2"].pk
    assert f"place=990101001001&amp;grid={grid}" in page


def test_without_boundaries_it_says_how_to_get_a_map(town: Town) -> None:
    page = sign_in(town, "far_clerk").get("/wall/").content.decode()
    assert "还没有边界，画不出地图" in page
    assert "本月还没有评价" in page and "近七天没有归了类的来件。" in page and "两周里没有新公开的。" in page


def test_the_cost_is_the_same_for_a_village_and_a_city(town: Town) -> None:
    now = datetime.now(UTC)
    costs = []
    outline(town, "east", "west", "far")
    for matters in (1, 25):
        for number in range(matters):
            community, grid = PLACES[number % 4]
            matter = report(town, now - timedelta(days=number % 13), community, grid)
            Matter.objects.filter(pk=matter.pk).update(public_state=PublicState.SHOWN)
        for unit in town.units.values():
            UnitFigure.objects.get_or_create(
                unit=unit, month=now.date().replace(day=1), defaults={"received": 50, "overdue": 3}
            )
        client = sign_in(town, "city_supervisor")
        client.get("/wall/")
        forget("shell:")
        with CaptureQueriesContext(connection) as found:
            client.get("/wall/")
        costs.append(len(found))
        with CaptureQueriesContext(connection) as again:
            client.get("/wall/")
        assert len(again) == 5  # session, user, posts, months, units: the rest is kept for half a minute
    assert costs[0] == costs[1] <= 15, costs


@given(st.lists(st.integers(0, 5000), min_size=14, max_size=14))
def test_columns_stand_on_the_line_under_round_numbers(days: list[int]) -> None:
    drawn = _columns(days, NOW.astimezone(SHANGHAI).date())
    top = drawn["ticks"][-1]["n"]
    assert top >= max(days) and len(drawn["ticks"]) <= 6
    for bar, count in zip(drawn["bars"], days, strict=True):
        assert abs(bar["y"] + bar["h"] - drawn["high"]) < 0.11
        assert abs(bar["h"] - drawn["high"] * count / max(top, 1)) < 0.06
        assert bar["x"] >= 0 and bar["x"] + bar["w"] <= drawn["width"]
    assert [bar["today"] for bar in drawn["bars"]] == [False] * 13 + [True]


def test_shapes_keep_their_places_and_labels_lie_inside(town: Town) -> None:
    outline(town, "east", "west")
    street = units().by_id[town.units["street"].pk]
    level, shapes = wall_map.shapes(street)
    assert (level, [one.name for one in shapes]) == (5, ["东门", "西园"])
    for one in shapes:
        points = [tuple(map(float, pair.split())) for pair in one.path.removeprefix("M").removesuffix("Z").split("L")]
        assert all(0 <= x <= wall_map.WIDTH and 0 <= y <= wall_map.HEIGHT for x, y in points)
        assert box(
            min(x for x, _y in points),
            min(y for _x, y in points),
            max(x for x, _y in points),
            max(y for _x, y in points),
        ).contains(Point(one.x, one.y))
        assert one.room
    assert max(x for x, _y in [(one.x, one.y) for one in shapes[:1]]) < shapes[1].x


def test_outlines_are_put_together_from_grids_where_there_are_none(town: Town) -> None:
    town.grids["west1"].boundary = {"type": "Nonsense"}
    town.grids["west1"].save()
    street = units().by_id[town.units["street"].pk]
    _level, shapes = wall_map.shapes(street)
    assert [one.name for one in shapes] == ["东门"]
    assert SQUARE["coordinates"] != EAST["coordinates"] and shapes[0].path.count("M") == 1
