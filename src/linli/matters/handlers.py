"""Named consequences that the matter's definition calls, and its catalogue."""

from linli.matters.catalogue import look_up
from linli.procedures.registry import catalogue

catalogue("matter")(look_up)
