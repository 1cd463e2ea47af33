from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "linli.people"
    verbose_name = _("居民")

    def ready(self) -> None:
        from linli.people.views import own  # noqa: F401 - registers its part of the account page
