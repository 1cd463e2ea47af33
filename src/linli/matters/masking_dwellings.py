"""Finding dwellings in the shadow of a text (see ``masking``): what lies below the building.

The building stays, for without it nobody knows where the lamp is broken. What follows it goes: 3栋[2单元501室].
"""

import re
from collections.abc import Iterator

from linli.matters.masking_numbers import Find

_CN = "一二三四五六七八九十百零〇两"
_N = rf"(?:[0-9]{{1,4}}|[{_CN}]{{1,5}})"
_FEW = rf"(?:[0-9]{{1,2}}|[{_CN}]{{1,3}})"
_S = r"[ ,、/-]{0,2}"
# After a bare number these make it a quantity, a year, a length …, not a room.
_HOUSEHOLDS = "数|居民|人|业主|家|村民|住户|以上|左右"
_COUNTED = (
    r"(?![0-9A-Za-z%]|\.[0-9]|天(?![天花井])|[个元米年月日名套平㎡块棵辆台万千百余多岁度吨公斤分方路厂医件次栋人号班条]"
    rf"|户(?:{_HOUSEHOLDS}))"
)
_ROOM_NUMBER = (
    r"(?:[A-Za-z]?[0-9]{3,4}[A-Za-z]?|[一二三四五六七八九][零〇一二三四五六七八九]{2,3}"
    r"|[二三]?十[一二三四五六七八九]?[零〇][一二三四五六七八九])"
)
_DOOR = r"号?(?:室(?![内外温友])|房(?![屋产价东地租子型源贷管顶补]))"
_ROOM = rf"{_ROOM_NUMBER}(?:{_DOOR}|户(?!{_HOUSEHOLDS})|{_COUNTED})"
# 12-3 is floor and door in the south-west; 5-7楼, 1-6单元, 2-3栋 and 12-3路 are not.
_FLOOR_DOOR = (
    r"[0-9]{1,2}-[0-9]{1,2}(?:号(?![楼栋幢院线])|室)?(?![0-9A-Za-z.%~-]|[楼层栋幢座单组期排街站线倍成折类级]|天(?![天花井])"
    r"|[个元米年月日名套平㎡块棵辆台万千百余多岁度吨公斤分方路厂件次人号班条点时周])"
)
# 6楼3号, but not a window, a shop or a lift there.
_NUMBERED = rf"{_FEW}号(?![楼栋幢院线门窗柜会厅诊办教店铺摊档机库包桌床展站路仓]|电梯|收费|接待|商)(?:室|房|户)?"
_SIDE = r"(?:(?:靠?[东西南北中左右])[户边](?!界))?"
_AND = r"(?:[、,/和与跟及] ?)"
_MORE = rf"(?:{_AND}(?:[0-9]{{1,2}}-)?{_ROOM}|{_AND}{_FLOOR_DOOR}){{0,9}}"
_BEHIND_UNIT = (
    rf"(?:{_S}的?{_N}[楼层](?:{_S}{_NUMBERED})?)?(?:{_S}(?:{_FLOOR_DOOR}|{_ROOM}|{_NUMBERED}))?{_MORE}{_SIDE}"
)
# A room number with the floor in front and few doors per floor: 501, 1203, not 120, 2000.
_LIKELY_REST = r"[0-9]?(?:0[1-9]|1[0-6])"
_LIKELY = f"[1-9]{_LIKELY_REST}"
_NOT_YEAR = r"(?!(?:19|20)[0-9]{2}(?![0-9室房户]))"
_NOT_DATE = (
    r"(?![楼栋幢线文井路令地台机公通件日早晚开停起到至-]|门(?![口前外旁边])|上午|下午|中午|凌晨|[之以]?[前后]|左右)"
)
_NEIGHBOUR = r"(?:业主|住户|租户|租客|邻居|房主|房东|那户|这户|那家|这家|家里|家的|户主)"
_COMPOUND = r"(?:小区|花园|家园|公寓|[苑园城府庭湾居庄郡里邨村期]|住址?|住在|房号|地址|业主|户主|住户)"

_NEAR = r"(?:楼上|楼下|隔壁|对门|我家|他家|她家|家住|我住|住在|住)的?"

_NO = r"[0-9]{1,4}号"
_APART = r"(?<![0-9A-Za-z.-].)"

