"""One measurement: statements counted here, then a server and a load generator as processes of their own.

Reported are requests per second, the median and the 99th percentile of the latency as the clients see it, statements per request,
and CPU milliseconds per request of the application and, on PostgreSQL, of the database (all its processes). On SQLite the database
works inside the application's processes, and its part cannot be told apart: it is null and contained in the application's.
"""

import json
import math
import subprocess
import sys
from typing import Any

from django.db import connection

from linli.demo.bench import statements, targets
from linli.demo.bench.server import Server

# Seconds of load before the measurement: processes read their configuration, caches fill.
WARM = 3.0
ENVIRONMENT = {"LINLI_INTAKE_PER_HOUR": "1000000000"}


def measure(name: str, *, seconds: float, connections: int, show: bool = False) -> dict[str, Any]:
    """Measure one of ``targets.BENCHES`` on the database of the settings."""
    asks = targets.BENCHES[name](connections)
    count, said = statements.per_request(asks[0])
    if show:
        print("\n".join(said), file=sys.stderr)
    connection.close()
    with Server(ENVIRONMENT) as server:
        _load(server, asks, WARM)
        before = server.cpu()
        result = _load(server, asks, seconds)
        after = server.cpu()
    latencies = sorted(result["latencies_ms"])
    number = max(1, len(latencies))
    database = None
    if before[1] is not None and after[1] is not None:
        database = round((after[1] - before[1]) * 1000 / number, 2)
    return {
        "bench": name,
        "database": connection.vendor,
        "matters": targets.matters(),
        "seconds": round(result["seconds"], 1),
        "connections": connections,
        "requests": len(latencies),
        "requests_per_second": round(len(latencies) / result["seconds"], 1),
        "p50_ms": _percentile(latencies, 0.5),
        "p99_ms": _percentile(latencies, 0.99),
        "statements_per_request": count,
        "cpu_ms_per_request": {
            "application": round((after[0] - before[0]) * 1000 / number, 2),
            "database": database,
        },
        "errors": result["errors"],
    }


def _load(server: Server, asks: list[list[targets.Ask]], seconds: float) -> dict[str, Any]:
    spec = {
        "host": "127.0.0.1",
        "port": server.port,
        "seconds": seconds,
        "connections": [[ask.text() for ask in some] for some in asks],
    }
    done = subprocess.run(
        [sys.executable, "-m", "linli.demo.bench.load"],
        input=json.dumps(spec),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _percentile(values: list[float], part: float) -> float | None:
    """The nearest-rank percentile of sorted values."""
    return round(values[max(0, math.ceil(part * len(values)) - 1)], 2) if values else None
