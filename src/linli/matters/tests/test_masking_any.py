"""Masking: what holds for any text, and that the work grows with its length only. All names and numbers are invented."""

import csv
import gzip
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.matters import (
    masking,
    masking_accounts,
    masking_bare,
    masking_dotted,
    masking_dwellings,
    masking_houses,
    masking_names,
    masking_numbers,
    masking_words,
    surnames,
)
from linli.matters.masking import STARS, Span, mask

# --- properties of any text -----------------------------------------------------------------------------

PIECES = re.findall(
    r"[^|]+",
    "我叫|姓名：|联系人|业主|住户|村民|敬礼|叫|的|王|建国|李小红|欧阳|买买提江|吐尔逊|先生|主任|高空|马上|何时|周边|电话|手机|"
    "微信|vx:|QQ|@|a.com|川|A|12345|D|身份证|护照|138|0013|8000|13800138000|510104|19900307|4512|X|零|一|三|八|+|86|028|"
    "老人|反映|，男，|家的|扎西|张桂兰|OOO|抖音号|加薇|❤|6楼3号|12-3|5-1201|、502|三户|一三八零零|13800138O|WJ|"
    "3|栋|2|单元|501|室|-|组|号|弄|路|院子|60号|瘫痪|住在|社保卡|楼上|门牌|房号|附|第|层|户|东|·|某|*|***|，|。|、|和|(|)|/|#|.|１|\u200b|\n| |　",
)
messages = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60)


def rebuilt(text: str, spans: tuple[Span, ...]) -> str:
    out, last = "", 0
    for span in spans:
        assert last <= span.start < span.end <= len(text)
        out += text[last : span.start] + span.replacement
        last = span.end
    return out + text[last:]


@settings(max_examples=1500, deadline=None)
@given(messages, st.lists(st.sampled_from(PIECES), max_size=2), st.lists(st.sampled_from(PIECES), max_size=2))
def test_masking_twice_changes_nothing(text: str, names: list[str], keep: list[str]) -> None:
    for options in ({}, {"known_names": names, "keep": keep}):
        once = mask(text, **options)
        assert mask(once.text, **options).text == once.text


@settings(max_examples=600, deadline=None)
@given(messages)
def test_spans_account_for_every_change(text: str) -> None:
    masked = mask(text)
    assert rebuilt(text, masked.spans) == masked.text
    assert all(text[span.start : span.end] != span.replacement for span in masked.spans)
    assert {span.replacement for span in masked.spans} <= {STARS, "某", "某某"}


@settings(max_examples=600, deadline=None)
@given(messages)
def test_each_masked_place_grows_by_two_signs_at_most(text: str) -> None:
    masked = mask(text)
    assert len(masked.text) <= len(text) + 2 * len(masked.spans) <= 3 * len(text)


def digits_of(text: str) -> str:
    """The digits of the text in order (independent of the code tested: by Unicode's own value)."""
    return "".join(str(unicodedata.digit(ch)) for ch in text if unicodedata.digit(ch, None) is not None)


@settings(max_examples=500, deadline=None)
@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", "", "+86", "+86 ", "0086-"]),
    st.sampled_from(["{}{}{}", "{} {} {}", "{}-{}-{}", "{} - {} - {}", "{}.{}.{}", "{}\u3000{}\u3000{}", "{}{} {}"]),
    st.booleans(),
    st.sampled_from(["", "电话", "我的号码是", "：", "，", "a", "。\n"]),
    st.sampled_from(["", "。", "谢谢", "，", "打我", "\n3栋"]),
)
def test_no_mobile_number_survives(number: str, code: str, shape: str, wide: bool, before: str, after: str) -> None:
    written = code + shape.format(number[:3], number[3:7], number[7:])
    if wide:
        written = written.translate({ord("0") + i: ord("０") + i for i in range(10)})
    assert number not in digits_of(mask(before + written + after).text)


NUMERALS = ["零一二三四五六七八九", "〇幺二三四五六七八九", "○壹贰叁肆伍陆柒捌玖"]
# Ways of writing a digit: plain, full width, circled (which has no nought), in numerals, with letters for nought and one.
DIGITS = [
    "0123456789",
    "０１２３４５６７８９",
    "0①②③④⑤⑥⑦⑧⑨",
    *NUMERALS,
    "O123456789",
    "o1234567890"[:10],
    "0l23456789",
    "OI23456789",
]


