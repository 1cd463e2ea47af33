"""The title of a matter: what is wrong and where, out of what people write or say first.

In goes a text whose private details are masked already; out comes its first clause that says something, without the greeting, without
"章女士来电反映，", and without the signs of masking, which nobody can read aloud. Rules only: what comes out can be explained and tested.
"""

import re

LENGTH = 40
# A title of so many signs says enough; a shorter clause takes the next one along.
ENOUGH = 10
# Where the first clause names no place, the next one may, up to so many signs together.
WITH_PLACE = 26
# All that is looked at: a title comes from the first sentences.
LOOKED_AT = 400
UNSAID = "居民反映的事"

_HAN = "㐀-䶿一-鿿𠀀-𿿿"
_WHO = (
    r"(?:来电人|来访人|反映人|诉求人|当事人|来访居民|居民代表|热心市民|热心居民|[有多几]?位?(?:市民|居民|群众|业主|住户|村民|网友))?"
    rf"(?:(?:某某?|[{_HAN}]|\*+)(?:某|女士|先生|小姐|阿姨|大爷|大妈|大叔|大娘|奶奶|爷爷|师傅|老师|同志|婆婆|老人){{1,4}}|某某)?"
)
_HOW = (
    r"(?:再次|多次|又|今天|昨天|刚才)?(?:来电(?!人)|来访(?![人居])|致电|打电话|打来电话|来信|[到来](?:社区|窗口|村委会?|街道|大厅|办公室))"
    r"{1,2}(?:来?(?:反映|投诉|咨询|求助|询问|称|说|表示|诉说)+|(?=[，,：:]))(?:[，,]说)?"
)
_OPENINGS = tuple(
    re.compile(rf"(?:{one})", re.IGNORECASE)
    for one in (
        r"尊敬的.{1,8}?[，,：:！!]",
        r"(?:[你您]们?|大家|各位?|早上|上午|中午|下午|晚上)好+[啊呀]?(?=[，,、！!：:\s]|我|$)",
        rf"[{_HAN}]{{0,6}}?的?(?:领导|同志|老师|师傅|书记|主任|站长|网格员|工作人员)们?(?:[你您]们?好|好(?=[，,、！!：:\s啊呀]|$))[啊呀]?",
        r"(?:hello|hi|good (?:morning|afternoon|evening)|dear [a-z ]{1,20}?)(?=[,!.:])",
        r"(?:我们?)?(?:又|再次?)?[来要想]*(?:反映|投诉|举报|咨询|请教|问|说|求助)(?:一?[下个件]+)(?:这个)?(?:事情|事儿|事|问题|情况)?",
        r"(?:我们?)?(?:又|再次?)?[来要想]*反映(?:事情|问题|情况)?(?=[，,：:])",
        r"又来反映(?:了)?",
        r"(?:麻烦|劳驾|拜托|请)(?:[你您]们?)?(?:来?帮忙?)?(?:来)?(?:看|问|查|管)(?:一?[下看])(?=[，,：:\s])",
        r"(?:请问|想问)(?:一下)?(?:这个?|这事)?(?:有人|谁|归谁|哪个部门)(?:来)?管(?:不管|一管|管|事)?吗?(?=[？?，,：:]|$)",
        r"(?:请问|想问|打扰|打搅)(?:一下|了)?[，,：:]?",
        r"(?:\d{1,2}|[一二三四五])[.、)）](?!\d)",
        r"(?:事情|情况)?是?(?:这样的?|如下)(?=[，,：:])",
        rf"{_WHO}{_HOW}[，,：:]?",
        rf"{_WHO}(?:再次|多次|又)?来?(?:反映|称|说|诉称|投诉|求助|表示)[，,：:]",
    )
)
_SELF = re.compile(
    r"我们?(?:就?是|家?住在?)(?P<where>[^，,。：:\s]{0,16}?)的?(?:一名|一个|普通)?(?:居民|业主|住户|租户|租客|村民|家长|老人)?[，,]"
)
_PLACE = re.compile(
    rf"\d+(?:号|栋|幢|座|单元|楼|组)|[{_HAN}]{{2}}(?:[街巷弄里路道河渠桥沟村组社湾坝坡坎岩校园院厂店城郡府苑居寓厦馆场口站]"
    r"|小区|宿舍|街坊|家园|花园|华庭|公馆|小学|中学|幼儿园|市场|车库|电梯|楼道)"
)
# A clause that ends so goes on in the next.
_HALF = re.compile(r"(?:时候?|以?后|以前|之[前后]|说是?|因为|由于|要是|如果|[，,]?到现在)$")
_COURTEOUS = re.compile(
    r"(?:谢谢[你您大家们]*|多谢|拜托了?|麻烦了?|辛苦[你您们了]*|盼(?:望)?(?:早日)?回复|请?尽快(?:处理|解决)|急+|在线等|打扰了)[！!～~]*"
)
_ENDS = re.compile(r"[。！？!?；;\n…]+|(?<=[A-Za-z])\.(?=\s|$)")
# People who type without commas put a blank between two clauses; between Latin words it is only a blank.
_STOPS = re.compile(rf"[，,：:]+\s*|(?<=[{_HAN}\d])\s+(?=[{_HAN}\d])")
_EDGE = " \t　，,、：:·-—~～"
# A dwelling that was masked is not missed after its building: 3栋***漏水 is 3栋漏水. Other stars are a word that can be read aloud.
_NEEDLESS = re.compile(r"(?<=[栋幢座楼层号元])\s*\*{3,}(?:号|室)?|[（(]\s*\*{3,}\s*[）)]")
_STARS = re.compile(r"\*{3,}")


