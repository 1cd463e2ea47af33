"""Fixed words of the engine."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    OPEN = "open", _("办理中")
    ENDED = "ended", _("已结束")


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class ClockState(models.TextChoices):
    RUNNING = "running", _("计时中")
    SUSPENDED = "suspended", _("已停表")
    MET = "met", _("按时")
    LATE = "late", _("超时")
    CANCELLED = "cancelled", _("已取消")


class RecordKind(models.TextChoices):
    """What a record of the history tells."""

    START = "start", _("提交")
    ACTION = "action", _("办理")
    ENTER = "enter", _("流转")
    CLOCK = "clock", _("时限")
    COMMENT = "comment", _("留言")
    FILE = "file", _("附件")
    TAKE = "take", _("认领")
    CORRECTION = "correction", _("更正")
    APPROVAL = "approval", _("审批")
    OBJECTION = "objection", _("异议")
    VOICE = "voice", _("参与")
    EFFECT = "effect", _("关联办件")


class Urgency(models.IntegerChoices):
    DANGER = 1, _("危险")
    URGENT = 2, _("紧急")
    ORDINARY = 3, _("一般")
    COMPLEX = 4, _("复杂")


# A reporter or the public holds the step, or the case waits for other cases: the unit that watches over it is still named.
PERSON_ROLES = ("reporter", "starter", "public", "parties")
