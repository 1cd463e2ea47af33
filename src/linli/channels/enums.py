"""Fixed words of the area."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Way(models.TextChoices):
    """How notices leave the house, besides those in the platform itself."""

    NONE = "none", _("只在这里看")
    EMAIL = "email", _("电子邮件")
    SMS = "sms", _("短信")


class State(models.TextChoices):
    """What became of a message."""

    WAITING = "waiting", _("等着发")
    SENDING = "sending", _("正在发")
    SENT = "sent", _("发出去了")
    FAILED = "failed", _("没发成")
    DROPPED = "dropped", _("不再发")
