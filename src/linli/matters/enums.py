"""Fixed words of the area."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    WEB = "web", _("手机网页")
    HOTLINE = "hotline", _("热线")
    VISIT = "visit", _("来访")
    GRID = "grid", _("网格员发现")
    API = "api", _("接口")


class LinkKind(models.TextChoices):
    MERGE = "merge", _("合并")
    SPLIT = "split", _("拆分")


class PublicState(models.TextChoices):
    """What the public sees: nothing until a person checked the masked text."""

    WAITING = "waiting", _("待核对")
    SHOWN = "shown", _("已公开")
    HIDDEN = "hidden", _("不公开")


class CatalogueStatus(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已生效")
    RETIRED = "retired", _("已停用")
