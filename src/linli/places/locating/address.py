"""The parts of a Chinese address line.

The rules are those of address-element parsing by feature words (特征字: 路, 号, 栋, 单元, 室; compare patent
CN101393544A), without a dictionary: names known to an installation are the index's business. The line is read from
left to right: divisions (省 to 社区), road and number, compound, building, entrance, dwelling. What can be read two
ways is marked `sure=False` instead of being settled silently.
"""

import re
from dataclasses import dataclass

from linli.places.locating.spelling import MAX_LENGTH, normalise

__all__ = ["GENERIC_NAMES", "MAX_LENGTH", "NAME_MARK", "Address", "normalise", "parse_address", "parse_normalised"]

NAME_MARK = "〓"
"""Stands for a known name inside a text handed to `parse_normalised`."""


@dataclass(frozen=True, slots=True)
class Address:
    """Parts of an address line, normalised, each None if not said.

    road         解放路, 中山北路45弄 (路, 街, 大道, 巷, 弄, 胡同)
    road_number  what stands before 号: 12, 12-1, 12附3
    compound     阳光花园, 青石村3组, 人民大厦
    building     what stands before 栋: 3, A, B1, 东3, 1-4
    entrance     what stands before 单元
    dwelling     501, B502, 3-2
    rest         everything else: province to community, and what follows the address
    sure         False where a part can be read another way (3-2), or another or several buildings may be meant
    """

    road: str | None = None
    road_number: str | None = None
    compound: str | None = None
    building: str | None = None
    entrance: str | None = None
    dwelling: str | None = None
    rest: str | None = None
    sure: bool = True


# Divisions at the start. Each word has its look-alikes: 小区, 超市, 城市花园, 水乡, 古镇路, 街道 followed by a number.
_DIVISION = re.compile(
    r"[^0-9,栋号]{1,12}?"
    r"(?:特别行政区|自治区|自治州|自治县|省(?![道府])|(?<![城都超门夜菜集])市(?![场政民府])"
    r"|县(?![路街城府前])|街道办事处|街道|办事处|(?<!古)镇(?![路街政中])|(?<![水梦故])乡(?![路街间村里])"
    r"|(?:开发|高新|管理|工业园|示范|新|市辖)区|(?:社区居委会|居委会|村委会|社区)(?![0-9A-Z])"
    r"|(?<![小园住活属校景库院厂舍社住宅东西南北中0-9A-Z一二三])区(?![0-9A-Z间域府]))"
)
_DISTRICT_BY_COMPASS = re.compile(r"[^0-9,栋号小][东西南北中]区(?![0-9A-Z栋])")

_ROAD_WORD = "大道|大街|胡同|公路|路|街(?!道)|巷|弄"
_SECTION = "(?:[东南西北中]?[0-9一二三四五六]?段)?"
_NUMBERED_ROAD = re.compile(
    rf"(?P<road>[^,栋号]{{1,15}}?(?:{_ROAD_WORD}){_SECTION}),?"
    r"(?P<number>[0-9]{1,5}(?:-[0-9]{1,4})?[A-Z]?)"
    r"(?:号(?![线文])(?:(?P<kind>[附之-])(?P<sub>[0-9]{1,4})号?)?(?:大?院)?"
    r"|(?:附(?P<sub2>[0-9]{1,4})号?)"
    r"|(?=$|,|[^0-9A-Z栋单室户房组期弄楼层米公线年月日个人次点时元万多余条辆路#~/-]))"
)
_BARE_ROAD = re.compile(
    rf"(?P<road>[^,栋号0-9]{{1,10}}?(?:{_ROAD_WORD}){_SECTION})"
    r"(?!小区|社区|花园|新村|[口灯面边旁上下桥过段由人线])"
)
_BLOCK_BEFORE_ROAD = re.compile(r"^.{1,12}(?:小区|社区|花园|公寓|大厦|家园)(?=[^,]{3})")

