"""The base map under Linli's own layers: none, or tiles that the installation may use."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.audit import Subject, note
from linli.kernel.models import Setting
from linli.kernel.policy import deny
from linli.places.actions.checks import optional
from linli.places.changes import touch
from linli.places.models import Grid
from linli.places.policies import Manager, inside

BASE_MAP = "base_map"
_PLACEHOLDERS = {"z", "x", "y"}


@transaction.atomic
def set_base_map(*, tiles: str, attribution: str = "", by: Manager, at: datetime) -> None:
    """Show tiles under the layers of every map; an empty address takes them away.

    ``tiles`` is the address of XYZ tiles in WGS 84 or CGCS2000 with {z}, {x} and {y}: a path on the own host, or https.
    Only who manages every place that has grids may decide this.
    """
    if not by.managed or Grid.objects.exclude(inside(by.managed, "community__code")).exists():
        deny(_("底图由管理全部地方的系统管理员设置。")).enforce()
    value = {"tiles": _tiles(tiles.strip()), "attribution": optional("attribution", attribution, limit=200)}
    before = Setting.objects.filter(key=BASE_MAP).values_list("value", flat=True).first()
    Setting.objects.update_or_create(key=BASE_MAP, defaults={"value": value})
    subject = Subject("places.setting", BASE_MAP, _("底图"))
    note(by=by, action="places.update", subject=subject, before=before, after=value, at=at)
    touch()


def _tiles(text: str) -> str:
    if not text:
        return ""
    if len(text) > 500 or not text.isprintable() or any(sign in text for sign in " ;,'\"<>\\"):
        raise ValidationError({"tiles": _("地址里有不能用的字符。")})
    if set(re.findall(r"{([^{}]*)}", text)) != _PLACEHOLDERS:
        raise ValidationError({"tiles": _("地址里要有 {z}、{x}、{y} 三处。")})
    parts = urlsplit(text)
    own = not parts.scheme and not parts.netloc and text.startswith("/") and not text.startswith("//")
    if not own and not (parts.scheme == "https" and re.fullmatch(r"[a-z0-9.-]+(:\d{1,5})?", parts.netloc)):
        raise ValidationError({"tiles": _("请填本机路径（以 / 开头）或 https 地址。")})
    return text
