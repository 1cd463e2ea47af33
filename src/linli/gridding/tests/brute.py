"""All plans of a small area, found by trying everything: the oracle of the exact solver, which shares nothing with it."""

from collections.abc import Iterator
from typing import Any

from linli.gridding.tests.helpers import in_one_piece


def plans(data: dict[str, Any], count: int) -> Iterator[dict[str, set[str]]]:
    """Every division into `count` connected parts, by restricted growth strings."""
    ids = [unit["id"] for unit in data["units"]]

    def extend(at: int, groups: list[set[str]]) -> Iterator[list[set[str]]]:
        if at == len(ids):
            if len(groups) == count:
                yield groups
            return
        if len(groups) + len(ids) - at < count:
            return
        for group in groups:
            group.add(ids[at])
            yield from extend(at + 1, groups)
            group.remove(ids[at])
        if len(groups) < count:
            yield from extend(at + 1, [*groups, {ids[at]}])

    for groups in extend(0, []):
        if all(in_one_piece(data, group) for group in groups):
            yield {str(i): set(group) for i, group in enumerate(groups)}


def worst_deviation(data: dict[str, Any], groups: dict[str, set[str]]) -> float:
    work = {unit["id"]: unit["workload"] for unit in data["units"]}
    mean = sum(work.values()) / len(groups)
    return max(abs(sum(work[unit] for unit in group) / mean - 1) for group in groups.values())


def cut_weight(data: dict[str, Any], groups: dict[str, set[str]]) -> float:
    grid = {unit: name for name, group in groups.items() for unit in group}
    return sum(border["weight"] for border in data["borders"] if grid[border["a"]] != grid[border["b"]])


def best(data: dict[str, Any], count: int) -> tuple[float, float]:
    """The least worst deviation, and the least cut weight of plans that have it."""
    found = [(worst_deviation(data, groups), cut_weight(data, groups)) for groups in plans(data, count)]
    least = min(deviation for deviation, _ in found)
    return least, min(cut for deviation, cut in found if deviation <= least + 1e-9)
