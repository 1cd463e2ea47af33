"""The whole main job in a real browser: a resident reports, the community accepts and dispatches, the department settles, the community
checks, the resident rates. On a phone and on a desk screen, in normal and in elder mode, with and without JavaScript."""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from PIL import Image

from linli.kernel import outbox
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
PASSWORD = "桂花开了三次-2026"
WAYS = [
    pytest.param(390, "resident", True, id="phone"),
    pytest.param(390, "elder", True, id="phone-elder"),
    pytest.param(1440, "resident", True, id="desk-screen"),
    pytest.param(1440, "elder", True, id="desk-screen-elder"),
    pytest.param(390, "resident", False, id="phone-without-javascript"),
    pytest.param(1440, "elder", False, id="desk-screen-elder-without-javascript"),
]


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
    built = build_town()
    for name in ("clerk", "housing"):
        built.users[name].set_password(PASSWORD)
        built.users[name].save()
    with override_settings(MEDIA_ROOT=tmp_path):
        yield built


def photo() -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 140, 150)).save(out, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


class Person:
    """Somebody with a browser of their own, who looks at every page with axe in passing."""

    def __init__(self, browser: Any, base: str, *, width: int, scripts: bool, mode: str = "resident") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 900},
            java_script_enabled=scripts,
            locale="zh-CN",
        )
        self.context.add_cookies([{"name": "mode", "value": mode, "url": base}])
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.base, self.scripts = base, scripts
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("response", self._note)

    def _note(self, response: Any) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} {response.url}")
        if not response.url.startswith((self.base, "data:", "blob:")):
            self.problems.append(f"another host: {response.url}")

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)
        self.look()

    def press(self, name: str) -> None:
        """Press the button or link whose name begins like this, and look at the page it leads to."""
        begins = re.compile(f"^{re.escape(name)}")
        target = self.page.get_by_role("button", name=begins).or_(self.page.get_by_role("link", name=begins))
        target.first.click()
        self.page.wait_for_load_state("load")
        self.look()

    def look(self) -> None:
        """Nothing serious by axe, nothing wider than the screen."""
        if not self.scripts:
            return
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            self.problems.append(f"{wide} px too wide: {self.page.url}")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        )
        for one in found["violations"]:
            if one["impact"] in ("serious", "critical"):
                self.problems.append(f"axe {one['id']} {self.page.url} {one['nodes'][0]['html'][:160]}")

    def sign_in(self, name: str) -> None:
        self.open("/sign-in/?with=password&next=/desk/")
        self.page.fill("input[name=username]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.locator("main button[type=submit], form button[type=submit]").first.click()
        self.page.wait_for_load_state("load")
        self.look()

    def do(self, code: str, label: str, **answers: str) -> None:
        """Choose an act of a case, fill in what it asks, send it."""
        self.open(f"/desk/cases/{code}/")
        self.press(label)
        form = self.page.locator("form#do")
        for name, value in answers.items():
            field = form.locator(f"[name='a.{name}']")
            kind = (
                field.first.evaluate("node => node.type") if self.scripts else field.first.get_attribute("type") or ""
            )
            if kind == "radio":
                form.locator(f"label:has([name='a.{name}'][value='{value}'])").click()
            elif field.first.evaluate("node => node.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        form.get_by_role("button", name=label).click()
        self.page.wait_for_load_state("load")
        self.look()


@pytest.mark.parametrize(("width", "mode", "scripts"), WAYS)
def test_from_a_resident_to_settled_and_rated(
    live_server: Any, browser: Any, town: Town, width: int, mode: str, scripts: bool
) -> None:
    base = live_server.url
    resident = Person(browser, base, width=width, scripts=scripts, mode=mode)
    code = report(resident)
    clerk = Person(browser, base, width=width, scripts=scripts)
    clerk.sign_in("clerk")
    assert clerk.page.get_by_text(code).count() or clerk.page.get_by_text("电梯坏了三天").count()
    clerk.do(code, "受理", category=str(town.categories["lift"].pk), urgency="2")
    clerk.do(code, "交办", unit=str(town.units["housing"].pk))
    housing = Person(browser, base, width=width, scripts=scripts)
    housing.sign_in("housing")
    housing.do(code, "办结", result="换了门机，已经恢复运行。")
    clerk.do(code, "核查通过")
    outbox.drain()
    resident.open(f"/m/{code}/")
    for name, value in (("reached", "yes"), ("settled", "yes"), ("satisfied", "5")):
        resident.page.locator(f"label:has(input[name='{name}'][value='{value}'])").click()
    resident.page.locator("form:has(input[name='reached']) button[type=submit]").first.click()
    resident.page.wait_for_load_state("load")
    resident.look()
    case = Case.objects.get(code=code)
    assert (case.state, case.outcome, case.matter.case.data["satisfied"]) == ("ended", "settled", "5")
    assert case.files.count() == 1
    assert resident.problems + clerk.problems + housing.problems == []


def report(resident: Person) -> str:
    """Report a broken lift with a photo, a place and a sentence, anonymously with four digits; return the code."""
    page = resident.page
    resident.open("/")
    resident.press("我要反映")
    page.locator("input[type=file][data-photos]").last.set_input_files(photo())
    resident.press("下一步")
    page.fill("input[name=address]", "桂花园3栋")
    resident.press("找一找")
    page.locator("label.l-choice", has_text="桂花园").first.click()
    resident.press("下一步")
    page.fill("textarea[name=text]", "桂花园3栋电梯坏了三天，老人下不了楼。")
    resident.press("下一步")
    page.locator("label.l-choice", has_text="不留名").click()
    page.fill("input[name=pin]", "2468")
    resident.press("提交")
    code = page.locator(".l-code").inner_text().strip()
    resident.press("看进度")
    assert page.get_by_text("电梯坏了三天").count() > 0
    return str(code)
