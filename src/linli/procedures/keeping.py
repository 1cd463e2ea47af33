"""Why a unit cannot be closed yet: cases in its hands."""

from django.utils.translation import ngettext

from linli.orgs.models import Organisation
from linli.orgs.registry import keeps
from linli.procedures.enums import State
from linli.procedures.models import Case


@keeps
def open_cases(unit: Organisation) -> list[str]:
    """Return one sentence when a unit still holds open cases."""
    count = Case.objects.filter(holder_unit_id=unit.pk, state=State.OPEN).count()
    said = ngettext("还有 %(count)d 件办件在手，请先办完或转走。", "还有 %(count)d 件办件在手，请先办完或转走。", count)
    return [said % {"count": count}] if count else []
