"""From the designer to the end of a case, on a phone, with and without scripts: published, begun, joined, shown, objected to, answered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from linli.procedures.models import Case
from linli.procedures.ticks import tick
from linli.testing import Town
from tests.test_desk_browser import AXE, FAULTS, browser, town  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = """procedure: lamp
version: 1
name: {zh: 楼道换灯, en: New lamps on the stairs}
source: 社区公共设施小修办法
start: {by: [public], form: [wish, sign]}
public: {fields: [wish], steps: all, people: roles_only}
fields:
  wish: {name: {zh: 换哪里的灯, en: Which lamps}, type: text, max: 100}
  sign: {name: {zh: 发起人签名, en: Signature}, type: signature}
  willing: {name: {zh: 您同意吗, en: Do you agree}, type: yes_no}
steps:
  collect:
    kind: collect
    name: {zh: 邻居联名, en: Neighbours sign}
    holder: clerk of community
    by: [public]
    form: [willing]
    threshold: {at_least: 20}
    clock: {for: 10 days, on_expiry: {to: dropped}}
    actions: {close: {name: {zh: 人数够了，转公示, en: Enough}, to: shown, main: true}}
    then: shown
  shown:
    kind: notice
    name: {zh: 公示, en: Notice}
    holder: clerk of community
    clock: {for: 7 days}
    objections: {by: [public], answer: community_head of community}
    then: done
  done: {kind: end, name: {zh: 换灯, en: Lamps replaced}, outcome: done}
  dropped: {kind: end, name: {zh: 人数不够, en: Too few}, outcome: dropped}
"""


class Phone:
    """A browser of one person, 390 px wide; every page that it leaves is looked at."""

    def __init__(self, chrome: Any, server: Any, *, scripts: bool, user: Any = None) -> None:
        self.server, self.scripts, self.faults = server, scripts, []
        context = chrome.new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=scripts
        )
        if user is not None:
            client = Client()
            client.force_login(user)
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server.url}])
        self.page = context.new_page()
        self.page.set_default_timeout(20_000)

    def go(self, path: str) -> Any:
        self.page.goto(self.server.url + path)
        self.look()
        return self.page

    def press(self, label: str, *, within: str = "main") -> Any:
        with self.page.expect_navigation():
            self.page.locator(f"{within} >> css=button", has_text=label).last.click()
        self.look()
        return self.page

    def look(self) -> None:
        if self.scripts:
            if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                self.faults.append((self.page.url, "wider than the screen"))
            self.page.evaluate(AXE.read_text("utf-8"))
            self.faults += [(self.page.url, fault) for fault in self.page.evaluate(FAULTS)]

    def says(self, text: str) -> bool:
        return text in self.page.inner_text("main") if self.scripts else text in self.page.content()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_procedure_is_published_and_a_case_of_it_goes_to_its_end(
    browser: Any,  # noqa: F811
    live_server: Any,
    town: Town,  # noqa: F811
    scripts: bool,
) -> None:
    phones = []

    def phone(name: str = "") -> Phone:
        phones.append(Phone(browser, live_server, scripts=scripts, user=town.users[name] if name else None))
        return phones[-1]

    # the administrator copies a procedure, writes it anew and publishes it
    admin = phone("admin")
    page = admin.go("/manage/procedures/")
    page.fill("#f-name", "楼道换灯")
    page.fill("#f-key", "lamp")
    admin.press("复制成草稿")
    page.goto(page.url.partition("?")[0] + "?view=text")
    page.fill("#f-text", TEXT)
    admin.press("保存")
    page.goto(page.url.partition("?")[0] + "compare/")
    page.fill("#f-note", "居民提议")
    admin.press("发布第 1 版")
    # a resident finds it from the home page and starts it
    resident = phone()
    page = resident.go("/")
    with page.expect_navigation():
        page.click("text=我要办事")
    with page.expect_navigation():
        page.click("text=办这件事")
    resident.look()
    page.select_option("#f-place", label="东门社区")
    page.fill("[name='a.wish']", "3栋2单元楼道")
    if scripts:
        page.locator("canvas").scroll_into_view_if_needed()
        box = page.locator("canvas").bounding_box()
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 140, box["y"] + 50, steps=4)
        page.mouse.up()
    else:
        page.fill("[name='s.sign']", "买买提江·吐尔逊")
        page.check("[name='s.sign.mine']")
    page.fill("#f-pin", "2468")
    resident.press("提交")
    case = Case.objects.get(procedure="lamp")
    assert resident.says(case.code) and resident.says("收到了")
    assert case.files.count() == (1 if scripts else 0)
    # two neighbours take part, one of them twice
    here = f"/case/{case.code}/"
    for answer in ("yes", "no"):
        neighbour = phone()
        page = neighbour.go(here)
        assert not neighbour.says("撤回这件事")
        page.check(f"[name='a.willing'][value={answer}]")
        neighbour.press("参与")
        assert neighbour.says("您已经参与了，每人一次。")
    assert Case.objects.get(pk=case.pk).data["voices"] == 2
    # the community closes the collection; the notice begins; a neighbour objects
    clerk = phone("clerk")
    clerk.go(f"/desk/cases/{case.code}/")
    assert clerk.says("已有 2 人参与，到 20 人就进入下一步。")
    clerk.press("人数够了，转公示")
    page = neighbour.go(here)
    page.click("summary:has-text('我有异议')")
    page.fill("[name='text']", "灯太亮，照到卧室。")
    neighbour.press("提交异议")
    assert neighbour.says("还没有答复。")
    # the head answers; after its seven days the notice ends and so does the case
    head = phone("head")
    page = head.go(f"/desk/cases/{case.code}/")
    page.locator("#crowd textarea").fill("加装了遮光罩。")
    head.press("答复", within="#crowd")
    neighbour.go(here)
    assert neighbour.says("加装了遮光罩。")
    tick(at=datetime.now(UTC) + timedelta(days=8))
    resident.go(here)
    assert resident.says("换灯") and Case.objects.get(pk=case.pk).outcome == "done"
    # on another phone it opens with the code and the four digits
    other = phone()
    page = other.go("/track/")
    page.fill("#f-code", case.code)
    page.fill("#f-digits", "2468")
    other.press("打开")
    assert other.says("填写的内容")
    assert [fault for one in phones for fault in one.faults] == []
