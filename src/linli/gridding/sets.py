"""Compiled work on sets of up to 120 units, each set two 64-bit words: all candidates for a grid, and the best way to put them together."""

from typing import Any

import numpy as np
from numba import njit

from linli.gridding.arrays import Array

# The upper byte of the second word says how many grids are already drawn, where sets are remembered.
MOST = 120

_PLACE = np.zeros(64, np.int64)
for _i in range(64):
    _PLACE[(0x03F79D71B4CB0A89 * (1 << _i) % (1 << 64)) >> 58] = _i
_ONE = np.uint64(1)
_NONE = np.uint64(0)


@njit(cache=True, nogil=True, inline="always")
def _lowest(word: Any) -> Any:
    """The place of the lowest bit of a word that is not 0."""
    return _PLACE[((word & (~word + _ONE)) * np.uint64(0x03F79D71B4CB0A89)) >> np.uint64(58)]


@njit(cache=True, nogil=True)
def _rest_fits(
    r0: Any,
    r1: Any,
    near: Array,
    work: Array,
    low: int,
    high: int,
    count: int,
    home_low: int,
    home_high: int,
    people: Array,
) -> bool:
    """Whether the units of a set can be `count` grids by their sums: each piece must be a whole number of grids within the windows."""
    fewest, most = 0, 0
    while r0 != _NONE or r1 != _NONE:
        if r0 != _NONE:
            p0, p1 = r0 & (~r0 + _ONE), _NONE
        else:
            p0, p1 = _NONE, r1 & (~r1 + _ONE)
        f0, f1 = p0, p1
        weight, homes = 0, 0
        while f0 != _NONE or f1 != _NONE:
            if f0 != _NONE:
                u = _lowest(f0)
                f0 &= f0 - _ONE
            else:
                u = 64 + _lowest(f1)
                f1 &= f1 - _ONE
            weight += work[u]
            homes += people[u]
            a0 = near[u, 0] & r0 & ~p0
            a1 = near[u, 1] & r1 & ~p1
            p0 |= a0
            p1 |= a1
            f0 |= a0
            f1 |= a1
        at_least = max(1, (weight + high - 1) // high if high > 0 else 1)
        at_most = weight // low if low > 0 else count
        if home_high > 0:
            at_least = max(at_least, (homes + home_high - 1) // home_high)
        if home_low > 0:
            at_most = min(at_most, homes // home_low)
        if at_least > at_most:
            return False
        fewest += at_least
        most += at_most
        r0 &= ~p0
        r1 &= ~p1
    return fewest <= count <= most


@njit(cache=True, nogil=True)
def candidates(
    near: Array,
    work: Array,
    people: Array,
    low: int,
    high: int,
    home_low: int,
    home_high: int,
    count: int,
    room: int,
    steps: int,
) -> Any:
    """All connected sets whose work is in the window and whose rest can still be divided, as rows (word, word) with their work.

    Returns also whether all were found: false when there were more than `room`, or more than `steps` sets to look at.
    """
    n = len(work)
    found = np.empty((min(room, 1024), 2), np.uint64)
    sums = np.empty(min(room, 1024), np.int64)
    stack = np.empty((4 * MOST, 6), np.uint64)
    weights = np.empty((4 * MOST, 2), np.int64)
    all0, all1 = _NONE, _NONE
    for u in range(n):
        if u < 64:
            all0 |= _ONE << np.uint64(u)
        else:
            all1 |= _ONE << np.uint64(u - 64)
    used, looked = 0, 0
    out0, out1 = _NONE, _NONE
    for root in range(n):
        s0, s1 = _NONE, _NONE
        if root < 64:
            s0 = _ONE << np.uint64(root)
        else:
            s1 = _ONE << np.uint64(root - 64)
        out0 |= s0
        out1 |= s1
        depth = 0
        stack[0, 0], stack[0, 1] = s0, s1
        stack[0, 2], stack[0, 3] = near[root, 0] & ~out0, near[root, 1] & ~out1
        stack[0, 4], stack[0, 5] = out0, out1
        weights[0, 0], weights[0, 1] = work[root], people[root]
        fresh = True
        while depth >= 0:
            s0, s1 = stack[depth, 0], stack[depth, 1]
            w, h = weights[depth, 0], weights[depth, 1]
            if fresh and w <= high:
                looked += 1
                if looked > steps:
                    return found[:used], sums[:used], False
                inside = low <= w and h >= home_low and (home_high <= 0 or h <= home_high)
                if inside and _rest_fits(
                    all0 & ~s0, all1 & ~s1, near, work, low, high, count - 1, home_low, home_high, people
                ):
                    if used == room:
                        return found[:used], sums[:used], False
                    if used == len(found):
                        larger = np.empty((min(room, 2 * used), 2), np.uint64)
                        larger[:used] = found
                        found = larger
                        more = np.empty(min(room, 2 * used), np.int64)
                        more[:used] = sums
                        sums = more
                    found[used, 0], found[used, 1] = s0, s1
                    sums[used] = w
                    used += 1
            f0, f1 = stack[depth, 2], stack[depth, 3]
            if w > high or (home_high > 0 and h > home_high) or (f0 == _NONE and f1 == _NONE):
                depth -= 1
                fresh = False
                continue
            if f0 != _NONE:
                c = _lowest(f0)
                c0, c1 = _ONE << np.uint64(c), _NONE
            else:
                c = 64 + _lowest(f1)
                c0, c1 = _NONE, _ONE << np.uint64(c - 64)
            x0, x1 = stack[depth, 4] | c0, stack[depth, 5] | c1
            # This frame goes on without the unit; the one above it takes the unit in.
            stack[depth, 2], stack[depth, 3] = f0 & ~c0, f1 & ~c1
            stack[depth, 4], stack[depth, 5] = x0, x1
            fresh = w + work[c] <= high
            if not fresh:
                continue
            depth += 1
            stack[depth, 0], stack[depth, 1] = s0 | c0, s1 | c1
            stack[depth, 2] = (f0 & ~c0) | (near[c, 0] & ~x0 & ~s0)
            stack[depth, 3] = (f1 & ~c1) | (near[c, 1] & ~x1 & ~s1)
            stack[depth, 4], stack[depth, 5] = x0, x1
            weights[depth, 0], weights[depth, 1] = w + work[c], h + people[c]
    return found[:used], sums[:used], True


@njit(cache=True, nogil=True)
def boundary(found: Array, near: Array, toll: Array) -> Array:
    """Of each set, what the borders between it and the rest cost together; toll[u, v] is the cost of one border."""
    costs = np.zeros(len(found), np.int64)
    for i in range(len(found)):
        s0, s1 = found[i, 0], found[i, 1]
        for half in range(2):
            left = s0 if half == 0 else s1
            while left != _NONE:
                u = 64 * half + _lowest(left)
                left &= left - _ONE
                b0, b1 = near[u, 0] & ~s0, near[u, 1] & ~s1
                while b0 != _NONE:
                    costs[i] += toll[u, _lowest(b0)]
                    b0 &= b0 - _ONE
                while b1 != _NONE:
                    costs[i] += toll[u, 64 + _lowest(b1)]
                    b1 &= b1 - _ONE
    return costs


@njit(cache=True, nogil=True)
def share_of(found: Array, masks: Array, amount: Array) -> Array:
    """Of each set and each of some other sets, the amount that they have in common."""
    common = np.zeros((len(found), len(masks)), np.int64)
    for i in range(len(found)):
        for j in range(len(masks)):
            for half in range(2):
                left = found[i, half] & masks[j, half]
                while left != _NONE:
                    common[i, j] += amount[64 * half + _lowest(left)]
                    left &= left - _ONE
    return common


@njit(cache=True, nogil=True, inline="always")
def _slot(r0: Any, r1: Any, table: Array, used: Array) -> Any:
    """Where a set is in the table, or the free place where it goes."""
    z = (r0 ^ (r1 * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(29))) * np.uint64(0x94D049BB133111EB)
    at = np.int64((z ^ (z >> np.uint64(32))) & np.uint64(len(used) - 1))
    while used[at] != 0 and (table[at, 0] != r0 or table[at, 1] != r1):
        at = (at + 1) & (len(used) - 1)
    return at


NEVER = np.int64(1) << np.int64(62)


@njit(cache=True, nogil=True)
def assemble(
    found: Array,
    start: Array,
    cost: Array,
    near: Array,
    work: Array,
    people: Array,
    low: int,
    high: int,
    home_low: int,
    home_high: int,
    count: int,
    worst: bool,
    any_will_do: bool,
    bits: int,
) -> Any:
    """Put sets together so that they cover every unit once, at the least cost (the sum; with `worst` the largest).

    Sets are sorted by their lowest unit; those of unit u are found[start[u]:start[u + 1]]. The lowest uncovered unit is covered next; what
    is still uncovered is a state, and the best completion of each state is remembered. Returns the cost (NEVER: impossible), the sets
    chosen, the number of states, and whether the table of 2**bits places was large enough.
    """
    n = len(work)
    size = 1 << bits
    table = np.empty((size, 2), np.uint64)
    used = np.zeros(size, np.int8)
    value = np.empty(size, np.int64)
    choice = np.empty(size, np.int32)
    all0, all1 = _NONE, _NONE
    for u in range(n):
        if u < 64:
            all0 |= _ONE << np.uint64(u)
        else:
            all1 |= _ONE << np.uint64(u - 64)
    states = np.empty((count + 1, 2), np.uint64)
    slots = np.empty(count + 1, np.int64)
    nexts = np.empty(count + 1, np.int64)
    lasts = np.empty(count + 1, np.int64)
    filled = 0
    depth = 0
    states[0, 0], states[0, 1] = all0, all1
    at = _slot(all0, all1, table, used)
    slots[0] = at
    used[at] = 1
    table[at, 0], table[at, 1] = all0, all1
    value[at] = NEVER
    choice[at] = -1
    filled = 1
    nexts[0], lasts[0] = start[0], start[1]
    while True:
        i = nexts[depth]
        mine = slots[depth]
        if i == lasts[depth] or (any_will_do and value[mine] < NEVER):
            used[mine] = 2
            if depth == 0:
                break
            depth -= 1
            i = nexts[depth] - 1
            up = slots[depth]
            if value[mine] < NEVER:
                total = max(cost[i], value[mine]) if worst else cost[i] + value[mine]
                if total < value[up]:
                    value[up] = total
                    choice[up] = i
            continue
        nexts[depth] += 1
        r0, r1 = states[depth, 0], states[depth, 1]
        if (found[i, 0] & ~r0) != _NONE or (found[i, 1] & ~r1) != _NONE:
            continue
        if worst and cost[i] >= value[mine]:
            continue
        r0 &= ~found[i, 0]
        r1 &= ~found[i, 1]
        if r0 == _NONE and r1 == _NONE:
            if cost[i] < value[mine] and depth == count - 1:
                value[mine] = cost[i]
                choice[mine] = i
            continue
        if depth == count - 1:
            continue
        k1 = r1 | (np.uint64(depth + 1) << np.uint64(56))
        at = _slot(r0, k1, table, used)
        if used[at] != 0:
            if value[at] < NEVER:
                total = max(cost[i], value[at]) if worst else cost[i] + value[at]
                if total < value[mine]:
                    value[mine] = total
                    choice[mine] = i
            continue
        if 4 * filled > 3 * size:
            return NEVER, np.empty(0, np.int64), filled, False
        used[at] = 1
        filled += 1
        table[at, 0], table[at, 1] = r0, k1
        value[at] = NEVER
        choice[at] = -1
        if not _rest_fits(r0, r1, near, work, low, high, count - depth - 1, home_low, home_high, people):
            used[at] = 2
            continue
        depth += 1
        states[depth, 0], states[depth, 1] = r0, r1
        slots[depth] = at
        u = _lowest(r0) if r0 != _NONE else 64 + _lowest(r1)
        nexts[depth], lasts[depth] = start[u], start[u + 1]
    at = _slot(all0, all1, table, used)
    total = value[at]
    chosen = np.empty(count, np.int64)
    picked = 0
    if total < NEVER:
        r0, r1 = all0, all1
        while r0 != _NONE or r1 != _NONE:
            i = choice[_slot(r0, r1 | (np.uint64(picked) << np.uint64(56)), table, used)]
            chosen[picked] = i
            picked += 1
            r0 &= ~found[i, 0]
            r1 &= ~found[i, 1]
    return total, chosen[:picked], filled, True
