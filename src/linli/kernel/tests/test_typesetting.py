"""PDF made on this machine: every character shown or named by its code, text never taken for markup, the same bytes each time."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.kernel import typesetting
from linli.kernel.tests.pdftext import characters, pages
from linli.kernel.typesetting import covered, typeset

AT = datetime(2026, 11, 24, 2, 20, 5, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("typst") / "a.typ"
    path.write_text(
        '#let d = json(bytes(sys.inputs.data))\n#set document(title: "x")\n#set page(paper: "a4")\n'
        '#set text(font: sys.inputs.font, lang: "zh")\n#for part in d.parts [#par(part)]\n'
    )
    return path


def shown(template: Path, *parts: str) -> set[str]:
    return characters(typeset(template, {"parts": list(parts)}, at=AT))


def test_the_font_has_all_of_gb_2312_and_characters_of_names() -> None:
    every = [bytes([high, low]) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF)]
    hanzi = [sign for pair in every if (sign := pair.decode("gb2312", "ignore"))]
    assert len(hanzi) == 6763
    assert all(ord(sign) in covered() for sign in hanzi)
    assert all(ord(sign) in covered() for sign in "䶮𠅤喆堃珺玥瑄·“”—…①✓→ABCxyz019")


def test_chinese_is_shown_also_rare_characters(template: Path) -> None:
    assert set("居民诉求办理䶮𠅤买买提江·吐尔逊") <= shown(template, "居民诉求办理，䶮、𠅤、买买提江·吐尔逊")


def test_what_no_font_can_show_is_written_by_its_code(template: Path) -> None:
    # a private character has no shape anywhere
    found = shown(template, "甲\U000f1234乙")
    assert set("甲乙[U+F1234]") <= found
    assert "\U000f1234" not in found


def test_control_characters_are_left_out(template: Path) -> None:
    assert set("甲乙") <= shown(template, "甲\x07\x1c乙\n丙")


def test_what_people_wrote_is_never_markup(template: Path) -> None:
    text = '#panic("x") = $ * _ ` \\ @a <b> // #image("/etc/passwd") [ ] {'
    assert set(text) - {" "} <= shown(template, text)


def test_the_same_data_give_the_same_bytes_in_a_format_for_archives(template: Path) -> None:
    one = typeset(template, {"parts": ["甲"] * 200}, at=AT)
    assert one == typeset(template, {"parts": ["甲"] * 200}, at=AT)
    assert one.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in one
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in one
    assert pages(one) == 7


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[typst.Compiler]:
    """Every time that Typst is asked."""
    made: list[typst.Compiler] = []
    compiler = typst.Compiler

    def counted(*given: Any, **named: Any) -> typst.Compiler:
        made.append(compiler(*given, **named))
        return made[-1]

    monkeypatch.setattr(typst, "Compiler", counted)
    return made


@pytest.mark.parametrize("first", [0xE000, 0x20000, 0x30000, 0xF0000], ids=hex)
def test_thousands_of_rare_characters_are_set_at_once(template: Path, compiled: list[Any], first: int) -> None:
    signs = "".join(chr(code) for code in range(first, first + 2000))
    found = shown(template, signs + "居")
    assert "居" in found
    assert found & set(signs) <= {sign for sign in signs if ord(sign) in covered() | typesetting.of_this_machine()}
    assert len(compiled) <= 2


def test_what_is_no_character_is_written_by_its_code(template: Path, compiled: list[Any]) -> None:
    assert set("[U+FFE1]") <= shown(template, "\uffff\ufffe\U0001ffff")
    assert len(compiled) == 1


def test_a_character_that_a_font_only_lists_is_written_by_its_code(
    template: Path, compiled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "of_this_machine", lambda: frozenset({0xF1234}))
    found = shown(template, "甲\U000f1234乙")
    assert set("甲乙[U+F1234]") <= found
    assert len(compiled) == 2


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_any_text_at_all_can_be_set(template: Path, text: str) -> None:
    assert typeset(template, {"parts": [text]}, at=AT).startswith(b"%PDF")


def test_a_mistake_in_a_template_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "b.typ").write_text("#nothing-here")
    with pytest.raises(RuntimeError, match="unknown variable"):
        typeset(tmp_path / "b.typ", {}, at=AT)
