"""Processes that end with the one that started them, however that one ends: SIGKILL of any of ours leaves no orphan with a port or a job.

What is held is killed at once: everything here may be killed at any moment, and nobody is left to wait for it. Linux does this itself
(``PR_SET_PDEATHSIG``); elsewhere a thread looks who the parent is. On Linux the parent is the thread that started the process, so
processes are started by main threads.
"""

import ctypes
import os
import signal
import threading
import time

SUPERVISOR = "LINLI_SUPERVISOR"
_PR_SET_PDEATHSIG = 1


def tells() -> dict[str, str]:
    """The environment that lets a command started by this process, or an application it loads, end with this process."""
    return {SUPERVISOR: str(os.getpid())}


def hold_if_told() -> None:
    """End this process with the one that the environment names; not those that this one starts, unless they are told too."""
    if supervisor := os.environ.pop(SUPERVISOR, ""):
        hold(int(supervisor))


def hold_forks() -> None:
    """Let whatever this process forks from now on, and whatever that forks, end with the process that forked it."""
    forking = [0]

    def note() -> None:
        forking[0] = os.getpid()

    os.register_at_fork(before=note, after_in_child=lambda: hold(forking[0]))


def hold(parent: int) -> None:
    """End this process as soon as ``parent``, which started it, is gone; at once when it is gone already."""
    if not _told_by_the_kernel():
        threading.Thread(target=watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _told_by_the_kernel() -> bool:
    """Ask for SIGKILL at the end of the parent; False on a system that has no such thing."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (AttributeError, OSError):
        return False
    return bool(prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL)) == 0)


def watch(parent: int) -> None:
    """Return never; kill this process when its parent is another than ``parent``."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)
