"""What the grids of a small territory cost: the order in which plans of the same deviation are preferred."""

import numpy as np

from linli.gridding.arrays import Array
from linli.gridding.exact import Price
from linli.gridding.model import Instance, Options
from linli.gridding.small import FINE, Candidates, Small, bits_of, borders_of, kept_people

# One household moved, or one compound split, counts more than all the cut weight of a small territory.
FIRST = 1024


def price_for(instance: Instance, options: Options, small: Small) -> Price | None:
    """None: cut weight, then the length of borders. With a running plan households moved come first, to keep compounds their pieces."""
    if options.previous is not None:
        return _moved
    if options.compounds:
        labels = np.unique(instance.compound[small.units], return_inverse=True)[1]
        return lambda t, c: _pieces(labels, t, c)
    return None


def _moved(t: Small, c: Candidates) -> Array:
    people = bits_of(c.sets)[:, : len(t.work)].astype(np.int64) @ t.people
    return np.asarray((people - kept_people(t, c)) * (2 * FINE) + borders_of(t, c) // FIRST)


def _pieces(labels: Array, t: Small, c: Candidates) -> Array:
    bits = bits_of(c.sets)[:, : len(t.work)]
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    touched = np.maximum.reduceat(bits[:, order], starts, axis=1).astype(np.int64).sum(axis=1)
    return np.asarray(touched * (2 * FINE) + borders_of(t, c) // FIRST)
