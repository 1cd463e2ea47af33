"""Finding personal names by the cues before and the titles behind them: 我叫王建国, 业主王建国, 王建国女士.

Surnames alone say little (高空, 马上, 周边), so a name counts only behind or before a cue, where it can end, and where
it is not the beginning of an ordinary word. A text in which a name was found is searched for its other mentions.
Names without such a cue are the matter of ``masking_bare``. All work on the shadow of a text (see ``masking``).
"""

import re
from collections.abc import Iterator

from linli.matters import surnames
from linli.matters.masking_dotted import dotted_at, dotted_before, is_dotted
from linli.matters.masking_words import FIRM, FIRM_WORD, MAY_FOLLOW, PLACES, TITLE, TITLED, follows, is_han

# Behind the first a name follows for certain, behind the second nearly so, behind the others often.
_CERTAIN = re.compile(r"(?:我名?叫|本人叫|姓 ?名[:是为叫]) ?[:是为叫]? ?")
_SURE = re.compile(r"(?:人|署名|落款|签名) ?: ?")
_OFFICIALS = "|".join(f"{office}长" for office in "局厅科处校")
_ROLE = re.compile(
    r"(?:业主(?<!物业主)|住户|户主|房主|居民|村民|租户|租客|房东|邻居|职工|员工|患者|病人|死者|伤者|司机|车主|店主|学生|考生|"
    r"家长|教师|党员|代表|网格员|干事|法人|联系人|经办人|当事人|申请人|负责人|承包人|投诉人|反映人|举报人|上访人|信访人|来访人|来电人|"
    r"求助人|嫌疑人|受害人|报警人|监护人|收款人|证人|被告|原告|儿子|女儿(?<!妇女儿)|孙子|孙女|丈夫|妻子|老公|老婆|老伴|父亲|母亲|爸爸?|"
    r"妈妈?|弟弟|妹妹|哥哥|姐姐|岳父|岳母|小孩|孩子|我儿子?|我女儿?|我是|我名|本人|名叫|姓名|名字[是叫为]|敬礼|书记|主任|经理|老师|医生|"
    rf"师傅|律师|警官|教授|老板|护士|{_OFFICIALS})[ :!。]{{0,2}}"
)
# Behind these, names are those of the weak; ordinary words follow as often: 老人[时间多], so the name must look like one.
_PERSON = re.compile(
    r"(?:老人|老年人|残疾人|低保户|五保户|特困户|贫困户|困难户|脱贫户|孤儿|儿童|老兵|军人|孕妇|产妇|精神病人|同志|之[子女妻夫母父]|"
    r"大爷|大妈|大娘|大叔|大伯|大姐|大哥|奶奶|爷爷|叔叔|婆婆|阿姨|岁的?|号楼的?|栋[的 ]?|幢[的 ]?|单元的|"
    r"室的?|楼上的?|楼下的?|隔壁的?|对门的?|\*\*\*[的 ]?|客服|保安|工作人员|男子|女子|的是|人是)"
)
# 张先生（张伟）, 来电人（张伟）
_ASIDE = re.compile(rf"(?:{TITLE}|人|主|户)\((?=[^()]{{2,10}}\))")
_CALLED = re.compile(r"叫做?(?=[^\s的,。]{2,4}(?:的|[^\w*]|\Z))")
_NICKNAME = re.compile(r"叫做?(?P<m>[小阿][^\W\d_a-zA-Z某])(?=[^\w*]|\Z)")
# Surnames that are more often the verb, adverb or preposition.
_DOUBTFUL = frozenset("曾何任于方高安常余许祝谢施管")
# Double surnames that are more often places: 东方红街道, 西门口.
_TWOFOLD = frozenset({"东方", "西门", "南宫", "百里", "上官"})
_ALL_SURNAMES = surnames.SURNAMES | surnames.RARE_SURNAMES
_FIRST = surnames.SURNAMES | {name[0] for name in surnames.COMPOUND}
# Characters that given names do not have, or not at their end.
_NOT_GIVEN = frozenset(
    "的了着过吗呢吧啊呀嘛们个这那哪什么怎谁你我他她它很没把被给您啥咱姓是在跟与或及枪杀于两位后区县市镇乡街巷弄栋幢层室户"
    "厂店局所站部处委课班买卖漏堵脏坏臭吵拆赔诉举罚副总"
)
_NOT_SECOND = frozenset("住说称于从将因向也就都已又还不要等及去叫你我他村组队楼号院苑府校社馆员口边内外间场能时")
_UNSAID = frozenset(
    {"不详", "未知", "保密", "匿名", "同上", "本人", "物业", "业主", "社区", "网友", "市民", "居民", "群众"}
)
_JOINED = re.compile(r"、 ?|和|与|及| (?=[^ ]{2,3}(?:[ 、,。;0-9]|\Z))")


def _ends(s: str, at: int) -> bool:
    """Whether a name may end at ``at``."""
    return at >= len(s) or not is_han(s[at]) or s[at] in MAY_FOLLOW or follows(s, at)


def _given(s: str, start: int, end: int) -> bool:
    """Whether the characters can be a given name of one or two characters."""
    return end <= len(s) and _NOT_GIVEN.isdisjoint(s[start:end]) and is_han(s[start:end])


