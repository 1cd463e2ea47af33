"""What granian serves: the WSGI application behind the gate that collects requests."""

import gc
import os

from linli.config.wsgi import application as wsgi
from linli.kernel import lifeline
from linli.kernel.gate import gate

# a server process must not keep the port when the one that started it was killed
lifeline.hold_if_told()

application = gate(wsgi, threads=int(os.environ.get("LINLI_THREADS") or 2))

# A page makes thousands of short-lived objects and hardly a cycle: looking for cycles every 700 of them, also among all that was loaded
# for good, took a tenth of the time.
gc.freeze()
gc.set_threshold(20_000, 20, 50)
