"""A whistle: units are called, arrive one by one, are confirmed, do their part; a no-show climbs."""

from __future__ import annotations

from linli.demo.world.recorder import HOUR, Recorder
from linli.demo.world.worktime import WORKDAY


def whistle(life: Recorder, lead: str) -> None:
    """From assigning to checking by way of a whistle with ``lead`` in charge."""
    rng, case, scene, clock = life.rng, life.case, life.scene, life.clock
    units = list(dict.fromkeys([lead, *scene.along(scene.units[lead].function, case, rng)]))
    called = life.soon(life.wait(40))
    life.do(
        "whistle",
        called,
        "clerk",
        life.committee,
        {
            "units": tuple(units),
            "lead": lead,
            "meeting_place": life.say("meeting_places"),
            "meeting_time": clock.at(clock.after(called, 2 * HOUR)),
        },
    )
    life.state, life.level = "whistled", "community"
    life.due = clock.after(life.t, 2 * HOUR)
    life.stop_at("whistled", "called")
    arrivals = sorted((life.wait(60, 0.5), unit) for unit in units)
    late = (
        rng.choice(units) if life.at_stage("whistled", "noshow") or (not life.stage and rng.random() < 0.12) else None
    )
    for at, unit in arrivals:
        if unit != late:
            _arrive(life, unit, at)
    if late is not None:
        text = life.say("noshow_texts", unit=life.short(late))
        life.supervise("street", scene.unit("street", case), late, text)
        life.stop_at("whistled", "noshow")
        _arrive(life, late, life.wait(180))
    life.due = clock.after(called, case.leaf.handling_days * WORKDAY)
    life.stop_at("whistled", "arrived")
    for unit in sorted(units, key=lambda u: u == lead):
        share = rng.uniform(0.1, 0.5) * scene.pace[unit]
        part = life.fill(case.leaf.result) if unit == lead else life.say("whistle_done")
        at = clock.after(life.t, int(share * case.leaf.handling_days * WORKDAY))
        life.do("unit_done", at, "handler", unit, {"unit": unit, "result": part})
    life.to_check()


def _arrive(life: Recorder, unit: str, at: int) -> None:
    """The unit reports in on site, and the community confirms."""
    form = {
        "unit": unit,
        "lon": round(life.case.lon + life.rng.uniform(-9e-5, 9e-5), 7),
        "lat": round(life.case.lat + life.rng.uniform(-9e-5, 9e-5), 7),
        "note": life.say("whistle_notes"),
    }
    life.do("report_in", at, "handler", unit, form)
    life.clerk("confirm", 12, {"unit": unit})
