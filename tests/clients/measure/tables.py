"""The tables of `docs/clients.md`, made of the results. They stand between comments; everything else is written by hand."""

import difflib
import re
from pathlib import Path

from .cases import ENDLESS, METHODS, NEW, POOL, REUSED
from .faults import FAULTS, Kind
from .seen import WHOLE

FILE = Path(__file__).resolve().parents[3] / "docs" / "clients.md"
PLACE = re.compile(r"(<!-- table: ([a-z0-9-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def write(results):
    FILE.write_text(filled(FILE.read_text(), results))
    return 0


def check(results):
    """Whether the document has the tables that the results give."""
    text = FILE.read_text()
    wanted = filled(text, results)
    if text == wanted:
        return 0
    lines = difflib.unified_diff(text.splitlines(), wanted.splitlines(), "docs/clients.md", "results.json", lineterm="")
    print(*lines, sep="\n")
    return "the tables of docs/clients.md are not those of tests/clients/results.json: tests/clients/run --docs"


def filled(text, results):
    found = {match[2] for match in PLACE.finditer(text)}
    if found != set(TABLES):
        raise SystemExit(f"docs/clients.md has the tables {sorted(found)}, not {sorted(TABLES)}")
    return PLACE.sub(lambda match: f"{match[1]}\n{TABLES[match[2]](results)}\n{match[4]}", text)


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text):
    return f"`{text}`"


def listed(values):
    return ", ".join(values) or "nothing"


def versions(results):
    """Every library with its version."""
    rows = {}
    for client in results.clients:
        runtime, version = client["runtime"], client["version"]
        runs = runtime.removesuffix(f" {version}") if runtime.endswith(f" {version}") else runtime
        rows.setdefault(client["library"], [client["library"], version, runs])
    return table(["library", "version", "runs on"], list(rows.values()))


def resent(results):
    """Who sends again by itself, after what, how often and how soon."""
    rows, never = [], []
    for client in results.clients:
        if client["setting"]:
            continue
        found = [row for row in (resent_row(results, client, method) for method in METHODS) if row]
        rows += [[client["name"], *row] for row in found]
        if not found:
            never.append(client["name"])
    head = ["client", "method", "after, on a new connection", "on a reused one", "in a row", "with 3 idle", "wait"]
    return table(head, rows) + f"\nNever: {listed(never)}.\n"


def resent_row(results, client, method):
    faults = {connection: after(results, client["name"], method, connection) for connection in (NEW, REUSED)}
    if not any(faults.values()):
        return None
    reused = "the same" if faults[NEW] == faults[REUSED] else listed(faults[REUSED])
    most = {connection: in_a_row(results, client["name"], method, connection) for connection in (NEW, REUSED, POOL)}
    idle = number(most[POOL]) if any(key[0] == client["name"] and key[3] == POOL for key in results.cells) else ""
    return [method, listed(faults[NEW]), reused, number(max(most[NEW], most[REUSED])), idle, wait(results, client["name"], method)]


def after(results, client, method, connection):
    """The faults after which a client sends again."""
    found = []
    for fault in FAULTS:
        cell = results.cell(client, fault.name, method, connection)
        if cell and cell.resends:
            found.append(code(fault.name) + ("" if min(cell.once + cell.always) > 1 else " (sometimes)"))
    return found


def in_a_row(results, client, method, connection):
    cells = (results.cell(client, fault.name, method, connection) for fault in FAULTS)
    return max((cell.resends for cell in cells if cell), default=0)


def number(count):
    return "no end" if count >= ENDLESS else str(count)


def wait(results, client, method):
    waits = set()
    for fault in FAULTS:
        for connection in (NEW, REUSED):
            cell = results.cell(client, fault.name, method, connection)
            waits.update(cell.waits if cell else [])
    late = sorted(wait for wait in waits if wait)
    shown = ["none"] if 0 in waits else []
    if late:
        shown.append(f"{late[0]:g} s" if late[0] == late[-1] else f"{late[0]:g} to {late[-1]:g} s")
    return ", ".join(shown)


