"""The stages that must be seen at ``now`` whatever chance brings, and how old such a matter is."""

from __future__ import annotations

from dataclasses import dataclass

_OUTDOOR = (
    "municipal",
    "urban_mgmt",
    "ecology",
    "transport",
    "water",
    "power",
    "enforcement",
    "sanitation",
    "lighting",
    "housing",
    "traffic_police",
    "agriculture",
    "water_bureau",
)
_OF_CITY = ("housing", "transport", "ecology", "education", "water")


@dataclass(frozen=True, slots=True)
class Plan:
    """``hours``: age between these two; ``responsible``: functions that fit, empty for any; ``days``: most to handle it."""

    stage: str
    hours: tuple[float, float]
    responsible: tuple[str, ...] = ()
    days: int = 99


PLANS: tuple[Plan, ...] = (
    Plan("submitted", (0.2, 1.5)),
    Plan("submitted", (75, 110)),
    Plan("assigning", (3, 10)),
    Plan("handling grid", (20, 60)),
    Plan("handling department", (26, 90), _OUTDOOR),
    Plan("handling street", (50, 120), _OUTDOOR),
    Plan("handling county", (70, 170), _OUTDOOR),
    Plan("handling city", (120, 300), _OF_CITY),
    Plan("whistled called", (2, 4), _OUTDOOR),
    Plan("whistled arrived", (24, 60), _OUTDOOR),
    Plan("whistled noshow", (80, 130), _OUTDOOR),
    Plan("suspended", (150, 400)),
    Plan("extended", (150, 300)),
    Plan("supervised", (330, 600), _OUTDOOR, 5),
    Plan("transferred", (60, 150), _OUTDOOR),
    Plan("checking", (48, 120)),
    Plan("redo", (90, 200)),
    Plan("rating", (72, 240)),
    Plan("reopened", (330, 600)),
    Plan("returned", (24, 200)),
    Plan("closed street", (700, 1400), _OUTDOOR),
    Plan("closed county", (700, 1400), _OUTDOOR),
    Plan("closed city", (900, 1800), _OF_CITY),
)
