"""Finding personal names in Chinese text by the cues around them: 我叫王建国, 业主王建国, 王建国女士.

Surnames alone say little (高空, 马上, 周边), so a name counts only behind or before a cue, where it can end, and where
it is not the beginning of an ordinary word. A text in which a name was found is searched for its other mentions.
"""

import re
from collections.abc import Iterator

from linli.matters import surnames

_TITLE = (
    "先生|女士|小姐|阿姨|大爷|大妈|大娘|大叔|大伯|大姐|大哥|奶奶|爷爷|叔叔|婆婆|老汉|师傅|老师|医生|大夫|护士|律师|警官|"
    "教授|老板|书记|主任|经理|(?:局|厅|科|处|校)长(?![期年时久满出了约度达着在有])"
)
_TITLED = re.compile(rf"副?(?:{_TITLE})")
# Behind the first a name follows for certain, behind the second nearly so, behind the others often.
_CERTAIN = re.compile(r"(?:我名?叫|本人叫|姓名[:是为叫]) ?[:是为叫]? ?")
_SURE = re.compile(r"(?:人|署名|落款|签名) ?: ?")
_ROLE = re.compile(
    r"(?:(?<!物)业主|住户|户主|房主|居民|村民|租户|租客|房东|邻居|职工|员工|患者|病人|死者|伤者|司机|车主|店主|学生|考生|"
    r"家长|教师|党员|代表|网格员|干事|法人|(?:联系|经办|当事|申请|负责|承包|投诉|反映|举报|上访|信访|求助|嫌疑|报告)人|被告|"
    r"原告|儿子|(?<!妇)女儿|孙子|孙女|丈夫|妻子|老公|老婆|老伴|父亲|母亲|爸爸?|妈妈?|弟弟|妹妹|哥哥|姐姐|岳父|岳母|小孩|孩子|"
    r"我儿|我女|我是|我名|本人|名叫|姓名|名字[是叫为]|敬礼|书记|主任|经理|老师|医生|师傅|律师|警官|教授|老板|护士|"
    r"(?:局|厅|科|处|校)长)[ :!。]{0,2}"
)
_CALLED = re.compile(r"叫(?=[^\s的,。]{2,4}的)")
# What may follow a name: these words settle where it ends, the characters below only allow it to end there.
_FOLLOWS = re.compile(
    r"反映|来电|致电|投诉|举报|诉求|诉说|表示|联系|电话|手机|身份证|微信|今年|现年|已经|曾经|女儿|儿子|老伴|夫妇|夫妻|"
    r"家[的里中住]|居住|户籍|住在|因为|由于|名下|本人|[两二三]人|等人|告[知诉]|认为|发现|要求|希望|建议|上门|购买|承包|擅自|"
    r"私自|联名|联合|共同|签[名字]|长期|经常|天天|每天|一直|多次|出生|生于|因病|同志|提出|日期|时间|年龄|性别|地址"
)
_MAY_FOLLOW = frozenset("说称住在是于被从把将因向的家也就都已又还不没要等和与及去到来让给对有诉男女系为之曾现拟")
# Surnames that are more often the verb, adverb or preposition.
_DOUBTFUL = frozenset("曾何任于方高安常余许祝谢施管")
# Double surnames that are more often places: 东方红街道, 西门口.
_TWOFOLD = frozenset({"东方", "西门", "南宫", "百里", "上官"})
_ALL_SURNAMES = surnames.SURNAMES | surnames.RARE_SURNAMES
# Characters that given names do not have, or not at their end.
_NOT_GIVEN = frozenset(
    "的了着过吗呢吧啊呀嘛们个这那哪什么怎谁你我他她它很没把被给您啥咱姓是在跟与或及枪杀于两位后区县市镇乡街巷弄栋幢层室户"
    "厂店局所站部处委课班买卖漏堵脏坏臭吵拆赔诉举罚副总"
)
_NOT_SECOND = frozenset("住说称于从将因向也就都已又还不要等及去叫你我他村组队楼号院苑府校社馆员口边内外间场能时")
_PLACES = frozenset("村庄府园苑城界坝沟湾坪桥店铺镇乡路街巷沱岭坡冲塘坳坎院港口滩岗洼集屯寨堡区庭里郡楼")
_UNSAID = frozenset(
    {"不详", "未知", "保密", "匿名", "同上", "本人", "物业", "业主", "社区", "网友", "市民", "居民", "群众"}
)
# What stands before a name with dots rather than at its beginning.
_CUTS = frozenset("的了是在和与及向对由请找让给被叫为跟民户主人员")
_DOTTED = re.compile(r"[^\W\d_a-zA-Z某]{1,10}(?:·[^\W\d_a-zA-Z某]{1,10}){1,2}")
_JOINED = re.compile(r"、 ?|和|与|及| (?=[^ ]{2,3}(?:[ 、,。;0-9]|\Z))")


