"""Plans beside those of METIS, one JSON object per line: `linli bench grid`, or `python benchmarks/bench_grid.py [--cases fine2k,...] [--seeds 5]`.

Instances and scores come from the tools beside the specification (LINLI_SHARED, by default ../shared), which this project does not
own; where they are not there it says so and ends. METIS is k-way and contiguous at the same tolerance, the median of five seeds;
beside whole compounds it is recursive. `seconds` is wall time, `cpu_seconds` the process's own.
"""

import argparse
import json
import os
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from linli.gridding import Options, draw, instance_of, plan_object

SHARED = Path(os.environ.get("LINLI_SHARED", Path(__file__).resolve().parents[2] / "shared"))
CASES = ("fine2k", "fine20k", "hard97", "compounds97", "real", "redraw2k")
KEPT = ("grids", "broken", "crossing", "max_deviation", "over_5pct", "cut_weight", "compound_pieces")


def instance(case: str, seed: int) -> dict[str, Any]:
    """An instance as the tool writes it."""
    from grid_instances import areas, synth  # type: ignore[import-not-found]

    if case == "real":
        folder = SHARED / "data" / "districting"
        made = areas(
            folder / "taipei_basic_units_nodes.csv.gz", folder / "taipei_basic_units_edges.csv.gz", target=1000
        )
    elif case in ("fine2k", "redraw2k"):
        made = synth(2000, "F", seed)
    elif case == "fine20k":
        made = synth(20000, "F", seed)
    else:
        made = synth(4700, "B", seed, communities=97, hard_borders=True)
    return dict(json.loads(json.dumps(made)))


def metis(
    data: dict[str, Any], units: list[int], count: int, tolerance: float, seed: int, recursive: bool
) -> list[int]:
    """The parts that METIS makes of some units."""
    import pymetis

    row = {data["units"][u]["id"]: i for i, u in enumerate(units)}
    near: list[list[tuple[int, int]]] = [[] for _ in units]
    for border in data["borders"]:
        a, b = row.get(border["a"]), row.get(border["b"])
        if a is not None and b is not None:
            near[a].append((b, border["weight"]))
            near[b].append((a, border["weight"]))
    if count == 1:
        return [0] * len(units)
    options = pymetis.Options(
        ufactor=max(1, round(tolerance * 1000)), seed=seed, **({} if recursive else {"contig": 1})
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        _, part = pymetis.part_graph(
            count,
            xadj=np.cumsum([0] + [len(n) for n in near]).tolist(),
            adjncy=[b for n in near for b, _ in n],
            vweights=[int(data["units"][u]["workload"]) for u in units],
            eweights=[w for n in near for _, w in n],
            recursive=recursive,
            options=options,
        )
    return list(part)


def metis_plan(data: dict[str, Any], counts: dict[str, int], tolerance: float, seed: int, recursive: bool) -> Any:
    """The plan that METIS makes, community by community where borders are hard."""
    groups: dict[str, list[int]] = {}
    for i, unit in enumerate(data["units"]):
        groups.setdefault(unit["community"] if data["hard_borders"] else "", []).append(i)
    assignment = {}
    for name, units in groups.items():
        part = metis(data, units, counts[name], tolerance, seed, recursive)
        assignment |= {data["units"][u]["id"]: f"{name}-{p}" for u, p in zip(units, part, strict=True)}
    return {"assignment": assignment}


def grown(data: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same area after a tenth of its compounds have grown by 1.3 to 2 times."""
    rng = np.random.default_rng([seed, 9])
    compounds = sorted({unit["compound"] for unit in data["units"]})
    factor = {c: rng.uniform(1.3, 2.0) for c in rng.choice(compounds, len(compounds) // 10, replace=False)}
    units = [
        unit | {key: round(unit[key] * factor.get(unit["compound"], 1.0)) for key in ("households", "workload")}
        for unit in data["units"]
    ]
    return data | {"units": units}


def measure(case: str, seed: int, tolerance: float) -> dict[str, Any]:
    """One line: our plan and METIS's of one instance."""
    from grid_score import score  # type: ignore[import-not-found]

    data, previous = instance(case, seed), None
    options = Options(tolerance=tolerance, compounds=case == "compounds97", prove=False)
    if case == "redraw2k":
        previous = plan_object(draw(instance_of(data), options))
        data = grown(data, seed)
        options = Options(tolerance=tolerance, previous=previous["assignment"])
    began, cpu = time.monotonic(), time.process_time()
    plan = draw(instance_of(data), options)
    line: dict[str, Any] = {
        "bench": "grid",
        "case": case,
        "seed": seed,
        "tolerance": tolerance,
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }
    ours = score(data, plan_object(plan), previous)
    line |= {key: ours[key] for key in KEPT}
    if previous:
        line["moved_households"] = round(float(ours["moved_households"]), 4)
    if case == "real":
        line["over_5pct_without_single_units"] = sum(
            abs(grid.deviation) > 0.05 + 1e-9 and not _one_unit(data, plan, grid.id) for grid in plan.grids
        )
    if data["hard_borders"]:
        small = [r for r in plan.communities if sum(u["community"] == r.community for u in data["units"]) <= 63]
        gaps = [r.gap for r in plan.communities if r.gap is not None]
        near = sum(r.worst_deviation <= r.lower_bound_deviation + 0.005 for r in plan.communities)
        line |= {
            "communities": len(plan.communities),
            "proven": sum(r.status == "optimal" for r in plan.communities),
            "proven_up_to_63_units": round(sum(r.status == "optimal" for r in small) / len(small), 4),
            "within_half_a_point_of_bound": round(near / len(plan.communities), 4),
            "mean_cut_gap": round(statistics.mean(gaps), 6) if gaps else None,
        }
    counts = {r.community: r.grids for r in plan.communities}
    recursive = case == "compounds97"
    theirs = [score(data, metis_plan(data, counts, tolerance, s, recursive)) for s in range(5)]
    line |= {f"metis_{key}": statistics.median(t[key] for t in theirs) for key in KEPT[1:]}
    line["cut_weight_below_metis"] = round(1 - ours["cut_weight"] / line["metis_cut_weight"], 4)
    return line


def _one_unit(data: dict[str, Any], plan: Any, grid: str) -> bool:
    """Whether a grid is too heavy because one of its units alone is heavier than the tolerance allows."""
    mean = sum(unit["workload"] for unit in data["units"]) / len(plan.grids)
    assignment = plan.assignment
    return any(u["workload"] > 1.05 * mean for u in data["units"] if assignment[u["id"]] == grid)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--seeds", type=int, default=5, help="instances of each case (default: 5)")
    parser.add_argument("--first-seed", type=int, default=9001)
    parser.add_argument("--tolerance", type=float, default=0.05)
    given = parser.parse_args(argv)
    if not (SHARED / "tools" / "grid_score.py").is_file():
        print(f"{SHARED}/tools is not here: instances and scores come from it (LINLI_SHARED)", file=sys.stderr)
        return 1
    sys.path.insert(0, str(SHARED / "tools"))
    from linli.gridding.tests.helpers import lattice

    draw(instance_of(lattice(12, 12)), Options(effort=0.01))  # compiles, on the first run of an installation
    draw(instance_of(lattice(6, 6) | {"hard_borders": True}))
    for case in given.cases.split(","):
        for i in range(1 if case == "real" else given.seeds):
            print(json.dumps(measure(case, given.first_seed + i, given.tolerance)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
