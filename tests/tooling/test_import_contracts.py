"""The contract on doors, on a graph of its own."""

import grimp
import pytest

from scripts.import_contracts import AreaDoors


def check(importer: str, imported: str) -> bool:
    graph = grimp.ImportGraph()
    for module in (importer, imported):
        for depth in range(1, module.count(".") + 2):
            graph.add_module(".".join(module.split(".")[:depth]))
    graph.add_import(importer=importer, imported=imported, line_number=1, line_contents="import")
    contract = AreaDoors(
        name="doors",
        session_options={"root_packages": ["linli"]},
        contract_options={
            "root": "linli",
            "doors": ["models", "queries"],
            "also": ["places.registry"],
            "free": ["kernel"],
            "composers": ["config"],
        },
    )
    return contract.check(graph, verbose=False).kept


@pytest.mark.parametrize(
    ("importer", "imported", "kept"),
    [
        ("linli.matters.actions", "linli.places.queries", True),
        ("linli.matters.actions", "linli.places.models.grid", True),
        ("linli.matters.actions", "linli.places.policies", False),
        ("linli.matters.actions", "linli.places", False),
        ("linli.matters.actions", "linli.places.registry", True),
        ("linli.matters.actions", "linli.orgs.registry", False),
        ("linli.matters.views.desk", "linli.places.views.desk", False),
        ("linli.matters.views.desk", "linli.matters.policies", True),
        ("linli.matters.actions", "linli.kernel.outbox", True),
        ("linli.config.urls", "linli.places.urls", True),
        ("linli.matters.tests.test_actions", "linli.places.policies", True),
    ],
)
def test_doors(importer: str, imported: str, kept: bool) -> None:
    assert check(importer, imported) is kept
