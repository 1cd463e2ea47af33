"""How people sign in here: the second factor for all staff, the identity provider."""

from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel import audit
from linli.kernel.crypto import seal
from linli.kernel.memo import forget
from linli.kernel.models import Setting
from linli.kernel.text import clean
from linli.orgs import policies
from linli.orgs.actors import Actor

SUBJECT = audit.Subject("kernel.setting", "sign-in", "sign-in")


@transaction.atomic
def require_second_factor(*, required: bool, by: Actor, at: datetime) -> None:
    """Ask all staff for a second factor, or only those who manage."""
    policies.can_change_settings(by).enforce()
    before = bool(_value("require_second_factor"))
    if before == required:
        return
    Setting.objects.update_or_create(key="require_second_factor", defaults={"value": required})
    audit.note(
        by=by,
        action="settings",
        subject=SUBJECT,
        before={"second_factor": before},
        after={"second_factor": required},
        at=at,
    )
    _forget()


@transaction.atomic
def change_provider(*, issuer: str, client_id: str, client_secret: str, by: Actor, at: datetime) -> None:
    """Name the identity provider; an empty issuer takes it away, an empty secret leaves the one that is kept (sealed).

    ValidationError names the field.
    """
    policies.can_change_settings(by).enforce()
    issuer = clean(issuer, limit=200, lines=False).rstrip("/")
    client_id = clean(client_id, limit=200, lines=False)
    client_secret = clean(client_secret, limit=400, lines=False)
    old = _value("oidc")
    before = {"issuer": old.get("issuer", ""), "client_id": old.get("client_id", "")} if isinstance(old, dict) else {}
    if not issuer:
        Setting.objects.filter(key="oidc").delete()
        after: dict[str, str] = {}
    else:
        parts = urlsplit(issuer)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
            raise ValidationError({"issuer": [_("要以 https:// 开头，不带问号和井号。")]})
        if not client_id:
            raise ValidationError({"client_id": [_("请填写。")]})
        kept = old.get("client_secret_sealed", "") if isinstance(old, dict) else ""
        sealed = seal(client_secret) if client_secret else kept
        if not sealed:
            raise ValidationError({"client_secret": [_("请填写。")]})
        value = {"issuer": issuer, "client_id": client_id, "client_secret_sealed": sealed}
        Setting.objects.update_or_create(key="oidc", defaults={"value": value})
        after = {"issuer": issuer, "client_id": client_id}
    if after != before or client_secret:
        audit.note(by=by, action="settings", subject=SUBJECT, before=before, after=after, at=at)
    _forget()


def _value(key: str) -> object:
    return Setting.objects.filter(key=key).values_list("value", flat=True).first()


def _forget() -> None:
    forget("orgs:setting:")
    forget("oidc:")
    transaction.on_commit(lambda: forget("orgs:setting:"))
