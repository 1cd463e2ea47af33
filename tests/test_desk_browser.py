"""The desk in a real browser: keys, picking and chips in the inbox; every page at three widths in both themes under axe; the wall."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from linli.kernel import outbox
from linli.matters import actions
from linli.matters.models import Matter
from linli.orgs.actors import Actor
from linli.procedures.actions import act
from linli.procedures.models import Case
from linli.testing import NOW, Town, build_town
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
FAULTS = """async () => {
  const found = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']});
  return found.violations.map(v => v.id + ' ' + v.nodes[0].target.join(' '));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = chromium.find()
    if found is None:
        pytest.skip("no Chromium found: the browser tests are left out")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # Playwright's loop runs in this thread; nothing here is asynchronous
    )
    with playwright.sync_playwright() as api:
        running = api.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def town(transactional_db: None, tmp_path: Path) -> Iterator[Town]:
    from linli.procedures.publishing import install_shipped

    install_shipped(at=NOW)
    with override_settings(MEDIA_ROOT=tmp_path):
        yield build_town()


def fill(town: Town) -> list[Case]:
    """Six matters in the east, each an hour older: new, accepted, whistled."""
    now, found = datetime.now(UTC), []
    for number in range(6):
        at = now - timedelta(hours=6 - number)
        matter = actions.report(
            text=f"第{number}件：桂花园3栋电梯坏了，老人下不了楼。",
            place=town.place(),
            by=Actor(key="me"),
            at=at,
            starter_key="me",
            category_id=town.categories["lift"].pk,
            name="王建国",
            phone="13912345678",
        )
        found.append(matter.case)
    form = {"category": town.categories["lift"].pk, "urgency": 2}
    for case in found[3:5]:
        act(case_id=case.pk, action="accept", by=town.actor("clerk", now), at=now, form=form)
    units = [town.units["housing"].pk, town.units["police"].pk]
    form = {"units": units, "lead": units[0], "meeting_place": "3栋楼下", "meeting_time": "2026-11-24T15:00"}
    act(case_id=found[4].pk, action="whistle", by=town.actor("clerk", now), at=now, form=form)
    Matter.objects.filter(pk=found[0].pk).update(public_state="shown", lon=105.005, lat=30.005)
    outbox.drain()
    return found


def page_for(
    browser: Any, live_server: Any, town: Town, name: str, *, width: int, height: int = 900, **cookies: str
) -> Any:
    client = Client()
    client.force_login(town.users[name])
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    given = {settings.SESSION_COOKIE_NAME: key, **cookies}
    context.add_cookies([{"name": one, "value": value, "url": live_server.url} for one, value in given.items()])
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def chosen(page: Any) -> int:
    """Which row the keyboard is on, from 0; -1 for none."""
    return page.evaluate("[...document.querySelectorAll('[data-row]')].findIndex(r => r.classList.contains('is-cur'))")


def test_the_inbox_by_keyboard_alone(browser: Any, live_server: Any, town: Town) -> None:
    cases = fill(town)
    page = page_for(browser, live_server, town, "clerk", width=1440)
    page.goto(f"{live_server.url}/desk/")
    shown = page.eval_on_selector_all("[data-open]", "links => links.map(a => a.getAttribute('href'))")
    assert len(shown) == 6
    assert chosen(page) == -1 and not page.is_visible("[data-bulk]")
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert chosen(page) == row
    page.keyboard.press("x")
    assert page.is_visible("[data-bulk]") and page.inner_text("[data-bulk-count]") == "1"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    assert page.inner_text("[data-bulk-count]") == "3"
    assert page.locator("tr.is-picked").count() == 3
    page.keyboard.press("Escape")
    assert not page.is_visible("[data-bulk]")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("jx")  # letters typed into a field are letters
    assert chosen(page) == 3 and page.input_value("#q") == "jx"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.is_visible("#l-help")
    page.keyboard.press("Escape")
    page.wait_for_selector("#l-help", state="hidden")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{shown[3]}")
    # from one case to the next and back, without the list; then an action by its key
    page.keyboard.press("j")
    page.wait_for_url(f"**{shown[4]}")
    page.keyboard.press("k")
    page.wait_for_url(f"**{shown[3]}")
    assert {f"/desk/cases/{case.code}/" for case in cases} == set(shown)


