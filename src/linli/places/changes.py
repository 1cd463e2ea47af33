"""What every write of the area does at its end: the process forgets what it kept, the others notice within seconds."""

from django.db import transaction

from linli.kernel.memo import forget
from linli.kernel.models import Setting

STAMP = "places_stamp"


def touch() -> None:
    """Raise the stamp under which indexes and map layers are kept. Call it inside the transaction of the change."""
    stamp, made = Setting.objects.select_for_update().get_or_create(key=STAMP, defaults={"value": 1})
    if not made:
        Setting.objects.filter(key=STAMP).update(value=int(stamp.value) + 1)
    forget("places:")
    transaction.on_commit(lambda: forget("places:"))


def stamp() -> int:
    """Return the stamp as the database has it now (one statement)."""
    return int(Setting.objects.filter(key=STAMP).values_list("value", flat=True).first() or 0)
