"""What was measured."""

from .markdown import table


def versions(results):
    """Every library with its version."""
    rows = {}
    for client in results.clients:
        version, runs_on = client["version"], client["runtime"].removesuffix(f" {client['version']}")
        rows.setdefault(client["library"], [client["library"], version, runs_on])
    skipped = "".join(f"\nNot measured: {entry['client']} ({entry['reason']}).\n" for entry in results.skipped)
    return table(["library", "version", "runs on"], list(rows.values())) + skipped
