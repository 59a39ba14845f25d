"""How soon resends come."""

from .markdown import table

TIMES = {"usual_ms": "usual wait", "longest_ms": "longest wait", "first_ms": "of the first in a process"}


def pace(results):
    """The waits of resends that come at once, in milliseconds."""
    rows = []
    for client in results.defaults():
        if client["longest_ms"] is not None:
            rows.append([client["name"], *("" if client[name] is None else str(client[name]) for name in TIMES)])
    return table(["client", *TIMES.values()], rows)
