"""Finding accounts, e-mail addresses, numbers of papers and plates in the shadow of a text (see ``masking``).

Each finder yields what it finds as (start, end, kind).
"""

import re
from collections.abc import Iterator

from linli.matters.masking_numbers import Find

# Letters are written both ways rather than with IGNORECASE, and every alternative begins with a letter of its own: a
# pattern whose first character is known is much faster.
_BROKEN = r"[^\w\n]{0,2}信"
_MESSENGER = (
    rf"微{_BROKEN}|薇{_BROKEN}|威{_BROKEN}|徽{_BROKEN}|V信|v信|W[Ee][Cc][Hh][Aa][Tt]|w[Ee][Cc][Hh][Aa][Tt]|W[Ee][Ii][Xx][Ii][Nn]|"
    r"w[Ee][Ii][Xx][Ii][Nn]|扣扣|加V|加v|加我V|加我v|加我薇|加薇|加威|加微|V(?<![A-Za-z].)[Xx]|v(?<![A-Za-z].)[Xx]|W(?<![A-Za-z].)[Xx]|"
    r"w(?<![A-Za-z].)[Xx]|Q(?<![A-Za-z].)[Qq]|q(?<![A-Za-z].)[Qq]|V(?<![A-Za-z].)(?=:)|v(?<![A-Za-z].)(?=:)"
)
# These stand before numbers of other kinds too, so an account counts when it is called one or looks like one.
_PLATFORMS = ("抖音", "快手", "钉钉", "小红书", "支付宝", "微博", "闲鱼", "陌陌", "飞书", "视频号", "企鹅")
_SOCIAL = re.compile(
    rf"(?:{_MESSENGER}|{'|'.join(_PLATFORMS)})"
    r"(?P<cue>(?:号码|账号|帐号|群号|号|群|[Ii][Dd])?(?:[是为=]|[^\w,;.!?。、\n-]){0,4})"
    r"(?P<m>[A-Za-z][-_A-Za-z0-9]{5,19}|[0-9]{5,12})(?![-_A-Za-z0-9元块万])"
)
# Five of these together is the least that an account, an address or a number of papers has.
_FIVE = re.compile(r"[0-9A-Za-z][-_.0-9A-Za-z@%+]{4}")
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-](?<![\w.%+-].)[A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}", re.ASCII
)
_PAPER = re.compile(
    r"(?:护照|通行证|居住证|台胞证|回乡证|身份证|证件)(?:号码|号)?[:是为 ]{0,3}(?P<m>[A-Za-z]{0,2}[0-9]{6,12})(?![0-9])"
)

# 社保卡号12345678901: these have no shape of their own, so the word before must say card, paper or number.
_CARD = re.compile(
    r"(?:社保|医保|社会保障|社会保险|医疗保险|公积金|就诊|残疾|低保|优待|老年|退休|驾驶)"
    r"(?:卡|证|账|编|个人){0,2}(?:号码|号|卡|证)[:是为( ]{0,3}(?P<m>[A-Za-z]{0,2}[0-9](?:[ -]?[0-9]){5,19}[Xx]?)(?![0-9元])"
)


def accounts(s: str) -> Iterator[Find]:
    for match in _CARD.finditer(s):
        yield *match.span("m"), "identity"
    if not _FIVE.search(s):
        return
    for match in _SOCIAL.finditer(s):
        account, cue = match["m"], match["cue"]
        called = ":" in cue or "号" in cue
        if match[0].startswith(_PLATFORMS) and not called:
            sure = not account.isdigit() and bool(set(account) & set("0123456789_-"))
        elif account.isdigit():
            sure = len(account) > 5 or match[0][0] in "Qq扣"
        else:
            sure = called or bool(set(account) & set("0123456789_-"))
        if sure:
            yield *match.span("m"), "social"
    if "@" in s:
        for match in _EMAIL.finditer(s):
            yield *match.span(), "email"
    for match in _PAPER.finditer(s):
        yield *match.span("m"), "identity"


# --- plates -------------------------------------------------------------------------------------------------

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼新"
_SIGN, _GAP = "[A-Za-z0-9]", "[ ·.-]?"
_PLATE = re.compile(
    # 最新A…, 阿里云A… and 新GB… are no plates
    rf"[{_PROVINCE}](?<![最更全创革崭]新)(?<!里云)(?!GB){_GAP}[A-Za-z][ ·.-]{{0,2}}"
    rf"(?P<m>{_SIGN}(?:{_GAP}{_SIGN}){{5}}|{_SIGN}(?:{_GAP}{_SIGN}){{3}}{_GAP}(?:{_SIGN}|[挂学警港澳领]))(?![A-Za-z0-9])"
)
_PLATE_CUED = re.compile(
    r"(?:车牌|牌照)(?:号码|号)?[:是为 ]{0,3}(?P<m>[A-Za-z]?·?(?=[A-Za-z]{0,3}[0-9])[A-Za-z0-9]{5,6})(?![A-Za-z0-9])"
)
_PLATE_POLICE = re.compile(rf"[Ww](?<![A-Za-z0-9].)[Jj] ?[{_PROVINCE}]?[ ·.-]?[0-9]{{4,5}}[A-Za-z]?(?![A-Za-z0-9])")


def plates(s: str) -> Iterator[Find]:
    for match in _PLATE.finditer(s):
        # Any letters, as a plate is also mistyped; behind 新 stands the name of a product too: 新iPhone6.
        if sum(map(str.isdigit, match["m"])) > (match[0][0] == "新"):
            yield *match.span(), "plate"
    for pattern in (_PLATE_CUED, _PLATE_POLICE):
        for match in pattern.finditer(s):
            yield *match.span("m" if pattern is _PLATE_CUED else 0), "plate"
