"""Fixed words of the area: how far a run is, and how far the decision about its plan is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Run(models.TextChoices):
    """How far the drawing is. What a killed worker held is LOST until it is begun again."""

    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("正在算")
    READY = "ready", _("算好了")
    FAILED = "failed", _("算不了")
    LOST = "lost", _("中断了")


class Step(models.TextChoices):
    """How far the decision is: a draft is submitted, then published by a second person, or given back to be a draft again."""

    DRAFT = "draft", _("草案")
    SUBMITTED = "submitted", _("待审")
    PUBLISHED = "published", _("已公布")
    DROPPED = "dropped", _("作废")


class Source(models.TextChoices):
    """Where a plan comes from."""

    DRAWN = "drawn", _("计算")
    IMPORTED = "imported", _("导入")


class Barrier(models.TextChoices):
    """What lies between two buildings."""

    NONE = "", _("没有")
    WATER = "water", _("河")
    ROAD = "road", _("主干道、铁路")
