"""One spelling for matching: 一号楼, 1#, １幢 and 1 栋 all come out as 1栋.

For matching only: what people wrote is stored and shown as they wrote it. Every pattern has bounded repeats, so the
time taken is linear in the length, which is bounded too.
"""

import re
import unicodedata

from linli.places.locating.errors import LocatingError, gettext_noop

MAX_LENGTH = 500

_TOO_LONG = gettext_noop("地址太长，最多 %(most)s 个字。")
_NOT_TEXT = gettext_noop("地址应为文字。")

_DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[〇零一二三四五六七八九十百千]{1,7}"
# Words that make the number before them a number. Not 路 and 街: 五一路 is a name.
_UNIT = "号|栋|幢|座|单元|室|户|房|楼|层|组|队|社|弄|期|区|村|院|门|梯|排|#"
# ... unless the unit itself goes on as part of a name: 三门路, 三房巷, 一座桥, 八里庄.
_NAME_GOES_ON = "[路街巷峡县镇桥山庄乡湾屯沟坪店堡塔亭庙头墩]"

_SAME_CHARACTER = str.maketrans(
    {
        **{chr(code): chr(code - 32) for code in range(ord("a"), ord("z") + 1)},
        **dict.fromkeys("‐‑‒–—―−─﹣_", "-"),
        **dict.fromkeys("〜∼˜", "~"),
        **dict.fromkeys("·•‧∙・･〓", None),  # 〓 is the mark that parsing uses for a known name
        **dict.fromkeys(",.。;:!?()[]{}<>'\"|\\^`“”‘’《》〈〉【】〔〕「」『』…", "\n"),
        "○": "〇",
        "號": "号",
        "樓": "楼",
        "棟": "栋",
        "單": "单",
    }
)
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")

_STEPS = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"(?<=[0-9A-Z]) *[、/] *(?=[0-9A-Z])", "/"),  # a list of numbers stays a list
        (r"(?<![0-9A-Z])/|/(?![0-9A-Z])|、", "\n"),
        (r" *\n *", "\n"),
        (r" *-[ -]*", "-"),
        (r"(?<=[0-9A-Z]) +(?=[0-9A-Z])", "-"),  # 3 2 501 would otherwise run together
        (r" +", ""),
        (r"(?<![0-9A-Z])-+|-+(?![0-9A-Z])", ""),
        (r"\n+", ","),
    )
)
_SPOKEN_NUMBER = re.compile(rf"第?(?<![0-9])({_NUMERAL})(?=(?:{_UNIT})(?!{_NAME_GOES_ON}))")
_ORDINAL = re.compile(rf"第(?=[0-9]{{1,5}}(?:{_UNIT}))")
_BUILDING_WORDS = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"(?<=[0-9A-Z])#(?:号?楼|栋|幢|座)?", "栋"),
        (r"(?<![0-9A-Z])#([0-9]{1,4}[A-Z]?)(?![0-9A-Z])(?:号?楼|栋|幢|座)?", r"\1栋"),
        (r"#", ""),
        (
            r"(?<=[0-9A-Z甲乙丙丁东西南北])"
            r"(?:号(?:住宅|公寓|宿舍|居民|商住|商务|办公|教学|安置)?楼(?!盘)|号栋|幢|座(?![位桥山]))",
            "栋",
        ),
        (r"(?<![0-9A-Z])([A-Z]{0,2})0{1,5}(?=[0-9]{1,5}(?:栋|单元|号|组|弄|期))", r"\1"),
    )
)


def normalise(text: str) -> str:
    """The spelling used for matching.

    NFKC (full-width digits and letters, compatibility forms), ASCII letters in capitals, invisible characters
    dropped; Chinese numerals become digits where a unit follows (十二栋, 三单元, 第五组; not 五一路); 号楼, 幢, 座, #
    after a number become 栋; white space goes, or becomes - between digits and letters (3 2 501 is 3-2-501); other
    punctuation becomes one comma, which separates. Raises LocatingError for what is no text or longer than MAX_LENGTH
    characters.
    """
    if not isinstance(text, str):
        raise LocatingError("address_type", _NOT_TEXT)
    if len(text) > MAX_LENGTH:
        raise LocatingError("address_length", _TOO_LONG, most=MAX_LENGTH)
    text = unicodedata.normalize("NFKC", _SELECTORS.sub("", text))
    if len(text) > MAX_LENGTH:  # one compatibility character can stand for eighteen
        raise LocatingError("address_length", _TOO_LONG, most=MAX_LENGTH)
    if not text.isprintable():
        text = "".join(map(_visible, text))
    text = text.translate(_SAME_CHARACTER)
    for pattern, to in _STEPS:
        text = pattern.sub(to, text)
    if not text.isascii():  # dropping a space can bring a letter and a combining mark together
        text = unicodedata.normalize("NFKC", text)
    text = _ORDINAL.sub("", _SPOKEN_NUMBER.sub(_as_digits, text))
    for pattern, to in _BUILDING_WORDS:
        text = pattern.sub(to, text)
    return text.strip(",")


def key(text: str) -> str:
    """The normalised text without separators: what two spellings of one name have in common."""
    return normalise(text).replace(",", "")


def chinese_number(numeral: str) -> int | None:
    """十二 -> 12, 一百零三 -> 103, 五〇二 -> 502; None where the characters make no number (十十, 百)."""
    if not numeral or any(c not in _DIGITS and c not in _POWERS for c in numeral):
        return None
    if all(c in _DIGITS for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total, digit, last_power = 0, None, 10_000
    for c in numeral:
        if c in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[c]
            continue
        power = _POWERS[c]
        if power >= last_power or digit == 0 or (digit is None and (power != 10 or total)):
            return None
        total, digit, last_power = total + (digit or 1) * power, None, power
    return total + (digit or 0)


def _as_digits(match: re.Match[str]) -> str:
    number = chinese_number(match[1])
    return match[0] if number is None else str(number)


def _visible(character: str) -> str:
    """White space as a plain space; control, format and surrogate characters as nothing; private use may be a rare
    name."""
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character
