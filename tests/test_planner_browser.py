"""The planner in a real browser: a house is dragged to another grid, the server says what that would do, it is moved and taken back; on a
phone and without script the form does the same."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from linli.planning.models import Plan
from linli.planning.tests.drawn import by_hand, lattice
from linli.testing import Town, build_town
from scripts import chromium

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).resolve().parent / "vendor" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERIOUS = "async () => (await axe.run()).violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ' ' + v.nodes[0].html)"
MIDDLE = (
    "(key) => { const b = document.querySelector(`[data-key='${key}']`).getBoundingClientRect();"
    " return [b.x + b.width / 2, b.y + b.height / 2]; }"
)


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
    return build_town()


def opened(
    browser: Any, base: str, town: Town, *, width: int, scripts: bool = True, theme: str = "light"
) -> tuple[Any, list[str]]:
    """A page of the head of the east community, and what goes wrong on it."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, locale="zh-CN", has_touch=width < 600
    )
    client = Client()
    client.force_login(town.users["head"])
    session = {"name": "linli_session", "value": client.cookies["linli_session"].value, "url": base}
    context.add_cookies([session, {"name": "theme", "value": theme, "url": base}])
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on(
        "response", lambda answer: problems.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
    )
    return page, problems


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_a_house_is_dragged_to_another_grid(browser, live_server, town, width, theme):
    houses = lattice(town)
    plan, east2 = by_hand(town), str(town.grids["east2"].pk)
    house = str(houses[4].pk)
    page, problems = opened(browser, live_server.url, town, width=width, theme=theme)
    page.goto(f"{live_server.url}/manage/planning/plans/{plan.pk}/")
    page.locator(".p-map svg").scroll_into_view_if_needed()
    x, y = page.evaluate(MIDDLE, f"b:{house}")
    page.mouse.move(x, y)
    page.mouse.down()
    to_x, to_y = page.evaluate(MIDDLE, f"b:{houses[7].pk}")
    page.mouse.move((x + to_x) / 2, (y + to_y) / 2)
    page.mouse.move(to_x, to_y)
    page.mouse.up()
    page.wait_for_selector(".p-try")
    said = page.locator(".p-try").inner_text()
    assert "移桂花园1-1（20 户）到第2网格？" in said and "第1网格 ±0.0% → −16.7%" in said
    assert Plan.objects.get().assignment[house] != east2
    if theme == "light":
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(SERIOUS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="就这样移").click()
    page.wait_for_selector(".p-map svg")
    page.wait_for_selector(".p-try", state="detached")
    assert Plan.objects.get().assignment[house] == east2
    page.keyboard.press("z") if width > 600 else page.get_by_role("button", name="撤回").click()
    page.wait_for_load_state()
    page.wait_for_selector("form[action$='take-back/']", state="detached")
    assert Plan.objects.get().assignment[house] != east2
    assert problems == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_house_is_chosen_in_the_form(browser, live_server, town, scripts):
    houses = lattice(town)
    plan = by_hand(town)
    page, problems = opened(browser, live_server.url, town, width=390, scripts=scripts)
    page.goto(f"{live_server.url}/manage/planning/plans/{plan.pk}/")
    page.select_option("#f-building", str(houses[4].pk))
    page.select_option("#f-to", str(town.grids["east2"].pk))
    page.get_by_role("button", name="看看会怎样").press("Enter")
    page.get_by_role("button", name="就这样移").press("Enter")
    page.wait_for_load_state()
    page.get_by_role("button", name="撤回").wait_for()
    assert Plan.objects.get().assignment[str(houses[4].pk)] == str(town.grids["east2"].pk)
    assert problems == []
