"""Organisations, accounts and posts. All accounts of a demonstration share one password, hashed once."""

import re

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from linli.demo.loading.register import Register
from linli.demo.world.types import Organisation as WorldOrganisation
from linli.demo.world.types import World
from linli.kernel.crypto import blind, normal_phone, seal
from linli.orgs.enums import OrgKind
from linli.orgs.models import Organisation, Post, User
from linli.orgs.units import changed

PASSWORD = "linli-demo-city"
BATCH = 2000
KINDS = {
    "party": OrgKind.PARTY,
    "department": OrgKind.DEPARTMENT,
    "street_office": OrgKind.STREET_OFFICE,
    "community_committee": OrgKind.COMMUNITY_COMMITTEE,
    "village_committee": OrgKind.VILLAGE_COMMITTEE,
    "station": OrgKind.STATION,
    "property_company": OrgKind.PROPERTY_COMPANY,
    "owners_committee": OrgKind.OWNERS_COMMITTEE,
    "social_org": OrgKind.SOCIAL,
    "enterprise": OrgKind.ENTERPRISE,
    "volunteer_team": OrgKind.VOLUNTEERS,
    "partner_shop": OrgKind.SHOP,
}
CENTRES = ("governance_centre", "hotline")
# Supply companies are asked like stations: matters are dispatched to them.
SUPPLY = ("power", "water", "gas", "telecom", "bus")
GOVERNING = (OrgKind.CENTRE, OrgKind.STREET_OFFICE, OrgKind.COMMUNITY_COMMITTEE, OrgKind.VILLAGE_COMMITTEE)


def load_units(world: World, register: Register) -> None:
    """Write organisations, parents first."""
    for row in world.organisations:
        kind = kind_of(row)
        made = Organisation.objects.create(
            kind=kind,
            name=row.name,
            short_name=row.short_name,
            division_id=register.divisions[row.division_code],
            parent_id=register.units[row.parent_key] if row.parent_key else None,
            governs=kind in GOVERNING,
            phone=row.phone,
            address=row.address,
        )
        register.units[row.key] = made.pk
    changed()


def kind_of(row: WorldOrganisation) -> OrgKind:
    """Return our kind of an organisation: centres govern a county or the city, supply companies are stations."""
    if row.function in CENTRES:
        return OrgKind.CENTRE
    return OrgKind.STATION if row.function in SUPPLY else KINDS[row.kind]


def load_people(world: World, register: Register) -> None:
    """Write accounts and posts."""
    password, now = make_password(PASSWORD), timezone.now()
    made = User.objects.bulk_create(
        [
            User(
                username=row.username,
                name=row.display_name,
                phone_sealed=seal(phone := normal_phone(re.sub(r"\s", "", row.phone))),
                phone_blind=blind(phone, purpose="phone"),
                password=password,
                password_changed_at=now,
            )
            for row in world.users
        ],
        batch_size=BATCH,
    )
    register.users |= {user.username: user.pk for user in made}
    # who administers a place sits in the unit that governs it: nowhere else does the post give them anything
    governing = dict(Organisation.objects.filter(governs=True).values_list("division__code", "pk"))
    Post.objects.bulk_create(
        [
            Post(
                user_id=register.users[row.username],
                role=row.role,
                organisation_id=governing.get(row.division_code, register.units[row.org_key])
                if row.role == "admin"
                else register.units[row.org_key],
                grid_id=register.grids[row.grid_code] if row.grid_code else None,
                since=row.start,
                until=row.end,
            )
            for row in world.posts
        ],
        batch_size=BATCH,
    )
