"""Is the installation alive and ready: the database answers, migrations are applied, the worker gave a sign of life."""

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from linli.kernel.memo import remember
from linli.kernel.models import Heartbeat

WORKER_SILENT = timedelta(minutes=2)


def problems(*, at: datetime) -> list[str]:
    """Return what is not ready, in one word each: database, migrations, worker."""
    try:
        if not remember("shell:migrated", _migrated, seconds=60):
            return ["migrations"]
        beat = Heartbeat.objects.filter(name="worker").first()
    except DatabaseError:
        return ["database"]
    return [] if beat is not None and at - beat.at < WORKER_SILENT else ["worker"]


def _migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
