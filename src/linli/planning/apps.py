from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlanningConfig(AppConfig):
    name = "linli.planning"
    verbose_name = _("网格划分")

    def ready(self) -> None:
        from linli.kernel import jobs
        from linli.planning import sources, workload

        sources.register("matters", workload.matters)
        jobs.every(minutes=1, path="linli.planning.jobs.mark_lost")
        jobs.every(minutes=60, path="linli.planning.jobs.settle")
