"""The design system keeps its promises: strict policy, weight, contrast, names that exist, hostile text shown as text."""

import gzip
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, UndefinedError

from linli.config.jinja import environment

KERNEL = Path(__file__).resolve().parents[1]
AREAS = KERNEL.parent
TEMPLATES = KERNEL / "jinja2"
STATIC = KERNEL / "static" / "linli"
VENDOR = KERNEL / "static" / "vendor"
PAGES = sorted(path.name for path in (TEMPLATES / "kernel").glob("*.html"))
ROUTES = {
    "shell:home",
    "shell:mode",
    "shell:theme",
    "shell:language",
    "shell:about",
    "shell:accessibility",
    "shell:search",
    "shell:post",
    "shell:sign_out",
}


def _env() -> Environment:
    env = environment(
        loader=FileSystemLoader(str(TEMPLATES)), autoescape=True, extensions=["jinja2.ext.i18n"], auto_reload=False
    )

    def url(name: str, *args: Any) -> str:
        assert name in ROUTES, name
        return "/" + name.replace(":", "/")

    env.globals.update(static=lambda path: f"/static/{path}", url=url)
    return env


ENV = _env()


def _context(mode: str, theme: str = "light", zoom: str = "100") -> dict[str, Any]:
    class Person:
        is_authenticated = True
        pk = "7"

        def __str__(self) -> str:
            return "买买提江·吐尔逊"

    post = {"id": 1, "unit": "䶮𠅤社区居委会", "duty": "副主任", "current": True}
    nav = (("板块", (("超期", "#", "", 3, "over", False),)),)
    return {
        "mode": mode,
        "theme": theme,
        "zoom": zoom,
        "lang": "zh-hans",
        "csrf_input": "",
        "csrf_token": "t",
        "user": Person(),
        "city_name": "禾洲市",
        "posts": [post, {"id": 2, "unit": "街道", "duty": "干事"}],
        "desk_nav": nav,
        "workday": {"time": "周二 10:20", "iso": "2026-11-24T10:20+08:00", "text": "上班时间", "on": True},
        "foot_links": [("帮助", "/help/")],
    }


CASES = [("resident", "light", "100"), ("elder", "light", "136"), ("desk", "light", "100"), ("desk", "dark", "100")]
RENDERED = {
    (name, mode, theme): ENV.get_template(f"kernel/{name}").render(_context(mode, theme, zoom))
    for name in PAGES
    for mode, theme, zoom in CASES
}