def _is_han(sign: str) -> bool:
    return sign != "某" and (
        "㐀" <= sign <= "鿿" or sign == "〇" or "\ue000" <= sign <= "\ufaff" or sign >= "\U00020000"
    )


def _follows(s: str, at: int) -> bool:
    """Whether a word or title stands at ``at`` that comes after a name."""
    return bool(_FOLLOWS.match(s, at) or _TITLED.match(s, at))


def _ends(s: str, at: int) -> bool:
    """Whether a name may end at ``at``."""
    return at >= len(s) or not _is_han(s[at]) or s[at] in _MAY_FOLLOW or _follows(s, at)


def _given(s: str, start: int, end: int) -> bool:
    """Whether the characters can be a given name of one or two characters."""
    return end <= len(s) and all(_is_han(ch) and ch not in _NOT_GIVEN for ch in s[start:end])


def _name_at(s: str, at: int, *, sure: bool = False, rare: bool = False) -> int | None:
    """The end of the personal name that begins at ``at``, or None.

    ``sure``: the cue leaves little doubt that a name follows, so it need not be seen where it ends; ``rare``: surnames
    count that are ordinary words elsewhere.
    """
    dotted = _DOTTED.match(s, at)
    if dotted:
        return _dotted_end(s, *dotted.span())
    surname = 2 if s[at : at + 2] in surnames.COMPOUND else 1
    if surname == 1 and s[at : at + 1] not in (_ALL_SURNAMES if rare else surnames.SURNAMES):
        return None
    given = at + surname
    sure = sure and s[at:given] not in _TWOFOLD
    if _follows(s, given):
        return None
    word = surname == 1 and surnames.begins_word(s[at : at + 2])
    for length in (2, 1):
        end = given + length
        if not _given(s, given, end) or not _ends(s, end):
            continue
        if length == 2 and (s[end - 1] in _NOT_SECOND or _follows(s, end - 1)):
            continue
        closed = end >= len(s) or not _is_han(s[end])
        if s[at] in _DOUBTFUL and not (closed or sure or _follows(s, end)):
            continue
        if word and not (closed and (rare or (length == 2 and (sure or _soft(s[given:end]))))):
            continue
        return end
    if not sure or word or not _given(s, given, given + 1):
        return None
    second = given + 1
    return second + (_given(s, second, second + 1) and s[second] not in _NOT_SECOND and s[second] not in _MAY_FOLLOW)


def _soft(given: str) -> bool:
    """王家明, 王国强: the first two characters are a word, yet common in names; 王家湾 is a place."""
    return given[0] in "家国子明华山海金兴正" and given[1] not in _PLACES


def _dotted_end(s: str, start: int, end: int) -> int | None:
    """Where 买买提江·吐尔逊 ends inside the characters that follow its last dot; None for 碧桂园·凤凰城."""
    last = s.rindex("·", 0, end) + 1
    stop = next((i for i in range(last + 1, end) if s[i] in _MAY_FOLLOW or _follows(s, i)), end)
    return None if set(s[start:stop]) & (_PLACES - {"里"}) or _follows(s, last) else stop