def _name_at(s: str, at: int, *, sure: bool = False, rare: bool = False) -> int | None:
    """The end of the personal name that begins at ``at``, or None.

    ``sure``: the cue leaves little doubt that a name follows, so it need not be seen where it ends; ``rare``: surnames
    count that are ordinary words elsewhere.
    """
    if is_dotted(s, at):
        return dotted_at(s, at)
    surname = 2 if s[at : at + 2] in surnames.COMPOUND else 1
    if surname == 1 and s[at : at + 1] not in (_ALL_SURNAMES if rare else surnames.SURNAMES):
        return None
    given = at + surname
    sure = sure and s[at:given] not in _TWOFOLD
    if follows(s, given):
        return None
    word = surname == 1 and surnames.begins_word(s[at : at + 2])
    for length in (2, 1):
        end = given + length
        if not _given(s, given, end) or not _ends(s, end):
            continue
        if length == 2 and (s[end - 1] in _NOT_SECOND or follows(s, end - 1)):
            continue
        closed = end >= len(s) or not is_han(s[end])
        if s[at] in _DOUBTFUL and not (closed or sure or follows(s, end)):
            continue
        if word and not (closed and (rare or (length == 2 and (sure or _soft(s[given:end]))))):
            continue
        return end
    if not sure or word or not _given(s, given, given + 1):
        return None
    second = given + 1
    return second + (_given(s, second, second + 1) and s[second] not in _NOT_SECOND and s[second] not in MAY_FOLLOW)


def _soft(given: str) -> bool:
    """王家明, 王国强: the first two characters are a word, yet common in names; 王家湾 is a place."""
    return given[0] in "家国子明华山海金兴正" and given[1] not in PLACES


def looks_like_name(s: str, at: int, end: int) -> bool:
    """Whether the whole is a name by each of its characters: 张桂兰, not 安全, 黄金周, 张先生."""
    surname = 2 if s[at : at + 2] in surnames.COMPOUND else 1
    if surname == 1 and (s[at : at + 1] not in surnames.SURNAMES or surnames.begins_word(s[at : at + 2])):
        return False
    given = at + surname
    return 1 <= end - given <= 2 and surnames.GIVEN.issuperset(s[given:end]) and not follows(s, given)


def likely_at(s: str, at: int) -> int | None:
    """The end of what looks like a name and no place: 张桂兰摔倒, not 安全出口, 梅花山庄."""
    if s[at : at + 1] not in _FIRST:
        return None
    surname = 2 if s[at : at + 2] in surnames.COMPOUND else 1
    for length in (2, 1):
        end = at + surname + length
        if end > len(s) or not looks_like_name(s, at, end) or FIRM.match(s, end):
            continue
        if length == 2 and (
            follows(s, end - 1) or FIRM_WORD.match(s, end - 1) or s[end - 1 : end + 1] in surnames.WORDS
        ):
            continue
        if (length == 1 or s[at] == "于") and not _ends(s, end):
            continue
        if length == 1 and s[at] in _DOUBTFUL:
            continue
        return end
    return None


def cued_names(s: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each full name that a cue before or a title behind it gives away."""
    seen: set[int] = set()
    for cues in (_CERTAIN, _SURE, _ROLE, _ASIDE, _CALLED):
        for match in cues.finditer(s):
            start = match.end()
            end = _name_at(s, start)
            if end is None and cues is _CERTAIN and match[0].startswith("姓"):
                end = _unlisted_name(s, start)
            if end is None and cues in (_CERTAIN, _SURE):
                end = _name_at(s, start, sure=True, rare=cues is _CERTAIN)
            if end is None and cues is _ROLE:
                end = likely_at(s, start)
            while end is not None and start not in seen:
                seen.add(start)
                yield start, end
                join = _JOINED.match(s, end)
                if join is None:
                    break
                start, end = join.end(), _name_at(s, join.end(), sure="、" in join[0])
    for match in _PERSON.finditer(s):
        end = likely_at(s, match.end())
        if end is not None:
            yield match.end(), end
    for match in TITLED.finditer(s):
        begin = _name_before(s, match.start())
        if begin is not None:
            yield begin, match.start()
    for match in _NICKNAME.finditer(s):
        yield match.start("m"), match.end("m")


def _unlisted_name(s: str, at: int) -> int | None:
    """Behind 姓名: whatever stands alone is the name: 阿依古丽, 张 三."""
    end = at
    while end < len(s) and end - at < 5 and is_han(s[end]):
        end += 1
    if s[end : end + 1] in ("某", "*"):  # masked before
        return None
    if end - at == 1 and s[end : end + 1] == " " and _given(s, end + 1, end + 2) and not _given(s, end + 2, end + 3):
        return end + 2
    whole = 2 <= end - at <= 4 and s[at:end] not in _UNSAID and not surnames.begins_word(s[at : at + 2])
    return end if whole and not TITLED.search(s, at, end) else None


def _name_before(s: str, end: int) -> int | None:
    """The start of the full name that ends where a title begins, or None (王先生 has no given name to mask)."""
    if "·" in s[max(0, end - 11) : end - 1]:
        return dotted_before(s, end)
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


def every_name(s: str, names: set[str]) -> Iterator[tuple[int, int, str]]:
    """Every mention of ``names`` as (start, end, replacement) of what is to go; the surname stays: 王[建国→某某]."""
    lengths: dict[str, set[int]] = {}
    for name in names:
        lengths.setdefault(name[0], set()).add(len(name))
    for start in [start for start, sign in enumerate(s) if sign in lengths]:
        for length in lengths[s[start]]:
            end = start + length
            name = s[start:end]
            if len(name) < length or name not in names:
                continue
            if is_han(name[0]):
                kept = 2 if name[:2] in surnames.COMPOUND and length > 2 else 1
                yield start + kept, end, "某" * min(length - kept, 2)
            elif not (_is_latin(s[start - 1 : start]) or _is_latin(s[end : end + 1])):
                yield start, end, "某某"


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
