"""Which companies and committees can be entered for a compound: what the register of places asks for."""

from django.db.models import Q

from linli.orgs.enums import OrgKind
from linli.orgs.models import Organisation
from linli.places.enums import Level, prefix_of

KINDS = {"property_company": OrgKind.PROPERTY_COMPANY, "owners_committee": OrgKind.OWNERS_COMMITTEE}


def serving(kind: str, division_code: str) -> list[tuple[int, str]]:
    """Return (id, name) of the organisations of a kind in the county of a division, or of the city that it lies in, by name."""
    city = prefix_of(division_code, Level.CITY).ljust(12, "0")
    here = Q(division__code__startswith=prefix_of(division_code, Level.COUNTY)) | Q(division__code=city)
    rows = Organisation.objects.filter(here, kind=KINDS[kind], active=True).order_by("name", "id")
    return list(rows.values_list("id", "name"))
