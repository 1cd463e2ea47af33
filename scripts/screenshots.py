"""Takes the pictures of docs/screenshots from a running demonstration city.

Usage: ./run in one window, then `.venv/bin/python -m scripts.screenshots http://127.0.0.1:8000 CLERK LEADER ADDRESS`. Pages are taken at the sizes
of the visual reference (390 px for residents, 1440 px for the desk), with the demonstration's own accounts.
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
PHONE, DESK, WALL = (390, 844), (1440, 900), (1920, 1080)


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


def sign_in(browser: Any, base: str, username: str, size: tuple[int, int]) -> Any:
    page = visitor(browser, size)
    page.goto(f"{base}/sign-in/?with=password&next=/desk/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    page.wait_for_load_state("load")
    return page


def visitor(browser: Any, size: tuple[int, int]) -> Any:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


def elder(page: Any, base: str) -> None:
    page.context.add_cookies([{"name": "mode", "value": "elder", "url": base}])


def residents(browser: Any, base: str, address: str) -> None:
    """Report a matter as a resident would, and take the pages on the way."""
    page = visitor(browser, PHONE)
    shoot(page, "01-home", f"{base}/")
    shoot(page, "02-report-photo", f"{base}/report/")
    page.get_by_role("button", name="没有照片，跳过").click()
    page.fill("input[name=address]", address)
    page.get_by_role("button", name="找一找").click()
    page.wait_for_load_state("load")
    shoot(page, "02-report-place", "")
    page.locator("label.l-choice").first.click()
    page.get_by_role("button", name="下一步").click()
    page.fill("textarea[name=text]", "楼下路灯三盏不亮，晚上老人出门看不清路。")
    shoot(page, "02-report-sentence", "")
    page.get_by_role("button", name="下一步").click()
    page.wait_for_load_state("load")
    page.locator("label.l-choice", has_text="不留名").click()
    shoot(page, "02-report-check", "", whole=True)
    page.get_by_role("button", name="提交").click()
    page.wait_for_load_state("load")
    shoot(page, "02-report-done", "")
    page.get_by_role("link", name="看进度").click()
    page.wait_for_load_state("load")
    shoot(page, "03-status", "", whole=True)
    elder(page, base)
    shoot(page, "04-elder-home", f"{base}/")
    page.go_back()
    shoot(page, "04-elder-status", "", whole=True)
    shoot(visitor(browser, PHONE), "12-nearby", f"{base}/nearby/")


def desk(browser: Any, base: str, names: dict[str, str]) -> None:
    page = sign_in(browser, base, names["clerk"], DESK)
    shoot(page, "05-inbox", f"{base}/desk/")
    page.goto(f"{base}/desk/?procedure=matter&step=whistled")
    page.locator("[data-open]").first.click()
    page.wait_for_load_state("load")
    shoot(page, "06-case", "")
    shoot(page, "08-overview", f"{base}/desk/overview/")
    page.context.add_cookies([{"name": "theme", "value": "dark", "url": base}])
    shoot(page, "05-inbox-dark", f"{base}/desk/")
    shoot(sign_in(browser, base, names["leader"], WALL), "11-wall", f"{base}/wall/")
    shoot(visitor(browser, DESK), "07-procedure", f"{base}/procedures/matter/")
    shoot(visitor(browser, DESK), "09-map", f"{base}/map/", wait=5000)
    shoot(visitor(browser, DESK), "13-signin", f"{base}/sign-in/?with=password")


def main(arguments: list[str]) -> int:
    if len(arguments) != 4 or chromium.find() is None:
        print("usage: python -m scripts.screenshots URL CLERK LEADER ADDRESS   (and a Chromium)", file=sys.stderr)
        return 2
    base, clerk, leader, address = arguments
    with sync_playwright() as api:
        browser = api.chromium.launch(executable_path=chromium.find(), args=FLAGS)
        residents(browser, base, address)
        desk(browser, base, {"clerk": clerk, "leader": leader})
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
