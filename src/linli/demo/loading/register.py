"""Which row of the database each record of the generated world became."""

import dataclasses


@dataclasses.dataclass
class Register:
    """Ids by the keys of the world: codes of divisions and grids, keys of the rest, user names."""

    divisions: dict[str, int] = dataclasses.field(default_factory=dict)
    grids: dict[str, int] = dataclasses.field(default_factory=dict)
    compounds: dict[str, int] = dataclasses.field(default_factory=dict)
    buildings: dict[str, int] = dataclasses.field(default_factory=dict)
    units: dict[str, int] = dataclasses.field(default_factory=dict)
    users: dict[str, int] = dataclasses.field(default_factory=dict)
    categories: dict[str, int] = dataclasses.field(default_factory=dict)