class _Scan(HTMLParser):
    """Collect every start tag with its attributes, and the text of every textarea and element."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _scan(html: str) -> _Scan:
    scan = _Scan()
    scan.feed(html)
    scan.close()
    return scan


@pytest.mark.parametrize("page", RENDERED, ids="-".join)
def test_pages_keep_the_content_security_policy(page: tuple[str, str, str]) -> None:
    for tag, attrs in _scan(RENDERED[page]).tags:
        assert "style" not in attrs, (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
        if tag == "script":
            assert (attrs.get("src") or "").startswith("/static/"), attrs
        for name in ("src", "href", "action"):
            assert not re.match(r"(https?:)?//|javascript:|data:", attrs.get(name) or ""), (tag, attrs)


@pytest.mark.parametrize("page", RENDERED, ids="-".join)
def test_ids_are_unique_and_fields_have_names(page: tuple[str, str, str]) -> None:
    tags = _scan(RENDERED[page]).tags
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    labelled = {attrs.get("for") for tag, attrs in tags if tag == "label"}
    for tag, attrs in tags:
        if tag in ("textarea", "select"):
            assert attrs.get("id") in labelled, attrs
        for part in (attrs.get("aria-describedby") or "").split():
            assert part in ids, attrs


@pytest.mark.parametrize(
    ("mode", "theme", "page", "html"),
    [
        ("resident", "light", "base_resident.html", '<html lang="zh-CN" data-mode="resident" data-bs-theme="light">'),
        ("elder", "light", "base_resident.html", 'data-mode="elder" data-bs-theme="light" class="zoom-136">'),
        ("desk", "dark", "base_desk.html", 'data-mode="desk" data-bs-theme="dark">'),
        ("desk", "dark", "base_resident.html", 'data-mode="resident" data-bs-theme="light">'),
    ],
)
def test_html_element_carries_mode_theme_and_zoom(mode: str, theme: str, page: str, html: str) -> None:
    assert html in RENDERED[(page, mode, theme)]


def test_shells_render_without_any_context() -> None:
    """An error page must not fail for want of a request."""
    for name in ("base_resident.html", "base_desk.html", "base_print.html", "base_wall.html", "500.html", "404.html"):
        assert "<main" in ENV.get_template(f"kernel/{name}").render()


def test_icons_named_anywhere_exist() -> None:
    names = set(ENV.get_template("kernel/icons.html").module.ICON_NAMES)  # type: ignore[attr-defined]
    used = set()
    for path in AREAS.glob("*/jinja2/**/*.html"):
        used |= set(re.findall(r"\bicon\(\s*'([a-z-]+)'", path.read_text("utf-8")))
        used |= set(re.findall(r"icon_name=\s*'([a-z-]+)'", path.read_text("utf-8")))
    assert used <= names, used - names
    with pytest.raises(UndefinedError):
        ENV.from_string("{% from 'kernel/icons.html' import icon %}{{ icon('nothing') }}").render()


def test_classes_used_by_the_templates_are_defined() -> None:
    styles = "".join(path.read_text("utf-8") for path in STATIC.glob("*.css"))
    defined = set(re.findall(r"\.([a-z][a-z0-9_-]*)", styles))
    used = set()
    for html in RENDERED.values():
        for _, attrs in _scan(html).tags:
            used |= {name for name in (attrs.get("class") or "").split() if re.match(r"[lcpw]-", name)}
    plain_hooks = {"l-prog", "l-thr-box", "l-msgs", "c-kind", "c-sym", "l-help", "l-on-phone"}
    assert used - defined <= plain_hooks, used - defined - plain_hooks


def test_styles_call_no_other_host_and_close_their_braces() -> None:
    for path in STATIC.glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.S)
        assert text.count("{") == text.count("}"), path.name
        assert not re.search(r"@import|url\(|expression\(", text), path.name


def test_scripts_are_small_and_need_no_eval() -> None:
    for path in STATIC.glob("*.js"):
        text = path.read_text("utf-8")
        assert len(text.encode()) <= 8192, path.name
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write|\.style\b|\(\?<[=!]", text), path.name


def _wire(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6))


def test_first_visit_of_a_resident_is_light() -> None:
    """What base_resident.html links, plus charts and photos, leaves two thirds of 90 KB to the page itself."""
    html = RENDERED[("base_resident.html", "resident", "light")]
    names = set(re.findall(r'"/static/linli/([\w.-]+\.(?:css|js|svg|webmanifest))"', html))
    assert names == {
        "tokens.css",
        "base.css",
        "resident.css",
        "print.css",
        "linli.js",
        "icon.svg",
        "manifest.webmanifest",
    }
    total = sum(_wire(STATIC / name) for name in names | {"chart.css", "photos.js"}) + len(gzip.compress(html.encode()))
    assert total <= 30 * 1024, total


# ---- contrast: WCAG 2.2, relative luminance as in https://www.w3.org/TR/WCAG22/#dfn-relative-luminance


def _tokens(mode: str, theme: str) -> dict[str, str]:
    """Resolve the custom properties as the cascade would for <html data-mode data-bs-theme>."""
    text = re.sub(r"/\*.*?\*/", "", (STATIC / "tokens.css").read_text("utf-8"), flags=re.S)
    wanted = {":root", f'[data-mode="{mode}"]', f'[data-bs-theme="{theme}"]'}
    found: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        if wanted & {part.strip() for part in selectors.split(",")}:
            found |= {name: value.strip() for name, value in re.findall(r"(--[\w-]+):([^;]+)", body)}

    def resolve(value: str) -> str:
        reference = re.fullmatch(r"var\((--[\w-]+)\)", value)
        return resolve(found[reference[1]]) if reference else value

    return {name.removeprefix("--lin-"): resolve(value) for name, value in found.items()}


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_PAIRS = [
    (ink, paper)
    for ink in ("text", "text-2", "text-3")
    for paper in ("bg", "bg-2", "bg-3", "surface", "accent-tint", "over-tint", "soon-tint")
] + [
    ("accent", "bg"),
    ("accent", "bg-2"),
    ("accent-deep", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent-2", "accent"),
    ("on-accent", "accent-deep"),
    ("over", "bg"),
    ("over", "over-tint"),
    ("on-over", "over-fill"),
    ("soon", "bg"),
    ("soon", "soon-tint"),
    ("ok", "bg"),
    ("ok", "surface"),
    ("text", "seq-2"),
    ("on-seq-3", "seq-3"),
    ("on-seq-3", "seq-4"),
]


def test_contrast_oracle() -> None:
    assert _contrast("#fff", "#000") == pytest.approx(21)
    assert round(_contrast("#767676", "#fff"), 2) == 4.54


@pytest.mark.parametrize(
    ("mode", "theme"), [("resident", "light"), ("elder", "light"), ("desk", "light"), ("desk", "dark")]
)
def test_contrast_of_every_pair(mode: str, theme: str) -> None:
    token = _tokens(mode, theme)
    for ink, paper in TEXT_PAIRS:
        assert _contrast(token[ink], token[paper]) >= 4.5, (ink, paper, _contrast(token[ink], token[paper]))
    for edge in ("line-strong", "accent", "over-bar"):
        assert _contrast(token[edge], token["surface"]) >= 3, edge


def test_vendored_files_are_the_ones_listed() -> None:
    listed = dict(re.findall(r"^ {4}([0-9a-f]{64}) {2}(\S+)$", (VENDOR / "VENDORED.md").read_text("utf-8"), flags=re.M))
    sums = {name: total for total, name in listed.items()}
    files = {path for path in VENDOR.rglob("*") if path.suffix in (".js", ".css")}
    assert {str(path.relative_to(VENDOR)) for path in files} == set(sums)
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sums[str(path.relative_to(VENDOR))], path
    assert (VENDOR / "htmx/LICENSE").stat().st_size and (VENDOR / "maplibre-gl/LICENSE.txt").stat().st_size


# ---- macros


def _show(source: str, **context: Any) -> str:
    return ENV.from_string("{% import 'kernel/components.html' as ui %}" + source).render(**context)


def test_clock_chip_says_word_and_time_and_draws_the_share_used() -> None:
    chip = {"label": "办理时限", "word": "将到期", "text": "剩 0 时 40 分", "used": 91, "state": "soon"}
    assert _show("{{ ui.clock_chip(chip) }}", chip=chip) == (
        '<span class="l-clock l-clock--soon"><span class="vh">办理时限</span><b>将到期</b><span>剩 0 时 40 分</span>'
        '<svg viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true"><rect width="91" height="3"/></svg></span>'
    )


def test_action_bar_offers_what_is_allowed_and_says_why_not_for_the_rest() -> None:
    acts = [
        {"label": "受理", "key": "a", "primary": True, "allowed": True},
        {"label": "办结", "allowed": False, "reason": "还有 1 个部门没报到"},
    ]
    html = _show("{{ ui.action_bar(acts) }}", acts=acts)
    buttons = [attrs for tag, attrs in _scan(html).tags if tag == "button"]
    assert buttons == [{"class": "l-btn l-btn--main", "type": "submit", "data-key": "a", "aria-keyshortcuts": "a"}]
    assert "<b>办结</b>还有 1 个部门没报到" in html


def test_progress_counts_and_survives_nothing_to_do() -> None:
    assert 'aria-valuenow="63"' in _show("{{ ui.progress(8142, 12806, '导入') }}")
    assert "8,142 / 12,806" in _show("{{ ui.progress(8142, 12806, '导入') }}")
    assert 'aria-valuenow="0"' in _show("{{ ui.progress(0, 0, '导入') }}")


HOSTILE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)


@given(value=HOSTILE, label=HOSTILE, name=st.from_regex(r"[a-z]{1,9}", fullmatch=True))
def test_fields_give_back_exactly_what_was_typed(value: str, label: str, name: str) -> None:
    """The oracle is Python's own HTML parser: whatever is typed comes back as one value, never as markup."""
    scan = _scan(_show("{{ ui.field(name, label, value) }}", name=name, label=label, value=value))
    assert [tag for tag, _ in scan.tags] == ["div", "label", "input"]
    assert (scan.tags[2][1].get("value") or "") == value
    assert scan.text == label

    scan = _scan(_show("{{ ui.field(name, '', value, 'textarea', hide_label=True) }}", name=name, value=value))
    assert [tag for tag, _ in scan.tags] == ["div", "label", "textarea"]
    assert scan.text.removeprefix("\n") == value or scan.text == "\n" + value

    options = [(value, label), ("other", "<b>")]
    scan = _scan(_show("{{ ui.field(name, 'x', v, 'select', options=o) }}", name=name, v=value, o=options))
    chosen = [attrs for tag, attrs in scan.tags if tag == "option" and "selected" in attrs]
    assert [attrs["value"] or "" for attrs in chosen] == ([value] if value != "other" else ["other", "other"])


