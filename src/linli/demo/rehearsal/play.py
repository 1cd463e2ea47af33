"""All lives of a world in the order of time, up to now."""

import heapq
from collections.abc import Callable, Iterable
from datetime import datetime

from linli.demo.loading.register import Register
from linli.demo.rehearsal.life import Life
from linli.demo.rehearsal.memory import Memory
from linli.demo.rehearsal.theatre import Theatre
from linli.demo.world.types import Matter
from linli.matters.actions import Drawn
from linli.procedures.models import CaseFile

Photos = Callable[[Matter], list[CaseFile]]
Opened = Callable[[Drawn, Matter], None]


def nothing(drawn: Drawn, script: Matter) -> None:
    """Nobody wants to know of new matters."""


def no_photos(script: Matter) -> list[CaseFile]:
    """No matter has photos."""
    return []


class Play:
    """Plays matters; ``lives`` holds them by the keys of the world."""

    def __init__(
        self,
        *,
        theatre: Theatre,
        memory: Memory,
        register: Register,
        opened: Opened = nothing,
        photos: Photos = no_photos,
    ) -> None:
        self.theatre, self.memory, self.register, self.opened = theatre, memory, register, opened
        self.photos = photos
        self.lives: dict[str, Life] = {}

    def run(self, matters: Iterable[Matter], *, until: datetime, progress: Callable[[int], None]) -> None:
        """Play every matter up to a moment; whatever comes first in time happens first, so that matters may meet."""
        coming = iter(matters)
        following = next(coming, None)
        waiting: list[tuple[datetime, str]] = []
        while following is not None or waiting:
            if following is not None and (not waiting or following.created_at <= waiting[0][0]):
                life = self._open(following)
                progress(len(self.lives))
                following = next(coming, None)
            else:
                life = self.lives[heapq.heappop(waiting)[1]]
                life.step()
            if (at := life.next_at) is not None and at <= until:
                heapq.heappush(waiting, (at, life.script.key))

    def _open(self, script: Matter) -> Life:
        life = Life(
            script,
            theatre=self.theatre,
            memory=self.memory,
            register=self.register,
            find=self.lives.__getitem__,
        )
        self.lives[script.key] = life
        life.begin(self.photos(script), self.opened)
        return life
