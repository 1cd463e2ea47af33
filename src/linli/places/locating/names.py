"""A dictionary of names: exact, found inside a text, and similar ones through an index of character pairs."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

_LOOKED_AT = 32


class NameTable:
    """Names in matching spelling (`spelling.key`), each with the references it stands for. Names have two characters
    or more."""

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        refs: dict[str, set[int]] = defaultdict(set)
        for name, ref in pairs:
            if len(name) >= 2:
                refs[name].add(ref)
        self._refs = {name: tuple(sorted(found)) for name, found in sorted(refs.items())}
        self._names = list(self._refs)
        lengths: dict[str, set[int]] = defaultdict(set)
        postings: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(self._names):
            lengths[name[:2]].add(len(name))
            for pair in _pairs(name):
                postings[pair].append(number)
        self._lengths = {start: sorted(found, reverse=True) for start, found in lengths.items()}
        self._postings = {pair: np.array(numbers, dtype=np.int64) for pair, numbers in postings.items()}
        self._pair_counts = np.array([len(_pairs(name)) for name in self._names], dtype=np.int64)

    def refs(self, name: str) -> tuple[int, ...]:
        """What the name stands for, in rising order; empty for an unknown name."""
        return self._refs.get(name, ())

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where known names stand in the text, as (start, end); of names inside longer known names only the
        longest."""
        found: list[tuple[int, int]] = []
        reached = 0
        for start in range(len(text) - 1):
            for length in self._lengths.get(text[start : start + 2], ()):
                end = start + length
                # A name that ends no later than one begun earlier lies inside it.
                if reached < end <= len(text) and text[start:end] in self._refs:
                    found.append((start, end))
                    reached = end
                    break
        return found

    def similar(self, name: str, limit: int) -> list[tuple[str, float]]:
        """Known names like this one, most alike first, with a likeness from 0.5 to 1; what is less alike is left out.

        Likeness is the Dice coefficient of the sets of character pairs (Dice 1945), raised where one name contains the
        other.
        """
        wanted = _pairs(name)
        hits = [found for pair in wanted if (found := self._postings.get(pair)) is not None]
        if not hits:
            return []
        common = np.bincount(np.concatenate(hits), minlength=len(self._names))
        sharing = np.flatnonzero(common)
        dice = 2.0 * common[sharing] / (self._pair_counts[sharing] + len(wanted))
        if len(sharing) > _LOOKED_AT:
            least = np.partition(dice, -_LOOKED_AT)[-_LOOKED_AT]
            keep = np.flatnonzero(dice >= least)[: 4 * _LOOKED_AT]
            sharing, dice = sharing[keep], dice[keep]
        liked = []
        for number, likeness in zip(sharing.tolist(), dice.tolist(), strict=True):
            known = self._names[number]
            if name in known:  # people shorten names
                likeness = max(likeness, 0.5 + 0.4 * len(name) / len(known))
            elif known in name:  # a name that goes on is rather another one
                likeness = max(likeness, 0.3 + 0.5 * len(known) / len(name))
            if likeness >= 0.5:
                liked.append((known, likeness))
        liked.sort(key=lambda item: (-item[1], item[0]))
        return liked[:limit]


def _pairs(name: str) -> set[str]:
    return {name[i : i + 2] for i in range(len(name) - 1)}
