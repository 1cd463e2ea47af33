"""Finding phones, identity and card numbers in a text.

Each finder takes the shadow of a text (see ``masking``: same length; digits, letters and separators in plain forms) and
yields what it finds as (start, end, kind). The finds of different finders may overlap.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

Find = tuple[int, int, str]

# --- numbers: phones, identity numbers, cards ---------------------------------------------------------------

_RUN = re.compile("[0-9]+")
_OR = frozenset({"、", ",", "/", "或", " "})
_BETWEEN = frozenset(" -·._()/")
# These stand between separate numbers too, so what they join must have the shape of a phone: 139,1234,5678, 139*1234*5678.
_LOOSELY = frozenset(",*+#、;:|&=")
_LOOSE_SHAPES = ([3, 4, 4], [3, 3, 5], [3, 8], [7, 4])
_UNIT = re.compile(r" ?(?:[0-9元块万亿户人个平米毫厘吨斤度%年月日岁路号栋幢楼层室线班期次份名套件台天倍]|mm|cm|m)")
_PHONE_CUE = re.compile(r"(?:电话|座机|固话|手机|号码|联系|致电|拨打|来电|传真|短信|[Tt][Ee][Ll]|☎)[^0-9\n]{0,6}\Z")
_MOBILE = re.compile(r"(?:0{0,2}86)?0?1[3-9][0-9]{9}")
# With the area code; what begins with 400 or 800 is a company's line and no landline.
_LANDLINE = re.compile(r"(?:0|(?:00)?860?)(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")
_X = re.compile(r"[Xx](?![0-9A-Za-z])")
_PHONE_BEHIND = re.compile(r" ?\( ?[办公单位家里宅]{0,3}(?:座机|固话|电话|传真)")
# 13800138OOO, l38 0013 8000: letters that look like digits, in groups that stand alone.
_LETTER_AND_DIGIT = re.compile(r"[0-9][ .-]?[OolI]|[OolI][0-9]")
_LETTERED = re.compile(r"(?<![0-9A-Za-z])[0-9OolI]{1,18}(?![0-9A-WYZa-wyz])")
_LOOKALIKE = str.maketrans("OolI", "0011")


def numbers(s: str) -> Iterator[Find]:
    """Digits, however grouped. A run is taken whole or not at all; groups are joined into known shapes only."""
    if _LETTER_AND_DIGIT.search(s):
        s = _LETTERED.sub(lambda group: group[0].translate(_LOOKALIKE), s)
    runs = [match.span() for match in _RUN.finditer(s)]
    joined = [False] + [_joins(s[before[1] : after[0]]) for before, after in pairwise(runs)]
    first, last_phone = 0, len(s)
    while first < len(runs):
        start = runs[first][0]
        groups: list[str] = []
        best: tuple[int, str] | None = None
        total, even, loose = 0, True, False
        for at in range(first, min(first + 19, len(runs))):
            if at > first and not joined[at]:
                break
            length = runs[at][1] - runs[at][0]
            total, even = total + length, even and length == 1
            if at > first and (total > 19 or (at - first > 10 and not even)):
                break
            loose = loose or (at > first and not _LOOSELY.isdisjoint(s[runs[at - 1][1] : runs[at][0]]))
            groups.append(s[slice(*runs[at])])
            if total < 7:
                continue
            number = "".join(groups)
            kind = _kind(number, groups, even, loose)
            if kind == "phone" and (loose or (len(groups) > 4 and not even)) and _UNIT.match(s, runs[at][1]):
                kind = None
            if total == 17 and _X.match(s, runs[at][1]) and (at == first or _has_birthday(groups)):
                kind = "identity"
            elif (
                kind is None
                and not loose
                and _is_local(number, groups)
                and (s[last_phone:start] in _OR or _phone_cued(s, start, runs[at][1]))
            ):
                kind = "phone"
            if kind is not None:
                best = (at, kind)
                if at == first:
                    break
        if best is None:
            first += 1
            continue
        end = runs[best[0]][1]
        end += best[1] == "identity" and s[end : end + 1] in ("X", "x")
        yield start - (s[start - 1 : start] == "+"), end, best[1]
        last_phone = end if best[1] == "phone" else len(s)
        first = best[0] + 1


def _phone_cued(s: str, start: int, end: int) -> bool:
    """Whether a word before or behind says that this is a phone number: 电话2345678, 2345678（座机）."""
    return bool(_PHONE_CUE.search(s, max(0, start - 16), start) or _PHONE_BEHIND.match(s, end))


def _joins(gap: str) -> bool:
    # One sign at most that is not plainly between the digits of one number: 138****8000 was masked before.
    return len(gap) <= 3 and sum(ch not in _BETWEEN for ch in gap) <= (not _LOOSELY.isdisjoint(gap))


def _kind(number: str, groups: list[str], even: bool, loose: bool) -> str | None:
    """What the groups of digits are, taken together, or None.

    ``even`` when each is a single digit, ``loose`` when signs are between that also stand between separate numbers.
    """
    single = len(groups) == 1
    if len(number) < 10:
        return None
    dated = len(groups) > 1 and _is_year(groups[0]) and len(groups[1]) < 3  # 1971.12-1972.1
    if loose:
        shaped = even or [len(group) for group in groups] in _LOOSE_SHAPES
        if _MOBILE.fullmatch(number) and shaped:
            return "phone"
        if number[0] == "0" and len(groups[0]) in (3, 4) and len(groups) <= 3 and _LANDLINE.fullmatch(number):
            return "phone"
        return "identity" if len(number) == 18 and (even or _has_birthday(groups)) else None
    if _MOBILE.fullmatch(number) and not dated and (even or len(groups) <= 4 or _spelled(groups)):
        return "phone"
    if _LANDLINE.fullmatch(number) and (
        number[0] == "0" if single else len(groups[0]) in (2, 3, 4) and len(groups) <= 4
    ):
        return "phone"
    if len(number) in (15, 18) and (single or even or (len(groups) <= 6 and _has_birthday(groups))):
        return "identity"
    if len(number) >= 15 and (single or even or _is_card(groups)):
        return "bank_card"
    return None


def _spelled(groups: list[str]) -> bool:
    """Whether many groups are one number: 13 91 23 45 67 8, 1 3 9-1234-5678, not 13.9.12-14.10.31, the days of a time."""
    return max(map(len, groups)) > 2 or all(len(group) == 2 for group in groups[:-1])


def _is_local(number: str, groups: list[str]) -> bool:
    """Whether it can be a landline without its area code; such a number is masked behind a cue only."""
    if number[0] in "01" or len(number) not in (7, 8):
        return False
    lengths = [len(group) for group in groups]
    return len(groups) == 1 or (lengths in ([3, 4], [4, 4]) and not all(map(_is_year, groups)))


def _has_birthday(groups: list[str]) -> bool:
    """Whether the six digits of the place stand apart and a plausible day of birth follows them (GB 11643)."""
    number, edges, total = "".join(groups), set(), 0
    for group in groups:
        edges.add(total := total + len(group))
    century, month_at = ("19", 8) if len(number) == 15 else (number[6:8], 10)
    month, day = number[month_at : month_at + 2], number[month_at + 2 : month_at + 4]
    return 6 in edges and century in ("18", "19", "20") and "01" <= month <= "12" and "01" <= day <= "31"


def _is_year(group: str) -> bool:
    return len(group) == 4 and group[:2] in ("19", "20")


def _is_card(groups: list[str]) -> bool:
    lengths = [len(group) for group in groups]
    fours = len(lengths) >= 4 and lengths[:-1] == [4] * (len(lengths) - 1) and lengths[-1] <= 4
    return (fours or lengths in ([6, 13], [6, 10])) and not all(map(_is_year, groups))


_NUMERALS = "零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两"
_NUMERAL_VALUE = dict(zip(_NUMERALS, "000" + "123456789" + "1" + "123456789" + "2", strict=True))
_WRITTEN = re.compile(rf"[0-9{_NUMERALS}](?:[ -]?[0-9{_NUMERALS}]){{6,40}}")
_NUMERAL = re.compile(f"[{_NUMERALS}]")
_WRITTEN_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def written_numbers(s: str) -> Iterator[Find]:
    """Numbers in Chinese numerals, or mixed to get past a filter: 一三八零零一三八零零零, 138零零一三8000."""
    for match in _WRITTEN.finditer(s):
        start, end = match.span()
        if not _NUMERAL.search(s, start, end):
            continue
        places = [i for i in range(start, end) if s[i] not in " -"]
        value = "".join(_NUMERAL_VALUE.get(s[i], s[i]) for i in places)
        written = sum(s[i] in _NUMERAL_VALUE for i in places)
        # A single numeral may be the next word: 13800138000一直打不通.
        if written < 2 and len(value) not in (11, 18):
            continue
        if len(value) == 17 and _X.match(s, end):
            yield start, end + 1, "identity"
        # An identity number holds what looks like a mobile: 五一[一六零二一九八零零一零]….
        elif len(value) in (15, 18):
            yield start, end, "identity"
        elif mobiles := list(_WRITTEN_MOBILE.finditer(value)):
            for mobile in mobiles:
                yield places[mobile.start()], places[mobile.end() - 1] + 1, "phone"
        elif len(value) >= 15:
            yield start, end, "identity"
        elif len(value) in (7, 8) and _phone_cued(s, start, end):
            yield start, end, "phone"
