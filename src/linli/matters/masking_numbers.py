"""Finding phones, identity and card numbers, accounts, plates and dwellings in a text.

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
_PHONE_CUE = re.compile(r"(?:电话|座机|固话|手机|号码|联系|致电|拨打|来电|传真|短信|[Tt][Ee][Ll]|☎)[^0-9\n]{0,6}\Z")
_MOBILE = re.compile(r"(?:0{0,2}86)?0?1[3-9][0-9]{9}")
# With the area code; what begins with 400 or 800 is a company's line and no landline.
_LANDLINE = re.compile(r"(?:0|(?:00)?860?)(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")
_X = re.compile(r"[Xx](?![0-9A-Za-z])")


def numbers(s: str) -> Iterator[Find]:
    """Digits, however grouped. A run is taken whole or not at all; groups are joined into known shapes only."""
    runs = [match.span() for match in _RUN.finditer(s)]
    joined = [False] + [_joins(s[before[1] : after[0]]) for before, after in pairwise(runs)]
    first, last_phone = 0, len(s)
    while first < len(runs):
        start = runs[first][0]
        groups: list[str] = []
        best: tuple[int, str] | None = None
        total, even = 0, True
        for at in range(first, min(first + 19, len(runs))):
            if at > first and not joined[at]:
                break
            length = runs[at][1] - runs[at][0]
            total, even = total + length, even and length == 1
            if at > first and (total > 19 or (at - first > 5 and not even)):
                break
            groups.append(s[slice(*runs[at])])
            if total < 7:
                continue
            number = "".join(groups)
            kind = _kind(number, groups, even)
            if total == 17 and _X.match(s, runs[at][1]) and (at == first or _has_birthday(groups)):
                kind = "identity"
            elif kind is None and _is_local(number, groups) and (s[last_phone:start] in _OR or _phone_cued(s, start)):
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


def _phone_cued(s: str, at: int) -> bool:
    return _PHONE_CUE.search(s, max(0, at - 16), at) is not None


def _joins(gap: str) -> bool:
    return len(gap) <= 3 and all(ch in _BETWEEN for ch in gap)


def _kind(number: str, groups: list[str], even: bool) -> str | None:
    """What the groups of digits are, taken together, or None; ``even`` when each is a single digit."""
    single = len(groups) == 1
    if len(number) < 10:
        return None
    dated = len(groups) > 1 and _is_year(groups[0]) and len(groups[1]) < 3  # 1971.12-1972.1
    if _MOBILE.fullmatch(number) and (even or len(groups) <= 4) and not dated:
        return "phone"
    if _LANDLINE.fullmatch(number) and (
        number[0] == "0" if single else len(groups[0]) in (2, 3, 4) and len(groups) <= 4
    ):
        return "phone"
    if len(number) in (15, 18) and (single or even or _has_birthday(groups)):
        return "identity"
    if len(number) >= 15 and (single or even or _is_card(groups)):
        return "bank_card"
    return None


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
_WRITTEN_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def written_numbers(s: str) -> Iterator[Find]:
    """Numbers in Chinese numerals, or mixed to get past a filter: 一三八零零一三八零零零, 138零零一三8000."""
    for match in _WRITTEN.finditer(s):
        places = [i for i in range(*match.span()) if s[i] not in " -"]
        value = "".join(_NUMERAL_VALUE.get(s[i], s[i]) for i in places)
        if sum(s[i] in _NUMERAL_VALUE for i in places) < 2:
            continue
        mobiles = list(_WRITTEN_MOBILE.finditer(value))
        for mobile in mobiles:
            yield places[mobile.start()], places[mobile.end() - 1] + 1, "phone"
        if mobiles:
            continue
        if len(value) >= 15:
            yield *match.span(), "identity"
        elif len(value) in (7, 8) and _phone_cued(s, match.start()):
            yield *match.span(), "phone"


# --- accounts, e-mail, plates, papers -----------------------------------------------------------------------

_SOCIAL = re.compile(
    r"(?:微信|薇信|威信|v信|wechat|weixin|扣扣|加v|(?<![a-z])(?:vx|wx|qq|v(?=:)))"
    r"(?P<cue>(?:号码|号|账号|帐号|群号|群|id)?[ :是为=(]{0,3})(?P<m>[a-z][-_a-z0-9]{5,19}|[0-9]{5,12})(?![-_a-z0-9])",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}", re.ASCII)
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼新"
_SIGN, _GAP = "[A-HJ-NP-Za-hj-np-z0-9]", "[ ·.-]?"
_PLATE = re.compile(
    rf"(?<![最更全创革里])(?!新GB)[{_PROVINCE}] ?[A-Za-z][ ·.-]{{0,2}}"
    rf"(?P<m>{_SIGN}(?:{_GAP}{_SIGN}){{5}}|{_SIGN}(?:{_GAP}{_SIGN}){{3}}{_GAP}(?:{_SIGN}|[挂学警港澳]))(?![A-Za-z0-9])"
)
_PLATE_CUED = re.compile(
    r"车牌(?:号码|号)?[:是为 ]{0,3}(?P<m>[A-Za-z]?·?(?=[A-Za-z]{0,3}[0-9])[A-Za-z0-9]{5,6})(?![A-Za-z0-9])"
)
_PAPER = re.compile(
    r"(?:护照|通行证|居住证|台胞证|回乡证|身份证|证件)(?:号码|号)?[:是为 ]{0,3}(?P<m>[A-Za-z]{0,2}[0-9]{6,12})(?![0-9])"
)


def accounts(s: str) -> Iterator[Find]:
    for match in _SOCIAL.finditer(s):
        account = match["m"]
        if account.isdigit():
            sure = len(account) > 5 or match[0][0] in "Qq扣"
        else:
            sure = bool(set(account) & set("0123456789_-")) or ":" in match["cue"] or "号" in match["cue"]
        if sure:
            yield *match.span("m"), "social"
    for match in _EMAIL.finditer(s):
        yield *match.span(), "email"
    for match in _PAPER.finditer(s):
        yield *match.span("m"), "identity"


_NEW_ENERGY = re.compile(r"[A-HJ-NP-Z][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJ-NP-Z]")


def plates(s: str) -> Iterator[Find]:
    for match in _PLATE.finditer(s):
        body = "".join(ch for ch in match["m"].upper() if ch not in " ·.-")
        if _NEW_ENERGY.fullmatch(body) if len(body) == 6 else sum(map(str.isdigit, body)) >= 3:
            yield *match.span(), "plate"
    for match in _PLATE_CUED.finditer(s):
        yield *match.span("m"), "plate"


# --- dwellings: what lies below the building ------------------------------------------------------------------

_CN = "一二三四五六七八九十百零〇两"
_N = rf"(?:[0-9]{{1,4}}|[{_CN}]{{1,5}})"
_S = r"[ ,、/-]{0,2}"
# After a bare number these make it a quantity, a year, a length …, not a room.
_HOUSEHOLDS = "居民|人|业主|家|村民|住户|以上|左右"
_COUNTED = (
    r"(?![0-9A-Za-z%]|\.[0-9]|天(?!天)|[个元米年月日名套平㎡块棵辆台万千百余多岁度吨公斤分方路厂医件次栋人号班]"
    rf"|户(?:{_HOUSEHOLDS}))"
)
_ROOM_NUMBER = r"(?:[A-Za-z]?[0-9]{3,4}[A-Za-z]?|[一二三四五六七八九][零〇一二三四五六七八九]{2,3})"
_DOOR = r"号?(?:室(?![内外温友])|房(?![屋产价东地租子型源贷管顶补]))"
_ROOM = rf"{_ROOM_NUMBER}(?:{_DOOR}|户(?!{_HOUSEHOLDS})|{_COUNTED})"
_SIDE = r"(?:[东西南北中左右][户边](?!界))?"
_BEHIND_UNIT = rf"(?:{_S}{_N}[楼层])?(?:{_S}{_ROOM})?{_SIDE}"
# A room number with the floor in front and few doors per floor: 501, 1203, not 120, 2000.
_LIKELY = r"[1-9][0-9]?(?:0[1-9]|1[0-6])"
_NOT_YEAR = r"(?!(?:19|20)[0-9]{2}(?![0-9室房户]))"
_NOT_DATE = (
    r"(?![楼栋幢线文井路令地台机公通件日早晚开停起到至-]|门(?![口前外旁边])|上午|下午|中午|凌晨|[之以]?[前后]|左右)"
)
_NEIGHBOUR = r"(?:业主|住户|租户|租客|邻居|房主|房东|那户|这户|那家|这家|家里|家的|户主)"

_DWELLINGS = tuple(
    re.compile(pattern)
    for pattern in (
        # 2单元501室, 二单元, A单元6楼东户; with 第 only behind a building or before a room (a book has units too).
        rf"(?<![第同统每这某任另唯0-9{_CN}])(?P<m>(?:{_N}|[A-Za-z]) ?单元(?![测考卷格素]){_BEHIND_UNIT})",
        rf"(?<=[栋幢座楼])(?P<m>第{_N}单元{_BEHIND_UNIT})",
        rf"(?P<m>第{_N}单元(?:{_S}{_N}[楼层])?{_S}{_ROOM})",
        # 3栋501, 3号楼4门501, 3#2-501, A座1203, 12弄5号301, 5楼501
        rf"(?:[栋幢座#]楼?|号楼|[0-9{_CN}]楼|大厦|公寓|弄[0-9]{{1,4}}号|[路街巷道][0-9]{{1,4}}号){_S}"
        rf"(?P<m>(?:[0-9]{{1,2}}门{_S}|{_N}[楼层]{_S}|[0-9]{{1,2}}-)?{_ROOM})",
        # 501室, 1203房, 五零一室
        rf"(?<![0-9A-Za-z.-])(?P<m>{_ROOM_NUMBER}{_DOOR})",
        # 3-2-501, 1-3-2-501: building (and phase) stay
        rf"(?<![0-9A-Za-z.-])(?:[A-Za-z]?[0-9]{{1,3}}-){{1,2}}(?P<m>[0-9]{{1,2}}-{_NOT_YEAR}[A-Za-z]?[0-9]{{3,4}}(?:{_DOOR}|户)?)(?![0-9-])",
        rf"(?<![0-9A-Za-z.-])[A-Za-z]?[0-9]{{1,3}}-(?P<m>[0-9]{{3,4}}{_DOOR})",
        # 阳光花园5-1201
        r"(?:小区|花园|家园|公寓|[苑园城府庭湾居庄郡里邨村期]|住址?|住在|房号|地址|业主|户主|住户)[:是为 ]{0,2}"
        rf"[A-Za-z]?[0-9]{{1,3}}-(?P<m>{_NOT_YEAR}[0-9]{{1,2}}(?:0[1-9]|[1-3][0-9])){_COUNTED}(?!-)",
        # 12组34号, 3排5号, 幸福村134号: a village's number is a house
        rf"{_N}(?:村民)?(?:小组|组|社|队|排){_S}(?P<m>附?[0-9]{{1,4}}(?:-[0-9]{{1,3}})?号(?:附[0-9]{{1,3}}号)?){_NOT_DATE}",
        rf"[村屯寨](?P<m>(?:[4-9][0-9]|3[2-9]|[0-9]{{3,4}})号(?:附[0-9]{{1,3}}号)?){_NOT_DATE}",
        r"门牌(?:号码|号)?[:是为 ]{0,2}(?P<m>[0-9]{1,4}(?:-[0-9]{1,4}){0,2}号?)",
        r"(?:房号|房间号|室号)[:是为 ]{0,2}(?P<m>[A-Za-z]?[0-9]{1,4}(?:-[0-9]{1,4}){0,3})",
        # 34号附5号, 龙山路34号5-2
        r"号(?P<m>附[0-9]{1,3}号)",
        r"[路街巷道弄里坊][0-9]{1,4}号(?P<m>[0-9]{1,2}-[0-9]{1,3})(?![0-9点时日月号年%米元-])",
        # 楼上702天天…, 501的业主, 402号住户
        rf"(?:楼上|楼下|隔壁|对门|家住|我住|住在)的?(?P<m>{_LIKELY}){_COUNTED}(?!急救|报警|路|线)",
        rf"(?<![0-9A-Za-z.-])(?P<m>(?!110){_NOT_YEAR}{_LIKELY}号?)(?=的?{_NEIGHBOUR})",
    )
)


def dwellings(s: str) -> Iterator[Find]:
    for pattern in _DWELLINGS:
        for match in pattern.finditer(s):
            yield *match.span("m"), "dwelling"
