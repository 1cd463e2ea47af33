"""Is the installation alive and ready: the database answers, migrations are applied, the worker gives signs of life and runs jobs."""

from datetime import datetime

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from linli.kernel import jobs
from linli.kernel.memo import remember


def problems(*, at: datetime) -> list[str]:
    """Return what is not ready, in one word each: database, migrations, worker, jobs."""
    try:
        if not remember("shell:migrated", _migrated, seconds=60):
            return ["migrations"]
        if not jobs.worker_alive(at=at):
            return ["worker"]
        return ["jobs"] if jobs.late(at=at) else []
    except DatabaseError:
        return ["database"]


def _migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
