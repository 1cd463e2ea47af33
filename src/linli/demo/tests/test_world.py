"""The demonstration city: exact numbers, shapes that tile, references that hold, lives that could have happened."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from shapely.geometry import Polygon

from linli.demo.world import World, catalogue, generate, names, photos
from linli.demo.world.shares import spread, spread_capped
from linli.demo.world.types import ACTIONS, ROLES, Matter, Photo, Scale, Step
from linli.demo.world.worktime import WorkClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 20, tzinfo=SHANGHAI)
WIDTH = {"province": 2, "city": 4, "county": 6, "street": 9, "community": 12}
SMALL: tuple[Scale, ...] = ("village", "district")
ALL: tuple[Scale, ...] = ("village", "district", "city")
STATES = {
    "submitted", "assigning", "handling", "whistled", "checking", "rating", "suspended", "closed", "returned", "merged",
}  # fmt: skip


@cache
def world(scale: Scale) -> World:
    return generate(scale, 7, NOW)


@cache
def matters(scale: Scale) -> list[Matter]:
    """All matters of the small scales; of the city only the first, which is enough to see that they come."""
    return list(world(scale).matters()) if scale != "city" else list(islice(world(scale).matters(), 3_000))


def staff_steps(scale: Scale) -> Iterator[tuple[Matter, Step]]:
    return ((m, s) for m in matters(scale) for s in m.script if s.actor == "staff")


# --- numbers -------------------------------------------------------------------------------------------------------


def levels(w: World) -> Counter[str]:
    return Counter(d.level for d in w.divisions)


def test_village_counts() -> None:
    w = world("village")
    assert levels(w) == {"province": 1, "city": 1, "county": 1, "street": 1, "community": 1}
    assert (len(w.grids), len(w.compounds), w.matter_count) == (6, 8, 160)
    assert sum(b.households for b in w.buildings) == 640


def test_district_counts() -> None:
    w = world("district")
    assert levels(w) == {"province": 1, "city": 1, "county": 2, "street": 5, "community": 12}
    assert (len(w.grids), len(w.compounds), w.matter_count) == (120, 236, 2_000)
    assert sum(b.households for b in w.buildings) == 33_600


def test_city_counts() -> None:
    w = world("city")
    assert levels(w) == {"province": 1, "city": 1, "county": 4, "street": 15, "community": 97}
    assert (len(w.grids), len(w.compounds), w.matter_count, w.grown) == (923, 1_816, 30_000, 300_000)
    assert sum(b.households for b in w.buildings) == 287_000


@pytest.mark.parametrize("scale", SMALL)
def test_as_many_matters_as_promised(scale: Scale) -> None:
    assert len(matters(scale)) == world(scale).matter_count == world(scale).counts()["matters"]


@pytest.mark.parametrize("scale", ALL)
def test_households_add_up_at_every_level(scale: Scale) -> None:
    w = world(scale)
    by_grid: Counter[str] = Counter()
    by_compound: Counter[str] = Counter()
    for b in w.buildings:
        assert 0 < b.households <= b.dwellings
        by_grid[b.grid_code] += b.households
        by_compound[b.compound_key] += b.households
    assert {g.code: g.households for g in w.grids} == by_grid
    assert {c.key: c.households for c in w.compounds} == by_compound
    for d in w.divisions:
        prefix = d.code[: WIDTH[d.level]]
        assert d.households == sum(n for code, n in by_grid.items() if code.startswith(prefix))


# --- shapes --------------------------------------------------------------------------------------------------------


def edges(ring: tuple[tuple[float, float], ...]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    return list(pairwise(ring))


def assert_tiles(w: World) -> None:
    """No overlap, no gap, and neighbours have exactly the same points on their common border."""
    shapes = {g.code: Polygon(g.boundary) for g in w.grids}
    city = next(Polygon(d.boundary) for d in w.divisions if d.level == "city")
    assert all(s.is_valid and s.exterior.is_ccw for s in shapes.values())
    union = shapely.union_all(list(shapes.values()))
    assert union.area == pytest.approx(sum(s.area for s in shapes.values()), rel=1e-12)
    assert union.area == pytest.approx(city.area, rel=1e-12)
    assert union.geom_type == "Polygon" and not union.interiors

    directed = [e for g in w.grids for e in edges(g.boundary)]
    assert len(directed) == len(set(directed))
    outside = {(b, a) for a, b in directed} - set(directed)
    assert {(b, a) for a, b in outside} == set(edges(w.divisions[0].boundary))


@pytest.mark.parametrize("scale", ALL)
def test_grids_tile_the_city(scale: Scale) -> None:
    assert_tiles(world(scale))


@pytest.mark.parametrize("scale", ALL)
def test_every_division_is_the_union_of_its_parts(scale: Scale) -> None:
    w = world(scale)
    parts: dict[str, list[Polygon]] = defaultdict(list)
    for g in w.grids:
        parts[g.community_code].append(Polygon(g.boundary))
    for d in w.divisions:
        if d.parent_code:
            parts[d.parent_code].append(Polygon(d.boundary))
    for d in w.divisions:
        shape = Polygon(d.boundary)
        union = shapely.union_all(parts[d.code])
        assert shape.area == pytest.approx(sum(p.area for p in parts[d.code]), rel=1e-12)
        assert union.symmetric_difference(shape).area < shape.area * 1e-9
        assert shape.contains(shapely.Point(d.center))


@pytest.mark.parametrize("scale", ALL)
def test_places_lie_in_their_grid(scale: Scale) -> None:
    w = world(scale)
    shapes = {g.code: Polygon(g.boundary) for g in w.grids}
    for g in w.grids:
        assert shapes[g.code].contains(shapely.Point(g.center))
    for b in w.buildings:
        assert shapes[b.grid_code].contains(Polygon(b.footprint))
        assert Polygon(b.footprint).contains(shapely.Point(b.lon, b.lat))
    for f in w.facilities:
        assert shapes[f.grid_code].contains(shapely.Point(f.lon, f.lat))
    for m in matters(scale):
        assert shapes[m.grid_code].contains(shapely.Point(m.lon, m.lat))


@pytest.mark.parametrize("scale", SMALL)
def test_houses_do_not_overlap_and_stay_dry(scale: Scale) -> None:
    w = world(scale)
    houses = [Polygon(b.footprint) for b in w.buildings]
    tree = shapely.STRtree(houses)
    left, right = tree.query(houses, predicate="intersects")
    assert (left == right).all()
    for water in w.waters:
        # Half the width, in degrees of latitude; a degree of longitude is shorter here, so this asks for less in metres.
        bed = shapely.LineString(water.line).buffer(water.width / 2 / 111_320)
        assert len(tree.query(bed, predicate="intersects")) == 0


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**40))
def test_any_seed_gives_a_whole_village(seed: int) -> None:
    w = generate("village", seed, NOW)
    assert_tiles(w)
    assert len(w.grids) == 6 and sum(b.households for b in w.buildings) == 640
    found = list(w.matters())
    assert [replay(m) for m in found] == [(m.state, m.settled_level) for m in found]
    # Whether somebody reports a thing twice is left to chance.
    assert {m.state for m in found} >= STATES - {"merged"}


# --- references ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ALL)
def test_keys_are_unique_and_references_hold(scale: Scale) -> None:
    w = world(scale)
    keys = {
        "division": [d.code for d in w.divisions], "grid": [g.code for g in w.grids], "compound": [c.key for c in w.compounds],
        "building": [b.key for b in w.buildings], "road": [r.key for r in w.roads], "facility": [f.key for f in w.facilities],
        "org": [o.key for o in w.organisations], "user": [u.username for u in w.users], "post": [p.key for p in w.posts],
        "category": [c.key for c in w.categories], "phone": [u.phone for u in w.users], "road name": [r.name for r in w.roads],
        "division name": [d.name for d in w.divisions], "address": [b.address for b in w.buildings],
    }  # fmt: skip
    known = {kind: set(values) for kind, values in keys.items()}
    for kind, values in keys.items():
        assert len(values) == len(known[kind]), kind
    for b in w.buildings:
        assert b.compound_key in known["compound"] and b.grid_code in known["grid"]
    for c in w.compounds:
        assert set(c.grid_codes) <= known["grid"] and c.grid_codes
        assert {c.property_company, c.owners_committee} <= known["org"] | {None}
    for p in w.posts:
        assert p.username in known["user"] and p.org_key in known["org"] and p.role in ROLES
        assert p.division_code in known["division"] and (p.grid_code is None or p.grid_code in known["grid"])
        assert p.end is None or p.start < p.end
    assert {p.username for p in w.posts} == known["user"]
    seen: set[str] = set()
    for o in w.organisations:
        assert o.parent_key is None or o.parent_key in seen
        assert o.division_code in known["division"]
        seen.add(o.key)


@pytest.mark.parametrize("scale", ALL)
def test_division_codes_nest(scale: Scale) -> None:
    seen: dict[str, str] = {}
    for d in world(scale).divisions:
        assert re.fullmatch(r"99\d{10}", d.code)
        assert set(d.code[WIDTH[d.level] :]) <= {"0"}
        if d.parent_code is not None:
            assert d.code.startswith(d.parent_code[: WIDTH[seen[d.parent_code]]])
        assert (d.kind_code is None) == (d.level != "community")
        seen[d.code] = d.level
    for g in world(scale).grids:
        assert g.code == f"{g.community_code}{g.serial:03d}"


@pytest.mark.parametrize("scale", ALL)
def test_every_kind_of_organisation_and_every_role(scale: Scale) -> None:
    w = world(scale)
    kinds = {o.kind for o in w.organisations}
    expected = {
        "party", "department", "street_office", "station", "social_org", "enterprise", "volunteer_team", "partner_shop",
        "village_committee",
    }  # fmt: skip
    if scale != "village":
        expected |= {"community_committee", "property_company", "owners_committee"}
    assert kinds == expected
    assert {p.role for p in w.posts} == set(ROLES)
    assert any(p.end and p.end <= NOW.date() for p in w.posts)


@pytest.mark.parametrize("scale", SMALL)
def test_every_grid_has_its_team_today(scale: Scale) -> None:
    w = world(scale)
    teams: dict[str, set[str]] = defaultdict(set)
    for p in w.posts:
        if p.grid_code and (p.end is None or p.end > NOW.date()):
            teams[p.grid_code].add(p.role)
    wanted = {"grid_leader", "grid_worker", "micro_grid_worker", "party_group_leader", "dispute_mediator"}
    assert all(wanted <= teams[g.code] for g in w.grids)


def test_everything_is_invented() -> None:
    w = world("district")
    assert all(re.fullmatch(r"0999-00\d{5}", o.phone) for o in w.organisations)
    assert all(re.fullmatch(r"1990000[0-4]\d{3}", u.phone) for u in w.users)
    reporters = {m.reporter for m in matters("district") if m.reporter}
    assert all(re.fullmatch(r"1990000[5-9]\d{3}", r.phone) for r in reporters)
    by_phone: dict[str, set[str]] = defaultdict(set)
    for r in reporters:
        by_phone[r.phone].add(r.name)
    assert all(len(found) == 1 for found in by_phone.values())


def test_hard_names_are_among_the_staff() -> None:
    display = {u.display_name for u in world("district").users}
    assert {name for name, _ in names.RARE_NAMES} <= display
    assert all(u.username.isascii() and re.fullmatch(r"[a-z]+\d{2,}", u.username) for u in world("city").users)


# --- the catalogue -------------------------------------------------------------------------------------------------


def test_catalogue_is_two_levels_and_complete() -> None:
    categories, leaves = catalogue.load()
    groups = {c.key for c in categories if c.parent_key is None}
    assert len(leaves) >= 40
    assert all(leaf.category.parent_key in groups for leaf in leaves)
    duration = re.compile(r"\d+ (hours|days|working days)")
    functions = {o.function for o in world("district").organisations} | {"grid"}
    first = {"danger": "2 hours", "urgent": "24 hours", "ordinary": "7 days", "complex": "15 days"}
    for leaf in leaves:
        c = leaf.category
        assert c.first_answer == first[c.urgency] and duration.fullmatch(c.handling)
        assert c.responsible in functions and c.keywords
        assert leaf.titles and leaf.core and leaf.more and leaf.ask and leaf.grid and leaf.progress and leaf.result
        assert leaf.motif == "" or leaf.motif in photos.MOTIFS
        assert leaf.spot in ("building", "compound", "road") and any(leaf.weights)


def test_all_categories_are_used() -> None:
    leaves = {c.key for c in world("district").categories if c.parent_key}
    assert {m.category_key for m in matters("district")} == leaves


# --- lives ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ALL)
def test_matters_come_in_order_and_point_at_what_exists(scale: Scale) -> None:
    w = world(scale)
    compounds, buildings = {c.key for c in w.compounds}, {b.key: b for b in w.buildings}
    users, seen = {u.username for u in w.users}, set()
    before = w.since
    for m in matters(scale):
        assert before <= m.created_at < w.now and m.key not in seen
        before = m.created_at
        seen.add(m.key)
        assert m.compound_key is None or m.compound_key in compounds
        if m.building_key:
            assert buildings[m.building_key].compound_key == m.compound_key
        assert m.grid_code.startswith(m.community_code)
        assert (m.entered_by is None) == (m.channel == "web")
        assert m.entered_by is None or m.entered_by in users
        assert m.reporter is None or m.channel != "grid"
        assert m.duplicate_of is None or m.duplicate_of in seen


@pytest.mark.parametrize("scale", ALL)
def test_steps_are_in_order_and_past(scale: Scale) -> None:
    for m in matters(scale):
        moments = [m.created_at, *(s.at for s in m.script)]
        assert all(a < b for a, b in pairwise(moments)), m.key
        assert moments[-1] < NOW
        assert all(s.action in ACTIONS and s.at.microsecond == 0 for s in m.script)


@pytest.mark.parametrize("scale", ALL)
def test_whoever_acts_holds_the_post_at_that_time(scale: Scale) -> None:
    held: dict[tuple[str, str, str], list[tuple[date, date | None, str | None]]] = defaultdict(list)
    for p in world(scale).posts:
        held[p.username, p.role, p.org_key].append((p.start, p.end, p.grid_code))
    for m, s in staff_steps(scale):
        assert s.by and s.role and s.unit
        day = s.at.date()
        assert any(
            start <= day and (end is None or day < end) and grid in (None, m.grid_code)
            for start, end, grid in held[s.by, s.role, s.unit]
        ), (m.key, s)
    for m in matters(scale):
        assert all(s.by is None and s.role is None for s in m.script if s.actor != "staff")


FORMS = {
    "accept": {"category", "urgency"}, "return": set(), "merge": {"into"}, "assign_self": {"handler", "level"},
    "assign_grid": {"grid", "handler"}, "assign_department": {"unit", "level"},
    "whistle": {"units", "lead", "meeting_place", "meeting_time"}, "escalate": {"to_level", "unit"},
    "report_in": {"unit", "lon", "lat", "note"}, "confirm": {"unit"}, "unit_done": {"unit", "result"}, "handle": {"note"},
    "comment": {"text"}, "transfer": {"unit"}, "done": {"result", "photos_after"}, "pass": set(), "redo": set(),
    "rate": {"reached", "settled", "satisfied", "words"}, "lapse": set(), "reopen": set(),
    "suspend": {"approved_by", "until"}, "resume": set(), "extend": {"days", "approved_by"},
    "supervise": {"level", "unit", "text"},
}  # fmt: skip
NEEDS_REASON = {"return", "merge", "escalate", "transfer", "redo", "reopen", "suspend", "extend"}


@pytest.mark.parametrize("scale", ALL)
def test_forms_are_filled_in(scale: Scale) -> None:
    w = world(scale)
    orgs, users = {o.key for o in w.organisations}, {u.username for u in w.users}
    assert set(FORMS) == set(ACTIONS)
    for m in matters(scale):
        for s in m.script:
            assert set(s.form) == FORMS[s.action], (m.key, s)
            assert bool(s.reason) == (s.action in NEEDS_REASON)
            assert s.form.get("unit") is None or s.form["unit"] in orgs
            assert set(s.form.get("units", ())) <= orgs
            for name in ("handler", "approved_by"):
                assert s.form.get(name) is None or s.form[name] in users
            if s.action == "assign_grid":
                assert s.form["grid"] == m.grid_code
            assert not any("{" in str(v) for v in (*s.form.values(), s.reason))


# Where each action may happen and where it leads: an oracle of its own, not the generator's code.
LEADS: dict[str, tuple[set[str], str | None]] = {
    "accept": ({"submitted"}, "assigning"), "return": ({"submitted"}, "returned"), "merge": ({"submitted"}, "merged"),
    "assign_self": ({"assigning"}, "handling"), "assign_grid": ({"assigning"}, "handling"),
    "assign_department": ({"assigning"}, "handling"), "whistle": ({"assigning"}, "whistled"), "escalate": ({"assigning"}, None),
    "report_in": ({"whistled"}, None), "confirm": ({"whistled"}, None), "unit_done": ({"whistled"}, None),
    "handle": ({"handling"}, None), "comment": ({"handling"}, None), "transfer": ({"handling"}, None),
    "done": ({"handling"}, "checking"), "pass": ({"checking"}, "rating"), "redo": ({"checking"}, "handling"),
    "lapse": ({"rating"}, "closed"), "rate": ({"rating"}, "closed"), "reopen": ({"closed"}, "assigning"),
    "suspend": ({"handling"}, "suspended"), "resume": ({"suspended"}, "handling"), "extend": ({"handling"}, None),
    "supervise": ({"handling", "whistled"}, None),
}  # fmt: skip


def replay(m: Matter) -> tuple[str, str | None]:
    """State and level of settlement that the script amounts to; asserts that every step was possible."""
    state, level, settled, lead, transfers = "submitted", "community", None, "", 0
    arrived: set[str] = set()
    for s in m.script:
        allowed, to = LEADS[s.action]
        assert state in allowed, (m.key, s.action, state)
        if s.action == "escalate":
            level = s.form["to_level"]
        elif s.action.startswith("assign_"):
            level = "grid" if s.action == "assign_grid" else s.form["level"]
            transfers = 0
        elif s.action == "whistle":
            level, lead, arrived = "community", s.form["lead"], set()
            assert lead in s.form["units"]
        elif s.action == "report_in":
            arrived.add(s.form["unit"])
        elif s.action in ("confirm", "unit_done"):
            assert s.form["unit"] in arrived
            if s.action == "unit_done" and s.form["unit"] == lead:
                to = "checking"
        elif s.action == "transfer":
            transfers += 1
            assert transfers <= 2 and s.form["unit"] != s.unit
        elif s.action == "pass":
            settled = level
        elif (s.action == "rate" and not s.form["settled"]) or s.action == "reopen":
            to, settled, level = "assigning", None, "community"
        state = to or state
    return state, settled


@pytest.mark.parametrize("scale", ALL)
def test_scripts_replay_to_the_stated_state(scale: Scale) -> None:
    for m in matters(scale):
        assert replay(m) == (m.state, m.settled_level), m.key
        over = m.state in ("closed", "returned", "merged", "suspended")
        assert (m.due_at is None) == over
        assert m.overdue == (m.due_at is not None and m.due_at < NOW)


@pytest.mark.parametrize("scale", ALL)
def test_lapses_take_fifteen_days_and_reopening_comes_in_time(scale: Scale) -> None:
    for m in matters(scale):
        for before, s in pairwise(m.script):
            if s.action == "lapse":
                assert s.at - before.at == timedelta(days=15)
            if s.action == "reopen":
                assert s.at - before.at <= timedelta(days=15)
        assert sum(s.action == "reopen" for s in m.script) <= 1


@pytest.mark.parametrize("scale", SMALL)
def test_every_state_is_there_now(scale: Scale) -> None:
    found = Counter(m.state for m in matters(scale))
    assert set(found) == STATES
    assert found["closed"] > sum(found.values()) / 2
    assert any(m.overdue for m in matters(scale))
    assert any(m.state == "submitted" and not m.overdue for m in matters(scale))


def test_settled_at_every_level_most_of_it_below() -> None:
    settled = Counter(m.settled_level for m in matters("district") if m.settled_level)
    assert set(settled) == {"grid", "community", "street", "county", "city"}
    assert settled["grid"] + settled["community"] > 0.7 * settled.total()
    assert settled["street"] > settled["county"] > settled["city"]


def test_all_actions_happen() -> None:
    assert {s.action for m in matters("district") for s in m.script} == set(ACTIONS)
    assert {m.channel for m in matters("district")} == {"web", "hotline", "visit", "grid"}


@pytest.mark.parametrize("scale", SMALL)
def test_duplicates_are_of_running_matters(scale: Scale) -> None:
    by_key = {m.key: m for m in matters(scale)}
    merged = [m for m in matters(scale) if m.state == "merged"]
    assert merged
    for m in merged:
        assert m.script[-1].form["into"] == m.duplicate_of
        first = by_key[m.duplicate_of or ""]
        assert first.created_at < m.created_at and first.state not in ("merged", "returned")
        assert (first.category_key, first.grid_code, first.lon, first.lat) == (
            m.category_key,
            m.grid_code,
            m.lon,
            m.lat,
        )


def test_clusters_grow() -> None:
    w = world("district")
    assert w.clusters
    for c in w.clusters:
        mine = [m for m in matters("district") if m.cluster == c.key]
        assert len(mine) == c.size
        assert {m.category_key for m in mine} == {c.category_key}
        assert {m.compound_key for m in mine} <= {*c.compound_keys, None}
        middle = c.start + (w.now - c.start) / 2
        assert sum(m.created_at > middle for m in mine) > len(mine) / 2
    assert any(c.kind == "stirring" and len(c.compound_keys) == 1 for c in w.clusters)


# --- rhythm --------------------------------------------------------------------------------------------------------


def test_weekdays_and_days_bring_more_than_weekends_and_nights() -> None:
    found = [m.created_at for m in matters("district")]
    weekend = sum(t.weekday() >= 5 for t in found) / 2
    assert weekend < 0.85 * (len(found) - weekend * 2) / 5
    night = sum(t.hour < 6 for t in found)
    assert 0 < night < 0.08 * len(found)


def test_desks_work_in_office_hours() -> None:
    urgent = {c.key for c in world("district").categories if c.urgency == "danger"}
    opens = [
        s.at for m, s in staff_steps("district") if m.category_key not in urgent and s.role in ("clerk", "dispatcher", "handler")
    ]  # fmt: skip
    inside = sum(
        chinese_calendar.is_workday(t.date()) and (8.5 <= t.hour + t.minute / 60 < 12 or 14 <= t.hour + t.minute / 60 < 17.5)
        for t in opens
    )  # fmt: skip
    assert inside > 0.97 * len(opens)


@cache
def clock() -> WorkClock:
    return WorkClock(date(2026, 1, 1), 500)


def worked_slowly(start: int, end: int) -> int:
    """Working seconds between two times of ``clock()``, counted day by day from the calendar."""
    total = 0
    for day in range(start // 86_400, end // 86_400 + 1):
        on = clock().first + timedelta(days=day)
        is_open = chinese_calendar.is_workday(on) if on.year <= 2026 else on.weekday() < 5
        for begin, stop in ((30_600, 43_200), (50_400, 63_000)) if is_open else ():
            total += max(0, min(end, day * 86_400 + stop) - max(start, day * 86_400 + begin))
    return total


@settings(max_examples=150, deadline=None)
@given(start=st.integers(0, 300 * 86_400), work=st.integers(0, 25 * 25_200))
def test_working_time_against_a_slow_count(start: int, work: int) -> None:
    end = clock().after(start, work)
    assert end >= start and clock().is_open(end)
    assert worked_slowly(start, end) == work == clock().worked(end) - clock().worked(start)


# --- words and pictures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ALL)
def test_texts_are_filled_and_varied(scale: Scale) -> None:
    found = matters(scale)
    for m in found:
        assert 2 <= len(m.title) <= 40 and 5 <= len(m.text) <= 300
        assert not re.search(r"[{}\x00-\x1f]", m.title + m.text)
    assert len({m.text for m in found}) > 0.88 * len(found)


def test_some_texts_hold_what_must_be_masked() -> None:
    text = "\n".join(m.text for m in matters("district"))
    assert re.search(r"宁Z[0-9A-H]{5}", text) and re.search(r"1990000\d{4}", text) and re.search(r"单元\d+0\d", text)


def test_about_sixty_matters_have_pictures() -> None:
    shown = [m for m in matters("district") if m.photos]
    assert len(shown) == 60
    keys = [p.key for m in shown for p in m.photos]
    assert len(keys) == len(set(keys)) and max(len(m.photos) for m in shown) <= 9
    assert any(m.photos for m in matters("village"))


@pytest.mark.parametrize("motif", sorted(photos.MOTIFS))
def test_pictures_are_jpegs_and_always_the_same(motif: str) -> None:
    photo = Photo("p", motif, 11, "现场")
    data = photos.draw(photo)
    assert data == photos.draw(photo) != photos.draw(Photo("p", motif, 12, "现场"))
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (960, 720))
        assert len(image.getcolors(1 << 20) or []) > 20


# --- sameness ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SMALL)
def test_same_seed_same_world(scale: Scale) -> None:
    again = generate(scale, 7, NOW)
    assert again == world(scale)
    assert list(again.matters()) == matters(scale)
    assert list(again.matters()) == matters(scale), "a second walk gives the same"


def test_other_seed_other_world() -> None:
    other = generate("village", 8, NOW)
    assert other.divisions != world("village").divisions
    assert list(other.matters()) != matters("village")


def test_city_is_the_same_again() -> None:
    again = generate("city", 7, NOW)
    assert again == world("city")
    assert list(islice(again.matters(), 300)) == matters("city")[:300]


def test_hash_randomisation_changes_nothing() -> None:
    code = (
        "import hashlib, datetime as d\n"
        "from linli.demo.world import generate\n"
        "w = generate('village', 7, d.datetime(2026, 11, 24, 2, 20, tzinfo=d.UTC))\n"
        "print(hashlib.sha256(repr((w, list(w.matters()))).encode()).hexdigest())"
    )
    path = str(Path(__file__).parents[3])
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
            check=True, capture_output=True, text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    here = generate("village", 7, NOW)
    assert found == {hashlib.sha256(repr((here, list(here.matters()))).encode()).hexdigest()}


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 10, 4, 3, 0, tzinfo=SHANGHAI),
        datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
        datetime(2031, 1, 1, 0, 0, tzinfo=SHANGHAI),
        datetime(2026, 3, 1, 12, 30, 15, 999_999, tzinfo=ZoneInfo("America/New_York")),
    ],
)
def test_any_present_will_do(now: datetime) -> None:
    w = generate("village", 3, now)
    found = list(w.matters())
    assert len(found) == 160
    for m in found:
        replay(m)
        assert all(s.at < w.now for s in m.script) and m.created_at < w.now


def test_city_name_can_be_chosen() -> None:
    w = generate("village", 7, NOW, "晴渡市")
    assert w.city_name == "晴渡市"
    assert next(d.name for d in w.divisions if d.level == "city") == "晴渡市"
    assert any(o.name == "晴渡市市民热线中心" for o in w.organisations)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown scale"):
        generate("planet", 7, NOW)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="aware"):
        generate("village", 7, datetime(2026, 11, 24))


@given(total=st.integers(0, 10**6), weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=30))
def test_shares_are_exact_and_fair(total: int, weights: list[float]) -> None:
    out = spread(total, weights)
    assert sum(out) == total
    assert all(abs(n - total * w / sum(weights)) < 1.001 for n, w in zip(out, weights, strict=True))


@given(caps=st.lists(st.integers(1, 200), min_size=1, max_size=30), data=st.data())
def test_capped_shares_stay_under_their_caps(caps: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(caps)))
    out = spread_capped(total, caps)
    assert sum(out) == total and all(n <= cap for n, cap in zip(out, caps, strict=True))
    with pytest.raises(ValueError, match="does not fit"):
        spread_capped(sum(caps) + 1, caps)
