"""Dividing whole numbers: largest remainder, exact totals."""

from __future__ import annotations

from collections.abc import Sequence


def spread(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` divided in whole numbers about as the weights; the sum is exact. Ties go to the earlier one."""
    whole = sum(weights)
    exact = [total * w / whole for w in weights]
    out = [int(x) for x in exact]
    order = sorted(range(len(weights)), key=lambda i: (out[i] - exact[i], i))
    for i in order[: total - sum(out)]:
        out[i] += 1
    return out


def spread_capped(total: int, caps: Sequence[int]) -> list[int]:
    """``total`` divided as the caps, none above its cap. Raises ValueError if the caps do not hold the total."""
    if total > sum(caps):
        raise ValueError(f"{total} does not fit in {sum(caps)}")
    out = [min(x, cap) for x, cap in zip(spread(total, caps), caps, strict=True)]
    missing = total - sum(out)
    for i, cap in enumerate(caps):
        if missing == 0:
            break
        add = min(missing, cap - out[i])
        out[i] += add
        missing -= add
    return out
