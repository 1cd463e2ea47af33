"""What of a matter becomes public: nothing before a person has read the masked text and looked at the photos."""

import dataclasses
from datetime import datetime
from difflib import SequenceMatcher
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from linli.kernel.text import clean
from linli.matters.contacts import names_to_mask
from linli.matters.enums import PublicState
from linli.matters.masking import mask
from linli.matters.models import Matter
from linli.matters.policies import CHECKS, can_check
from linli.orgs.actors import Actor
from linli.procedures.actions import lock
from linli.procedures.enums import RecordKind
from linli.procedures.models import CaseFile
from linli.procedures.policies import after

MOST = 20
TEXT_LIMIT = 2000
# Two texts longer than this are shown without marks: comparing them would keep the page waiting.
MOST_COMPARED = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """A matter whose public text waits, with its photos of the first record."""

    matter: Matter
    photos: list[CaseFile]

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """What was written, in pieces, each with whether it is covered in the public text."""
        return compared(self.matter.text, self.matter.public_text)


def compared(text: str, public: str) -> list[tuple[str, bool]]:
    """Return a text in pieces: those that stand in the public text as well, and those that do not (True)."""
    if max(len(text), len(public)) > MOST_COMPARED:
        return [(text, False)]
    changes = SequenceMatcher(None, text, public, autojunk=False).get_opcodes()
    return [(text[a:b], kind != "equal") for kind, a, b, _c, _d in changes if a < b]


def _places(by: Actor) -> Q:
    places = Q(pk__in=[])
    for prefix in sorted({post.prefix for post in by.posts if post.role in CHECKS}):
        places |= Q(case__division_code__gte=prefix.ljust(12, "0"), case__division_code__lt=after(prefix))
    return places


def waiting(by: Actor) -> tuple[list[Waiting], int]:
    """Return the next texts that this person may check, and how many wait in all (three statements).

    Those of matters that are still worked on come first, the oldest of them before the others: people look for these.
    """
    rows = Matter.objects.filter(_places(by), public_state=PublicState.WAITING, case__restricted=False)
    first = rows.select_related("case", "case__compound").order_by("-case__state", "created_at")
    return _with_photos(list(first[:MOST])), rows.count()


def again(by: Actor, code: str) -> list[Waiting]:
    """Return one matter of this person's places, whatever was decided before, to look at once more (two statements)."""
    matters = Matter.objects.filter(_places(by), case__code=code, case__restricted=False)
    return _with_photos(list(matters.select_related("case", "case__compound")))


def _with_photos(matters: list[Matter]) -> list[Waiting]:
    photos: dict[UUID, list[CaseFile]] = {matter.pk: [] for matter in matters}
    for file in CaseFile.objects.filter(case_id__in=list(photos), mime="image/jpeg").order_by("seq", "id"):
        photos[file.case_id].append(file)
    return [Waiting(matter, photos[matter.pk]) for matter in matters]


class StillPrivate(Exception):
    """A text that a checker wrote still holds what the rules take for private: the text without it, and what was covered."""

    def __init__(self, text: str, found: list[str]) -> None:
        super().__init__(", ".join(found))
        self.text = text
        self.found = found


@transaction.atomic
def decide(*, matter: Matter, show: bool, text: str, file_ids: list[str], by: Actor, at: datetime) -> None:
    """Publish the text as the checker left it, with the photos they ticked, or keep the matter from the public list.

    What a checker writes is masked like what a reporter writes: StillPrivate, before anything is published, so that they read it once
    more. Who decided what, and the text, stand in the history.
    """
    can_check(by, matter).enforce()
    text = clean(text, limit=TEXT_LIMIT) or matter.public_text
    masked = mask(text, known_names=names_to_mask(matter))
    if show and masked.text != text:
        raise StillPrivate(masked.text, [text[span.start : span.end] for span in masked.spans])
    work = lock(matter.pk, by=by, at=at)
    row = Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
    edited = masked.text != row.public_text
    row.public_state = PublicState.SHOWN if show else PublicState.HIDDEN
    row.public_text = masked.text
    row.public_checked_by_id = by.user_id
    row.save(update_fields=["public_state", "public_text", "public_checked_by"])
    files = CaseFile.objects.filter(case_id=matter.pk, mime="image/jpeg")
    files.update(public=False)
    photos = files.filter(pk__in=[one for one in file_ids if len(one) == 36]).update(public=True) if show else 0
    work.record(
        RecordKind.EFFECT,
        action="published" if show else "unpublished",
        text=masked.text,
        data={"edited": edited, "photos": photos},
    )
    work.flush()
