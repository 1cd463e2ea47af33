"""Speed of locating at city scale: `PYTHONPATH=src python benchmarks/bench_locating.py` prints one JSON line.

The city is invented, the same for the same seed: 923 grids with ragged shared borders in 97 communities, 1,816
compounds, about 20,000 buildings. Reported are the median of several runs: points per second of `locate_points`,
microseconds of a single `locate_point`, `nearest` and `locate_text`, and the seconds that building the index takes.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from linli.places.locating import BuildingEntry, CompoundEntry, GridShape, PlaceIndex

COLUMNS, ROWS = 31, 30
GRIDS, COMMUNITIES, COMPOUNDS, BUILDINGS_EACH = 923, 97, 1816, 11
CELL = 0.004  # degrees
WEST, SOUTH = 112.9, 28.1
FIRST = (
    "阳光",
    "翠湖",
    "锦绣",
    "金桂",
    "碧水",
    "和顺",
    "长乐",
    "永安",
    "东方",
    "新城",
    "银杏",
    "枫林",
    "明珠",
    "湘江",
    "天马",
)
MIDDLE = ("", "名", "雅", "嘉", "丽", "福", "康", "华", "景")
LAST = ("花园", "家园", "小区", "新村", "苑", "公寓", "名邸", "华庭", "山庄", "雅苑", "国际城", "丽都", "豪庭", "宿舍")
STREETS = ("解放", "人民", "中山", "建设", "和平", "芙蓉", "韶山", "桃花", "迎宾", "湘府", "劳动", "白沙")

City = tuple[list[GridShape], list[BuildingEntry], list[CompoundEntry]]


def city(seed: int) -> City:
    """Grids, buildings and compounds of the invented city."""
    rng = np.random.default_rng(seed)
    compounds: list[CompoundEntry] = []
    buildings: list[BuildingEntry] = []
    for c in range(COMPOUNDS):
        name = FIRST[c % 15] + MIDDLE[c // 15 % 9] + LAST[c // 135 % 14]
        lon, lat = (float(x) for x in rng.uniform((WEST, SOUTH), (WEST + 29 * CELL, SOUTH + 30 * CELL)))
        community = c % COMMUNITIES + 1
        compounds.append(CompoundEntry(c + 1, name, (name + "一期",) if c % 9 == 0 else (), community, lon, lat))
        street = STREETS[c % 12] + ("东路", "西路", "大道", "街", "巷")[c // 12 % 5]
        for b in range(BUILDINGS_EACH):
            number = str(b + 1)
            where = (lon + 0.0004 * (b % 4), lat + 0.0004 * (b // 4))
            entry = BuildingEntry(
                len(buildings) + 1, f"{number}栋", number, c + 1, community, None, street, str(c), *where
            )
            buildings.append(entry)
    return _grids(rng), buildings, compounds


def _grids(rng: np.random.Generator) -> list[GridShape]:
    corners = np.stack(np.meshgrid(np.arange(COLUMNS + 1.0), np.arange(ROWS + 1.0), indexing="ij"), axis=-1)
    corners += rng.uniform(-0.3, 0.3, corners.shape)
    borders: dict[tuple[tuple[int, int], tuple[int, int]], NDArray[np.float64]] = {}

    def border(start: tuple[int, int], end: tuple[int, int]) -> NDArray[np.float64]:
        """Twelve points from corner to corner; both neighbours get the same ones."""
        if start > end:
            return border(end, start)[::-1]
        if (start, end) not in borders:
            line = np.linspace(corners[start], corners[end], 12)
            line[1:-1] += rng.uniform(-0.02, 0.02, (10, 2))
            borders[start, end] = line * CELL + (WEST, SOUTH)
        return borders[start, end]

    grids = []
    for k in range(GRIDS):
        i, j = divmod(k, ROWS)
        around = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
        ring = np.vstack([border(a, b)[:-1] for a, b in pairwise(around)])
        closed = [*ring.tolist(), ring[0].tolist()]
        grids.append(GridShape(k + 1, k * COMMUNITIES // GRIDS + 1, [closed]))
    return grids


def texts(made: City, count: int, rng: np.random.Generator) -> list[str]:
    """Address lines as people write them: full, short, with a slip, only a name, unknown."""
    _, buildings, compounds = made
    lines = []
    for kind, b in zip(rng.integers(0, 6, count), rng.integers(0, len(buildings), count), strict=True):
        building = buildings[b]
        name = compounds[(building.compound_id or 1) - 1].name
        lines.append(
            (
                f"{building.road}{building.road_number}号{name}{building.number}栋2单元501室",
                f"{name}{building.number}号楼",
                f"{name[:-1]}{building.number}#",
                name,
                f"{building.road}{building.road_number}号",
                f"城南街道某某社区{name[::-1]}{building.number}栋，电梯坏了",
            )[kind]
        )
    return lines


def per_call_us(call: Callable[[int], object], count: int, runs: int) -> float:
    """Median over the runs of the mean microseconds per call."""
    return statistics.median(_seconds(lambda: [call(i) for i in range(count)]) for _ in range(runs)) / count * 1e6


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    made = city(options.seed)
    start = time.perf_counter()
    index = PlaceIndex.build(*made)
    build = time.perf_counter() - start
    points = rng.uniform((WEST, SOUTH), (WEST + COLUMNS * CELL, SOUTH + ROWS * CELL), (options.points, 2))
    bulk = statistics.median(_seconds(lambda: index.locate_points(points)) for _ in range(options.runs))
    pairs = points[:2_000].tolist()
    lines = texts(made, 2_000, rng)
    text_us = sorted(_seconds(partial(index.locate_text, line)) * 1e6 for line in lines)
    print(
        json.dumps(
            {
                "grids": len(made[0]),
                "buildings": len(made[1]),
                "compounds": len(made[2]),
                "build_s": round(build, 2),
                "points_per_s": round(options.points / bulk),
                "point_us": round(per_call_us(lambda i: index.locate_point(*pairs[i]), len(pairs), options.runs), 1),
                "nearest_us": round(per_call_us(lambda i: index.nearest(*pairs[i]), len(pairs), options.runs), 1),
                "text_us": round(per_call_us(lambda i: index.locate_text(lines[i]), len(lines), options.runs), 1),
                "text_p99_us": round(text_us[len(text_us) * 99 // 100], 1),
            }
        )
    )


if __name__ == "__main__":
    main()
