"""Gathers what the rehearsal adds to each case and writes it: cases, histories, clocks, matters, figures, notices, search."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from linli.demo.rehearsal.figures import Figures
from linli.demo.rehearsal.life import Link
from linli.demo.rows import Table
from linli.demo.world.types import Matter as Script
from linli.kernel.crypto import blind
from linli.matters.actions import Drawn
from linli.matters.enums import PublicState
from linli.matters.models import Follower, Matter, MatterLink, UnitFigure
from linli.people.models import Contact
from linli.procedures import searching
from linli.procedures.enums import State
from linli.procedures.models import Case, CaseClock, CaseFile, CaseRecord, CaseUnit, Notice, StepFigure
from linli.procedures.work import Added, Work

FRESH = timedelta(days=4)


class Harvest:
    """``keep`` is called after each act; ``write`` and ``write_figures`` at the end, inside one transaction."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self.figures = Figures(now=now)
        self.cases: dict[UUID, Case] = {}
        self.matters: dict[UUID, Matter] = {}
        self.contacts: list[Contact] = []
        self.links: list[Link] = []
        self.followers: dict[UUID, list[Follower]] = defaultdict(list)
        self.records: list[CaseRecord] = []
        self.clocks: list[CaseClock] = []
        self.files: list[CaseFile] = []
        self.units: dict[tuple[UUID, int], datetime] = {}

    def add(self, drawn: Drawn, script: Script) -> None:
        """Take in a new matter, before its first act is kept, with whoever will follow it."""
        matter, followers = drawn.matter, script.followers
        self.matters[matter.pk] = matter
        if drawn.contact is not None:
            self.contacts.append(drawn.contact)
        rng = Random(str(matter.pk))
        span = max(60, int((self.now - matter.created_at).total_seconds()))
        for number in range(followers):
            at = matter.created_at + timedelta(seconds=rng.randrange(30, min(span, 5 * 86_400)))
            key = blind(f"{matter.pk}/{number}", purpose="browser")
            self.followers[matter.pk].append(Follower(matter_id=matter.pk, key=key, at=at))
        matter.followers = followers

    def keep(self, work: Work, added: Added, events: list[Any]) -> None:
        """Take what an act added to a case."""
        case = work.case
        self.cases[case.pk] = case
        self.records += added.records
        self.clocks += added.clocks
        self.files += added.files
        for unit_id in added.left_units:
            self.units.setdefault((case.pk, unit_id), work.at)
        matter, followers = self.matters.get(case.pk), self.followers.get(case.pk, [])
        for fact in events:
            self.figures.see(fact, case, work.at, records=added.records, matter=matter, followers=followers)

    def publish(self, checkers: dict[str, int]) -> None:
        """Say what the public sees: what is older was checked by the community's clerk, what is fresh waits."""
        for matter in self.matters.values():
            case = matter.case
            chance = Random(f"public/{matter.pk}").random()
            old = case.created_at < self.now - FRESH
            if not old or chance > 0.96:
                continue
            matter.public_state = PublicState.HIDDEN if chance < 0.04 or case.restricted else PublicState.SHOWN
            matter.public_checked_by_id = checkers[case.division_code]
        shown = {pk for pk, matter in self.matters.items() if matter.public_state == PublicState.SHOWN}
        for file in self.files:
            file.public = file.case_id in shown

    def write(self) -> dict[str, int]:
        """Write everything; return how many rows of each kind."""
        done = {
            "cases": Table(Case).insert_objects(self.cases.values()),
            "records": Table(CaseRecord).insert_objects(self.records),
            "clocks": Table(CaseClock).insert_objects(self.clocks),
            "files": Table(CaseFile).insert_objects(self.files),
            "contacts": Table(Contact).insert_objects(self.contacts),
            "matters": Table(Matter).insert_objects(self.matters.values()),
            "notices": Table(Notice).insert_objects(self.figures.notices),
        }
        units = [CaseUnit(case_id=case, unit_id=unit, since=at) for (case, unit), at in self.units.items()]
        Table(CaseUnit).insert_objects(units)
        Table(Follower).insert_objects(one for some in self.followers.values() for one in some if one.at <= self.now)
        Table(MatterLink).insert_objects(
            MatterLink(kind=kind, source_id=source, target_id=target, at=at, by_id=user)
            for kind, source, target, at, user in self.links
        )
        self._index()
        return done

    def write_figures(self) -> None:
        """Write the figures, after all that counts in them."""
        figures, by_unit = self.figures.rows()
        Table(StepFigure).insert_objects(figures)
        Table(UnitFigure).insert_objects(by_unit)

    def empty(self) -> "Harvest":
        """Return a harvest that counts in the same figures and holds nothing else."""
        other = Harvest(now=self.now)
        other.figures.steps, other.figures.units = self.figures.steps, self.figures.units
        return other

    def _index(self) -> None:
        """Make every case findable, a matter by its public words and its address too."""
        entries = []
        for case in self.cases.values():
            matter = self.matters.get(case.pk)
            more = f"{matter.public_text} {matter.address}" if matter else ""
            entries.append((case.pk, searching.words_of(case, more)))
        searching.put_many(entries)

    def open_cases(self) -> list[Case]:
        """Return what is running at the end."""
        return [case for case in self.cases.values() if case.state == State.OPEN]