_ONE = r"(?:[A-Z]{0,2}[0-9]{1,4}[A-Z]?|[A-Z]{1,2})"
_START = r"(?<![0-9A-Z/~-])"
_COMPASS = rf"(?:(?:^|(?<=[,区园苑庭城院村邸府湾居庄轩阁厦场里坊寓舍号期{NAME_MARK}]))[东西南北中])"
_DETAIL = re.compile(
    "|".join(
        (
            rf"{_START}(?P<several>{_ONE}栋?(?:[/~和及至到与]{_ONE}栋?){{1,30}}(?<!栋)栋)",
            rf"(?P<building>(?:{_COMPASS}|{_START}){_ONE}(?:-[0-9A-Z]{{1,4}}){{0,3}}|{_COMPASS}|[甲乙丙丁])栋",
            rf"(?P<entrance>{_START}[0-9]{{1,2}}|{_START}[A-Z]|[东西南北甲乙丙丁])单元",
            rf"{_START}(?P<chain>(?:[A-Z]{{0,2}}[0-9]{{1,3}}[A-Z]?|[A-Z])(?:-[0-9]{{1,5}}[A-Z]?){{1,3}})"
            r"(?![0-9A-Z-]|[号组队社村期年月日楼层])室?",
            rf"{_START}(?P<door>[0-9]{{1,5}}(?:-[0-9]{{1,4}})?[A-Z]?)号"
            r"(?=$|[,0-9A-Z旁边附对门口楼上下前后左右的]|[东西南北]侧|单元)(?!楼盘)",
            rf"{_START}(?P<dwelling>[A-Z]?[0-9]{{1,5}}[A-Z]?(?:-[0-9]{{1,4}})?)(?:号房|室|户|房)",
            rf"{_START}(?P<bare>[0-9]{{1,5}}[A-Z]?)(?=$|,)",
        )
    )
)
_ENTRANCE = re.compile(r"[,-]?(?:(?P<a>[0-9]{1,2}|[A-Z]|[东西南北中甲乙丙丁])单元|(?P<b>[0-9]{1,2})[门梯](?!口))")
_ENTRANCE_AND_DWELLING = re.compile(r"[,-]?(?P<entrance>[0-9]{1,2})-(?P<dwelling>[0-9]{3,5}[A-Z]?)(?![0-9A-Z-])室?")
_FLOOR = re.compile(r"[,-]?[0-9]{1,3}[楼层](?=[,-]?[A-Z]?[0-9])")
_DWELLING = re.compile(
    r"[,-]?(?P<dwelling>[A-Z]?[0-9]{1,5}[A-Z]?(?:-[0-9]{1,4})?)"
    r"(?:号房|室|户|房|号(?!线)|(?![0-9A-Z/~%-]|[楼层栋单期年月日点时元个人名米平线岁万多几次路条辆号#]))"
)
_VILLAGE_GROUP = re.compile(r".{0,24}?[0-9]{1,3}[组队社](?!区)")
_LEAD = re.compile(r"^(?:[我]?们?家?(?:居?住|位于|地址|地点)(?:在|于|是|为)?|在|于|我们|我家|我)")
_TRAIL = re.compile(r"(?:[的内]|里面)$")
GENERIC_NAMES = frozenset(
    ("小区", "本小区", "该小区", "社区", "大院", "院", "家属院", "宿舍", "里", "内", "本", "我", "家", "的")
)
_NEARBY = re.compile(
    r"^,?(?:旁|附近|对面|隔壁|周边|周围|[东西南北](?:侧|边|面)|以[东西南北]|之间|[和及至到与~/-]|前面|后面)"
)
_ANOTHER = re.compile(r"[0-9A-Z]栋")
_LONGEST_NAME = 40


def parse_address(text: str) -> Address:
    """Read one address line. Parts come out in the spelling of `normalise`; LocatingError as there, never another
    error.

    >>> parse_address("解放路12号阳光花园一号楼2单元501室").building
    '1'
    """
    return parse_normalised(normalise(text))


def parse_normalised(text: str) -> Address:
    """As `parse_address`, for a text that already went through `normalise`, perhaps with NAME_MARK for a known
    name."""
    rest: list[str] = []
    start = _end_of_divisions(text)
    rest.append(text[:start])
    text = text[start:].lstrip(",")
    road, road_number, text = _take_road(text)
    found = _DETAIL.search(text)
    head, tail = (text[: found.start()], text[found.end() :]) if found else (text, "")
    compound, before, after = _take_compound(head, to_the_right=found is not None)
    rest.append(before)
    building = entrance = dwelling = None
    sure = True
    if found:
        building, entrance, dwelling, sure = _read_detail(found, has_name=compound is not None)
        if found["several"]:
            tail = found[0] + tail
        else:
            entrance, dwelling, tail = _read_inside(tail, entrance, dwelling, building is not None)
            inside = entrance is not None or dwelling is not None
            sure = sure and (inside or not _NEARBY.match(tail)) and not _ANOTHER.search(tail)
    rest += [after, tail]
    return Address(
        road=road,
        road_number=road_number,
        compound=compound,
        building=building,
        entrance=entrance,
        dwelling=dwelling,
        rest=",".join(filter(None, (part.strip(",") for part in rest))) or None,
        sure=sure,
    )


