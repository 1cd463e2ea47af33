from pathlib import Path

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MattersConfig(AppConfig):
    name = "linli.matters"
    verbose_name = _("居民诉求")

    def ready(self) -> None:
        from linli.kernel import jobs
        from linli.matters import contacts, drafts, following, handlers, mapped, moving, panel, receivers  # noqa: F401 - registers them
        from linli.places import layers
        from linli.procedures.publishing import ships

        ships(Path(__file__).parent / "procedures")
        layers.register("matters", mapped.points, counts=mapped.open_by_community)
        jobs.every(minutes=24 * 60, path="linli.matters.jobs.sample_call_backs")
        jobs.every(minutes=24 * 60, path="linli.matters.jobs.tidy")
        jobs.every(minutes=10, path="linli.matters.jobs.make_room")