def public_title(text: str) -> str:
    """Return the title of a masked text: at least one sign, at most forty, no greeting, no stars."""
    said = _readable(text[:LOOKED_AT])
    parts = [part.strip(_EDGE) for part in _ENDS.split(said)]
    kept = [_without_openings(part) for part in parts]
    said_something = (part for part in kept if len(part) >= 4 and not _COURTEOUS.fullmatch(part))
    found = next(said_something, "") or max(kept, key=len) or max(parts, key=len)
    return _short(_told(found)).strip() or UNSAID


def _readable(text: str) -> str:
    """A text without the stars of masking: 3栋***漏水 is 3栋漏水, 电话*** is 电话某某."""
    return _STARS.sub("某某", _NEEDLESS.sub("", text))


def _without_openings(part: str) -> str:
    """A sentence without what people say before they come to it; as it was where nothing else is said in it."""
    rest = part
    for _round in range(4):
        before = rest
        for opening in _OPENINGS:
            if found := opening.match(rest):
                rest = rest[found.end() :].strip(_EDGE)
        if found := _SELF.match(rest):
            where = found["where"] if _PLACE.search(found["where"]) else ""
            rest = where + rest[found.end() :].strip(_EDGE)
        if rest == before:
            break
    return rest


def _told(sentence: str) -> str:
    """The first clauses of a sentence, until they say enough, and where."""
    stops = [*((found.start(), found.end()) for found in _STOPS.finditer(sentence)), (len(sentence), len(sentence))]
    told, last = "", 0
    for start, end in stops:
        clause, joint = sentence[last:start].strip(_EDGE), "，" if told else ""
        last = end
        if not clause or _COURTEOUS.fullmatch(clause):
            continue
        if len(told) >= ENOUGH and not _HALF.search(told):
            # one clause more, and only for the place
            more = f"{told}{joint}{clause}"
            return more if not _PLACE.search(told) and _PLACE.search(clause) and len(more) <= WITH_PLACE else told
        if told and len(told) + len(clause) >= LENGTH:
            return told
        told += joint + clause
    return told


def _short(title: str) -> str:
    return title if len(title) <= LENGTH else title[: LENGTH - 1].rstrip(_EDGE) + "…"
