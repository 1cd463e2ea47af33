"""Every address of the installation: one include per area."""

from django.urls import include, path

from linli.config.api import api

urlpatterns = [
    path("", include("linli.shell.urls")),
    path("", include("linli.orgs.urls")),
    path("", include("linli.people.urls")),
    path("", include("linli.matters.urls")),
    path("", include("linli.procedures.urls")),
    path("", include("linli.channels.urls")),
    path("", include("linli.planning.urls")),
    path("", include("linli.places.urls")),
    path("api/v1/", api.urls),
]
handler400 = "linli.shell.errors.bad_request"
handler403 = "linli.shell.errors.forbidden"
handler404 = "linli.shell.errors.not_found"
handler500 = "linli.shell.errors.server_error"
