"""Plain thread-locals for what Django keeps of the request in hand: the language, the script prefix, the database connection.

Django keeps these in ``asgiref.local.Local``, which also follows tasks of an event loop and therefore asks a lock, a context
variable and the thread's number each time. A page asks more than a thousand times. Linli is served by WSGI only: one request, one
thread from beginning to end, where a ``threading.local`` says the same.
"""

import threading

from django.db import connections
from django.urls import base
from django.utils.translation import trans_real

# The names are Django 5.2's own: a version without them is one to look at again (a test says so).
VALUES = ((trans_real, "_active"), (base, "_prefixes"), (base, "_urlconfs"))


def install() -> None:
    """Put plain thread-locals in place, with what this thread has set so far."""
    for owner, name in VALUES:
        old = getattr(owner, name)
        if not isinstance(old, threading.local):
            plain = threading.local()
            if hasattr(old, "value"):
                plain.value = old.value
            setattr(owner, name, plain)
    kept = connections._connections  # type: ignore[attr-defined]
    if not isinstance(kept, threading.local):
        connections._connections = kept._storage  # type: ignore[attr-defined] # a threading.local inside of it
