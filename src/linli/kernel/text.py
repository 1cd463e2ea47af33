"""Cleaning of text that comes from outside."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# C0 and C1 controls but tab and newline; bidirectional overrides that make a text read other than it is stored; the
# non-characters; and lone surrogates, which no database stores.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")

_UNSAVABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str, *, limit: int, field: str = "", lines: bool = True) -> str:
    """Return ``text`` trimmed, with newlines unified; raise ValidationError if it is too long or holds control characters.

    Letters are kept as they came (rare characters, middle dots, spaces inside); ``limit`` counts code points. With
    ``lines=False`` newlines and tabs become spaces.
    """
    if len(text) > limit:
        raise ValidationError(
            _("最多 %(limit)d 个字，现在有 %(count)d 个。") % {"limit": limit, "count": len(text)}, code="too_long"
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _FORBIDDEN.search(text):
        raise ValidationError(_("文字里有无法保存的控制字符，请删除后重试。"), code="control_characters")
    return (text if lines else " ".join(text.split())).strip()


def unsavable(*texts: str) -> bool:
    """Whether one of the texts holds what a database refuses or cannot look for: NUL, half of a surrogate pair."""
    return any(_UNSAVABLE.search(text) for text in texts)


def whole(text: str, *, digits: int = 17) -> int | None:
    """Return the whole number that ``text`` writes in at most so many of the digits 0 to 9, else None.

    Seventeen digits fit every key of a database. ``str.isdigit`` alone lets through ², ٣ and as many digits as somebody likes to send.
    """
    return int(text) if len(text) <= digits and text.isascii() and text.isdigit() else None


def for_search(text: str) -> str:
    """Return ``text`` as it is compared in searches: NFC, then compatibility forms folded, small letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text)).casefold()


def search_tokens(text: str) -> list[str]:
    """Return the words that an index keeps of ``text``: Latin words and numbers whole, Chinese as single characters and pairs.

    Pairs at write time make every two-character word findable without a dictionary (叫 + 电梯 + 梯坏 …); single characters serve
    one-character queries.
    """
    tokens: list[str] = []
    for word in re.findall(r"[a-z0-9]+|[^\W\da-z_]+", for_search(text)):
        if word[0].isascii():
            tokens.append(word)
            continue
        tokens.extend(word)
        tokens.extend(word[i : i + 2] for i in range(len(word) - 1))
    return tokens


def query_tokens(text: str) -> list[str]:
    """Return the tokens that all must be present for ``text`` to match: pairs where there are pairs, else single characters."""
    tokens: list[str] = []
    for word in re.findall(r"[a-z0-9]+|[^\W\da-z_]+", for_search(text)):
        if word[0].isascii() or len(word) == 1:
            tokens.append(word)
        else:
            tokens.extend(word[i : i + 2] for i in range(len(word) - 1))
    return tokens
