"""Jobs of the schedule: the sample of settled matters that another unit calls back; drafts and files that nobody needs."""

from datetime import UTC, datetime, timedelta

from linli.kernel.display import local
from linli.matters import drafts
from linli.procedures import files
from linli.procedures.definitions import in_force
from linli.procedures.enums import State
from linli.procedures.models import Case, PlannedCase

# one settled matter in twenty is called back by a unit that did not handle it
ONE_IN = 20


def sample_call_backs() -> str:
    """Plan a call-back for the sample of the matters settled on the local day before; run again it plans nothing twice."""
    return f"{sample(at=datetime.now(UTC))} call-backs planned"


def sample(*, at: datetime) -> int:
    """Plan the sample of the day before ``at``. Which matters fall into it follows from their random ids, not from who handled them."""
    if "call_back" not in in_force():
        return 0
    midnight = local(at).replace(hour=0, minute=0, second=0, microsecond=0)
    ended = Case.objects.filter(
        procedure="matter",
        state=State.ENDED,
        outcome="settled",
        ended_at__gte=midnight - timedelta(days=1),
        ended_at__lt=midnight,
    ).values_list("pk", flat=True)
    chosen = [pk for pk in ended if (pk.int & 0xFFFFFFFF) % ONE_IN == 0]
    have = set(PlannedCase.objects.filter(key__in=[f"call_back:{pk}" for pk in chosen]).values_list("key", flat=True))
    PlannedCase.objects.bulk_create(
        [
            PlannedCase(key=f"call_back:{pk}", procedure="call_back", origin_id=pk, at=at)
            for pk in chosen
            if f"call_back:{pk}" not in have
        ],
        ignore_conflicts=True,
    )
    return len(chosen) - len(have)


def make_room() -> str:
    """Where room for drafts is short, remove what is not needed now instead of at the end of the day."""
    return "room enough" if drafts.has_room(drafts.CROWDED) else tidy()


def tidy() -> str:
    """Remove drafts of reports that nobody goes on with, and files that neither a draft nor an attachment names."""
    at = datetime.now(UTC)
    return f"{drafts.sweep(at=at)} drafts, {files.sweep(at=at, wanted=drafts.named_files())} files"
