"""A contract for import-linter (see pyproject.toml): which modules of an area the others may import."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def _names(field: Any) -> set[str]:
    """The value of a field: on an instance, import-linter has put a set where the class has the description."""
    return set(field or ())


class AreaDoors(Contract):
    """An area may be entered from another one only through named modules, its doors.

    `root`: the package whose children are the areas; `doors`: names of modules (or packages) of an area that others may
    import; `also`: further doors of single areas, as `area.module`; `free`: children that are no areas and open to all;
    `composers`: children that put the areas together and may import anything. Imports made by tests are not looked at.
    """

    type_name = "doors"

    root = fields.StringField()
    doors = fields.SetField(subfield=fields.StringField())
    also = fields.SetField(subfield=fields.StringField(), required=False)
    free = fields.SetField(subfield=fields.StringField(), required=False)
    composers = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every direct import between two areas."""
        root, doors, also = str(self.root), _names(self.doors), _names(self.also)
        open_to_all, unbound = _names(self.free), _names(self.composers)
        broken: list[dict[str, Any]] = []
        for importer in sorted(graph.modules):
            names = importer.split(".")
            if names[0] != root or len(names) < 2 or names[1] in unbound or "tests" in names:
                continue
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                target = imported.split(".")
                if target[0] != root or len(target) < 2 or target[1] in {names[1], *open_to_all}:
                    continue
                if len(target) < 3 or (target[2] not in doors and ".".join(target[1:3]) not in also):
                    details = graph.get_import_details(importer=importer, imported=imported)
                    broken.append(
                        {"importer": importer, "imported": imported, "lines": [one["line_number"] for one in details]}
                    )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line per import that goes round the doors."""
        for one in check.metadata["broken"]:
            lines = ", ".join(map(str, one["lines"]))
            output.print_error(f"{one['importer']} (line {lines}) imports {one['imported']}", bold=False)
        output.new_line()