def test_textarea_keeps_a_leading_newline() -> None:
    """HTML drops the first newline of a textarea; the macro writes one of its own so that the typed one stays."""
    html = _show("{{ ui.field('text', 'x', value, 'textarea') }}", value="\n䶮")
    assert ">\n\n䶮</textarea>" in html


def test_form_field_reads_a_bound_django_field() -> None:
    from django import forms

    class Report(forms.Form):
        phone = forms.CharField(label="手机号", max_length=11, help_text="只有经办人看得到")
        kind = forms.ChoiceField(label="类别", choices=[("a", "噪声"), ("b", "道路")])
        with_whom = forms.MultipleChoiceField(
            label="带上谁", choices=[("x", "水"), ("y", "电")], required=False, widget=forms.CheckboxSelectMultiple
        )
        text = forms.CharField(label="事情", widget=forms.Textarea, required=False)

    form = Report({"phone": "199 0000 0142", "kind": "b", "with_whom": ["y"]})
    html = _show("{{ ui.form_errors(form) }}{% for f in form %}{{ ui.form_field(f) }}{% endfor %}", form=form)
    tags = _scan(html).tags
    phone = next(attrs for tag, attrs in tags if attrs.get("name") == "phone")
    assert phone["value"] == "199 0000 0142" and phone["maxlength"] == "11" and phone["aria-invalid"] == "true"
    assert phone["aria-describedby"] == "id_phone-h id_phone-e"
    assert [attrs["value"] for tag, attrs in tags if tag == "option" and "selected" in attrs] == ["b"]
    assert [attrs["value"] for _, attrs in tags if attrs.get("type") == "checkbox" and "checked" in attrs] == ["y"]
    assert ("a", {"href": "#id_phone"}) in tags
    assert [tag for tag, attrs in tags if attrs.get("name") == "text"] == ["textarea"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["done", "now", "skip", ""])), min_size=1, max_size=12),
)
def test_procedure_chart_keeps_every_box_in_its_lane(drawn: list[tuple[int, str]]) -> None:
    lanes = ["居民", "党支部", "议事会", "居委会"]
    steps = [{"no": str(i), "label": "步", "lane": lane, "state": state} for i, (lane, state) in enumerate(drawn)]
    html = ENV.from_string(
        "{% import 'kernel/charts.html' as c %}{{ c.procedure_chart(lanes, steps, title='图', desc='述') }}"
    ).render(lanes=lanes, steps=steps)
    tags = _scan(html.split("<ul")[0]).tags
    size = next(attrs["viewbox"] for tag, attrs in tags if tag == "svg" and "viewbox" in attrs)
    width, height = (int(part) for part in (size or "").split()[2:])
    boxes = [attrs for tag, attrs in tags if tag == "rect" and attrs.get("class") == "p-box"]
    assert len(boxes) == len(steps)
    for i, (box, step) in enumerate(zip(boxes, steps, strict=True)):
        x, y = int(box["x"] or 0), int(box["y"] or 0)
        assert 96 + 160 * i <= x and x + int(box["width"] or 0) <= 96 + 160 * (i + 1) <= width
        top = 92 + 92 * step["lane"]
        assert top <= y and y + int(box["height"] or 0) <= top + 92 <= height