# (any of these must stand in the text for the pattern to be tried, the pattern)
_DWELLINGS = tuple(
    (needles.split("|"), re.compile(pattern))
    for needles, pattern in (
        # 2单元501室, 二单元, A单元6楼东户, 1单元12-3; with 第 only behind a building or before a room (a book has units
        # too); 3栋1-6单元 are many
        (
            "单元",
            rf"(?P<m>[0-9A-Za-z{_CN}](?<![第同统每这某任另唯0-9{_CN}].)(?<![栋幢座楼][0-9]-.)(?<![栋幢座楼][0-9]{{2}}-.)"
            rf"[0-9{_CN}]{{0,4}} ?单元(?![测考卷格素]){_BEHIND_UNIT})",
        ),
        ("第", rf"(?<=[栋幢座楼])(?P<m>第{_N}单元{_BEHIND_UNIT})"),
        ("第", rf"(?P<m>第{_N}单元(?:{_S}{_N}[楼层])?{_S}{_ROOM})"),
        # 3栋501, 3号楼4门501, 3#2-501, A座1203, 12弄5号301, 5楼501, 3栋501、502
        (
            "",
            rf"(?:栋楼?|幢楼?|座楼?|#楼?|楼(?<=[号0-9{_CN}].)|大厦|公寓|弄{_NO}|路{_NO}|街{_NO}|巷{_NO}|道{_NO}){_S}"
            rf"(?P<m>(?:[0-9]{{1,2}}门{_S}|{_N}[楼层]{_S}|[0-9]{{1,2}}-)?{_ROOM}{_MORE})",
        ),
        # 3栋5-1
        ("-", rf"(?:栋楼?|幢楼?|座楼?|#楼?|号楼) ?(?P<m>{_FLOOR_DOOR}{_MORE})"),
        # 6楼3号
        ("楼|层", rf"(?P<m>[0-9{_CN}](?<![0-9{_CN}A-Za-z第-].)[0-9{_CN}]{{0,2}}[楼层]{_NUMBERED})"),
        # 501室, 1203房, 五零一室
        (
            "室|房",
            rf"(?P<m>[0-9A-Za-z一二三四五六七八九]{_APART}"
            rf"(?:[0-9]{{2,4}}[A-Za-z]?|[零〇一二三四五六七八九]{{2,3}}){_DOOR})",
        ),
        # 3-2-501, 1-3-2-501: building (and phase) stay
        (
            "-",
            rf"[0-9A-Za-z]{_APART}[0-9]{{0,3}}-(?:[0-9]{{1,3}}-)?"
            rf"(?P<m>[0-9]{{1,2}}-{_NOT_YEAR}[A-Za-z]?[0-9]{{3,4}}(?:{_DOOR}|户)?)(?![0-9-])",
        ),
        # 3-501室, 5-1201漏水
        (
            "-",
            rf"[0-9A-Za-z]{_APART}[0-9]{{0,3}}-"
            rf"(?P<m>[0-9]{{3,4}}{_DOOR}|{_NOT_YEAR}{_LIKELY}{_COUNTED}(?!-))",
        ),
        # 阳光花园5-1201, 阳光花园3-2-5-1
        (
            "-",
            rf"{_COMPOUND}[:是为 ]{{0,2}}[A-Za-z]?[0-9]{{1,3}}-"
            rf"(?P<m>{_NOT_YEAR}[0-9]{{1,2}}(?:0[1-9]|[1-3][0-9]){_COUNTED}(?!-)|(?:[0-9]{{1,2}}-){{1,2}}{_FLOOR_DOOR})",
        ),
        # 12组34号, 3排5号; houses of whole villages are in ``masking_houses``
        (
            "号",
            rf"[0-9{_CN}](?:村民)?(?:小组|组|社|队|排){_S}"
            rf"(?P<m>附?[0-9]{{1,4}}(?:-[0-9]{{1,3}})?号(?:附[0-9]{{1,3}}号)?){_NOT_DATE}",
        ),
        ("门牌", r"门牌(?:号码|号)?[:是为 ]{0,2}(?P<m>[0-9]{1,4}(?:-[0-9]{1,4}){0,2}号?)"),
        ("房号|房间号|室号", r"(?:房号|房间号|室号)[:是为 ]{0,2}(?P<m>[A-Za-z]?[0-9]{1,4}(?:-[0-9]{1,4}){0,3})"),
        # 34号附5号, 龙山路34号5-2
        ("附", r"号(?P<m>附[0-9]{1,3}号)"),
        ("-", r"[路街巷道弄里坊][0-9]{1,4}号(?P<m>[0-9]{1,2}-[0-9]{1,3})(?![0-9点时日月号年%米元-])"),
        # 楼上702天天…, 我家401, 楼上6-2, 501的业主, 402号住户, 501、502、601三户
        ("上|下|家|隔|对|住", rf"{_NEAR}(?P<m>{_LIKELY}{_COUNTED}(?!急救|报警|路|线){_MORE})"),
        ("-", rf"{_NEAR}(?P<m>{_FLOOR_DOOR}{_MORE})"),
        ("业|户|租|邻|房|家", rf"(?P<m>[1-9](?<=(?!110){_NOT_YEAR}.){_APART}{_LIKELY_REST}号?)(?=的?{_NEIGHBOUR})"),
        (
            "户|家",
            rf"(?P<m>[1-9]{_APART}{_LIKELY_REST}(?:{_AND}{_LIKELY}){{1,9}})(?=(?:[两二三四五六七八九十]|[0-9] ?)[户家])",
        ),
    )
)
_ANY_NUMBER = re.compile(rf"[0-9{_CN}]")


def dwellings(s: str) -> Iterator[Find]:
    if not _ANY_NUMBER.search(s):
        return
    for needles, pattern in _DWELLINGS:
        for needle in needles:
            if needle in s:
                for match in pattern.finditer(s):
                    yield *match.span("m"), "dwelling"
                break
