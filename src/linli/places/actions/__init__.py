"""Writes of the area: keyword-only, one transaction each, policy enforced inside, every change in the audit."""

from linli.places.actions.compounds import (
    create_building,
    create_compound,
    retire_building,
    retire_compound,
    set_dwellings,
    update_building,
    update_compound,
)
from linli.places.actions.divisions import (
    create_division,
    record_succession,
    remove_succession,
    restore_division,
    retire_division,
    update_division,
)
from linli.places.actions.grids import (
    Drawing,
    assign_building,
    close_grid,
    create_grid,
    redraw,
    rename_grid,
    turn_grids,
)
from linli.places.actions.maps import set_base_map

__all__ = [
    "Drawing",
    "assign_building",
    "close_grid",
    "create_building",
    "create_compound",
    "create_division",
    "create_grid",
    "record_succession",
    "redraw",
    "remove_succession",
    "rename_grid",
    "restore_division",
    "retire_building",
    "retire_compound",
    "retire_division",
    "set_base_map",
    "set_dwellings",
    "turn_grids",
    "update_building",
    "update_compound",
    "update_division",
]
