"""The tables of `docs/clients.md`, made of the results. They stand between comments; the rest is written by hand."""

import difflib
import re
from pathlib import Path

from .pace import pace
from .resent import resent, switches
from .told import errors, following, told
from .versions import versions

FILE = Path(__file__).resolve().parents[4] / "docs" / "clients.md"
PLACE = re.compile(r"(<!-- table: ([a-z0-9-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)

TABLES = {
    "resent": resent,
    "pace": pace,
    "switches": switches,
    "told": lambda results: told(results, "1.1"),
    "told-http2": lambda results: told(results, "2"),
    "following": following,
    "errors": errors,
    "versions": versions,
}


def write(results):
    FILE.write_text(filled(FILE.read_text(), results))
    return 0


def check(results):
    """Whether the document has the tables that the results give: 0, or what is wrong."""
    text = FILE.read_text()
    wanted = filled(text, results)
    if text == wanted:
        return 0
    lines = difflib.unified_diff(text.splitlines(), wanted.splitlines(), "docs/clients.md", "results.json", lineterm="")
    print(*lines, sep="\n")
    return "the tables of docs/clients.md are not those of tests/clients/results.json: run tests/clients/run --docs"


def filled(text, results):
    found = [match[2] for match in PLACE.finditer(text)]
    if found != list(TABLES):
        raise SystemExit(f"docs/clients.md has the tables {', '.join(found)}; expected {', '.join(TABLES)}")
    return PLACE.sub(lambda match: f"{match[1]}\n{TABLES[match[2]](results)}\n{match[4]}", text)
