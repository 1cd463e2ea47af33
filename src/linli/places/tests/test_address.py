"""Address lines: one spelling, the parts, what can be read two ways, hostile input."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.places.locating import Address, LocatingError, normalise, parse_address
from linli.places.locating.spelling import chinese_number

# --- spelling


@pytest.mark.parametrize(
    "spelling",
    [
        "阳光花园1栋",
        "阳光花园一号楼",
        "阳光花园1#",
        "阳光花园１＃",
        "阳光花园1幢",
        "阳光花园第一栋",
        "阳光花园 01 号楼",
        "阳光花园1#楼",
        "阳光花园1座",
        "阳光花园1号栋",
        "阳光花园１號樓",
        "阳光花园#1楼",
        "阳光花园一棟",
        "阳光花园1号住宅楼",
        "阳光\u200b花园-1栋",
        "阳光·花园１ 栋",
        "\u3000阳光花园\t1栋\n",
    ],
)
def test_spellings_of_one_building_are_equal(spelling):
    assert normalise(spelling) == "阳光花园1栋"


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("十二栋", "12栋"),
        ("二十号", "20号"),
        ("一百零三室", "103室"),
        ("五〇二室", "502室"),
        ("三单元", "3单元"),
        ("六号院第四幢二十八户", "6号院4栋28户"),
        ("黄公岭村五组", "黄公岭村5组"),
        ("Ａ座", "A栋"),
        ("g4栋", "G4栋"),
        ("d07栋", "D7栋"),
        ("甲座", "甲栋"),
        ("3 - 2 - 501", "3-2-501"),
        ("3 2 501", "3-2-501"),
        ("3－2－501", "3-2-501"),
        ("１、２、３栋", "1/2/3栋"),
        ("解放路 12 号，阳光 花园（二期）", "解放路12号,阳光花园,2期"),
        ("5号楼下", "5栋下"),
        # Numerals that are names stay.
        ("三一大道", "三一大道"),
        ("五一路", "五一路"),
        ("八里庄", "八里庄"),
        ("四季花城", "四季花城"),
        ("三门路", "三门路"),
        ("百户村", "百户村"),
        ("十十栋", "十十栋"),
        # Rare characters and other scripts survive.
        ("䶮𠅤小区", "䶮𠅤小区"),
        ("买买提江·吐尔逊", "买买提江吐尔逊"),
        ("", ""),
        (" ,，。 ", ""),
    ],
)
def test_normalise(text, spelled):
    assert normalise(text) == spelled
    assert normalise(spelled) == spelled


def in_chinese(n: int) -> str:
    """Independent writer of numerals below 10,000."""
    words, zero = "", False
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // power % 10
        if digit:
            words += ("零" if zero and words else "") + "一二三四五六七八九"[digit - 1] + unit
        zero = not digit
    return words.removeprefix("一") if 10 <= n < 20 else words


@given(st.integers(1, 9999))
def test_numerals(n):
    assert chinese_number(in_chinese(n)) == n
    if n < 1000:
        assert normalise(in_chinese(n) + "栋") == f"{n}栋"


@given(st.lists(st.integers(0, 9), min_size=2, max_size=7))
def test_numerals_read_digit_by_digit(digits):
    assert chinese_number("".join("〇一二三四五六七八九"[d] for d in digits)) == int("".join(map(str, digits)))


@pytest.mark.parametrize(
    "nonsense", ["", "百", "千", "十十", "一一十", "百一", "十百", "一十十", "零十", "3", "栋", "一零十"]
)
def test_no_numerals(nonsense):
    assert chinese_number(nonsense) is None


# --- parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "解放路12号阳光花园3栋2单元501室",
            Address(road="解放路", road_number="12", compound="阳光花园", building="3", entrance="2", dwelling="501"),
        ),
        ("阳光花园一号楼", Address(compound="阳光花园", building="1")),
        ("阳光花园1#", Address(compound="阳光花园", building="1")),
        ("１栋", Address(building="1")),
        ("3-2-501", Address(building="3", entrance="2", dwelling="501")),
        ("阳光花园3幢502", Address(compound="阳光花园", building="3", dwelling="502")),
        ("阳光花园 3 2 501", Address(compound="阳光花园", building="3", entrance="2", dwelling="501")),
        ("阳光花园3-501", Address(compound="阳光花园", building="3", dwelling="501")),
        ("A座", Address(building="A")),
        ("万达广场C3座1709", Address(compound="万达广场", building="C3", dwelling="1709")),
        ("青石村3组12号", Address(compound="青石村3组", building="12")),
        ("青石村三组十二号", Address(compound="青石村3组", building="12")),
        ("咀上组308号", Address(compound="咀上组", building="308")),
        ("六号院第四幢二十八户", Address(compound="6号院", building="4", dwelling="28")),
        ("阳光花园A区3栋", Address(compound="阳光花园A区", building="3")),
        ("阳光花园东区3栋", Address(compound="阳光花园东区", building="3")),
        ("重型机器厂三区五栋", Address(compound="重型机器厂3区", building="5")),
        ("梨园小区东3幢2单元", Address(compound="梨园小区", building="东3", entrance="2")),
        ("海东3栋", Address(compound="海东", building="3")),
        ("人民大厦501室", Address(compound="人民大厦", dwelling="501")),
        ("人民大厦1203", Address(compound="人民大厦", dwelling="1203")),
        ("人民大厦", Address(compound="人民大厦")),
        ("新华路小区3栋", Address(compound="新华路小区", building="3")),
        ("新华路小区", Address(compound="新华路小区")),
        ("解放路阳光花园3栋", Address(road="解放路", compound="阳光花园", building="3")),
        ("红旗路12号", Address(road="红旗路", road_number="12")),
        ("解放路012号", Address(road="解放路", road_number="12")),
        ("解放路12，阳光花园", Address(road="解放路", road_number="12", compound="阳光花园")),
        ("三一大道265号", Address(road="三一大道", road_number="265")),
        ("建设巷5号", Address(road="建设巷", road_number="5")),
        ("帽儿胡同7号", Address(road="帽儿胡同", road_number="7")),
        ("解放路幸福巷5号", Address(road="解放路幸福巷", road_number="5")),
        ("中山北路三段45号", Address(road="中山北路三段", road_number="45")),
        ("中山北路45弄3号501室", Address(road="中山北路45弄", road_number="3", dwelling="501")),
        ("人民路12号附3号", Address(road="人民路", road_number="12附3")),
        ("人民路12号之3", Address(road="人民路", road_number="12-3")),
        ("人民路12-1号", Address(road="人民路", road_number="12-1")),
        (
            "解放路12号院3号楼5门501",
            Address(road="解放路", road_number="12", building="3", entrance="5", dwelling="501"),
        ),
        (
            "阳光花园解放路12号3栋",
            Address(road="解放路", road_number="12", compound="阳光花园", building="3"),
        ),
        (
            "阳光花园（解放路12号）3栋",
            Address(road="解放路", road_number="12", compound="阳光花园", building="3"),
        ),
        (
            "江苏省苏州市姑苏区平江街道桂花社区阳光花园3栋",
            Address(compound="阳光花园", building="3", rest="江苏省苏州市姑苏区平江街道桂花社区"),
        ),
        ("河东区解放路12号", Address(road="解放路", road_number="12", rest="河东区")),
        (
            "新疆维吾尔自治区和田县买买提江·吐尔逊小区3栋",
            Address(compound="买买提江吐尔逊小区", building="3", rest="新疆维吾尔自治区和田县"),
        ),
        ("乔口镇团头湖村2组", Address(compound="团头湖村2组", rest="乔口镇")),
        ("红花坡社区17栋", Address(compound="红花坡社区", building="17")),
        ("城市花园3栋", Address(compound="城市花园", building="3")),
        ("䶮𠅤小区1栋", Address(compound="䶮𠅤小区", building="1")),
        ("我家住在翠湖苑2#1单元", Address(compound="翠湖苑", building="2", entrance="1")),
        ("小区3栋", Address(building="3", rest="小区")),
        ("3栋4号", Address(building="3", dwelling="4")),
        ("3栋5楼502", Address(building="3", dwelling="502")),
        ("3栋1单元3-2", Address(building="3", entrance="1", dwelling="3-2")),
        ("2单元501", Address(entrance="2", dwelling="501")),
        ("电梯坏了，阳光花园3栋", Address(compound="阳光花园", building="3", rest="电梯坏了")),
        ("阳光花园，电梯坏了", Address(compound="阳光花园", rest="电梯坏了")),
        ("9栋2单元西边电梯", Address(building="9", entrance="2", rest="西边电梯")),
        ("地铁2号线", Address(compound="地铁2号线")),
        ("", Address()),
    ],
)
def test_parts(text, expected):
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    ("text", "building"),
    [
        ("阳光花园3-2", "3"),  # building and entrance, or floor and door
        ("阳光花园3", "3"),  # building, or phase
        ("阳光花园1-4栋", "1-4"),  # phase and building, or four buildings
        ("阳光花园1/2/3栋", None),
        ("阳光花园1栋和2栋", None),
        ("阳光花园1栋、2栋", "1"),
        ("阳光花园1栋2单元的垃圾在3栋", "1"),
        ("阳光花园3栋旁边", "3"),
        ("阳光花园3栋对面工地", "3"),
        ("阳光花园3栋以北", "3"),
        ("1-3-2-501", "1-3"),
        ("502", None),
    ],
)
def test_what_can_be_read_two_ways_says_so(text, building):
    address = parse_address(text)
    assert not address.sure
    assert address.building == building


roads = st.sampled_from(["解放路", "人民大道", "建设巷", "中山东路", "五四街", "三一大道"])
names = st.sampled_from(["阳光花园", "翠湖苑", "枫林小区", "金桂家园", "䶮湖公馆", "东方新村"])
numbers = st.integers(1, 199)


def as_number(n: int, style: int) -> str:
    return (str(n), in_chinese(n), "".join(chr(ord("０") + int(d)) for d in str(n)), f"{n:03d}")[style]


@given(
    road=roads,
    road_number=numbers,
    name=names,
    building=numbers,
    entrance=st.none() | st.integers(1, 9),
    dwelling=st.integers(101, 3305),
    style=st.integers(0, 3),
    word=st.sampled_from(["栋", "幢", "号楼", "座", "#"]),
    door=st.sampled_from(["室", "户", ""]),
    gap=st.sampled_from(["", " ", "，", "\u3000"]),
)
def test_a_written_address_is_read_back(road, road_number, name, building, entrance, dwelling, style, word, door, gap):
    # Two ways of writing that nobody mixes: numerals before #.
    number = as_number(building, style if word != "#" else 0)
    inner = "" if entrance is None else f"{entrance}单元"
    address = parse_address(f"{road}{road_number}号{gap}{name}{gap}{number}{word}{gap}{inner}{dwelling}{door}")
    assert address == Address(
        road=road,
        road_number=str(road_number),
        compound=name,
        building=str(building),
        entrance=None if entrance is None else str(entrance),
        dwelling=str(dwelling),
    )


# --- hostile input


@pytest.mark.parametrize("text", ["阳" * 501, "1" * 10_000_000, "\ufdfa" * 100])
def test_too_long(text):
    for read in (normalise, parse_address):
        with pytest.raises(LocatingError) as refused:
            read(text)
        assert refused.value.code == "address_length"


@pytest.mark.parametrize("value", [None, 12, b"12", ["1"], object()])
def test_no_text(value):
    with pytest.raises(LocatingError) as refused:
        parse_address(value)
    assert refused.value.code == "address_type"


REPEATED = (
    *(
        "1",
        "一",
        "路",
        "-1",
        "A-",
        "#1",
        "1栋",
        "1/",
        "解放路",
        "市",
        "小区",
        "1号",
        "1组",
        "第",
        "东",
        "1和",
        "〓",
        "路1",
    ),
    *(" 1", ",", "、", "十", "区", "村", "号楼", "1栋和", "\ud800", "\x00", "\u0301", "\U000e0101"),
)


@pytest.mark.parametrize("unit", REPEATED)
def test_longest_repeats_end(unit):
    """Nothing to assert but that it ends: a pattern that backtracks would not."""
    text = (unit * 500)[:500]
    assert len(normalise(text)) <= 1000
    parse_address(text)


address_characters = st.text(
    alphabet="解放路街巷大道弄号栋幢座#单元室户房组村社区小花园阳光市县镇东西一二十百〇第0123A-～、/ ，·〓附之和旁",
    max_size=80,
)


@given(st.text(max_size=500) | address_characters)
def test_any_text_is_read(text):
    if len(text) > 500 or len(unicodedata.normalize("NFKC", text)) > 500:
        return
    spelled = normalise(text)
    address = parse_address(text)
    for value in (address.road, address.compound, address.entrance, address.dwelling):
        assert value is None or (value and value in spelled)
    for value in (address.building, address.road_number, address.rest):
        assert value is None or value
    assert "〓" not in spelled
