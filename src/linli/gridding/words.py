"""What is proven, in words."""

import numpy as np

from linli.gridding.arrays import Array
from linli.gridding.model import Said


def floor_of(work: Array, mean: float) -> float:
    """A deviation that every plan has: that of a grid with the heaviest unit alone, if that is more than the mean."""
    return max(0.0, float(np.max(work)) / mean - 1.0) if mean > 0 else 0.0


def share(value: float, digits: int = 1) -> str:
    return f"{value * 100:.{digits}f} %"


def notes(
    count: int,
    worst: float,
    bound: float,
    optimal: bool,
    others: tuple[tuple[int, float, bool], ...],
    tolerance: float,
) -> list[Said]:
    """Sentences about the proof of one community and what other numbers of grids would allow."""
    if count == 1:
        return [Said("只有一个网格，无需划分。", "One grid: nothing to divide.")]
    digits = 1 if bound >= 0.001 else 3
    said = []
    if worst <= bound + 1e-9:
        zh = f"{count} 个网格时，偏差低于 {share(bound, digits)} 已证明不可能"
        en = f"Under {share(bound, digits)} is impossible with {count} grids"
        zh += "，切割权重也已证明最小。" if optimal else "。"
        en += ", and no plan as fair cuts less." if optimal else "."
        said.append(Said(zh, en))
    elif bound > 0:
        said.append(
            Said(
                f"{count} 个网格时，偏差低于 {share(bound, digits)} 已证明不可能，本方案为 {share(worst)}。",
                f"Under {share(bound, digits)} is impossible with {count} grids; this plan has {share(worst)}.",
            )
        )
    for other, deviation, certain in others:
        if worst > tolerance and deviation >= worst:
            continue
        zh = f"{other} 个网格可做到 {share(deviation)}" + ("（已证明最小）。" if certain else "。")
        en = f"{other} grids allow {share(deviation)}" + (" (proven least)." if certain else ".")
        said.append(Said(zh, en))
    return said
