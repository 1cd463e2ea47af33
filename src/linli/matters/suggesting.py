"""What a resident's words point to: a category with the words that were found, and whether there is danger. A person decides.

Rules only: the words stand in the catalogue's version in force, so that what is proposed can be explained and changed on a page.
"""

import dataclasses

from linli.kernel.text import for_search
from linli.matters import catalogue
from linli.matters.catalogue import Catalogue, Rule

MOST = 3
# Below this share of all found words a category is not proposed: the page then says that it does not know.
ENOUGH = 0.5
# A further category must be nearly as likely: one word that stands in many texts (老人) proposes none beside a better one.
LEAST = 0.35
LONGEST = 2000

# Words after which help comes by telephone, not by a form.
DANGER = [
    "着火",
    "起火",
    "失火",
    "火灾",
    "冒烟",
    "浓烟",
    "爆炸",
    "煤气味",
    "燃气味",
    "燃气泄漏",
    "煤气泄漏",
    "天然气泄漏",
    "漏气",
    "液化气",
    "触电",
    "漏电",
    "电线掉",
    "电线垂",
    "塌",
    "坍",
    "坠落",
    "掉下来砸",
    "困在电梯",
    "电梯困人",
    "被困",
    "困住",
    "受伤",
    "伤人",
    "摔伤",
    "流血",
    "昏迷",
    "晕倒",
    "没有呼吸",
    "心脏病",
    "溺水",
    "落水",
    "掉进",
    "轻生",
    "自杀",
    "跳楼",
    "中毒",
    "打人",
    "打架",
    "持刀",
    "砍人",
    "家暴",
    "fire",
    "smoke",
    "gas",
    "electrocuted",
    "trapped",
    "injured",
    "bleeding",
    "unconscious",
    "drowning",
    "collapsed",
    "explosion",
    "suicide",
    "knife",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Suggestion:
    """A category, the words it went by, and how much of all that was found speaks for it (0 to 1)."""

    rule: Rule
    words: tuple[str, ...]
    confidence: float


def suggest(text: str, book: Catalogue | None = None) -> list[Suggestion]:
    """Return the likely categories for a text, most likely first; empty where no word of the catalogue is in it, or none stands out.

    ``book``: the version of the catalogue whose words count, the one in force unless said.
    """
    said = for_search(text[:LONGEST])
    scores: list[tuple[int, Rule, tuple[str, ...]]] = []
    for rule in (book or catalogue.in_force()).rules.values():
        found = [word for word in rule.words if for_search(word) in said]
        # 电梯故障 says 电梯 too: only the longest of words inside each other counts
        telling = tuple(word for word in found if not any(word != other and word in other for other in found))
        if telling:
            scores.append((sum(map(len, telling)), rule, telling))
    if not scores:
        return []
    total = sum(score for score, _rule, _words in scores)
    scores.sort(key=lambda row: (-row[0], row[1].category_id))
    ranked = [Suggestion(rule, words, round(score / total, 2)) for score, rule, words in scores[:MOST]]
    return [one for one in ranked if one.confidence >= LEAST] if ranked[0].confidence >= ENOUGH else []


def dangers(text: str) -> list[str]:
    """Return the words of a text that speak of danger to somebody."""
    said = for_search(text[:LONGEST])
    return [word for word in DANGER if word in said]
