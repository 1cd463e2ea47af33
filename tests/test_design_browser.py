"""The design system in a real browser: axe on every shell and the style guide, keyboard, drafts, photos, no script."""

import functools
import http.server
import io
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, FileSystemLoader, PrefixLoader
from PIL import Image

from linli.config.jinja import environment
from linli.kernel.middleware import POLICY

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

KERNEL = Path(__file__).resolve().parents[1] / "src" / "linli" / "kernel"
AXE = Path(__file__).resolve().parent / "vendor" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CLOCK = {"label": "办理时限", "word": "将到期", "text": "剩 0 时 40 分", "used": 91, "state": "soon"}
ROWS = [
    {
        "id": i,
        "href": f"/case-{i}.html",
        "number": f"1123-{i:04}",
        "title": f"第 {i} 件",
        "clock": CLOCK,
        "step": "办理",
    }
    for i in range(1, 61)
]
OWN = {
    "inbox.html": """{% extends 'kernel/base_desk.html' %}{% import 'kernel/desk.html' as d %}{% block title %}待我办{% endblock %}
      {% block main %}{{ d.title_line('待我办', 60) }}<form class="l-fill" method="post" action="/gone">{{ d.inbox(rows, '六十件') }}
      {{ d.bulk_bar([{'label': '派出', 'key': 'a'}]) }}</form>{% endblock %}""",
    "case.html": """{% extends 'kernel/base_desk.html' %}{% import 'kernel/desk.html' as d %}
      {% from 'kernel/components.html' import kv, history, action_bar %}{% block title %}一件{% endblock %}
      {% block main %}{{ d.case_head('路面塌了一块', [('待我办', '/inbox.html')], [('over', '超期')], [], '第 3 件', '#', '#') }}
      <div class="l-cols"><section class="l-facts" aria-label="事实">{{ kv([('地点', '北门')] * 60) }}</section>
      <section class="l-right-col" aria-label="经过"><h2>经过</h2>{{ history([{'time': '09:12', 'who': '市政站', 'text': '已围挡'}] * 60) }}
      <a href="#">再早的</a></section></div>
      {{ action_bar([{'label': '受理', 'key': 'a', 'primary': true, 'allowed': true}, {'label': '办结', 'allowed': false, 'reason': '没人报到'}]) }}
      {% endblock %}""",
    "report.html": """{% extends 'kernel/base_resident.html' %}{% from 'kernel/components.html' import field, button, steps %}
      {% import 'kernel/resident.html' as r %}{% block title %}发生了什么{% endblock %}{% block main_class %}l-q{% endblock %}
      {% block scripts %}<script src="{{ static('linli/photos.js') }}" defer></script>{% endblock %}
      {% block main %}<form method="post" action="/gone" data-draft="report">{{ steps(3, 4) }}<h1>发生了什么？</h1>
      {{ r.photo_input('photo', most=2) }}{{ field('text', '事情', type='textarea', count=True, attrs={'maxlength': 30}) }}
      {{ field('pin', '口令', type='password') }}{{ r.keep('已存好', 'check', saved=True) }}
      <div class="l-go-on">{{ button('提交', kind='main wide') }}</div></form>{% endblock %}""",
    "done.html": """{% extends 'kernel/base_resident.html' %}{% block title %}收到了{% endblock %}
      {% block main %}<div class="l-q" data-draft-done="report"><h1>收到了</h1></div>{% endblock %}""",
}


