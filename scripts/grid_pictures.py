"""Pictures of plans for docs/gridding.md: `python -m scripts.grid_pictures [--shared ../shared]` writes docs/pictures/grids-*.png.

Each point of the picture has the colour of the grid of the nearest unit; borders of grids are dark, what is over the tolerance is red.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from linli.gridding import Options, Plan, draw, instance_of

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 720


def picture(plan: Plan, tolerance: float) -> Image.Image:
    """Draw a plan."""
    instance = plan.instance
    place = np.stack([instance.x, instance.y], axis=1)
    low, span = place.min(axis=0) - 0.6, np.ptp(place, axis=0) + 1.2
    height = int(WIDTH * span[1] / span[0])
    across, down = np.meshgrid((np.arange(WIDTH) + 0.5) / WIDTH, 1 - (np.arange(height) + 0.5) / height)
    distance, nearest = cKDTree(place).query(np.stack([across, down], axis=-1) * span + low)
    grid = plan.part[nearest]
    deviation = np.abs([g.deviation for g in plan.grids])
    rng = np.random.default_rng(5)
    colour = 150 + rng.integers(0, 80, (len(plan.grids), 3))
    colour[deviation > tolerance + 1e-9] = (214, 60, 50)
    pixels = colour[grid].astype(np.uint8)
    edge = np.zeros(grid.shape, bool)
    edge[:, 1:] |= grid[:, 1:] != grid[:, :-1]
    edge[1:] |= grid[1:] != grid[:-1]
    pixels[edge] = (40, 50, 60)
    pixels[distance > 1.2] = 255
    return Image.fromarray(pixels)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    shared = parser.parse_args(argv).shared
    if not (shared / "tools" / "grid_instances.py").is_file():
        print(f"{shared}/tools is not here: the areas of the pictures come from it", file=sys.stderr)
        return 1
    sys.path.insert(0, str(shared / "tools"))
    from grid_instances import synth  # type: ignore[import-not-found]

    cases: dict[str, tuple[Any, ...]] = {
        "fine": (2000, "F", 11),
        "communities": (600, "B", 12, 12, True),
    }
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    for name, arguments in cases.items():
        plan = draw(instance_of(json.loads(json.dumps(synth(*arguments)))), Options())
        picture(plan, 0.05).quantize(64).save(folder / f"grids-{name}.png", optimize=True)
        print(name, plan.quality)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
