"""What every page template is given."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.shell.desk import desk_frame
from linli.shell.handbook import chapter_for
from linli.shell.naming import city_name


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's variables: presentation, language, who is asking (read lazily), the moment."""
    desk = desk_frame(request) if getattr(request, "mode", "") == "desk" and hasattr(request, "actor") else {}
    return desk | {
        "user": getattr(request, "user", None),
        "actor": getattr(request, "actor", None),
        "mode": getattr(request, "mode", "resident"),
        "theme": getattr(request, "theme", "light"),
        "zoom": getattr(request, "zoom", "100"),
        "lang": get_language() or "zh-hans",
        "city_name": city_name(),
        "now": getattr(request, "now", None),
        "foot_links": [(_("帮助"), reverse("shell:handbook_chapter", args=[chapter_for(request.path)]))],
    }
