"""`results.json`: the results in the order of the clients and of the faults, a line for each entry."""

import json
from dataclasses import asdict
from pathlib import Path

from .cases import METHODS, POOL
from .faults import FAULTS
from .results import Cell, Results
from .seen import WHOLE

FILE = Path(__file__).resolve().parent.parent / "results.json"

# What is not written.
USUAL = {"once": [1], "always": [1], "waits": [], "next": [WHOLE], "identical": True}


def load():
    return read(FILE.read_text())


def save(results):
    FILE.write_text(written(results))


def written(results):
    """The file's text. Cells that are alike share a line."""
    rows = [
        row for client in results.clients for fault in FAULTS for row in rows_of(results, client["name"], fault.name)
    ]
    parts = [f'"standin": {json.dumps(results.standin)}']
    for name, entries in (("clients", results.clients), ("skipped", results.skipped), ("calls", rows)):
        lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in entries)
        parts.append(f'"{name}": [\n{lines}\n]' if lines else f'"{name}": []')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def rows_of(results, client, fault):
    by_method = [groups(results, client, fault, method) for method in METHODS]
    if by_method[0] == by_method[1]:
        return [{"client": client, "fault": fault, "methods": list(METHODS), **group} for group in by_method[0]]
    pairs = zip(METHODS, by_method)
    return [
        {"client": client, "fault": fault, "methods": [method], **group} for method, found in pairs for group in found
    ]


def groups(results, client, fault, method):
    """What was measured, with the connections on which it was the same. With a pool the fault never comes only once."""
    found = []
    for connection, cell in results.on_connections(client, fault, method).items():
        members = shown(cell)
        for group in found:
            shared = {name: value for name, value in group.items() if name != "connections"}
            if members == shared or (connection == POOL and same_always(members, shared)):
                group["connections"].append(connection)
                break
        else:
            found.append({"connections": [connection], **members})
    return found


def same_always(one, other):
    always = [{**cell, "saw_always": cell.get("saw_always", cell.get("saw"))} for cell in (one, other)]
    return all(
        always[0].get(name) == always[1].get(name) for name in ("always", "saw_always", "waits", "next", "identical")
    )


def shown(cell):
    """A cell without what is as usual."""
    members = asdict(cell)
    if members["saw_always"] == members["saw"]:
        del members["saw_always"]
    return {name: value for name, value in members.items() if value != USUAL.get(name) and value != []}


def read(text):
    value = json.loads(text)
    cells = {}
    for row in value["calls"]:
        where = {name: row.pop(name) for name in ("client", "fault", "methods", "connections")}
        members = {**USUAL, **row}
        members.setdefault("saw_always", members.get("saw", []))
        for method in where["methods"]:
            for connection in where["connections"]:
                once = {"once": [], "saw": []} if connection == POOL else {}
                cells[where["client"], where["fault"], method, connection] = Cell(**{**members, **once})
    return Results(value["standin"], value["clients"], value["skipped"], cells)