def cued_names(s: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each full name that a cue before or a title behind it gives away."""
    seen: set[int] = set()
    for cues in (_CERTAIN, _SURE, _ROLE, _CALLED):
        for match in cues.finditer(s):
            start = match.end()
            end = _name_at(s, start)
            if end is None and cues is _CERTAIN and match[0].startswith("姓名"):
                end = _unlisted_name(s, start)
            if end is None and cues in (_CERTAIN, _SURE):
                end = _name_at(s, start, sure=True, rare=cues is _CERTAIN)
            while end is not None and start not in seen:
                seen.add(start)
                yield start, end
                join = _JOINED.match(s, end)
                if join is None:
                    break
                start, end = join.end(), _name_at(s, join.end(), sure="、" in join[0])
    for match in _TITLED.finditer(s):
        begin = _name_before(s, match.start())
        if begin is not None:
            yield begin, match.start()


def _unlisted_name(s: str, at: int) -> int | None:
    """Behind 姓名: whatever stands alone is the name: 阿依古丽, 张 三."""
    end = at
    while end < len(s) and end - at < 5 and _is_han(s[end]):
        end += 1
    if s[end : end + 1] in ("某", "*"):  # masked before
        return None
    if end - at == 1 and s[end : end + 1] == " " and _given(s, end + 1, end + 2) and not _given(s, end + 2, end + 3):
        return end + 2
    whole = 2 <= end - at <= 4 and s[at:end] not in _UNSAID and not surnames.begins_word(s[at : at + 2])
    return end if whole and not _TITLED.search(s, at, end) else None


def _name_before(s: str, end: int) -> int | None:
    """The start of the full name that ends where a title begins, or None (王先生 has no given name to mask)."""
    if "·" in s[max(0, end - 11) : end - 1]:
        return _dotted_start(s, end)
    for length in (2, 1):
        at = end - length - 1
        if at < 0 or not _given(s, at + 1, end) or s[end - 1] in _NOT_SECOND or s[at : at + 2] in surnames.COMPOUND:
            continue
        if at and s[at - 1 : at + 1] in surnames.COMPOUND:
            return at - 1
        if length == 1 and s[at] in "祝谢任" and s[at + 1] in surnames.SURNAMES:  # 祝陈书记
            continue
        plain = s[at] in surnames.SURNAMES and not surnames.begins_word(s[at : at + 2])
        if plain and not (at and surnames.ends_word(s[at - 1 : at + 1])):
            return at
    return None


def _dotted_start(s: str, end: int) -> int | None:
    """Where 买买提江·吐尔逊 begins before a title: behind the last word that is not part of such names."""
    begin = end
    while begin > max(0, end - 22) and (_is_han(s[begin - 1]) or s[begin - 1] == "·") and s[begin - 1] not in _CUTS:
        begin -= 1
    name = s[begin:end]
    return begin if "·" in name[1:-1] and name[0] != "·" and not set(name) & (_PLACES - {"里"}) else None


def every_name(s: str, names: set[str]) -> Iterator[tuple[int, int, str]]:
    """Every mention of ``names`` as (start, end, replacement) of what is to go; the surname stays: 王[建国→某某]."""
    lengths: dict[str, set[int]] = {}
    for name in names:
        lengths.setdefault(name[0], set()).add(len(name))
    for start, sign in enumerate(s):
        for length in lengths.get(sign, ()):
            end = start + length
            name = s[start:end]
            if len(name) < length or name not in names:
                continue
            if _is_han(name[0]):
                kept = 2 if name[:2] in surnames.COMPOUND and length > 2 else 1
                yield start + kept, end, "某" * min(length - kept, 2)
            elif not (_is_latin(s[start - 1 : start]) or _is_latin(s[end : end + 1])):
                yield start, end, "某某"


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
