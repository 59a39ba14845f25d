"""What libraries tell their app of a faulted answer, and of the next one."""

from ..cases import METHODS
from ..faults import FAULTS, Kind
from ..seen import ERROR, TIMEOUT, WHOLE
from .markdown import code, table

COLUMNS = {ERROR: "an error", TIMEOUT: "a timeout", WHOLE: "the answer"}

# What else an answer is taken for, by the first word of what was seen.
TAKEN = {
    "cut": "part of the body as the answer",
    "empty": "an empty body as the answer",
    "other": "another body as the answer",
}

# So many names and more are `all others`.
MANY = 5


def told(results, http):
    """What the app is told, by fault."""
    clients = [client for client in results.defaults() if client["http"] == http]
    rows = []
    for fault in FAULTS:
        if fault.kind is Kind.STATUS or fault.http not in (None, http):
            continue
        groups = grouped(results, fault, clients)
        columns = {what: groups.pop(what, []) for what in COLUMNS}
        largest = max(columns, key=lambda what: len(columns[what]))
        cells = [few(names, len(clients), what == largest) for what, names in columns.items()]
        rows.append([code(fault.name), *cells, rest(groups)])
    return table(["fault", *COLUMNS.values(), "something else"], rows)


def grouped(results, fault, clients):
    """The libraries by what they tell; in several groups where it depends on method, connection or luck."""
    groups = {}
    for client in clients:
        seen = {}
        for method in METHODS:
            for cell in results.on_connections(client["name"], fault.name, method).values():
                seen |= dict.fromkeys(kind(saw) for saw in cell.saw_always)
        for what in seen:
            groups.setdefault(what, []).append(client["library"])
    return groups


def kind(saw):
    """An error is one whatever its class."""
    word = saw.partition(" ")[0]
    return word if word in (ERROR, TIMEOUT) else saw


def few(names, total, largest):
    if len(names) == total:
        return "all"
    return "all others" if largest and len(names) >= MANY else ", ".join(newest(names))


def newest(names):
    """The names without older versions that are like the newest."""
    return [name for name in names if name.partition(" (")[0] not in names or " (" not in name]


def rest(groups):
    return "; ".join(f"{in_words(what)}: {', '.join(newest(names))}" for what, names in sorted(groups.items()))


def in_words(what):
    if what in COLUMNS:
        return COLUMNS[what]
    word, _, more = what.partition(" ")
    return f"the answer {more}" if word == WHOLE else TAKEN.get(word, what)


def following(results):
    """Which faults hit the next call on the same client, too."""
    rows = []
    for fault in FAULTS:
        groups = {}
        for client in results.defaults():
            for method in METHODS:
                for cell in results.on_connections(client["name"], fault.name, method).values():
                    for saw in cell.next:
                        if saw != WHOLE and client["name"] not in groups.setdefault(kind(saw), []):
                            groups[kind(saw)].append(client["name"])
        if groups:
            rows.append([code(fault.name), rest(groups)])
    return table(["fault", "what the app is told of the next call"], rows)


def errors(results):
    """What each client raises."""
    rows = []
    for client in results.defaults():
        raised = {ERROR: set(), TIMEOUT: set()}
        for fault in FAULTS:
            for method in METHODS:
                for cell in results.on_connections(client["name"], fault.name, method).values():
                    for saw in cell.saw_always:
                        word, _, name = saw.partition(" ")
                        if word in raised:
                            raised[word].add(code(name))
        rows.append([client["name"], *(", ".join(sorted(names)) for names in raised.values())])
    return table(["client", "errors", "timeouts"], rows)
