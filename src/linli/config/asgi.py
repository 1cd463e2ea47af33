"""What granian serves: the WSGI application behind the gate that collects requests."""

import os

from linli.config.wsgi import application as wsgi
from linli.kernel.gate import gate

application = gate(wsgi, threads=int(os.environ.get("LINLI_THREADS") or 2))
