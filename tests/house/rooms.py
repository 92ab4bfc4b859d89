"""The table of the rooms as an import-linter contract: the one in pyproject.toml is read by it."""

from importlinter import Contract, ContractCheck, fields, output

ROOT = "wufei"


class RoomsContract(Contract):
    """Each row is ``room: rooms it may import``; it may also import whatever those may. No row, no room."""

    type_name = "rooms"
    rooms = fields.ListField(subfield=fields.StringField())

    def check(self, graph, verbose):
        """Look at every import between rooms, and for rooms that the table does not name."""
        del verbose
        table = closed({name.strip(): names.split() for name, names in (row.split(":") for row in self.rooms)})
        wrong = set()
        for module in graph.modules:
            room = room_of(module)
            if room is None:
                continue
            if room not in table:
                wrong.add(f"{module}: the room {room} has no row in the table")
                continue
            for imported in graph.find_modules_directly_imported_by(module):
                other = room_of(imported)
                if other and other != room and other not in table[room]:
                    wrong.add(f"{module} imports {imported}: {room} may not import {other}")
        return ContractCheck(kept=not wrong, metadata={"wrong": sorted(wrong)})

    def render_broken_contract(self, check):
        """Print one line per forbidden import."""
        for line in check.metadata["wrong"]:
            output.print_error(line)


def room_of(module):
    """The room that a module belongs to; None for the root and for what is not ours."""
    parts = module.split(".")
    return parts[1] if parts[0] == ROOT and len(parts) > 1 else None


def closed(table):
    """For each room, everything it may import, directly or by way of a room that it names."""

    def reach(room):
        found = set()
        for name in table[room]:
            found |= {name} | reach(name)
        return found

    return {room: reach(room) for room in table}
