"""Writes of the area: keyword-only, one transaction each, policy enforced inside."""

from linli.planning.actions.changing import check_move, drop, move, take_back
from linli.planning.actions.deciding import give_back, publish, submit, withdraw
from linli.planning.actions.making import again, begin, stop, take_in
from linli.planning.actions.settling import settle
from linli.planning.actions.working import beat, claim, fail, finish, mark_lost

__all__ = [
    "again",
    "beat",
    "begin",
    "check_move",
    "claim",
    "drop",
    "fail",
    "finish",
    "give_back",
    "mark_lost",
    "move",
    "publish",
    "settle",
    "stop",
    "submit",
    "take_back",
    "take_in",
    "withdraw",
]
