"""What of a matter becomes public: nothing before a person has read the masked text and looked at the photos."""

import dataclasses
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from linli.kernel.text import clean
from linli.matters.enums import PublicState
from linli.matters.models import Matter
from linli.matters.policies import CHECKS, can_check
from linli.orgs.actors import Actor
from linli.procedures.models import CaseFile
from linli.procedures.policies import after

MOST = 20
TEXT_LIMIT = 2000


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """A matter whose public text waits, with its photos of the first record."""

    matter: Matter
    photos: list[CaseFile]


def _places(by: Actor) -> Q:
    places = Q(pk__in=[])
    for prefix in sorted({post.prefix for post in by.posts if post.role in CHECKS}):
        places |= Q(case__division_code__gte=prefix.ljust(12, "0"), case__division_code__lt=after(prefix))
    return places


def waiting(by: Actor) -> list[Waiting]:
    """Return the next texts that this person may check, oldest first (two statements)."""
    matters = list(
        Matter.objects.filter(_places(by), public_state=PublicState.WAITING, case__restricted=False)
        .select_related("case", "case__compound")
        .order_by("created_at")[:MOST]
    )
    return _with_photos(matters)


def again(by: Actor, code: str) -> list[Waiting]:
    """Return one matter of this person's places, whatever was decided before, to look at once more (two statements)."""
    matters = Matter.objects.filter(_places(by), case__code=code, case__restricted=False)
    return _with_photos(list(matters.select_related("case", "case__compound")))


def _with_photos(matters: list[Matter]) -> list[Waiting]:
    photos: dict[UUID, list[CaseFile]] = {matter.pk: [] for matter in matters}
    for file in CaseFile.objects.filter(case_id__in=list(photos), mime="image/jpeg").order_by("seq", "id"):
        photos[file.case_id].append(file)
    return [Waiting(matter, photos[matter.pk]) for matter in matters]


@transaction.atomic
def decide(*, matter: Matter, show: bool, text: str, file_ids: list[str], by: Actor) -> None:
    """Publish the text as the checker left it, with the photos they ticked, or keep the matter from the public list."""
    can_check(by, matter).enforce()
    text = clean(text, limit=TEXT_LIMIT)
    row = Matter.objects.select_for_update().get(pk=matter.pk)
    row.public_state = PublicState.SHOWN if show else PublicState.HIDDEN
    row.public_text = text or row.public_text
    row.public_checked_by_id = by.user_id
    row.save(update_fields=["public_state", "public_text", "public_checked_by"])
    files = CaseFile.objects.filter(case_id=matter.pk, mime="image/jpeg")
    files.update(public=False)
    if show:
        files.filter(pk__in=[one for one in file_ids if len(one) == 36]).update(public=True)
