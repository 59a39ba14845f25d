"""The measured results."""

from dataclasses import dataclass, field
from statistics import median

from .cases import NEW, POOL, REUSED

CONNECTIONS = (NEW, REUSED, POOL)

# Waits are kept in steps of half a second: one of 0 was at once.
STEP = 0.5


@dataclass
class Cell:
    """Calls with one fault, one method, and one kind of connection. Lists, because races end in several ways."""

    # Requests that reached the stand-in for one call, where the fault came once and where it went on.
    once: list = field(default_factory=list)
    always: list = field(default_factory=list)
    # Seconds before the requests that the library sent, in steps.
    waits: list = field(default_factory=list)
    # What the app was told: of the call where the fault came once, where it went on, and of the next call on the same
    # client.
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
    def always_resent(self):
        return min(self.once + self.always, default=1) > 1

    @property
    def resends(self):
        """The most requests that the library added, where the fault came once or went on."""
        return max(self.once + self.always, default=1) - 1


def note(values, value):
    """Keeps each value once, in order."""
    if value not in values:
        values.append(value)
        values.sort()


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
        entry |= {
            "setting": client.setting,
            "http": client.http,
            "usual_ms": milliseconds(waits, median),
            "longest_ms": milliseconds(waits, max),
            "first_ms": milliseconds(first, max),
        }
        self.clients.append(entry)
        for outcome in outcomes:
            case = outcome.case
            self.cells.setdefault((client.name, case.fault.name, case.method, case.connection), Cell()).add(outcome)

    def defaults(self):
        """The clients without any switch."""
        return [client for client in self.clients if not client["setting"]]

    def on_connections(self, client, fault, method):
        """Cells by connection."""
        cells = {connection: self.cells.get((client, fault, method, connection)) for connection in CONNECTIONS}
        return {connection: cell for connection, cell in cells.items() if cell}


def milliseconds(waits, which):
    """Of the waits of resends that came at once; null where there was none."""
    at_once = [max(0, round(wait * 1000)) for wait in waits if wait < STEP / 2]
    return round(which(at_once)) if at_once else None
