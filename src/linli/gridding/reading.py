"""Reads the description of an area (docs/gridding.md), refusing in one line what cannot be meant."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from linli.gridding.model import BadInstance, Instance, Said

MOST_UNITS = 400_000
MOST_BYTES = 1 << 30
LARGEST = 1e12
# So many names stand in a message.
NAMED = 5


def read(path: Path) -> Instance:
    """Read a file as `linli grid plan` gets it."""
    return instance_of(load(path))


def load(path: Path) -> Any:
    """Return the JSON of a file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInstance(f"{path.name} 太大（上限 1 GiB）", f"{path.name} is larger than 1 GiB")
        return json.loads(path.read_text("utf-8-sig"))
    except OSError as problem:
        raise BadInstance(f"读不了 {path}：{problem.strerror}", f"cannot read {path}: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise BadInstance(f"{path.name} 不是 UTF-8", f"{path.name} is not UTF-8 at byte {problem.start}") from None
    except (json.JSONDecodeError, RecursionError) as problem:
        where = f"line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else "nested too deeply"
        raise BadInstance(f"{path.name} 不是 JSON（{where}）", f"{path.name} is not JSON ({where})") from None


def instance_of(data: Any) -> Instance:
    """Make an instance of the object that the JSON of an area is."""
    if not isinstance(data, Mapping):
        raise BadInstance("内容应为一个 JSON 对象", "the content is not a JSON object")
    units, borders = data.get("units"), data.get("borders", [])
    if not isinstance(units, list) or not units:
        raise BadInstance("没有单元（units）", "there are no units")
    if len(units) > MOST_UNITS:
        raise BadInstance(f"单元超过 {MOST_UNITS} 个", f"there are more than {MOST_UNITS} units")
    if not isinstance(borders, list) or any(not isinstance(one, Mapping) for one in [*units, *borders]):
        raise BadInstance("units、borders 应为对象的列表", "units and borders must be lists of objects")
    hard = data.get("hard_borders", False)
    if not isinstance(hard, bool):
        raise BadInstance("hard_borders 应为 true 或 false", "hard_borders must be true or false")
    target = data.get("target_households", 300)
    if not _is_number(target) or not 0 < target <= LARGEST:
        raise BadInstance("target_households 应为正数", "target_households must be a positive number")
    ids = _ids(units)
    households = _numbers(units, ids, "households", least=0.0, whole=True)
    workload = _numbers(units, ids, "workload", least=0.0)
    names, community = _groups(units, ids, "community", needed=hard)
    work, scale = whole_numbers(workload)
    ends, length, weight, notes = _borders(borders, {name: row for row, name in enumerate(ids)})
    return Instance(
        ids=tuple(ids),
        x=_numbers(units, ids, "x", default=0.0),
        y=_numbers(units, ids, "y", default=0.0),
        households=households.astype(np.int64),
        workload=workload,
        work=work,
        work_scale=scale,
        compound=_groups(units, ids, "compound", needed=False)[1],
        community=community,
        communities=names,
        ends=ends,
        length=length,
        weight=weight,
        target=float(target),
        hard_borders=hard,
        counts=_counts(data.get("grids"), names, community),
        notes=notes,
    )


def whole_numbers(workload: Any) -> tuple[Any, float]:
    """Return workloads as whole numbers and by what they were multiplied: exactly where six decimals do, else to twelve digits of the sum."""
    for power in range(7):
        scaled = workload * 10.0**power
        if scaled.sum() < 2**50 and np.abs(scaled - np.rint(scaled)).max() <= 1e-6:
            return np.rint(scaled).astype(np.int64), 10.0**power
    scale = 1e12 / workload.sum()
    return np.rint(workload * scale).astype(np.int64), float(scale)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refuse(names: list[str], zh: str, en: str) -> None:
    """Refuse with the first names and how many there are in all."""
    if names:
        shown = ", ".join(names[:NAMED])
        more = len(names) - NAMED
        raise BadInstance(
            f"{zh}：{shown}" + (f" 等 {len(names)} 个" if more > 0 else ""),
            f"{en}: {shown}" + (f" and {more} more" if more > 0 else ""),
        )


def _ids(units: list[Any]) -> list[str]:
    wrong = [
        str(row) for row, unit in enumerate(units) if not isinstance(unit.get("id"), str | int) or unit["id"] == ""
    ]
    _refuse(wrong, "单元没有编号（id），序号", "units without an id, at position")
    ids = [str(unit["id"]) for unit in units]
    seen: set[str] = set()
    twice = [name for name in ids if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
    _refuse(twice, "单元编号重复", "unit ids that occur twice")
    return ids


def _numbers(
    units: list[Any],
    ids: list[str],
    key: str,
    *,
    least: float = -LARGEST,
    default: float | None = None,
    whole: bool = False,
) -> Any:
    values = [unit.get(key, default) for unit in units]
    wrong = [name for name, value in zip(ids, values, strict=True) if not _is_number(value)]
    _refuse(wrong, f"{key} 不是数", f"{key} is not a number")
    small = [name for name, value in zip(ids, values, strict=True) if not least <= value <= LARGEST]
    _refuse(small, f"{key} 为负或过大", f"{key} is negative or too large")
    if whole:
        broken = [name for name, value in zip(ids, values, strict=True) if value != int(value)]
        _refuse(broken, f"{key} 不是整数", f"{key} is not a whole number")
    return np.array(values, np.float64)


def _groups(units: list[Any], ids: list[str], key: str, *, needed: bool) -> tuple[tuple[str, ...], Any]:
    """Number the communities or compounds that the units name; a unit that names none is its own compound, or in the nameless community."""
    values = [unit.get(key) for unit in units]
    wrong = [
        name
        for name, value in zip(ids, values, strict=True)
        if not isinstance(value, str | int | None) or isinstance(value, bool) or (needed and value in (None, ""))
    ]
    _refuse(wrong, f"没有 {key}", f"no {key} is given")
    alone = key == "compound"
    names = [
        (("unit", name) if alone else ("", "")) if value in (None, "") else ("", str(value))
        for name, value in zip(ids, values, strict=True)
    ]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return tuple(name for _, name in numbers), np.array([numbers[name] for name in names], np.int64)


def _borders(borders: list[Any], row: dict[str, int]) -> tuple[Any, Any, Any, tuple[Said, ...]]:
    pair_of = [(str(border.get("a")), str(border.get("b"))) for border in borders]
    unknown = dict.fromkeys(name for pair in pair_of for name in pair if name not in row)
    _refuse(list(unknown), "边界指向不存在的单元", "borders name units that do not exist")
    _refuse([a for a, b in pair_of if a == b], "单元与自己相邻", "borders of a unit with itself")
    named = [f"{a}-{b}" for a, b in pair_of]
    number: Callable[..., Any] = _numbers
    length = number(borders, named, "length", least=0.0, default=0.0)
    weight = number(borders, named, "weight", least=0.0, default=1.0)
    kept: dict[tuple[int, int], int] = {}
    again: list[str] = []
    against: list[str] = []
    for at, (a, b) in enumerate(pair_of):
        first = kept.setdefault((min(row[a], row[b]), max(row[a], row[b])), at)
        if first != at:
            same = length[first] == length[at] and weight[first] == weight[at]
            (again if same else against).append(named[at])
    _refuse(against, "同一边界有不同的数据", "borders given twice with different figures")
    notes: tuple[Said, ...] = ()
    if again:
        notes = (
            Said(
                f"重复的边界只计一次：{', '.join(again[:NAMED])}（共 {len(again)} 处）",
                f"borders given twice are counted once: {', '.join(again[:NAMED])} ({len(again)} in all)",
            ),
        )
    firsts = np.array(list(kept.values()), np.int64)
    ends = np.array(list(kept), np.int64).reshape(-1, 2)
    return ends, length[firsts], weight[firsts], notes


def _counts(given: Any, names: tuple[str, ...], community: Any) -> dict[str, int]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise BadInstance("grids 应为“社区：网格数”", "grids must be an object of community and number")
    known = set(names)
    _refuse([str(c) for c in given if c not in known], "grids 中有不存在的社区", "grids names unknown communities")
    size = dict(zip(names, np.bincount(community, minlength=len(names)).tolist(), strict=True))
    wrong = [c for c, k in given.items() if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= size[c]]
    _refuse(wrong, "网格数应在 1 与单元数之间", "the number of grids must be between 1 and the number of units")
    return {str(c): int(k) for c, k in given.items()}
