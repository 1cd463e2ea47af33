"""Finding house numbers that say who lives there, in the shadow of a text (see ``masking``).

A house of a village or a hamlet is one household. In a street the number stays, for without it nobody finds the lamp,
unless the text tells of somebody there who is old, ill, poor or alone.
"""

import re
from collections.abc import Iterator

from linli.matters.masking_numbers import Find

_CN = "一二三四五六七八九十百零〇两"
_MORE = r"(?:附[0-9]{1,3}号)?"
_HOUSE = re.compile(
    rf"(?P<n>[0-9](?<![0-9A-Za-z.第#〕\])-].)[0-9]{{0,3}}(?:-[0-9]{{1,3}})?|[{_CN}](?<![{_CN}第].)[{_CN}]{{0,4}}) ?号{_MORE}"
    # no house at all: 3号线, [2018]160号, 5号电梯, 34号文件
    r"(?![楼栋幢线窗柜厅库桌床机站铺店摊井令文件]|路(?![上边口])|地[块铁]|台(?!阶)|公交|通知|院(?!子)|门(?![前口外旁边牌的])|单元|电梯|病房)"
)
_NO_DAY = re.compile(
    rf"[4-9][0-9]|3[2-9]|[0-9]{{3,4}}|[0-9]{{1,4}}-|[四五六七八九]十|三十[二三四五六七八九]|[{_CN}]{{0,2}}百"
)
# What makes of a number up to 31 a day: 12号停水, 15号开始, 3号之前.
_DAY = re.compile(
    r"[日早晚开停起到至-]|[上中下]午|凌晨|[之以]?[前后]|左右|当[天晚]|就|又|才|已|通知|通过|体检|发放|召开|举行"
)
_DAY_BEFORE = re.compile(r"(?:[月到至从于]|每月|本月|上月|这个月|星期|周)\Z")

_HAMLET = re.compile(
    r"(?:院子|田坝|屋场|大屋|老屋|坎[上下]|竹林边|水井边|岩脚|塘边|湾里|坝上|坝子|坪上|沟[里边]|垭口|祠堂边) ?\Z"
)
_VILLAGE = re.compile(r"[村屯寨湾坝坪坳垭冲塘垸]\Z|(?:大院|家[沟坡岭岗洼圩]) ?\Z")
_ROAD = re.compile(r"[路街巷道弄] ?\Z")
_LIVES = re.compile(r"(?:住|家在|家是|我家|他家|她家|走访|慰问|看望|探望|入户|上门|帮扶|独居|老人)[^\n。;!?,]{0,12}\Z")

# Who is not to be found by the number of a house, without the places that are for them: 老人活动室.
_WHO = (
    r"老人(?![院机卡证]|活动|之家|协会|食堂|公寓|大学|年活动)|老太|老汉|老头|老两口|老伴|老爷|老大[爷娘妈]|奶奶|爷爷|大爷|大娘|大妈|婆婆|阿婆|"
    r"独居|空巢|孤寡|孤儿|孤老|留守|失能|失独|失智|痴呆|残疾|残障|聋|盲人|高龄|瘫|卧床|病人|病重|重病|大病|癌|尿毒症|透析|精神|抑郁|轻生|"
    rf"低保|五保|特困|困难户|困难家庭|困境|生活困难|家庭困难|贫困|没了工作|没有工作|没工作|失业|下岗|独自|[一独]个?人在家|一个人[住过生]|"
    rf"(?:[0-9]{{1,3}}|[{_CN}]{{1,4}}) ?多?岁|孕妇|产妇|单亲|寡妇|家暴|刑满|戒毒|摔[了倒断伤]"
)
_WHO_DIRECT = re.compile(
    rf"(?:的|里面?|家[里中]?|那|有|住着|住了?|院子?里?|一|两|[位个名户对家]| ){{0,6}}(?:{_WHO}|病|困难)"
)
# Not beyond the next clause but one, and not beyond the sentence.
_WHO_BEHIND = re.compile(rf"[^\n。;!?]{{0,30}}?(?:{_WHO}|孩子|小孩|困难)")
_WHO_BEFORE = re.compile(rf"(?:{_WHO})[^\n。;!?]{{0,16}}\Z")


def houses(s: str) -> Iterator[Find]:
    if "号" not in s:
        return
    for match in _HOUSE.finditer(s):
        start, end = match.span()
        if _hides_somebody(s, start, end):
            yield start, end, "dwelling"


def _hides_somebody(s: str, start: int, end: int) -> bool:
    """Whether the house number from ``start`` to ``end`` is a village's, or somebody's who needs protection."""
    before = s[max(0, start - 24) : start]
    no_day = _NO_DAY.match(s, start) is not None
    if not no_day and (_DAY.match(s, end) or _DAY_BEFORE.search(before)):
        return False
    if _HAMLET.search(before) or (no_day and _VILLAGE.search(before)) or _WHO_DIRECT.match(s, end):
        return True
    lives = _LIVES.search(before) is not None
    placed = lives or (not _ROAD.search(before) and (no_day or _VILLAGE.search(before) is not None))
    return placed and bool(_WHO_BEHIND.match(s, end) or _WHO_BEFORE.search(before))