@settings(max_examples=600, deadline=None)
@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(DIGITS),
    st.sampled_from([(3, 4, 4), (3, 3, 5), (3, 8), (7, 4), (4, 4, 3), (5, 6), (11,)]),
    st.sampled_from(["", " ", "-", "—", "·", "."]),
    st.sampled_from(["", "电话", "我的号码是", "：", "，", "打", "业主"]),
    st.sampled_from(["", "。", "谢谢", "，", "打我", "（微信同号）"]),
)
def test_no_mobile_number_survives_its_spelling(
    number: str, digits: str, sizes: tuple[int, ...], between: str, before: str, after: str
) -> None:
    if digits in NUMERALS and between not in ("", " ", "-"):
        between = ""  # 一·三·八 is not how somebody writes a number
    groups, at = [], 0
    for size in sizes:
        groups.append("".join(digits[int(sign)] for sign in number[at : at + size]))
        at += size
    assert mask(before + between.join(groups) + after).text == f"{before}***{after}"


identities = st.from_regex(
    r"[1-6][0-9]{5}(19[0-9]{2}|20[0-2][0-9])(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{3}[0-9Xx]", fullmatch=True
)


@settings(max_examples=400, deadline=None)
@given(identities, st.sampled_from(["{}{}{}", "{} {} {}", "{}-{}-{}"]), st.sampled_from(DIGITS))
def test_no_identity_number_survives(number: str, shape: str, digits: str) -> None:
    written = "".join(digits[int(sign)] if sign.isdigit() else sign for sign in number)
    masked = mask("身份证" + shape.format(written[:6], written[6:14], written[14:]) + "，请查")
    assert masked.text == "身份证***，请查"


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from("京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼新"),
    st.from_regex(r"[A-HJ-NP-Z]", fullmatch=True),
    st.from_regex(
        r"[0-9]{5}|[A-HJ-NP-Z][0-9]{4}|[0-9]{3}[A-HJ-NP-Z][0-9]|[DF][0-9]{5}|[0-9]{5}[DF]|[0-9]{4}[学警挂]",
        fullmatch=True,
    ),
    st.sampled_from(["{}{}{}", "{}{}·{}", "{}{} {}", "{}{}-{}", "{} {} {}", "{}{}.{}", "{}·{}{}", "{}{}•{}"]),
    st.sampled_from([str, str.lower, lambda plate: plate.translate({i: i + 0xFEE0 for i in range(48, 91)})]),
    st.sampled_from(["", "车牌", "黑色轿车", "有辆", "，"]),
    st.sampled_from(["", "。", "占道", "的车", "，"]),
)
def test_no_plate_survives(
    province: str, letter: str, rest: str, shape: str, form: Callable[[str], str], before: str, after: str
) -> None:
    assert mask(before + form(shape.format(province, letter, rest)) + after).text == f"{before}***{after}"


@pytest.mark.parametrize("sentence", ["我叫{}，", "姓名：{}。", "业主{}，", "户主:{}\n", "{}女士", "找{}师傅"])
@pytest.mark.parametrize("given_name", ["芬", "雅芝", "爱民", "䶮", "𠅤云"])
def test_no_given_name_survives_its_cue(sentence: str, given_name: str) -> None:
    for surname in surnames.SURNAMES | surnames.COMPOUND:
        if not surnames.begins_word((surname + given_name)[:2]):
            expected = sentence.format(surname + "某" * len(given_name))
            assert mask(sentence.format(surname + given_name)).text == expected


# --- the work grows with the length only -----------------------------------------------------------------
# Measured with CPython 3.11 on one of two shared cores, best of four: the hostile texts below, and 40 more, of 10,000
# characters, take 5 to 45 ms; 4,326 real messages (1.6 million characters) take 2.5 s.

