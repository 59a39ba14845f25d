"""The curl program. The calls of one plan are one command line, so that they share a connection."""

import json
import subprocess
import tempfile
from pathlib import Path

import protocol


def one(folder, number, url, plan):
    words = ["--silent", "--show-error", "--max-time", str(protocol.TIMEOUT)]
    words += ["--dump-header", str(folder / f"{number}.head"), "--output", str(folder / f"{number}.body")]
    words += ["--write-out", '%{stderr}{"exit":%{exitcode},"status":"%{response_code}"}\\n', "--request", plan.method]
    for name, value in plan.headers.items():
        words += ["--header", f"{name}: {value}"]
    if plan.body is not None:
        words += ["--data-binary", plan.body.decode()]
    return [*words, url]


def said(plan, what, folder, number, end):
    if end["exit"]:
        protocol.say(plan, what, "error", f"curl {end['exit']}", "timed out" if end["exit"] == 28 else "")
        return
    lines = (folder / f"{number}.head").read_text("latin-1").splitlines()
    last = max(index for index, line in enumerate(lines) if line.startswith("HTTP/"))
    headers = [line.split(": ", 1) for line in lines[last + 1 :] if ": " in line]
    body = folder / f"{number}.body"
    protocol.answer(plan, what, end["status"], headers, body.read_bytes() if body.exists() else b"")


def main():
    for plan in protocol.plans():
        calls = [("before", plan.before)] * plan.count + [("call", plan.url), ("after", plan.after)]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            words = ["curl"]
            for number, (_, url) in enumerate(calls):
                words += (["--next"] if number else []) + one(folder, number, url, plan)
            run = subprocess.run(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=20)
            ends = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
            for number, ((what, _), end) in enumerate(zip(calls, ends, strict=True)):
                said(plan, what, folder, number, end)


main()
