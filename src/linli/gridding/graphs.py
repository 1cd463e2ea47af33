"""The graph of an instance: who borders on whom, where borders may be crossed, and what is in one piece."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from linli.gridding.arrays import Array
from linli.gridding.model import Instance

# Shorter borders between grids decide where weights do not: the whole length of an average unit counts as this much weight.
LENGTH_COUNTS = 1e-3


@dataclass(frozen=True)
class Graph:
    """Neighbours of unit i: near[indptr[i]:indptr[i + 1]], with what cutting each border costs (weight, and a trifle for its length)."""

    indptr: Array
    near: Array
    cost: Array
    weight: Array

    @property
    def size(self) -> int:
        return len(self.indptr) - 1


def graph_of(instance: Instance) -> Graph:
    """The graph of the borders that a grid may reach across."""
    inside = usable(instance)
    ends, weight, length = instance.ends[inside], instance.weight[inside], instance.length[inside]
    usual = float(length.mean()) if len(length) and length.mean() > 0 else 1.0
    return build(len(instance.ids), ends, weight, weight + LENGTH_COUNTS * np.minimum(length / usual, 10.0))


def usable(instance: Instance) -> Array:
    """Which borders a grid may reach across: all, or with hard borders those inside a community."""
    if not instance.hard_borders:
        return np.ones(len(instance.ends), bool)
    sides = instance.community[instance.ends]
    return np.asarray(sides[:, 0] == sides[:, 1])


def build(size: int, ends: Array, weight: Array, cost: Array) -> Graph:
    """Make the graph of `size` units with borders `ends`; neighbours are in ascending order."""
    start = np.concatenate([ends[:, 0], ends[:, 1]])
    stop = np.concatenate([ends[:, 1], ends[:, 0]])
    order = np.lexsort((stop, start))
    indptr = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(start, minlength=size), out=indptr[1:])
    twice = np.concatenate([np.arange(len(ends))] * 2)[order]
    return Graph(indptr, stop[order].astype(np.int32), cost[twice].astype(np.float64), weight[twice].astype(np.float64))


def part_of(graph: Graph, units: Array) -> Graph:
    """The graph of some units alone, numbered in the order given."""
    number = np.full(graph.size, -1, np.int64)
    number[units] = np.arange(len(units))
    start = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    kept = (number[start] >= 0) & (number[graph.near] >= 0) & (start < graph.near)
    ends = np.stack([number[start[kept]], number[graph.near[kept]]], axis=1)
    return build(len(units), ends, graph.weight[kept], graph.cost[kept])


def pieces(graph: Graph, label: Array | None = None) -> Array:
    """Number the connected pieces of the graph, or of the units of equal label."""
    start = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    kept = np.ones(len(start), bool) if label is None else label[start] == label[graph.near]
    matrix = csr_matrix((np.ones(int(kept.sum())), (start[kept], graph.near[kept])), shape=(graph.size, graph.size))
    return np.asarray(connected_components(matrix, directed=False)[1])