def _pages() -> dict[str, str]:
    env = environment(
        loader=PrefixLoader({"own": DictLoader(OWN), "kernel": FileSystemLoader(str(KERNEL / "jinja2" / "kernel"))}),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.globals.update(static=lambda path: f"/static/{path}", url=lambda name: "/" + name.replace(":", "/"))
    context: dict[str, Any] = {
        "lang": "zh-hans",
        "csrf_input": "",
        "csrf_token": "t",
        "city_name": "禾洲市",
        "rows": ROWS,
    }
    context |= {
        "posts": [{"id": 1, "unit": "梨花巷社区", "duty": "副主任", "current": True}],
        "foot_links": [("帮助", "#")],
    }
    context |= {"workday": {"time": "周二 10:20", "iso": "2026-11-24T10:20+08:00", "text": "上班时间", "on": True}}
    modes = {
        "resident": {"mode": "resident"},
        "elder": {"mode": "elder", "zoom": "136"},
        "desk": {"mode": "desk"},
        "dark": {"mode": "desk", "theme": "dark"},
    }
    found = {}
    for mode, extra in modes.items():
        for name in OWN:
            if (mode in ("desk", "dark")) != (name in ("inbox.html", "case.html")):
                continue
            found[f"{mode}-{name}"] = env.get_template(f"own/{name}").render(context | extra)
        for name in ("404.html", "409.html", "500.html"):
            found[f"{mode}-{name}"] = env.get_template(f"kernel/{name}").render(context | extra)
    for name in ("styleguide.html", "base_signin.html", "base_wall.html", "base_print.html"):
        found[name] = env.get_template(f"kernel/{name}").render(context | modes["resident"])
    found["case-3.html"] = found["desk-case.html"]
    return found


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, *args: Any, pages: dict[str, str], posted: list[bytes]) -> None:
        self.pages, self.posted = pages, posted
        super().__init__(*args)

    def do_GET(self) -> None:
        name = self.path.split("?")[0].lstrip("/")
        body, kind = self.pages.get(name, "").encode(), "text/html; charset=utf-8"
        if name.startswith("static/"):
            file = KERNEL / name
            body = file.read_bytes() if file.is_file() else b""
            kind = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}.get(file.suffix, "image/png")
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, list[bytes], dict[str, str]]]:
    posted: list[bytes] = []
    pages = _pages()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, pages=pages, posted=posted))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", posted, pages
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = os.environ.get("LINLI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("no Chromium found; set LINLI_CHROMIUM")
    with playwright.sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(5000)
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield tab
    context.close()
    assert not wrong


def _serious(tab: Any) -> list[tuple[str, str]]:
    tab.evaluate(AXE.read_text("utf-8"))
    found = tab.evaluate("axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']})")
    return [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in found["violations"]]


@pytest.mark.parametrize("width", [390, 900, 1440])
def test_axe_finds_nothing_and_nothing_overflows(page: Any, site: Any, width: int) -> None:
    base, _, pages = site
    page.set_viewport_size({"width": width, "height": 900})
    for name in pages:
        page.goto(f"{base}/{name}")
        assert _serious(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, name


def test_elder_pages_have_large_text_and_targets(page: Any, site: Any) -> None:
    base, _, _ = site
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{base}/elder-report.html")
    small = page.evaluate(
        """() => [...document.querySelectorAll('body a, body button, textarea, input, label')]
        .filter(e => e.getClientRects().length && !e.matches('.l-skip, [type=file], label'))
        .filter(e => e.getBoundingClientRect().height < 60).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []
    sizes = page.evaluate(
        "[...document.querySelectorAll('p, label, button, h1, a')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 18 and page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == pytest.approx(
        29.92
    )


def test_inbox_by_keyboard(page: Any, site: Any) -> None:
    base, _, _ = site
    page.goto(f"{base}/desk-inbox.html")
    bar, count = page.locator("[data-bulk]"), page.locator("[data-bulk-count]")
    playwright.expect(bar).to_be_hidden()
    for key in ("j", "j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    playwright.expect(count).to_have_text("3")
    assert page.locator("[data-pick]:checked").evaluate_all("boxes => boxes.map(b => b.value)") == ["2", "3", "4"]
    page.keyboard.press("Escape")
    playwright.expect(bar).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("jx?")
    assert page.input_value("#q") == "jx?"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    playwright.expect(page.locator("#l-help")).to_be_visible()
    page.locator("[data-keys-off]").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.locator(".is-cur [data-open]").inner_text() == "第 4 件"  # single keys are off
    page.locator("[data-help]").click()
    page.locator("[data-keys-off]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/case-3.html")
    page.keyboard.press("?")
    assert page.locator("[data-keys-here]").inner_text().split() == ["K", "上一件", "J", "下一件", "A", "受理"]


def test_draft_comes_back_until_it_is_sent_and_never_a_password(page: Any, site: Any) -> None:
    base, posted, _ = site
    page.goto(f"{base}/resident-report.html")
    text = "买买提江·吐尔逊在䶮𠅤路口摔了"
    page.fill("[name=text]", text)
    page.fill("[name=pin]", "secret")
    playwright.expect(page.locator("[data-saved]")).to_be_visible()
    page.goto(f"{base}/resident-report.html")
    assert page.input_value("[name=text]") == text and page.input_value("[name=pin]") == ""
    assert "secret" not in page.evaluate("JSON.stringify({...localStorage})")
    page.fill("[name=pin]", "secret")
    before = len(posted)
    with page.expect_request("**/gone"):
        page.click(".l-go-on button")
    page.click(".l-go-on button")
    page.goto(f"{base}/resident-done.html")
    page.goto(f"{base}/resident-report.html")
    assert page.input_value("[name=text]") == ""
    assert len(posted) == before + 1


def test_counter_counts_characters_not_code_units(page: Any, site: Any) -> None:
    base, _, _ = site
    page.goto(f"{base}/resident-report.html")
    page.fill("[name=text]", "𠅤" * 30)
    playwright.expect(page.locator(".l-count")).to_have_text("还可以写 0 个字")
    page.fill("[name=text]", "𠅤" * 32)
    playwright.expect(page.locator(".l-count")).to_have_text("多了 2 个字")
    assert not page.evaluate("document.querySelector('[name=text]').checkValidity()")


def test_photos_shrink_upright_and_keep_their_place(page: Any, site: Any) -> None:
    base, _, _ = site
    exif = Image.Exif()
    exif[0x0112] = 6
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (30.0, 15.0, 10.5), "E", (120.0, 9.0, 3.25)
    file = io.BytesIO()
    Image.effect_noise((2400, 1800), 60).convert("RGB").save(file, "JPEG", quality=92, exif=exif)
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    broken = {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8 not a photo"}
    page.goto(f"{base}/resident-report.html")
    page.set_input_files("[data-photos] >> nth=1", [photo, broken, photo])
    playwright.expect(page.locator(".l-shots .rm")).to_have_count(2)
    playwright.expect(page.locator(".l-shots .add").first).to_be_hidden()
    page.wait_for_function("!document.querySelector('form[data-draft]').dataset.sent")
    sent = page.evaluate(
        "(async () => { const out = []; for (const f of document.querySelectorAll('[data-photos]')[1].files)"
        " out.push([...new Uint8Array(await f.arrayBuffer())]); return out; })()"
    )
    assert len(sent) == 2 and bytes(sent[1]) == broken["buffer"]
    small = Image.open(io.BytesIO(bytes(sent[0])))
    assert small.size == (1440, 1920) and len(sent[0]) < len(photo["buffer"])
    assert small.getexif()[0x0112] == 1
    assert dict(small.getexif().get_ifd(0x8825)) == {1: "N", 2: (30.0, 15.0, 10.5), 3: "E", 4: (120.0, 9.0, 3.25)}
    page.locator(".l-shots .rm").first.click()
    assert page.evaluate("document.querySelectorAll('[data-photos]')[1].files.length") == 1
    playwright.expect(page.locator(".l-shots .add").first).to_be_visible()


def test_everything_is_there_without_script(browser: Any, site: Any) -> None:
    base, _, _ = site
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    tab = context.new_page()
    tab.goto(f"{base}/desk-inbox.html")
    playwright.expect(tab.locator("[data-bulk]")).to_be_visible()
    tab.click(".burger")
    playwright.expect(tab.locator("#nav")).to_be_visible()
    tab.goto(f"{base}/elder-report.html")
    playwright.expect(tab.locator("button[data-read]")).to_be_hidden()
    playwright.expect(tab.locator("[data-saved]")).to_be_hidden()
    context.close()