def test_an_action_by_its_key_and_many_cases_at_once(browser: Any, live_server: Any, town: Town) -> None:
    cases = fill(town)
    page = page_for(browser, live_server, town, "clerk", width=1440)
    page.goto(f"{live_server.url}/desk/cases/{cases[1].code}/")
    page.keyboard.press("a")
    page.wait_for_url("**?do=accept#do")
    page.click("#do button.l-btn--main")
    page.wait_for_url("**?done=accept")
    assert Case.objects.get(pk=cases[1].pk).step == "assign"
    page.keyboard.press("z")
    page.wait_for_url("**?done=undo")
    assert Case.objects.get(pk=cases[1].pk).step == "accept"
    page.goto(f"{live_server.url}/desk/?step=accept")
    page.check("[data-all]")
    assert page.inner_text("[data-bulk-count]") == "4"
    page.keyboard.press("f")
    page.wait_for_url("**/desk/bulk/")
    assert "4 件会办理，0 件跳过。" in page.inner_text("main")
    page.click("text=办理 4 件")
    page.wait_for_selector("text=办了 4 件。")
    assert Case.objects.filter(holder_user=town.users["clerk"]).count() == 4


def test_chips_open_one_at_a_time_and_close(browser: Any, live_server: Any, town: Town) -> None:
    fill(town)
    page = page_for(browser, live_server, town, "clerk", width=1440)
    page.goto(f"{live_server.url}/desk/")
    chips = page.locator("details.l-chip")
    for number in range(3):
        chips.nth(number).locator("summary").click()
        assert page.locator("details.l-chip[open]").count() == 1
    chips.nth(0).locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("details.l-chip[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("details.l-chip[open]").count() == 0
    chips.nth(1).locator("summary").click()
    page.click("text=电梯故障 >> nth=0")
    page.wait_for_url("**category=lift")
    assert page.inner_text("details.l-chip.is-on").split() == ["类别", "电梯故障"]


PAGES = {
    "clerk": [
        "/desk/",
        "/desk/?text=电梯&whose=watched&place=990101001001&sort=newest",
        "/desk/?whose=mine",
        "/desk/cases/{0}/?do=accept",
        "/desk/cases/{0}/?do=comment",
        "/desk/cases/{4}/",
        "/desk/cases/{4}/?tab=files",
        "/desk/overview/?months=3",
        "/desk/register/",
        "/desk/checking/",
        "/desk/search/?q=电梯",
        "/desk/nothing/",
    ],
    "admin": ["/manage/catalogue/", "/manage/catalogue/1/"],
}
LOOKS = (
    (1440, {}),
    (900, {"theme": "dark"}),
    (390, {}),
    (1440, {"theme": "dark", "language": "en"}),
    (390, {"theme": "dark", "language": "en"}),
)


@pytest.mark.parametrize(
    ("width", "cookies"), LOOKS, ids=lambda one: str(one) if isinstance(one, int) else "-".join(one.values()) or "light"
)
def test_every_page_at_every_width_in_both_themes(
    browser: Any, live_server: Any, town: Town, width: int, cookies: dict[str, str]
) -> None:
    cases = fill(town)
    found = []
    for name, addresses in PAGES.items():
        page = page_for(browser, live_server, town, name, width=width, **cookies)
        said: list[str] = []
        page.on("console", lambda message, said=said: said.append(message.text) if message.type == "error" else None)
        for address in addresses:
            page.goto(live_server.url + address.format(*[case.code for case in cases]))
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append((address, "wider than the screen"))
            page.evaluate(AXE.read_text("utf-8"))
            found += [(address, fault) for fault in page.evaluate(FAULTS)]
        found += [(name, text) for text in said if "404" not in text]
    assert found == []


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1440, 810), (1280, 720)])
def test_the_wall_fits_its_screen(browser: Any, live_server: Any, town: Town, width: int, height: int) -> None:
    fill(town)
    page = page_for(browser, live_server, town, "city_supervisor", width=width, height=height)
    page.goto(f"{live_server.url}/wall/")
    box = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight, "
        "Math.max(...[...document.querySelectorAll('.l-wall > *')].map(e => e.scrollHeight - e.clientHeight))]"
    )
    assert box[0] <= width and box[1] <= height and box[2] <= 4, box
    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate(FAULTS) == []
    small = page_for(browser, live_server, town, "city_supervisor", width=390, height=844)
    small.goto(f"{live_server.url}/wall/")
    assert small.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_filters_and_further_acts_fold_and_everything_is_for_a_thumb(
    browser: Any, live_server: Any, town: Town
) -> None:
    cases = fill(town)
    page = page_for(browser, live_server, town, "clerk", width=390, height=844)
    page.goto(f"{live_server.url}/desk/")
    chips, sort = page.locator("#filters details.l-chip"), page.locator("details.l-chip", has_text="排序")
    assert chips.first.is_hidden() and sort.is_hidden()
    page.click("a.l-fold")
    for chip in (chips.first, sort):
        chip.locator("summary").click()
        assert chip.locator("div a").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    small = "e => e.getClientRects().length && e.getBoundingClientRect().height < 44"
    wanted = ".l-btn, .l-chip, .l-chip summary, .l-side li a, .l-check"
    assert page.evaluate(f"[...document.querySelectorAll('main :is({wanted})')].filter({small}).length") == 0
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.l-inbox td.id')).fontSize)") == 14
    assert page.evaluate("[...document.querySelectorAll('kbd')].every(k => !k.getClientRects().length)")

    page.goto(f"{live_server.url}/desk/cases/{cases[0].code}/")
    acts = page.locator(".l-act .can > :not(.l-fold)")
    assert acts.count() > 3
    assert [acts.nth(place).is_visible() for place in range(3)] == [True, True, False]
    bottom = page.evaluate("document.querySelector('.l-act').getBoundingClientRect().bottom")
    assert bottom <= 844  # at hand without scrolling
    page.click(".l-act a.l-fold")
    assert acts.nth(2).is_visible() and page.is_hidden(".l-act a.l-fold")


