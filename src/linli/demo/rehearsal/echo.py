"""A long past for a large city: matters that were played and ended are repeated at earlier times, until there are as many as wanted.

Playing a matter through the engine takes milliseconds, repeating one a tenth of that. A repetition is a matter of its own: its ids, code
and moments are its own, its history is chained anew, and it counts in the figures of its months. Times move by whole weeks, so that
weekdays and hours of work stay what they were.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import models

from linli.demo.rehearsal.figures import Addition
from linli.demo.rehearsal.harvest import Harvest
from linli.kernel.chain import GENESIS, link
from linli.kernel.ids import new_code, uuid7_at
from linli.matters.figures import as_ended
from linli.matters.models import Follower, Matter
from linli.people.models import Contact
from linli.procedures.enums import State
from linli.procedures.models import Case, CaseClock, CaseFile, CaseRecord

# Rows are written when so many matters are gathered: memory stays bounded.
BATCH = 5_000
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)")
Row = TypeVar("Row", bound=models.Model)


class _Plan(NamedTuple):
    """The names of a row's columns that hold moments, ids, and JSON in which there are some of them or codes."""

    moments: list[str]
    ids: list[str]
    told: list[str]


class Family:
    """One ended matter with all that belongs to it: the cases opened for and beside it, histories, clocks, files, contact."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self.cases: list[Case] = []
        self.records: list[CaseRecord] = []
        self.clocks: list[CaseClock] = []
        self.files: list[CaseFile] = []
        self.units: list[tuple[tuple[UUID, int], datetime]] = []
        self.followers: list[Follower] = []
        self.additions: list[Addition] = []
        self._plans: dict[int, _Plan] = {}

    def plan(self, row: models.Model, texts: Container[str]) -> "_Plan":
        """Return what changes in a row of this family when it is repeated: found once, as each is repeated several times."""
        plan = self._plans.get(id(row))
        if plan is None:
            values = [(name, value) for name, value in vars(row).items() if name != "_state"]
            plan = self._plans[id(row)] = _Plan(
                [name for name, value in values if isinstance(value, datetime)],
                [name for name, value in values if isinstance(value, UUID)],
                [name for name, value in values if isinstance(value, dict | list) and _tells(value, texts)],
            )
        return plan

    @property
    def ended(self) -> bool:
        return all(case.state == State.ENDED for case in self.cases)


def families(harvest: Harvest) -> list[Family]:
    """Return what can be repeated: ended matters that no other matter belongs to."""
    tied = {pk for link_ in harvest.links for pk in (link_[1], link_[2])}
    found = {pk: Family(matter) for pk, matter in harvest.matters.items() if pk not in tied}
    for case in harvest.cases.values():
        if family := found.get(case.root_id or case.pk):
            family.cases.append(case)
            family.additions += harvest.figures.added.get(case.pk, ())
    roots = {case.pk: case.root_id or case.pk for case in harvest.cases.values()}
    for name in ("records", "clocks", "files"):
        for row in getattr(harvest, name):
            if family := found.get(roots[row.case_id]):
                getattr(family, name).append(row)
    for (case_id, unit_id), since in harvest.units.items():
        if family := found.get(roots[case_id]):
            family.units.append(((case_id, unit_id), since))
    for pk, some in harvest.followers.items():
        if family := found.get(pk):
            family.followers = [one for one in some if one.at <= harvest.now]
    return [family for family in found.values() if family.ended]


def grow(harvest: Harvest, *, wanted: int, days: int, write: Callable[[Harvest], None]) -> int:
    """Repeat ended matters of ``harvest`` until there are ``wanted`` in all; give them to ``write`` in batches. Return how many."""
    contacts = {contact.pk: contact for contact in harvest.contacts}
    known = families(harvest)
    missing, made = wanted - len(harvest.matters), 0
    codes = {case.code for case in harvest.cases.values()}
    batch = harvest.empty()
    for number in _rounds(missing, len(known)):
        back = timedelta(days=-days * (1 + number // len(known)))
        _Echo(known[number % len(known)], back, codes, contacts).into(batch)
        made += 1
        if made % BATCH == 0:
            write(batch)
            batch = harvest.empty()
    write(batch)
    return made


def _rounds(missing: int, known: int) -> Iterator[int]:
    """Numbers from the last round to the first, so that rows are written roughly in the order of their time."""
    if known:
        for turn in range((missing - 1) // known, -1, -1):
            yield from range(turn * known, min(missing, (turn + 1) * known))


class _Echo:
    """One repetition of a family, ``back`` in time."""

    def __init__(self, family: Family, back: timedelta, codes: set[str], contacts: dict[UUID, Contact]) -> None:
        self._family, self._back, self._contacts = family, back, contacts
        self._ids: dict[UUID, UUID] = {}
        self._texts: dict[str, str] = {}
        for case in family.cases:
            code = new_code()
            while code in codes:
                code = new_code()
            codes.add(code)
            made = self._ids[case.pk] = uuid7_at(case.created_at + back)
            self._texts |= {case.code: code, str(case.pk): str(made)}
        for file in family.files:
            made = self._ids[file.pk] = uuid7_at(family.matter.created_at + back)
            self._texts[str(file.pk)] = str(made)

    def into(self, batch: Harvest) -> None:
        """Add all rows to a harvest."""
        family = self._family
        heads = self._records(batch)
        for old in family.cases:
            case = self._moved(old)
            case.code, case.idempotency_key = self._texts[old.code], None
            case.last_hash = heads[old.pk]
            batch.cases[case.pk] = case
        batch.clocks += [self._moved(row) for row in family.clocks]
        batch.files += [self._moved(row) for row in family.files]
        for (case_id, unit_id), since in family.units:
            batch.units[self._ids[case_id], unit_id] = since + self._back
        matter = self._moved(family.matter)
        matter.case = batch.cases[matter.case_id]
        if matter.counted is not None:
            matter.counted["month"] = as_ended(matter.case, at=matter.case.ended_at or matter.created_at)["month"]
        if matter.contact_id is not None:
            contact = self._moved(self._contacts[matter.contact_id])
            contact.pk = uuid7_at(contact.created_at)
            batch.contacts.append(contact)
            matter.contact = contact
        batch.matters[matter.pk] = matter
        batch.followers[matter.pk] = [self._moved(one) for one in family.followers]
        for one in family.additions:
            batch.figures.count(replace(one, at=one.at + self._back))

    def _records(self, batch: Harvest) -> dict[UUID, str]:
        """Chain the histories anew; return the last hash of each."""
        heads: dict[UUID, str] = defaultdict(lambda: GENESIS)
        for old in self._family.records:
            record = self._moved(old)
            record.previous_hash = heads[old.case_id]
            record.hash = heads[old.case_id] = link(record.previous_hash, record.content())
            batch.records.append(record)
        return heads

    def _moved(self, row: Row) -> Row:
        """A copy with its ids mapped, its moments moved, and both also inside its JSON."""
        plan = self._family.plan(row, self._texts)
        kind = type(row)
        made = kind.__new__(kind)
        values = made.__dict__
        values.update(row.__dict__)
        values["_state"] = models.base.ModelState()
        for name in plan.moments:
            values[name] += self._back
        for name in plan.ids:
            values[name] = self._ids.get(values[name], values[name])
        for name in plan.told:
            values[name] = self._told(values[name])
        return made

    def _told(self, value: Any) -> Any:
        if isinstance(value, str):
            if value in self._texts:
                return self._texts[value]
            if len(value) >= 20 and _MOMENT.fullmatch(value):
                moved = datetime.fromisoformat(value.replace("Z", "+00:00")) + self._back
                precise = "microseconds" if "." in value else "seconds"
                return moved.isoformat(timespec=precise).replace("+00:00", value[-1] if value[-1] == "Z" else "+00:00")
            return value
        if isinstance(value, dict):
            return {key: self._told(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self._told(part) for part in value]
        return value


def _tells(value: Any, texts: Container[str]) -> bool:
    """Whether a piece of JSON has an id, a code or a moment in it."""
    if isinstance(value, str):
        return value in texts or (len(value) >= 20 and _MOMENT.fullmatch(value) is not None)
    if isinstance(value, dict):
        return any(_tells(part, texts) for part in value.values())
    return isinstance(value, list) and any(_tells(part, texts) for part in value)
