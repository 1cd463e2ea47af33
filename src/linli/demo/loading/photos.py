"""The pictures of a demonstration, drawn in other processes while the matters are played through."""

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from types import TracebackType

from linli.demo.world import photos
from linli.demo.world.types import Matter, Photo
from linli.kernel.ids import uuid7_at
from linli.procedures.files import photo
from linli.procedures.models import CaseFile

PAINTERS = 2


class Studio:
    """Draws on order; ``pictures`` gives the attachments of a matter, re-encoded like any upload."""

    def __init__(self) -> None:
        # spawned, not forked: a painter must not inherit a connection to the database
        self._pool = ProcessPoolExecutor(PAINTERS, mp_context=multiprocessing.get_context("spawn"))
        self._ordered: dict[str, Future[bytes]] = {}

    def __enter__(self) -> "Studio":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def order(self, wanted: Iterable[Photo]) -> None:
        """Begin with some pictures."""
        for one in wanted:
            self._ordered[one.key] = self._pool.submit(photos.draw, one)

    def pictures(self, script: Matter) -> list[CaseFile]:
        """Return the unsaved attachments of a matter, in the order of its pictures."""
        made = []
        for one in script.photos:
            file = photo(self._ordered.pop(one.key).result(), name=f"{one.caption}.jpg", field="photos")
            file.id = uuid7_at(script.created_at)
            made.append(file)
        return made
