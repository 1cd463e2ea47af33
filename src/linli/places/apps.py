from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlacesConfig(AppConfig):
    name = "linli.places"
    verbose_name = _("地方")

    def ready(self) -> None:
        from linli.kernel import importers, jobs
        from linli.places.importing import HELP
        from linli.places.importing.compounds import import_compounds
        from linli.places.importing.divisions import import_divisions
        from linli.places.importing.predecessors import import_predecessors

        importers.register("divisions", import_divisions, HELP["divisions"])
        importers.register("predecessors", import_predecessors, HELP["predecessors"])
        importers.register("compounds", import_compounds, HELP["compounds"])
        jobs.every(minutes=60, path="linli.places.jobs.turn_grids")
