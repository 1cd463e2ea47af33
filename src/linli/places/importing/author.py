"""Who an import is recorded under when nobody is signed in."""

import dataclasses

from django.utils.translation import gettext as _


@dataclasses.dataclass(frozen=True, slots=True)
class CommandLine:
    """Whoever may run commands on the machine; manages every place."""

    user_id: None = None
    managed: tuple[str, ...] = ("",)

    @property
    def name(self) -> str:
        return _("命令行")
