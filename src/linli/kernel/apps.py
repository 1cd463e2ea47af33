from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    name = "linli.kernel"
    verbose_name = _("内核")

    def ready(self) -> None:
        from linli.kernel import jobs, plainlocals

        plainlocals.install()

        jobs.every(minutes=24 * 60, path="linli.kernel.housekeeping.sweep")
        jobs.every(minutes=6 * 60, path="linli.kernel.housekeeping.gather_statistics")
