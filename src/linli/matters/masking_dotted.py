"""Personal names with dots, 买买提江·吐尔逊, in the shadow of a text (see ``masking``).

Behind a cue any two words with a dot between are a name. Without one they must be written with the characters that
foreign names are transcribed with, which tells 扎西·多吉 from 印象·江南.
"""

import re
from collections.abc import Iterator

from linli.matters.masking_words import FIRM, MAY_FOLLOW, PLACES, follows, is_han

_TRANSCRIBED = (
    "阿艾爱安奥巴白班包贝比毕别宾波伯勃博卜不布才次措达代戴丹当德登迪第丁东都顿多朵俄额恩尔法凡菲费夫弗福嘎噶盖甘冈高戈格葛根古瓜"
    "哈海罕汗翰浩合赫黑洪侯呼胡华吉加佳嘉江杰金津久卡凯坎康考柯科可克肯孔库快拉莱赖兰郎劳勒雷冷里力历立利莉丽良列林琳隆卢鲁路"
    "伦罗洛吕玛马迈麦曼茂梅美门蒙孟米密敏明莫姆木穆拿那娜乃南尼聂努诺欧帕派潘庞培佩彭皮平颇普其奇齐恰强乔切青琼曲让热仁日荣茹"
    "如萨赛桑瑟沙山尚绍舍申圣史什士斯松苏孙索塔台泰坦唐陶特腾提铁廷图吐托娃瓦万旺威韦维魏温沃乌西希锡夏仙向谢辛兴雄许雅亚延扬央"
    "叶耶伊依宜因殷英永尤约云扎泽詹张珍真织治智卓孜兹兹子佐呷妞惹牛措姆贡珠嘎玛依买提合尕娅色萨斐霍古赞则铎旦吾迭肉孜坚生拜尖措毛逊杜地来"
)
_T = f"[{''.join(sorted(set(_TRANSCRIBED)))}]"
_BARE = re.compile(rf"{_T}{{2,8}}(?:·{_T}{{2,8}}){{1,2}}")
_CUED = re.compile(r"[^\W\d_a-zA-Z某]{1,10}(?:·[^\W\d_a-zA-Z某]{1,10}){1,2}")
# What stands before a name with dots rather than at its beginning.
_CUTS = frozenset("的了是在和与及向对由请找让给被叫为跟民户主人员")
_NO_PLACE = PLACES - {"里"}
# 阿不都 ends in what may also follow a name.
_WHOLE = frozenset({"不都", "布都", "卜都", "不来", "玉说"})
# Builders whose names are written with the same characters: 金科·阿尔卑斯.
_BUILDERS = frozenset({"万科", "金科", "万达", "华夏", "奥林匹克", "雅居乐"})


def dotted_at(s: str, at: int) -> int | None:
    """The end of the name with dots that begins behind a cue at ``at``; None for 碧桂园·凤凰城."""
    match = _CUED.match(s, at)
    if match is None:
        return None
    start, end = match.span()
    last = s.rindex("·", 0, end) + 1
    stop = next(
        (
            i
            for i in range(last + 1, end)
            if (s[i] in MAY_FOLLOW and not {s[i - 1 : i + 1], s[i : i + 2]} & _WHOLE) or follows(s, i)
        ),
        end,
    )
    return None if set(s[start:stop]) & _NO_PLACE or follows(s, last) else stop


def is_dotted(s: str, at: int) -> bool:
    return "·" in s[at : at + 11] and _CUED.match(s, at) is not None


def dotted_before(s: str, end: int) -> int | None:
    """Where the name with dots begins that ends before a title: behind the last word that is not part of such names."""
    begin = end
    while begin > max(0, end - 22) and (is_han(s[begin - 1]) or s[begin - 1] == "·") and s[begin - 1] not in _CUTS:
        begin -= 1
    name = s[begin:end]
    return begin if "·" in name[1:-1] and name[0] != "·" and not set(name) & _NO_PLACE else None


def dotted_names(s: str) -> Iterator[tuple[int, int]]:
    """(start, end) of names with dots that no cue gives away."""
    if "·" not in s:
        return
    for match in _BARE.finditer(s):
        start, end = match.span()
        last = s.rindex("·", start, end) + 1
        stop = next((i for i in range(last + 2, end) if follows(s, i) and s[i - 1 : i + 1] not in _WHOLE), end)
        if not FIRM.match(s, stop) and s[start : s.index("·", start)] not in _BUILDERS:
            yield start, stop
