"""What goes into the drawing of grids and what comes out: plain dataclasses, arrays for what there is many of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from linli.gridding.arrays import Array, Floats, Ints


@dataclass(frozen=True)
class Said:
    """One line in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en

    def in_language(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


class BadInstance(ValueError):
    """What was given cannot be divided; one line names what is wrong."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.said = Said(zh, en)


@dataclass(frozen=True)
class Instance:
    """Buildings or other units, the borders between them, and how large a grid should be.

    Arrays of one entry per unit: x, y, households, workload, work (workload as whole numbers of 1 / work_scale, so that sums are exact),
    compound, community (numbers of their names). Arrays of one entry per border: ends (two unit numbers), length, weight (cost of cutting).
    """

    ids: tuple[str, ...]
    x: Floats
    y: Floats
    households: Ints
    workload: Floats
    work: Ints
    work_scale: float
    compound: Ints
    community: Ints
    communities: tuple[str, ...]
    ends: Ints
    length: Floats
    weight: Floats
    target: float
    hard_borders: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Said, ...] = ()


# (what is being done, how much is done from 0 to 1)
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Options:
    """How to draw.

    tolerance: deviation of workload up to which grids count as equal where it cannot be brought to its proven least.
    seconds: stop after so long with the best plan so far; None: as long as the fixed effort takes.
    previous: the running plan by unit id; few households shall change their grid. Units that it does not know are new.
    prove: also bound what is too large to be solved exactly, and say what one grid more or fewer would allow.
    compounds: keep compounds whole as far as the tolerance allows, instead of making the worst grid as fair as possible.
    band: fewest and most households of a grid.
    stop: asked now and then, from any thread; once it says so the run ends with the best plan so far, as if its time were over.
    """

    tolerance: float = 0.05
    seconds: float | None = None
    seed: int = 0
    previous: Mapping[str, str] | None = None
    prove: bool = False
    compounds: bool = False
    band: tuple[float, float] | None = None
    effort: float = 1.0
    stay: float | None = None
    threads: int = 2
    progress: Progress | None = None
    stop: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Grid:
    """One grid of a plan; deviation is (workload - mean) / mean."""

    id: str
    community: str
    units: int
    households: int
    workload: float
    deviation: float


@dataclass(frozen=True)
class Report:
    """What is known about the plan of one community (of the whole area where borders are not hard).

    status: "optimal" where worst deviation and cut weight are proven least, else "feasible".
    gap: how far the cut weight may be above the proven least, as a share; None where nothing is known.
    lower_bound_deviation: no plan with as many grids has a smaller worst deviation.
    rounding: how far the mean grid is from the target because a number of grids is whole.
    """

    community: str
    grids: int
    status: str
    gap: float | None
    lower_bound_deviation: float
    worst_deviation: float
    rounding: float
    notes: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Quality:
    """Figures of a whole plan, counted as tools outside count them."""

    grids: int
    broken: int
    crossing: int
    worst_deviation: float
    over_tolerance: int
    cut: int
    cut_weight: float
    compound_pieces: int
    compactness: float
    moved_households: float | None


@dataclass(frozen=True)
class Plan:
    """Grids drawn: `part` holds the number of the grid of each unit, in the order of the instance."""

    instance: Instance
    part: Array
    grids: tuple[Grid, ...]
    communities: tuple[Report, ...]
    quality: Quality
    seconds: float
    finished: bool

    @property
    def assignment(self) -> dict[str, str]:
        return {unit: self.grids[int(g)].id for unit, g in zip(self.instance.ids, self.part, strict=True)}
