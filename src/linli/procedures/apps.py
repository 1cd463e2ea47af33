from datetime import UTC, datetime
from pathlib import Path

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProceduresConfig(AppConfig):
    name = "linli.procedures"
    verbose_name = _("流程")

    def ready(self) -> None:
        from linli.kernel import jobs
        from linli.procedures import keeping, receivers, verify  # noqa: F401 - registers them
        from linli.procedures.publishing import ships

        ships(Path(__file__).parent / "definitions")
        jobs.every(minutes=1, path="linli.procedures.jobs.turn_clocks")
        jobs.every(minutes=10, path="linli.procedures.jobs.rehold")
        post_migrate.connect(_install_shipped, sender=self)


def _install_shipped(**_signal: object) -> None:
    """A new installation has the shipped procedures as soon as its tables stand."""
    from linli.procedures.publishing import install_shipped

    install_shipped(at=datetime.now(UTC))
