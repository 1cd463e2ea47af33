"""Short ways for tests of the engine: put a definition in force, start a case, act as somebody, let time pass."""

import textwrap
from datetime import datetime, timedelta
from typing import Any

from linli.orgs.actors import SYSTEM, Actor
from linli.procedures import actions, publishing
from linli.procedures.enums import VersionStatus
from linli.procedures.grammar.load import read
from linli.procedures.models import Case, CaseClock, ProcedureVersion
from linli.procedures.starting import start
from linli.procedures.ticks import open_planned, tick
from linli.procedures.verify import broken_link
from linli.testing import NOW, Town

ME = Actor(key="my-browser-my-browser")


def in_force(text: str) -> None:
    """Put a definition in force, in place of the one before it."""
    text = textwrap.dedent(text)
    definition, _source = read(text)
    rows = ProcedureVersion.objects.filter(key=definition.procedure)
    rows.update(status=VersionStatus.RETIRED)
    ProcedureVersion.objects.create(
        key=definition.procedure,
        version=rows.count() + 1,
        name=definition.name.zh,
        text=text,
        status=VersionStatus.PUBLISHED,
        created_at=NOW,
        published_at=NOW,
    )
    publishing.changed()


def steps(body: str, *, key: str = "sample", head: str = "start: [public]") -> str:
    """Return a whole definition of some steps and, in ``head``, whatever else it says."""
    start = f"procedure: {key}\nversion: 1\nname: {key}\n"
    return (
        start + textwrap.dedent(head).strip() + "\nsteps:\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "  ")
    )


FIELDS = """
    start: [public]
    fields:
      amount: {name: 金额, type: money}
      times: {name: t, type: count, max: 9}
      unit: {name: u, type: unit}
      copy: {name: c, type: unit}
      note: {name: n, max: 20}
      flag: {name: f, type: yes_no}
      extra: {name: e, when: {field: flag, is: true}}
      papers: {name: p, type: photos}
"""


def working(actions: str) -> str:
    """Return a definition with one step of these actions, one above it, and an end."""
    body = "work:\n  holder: clerk of community\n  clock: 2 working days\n  actions:\n"
    ends = "\nabove: {holder: dispatcher of street, actions: {back: {to: work}}}\nover: {kind: end, outcome: over}\n"
    return steps(body + textwrap.indent(textwrap.dedent(actions).strip(), "    ") + ends, head=FIELDS)


def begun(town: Town, key: str = "sample", *, by: Actor = ME, at: datetime = NOW, **more: Any) -> Case:
    """Start a case in the east community."""
    place = town.place()
    arguments = {
        "title": "办件",
        "division_id": place.division_id,
        "division_code": place.division_code,
        "grid_id": place.grid_id,
        "starter_key": by.key,
    }
    return start(procedure=key, by=by, at=at, **(arguments | more))


def do(
    town: Town, case: Case, who: str | Actor, action: str, *, at: datetime = NOW, reason: str = "", **form: Any
) -> Case:
    """Act as somebody of the town (or as the actor given)."""
    by = town.actor(who, at) if isinstance(who, str) else who
    return actions.act(case_id=case.pk, action=action, by=by, at=at, form=form, reason=reason)


def fresh(case: Case) -> Case:
    """Return a case as the database has it."""
    return Case.objects.get(pk=case.pk)


def later(**delta: int) -> datetime:
    return NOW + timedelta(**delta)


def turn(at: datetime) -> None:
    """Let the clocks and planned cases of a moment do what they do."""
    tick(at=at)
    open_planned(at=at)


def clock(case: Case, name: str = "step") -> CaseClock:
    """Return the clock of a name that has not ended."""
    return CaseClock.objects.get(case=case.pk, name=name, ended_at=None)


def history(case: Case) -> list[str]:
    """Return the actions of a case's records, after checking that they hang together."""
    rows = list(case.records.order_by("seq"))
    now = fresh(case)
    assert broken_link(rows, now.last_seq, now.last_hash) == ""
    return [row.action for row in rows]


__all__ = [
    "ME",
    "NOW",
    "SYSTEM",
    "begun",
    "clock",
    "do",
    "fresh",
    "history",
    "in_force",
    "later",
    "steps",
    "turn",
    "working",
]
