"""Finding personal names that no cue stands before, by what follows or surrounds them: 王建国反映, 李秀英，女，67岁.

They must look like a name by each of their characters (``names.likely_at``), or what follows must leave no doubt. All
work on the shadow of a text (see ``masking``).
"""

import re
from collections.abc import Iterator

from linli.matters import surnames
from linli.matters.masking_names import likely_at, looks_like_name
from linli.matters.masking_words import FIRM, HAN, TITLE

_FIRST = f"[{''.join(sorted(surnames.SURNAMES))}{''.join(sorted({name[0] for name in surnames.COMPOUND}))}]"
_GIVEN = f"[{''.join(sorted(surnames.GIVEN))}]"
_NEXT = f"[{''.join(sorted(surnames.GIVEN))}{''.join(sorted({name[1] for name in surnames.COMPOUND}))}]"
# Not in the middle of a word: 的, 和 … may stand before.
_ALONE = r"(?<![^\W的和与跟找由请对让给被向是及、].)"
_GENDER = r"[,、( ]{1,2}[男女](?=[性,、)0-9 ]|\Z)"
_PHONE = r"[ :(,]{0,2}(?:联系)?(?:电话|手机)?[:是]?[ (]?(?:\*\*\*|1[3-9][0-9][0-9 .-]{8,12})"
_TOLD = re.compile(
    rf"{_FIRST}{_ALONE}{_NEXT}{{1,3}}(?=反映|来电|致电|投诉|举报|来访|来信|诉称|报称|联名|求助|咨询|表示|报警|申请|要求|家[的里住漏]|"
    rf"住在|今年|现年|夫妇|之[子女妻夫母父]|\([^()]{{0,6}}(?:{TITLE}|[员人户民主])\)|{_PHONE}|[,、 ]身份证)"
)
_GENDERED = re.compile(rf"{_FIRST}(?:{_NEXT}{{1,3}}(?={_GENDER})|{_ALONE}{HAN}{{1,2}}(?=[,(][男女][,0-9]))")
_TITLED = re.compile(rf"{_FIRST}{_NEXT}{{1,3}}(?=老人|小朋友|同志|夫妇|同学)")
_LISTED = re.compile(rf"{_FIRST}{_ALONE}(?:{_NEXT}|人){{1,3}}(?:、{_FIRST}(?:{_NEXT}|人){{1,3}}){{1,20}}")
_LIST_ENDS = re.compile(r"联名|等|[0-9两三四五六七八九十]{1,3}[户人位]|反映|投诉|要求|签[名字]|的?证言")
# At the beginning of a clause or behind a word that takes a person, three such characters are a name more often than not.
_THREE = re.compile(rf"{_FIRST}(?<![^\W找被跟请问和与午晚系帮替向].){_NEXT}{{2}}")
# These begin too many places and firms to count without more.
_PLACENAMES = frozenset("楚关温迟于和江金万华龙苑宫池")
_SPACED = re.compile(rf"{_FIRST}{_ALONE} (?:{_GIVEN} {_GIVEN}|{_GIVEN}{{2}})(?! ?{HAN})")


def bare_names(s: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each full name that what follows it gives away."""
    for pattern in (_TOLD, _TITLED):
        for match in pattern.finditer(s):
            if looks_like_name(s, *match.span()):
                yield match.span()
    for match in _GENDERED.finditer(s):
        if not surnames.begins_word(match[0][:2]):
            yield match.span()
    for match in _THREE.finditer(s):
        end = likely_at(s, match.start())
        if match[0][0] in _PLACENAMES or FIRM.match(match[0][2]):
            continue
        if end is not None and end >= match.end():
            yield match.start(), end
    if "、" in s:
        for match in _LISTED.finditer(s):
            yield from _listed(s, *match.span())
    if " " in s:
        for match in _SPACED.finditer(s):
            if not surnames.begins_word(match[0].replace(" ", "")[:2]):
                yield match.span()


def _listed(s: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The names of 赵德柱、钱小芬、孙立人 when every one looks like one, not of 马鞍山、安庆、武汉."""
    found: list[tuple[int, int]] = []
    for part in s[start:end].split("、"):
        if not looks_like_name(part.replace("人", "仁"), 0, len(part)):  # 孙立人
            return
        found.append((start, start + len(part)))
        start += len(part) + 1
    if _LIST_ENDS.match(s, end) or all(stop - begin > 2 for begin, stop in found):
        yield from found
