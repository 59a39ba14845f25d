"""Prism plays the document, and is asked what the stand-in is asked.

The requests are those of the conformance check: two valid ones for each operation, and one for each rule of its tables with that rule
broken. Both have to answer with the same status, except for what `disagreements.json` lists with its reason.
"""

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

LISTED = Path(__file__).with_name("disagreements.json")
# Each takes seconds.
LONGEST = 60


@contextmanager
def playing(prism, document):
    """Prism on a free port; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # It tells about each request, into a pipe that nobody would empty.
    words = [prism, "mock", "--port", str(port), "--verboseLevel", "silent", document]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_port(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def await_port(process, port):
    """It begins to listen when it has read the document."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("Prism did not start")


def asked(conformance, url, results):
    """The status that each request got, by operation, rule and place."""
    words = [sys.executable, conformance, "--base-url", url, "--no-pointers", "--list-failures", "0", "--json", results]
    # That Prism words its refusals otherwise is nothing that is compared.
    subprocess.run(words, stdout=subprocess.DEVNULL, timeout=LONGEST)
    found = json.loads(Path(results).read_text())
    return [((one["operation"], one["rule"], one["at"]), one["status"]) for one in found]


def compared(ours, theirs):
    """How many requests were asked; what is wrong with the list."""
    assert [request for request, _ in ours] == [request for request, _ in theirs], "they were asked something else"
    listed = json.loads(LISTED.read_text())
    used = set()
    wrong = []
    for (request, status), (_, other) in zip(ours, theirs, strict=True):
        if status == other:
            continue
        operation, rule, at = request
        matches = [
            number
            for number, one in enumerate(listed)
            if one["operation"] == operation and one["prism"] == other and one.get("rule", rule) == rule and one.get("at", at) == at
        ]
        used.update(matches)
        if not matches:
            wrong.append(f"{operation}: {rule} {at or ''}: {status} here, {other} of Prism, and not listed")
    gone = [one for number, one in enumerate(listed) if number not in used]
    return len(ours), wrong + [f"{one['operation']}: listed, but Prism agrees: {one['reason']}" for one in gone]


def agree(conformance, url, prism_url, work):
    ours = asked(conformance, url, work / "asked-here.json")
    theirs = asked(conformance, prism_url, work / "asked-prism.json")
    count, wrong = compared(ours, theirs)
    if count < 1000 or wrong:
        sys.exit(f"Prism: {count} requests\n" + "\n".join(wrong) + f"\n{LISTED} is the list")
    print(f"Prism: the same status for {count} requests, but for what is listed")
