"""Takes the pictures of docs/screenshots from a running demonstration city.

Usage: ./run in one window, then `.venv/bin/python -m scripts.screenshots http://127.0.0.1:8000 CLERK LEADER WORKER COMMUNITY ADDRESS`: user names
of a clerk of a community, of a leader and of a grid worker, the name of the community, an address in it. Pages are taken at the sizes of the visual
reference, and named like its pictures where there is one.
"""

import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from scripts import chromium

OUT = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "linli-demo-city"
PHONE, SMALL, DESK, WALL = (390, 844), (1280, 800), (1440, 900), (1920, 1080)


def shoot(page: Any, name: str, path: str, *, whole: bool = False, wait: int = 400) -> None:
    """Take one page as a PNG of 256 colours (a tenth of the size, the same to the eye)."""
    if path:
        page.goto(path)
    page.wait_for_timeout(wait)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=whole))).convert("RGB")
    OUT.mkdir(parents=True, exist_ok=True)
    picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        OUT / f"{name}.png", optimize=True
    )
    print(name, picture.size, (OUT / f"{name}.png").stat().st_size // 1000, "kB")


def sign_in(browser: Any, base: str, username: str, size: tuple[int, int], scale: float = 1) -> Any:
    page = visitor(browser, size, scale)
    page.goto(f"{base}/sign-in/?with=password&next=/desk/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    page.wait_for_load_state("load")
    return page


def visitor(browser: Any, size: tuple[int, int], scale: float = 1) -> Any:
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, locale="zh-CN", device_scale_factor=scale)
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def cookie(page: Any, base: str, name: str, value: str) -> None:
    page.context.add_cookies([{"name": name, "value": value, "url": base}])


def choose_place(page: Any, base: str, community: str) -> None:
    page.goto(f"{base}/place/")
    page.get_by_role("button", name=community).click()
    page.wait_for_load_state("load")


def richest(page: Any, path: str) -> str:
    """The address of the matter of a public list about which most is told."""
    page.goto(path)
    found = page.eval_on_selector_all(".l-list a.l-it", "links => links.slice(0, 12).map(link => link.href)")
    told = []
    for address in found:
        page.goto(address)
        told.append((page.locator(".l-tl img").count() > 0, page.locator(".l-tl > li").count(), address))
    return str(max(told)[2])


def residents(browser: Any, base: str, community: str, address: str) -> None:
    """Report a matter as a resident would, and take the pages on the way."""
    page = visitor(browser, PHONE, 2)
    choose_place(page, base, community)
    shoot(page, "01-home", f"{base}/", whole=True)
    status = richest(page, f"{base}/nearby/?state=open")
    shoot(page, "03-status", status, whole=True)
    shoot(page, "03b-status-closed", richest(page, f"{base}/nearby/?state=settled"), whole=True)
    shoot(page, "14-nearby", f"{base}/nearby/")
    shoot(page, "17-figures", f"{base}/figures/", whole=True)
    page = visitor(browser, PHONE, 1.5)
    shoot(page, "02-report-1-photo", f"{base}/report/")
    page.get_by_role("button", name="没有照片，跳过").click()
    page.fill("input[name=address]", address)
    page.get_by_role("button", name="找一找").click()
    page.wait_for_load_state("load")
    shoot(page, "02-report-2-place", "", whole=True)
    page.locator("label.l-choice").first.click()
    page.get_by_role("button", name="下一步").click()
    page.fill("textarea[name=text]", "楼下路灯三盏不亮，晚上老人出门看不清路。")
    shoot(page, "02-report-3-sentence", "", whole=True, wait=2500)
    page.locator(".l-go-on button").first.click()
    page.wait_for_load_state("load")
    page.locator("label.l-choice", has_text="不留名").click()
    shoot(page, "02-report-4-check", "", whole=True)
    page.get_by_role("button", name="提交").click()
    page.wait_for_load_state("load")
    shoot(page, "02-report-5-done", "", whole=True)
    page = visitor(browser, PHONE, 1.5)
    choose_place(page, base, community)
    cookie(page, base, "mode", "elder")
    shoot(page, "04-elder-home", f"{base}/", whole=True)
    shoot(page, "04-elder-status", status, whole=True)


def desk(browser: Any, base: str, names: dict[str, str]) -> None:
    page = sign_in(browser, base, names["clerk"], DESK)
    shoot(page, "05-inbox", f"{base}/desk/")
    page.goto(f"{base}/desk/?procedure=matter&step=whistled")
    page.locator("[data-open]").first.click()
    page.wait_for_load_state("load")
    shoot(page, "06-case", "")
    shoot(page, "16-overview", f"{base}/desk/overview/")
    cookie(page, base, "theme", "dark")
    page.go_back()
    shoot(page, "06-case-dark", page.url)
    shoot(page, "05-inbox-dark", f"{base}/desk/")
    shoot(sign_in(browser, base, names["worker"], PHONE, 2), "10-field", f"{base}/desk/register/", whole=True)
    shoot(sign_in(browser, base, names["leader"], WALL), "11-wall", f"{base}/wall/")
    shoot(visitor(browser, (1440, 1600)), "07-procedure", f"{base}/procedures/matter/")
    shoot(visitor(browser, DESK), "15-map", f"{base}/map/", wait=5000)
    shoot(visitor(browser, SMALL), "12-signin", f"{base}/sign-in/?with=password")
    shoot(visitor(browser, SMALL), "13-states", f"{base}/no-such-page/")


def main(arguments: list[str]) -> int:
    if len(arguments) != 6 or chromium.find() is None:
        print(
            "usage: python -m scripts.screenshots URL CLERK LEADER WORKER COMMUNITY ADDRESS   (and a Chromium)",
            file=sys.stderr,
        )
        return 2
    base, clerk, leader, worker, community, address = arguments
    with sync_playwright() as api:
        browser = api.chromium.launch(executable_path=chromium.find(), args=FLAGS)
        residents(browser, base, community, address)
        desk(browser, base, {"clerk": clerk, "leader": leader, "worker": worker})
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
