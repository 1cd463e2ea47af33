"""Reads of the area: where a point or an address line lies."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where something is: always a division, and as much more as is known. Positions are WGS 84."""

    division_id: int
    division_code: str
    text: str = ""
    grid_id: int | None = None
    compound_id: int | None = None
    building_id: int | None = None
    lon: float | None = None
    lat: float | None = None
