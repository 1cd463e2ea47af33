"""Figures made of the answers of many: of the units of a joint step, of the voices of a collecting one. Exact, never floating."""

from fractions import Fraction
from typing import Any

from linli.procedures.grammar.conditions import number
from linli.procedures.grammar.definition import Gather
from linli.procedures.models import Voice
from linli.procedures.work import Work


def gathered(rule: Gather, many: list[dict[str, Any]]) -> Any:
    """Return a figure made of one answer of many cases; means are exact, written as a decimal string with two places."""
    values = [data[rule.of] for data in many if data.get(rule.of) is not None]
    if rule.by == "count":
        return len(values)
    if rule.by == "all_yes":
        return bool(values) and len(values) == len(many) and all(value is True for value in values)
    numbers = [found for value in values if (found := number(value)) is not None]
    if not numbers:
        return None
    if rule.by == "mean":
        return _decimal(sum(numbers, Fraction(0)) / len(numbers))
    if rule.by == "sum":
        return _decimal(sum(numbers, Fraction(0)))
    return _decimal(min(numbers) if rule.by == "min" else max(numbers))


def _decimal(value: Fraction) -> str | int:
    if value.denominator == 1:
        return int(value)
    hundredths = round(value * 100)
    return f"{'-' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"


def tally(work: Work) -> None:
    """Before a case leaves a collecting step: make its figures of the voices so far, and count them."""
    case, step = work.case, work.step
    if step.kind != "collect":
        return
    said = list(Voice.objects.filter(case=case, visit=case.visit).order_by("id").values_list("data", flat=True))
    case.data = {**case.data, **{name: gathered(rule, said) for name, rule in step.gather.items()}, "voices": len(said)}
