"""What libraries send again by themselves, at their defaults and with their switches."""

from ..cases import ENDLESS, METHODS, NEW, POOL, REUSED
from ..faults import FAULTS
from .markdown import code, listed, table

HEAD = ["client", "method", "after, on a new connection", "on a reused one", "in a row", "with 3 idle", "wait"]


def resent(results):
    """Who sends again, after what, how often and how soon; methods that are alike share a line."""
    rows, never = [], []
    for client in results.defaults():
        lines = {}
        for method in METHODS:
            found = Resent(results, client["name"], method)
            if found.any:
                lines.setdefault(found.line(), []).append(method)
        rows += [[client["name"], ", ".join(methods), *line] for line, methods in lines.items()]
        if not lines:
            never.append(client["name"])
    return table(HEAD, rows) + f"\nNever: {listed(never)}.\n"


def switches(results):
    """What is still sent again with each switch."""
    rows = []
    for client in results.clients:
        if client["setting"]:
            library = client["library"] + (" (HTTP/2)" if client["http"] == "2" else "")
            left = {}
            for method in METHODS:
                found = Resent(results, client["name"], method)
                if found.any:
                    left.setdefault(listed(found.faults), []).append(method)
            shown = "; ".join(f"{' and '.join(methods)} after {faults}" for faults, methods in left.items())
            rows.append([library, code(client["setting"]), shown or "nothing"])
    return table(["library", "switch", "what is still sent again"], rows)


class Resent:
    """What one client sends again of one method."""

    def __init__(self, results, client, method):
        cells = [(fault, results.on_connections(client, fault.name, method)) for fault in FAULTS]
        self.cells = [(fault, found) for fault, found in cells if found]

    @property
    def any(self):
        return bool(self.faults)

    @property
    def faults(self):
        """Those after which it sends again, on any connection."""
        return [code(fault.name) for fault, found in self.cells if any(cell.resends for cell in found.values())]

    def line(self):
        new, reused = self.after(NEW), self.after(REUSED)
        pools = any(POOL in found for _, found in self.cells)
        idle = number(self.most(POOL)) if pools else ""
        in_a_row = number(max(self.most(NEW), self.most(REUSED)))
        return listed(new), "the same" if new == reused else listed(reused), in_a_row, idle, self.wait()

    def after(self, connection):
        found = [(fault, cells[connection]) for fault, cells in self.cells if connection in cells]
        resent = [(fault, "" if cell.always_resent else " (sometimes)") for fault, cell in found if cell.resends]
        return [f"{code(fault.name)}{sometimes}" for fault, sometimes in resent]

    def most(self, connection):
        return max((found[connection].resends for _, found in self.cells if connection in found), default=0)

    def wait(self):
        waits = {wait for _, found in self.cells for cell in found.values() for wait in cell.waits}
        late = sorted(wait for wait in waits if wait)
        shown = ["none"] if 0 in waits else []
        if late:
            shown.append(f"{late[0]:g} s" if late[0] == late[-1] else f"{late[0]:g} to {late[-1]:g} s")
        return ", ".join(shown)


def number(count):
    return "no end" if count >= ENDLESS else str(count)