def _end_of_divisions(text: str) -> int:
    end = 0
    while match := _DISTRICT_BY_COMPASS.match(text, end) or _DIVISION.match(text, end):
        if NAME_MARK in match[0]:
            break
        end = match.end()
    return end


def _take_road(text: str) -> tuple[str | None, str | None, str]:
    """Road, number, and the text with both cut out (a comma in their place keeps the sides apart)."""
    match = _NUMBERED_ROAD.search(text)
    number = None
    if match:
        number = match["number"].lstrip("0") or "0"
        if sub := match["sub"] or match["sub2"]:
            number += ("附" if match["kind"] in ("附", None) else "-") + sub
    else:
        match = _BARE_ROAD.match(text)
        if not match:
            return None, None, text
    road, start = match["road"], match.start("road")
    skip = max(road.rfind(NAME_MARK) + 1, (block.end() if (block := _BLOCK_BEFORE_ROAD.match(road)) else 0))
    if len(road) - skip < 2:
        return None, None, text
    start += skip
    return road[skip:], number, (text[:start] + "," + text[match.end() :]).strip(",")


def _take_compound(head: str, *, to_the_right: bool) -> tuple[str | None, str, str]:
    """The name in what stands before the building, and what stands before and after the name.

    With several pieces it is the one next to the building, or the first where no building follows.
    """
    pieces = [piece for piece in head.split(",") if piece]
    if not pieces:
        return None, "", ""
    at = len(pieces) - 1 if to_the_right else 0
    before, name, after = pieces[:at], pieces[at], pieces[at + 1 :]
    if group := _VILLAGE_GROUP.match(name):
        after.insert(0, name[group.end() :])
        name = group[0]
    name = _TRAIL.sub("", _LEAD.sub("", name))
    if len(name) > _LONGEST_NAME or name in GENERIC_NAMES:
        after.insert(0, name)
        name = ""
    return name or None, ",".join(before), ",".join(filter(None, after))


def _read_detail(found: re.Match[str], *, has_name: bool) -> tuple[str | None, str | None, str | None, bool]:
    """Building, entrance, dwelling and whether that is the only reading."""
    if found["building"]:
        return found["building"], None, None, "-" not in found["building"]
    if found["entrance"]:
        return None, found["entrance"], None, True
    if found["chain"]:
        return _read_chain([part.lstrip("0") or "0" for part in found["chain"].split("-")])
    if found["door"]:
        return found["door"], None, None, True
    if found["dwelling"]:
        return None, None, found["dwelling"], True
    if found["bare"]:
        if len(found["bare"].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) >= 3:
            return None, None, found["bare"], has_name
        return found["bare"], None, None, False
    return None, None, None, False


def _read_chain(parts: list[str]) -> tuple[str | None, str | None, str | None, bool]:
    """3-501, 3-2-501: building, entrance, dwelling. With short last numbers (3-2, Chongqing's floor-door) it is a
    guess."""
    dwelling = parts[-1]
    sure = len(dwelling) >= 3 and len(parts) < 4
    if len(parts) == 2:
        return (parts[0], None, dwelling, sure) if sure else (parts[0], dwelling, None, False)
    return "-".join(parts[:-2]), parts[-2], dwelling, sure


def _read_inside(
    tail: str, entrance: str | None, dwelling: str | None, in_building: bool
) -> tuple[str | None, str | None, str]:
    """Entrance and dwelling after the building (floors are passed over), and what is left."""
    if dwelling is not None:
        return entrance, dwelling, tail
    if entrance is None and in_building:
        if match := _ENTRANCE.match(tail):
            entrance, tail = match["a"] or match["b"], tail[match.end() :]
        elif match := _ENTRANCE_AND_DWELLING.match(tail):
            return match["entrance"], match["dwelling"], tail[match.end() :]
    if match := _FLOOR.match(tail):
        tail = tail[match.end() :]
    if (entrance or in_building) and (match := _DWELLING.match(tail)):
        dwelling, tail = match["dwelling"], tail[match.end() :]
    return entrance, dwelling, tail
