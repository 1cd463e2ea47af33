"""Draws fair grids (网格): connected parts of equal work, with proofs. A plain library, without Django: see docs/gridding.md.

from linli.gridding import Options, draw, instance_of
plan = draw(instance_of(data), Options(tolerance=0.05, seed=1))
"""

from linli.gridding.drawing import draw
from linli.gridding.model import BadInstance, Grid, Instance, Options, Plan, Quality, Report, Said
from linli.gridding.reading import instance_of, read
from linli.gridding.redrawing import Choice, frontier
from linli.gridding.writing import plan_object, previous_of

__all__ = [
    "BadInstance",
    "Choice",
    "Grid",
    "Instance",
    "Options",
    "Plan",
    "Quality",
    "Report",
    "Said",
    "draw",
    "frontier",
    "instance_of",
    "plan_object",
    "previous_of",
    "read",
]