def test_tab_begins_with_the_way_past_the_navigation_and_space_scrolls_the_list(
    browser: Any, live_server: Any, town: Town
) -> None:
    fill(town)
    page = page_for(browser, live_server, town, "clerk", width=1440)
    page.goto(f"{live_server.url}/desk/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "l-skip"
    page.goto(f"{live_server.url}/desk/")
    page.keyboard.press("PageDown")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_matter_has_more_room_than_any_other_column_and_is_whole_on_paper(
    browser: Any, live_server: Any, town: Town
) -> None:
    fill(town)
    page = page_for(browser, live_server, town, "clerk", width=1440)
    page.goto(f"{live_server.url}/desk/")
    assert page.evaluate("document.querySelector('.l-inbox tbody th').getBoundingClientRect().width") > 420
    assert page.is_hidden(".l-inbox thead .c-who") and page.is_hidden(".l-inbox thead .c-grid")
    page.goto(f"{live_server.url}/desk/?whose=watched")
    assert page.is_visible(".l-inbox thead .c-who")
    page.emulate_media(media="print")
    cut = "a => a.scrollWidth > a.clientWidth + 1 || getComputedStyle(a).whiteSpace === 'nowrap'"
    assert page.evaluate(f"[...document.querySelectorAll('.l-inbox [data-open]')].filter({cut}).length") == 0


def test_a_chart_wider_than_the_phone_waits_until_it_is_asked_for(browser: Any, live_server: Any, town: Town) -> None:
    page = page_for(browser, live_server, town, "clerk", width=390, height=844)
    page.goto(f"{live_server.url}/procedures/matter/")
    assert page.is_hidden(".l-proc svg") and page.is_visible(".l-plist")
    page.click(".pr-look a")
    assert page.is_visible(".l-proc svg")