def switches(results):
    """What is still sent again with each switch."""
    rows = []
    for client in results.clients:
        if not client["setting"]:
            continue
        left = []
        for method in METHODS:
            faults = [fault for fault in FAULTS if resends(results, client["name"], fault, method)]
            if faults:
                left.append(f"{method} after {listed(code(fault.name) for fault in faults)}")
        library = f"{client['library']} (HTTP/2)" if client["http"] == "2" else client["library"]
        rows.append([library, code(client["setting"]), "; ".join(left) or "nothing"])
    return table(["library", "switch", "what is still sent again"], rows)


def resends(results, client, fault, method):
    cells = (results.cell(client, fault.name, method, connection) for connection in (NEW, REUSED, POOL))
    return any(cell and cell.resends for cell in cells)


COLUMNS = ("an error", "a timeout", "the answer")


def told(results, http):
    """What the app is told of a faulted answer, by fault."""
    clients = [client["name"] for client in results.clients if not client["setting"] and client["http"] == http]
    rows = []
    for fault in FAULTS:
        if fault.kind is Kind.STATUS or fault.http not in (None, http):
            continue
        groups, odd = {column: [] for column in COLUMNS}, {}
        for client in clients:
            for what in labels(results, client, fault):
                (groups[what] if what in groups else odd.setdefault(what, [])).append(client)
        largest = max(COLUMNS, key=lambda column: len(groups[column]))
        cells = [few(groups[column], clients, column == largest) for column in COLUMNS]
        rows.append([code(fault.name), *cells, "; ".join(f"{what}: {', '.join(names)}" for what, names in sorted(odd.items()))])
    return table(["fault", *COLUMNS, "something else"], rows)


def few(names, clients, largest):
    """The names; the largest group of many is `all others`."""
    if len(names) == len(clients):
        return "all"
    return "all others" if largest and len(names) > 4 else ", ".join(names)


def labels(results, client, fault):
    """In which columns a client stands: in several where it depends on method, connection or luck."""
    found = []
    for method in METHODS:
        for connection in (NEW, REUSED, POOL):
            cell = results.cell(client, fault.name, method, connection)
            for saw in cell.saw_always if cell else []:
                what = label(saw)
                if what not in found:
                    found.append(what)
    return found


def label(saw):
    kind, _, rest = saw.partition(" ")
    if kind == "error":
        return "an error"
    if kind == "timeout":
        return "a timeout"
    if saw == WHOLE:
        return "the answer"
    if kind == WHOLE:
        return f"the answer {rest}"
    return WORDS.get(kind, saw)


WORDS = {"cut": "part of the body as the answer", "empty": "an empty body as the answer", "other": "another body as the answer"}


def following(results):
    """Which faults hit the next call on the same client, too."""
    rows = []
    for fault in FAULTS:
        hit = {}
        for client in results.clients:
            if client["setting"]:
                continue
            for method in METHODS:
                for connection in (NEW, REUSED, POOL):
                    cell = results.cell(client["name"], fault.name, method, connection)
                    for saw in cell.next if cell else []:
                        if saw != WHOLE:
                            hit.setdefault(label(saw), {})[client["name"]] = None
        if hit:
            rows.append([code(fault.name), "; ".join(f"{what}: {', '.join(names)}" for what, names in sorted(hit.items()))])
    return table(["fault", "what the next call is told"], rows)


def errors(results):
    """What each client raises."""
    rows = []
    for client in results.clients:
        if client["setting"]:
            continue
        seen = {"error": {}, "timeout": {}}
        for (name, *_), cell in results.cells.items():
            for saw in cell.saw_always if name == client["name"] else []:
                kind, _, rest = saw.partition(" ")
                if kind in seen:
                    seen[kind][rest] = None
        rows.append([client["name"], *(", ".join(code(name) for name in sorted(seen[kind])) for kind in seen)])
    return table(["client", "errors", "timeouts"], rows)


TABLES = {
    "versions": versions,
    "resent": resent,
    "switches": switches,
    "told": lambda results: told(results, "1.1"),
    "told-http2": lambda results: told(results, "2"),
    "following": following,
    "errors": errors,
}
