"""Reads of the area: public lists and counts, a resident's own matters, what the home page shows."""

from linli.matters.figures import published
from linli.matters.queries.home import Home, home
from linli.matters.queries.lists import (
    GOOD_ENDS,
    PublicPage,
    Wanted,
    blurred,
    by_code,
    counts,
    followed,
    item,
    mine,
    news,
    public,
    public_list,
    spent,
    waiting_for_rating,
    week_before,
    within,
)
from linli.matters.titles import public_title

__all__ = [
    "GOOD_ENDS",
    "Home",
    "PublicPage",
    "Wanted",
    "blurred",
    "by_code",
    "counts",
    "followed",
    "home",
    "item",
    "mine",
    "news",
    "public",
    "public_list",
    "public_title",
    "published",
    "spent",
    "waiting_for_rating",
    "week_before",
    "within",
]