HOSTILE = re.findall(
    r"[^|]+",
    "1|1 |86 |9 99 |1-2-|3-2-50|零一-|a@|@a.|微信a|川A·|1单元|3栋1-|弄1号|小区1-|业主王|业主王建国、|李代表 |代表李代表 |王·|"
    "我叫王|姓名:|先生|王建国先生|叫王建国的|电话1234567、|业主王建国川A12345|业主王建国张A微信abcd12|一三八零零一三八零零零|"
    "*|某|(((|\u200b|5-1、|3栋5-1、|3栋501、|501、502、|6楼3号|王建国、|王建国反映|老人王建国|王建国，男，|王 建 国 |买·买|扎西·|13O|O1|"
    "抖音号|加薇❤|叫王|叫小芳，|1,|1*|139,|60号|院子60号|住60号，|老人60号，|宁Z1A|社保卡号1 |王先生（|张三（业主）",
)


def calls(function: Callable[[], object]) -> int:
    """How many Python and C functions run while ``function`` does."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("seed", HOSTILE)
def test_four_times_the_text_is_four_times_the_work(seed: str) -> None:
    short, long = (seed * 4000)[:1000], (seed * 4000)[:4000]
    mask(long)  # the shadow's memory is filled once
    assert calls(lambda: mask(long)) <= 4.4 * calls(lambda: mask(short)) + 200


@pytest.mark.parametrize("seed", HOSTILE)
def test_two_rounds_settle_hostile_texts(seed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (seed * 4000)[:4000]
    settled = mask(text).text
    monkeypatch.setattr(masking, "MAX_ROUNDS", 2)
    assert mask(text).text == settled


MODULES = (
    masking_accounts,
    masking_bare,
    masking_dotted,
    masking_dwellings,
    masking_houses,
    masking_names,
    masking_numbers,
    masking_words,
)


def repeats(parsed: object) -> list[float]:
    """The upper limits of all repeats in a parsed pattern, nested ones multiplied."""
    found: list[float] = []

    def walk(items: object, outer: float) -> None:
        if isinstance(items, sre_parser.SubPattern | list | tuple):
            items = list(items)
            if items and items[0] in (sre.MAX_REPEAT, sre.MIN_REPEAT):
                _low, high, inside = items[1]
                times = outer * (float("inf") if high is sre.MAXREPEAT else max(high, 1))
                found.append(times)
                walk(inside, times)
            else:
                for item in items:
                    walk(item, outer)

    walk(parsed, 1)
    return found


def test_no_pattern_repeats_without_bound() -> None:
    patterns = [
        pattern
        for module in MODULES
        for value in vars(module).values()
        for pattern in ([inner for _needles, inner in value] if value is masking_dwellings._DWELLINGS else [value])
        if isinstance(pattern, re.Pattern)
    ]
    assert len(patterns) > 50
    for pattern in patterns:
        if pattern.pattern != "[0-9]+":  # one class, nothing behind it that could fail
            assert max(repeats(sre_parser.parse(pattern.pattern, pattern.flags)), default=0) <= 260, pattern.pattern
    assert max(repeats(sre_parser.parse("x(?:a{2,3}b*){2}"))) == float("inf"), "the measure itself"


# --- real messages ------------------------------------------------------------------------------------------

SHARED = Path(os.environ.get("LINLI_SHARED") or Path(__file__).resolve().parents[5] / "shared")
MESSAGES = SHARED / "data" / "text" / "messages_raw_train.csv.gz"


@pytest.mark.skipif(not MESSAGES.is_file(), reason=f"no {MESSAGES.name}")
def test_real_messages(record_property: Callable[[str, object], None]) -> None:
    """Numbers are planted where the publisher of the messages had starred them out; none may survive."""
    with gzip.open(MESSAGES, "rt", encoding="utf-8", newline="") as file:
        texts = [f"{row['title']}\n{row['text']}" for row in csv.DictReader(file)]
    phone = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
    identity = re.compile(r"(?<!\d)\d{17}[\dXx]")
    changed = planted = 0
    for i, text in enumerate(texts):
        number = f"13{i:09}" if i % 2 else f"51010419900307{i % 10000:04}"
        filled, count = re.subn(r"\*{6,}|0{4}-?0{7,8}", number, text)
        planted += count
        changed += bool(mask(text).spans)
        for out in (mask(text).text, mask(filled).text):
            plain = unicodedata.normalize("NFKC", out)
            assert not phone.search(plain) and not identity.search(plain), out
    share = changed / len(texts)
    record_property("share of texts changed", f"{share:.3f}")
    print(f"{len(texts)} messages, {changed} changed ({share:.1%}), {planted} numbers planted")
    assert planted > 100 and 0.05 < share < 0.2
