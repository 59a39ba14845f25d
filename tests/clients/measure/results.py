"""The measured results as data: `results.json`, in the order of the clients and of the faults."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .cases import METHODS, NEW, POOL, REUSED
from .faults import FAULTS
from .seen import WHOLE

FILE = Path(__file__).resolve().parent.parent / "results.json"

# Waits are kept in steps of half a second: one of 0 was at once.
STEP = 0.5


@dataclass
class Cell:
    """Calls with one fault, one method, and one kind of connection. Lists, because some races end now this way, now that way."""

    # Requests that reached the stand-in for one call, where the fault came once and where it went on.
    once: list = field(default_factory=list)
    always: list = field(default_factory=list)
    # Seconds before the requests that the library sent, in steps.
    waits: list = field(default_factory=list)
    # What the app was told: of the call where the fault came once, where it went on, and of the next call on the same client.
    saw: list = field(default_factory=list)
    saw_always: list = field(default_factory=list)
    next: list = field(default_factory=list)
    # Whether each request repeated the one before byte for byte.
    identical: bool = True

    def add(self, outcome):
        told = (self.always, self.saw_always) if outcome.case.always else (self.once, self.saw)
        note(told[0], outcome.requests)
        note(told[1], outcome.saw)
        note(self.next, outcome.next)
        for wait in outcome.waits:
            note(self.waits, max(0, round(wait / STEP)) * STEP)
        self.identical &= outcome.identical

    @property
    def resends(self):
        """The most requests that the library added, where the fault came once or went on."""
        return max(self.once + self.always, default=1) - 1


def note(values, value):
    """Keeps each value once, in order."""
    if value not in values:
        values.append(value)
        values.sort()


USUAL = {"once": [1], "always": [1], "waits": [], "next": [WHOLE], "identical": True}


@dataclass
class Results:
    # The stand-in's version.
    standin: str
    # The clients with their versions, and the ones that could not be had.
    clients: list
    skipped: list
    # Cells by client, fault, method and connection.
    cells: dict

    def add(self, client, started, outcomes, first):
        """A client with its outcomes, and with the waits of the first resends of its processes."""
        waits = [wait for outcome in outcomes for wait in outcome.waits]
        entry = {"name": client.name, "library": client.library, "version": started.version, "runtime": started.runtime}
        entry |= {"setting": client.setting, "http": client.http, "slowest_ms": largest(waits), "first_ms": largest(first)}
        self.clients.append(entry)
        for outcome in outcomes:
            case = outcome.case
            self.cells.setdefault((client.name, case.fault.name, case.method, case.connection), Cell()).add(outcome)

    def cell(self, client, fault, method, connection):
        return self.cells.get((client, fault, method, connection))


def largest(waits):
    """The longest wait of a resend that came at once, in milliseconds; null where there was none."""
    return max((max(0, round(wait * 1000)) for wait in waits if wait < STEP / 2), default=None)


def written(results):
    """The file's text, a line for each entry."""
    rows = []
    for client in results.clients:
        for fault in FAULTS:
            for method in METHODS:
                row = {"client": client["name"], "fault": fault.name, "method": method}
                for connection in (NEW, REUSED, POOL):
                    cell = results.cell(client["name"], fault.name, method, connection)
                    if cell is not None:
                        row[connection] = shown(cell)
                if len(row) > 3:
                    rows.append(row)
    parts = [f'"standin": {json.dumps(results.standin)}']
    for name, entries in (("clients", results.clients), ("skipped", results.skipped), ("calls", rows)):
        lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in entries)
        parts.append(f'"{name}": [\n{lines}\n]' if lines else f'"{name}": []')
    return "{\n" + ",\n".join(parts) + "\n}\n"


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
        for connection in (NEW, REUSED, POOL):
            if connection in row:
                members = {**USUAL, **row[connection]}
                if connection == POOL:
                    members["once"] = []
                elif "saw_always" not in members:
                    members["saw_always"] = members["saw"]
                cells[row["client"], row["fault"], row["method"], connection] = Cell(**members)
    return Results(value["standin"], value["clients"], value["skipped"], cells)
