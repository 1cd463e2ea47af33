"""The translation checks find what they claim to find, and an update keeps what was translated."""

import gettext
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from jinja2 import Environment

from linli.kernel.translations import compile_catalogues
from scripts import messages

PAGE = """{% extends "base.html" %}
<h1>{{ _("诉求") }}</h1>
{% trans %}共 {{ n }} 件{% endtrans %}
{{ ngettext("%(num)s 件", "%(num)s 件", n) }}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    area = tmp_path / "matters"
    (area / "jinja2/matters").mkdir(parents=True)
    (area / "tests").mkdir()
    (area / "__init__.py").write_text("")
    (area / "actions.py").write_text('from x import gettext as _\nA = _("受理")\nB = pgettext_lazy("step", "交办")\n')
    (area / "tests/test_actions.py").write_text('A = _("只在测试里")\n')
    (area / "jinja2/matters/list.html").write_text(PAGE)
    return tmp_path


def translate(area: Path, texts: dict[str, str | tuple[str, str]]) -> None:
    path = area / messages.PO
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(messages.updated(area) or b"")
    catalogue = messages.read(area)
    for message in catalogue:
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        if key in texts:
            message.string = texts[key]
    with path.open("wb") as file:
        messages.write_po(file, catalogue, width=0)


ALL = {
    "诉求": "Matters",
    "受理": "Accept",
    "交办": "Assign",
    "共 %(n)s 件": "%(n)s in all",
    "%(num)s 件": ("%(num)s matter", "%(num)s matters"),
}


def ids(catalogue: Catalog) -> set[str]:
    return {message.id[0] if isinstance(message.id, tuple) else message.id for message in catalogue if message.id}


def test_extracts_python_and_templates_but_no_tests(root: Path) -> None:
    assert ids(messages.extract(root / "matters")) == set(ALL)


def test_complete_catalogue_has_no_faults(root: Path) -> None:
    translate(root / "matters", ALL)
    assert list(messages.faults(root)) == []


def test_missing_catalogue_and_missing_translation_are_named(root: Path) -> None:
    assert len(list(messages.faults(root))) == len(ALL)
    translate(root / "matters", {key: value for key, value in ALL.items() if key != "受理"})
    assert list(messages.faults(root)) == ["matters: '受理' (actions.py) has no translation"]


def test_one_plural_form_is_not_enough(root: Path) -> None:
    translate(root / "matters", ALL | {"%(num)s 件": ("%(num)s matter", "")})
    assert list(messages.faults(root)) == ["matters: '%(num)s 件' (jinja2/matters/list.html) has no translation"]


def test_placeholders_must_survive(root: Path) -> None:
    translate(root / "matters", ALL | {"共 %(n)s 件": "%(m)s in all"})
    assert list(messages.faults(root)) == [
        "matters: '共 %(n)s 件' (jinja2/matters/list.html) has other placeholders in its translation"
    ]


def test_copied_source_is_no_translation(root: Path) -> None:
    translate(root / "matters", ALL | {"诉求": "诉求"})
    assert list(messages.faults(root)) == ["matters: '诉求' (jinja2/matters/list.html) is translated by itself"]


def test_two_areas_must_agree(root: Path) -> None:
    translate(root / "matters", ALL)
    other = root / "places"
    other.mkdir()
    (other / "__init__.py").write_text("")
    (other / "actions.py").write_text('A = _("受理")\n')
    translate(other, {"受理": "Accept"})
    assert list(messages.faults(root)) == []
    translate(other, {"受理": "Take on"})
    assert list(messages.faults(root)) == ["'受理' has different translations in matters, places: use pgettext"]


def test_update_keeps_translations_drops_the_gone_and_is_stable(root: Path) -> None:
    area = root / "matters"
    translate(area, ALL)
    (area / "actions.py").write_text('A = _("受理")\nC = _("办结")\n')
    faults = list(messages.faults(root))
    assert any("'交办' is no longer in the source" in fault for fault in faults)
    assert any("'办结' (actions.py) is not in the catalogue" in fault for fault in faults)
    text = messages.updated(area)
    assert text is not None
    (area / messages.PO).write_bytes(text)
    assert messages.read(area).get("受理").string == "Accept"
    assert ids(messages.read(area)) == {"诉求", "受理", "办结", "共 %(n)s 件", "%(num)s 件"}
    assert messages.updated(area) == text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>\n你好</p>", [(2, "你好</p>")]),
        ("a\n{{ button('提交') }}", [(2, "提交")]),
        ("{{ _('共 %(n)s', n='件') }}", [(1, "件")]),
        ("{{ _('你好') }}{% trans %}再见{% endtrans %}{# 注释 #}<a>中文</a>", []),
        ("{% if kind == '𠅤' %}x{% endif %}", [(1, "𠅤")]),
    ],
)
def test_bare_chinese_in_templates(source: str, found: list[tuple[int, str]]) -> None:
    environment = Environment(extensions=["jinja2.ext.i18n"])
    assert list(messages.bare_in_template(environment, source)) == found


def test_bare_chinese_in_scripts() -> None:
    source = "// 说明\n/* 两行\n说明 */ let a = 1; // 说明\nlet b = '提交';\n"
    assert list(messages.bare_in_script(source)) == [(4, "let b = '提交';")]


def test_compile_writes_only_what_changed(root: Path) -> None:
    translate(root / "matters", ALL)
    assert compile_catalogues(root) == 1
    assert compile_catalogues(root) == 0
    mo = (root / "matters" / messages.PO).with_suffix(".mo")
    with mo.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("受理") == "Accept"
