"""Points beside the roads of a grid, safely on the grid's own side."""

from __future__ import annotations

from random import Random

from linli.demo.world.territory import Territory


class Roadside:
    """For each grid (by its place in ``territory.sites``) some points at the kerb with the name of the road."""

    def __init__(self, territory: Territory) -> None:
        self._spots: list[list[tuple[str, float, float]]] = []
        self.roads: list[list[str]] = []
        for site in territory.sites:
            cells = {(int(r), int(c)) for r, c in site.region.cells}
            spots, roads = [], []
            for index, vertices in site.roads:
                name = territory.roads[index].name
                roads.append(name)
                for row, col in vertices:
                    # The cell of this grid that touches the vertex; the point is a little way into it.
                    for cell, across, up in (
                        ((row, col), 0.2, 0.2),
                        ((row, col - 1), 0.8, 0.2),
                        ((row - 1, col), 0.2, 0.8),
                        ((row - 1, col - 1), 0.8, 0.8),
                    ):
                        if cell in cells:
                            lon, lat = territory.mesh.inside_cell(*cell, across, up)
                            spots.append((name, round(lon, 7), round(lat, 7)))
                            break
            self._spots.append(spots)
            self.roads.append(roads)

    def spot(self, site: int, rng: Random) -> tuple[str, float, float]:
        """(road, lon, lat) by chance."""
        return rng.choice(self._spots[site])
