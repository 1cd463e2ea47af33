"""A whole demonstration city into an empty database, in one transaction: all of it or nothing."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import transaction

from linli.demo.loading import places, rules, signins, staff
from linli.demo.loading.photos import Studio
from linli.demo.loading.register import Register
from linli.demo.rehearsal import echo
from linli.demo.rehearsal.harvest import Harvest
from linli.demo.rehearsal.memory import Memory
from linli.demo.rehearsal.play import Play
from linli.demo.rehearsal.theatre import InMemory
from linli.demo.world.types import World
from linli.kernel.display import local
from linli.kernel.housekeeping import gather_statistics
from linli.kernel.memo import forget
from linli.orgs.models import Organisation, User
from linli.places.models import Division
from linli.procedures.models import Case

# what is being done, how much of how much
Progress = Callable[[str, int, int], None]


class NotEmpty(Exception):
    """The database holds something already."""


def refuse_full_database() -> None:
    """Raise NotEmpty unless there is nothing in the database that a demonstration would mix with."""
    for model, word in ((Case, "cases"), (User, "accounts"), (Organisation, "organisations"), (Division, "divisions")):
        if count := model._default_manager.count():
            raise NotEmpty(
                f"the database is not empty ({count:,} {word}): a demonstration is loaded into a new one only"
            )


def load_base(world: World, progress: Progress) -> Register:
    """Write places, organisations, people and the catalogue."""
    register = Register()
    for number, (word, load) in enumerate(
        (
            ("divisions and grids", places.load_territory),
            ("organisations", staff.load_units),
            ("buildings", places.load_buildings),
            ("staff", staff.load_people),
            ("catalogue", rules.load_catalogue),
        )
    ):
        progress(word, number, 5)
        load(world, register)
    forget()
    return register


def load_played(world: World, progress: Progress) -> dict[str, int]:
    """Write a city whose every matter was played through the engine; return how many rows of each kind."""
    now = world.now.astimezone(UTC)
    with Studio() as studio:
        studio.order(photo for script in world.matters() for photo in script.photos)
        with transaction.atomic():
            refuse_full_database()
            register = load_base(world, progress)
            harvest, memory = Harvest(now=now), Memory()
            theatre = InMemory(memory, harvest.keep)
            play = Play(theatre=theatre, memory=memory, register=register, opened=harvest.add, photos=studio.pictures)
            play.run(world.matters(), until=now, progress=lambda count: progress("matters", count, world.matter_count))
            harvest.links = [link for life in play.lives.values() for link in life.links]
            progress("writing", 0, 0)
            harvest.publish(checkers(register, memory, now))
            written = harvest.write()
            if world.grown > world.matter_count:
                written = _repeat(harvest, world, written, progress)
            harvest.write_figures()
            signins.save(signins.choose(harvest.open_cases(), today=local(now).date()))
    gather_statistics()
    forget()
    return written


def _repeat(harvest: Harvest, world: World, written: dict[str, int], progress: Progress) -> dict[str, int]:
    """Write what ended again at earlier times, until there are as many matters as the world shall have."""
    total = Counter(written)

    def write(batch: Harvest) -> None:
        total.update(batch.write())
        progress("earlier matters", total["matters"], world.grown)

    days = -(-(world.now - world.since).days // 7) * 7
    echo.grow(harvest, wanted=world.grown, days=days, write=write)
    return dict(total)


def checkers(register: Register, memory: Memory, now: datetime) -> dict[str, int]:
    """Return for each community somebody who checks what becomes public."""
    return {
        key.removeprefix("community-"): memory.holder_of(unit_id, "clerk", now)
        for key, unit_id in register.units.items()
        if key.startswith("community-")
    }
