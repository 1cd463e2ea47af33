"""The map in a real browser: it moves without an outside host and under the strict policy, stands without script, and takes a drawing."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from linli.kernel.memo import forget
from linli.places.models import Building, Compound, GridVersion, MapLayer
from linli.testing import NOW, SQUARE, Town, build_town
from scripts import chromium

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).resolve().parent / "vendor" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAYS = [
    pytest.param(390, "resident", True, id="phone"),
    pytest.param(390, "elder", True, id="phone-elder"),
    pytest.param(1440, "resident", True, id="desk-screen"),
    pytest.param(390, "elder", False, id="phone-elder-without-javascript"),
    pytest.param(1440, "resident", False, id="desk-screen-without-javascript"),
]
AT = "(at) => { const p = document.querySelector('[data-map]').linli.map.project(at); return [p.x, p.y]; }"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = chromium.find()
    if found is None:
        pytest.skip("no Chromium found: the browser tests are left out")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
    with playwright.sync_playwright() as api:
        running = api.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def town(transactional_db: None) -> Town:
    built = build_town()
    road = {"type": "LineString", "coordinates": [[104.999, 30.005], [105.021, 30.006]]}
    MapLayer.objects.create(name="解放路", kind="arterial", division=built.divisions["city"], geometry=road)
    MapLayer.objects.create(
        name="西园社区",
        kind="outline",
        division=built.divisions["west"],
        geometry={"type": "Polygon", "coordinates": [[[105.02, 30], [105.03, 30], [105.03, 30.01], [105.02, 30.01], [105.02, 30]]]},
    )  # fmt: skip
    Building.objects.filter(pk=built.building.pk).update(footprint=SQUARE)
    Compound.objects.filter(pk=built.compound.pk).update(lon=105.005, lat=30.005)
    forget()
    return built


class Screen:
    """A page with what went wrong on it."""

    def __init__(self, browser: Any, base: str, *, width: int, scripts: bool = True, mode: str = "resident") -> None:
        height = 844 if width < 600 else 900
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts, locale="zh-CN"
        )
        self.context.add_cookies([{"name": "mode", "value": mode, "url": base}])
        self.base, self.scripts = base, scripts
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("console", lambda said: self._said(said.type, said.text))
        self.page.on("response", self._answered)

    def _said(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.problems.append(text)

    def _answered(self, response: Any) -> None:
        if response.status >= 400 or not response.url.startswith((self.base, "data:", "blob:")):
            self.problems.append(f"{response.status} {response.url}")

    def sign_in(self, town: Town, who: str) -> None:
        client = Client()
        client.force_login(town.users[who])
        self.context.add_cookies(
            [{"name": "linli_session", "value": client.cookies["linli_session"].value, "url": self.base}]
        )

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def moves(self, until: str = ".m-label") -> bool:
        """Whether there is WebGL; then wait until the map stands."""
        if not self.scripts or not self.page.evaluate("!!document.createElement('canvas').getContext('webgl2')"):
            return False
        self.page.wait_for_selector(f".m-map.is-live {until}")
        return True

    def check(self) -> None:
        if self.scripts:
            self.page.evaluate(AXE.read_text())
            found = self.page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")[
                "violations"
            ]
            self.problems += [
                f"{one['id']}: {one['nodes'][0]['html'][:200]}"
                for one in found
                if one["impact"] in ("serious", "critical")
            ]
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                self.problems.append(f"{wide} px too wide")
        assert self.problems == []


@pytest.mark.parametrize(("width", "mode", "scripts"), WAYS)
def test_the_map_on_every_screen(
    browser: Any, live_server: Any, town: Town, width: int, mode: str, scripts: bool
) -> None:
    screen = Screen(browser, live_server.url, width=width, scripts=scripts, mode=mode)
    for path, words in (("/map/", "东门社区"), ("/map/?community=990101001001", "第1网格")):
        screen.open(path)
        if screen.moves():
            screen.page.wait_for_selector(f".m-label:has-text('{words}')")
            assert screen.page.locator(".m-svg").is_hidden()
        else:
            assert screen.page.locator(".m-svg").is_visible()
            assert screen.page.locator(f".m-svg text:has-text('{words}')").count() == 1
        screen.check()
    screen.context.close()


def test_a_boundary_is_drawn_with_the_mouse_and_snaps_to_the_neighbour(
    browser: Any, live_server: Any, town: Town
) -> None:
    screen = Screen(browser, live_server.url, width=1440)
    screen.sign_in(town, "admin")
    grid = town.grids["east2"]
    screen.open(f"/manage/places/grids/{grid.pk}/redraw/")
    if not screen.moves():
        pytest.skip("this Chromium has no WebGL")
    page = screen.page
    page.wait_for_selector(".m-corner")
    page.get_by_role("button", name="清掉重画").click()
    assert page.locator("#id_boundary").input_value() == ""
    page.evaluate(
        "document.querySelector('[data-map]').linli.map.fitBounds([[105, 30], [105.02, 30.01]], {padding: 90, animate: false})"
    )
    page.wait_for_function("document.querySelector('[data-map]').linli.features('grids').length === 2")
    box = page.locator(".m-live canvas").bounding_box()
    # the two western corners a few metres beside those of the neighbour: they snap to it
    for lon, lat in ((105.01005, 30.00004), (105.018, 30.0), (105.018, 30.01), (105.00996, 30.00997)):
        x, y = page.evaluate(AT, [lon, lat])
        page.mouse.click(box["x"] + x, box["y"] + y)
    page.locator(".m-corner").first.click()
    drawn = json.loads(page.locator("#id_boundary").input_value())
    (ring,) = drawn["coordinates"]
    assert ring[0] == ring[-1] == [105.01, 30.0]
    assert ring[3] == [105.01, 30.01]
    assert ring[1][0] == pytest.approx(105.018, abs=2e-5)
    screen.check()
    page.locator("#id_since").fill("2026-11-20")
    page.get_by_role("button", name="保存划法").click()
    page.wait_for_url(f"**/manage/places/grids/{grid.pk}/")
    assert GridVersion.objects.get(grid=grid, until__isnull=True).boundary == drawn
    screen.check()
    screen.context.close()


def test_the_tree_opens_where_it_is_touched(browser: Any, live_server: Any, town: Town) -> None:
    screen = Screen(browser, live_server.url, width=1440)
    screen.sign_in(town, "admin")
    screen.open("/manage/places/")
    page = screen.page
    assert page.get_by_role("link", name="临江区").count() == 1
    assert page.get_by_role("link", name="松林镇").count() == 0
    page.locator(".m-tree summary").first.click()
    page.get_by_role("link", name="松林镇").wait_for()
    screen.check()
    screen.context.close()


@pytest.mark.parametrize("mode", ["resident", "elder"])
def test_no_two_signs_on_the_map_touch(browser: Any, live_server: Any, town: Town, mode: str) -> None:
    from linli.matters.tests.test_mapped import reported
    from linli.procedures.publishing import install_shipped

    install_shipped(at=NOW)
    for number in range(24):
        # a row of single points and knots, some of them just across the edge of where a fixed net would cut
        reported(town, f"第{number}件事", 105.0004 + number * 0.0004, 30.002 + (number * 7 % 5) * 0.0011)
    screen = Screen(browser, live_server.url, width=390, mode=mode)
    screen.open("/map/?community=990101001001")
    if screen.moves(".m-pt"):
        boxes = screen.page.evaluate(
            "[...document.querySelectorAll('.m-pt')].map(e => { const r = e.getBoundingClientRect(); "
            "return [r.left, r.top, r.right, r.bottom]; })"
        )
        assert len(boxes) > 2
        touching = [
            (one, other)
            for place, one in enumerate(boxes)
            for other in boxes[place + 1 :]
            if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
        ]
        assert touching == []
        said = screen.page.evaluate("[...document.querySelectorAll('.m-pt')].map(e => +e.textContent || 1)")
        assert sum(said) == 24
        screen.check()
    screen.context.close()
