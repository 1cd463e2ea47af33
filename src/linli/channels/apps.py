from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "linli.channels"
    verbose_name = _("通知渠道")

    def ready(self) -> None:
        from linli.channels import own, receivers  # noqa: F401 - registers them
        from linli.channels.views import choose  # noqa: F401 - registers its part of the account page
        from linli.kernel import jobs

        jobs.every(minutes=1, path="linli.channels.jobs.deliver")
        jobs.every(minutes=24 * 60, path="linli.channels.jobs.tidy")
