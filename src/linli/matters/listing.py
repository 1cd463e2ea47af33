"""What the lists of cases know of matters: by category and how they came in, and what their reporters answered."""

from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from linli.matters import catalogue
from linli.matters.enums import Channel
from linli.procedures.registry import Facet, column, date_of, facet

date_of("rated", "matter__rated_at")


@column("channel", "matter__channel")
def channel_words(value: str) -> str:
    """Return how a matter came in, in words."""
    return str(Channel(value).label) if value in Channel.values else ""


def _categories() -> list[tuple[str, str]]:
    english = (get_language() or "").startswith("en")
    rules = catalogue.in_force().rules.values()
    return [(rule.key, (rule.name_en if english else "") or rule.name) for rule in rules]


facet(
    Facet(
        key="category",
        label=gettext_lazy("类别"),
        choices=_categories,
        condition=lambda key: Q(matter__category__key=key),
    )
)
facet(
    Facet(
        key="channel",
        label=gettext_lazy("来源"),
        choices=lambda: [(value, str(label)) for value, label in Channel.choices],
        condition=lambda value: Q(matter__channel=value),
    )
)

ANSWERS = {
    "any": Q(matter__rated_at__isnull=False),
    "reached": Q(matter__reached=True),
    "not_reached": Q(matter__reached=False),
    "settled": Q(matter__settled=True),
    "not_settled": Q(matter__settled=False),
    "satisfied": Q(matter__satisfied__gte=4),
    "not_satisfied": Q(matter__satisfied__lt=4),
}
facet(
    Facet(
        key="rating",
        label=gettext_lazy("评价"),
        choices=lambda: [
            ("any", _("评价过的")),
            ("reached", _("联系到了")),
            ("not_reached", _("没有联系到")),
            ("settled", _("解决了")),
            ("not_settled", _("没有解决")),
            ("satisfied", _("满意和非常满意")),
            ("not_satisfied", _("一般和不满意")),
        ],
        condition=lambda value: ANSWERS[value],
        offered=False,
    )
)
facet(
    Facet(
        key="level",
        label=gettext_lazy("在哪一级办好"),
        choices=lambda: [("6", _("网格")), ("5", _("社区")), ("4", _("街道")), ("3", _("区县")), ("2", _("市"))],
        condition=lambda value: Q(matter__settled_level=int(value)),
        offered=False,
    )
)
